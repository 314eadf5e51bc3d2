"""Datagrams, with threads: one dispatcher reads the socket, one worker per session does what it says.

The idea: the dispatcher finds or makes the conversation of an address (world held) and puts the datagram into its
worker's inbox. The worker, made once and ended with the session, waits for datagrams and for its link's next
deadline (what was not acknowledged is repeated). Whoever flushes sends; a datagram that the kernel does not take
is lost, as datagrams are.

What must stay true:
* an address has at most one worker, however many first datagrams come: one thread reads the socket, and the table
  is only touched with the world held;
* an inbox is bounded: what does not fit is lost, which hurts its sender alone;
* the link's lock (rank 2, a leaf) is held for every touch of the link and for every send; never while waiting.
Beside it: aio/endpoint.py.
"""

import contextlib
import math
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from coliseum.core.effects import Effect
from coliseum.core.kinds import Reason
from coliseum.core.timers import Moment
from coliseum.engines.contract import READ_SIZE, now
from coliseum.engines.datagrams import Conversation, DatagramListener
from coliseum.engines.ranks import ranked_lock
from coliseum.wire.contract import Address

if TYPE_CHECKING:
    from coliseum.engines.threads.engine import ThreadsEngine

INBOX = 256
"Datagrams that may wait for one worker."


class Dispatcher:
    """The thread of one socket."""

    def __init__(self, engine: "ThreadsEngine", listener: DatagramListener) -> None:
        self._engine = engine
        self._table = listener.table
        self._socket = listener.socket
        self._stopping = False
        self._wake, self._alarm = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"dispatch-{listener.scheme}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more; returns when the thread is gone. The socket stays open for the last words."""
        self._stopping = True
        self._alarm.send(b"!")
        self._thread.join()
        self._wake.close()
        self._alarm.close()

    def close(self) -> None:
        """Close the socket, when nobody sends any more."""
        self._socket.close()

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or lose it; any thread."""
        with contextlib.suppress(OSError):
            self._socket.sendto(data, socket.MSG_DONTWAIT, address)

    def end(self, worker: "Worker", reason: Reason) -> None:
        """Forget a worker whose conversation is over. Called by the worker's thread."""
        with self._engine.world_lock:
            self._forget(worker, reason)
        self._engine.flusher.flush()

    def _run(self) -> None:
        self._socket.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            selector.register(self._socket, selectors.EVENT_READ)
            while not self._stopping:
                selector.select()
                with contextlib.suppress(OSError):  # nothing is left, or a refusal of what we sent before
                    while not self._stopping:
                        self._dispatch(*self._socket.recvfrom(READ_SIZE))

    def _dispatch(self, data: bytes, address: Address) -> None:
        with self._engine.world_lock:
            found = self._table.sort(data, address, now())
            if isinstance(found, Conversation) and (worker := self._worker(found)) is not None:
                worker.give(data)
            self._engine.clock.look()
        if isinstance(found, bytes):
            self.send(found, address)
        self._engine.flusher.flush()  # somebody may have been evicted

    def _forget(self, worker: "Worker", reason: Reason) -> None:
        """Take a worker out of everything. Call it with the world held."""
        self._table.forget(worker.conversation)
        worker.conversation.session.gone(reason, now())
        self._engine.workers.pop(worker, None)

    def _worker(self, conversation: Conversation) -> "Worker | None":
        """Return the one worker of a conversation, made if it is new; None when there are no more threads.

        Call it with the world held.
        """
        worker = getattr(conversation.session, "carrier", None)
        if isinstance(worker, Worker):
            return worker
        worker = Worker(self._engine, self, conversation)
        conversation.session.carrier = worker
        self._engine.workers[worker] = None
        self._table.begin(conversation, now())
        try:
            worker.start()
        except RuntimeError as error:  # no more threads to be had
            self._engine.parts.note("accept.failed", listener=conversation.session.listener, error=str(error))
            self._forget(worker, Reason.CONNECTION_LOST)
            return None
        return worker


class Worker:
    """Carries one session over datagrams; its thread is the session's own."""

    def __init__(self, engine: "ThreadsEngine", dispatcher: Dispatcher, conversation: Conversation) -> None:
        self.conversation = conversation
        self._engine = engine
        self._dispatcher = dispatcher
        self._session = conversation.session
        self._link = conversation.link
        # guards: link, the order of sends, `_awaited`. rank 2, a leaf: no lock is taken while it is held. never
        # while held: a call that can block (sends have MSG_DONTWAIT).
        self._lock = ranked_lock("a link", 2)
        self._inbox: queue.Queue[bytes | None] = queue.Queue(INBOX)
        "None: look whether something is due or over."
        self._awaited = math.inf
        "What the thread waits for besides datagrams."
        self._resume_at = math.inf
        "When the session's pause is over; only the thread touches it."
        self._aborted = False
        self._flushed = threading.Event()
        "The last words have been sent, or never will be."
        self._thread = threading.Thread(target=self._run, name=f"session-{self._session.id[:8]}", daemon=True)

    # --- other threads -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()
        self._engine.threads.add(self._thread)

    def give(self, datagram: bytes | None) -> None:
        """Put a datagram into the inbox; one too many is lost."""
        with contextlib.suppress(queue.Full):
            self._inbox.put_nowait(datagram)

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it. Never waits."""
        with self._lock:
            fits = self._link.send(data, time.monotonic())
            self._push()
        if not fits:
            self._engine.flusher.later(lambda: self._engine.end(self._session, Reason.SENDQ_EXCEEDED))

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        with self._lock:
            self._link.close(time.monotonic())
            self._push()
        self._flushed.set()
        if abrupt:
            self.abort()
        else:
            self.give(None)

    def wait_flushed(self, seconds: float) -> None:
        """Wait until the last words have been sent, at most so long."""
        self._flushed.wait(max(0.0, seconds))

    def abort(self) -> None:
        """End at once; any thread, as often as one likes."""
        self._aborted = True
        self.give(None)

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer."""
        return self._link.unsent

    # --- the worker's thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._aborted and not self._finished():
                self._turn(self._wait())
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            self._engine.fault(self._session, fault)
        finally:
            self._flushed.set()
            self._dispatcher.end(self, Reason.CONNECTION_LOST)

    def _finished(self) -> bool:
        with self._lock:
            return self._link.finished

    def _wait(self) -> bytes | None:
        """Return the next datagram, or None when it is time to look."""
        with self._lock:
            due = self._link.deadline()
            self._awaited = min(self._resume_at, math.inf if due is None else due)
        seconds = None if self._awaited == math.inf else max(0.0, self._awaited - time.monotonic())
        try:
            return self._inbox.get(timeout=seconds)
        except queue.Empty:
            return None

    def _turn(self, datagram: bytes | None) -> None:
        moment = time.monotonic()
        resumes = moment >= self._resume_at
        with self._lock:
            items = [] if datagram is None else self._link.receive(datagram, moment)
            items += self._link.tick(moment)  # also when datagrams never end: what is due is due
            if resumes:
                self._link.holding = False
            self._push()
        if items:
            self._step(partial(self._session.receive, items))
        if resumes:
            self._resume_at = math.inf
            self._step(partial(self._session.resume, None))

    def _step(self, take: Callable[[Moment], Effect | None]) -> None:
        """Do one step; a pause is waited for in `_wait`, so that the peer hears meanwhile that we are alive."""
        pause = self._engine.advance(self._session, take)
        if pause is not None:
            self._resume_at = time.monotonic() + pause
            with self._lock:
                self._link.holding = True

    # --- with the link's lock held -------------------------------------------------------------------------

    def _push(self) -> None:
        """Send what the link has for the wire; wake the thread if something is due earlier now."""
        for datagram in self._link.take():
            self._dispatcher.send(datagram, self.conversation.address)
        due = self._link.deadline()
        if due is not None and due < self._awaited:
            self.give(None)
