"""The threads engine: start, step, stop.

The idea: everybody who wants something of the world takes `world_lock`, does one step, lets go, and flushes what
the step put into mailboxes. Nothing that can block happens while the lock is held.

What must stay true: lock ranks. The baton (rank 0, only ever tried, in flusher.py), then `world_lock` (rank 1),
then one link's lock (rank 2, a leaf); nobody takes a lower rank while holding a higher one.
Beside it: aio/engine.py, where the loop itself is the lock.
"""

import threading
import time
import weakref
from collections.abc import Callable
from functools import partial

from coliseum.core.effects import Effect, Pause
from coliseum.core.kinds import Reason
from coliseum.core.session import Ending, Session
from coliseum.core.timers import Moment
from coliseum.engines.contract import Parts, end_by_fault, now
from coliseum.engines.durations import Durations, status_of
from coliseum.engines.ranks import ranked_lock
from coliseum.engines.threads.acceptor import Acceptor
from coliseum.engines.threads.clock import Clock
from coliseum.engines.threads.endpoint import Dispatcher, Worker
from coliseum.engines.threads.flusher import Flusher
from coliseum.engines.threads.stream import Stream


class ThreadsEngine:
    """Runs one server's world on threads. `start` and `stop` are called by one thread."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.world = parts.world
        # guards: the world, its sessions and mailboxes, `streams`, `workers`. rank 1: after the baton, before any
        # link's lock. never while held: I/O, an effect, waiting for anything.
        self.world_lock = ranked_lock("the world", 1)
        self.waits = Durations()
        "How long steps waited for the world's lock."
        self.holds = Durations()
        "How long steps held it."
        self.threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        """Those of clients and UDP sessions; they are here until they are over, and no longer: a stream or worker
        is taken out of the world before its thread has quite ended."""
        self.streams: dict[Stream, None] = {}
        self.workers: dict[Worker, None] = {}
        self.stopping = threading.Event()
        self.flusher = Flusher(self)
        self.clock = Clock(self)
        self.acceptors = [Acceptor(self, listener) for listener in parts.listeners]
        self.dispatchers = [Dispatcher(self, listener) for listener in parts.datagrams]

    def start(self) -> None:
        """Begin to accept; returns at once."""
        self.flusher.start()
        self.clock.start()
        for acceptor in self.acceptors:
            acceptor.start()
        for dispatcher in self.dispatchers:
            dispatcher.start()

    def stop(self, grace: float) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, abort the rest, join everything.

        Afterwards no thread and no socket of this engine is left.
        """
        for acceptor in self.acceptors:
            acceptor.stop()
        for dispatcher in self.dispatchers:
            dispatcher.stop()
        deadline = time.monotonic() + grace
        with self.world_lock:
            self.world.at(now())
            self.world.stop()
            streams = list(self.streams)
            workers = list(self.workers)
        self.stopping.set()
        self.flusher.flush()
        carriers: list[Stream | Worker] = [*streams, *workers]
        for carrier in carriers:
            carrier.wait_flushed(deadline - time.monotonic())
        for carrier in carriers:
            carrier.abort()
        for thread in list(self.threads):
            thread.join()
        for dispatcher in self.dispatchers:
            dispatcher.close()
        self.clock.stop()
        self.flusher.stop()

    def change(self, change: Callable[[], None]) -> None:
        """Do something to the world between two steps (a reload); any thread may call it."""
        with self.world_lock:
            change()

    def status(self) -> dict[str, object]:
        """Return what an operator may want to know of this engine. Call it with the world held (`change`)."""
        return status_of([*self.streams, *self.workers], self.waits, self.holds)

    # --- what the parts of this engine use -----------------------------------------------------------------

    def step(self, session: Session, take: Callable[[Moment], Effect | None]) -> None:
        """Do one step of a session, flush, and go on until nothing blocks it. Called by the session's thread.

        The session's next line waits because its own thread is busy here.
        """
        while (pause := self.advance(session, take)) is not None:
            self.stopping.wait(pause)
            take = partial(session.resume, None)

    def advance(self, session: Session, take: Callable[[Moment], Effect | None]) -> float | None:
        """Do like `step`, but return the seconds of a pause instead of waiting; `session.resume` follows."""
        effect = self._locked_step(session, take)
        while effect is not None:
            if isinstance(effect, Pause):
                return effect.seconds
            effect = self._locked_step(session, partial(session.resume, self.parts.perform(effect)))
        return None

    def _locked_step(self, session: Session, take: Callable[[Moment], Effect | None]) -> Effect | None:
        asked = time.perf_counter()
        with self.world_lock:
            began = time.perf_counter()
            try:
                effect = take(now())
            except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
                effect = None
                end_by_fault(session, self.parts.note, fault)
            self.clock.look()
            self.waits.add(began - asked)
            self.holds.add(time.perf_counter() - began)
        self.flusher.flush()
        return effect

    def end(self, session: Session, reason: Reason) -> None:
        """End a session at once for what happened to its connection; any thread that holds no lock."""
        with self.world_lock:
            self.world.at(now())
            session.close(reason, ending=Ending.ABRUPT)
        self.flusher.flush()

    def fault(self, session: Session, fault: BaseException) -> None:
        """End a session for a fault of the program; any thread that holds no lock."""
        with self.world_lock:
            self.world.at(now())
            end_by_fault(session, self.parts.note, fault)
        self.flusher.flush()
