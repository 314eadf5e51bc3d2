"""One seed from beginning to end: a server, a network, people; what went wrong; and the command that shows it.

    python -m coliseum.testing.sim SEED

The idea: everything about a run follows from its seed: how large the rooms are, whether there is a password, how
bad the network is, who comes and what they do. A run that went wrong is run again to see what happened.

What must stay true: the same seed gives the same run, to the byte (but over TLS, whose keys are its own).
"""

import argparse
import itertools
import ssl
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial

from coliseum.assembly import Assembly
from coliseum.config import Config, Limits, Oper, Server
from coliseum.testing.ends import ClientEnd, DatagramEnd, StreamEnd
from coliseum.testing.engine import SERVER, SimEngine
from coliseum.testing.history import History, Log
from coliseum.testing.invariants import Watchman, left_over
from coliseum.testing.network import Air, Weather, Wire
from coliseum.testing.people import OPER, ROOM_PASSWORD, Habits, Person
from coliseum.testing.rules import check
from coliseum.testing.scheduler import Scheduler, shown
from coliseum.testing.speech import Irc, Plain, Tongue
from coliseum.wire.reliable_client import ReliableClient

PASSWORD = "sesame"  # noqa: S105 - of a pretended server
_CAPABILITIES = (
    "",
    "",
    "server-time message-tags",
    "echo-message",
    "server-time batch labeled-response echo-message",
)
_LONG = 400.0
"Seconds after which nothing is left of anybody: datagram sessions end after 300 s of silence."
_PATIENCE = 120.0
"Seconds within which every question is answered, floods and slow readers included."

Mutant = Callable[["Run"], AbstractContextManager[object]]
"Makes one thing wrong in the program or in one run, as long as its context lasts."


@dataclass(frozen=True)
class Scene:
    """What a run's seed may choose from."""

    ways: tuple[str, ...] = ("tcp", "tcp", "tcp", "irc", "irc", "irc", "udp", "text")
    "How people come."
    passwords: tuple[str, ...] = ("", PASSWORD)
    "Empty: the server has none."
    capacities: tuple[int, ...] = (1, 2, 2, 3, 3, 5, 0)
    paces: tuple[float, ...] = (0.02, 0.1, 0.5)
    arrivals: tuple[float, ...] = (0.01, 0.1, 1.0)
    "Within how many seconds somebody comes."
    weathers: tuple[Weather, ...] = (
        Weather(),
        Weather(cutting=0.3, trouble=0.1),
        Weather(latency=0.1, room=2048, cutting=0.5, trouble=0.2),
    )
    talking: tuple[float, ...] = (0.5, 0.8)
    "The share of what people do that is talk."
    most: int = 15
    "Things that each person does, at most."
    moderated: float = 0.3
    "The share of runs in which rooms are silenced, closed and limited."
    troubled: bool = True
    """Now and then the server stops, its clock jumps, floods are held back, queues are short,
    programs speak JSON."""


ANYTHING = Scene()
ENTRANCE = Scene(("tcp",), (PASSWORD,), (1, 2, 2), (0.02, 0.1), (0.1,), (Weather(),), troubled=False)
"Everybody wants to come in, past a password."
REGISTRATION = Scene(("irc",), (PASSWORD,), (0,), (0.1,), (0.1,), (Weather(),), troubled=False)
"The same on IRC, where they bring their nicks."
KEEPERS = Scene(
    ways=("irc", "irc", "irc", "tcp"),
    passwords=("",),
    capacities=(3, 5, 0),
    talking=(0.2,),
    most=30,
    moderated=0.7,
)
"Operators of rooms put people out, silence rooms, close them and invite."
CROWD = Scene(("tcp", "irc"), ("",), (0,), (0.02,), (0.01,), (Weather(),), troubled=False)
"Everybody talks at once."


@dataclass(frozen=True)
class Outcome:
    """What came of one run."""

    seed: int
    violations: list[str]
    trace: list[tuple[float, str, str]]
    people: int
    texts: int
    "Messages that were said."


class Run:
    """One seed's run."""

    def __init__(
        self,
        seed: int,
        scene: Scene = ANYTHING,
        *,
        traced: bool = False,
        config: Config | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`config` and `tls`, the client's context: streams are over TLS; without them none is."""
        self.seed = seed
        self.scheduler = Scheduler(seed, traced=traced)
        random = self.scheduler.random
        self._tls = tls
        self._scene = scene
        self.habits = Habits(
            password=random.choice(scene.passwords),
            moderated=self._now_and_then(scene.moderated),
            actions=random.randint(5, scene.most),
            pace=random.choice(scene.paces),
            talking=random.choice(scene.talking),
        )
        self.weather = random.choice(scene.weathers)
        capacity = random.choice(scene.capacities)
        limits = Limits(
            room_capacity=capacity,
            max_clients=4 if self._now_and_then(0.25) else 0,
            max_connections=3 if self._now_and_then(0.1) else 0,
            max_arriving=2 if self._now_and_then(0.2) else 256,
            flood_control=self._now_and_then(0.3),
            lines_at_once=5.0,
        )
        base = config or Config(listen=("tcp://localhost:0", "irc://localhost:0", "udp://localhost:0"))
        config = Config(
            listen=base.listen,
            data_dir=base.data_dir,
            server=Server(language="en", password=self.habits.password),
            limits=limits,
            opers=(Oper(name=OPER, password=ROOM_PASSWORD),),
        )
        self.assembly = Assembly(config, self._note, random_bytes=random.randbytes)
        self.world = self.assembly.world
        if self._now_and_then(0.2):
            self.world.policy = replace(self.world.policy, send_queue=1000, stall_timeout=0.5)
            self.weather = replace(self.weather, room=512)
        self.air = Air(self.scheduler, trouble=self.weather.trouble)
        self.watchman = Watchman(self.world)
        self.engine = SimEngine(self.assembly, self.scheduler, self.air, self._watch)
        self.history = History(0 if self.habits.moderated else capacity)
        self.people = [self._person(number) for number in range(1, random.randint(4, 8) + 1)]
        for person in self.people:
            person.everybody = self.people
        self.faults: list[str] = []
        self._stops = self._now_and_then(0.2)

    def go(self) -> Outcome:
        """Do it all."""
        try:
            self._live()
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is what went wrong
            self.faults.append(f"the program has failed: {failure!r}")
        return Outcome(self.seed, self._violations(), self.scheduler.trace, len(self.people), self._said())

    def _live(self) -> None:
        scheduler, random = self.scheduler, self.scheduler.random
        length = self.habits.actions * self.habits.pace + 1.0
        if self._stops:
            scheduler.after(random.random() * length, self._stop)
        if self._now_and_then(0.2):
            scheduler.after(random.random() * length, self._jump)
        scheduler.run(length)
        for person in self.people:
            person.finished = True
        if not self.engine.stopping:
            self._settle()
        for person in self.people:
            scheduler.soon(person.leave_for_good, 0.5)
        scheduler.run(scheduler.now + _LONG)

    # --- beginning -----------------------------------------------------------------------------------------

    def _now_and_then(self, share: float) -> bool:
        return self._scene.troubled and self.scheduler.chance(share)

    def _person(self, number: int) -> Person:
        random, scheduler = self.scheduler.random, self.scheduler
        name = f"p{number}"
        way = random.choice(self._scene.ways)
        tongue: Tongue
        if way == "irc":
            capabilities = random.choice(_CAPABILITIES)
            tongue = Irc(capabilities)
            log = self.history.client(name, echoes="echo-message" in capabilities)
        else:
            tongue = Plain(json=way != "text" and self._now_and_then(0.5))
            log = self.history.client(name) if way != "text" else Log(name)
        person = Person(log, scheduler, tongue, self.habits, recorded=way != "text")
        scheduler.soon(partial(self._arrive, person, number, way), random.choice(self._scene.arrivals))
        return person

    def _arrive(self, person: Person, number: int, way: str) -> None:
        self.scheduler.tell(person.name, f"connects ({way})")
        make: Callable[[Person, int, str], ClientEnd] = self._datagrams if way in {"udp", "text"} else self._stream
        end = make(person, number, way)
        person.arrive(end, enters=way == "tcp")

    def _stream(self, person: Person, number: int, way: str) -> StreamEnd:
        weather = self.weather
        wire = Wire(self.scheduler, latency=weather.latency, room=weather.room, cutting=weather.cutting)
        end = StreamEnd(wire, person.hear, person.disconnected, self._tls)
        scheme = {"tcp": "tls", "irc": "ircs"}[way] if self._tls else way
        self.engine.connect(scheme, f"127.0.0.1:{10_000 + number}", wire, end)
        end.start()
        return end

    def _datagrams(self, person: Person, number: int, way: str) -> DatagramEnd:
        own = ("127.0.0.1", 20_000 + number)
        end = DatagramEnd(self.scheduler, self.air, own, SERVER, person.hear, person.disconnected)
        if way == "udp":
            end.link = ReliableClient(self.scheduler.random.randbytes(8), self.scheduler.now)
        end.start()
        return end

    # --- in the middle -------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self.scheduler.tell("server", "stops")
        self.engine.stop(grace=0.3)

    def _jump(self) -> None:
        hours = self.scheduler.random.randint(-5, 5)
        self.scheduler.tell("server", f"has its clock set by {hours} h")
        self.scheduler.wall_ahead += hours * 3600 * 1_000_000_000

    def _settle(self) -> None:
        """Two rounds of questions, when all who are there have been answered; then everybody knows all."""
        for _ in range(2):
            for person in self._present():
                person.question()
            self._wait()
        for person in self._present():
            if person.quiet:
                person.settle(1)

    def _present(self) -> list[Person]:
        return [person for person in self.people if person.present]

    def _wait(self) -> None:
        deadline = self.scheduler.now + _PATIENCE
        while self.scheduler.now < deadline and not all(person.quiet for person in self._present()):
            self.scheduler.run(self.scheduler.now + 0.5)

    # --- what the server reports ---------------------------------------------------------------------------

    def _note(self, event: str, /, **fields: object) -> None:
        if event == "fault":
            self.faults.append(f"a fault of the program: {fields['error']}\n{fields['traceback']}")
        if self.scheduler.traced and event != "warning":
            words = (f"{key}={_short(str(value))}" for key, value in fields.items())
            self.scheduler.tell("server", f"{event} {' '.join(words)}")

    def _watch(self) -> None:
        known = len(self.watchman.found)
        self.watchman.look()
        for sentence in itertools.islice(self.watchman.found, known, None):
            self.scheduler.tell("VIOLATION", sentence)

    # --- the end -------------------------------------------------------------------------------------------

    def _violations(self) -> list[str]:
        left = [*left_over(self.world, self.engine.sessions)]
        if self.engine.streams or self.engine.workers or any(len(one.table) for one in self.engine.dispatchers):
            left.append("connections are left that nobody serves")
        complaints = [complaint for person in self.people for complaint in person.complaints]
        seen = [str(violation) for violation in check(self.history)]
        return [*self.faults, *self.watchman.found, *complaints, *seen, *left]

    def _said(self) -> int:
        return sum(person.said for person in self.people)


def _short(value: str) -> str:
    """Return what a field of the log says, with an id cut to what tells it from others."""
    return value[:8] if len(value) == 36 and value.count("-") == 4 else value


def run(seed: int, scene: Scene = ANYTHING, *, traced: bool = False, mutant: Mutant | None = None) -> Outcome:
    """Run one seed; with a mutant, something is wrong in the program meanwhile."""
    one = Run(seed, scene, traced=traced)
    with mutant(one) if mutant else nullcontext():
        return one.go()


def report(outcome: Outcome) -> str:
    """Return what to print when a run went wrong: the sentences, and the command that shows it all."""
    lines = [f"seed {outcome.seed}: {len(outcome.violations)} violations"]
    lines += [f"  {violation}" for violation in outcome.violations[:10]]
    lines += [f"to see it: python -m coliseum.testing.sim {outcome.seed}"]
    return "\n".join(lines)


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m coliseum.testing.sim",
        description="Run the whole server in virtual time, with everything in the order that a seed chooses.",
        epilog="examples:\n"
        "  python -m coliseum.testing.sim 4711            who did what, when, and what was wrong\n"
        "  python -m coliseum.testing.sim --seeds 0-9999  many seeds; only those that fail are shown\n\n"
        "exit code: 1 when something was wrong.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("seed", type=int, nargs="?", help="the seed to run and to show")
    group.add_argument("--seeds", type=_range, metavar="A-B", help="run all seeds from A to B")
    options = parser.parse_args()
    if options.seeds is None:
        outcome = run(options.seed, traced=True)
        print(*shown(outcome.trace), sep="\n")
        print(f"{outcome.people} people, {outcome.texts} messages, {len(outcome.violations)} violations")
        print(*(f"VIOLATION {violation}" for violation in outcome.violations), sep="\n")
        return 1 if outcome.violations else 0
    return _many(options.seeds)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _many(seeds: range) -> int:
    wrong = 0
    for done, seed in enumerate(seeds, 1):
        outcome = run(seed)
        if outcome.violations:
            wrong += 1
            print(f"\r{report(outcome)}")
        if done % 100 == 0 or done == len(seeds):
            print(f"\r{done} of {len(seeds)} seeds, {wrong} wrong", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
