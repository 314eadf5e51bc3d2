"""The third engine: steps, effects, flushes and timers, each at a time that the seed chooses.

The idea: an engine may decide only *when* things happen. This one decides by dice, in virtual time, and so does in
any order what the two real ones do in some. Where they differ it allows what either does: steps come between the
emptying of mailboxes and the delivery (threads), a connection ends while its effect goes on (asyncio).

What must stay true: what engines/contract.py promises. After every step `watch` is called, to look at the world.
Beside it: engines/threads/engine.py, engines/aio/engine.py.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from coliseum.assembly import Assembly
from coliseum.core.delivery import deliver
from coliseum.core.effects import Effect, Pause
from coliseum.core.kinds import Reason
from coliseum.core.session import Ending, Parcel, Session
from coliseum.core.timers import Moment
from coliseum.engines.contract import end_by_fault
from coliseum.testing.carriers import Dispatcher, Gone, Stream, Worker
from coliseum.testing.network import Air, End, Wire
from coliseum.testing.scheduler import Scheduler
from coliseum.wire.contract import Address

T = TypeVar("T")

SERVER: Address = ("127.0.0.1", 8080)
"Where datagrams for the server go."
LONGEST_EFFECT = 0.3
"Seconds that the comparison of a password takes at most."


class SimEngine:
    """Runs one assembly in virtual time."""

    def __init__(self, assembly: Assembly, scheduler: Scheduler, air: Air, watch: Callable[[], None]) -> None:
        self.scheduler = scheduler
        self.world = assembly.world
        self.note = assembly.note
        self.streams: dict[Stream, None] = {}
        self.workers: dict[Worker, None] = {}
        self.sessions: list[Session] = []
        "All that there have ever been."
        self.stopping = False
        self.flusher = Flusher(self)
        self._perform = assembly.perform
        self._watch = watch
        self._awaited = math.inf
        "The deadline of the tick that is on the agenda."
        self._openers = {url.scheme: assembly.opener(url) for url in assembly.urls if not url.datagrams}
        tables = [assembly.table(url) for url in assembly.urls if url.datagrams]
        self.dispatchers = [Dispatcher(self, table, air, SERVER) for table in tables]

    def connect(self, scheme: str, peer: str, wire: Wire, client: End) -> None:
        """Accept a connection, unless the server is stopping: then it is cut."""
        if self.stopping:
            wire.join(client, client)  # nobody is at the other end
            wire.cut()
            return
        opened = self._openers[scheme](peer)
        if isinstance(opened, bytes):
            wire.join(client, Gone(wire))
            wire.down.put(opened)
            wire.down.end()
            return
        session, link = opened
        stream = Stream(self, session, link, wire)
        wire.join(client, stream)
        self.streams[stream] = None
        self.sessions.append(session)
        stream.open()

    def stop(self, grace: float) -> None:
        """Stop accepting, tell everybody, flush for so long, abort the rest."""
        self.stopping = True
        self.world.at(self.scheduler.moment())
        self.world.stop()
        self.stepped()
        self.scheduler.after(grace, self._abort_all)

    def _abort_all(self) -> None:
        carriers: list[Worker | Stream] = [*self.workers, *self.streams]
        for carrier in carriers:
            carrier.abort()

    # --- what the carriers use -----------------------------------------------------------------------------

    def step(self, session: Session, take: Callable[[T, Moment], Effect | None], what: T) -> Effect | None:
        """Do one step of a session; return the effect that it asks for."""
        try:
            effect = take(what, self.scheduler.moment())
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            effect = None
            end_by_fault(session, self.note, fault)
        self.stepped()
        return effect

    def perform(self, effect: Effect, then: Callable[[object], None]) -> None:
        """Perform an effect, which takes its time, and hand on the result; others go on meanwhile."""
        if isinstance(effect, Pause):
            self.scheduler.after(effect.seconds, partial(then, None))
        else:
            self.scheduler.soon(lambda: then(self._perform(effect)), LONGEST_EFFECT)

    def end(self, session: Session, reason: Reason) -> None:
        """End a session at once for what happened to its connection."""
        self.world.at(self.scheduler.moment())
        session.close(reason, ending=Ending.ABRUPT)
        self.stepped()

    def fault(self, session: Session, fault: BaseException) -> None:
        """End a session for a fault of the program."""
        self.world.at(self.scheduler.moment())
        end_by_fault(session, self.note, fault)
        self.stepped()

    def stepped(self) -> None:
        """Do what follows every step: look at the world, see to the flush and to the clock."""
        self._watch()
        self.flusher.soon()
        earliest = self.world.timers.earliest
        if earliest < self._awaited:
            self._awaited = earliest
            self.scheduler.after(max(0.0, earliest - self.scheduler.now), self._tick)

    def _tick(self) -> None:
        self._awaited = math.inf
        self.world.tick(self.scheduler.moment())
        self.world.deadline()  # drops what was cancelled, so that it is not waited for
        self.stepped()


class Flusher:
    """Empties mailboxes onto the wire: one flush at a time, whoever asked for it, and steps come in between."""

    def __init__(self, engine: SimEngine) -> None:
        self._engine = engine
        self._busy = False
        self._later: list[Callable[[], None]] = []

    def soon(self) -> None:
        """Have the mailboxes flushed at some time from now on."""
        if not self._busy:
            self._busy = True
            self._engine.scheduler.soon(self._collect)

    def later(self, action: Callable[[], None]) -> None:
        """Do something that changes the world after this round. Called by carriers, during delivery."""
        self._later.append(action)

    def _collect(self) -> None:
        parcels = self._engine.world.collect()
        self._engine.scheduler.soon(partial(self._deliver, parcels))

    def _deliver(self, parcels: list[Parcel]) -> None:
        scheduler = self._engine.scheduler
        some = scheduler.random.randint(1, len(parcels)) if len(parcels) > 1 else len(parcels)
        deliver(parcels[:some], self._failed)
        if some < len(parcels):
            scheduler.soon(partial(self._deliver, parcels[some:]), 0.002)
            return
        self._busy = False
        later, self._later = self._later, []
        for action in later:
            action()
        if self._engine.world.dirty:
            self.soon()

    def _failed(self, session: Session, fault: Exception) -> None:
        self.later(partial(self._engine.fault, session, fault))
