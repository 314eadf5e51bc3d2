"""The mutants: the program with one rule missing, and the command that shows what comes of it.

    python -m coliseum.testing.mutants no-lock

The idea: a checker that has never found anything proves nothing. Each mutant takes away one rule; some seed must
then break a promise, and the same seed must keep it with the rule in force. The first three are told in
docs/what-breaks-without-it.md.

What must stay true: a mutant changes nothing but its rule, and nothing after its run.
"""

import argparse
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import mock

from coliseum.core import house_rules, world
from coliseum.core.commands.entry import Entry
from coliseum.core.effects import Script, VerifyPassword
from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Burst
from coliseum.core.refusals import WrongPassword
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import Identity
from coliseum.engines.threads.flusher import ROUNDS
from coliseum.errors import Refused
from coliseum.testing import sim, steps
from coliseum.testing.interleave import NoLock
from coliseum.testing.scheduler import shown

SEEDS = 1000
"Within so many seeds each mutant is found; most of them within a few."
_LOOKED_AT = 150
"Seeds among which the command looks for the shortest story."


@contextmanager
def no_lock(run: steps.ThreadsRun) -> Iterator[None]:
    """Let every thread into the world at any time."""
    engine = run.engine
    engine.world_lock = engine.flusher._world_lock = NoLock()  # type: ignore[assignment]
    yield


@contextmanager
def no_last_look(run: steps.ThreadsRun) -> Iterator[None]:
    """Have a flusher not look again when it has let the baton go."""
    flusher = run.engine.flusher

    def flush() -> None:
        if run.world.dirty and flusher._baton.acquire(blocking=False):
            try:
                flusher._go_round(ROUNDS)
                run.interleaver.give_way("is about to let the baton go")
            finally:
                flusher._baton.release()

    with mock.patch.object(flusher, "flush", flush):
        yield


@contextmanager
def no_second_look(_: sim.Run) -> Iterator[None]:
    """Ask whether the lobby has a place before the password is compared, and rely on it afterwards."""

    def password_script(self: Entry, text: str) -> Script:
        session = self.session
        town = session.world
        if self._lobby:
            town.require_place(town.policy.lobby)
        right = yield VerifyPassword(text, town.policy.password)
        if right:
            session.satisfied()
            nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731 - it stands for two verbs
            with (
                mock.patch.object(town, "require_place", nothing),
                mock.patch.object(town, "require_entry", nothing),
            ):
                self._let_in()
            return
        self._tries_left -= 1
        session.refuse(Refused(WrongPassword(self._tries_left)))
        if self._tries_left == 0:
            session.close(Reason.PASSWORD_FAILED)

    with mock.patch.object(Entry, "_password_script", password_script):
        yield


@contextmanager
def no_second_look_at_nicks(run: sim.Run) -> Iterator[None]:
    """Give out a nick on IRC without asking, after the password was compared, whether it is still free."""
    attach = run.world.attach

    def careless(session: Session, you: Identity | None = None, realname: str = "") -> User:
        with mock.patch.object(run.world, "require_free"):
            return attach(session, you, realname)

    with mock.patch.object(run.world, "attach", careless):
        yield


@contextmanager
def post_outside(run: sim.Run) -> Iterator[None]:
    """Put what a step has to tell into the mailboxes when the world was let go, one mailbox after the other."""
    put = run.world._put
    chain: deque[tuple[Session, Burst]] = deque()
    step: object = None

    def put_later(sessions: Iterable[Session], burst: Burst, but: Session | None) -> None:
        nonlocal chain, step
        if run.world.now is not step:  # what one step tells keeps its order
            chain, step = deque(), run.world.now
            run.scheduler.soon(partial(go_on, chain))
        chain.extend((session, burst) for session in sessions if session is not but)

    def go_on(waiting: deque[tuple[Session, Burst]]) -> None:
        if waiting:
            session, burst = waiting.popleft()
            put((session,), burst, None)
            run.engine.flusher.soon()
            run.scheduler.soon(partial(go_on, waiting))

    with mock.patch.object(run.world, "_put", put_later):
        yield


@contextmanager
def no_bound(_: sim.Run) -> Iterator[None]:
    """Let everybody into every room."""
    with (
        mock.patch.object(house_rules, "place_refusal", return_value=None),
        mock.patch.object(world, "place_refusal", return_value=None),
    ):
        yield


Seen = tuple[list[str], list[str]]
"What was wrong with a run, and its trace in lines."


@dataclass(frozen=True)
class Mutant:
    """One rule, and what happens without it."""

    rule: str
    breaks: str
    "A pattern: what some seed must break."
    visible: str
    "A pattern: the line of the trace at which one sees it; empty: all lines that have the messages in question."
    make: Callable[[Any], AbstractContextManager[None]]
    scene: sim.Scene | steps.Turns
    "What is simulated to find it, or how threads are interleaved."

    def run(self, seed: int, *, mutated: bool, traced: bool = False) -> Seen:
        """Run a seed with the rule missing, or in force."""
        mutant = self.make if mutated else None
        if not isinstance(self.scene, sim.Scene):
            violations, trace = steps.run(seed, self.scene, traced=traced, mutant=mutant)
            return violations, [f"{who:<5} {what}" for who, what in trace]
        outcome = sim.run(seed, self.scene, traced=traced, mutant=mutant)
        return outcome.violations, shown(outcome.trace)

    def is_broken(self, violations: list[str]) -> bool:
        """Whether that is what happens without the rule."""
        return any(re.search(self.breaks, violation) for violation in violations)


MUTANTS = {
    "no-lock": Mutant(
        "whoever does a step holds the world's lock",
        r"found 3 in lobby, where 2 may be",
        r"\(3 of 2\)",
        no_lock,
        steps.IN_VERBS,
    ),
    "no-second-look": Mutant(
        "who has waited for an effect looks again before acting",
        r"are in lobby, where",
        r"VIOLATION",
        no_second_look,
        sim.ENTRANCE,
    ),
    "post-outside": Mutant(
        "what a step tells is put into the mailboxes before the world is let go",
        r"one order per room: in \w+ there was '(p\d)\.\d+' before '(?!\1)p\d\.\d+' before '\1\.\d+'$",
        "",
        post_outside,
        sim.CROWD,
    ),
    "no-second-look-at-nicks": Mutant(
        "a nick is asked for again when it is given out",
        r"two are called",
        r"VIOLATION",
        no_second_look_at_nicks,
        sim.REGISTRATION,
    ),
    "no-last-look": Mutant(
        "who lets the baton go looks once more",
        r"something is left in the mailbox",
        r"(?!)",
        no_last_look,
        steps.SELDOM,
    ),
    "no-bound": Mutant("nobody enters a full room", r"where \d may be", r"VIOLATION", no_bound, sim.ANYTHING),
}


def first_found(mutant: Mutant, seeds: Iterable[int] = range(SEEDS)) -> int | None:
    """Return the first seed that breaks without the rule; None when none does."""
    for seed in seeds:
        if mutant.is_broken(mutant.run(seed, mutated=True)[0]):
            return seed
    return None


def shortest(mutant: Mutant) -> tuple[int, list[str], str] | None:
    """Return the seed whose story is told in the fewest lines, with these, and what is wrong then."""
    found: tuple[int, list[str], str] | None = None
    for seed in range(_LOOKED_AT):
        violations, trace = mutant.run(seed, mutated=True, traced=True)
        broken = [one for one in violations if re.search(mutant.breaks, one)]
        if broken:
            story = _until_visible(mutant, trace, broken[0])
            if found is None or len(story) < len(found[1]):
                found = seed, story, broken[0]
    return found


def _until_visible(mutant: Mutant, trace: list[str], violation: str) -> list[str]:
    """Return the lines of a trace in which one sees the violation."""
    if mutant.visible:
        ends = [number for number, line in enumerate(trace, 1) if re.search(mutant.visible, line)]
        return trace[: ends[0]] if ends else trace
    words = [re.compile(rf"{re.escape(name)}\b") for name in re.findall(r"'([^']+)'", violation)]
    return [line for line in trace if any(word.search(line) for word in words)]


def main() -> int:
    """Run the command; return the exit code."""
    names = "\n".join(f"  {name:<24} without: {mutant.rule}" for name, mutant in MUTANTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m coliseum.testing.mutants",
        description="Take one rule out of the program, and see what comes of it.",
        epilog=f"mutants:\n{names}\n\nexample:\n  python -m coliseum.testing.mutants no-lock",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("mutant", choices=MUTANTS, metavar="mutant", help="a name from below")
    mutant = MUTANTS[parser.parse_args().mutant]
    found = shortest(mutant)
    if found is None:
        print(f"no seed below {_LOOKED_AT} shows it", file=sys.stderr)
        return 1
    seed, story, violation = found
    print(f"The rule: {mutant.rule}.\n\nWithout it, seed {seed}:\n")
    print(*story, sep="\n")
    print(f"\nVIOLATION  {violation}\n")
    violations, _ = mutant.run(seed, mutated=False)
    print(f"With it, seed {seed}: {'; '.join(violations) or 'no violation'}.")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
