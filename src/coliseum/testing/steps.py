"""What interleaved threads do: the steps of the threads engine, with its own code, for people in one small room.

The idea: the engine of threads and its flusher are the real ones; only their locks are the interleaver's, and
there are no sockets: a member's thread gives its session lines and gets bytes from whoever flushes. So what is
tried out is the scheme itself: take the world's lock, do a step, let go, flush with the baton.

What must stay true: a seed decides everything; the logs are kept as history.py wants them.
Beside it: engines/threads/engine.py, engines/threads/flusher.py, engines/threads/stream.py.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeAlias
from unittest import mock

from coliseum.assembly import Assembly
from coliseum.config import Config, Limits, Server
from coliseum.core.inbound import Ready
from coliseum.core.kinds import Reason
from coliseum.core.session import Session
from coliseum.engines.contract import Parts
from coliseum.engines.threads import engine as threads_engine
from coliseum.testing.history import Denied, Ended, Entered, Heard, History, LeftRoom, Log, Said, Settled, Tried
from coliseum.testing.interleave import EVERYWHERE, Interleaver
from coliseum.testing.invariants import Watchman
from coliseum.testing.rules import check
from coliseum.testing.scheduler import Scheduler
from coliseum.testing.speech import LOBBY, Plain

CAPACITY = 2
MEMBERS = 3
_ENGINE = ("engines/threads",)
Turns: TypeAlias = tuple[tuple[float, tuple[str, ...], bool], ...]
"What a run's seed may choose from: how often threads change over, where, and whether inside lines, too."
ANY: Turns = (
    (0.01, EVERYWHERE, False),
    (0.1, EVERYWHERE, False),
    (0.1, _ENGINE, False),
    (0.005, EVERYWHERE, True),
)
IN_VERBS: Turns = ((0.05, ("core/world.py", "core/house_rules.py"), False),)
"In the middle of what people do to rooms, and around steps."
SELDOM: Turns = ((0.02, _ENGINE, False),)
"Around steps and flushes only, and so seldom that many a step is done in one go."


class Member:
    """One visit of somebody: the carrier of a session, and what it knows."""

    def __init__(self, run: "ThreadsRun", log: Log, session: Session) -> None:
        self.log = log
        self.session = session
        self._run = run
        self._tongue = Plain(json=False)
        self._read = b""
        session.carrier = self

    def transmit(self, data: bytes) -> None:
        """Read what was sent to us."""
        *lines, self._read = (self._read + data).split(b"\n")
        for line in lines:
            self._run.interleaver.tell(f"{self.log.client} gets: {line.decode()}")
            self._tongue.understand(line.decode(), self)

    def finish(self, *, abrupt: bool) -> None:
        """Hear nothing more."""

    # --- what the lines mean: see speech.py ---------------------------------------------------------------

    def admitted(self, room: str, members: int) -> None:
        """We are inside."""
        self.log.add(Entered(room, members))

    def out(self, room: str, *, asked: bool) -> None:
        """We are outside."""
        self.log.add(LeftRoom(room, asked))

    def heard(self, room: str, text: str) -> None:
        """Somebody said something."""
        self.log.add(Heard(room, text.rpartition(".")[0], text))

    def refused(self, why: str) -> None:  # noqa: ARG002 - there is only one thing to refuse
        """There was no place for us."""
        self.log.add(Denied(LOBBY))

    def over(self, *, quit_: bool) -> None:
        """The session has ended."""
        self.log.add(Ended(abrupt=not quit_))

    def welcomed(self) -> None:
        """We have a nick."""

    def answered(self, token: str) -> None:
        """Nobody asks here."""

    def wanted(self, word: str) -> None:
        """Nobody wants anything here."""


class ThreadsRun:
    """One seed's run."""

    def __init__(self, seed: int, turns: Turns = ANY, *, traced: bool = False) -> None:
        self._chance = Scheduler(seed)
        random = self._chance.random
        share, places, opcodes = random.choice(turns)
        self.interleaver = Interleaver(
            random.getrandbits(32), share=share, places=places, opcodes=opcodes, traced=traced
        )
        limits = Limits(room_capacity=CAPACITY, flood_control=False)
        config = Config(listen=("tcp://localhost:0",), server=Server(language="en"), limits=limits)
        self.faults: list[str] = []
        self.assembly = Assembly(config, self._note, random_bytes=random.randbytes)
        self.world = self.assembly.world
        self.engine = threads_engine.ThreadsEngine(Parts(self.world, [], [], self.assembly.perform, self._note))
        self.use_locks()
        self.history = History(CAPACITY)
        self._open = self.assembly.opener(self.assembly.urls[0])
        self.members: list[Member] = []

    def use_locks(self) -> None:
        """Give the engine locks that change over by seed."""
        flusher = self.engine.flusher
        self.engine.world_lock = flusher._world_lock = self.interleaver.lock("the world's lock")  # type: ignore[assignment]
        flusher._baton = self.interleaver.lock("the baton")  # type: ignore[assignment]

    def go(self) -> list[str]:
        """Do it all; return what was wrong."""
        random = self._chance.random
        for number in range(1, MEMBERS + 1):
            texts = [random.randint(1, 3) for _ in range(random.randint(0, 2))]
            visits = random.choice((1, 1, 2))
            self.interleaver.spawn(f"p{number}", partial(self._live, f"p{number}", visits, texts))
        with mock.patch.object(threads_engine, "now", self._chance.moment):
            try:
                self.interleaver.run()
            except Exception as failure:  # noqa: BLE001 - whatever it is, it is what went wrong
                self.faults.append(f"a thread has failed: {failure!r}")
            self._relieve()
        return self._violations()

    def _relieve(self) -> None:
        """Do what the flusher's relief thread would do: go on when it was asked to."""
        while self.engine.flusher._relief.acquire(blocking=False):
            self.engine.flusher.relieve()

    # --- a member's thread ---------------------------------------------------------------------------------

    def _live(self, name: str, visits: int, texts: list[int]) -> None:
        for visit in range(1, visits + 1):
            member = self._come(name if visit == 1 else f"{name}-{visit}")
            said = 0
            for many in texts:
                lines = [f"{member.log.client}.{said + number}" for number in range(1, many + 1)]
                said += many
                self._say(member, lines)
            if visit < visits:
                self._step(member, ["/quit"])
                self._vanish(member)

    def _come(self, name: str) -> Member:
        # As Stream.open does it.
        with self.engine.world_lock:
            opened = self._open("127.0.0.1:1")
            assert not isinstance(opened, bytes)  # this machine is exempt
            session, _ = opened
            member = Member(self, self.history.client(name), session)
            self.members.append(member)
            session.open(self._chance.moment())
        member.log.add(Tried(LOBBY))
        self.interleaver.tell(f"{name} asks to come in")
        self.engine.step(member.session, partial(member.session.receive, [Ready()]))
        return member

    def _say(self, member: Member, texts: list[str]) -> None:
        for text in texts:
            member.log.add(Said(LOBBY, text))
        self.interleaver.tell(f"{member.log.client} says {' '.join(texts)}")
        self._step(member, texts)

    def _step(self, member: Member, lines: list[str]) -> None:
        self.engine.step(member.session, partial(member.session.receive, lines))

    def _vanish(self, member: Member) -> None:
        # As Stream._end does it.
        with self.engine.world_lock:
            member.session.gone(Reason.PEER_CLOSED, self._chance.moment())
        self.engine.flusher.flush()

    # --- the end -------------------------------------------------------------------------------------------

    def _note(self, event: str, /, **fields: object) -> None:
        if event == "fault":
            self.faults.append(f"a fault of the program: {fields['error']}: {str(fields['traceback']).strip()}")

    def _violations(self) -> list[str]:
        watchman = Watchman(self.world)
        watchman.look()
        waiting = [member.log.client for member in self.members if member.session.mailbox]
        left = [f"something is left in the mailbox of {name}" for name in waiting]
        for member in self.members:
            if not member.session.over and not member.session.mailbox:
                member.log.add(Settled(1))
        return [*map(str, check(self.history)), *watchman.found, *left, *self.faults]


ThreadsMutant = Callable[[ThreadsRun], AbstractContextManager[object]]


def run(
    seed: int, turns: Turns = ANY, *, traced: bool = False, mutant: ThreadsMutant | None = None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Run one seed; return what was wrong, and the trace."""
    one = ThreadsRun(seed, turns, traced=traced)
    with mutant(one) if mutant else nullcontext():
        return one.go(), one.interleaver.trace
