"""`python -m coliseum.testing.soak`: a crowd lives in a server for minutes, and afterwards nothing is left of it.

The idea: a warm-up first (everybody comes, talks and goes, a few times), then rounds until the time is over, each
ending at a barrier where the history is checked and begun anew; then everybody goes. What the server held before
the first client came, it must hold again, exactly, in threads and descriptors. Memory is another matter: what
thousands of clients used and gave back, the allocator keeps, in pieces. So it must not *grow*: in the second half
of the time there is no more of it than in the first, within a bound, and at the end no more than before.

What must stay true: what is measured is another process (soak_server.py); the memory of this one does not grow
with the time. Exit code 1 when something does not hold, 2 for a usage error, 69 when the server could not be run.
"""

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import get_args

from coliseum.config import Engine
from coliseum.lab import LabError, usage
from coliseum.testing.crowd import Crowd, Manners, Unanswered, ways
from coliseum.testing.history import History, count
from coliseum.testing.rules import check
from coliseum.testing.soak_server import Look, Served, serve

CAPACITY = 8
WARM_UPS = 3
MORE, MORE_KIB = 1.10, 4096.0
"""How much more memory than in the first half a server may have in the second: a tenth, and 4 MiB. Three minutes
bring some 7,000 clients, so 3 KiB that each of them leaves behind are found."""
MISSED = 100.0
"Seconds until a server has missed everybody who vanished over UDP (wire/arq.py: KEEPALIVE, GIVE_UP, and a bit)."
PROGRESS = 10.0
"Seconds."

_EXAMPLES = """\
examples:
  python -m coliseum.testing.soak
  python -m coliseum.testing.soak --minutes 30 --clients 400 --engine threads
  python -m coliseum.testing.soak --minutes 0.1 --clients 50 --no-ghosts --seed 7
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a server held: before anybody came, at most in each half of the time, and when everybody had gone."""

    before: Look
    first: Look
    second: Look
    after: Look

    @property
    def allowed(self) -> float:
        """How much memory there may be from the second half on, KiB."""
        return self.first.memory * MORE + MORE_KIB

    @property
    def faults(self) -> list[str]:
        """What was not given back."""
        faults = []
        if self.after.held != self.before.held:
            faults.append(f"not everything was given back: {_shown(self.before)} became {_shown(self.after)}")
        most = max(self.second.memory, self.after.memory)
        if most > self.allowed:
            faults.append(f"memory grew to {most:.0f} KiB; {self.allowed:.0f} are allowed")
        return faults


@dataclass(frozen=True, slots=True)
class Result:
    """What one soak has shown."""

    engine: Engine
    balance: Balance
    clients: int
    happened: Counter[str]
    "Records by kind."
    faults: list[str]


class Soak:
    """A crowd in a server, watched."""

    def __init__(self, served: Served, engine: Engine, clients: int, seed: int, *, ghosts: bool) -> None:
        self._served = served
        self._engine = engine
        self._clients = clients
        self._before = served.look()
        rooms = tuple(f"room{number}" for number in range(max(2, clients // CAPACITY)))
        self._manners = Manners(clients=clients, rooms=rooms, rooms_each=3, at_once=clients // 4, ghosts=ghosts)
        calm = replace(self._manners, ghosts=False)
        doors = ways(served.urls, served.ca)
        self._crowd = Crowd(random.Random(seed), doors, calm, History(CAPACITY))
        self._happened: Counter[str] = Counter()
        self._faults: list[str] = []

    def run(self, minutes: float) -> Result:
        """Do it all."""
        try:
            for _ in range(WARM_UPS):
                self._round(10 * self._clients)
                self._everybody_goes()
            self._crowd.manners = self._manners
            first, second = self._live(minutes / 2), self._live(minutes / 2)
            self._everybody_goes()
            after = self._served.look_until(lambda look: look.held == self._before.held, MISSED)
        finally:
            self._crowd.close()
        if self._crowd.cut_off:
            self._faults.append(f"the server let go of {self._crowd.cut_off} clients that had not asked for it")
        balance = Balance(self._before, first, second, after)
        faults = [*self._faults, *balance.faults]
        return Result(self._engine, balance, self._crowd.came, self._happened, faults)

    def _live(self, minutes: float) -> Look:
        """Let the crowd live for so long; return the most of each that the server held, at the barriers."""
        begin = shown = time.monotonic()
        most = self._served.look()
        while not self._faults and (now := time.monotonic()) < begin + minutes * 60:
            self._round(10 * self._clients)
            look = self._served.look()
            most = Look(
                max(look.threads, most.threads),
                max(look.descriptors, most.descriptors),
                max(look.memory, most.memory),
            )
            if now - shown >= PROGRESS:
                shown = now
                _say(f"{self._engine} {now - begin:4.0f} s: {len(self._crowd.people)} clients, {_shown(look)}")
        return most

    def _round(self, actions: int) -> None:
        """Let the crowd act up to a barrier, and check what happened."""
        try:
            self._crowd.act(actions)
            self._crowd.settle()
        except Unanswered as error:
            self._faults.append(str(error))
        self._look_back()

    def _everybody_goes(self) -> None:
        try:
            self._crowd.leave()
        except Unanswered as error:
            self._faults.append(str(error))
        self._look_back()

    def _look_back(self) -> None:
        """Check the history up to here, and begin it anew."""
        self._faults += map(str, check(self._crowd.history))
        self._happened += count(self._crowd.history)
        self._crowd.go_on()


def soak(engine: Engine, minutes: float, clients: int, seed: int, *, ghosts: bool) -> Result:
    """Let `clients` at a time live in a server for so long; `ghosts`: see crowd.Manners. Raises LabError."""
    usage.raise_open_files(2 * clients + 100)
    with serve(engine, CAPACITY) as served:
        return Soak(served, engine, clients, seed, ghosts=ghosts).run(minutes)


def table(results: list[Result]) -> str:
    """Return what was found, for a person."""
    lines = []
    for one in results:
        balance, happened = one.balance, one.happened
        lines.append(
            f"{one.engine}: {one.clients} clients came, {happened['Said']} messages said, "
            f"{happened['Heard']} heard, {happened['Denied']} refusals, {happened['Ended']} ends"
        )
        lines.append(f"  {'':12}{'before':>10}{'1st half':>10}{'2nd half':>10}{'after':>10}{'allowed':>10}")
        looks = (balance.before, balance.first, balance.second, balance.after)
        for name in ("threads", "descriptors"):
            values = [getattr(look, name) for look in (*looks, balance.before)]
            lines.append(f"  {name:12}" + "".join(f"{value:10}" for value in values))
        sizes = [*(look.memory for look in looks), balance.allowed]
        lines.append(f"  {'MiB (PSS)':12}" + "".join(f"{size / 1024:10.1f}" for size in sizes))
        lines += [f"  FAILED: {fault}" for fault in one.faults[:10]] or ["  everything holds"]
    return "\n".join(lines)


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m coliseum.testing.soak",
        description="Let random clients live in a server, check all that they see, and what is left of them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="for each engine (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=200, help="at the same time (default: %(default)s)")
    parser.add_argument("--engine", choices=get_args(Engine), help="one only (default: threads, then asyncio)")
    parser.add_argument(
        "--seed", type=int, help="what the clients' choices come from (default: another every time)"
    )
    parser.add_argument(
        "--no-ghosts",
        action="store_true",
        help="let nobody vanish over UDP without a word: a server needs a minute to miss them",
    )
    options = parser.parse_args()
    if options.minutes < 0 or options.clients < CAPACITY:
        parser.error(f"--minutes must not be negative, --clients at least {CAPACITY}")
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    _say(f"seed {seed}")
    engines: list[Engine] = [options.engine] if options.engine else ["threads", "asyncio"]
    try:
        results = [
            soak(engine, options.minutes, options.clients, seed, ghosts=not options.no_ghosts)
            for engine in engines
        ]
    except LabError as error:
        _say(f"coliseum.testing.soak: {error}")
        return 69
    print(table(results))
    return 1 if any(one.faults for one in results) else 0


def _shown(look: Look) -> str:
    return f"{look.threads} threads, {look.descriptors} descriptors, {look.memory / 1024:.1f} MiB"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
