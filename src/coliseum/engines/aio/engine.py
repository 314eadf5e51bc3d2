"""The asyncio engine: start, step, stop.

The idea: callbacks run one after the other, so whoever runs has the world for himself; there is nothing to lock.
The price: a step must never block, so an effect goes to a small pool of threads and the session waits for it in a
task, the only tasks that there are.

What must stay true: everything here runs on the loop (but `perform`, which runs in the pool).
Beside it: threads/engine.py, where a lock is what the loop is here.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from coliseum.core.effects import Effect, Pause
from coliseum.core.inbound import Item
from coliseum.core.kinds import Reason
from coliseum.core.session import Ending, Session
from coliseum.core.timers import Moment
from coliseum.engines.aio.acceptor import Acceptor
from coliseum.engines.aio.clock import Clock
from coliseum.engines.aio.endpoint import Dispatcher, Worker
from coliseum.engines.aio.flusher import Flusher
from coliseum.engines.aio.stream import Stream
from coliseum.engines.contract import READ_SIZE, Parts, end_by_fault, now
from coliseum.engines.durations import Durations, status_of

T = TypeVar("T")
_POOL = 4
"Threads that perform effects."


class AioEngine:
    """Runs one server's world on the running loop. All methods are called on that loop."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.world = parts.world
        self.loop = asyncio.get_running_loop()
        self.repeats_itself = isinstance(self.loop, asyncio.SelectorEventLoop)
        "Whether the loop says that there is something to read as long as there is; uvloop says an error once."
        self.waits = Durations()
        "How long the first step of each turn waited for the flush: what others do in the same turn."
        self.holds = Durations()
        "How long steps had the loop for themselves."
        self.streams: dict[Stream, None] = {}
        self.workers: dict[Worker, None] = {}
        self.buffer = memoryview(bytearray(READ_SIZE))
        "What one read brings is used before the next one begins, so one buffer serves all connections."
        self.flusher = Flusher(self)
        self.clock = Clock(self)
        self.acceptors = [Acceptor(self, listener) for listener in parts.listeners]
        self.dispatchers = [Dispatcher(self, listener) for listener in parts.datagrams]
        self._pool = ThreadPoolExecutor(_POOL, thread_name_prefix="effect")
        self._tasks: set[asyncio.Task[None]] = set()
        self._left = asyncio.Event()
        "Some stream has come to its end."

    def start(self) -> None:
        """Begin to accept; returns at once."""
        for acceptor in self.acceptors:
            acceptor.start()
        for dispatcher in self.dispatchers:
            dispatcher.start()

    async def stop(self, grace: float) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, abort the rest, join everything.

        Afterwards no task, no thread and no socket of this engine is left.
        """
        for dispatcher in self.dispatchers:
            dispatcher.stop()
        for acceptor in self.acceptors:
            acceptor.stop()
        self.world.at(now())
        self.world.stop()
        self.flusher.flush()
        streams = list(self.streams)
        if streams:
            await asyncio.wait([stream.flushed() for stream in streams], timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in list(self.workers):
            worker.abort()
        for stream in streams:
            stream.abort()
        while self.streams:
            self._left.clear()
            await self._left.wait()
        for dispatcher in self.dispatchers:
            dispatcher.close()
        self.clock.stop()
        # Blocks the loop for as long as an effect still runs (a password check: a tenth of a second), when nobody
        # is left who could notice.
        self._pool.shutdown(cancel_futures=True)

    def change(self, change: Callable[[], None]) -> None:
        """Do something to the world between two steps (a reload)."""
        change()

    def status(self) -> dict[str, object]:
        """Return what an operator may want to know of this engine."""
        return status_of([*self.streams, *self.workers], self.waits, self.holds)

    # --- what the parts of this engine use -----------------------------------------------------------------

    def step(self, stream: Stream | Worker, items: list[Item]) -> None:
        """Have a session deal with `items`; where it blocks, go on in a task while the stream is not read.

        The session's next line waits because its stream is held.
        """
        effect = self._plain_step(stream.session, stream.session.receive, items)
        if effect is not None:
            stream.hold()
            task = self.loop.create_task(self._carry_on(stream, effect))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry_on(self, stream: Stream | Worker, effect: Effect | None) -> None:
        session = stream.session
        while effect is not None:
            result = await self._perform(effect)
            effect = self._plain_step(session, session.resume, result)
        stream.release()

    def _plain_step(self, session: Session, take: Callable[[T, Moment], Effect | None], what: T) -> Effect | None:
        began = time.perf_counter()
        try:
            effect = take(what, now())
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            effect = None
            end_by_fault(session, self.parts.note, fault)
        self.holds.add(time.perf_counter() - began)
        self.flusher.soon()
        return effect

    async def _perform(self, effect: Effect) -> object:
        if isinstance(effect, Pause):
            await asyncio.sleep(effect.seconds)
            return None
        return await self.loop.run_in_executor(self._pool, self.parts.perform, effect)

    def left(self) -> None:
        """Take in that a stream has come to its end."""
        self._left.set()

    def end(self, session: Session, reason: Reason) -> None:
        """End a session at once for what happened to its connection."""
        self.world.at(now())
        session.close(reason, ending=Ending.ABRUPT)
        self.flusher.soon()

    def fault(self, session: Session, fault: BaseException) -> None:
        """End a session for a fault of the program."""
        self.world.at(now())
        end_by_fault(session, self.parts.note, fault)
        self.flusher.soon()
