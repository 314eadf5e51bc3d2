"""One connection, with threads: its own thread reads; whoever flushes writes.

The idea: the client's thread blocks in `recv`, nothing else. Sending never blocks: what the kernel does not take
at once waits in the backlog, and a thread made for this one stalled peer brings it out, so no room and no flusher
ever waits for a slow reader.

What must stay true:
* the link's lock is held for every touch of link, backlog and for every `send`, so records go out in order; never
  while waiting;
* only the client's thread closes the socket, after everybody else was told that it is closed;
* `Session.gone` is called exactly once, by the client's thread.
Beside it: aio/stream.py.
"""

import contextlib
import select
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING

from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Backlog
from coliseum.core.session import Session
from coliseum.engines.contract import READ_SIZE, now
from coliseum.engines.ranks import ranked_lock
from coliseum.wire.contract import Link

if TYPE_CHECKING:
    from coliseum.engines.threads.engine import ThreadsEngine


READ_FIRST = 8 * 1024
"""Bytes that a silent client's thread is ready for. What it is ready for is memory while it waits; who has more to
say is read in large pieces from then on."""


class Stream:
    """Carries one session over one TCP connection."""

    def __init__(self, engine: "ThreadsEngine", connection: socket.socket, session: Session, link: Link) -> None:
        """Take in a connection that was accepted. Call it with the world held."""
        self._engine = engine
        self._socket = connection
        self._session = session
        self._link = link
        # guards: link, backlog, the order of sends, `_closed`. rank 2, a leaf: no lock is taken while it is held.
        # never while held: a call that can block (sends have MSG_DONTWAIT).
        self._lock = ranked_lock("a link", 2)
        self._backlog = Backlog(session.world.policy.send_queue)
        self._wire = b""
        "Encrypted bytes that the kernel did not take yet."
        self._finishing = False
        "Nothing more will be transmitted."
        self._goodbye = False
        "The link was closed."
        self._closed = False
        self._flushed = threading.Event()
        self._writer: threading.Thread | None = None
        self._reader = threading.Thread(target=self._run, name=f"client-{session.id[:8]}", daemon=True)
        session.carrier = self
        engine.streams[self] = None
        session.open(now())
        engine.clock.look()

    def start(self) -> None:
        """Start the client's thread; called by the acceptor's."""
        try:
            self._reader.start()
            self._engine.threads.add(self._reader)
        except RuntimeError as error:  # no more threads to be had
            self._engine.parts.note("accept.failed", listener=self._session.listener, error=str(error))
            self._end(Reason.CONNECTION_LOST)

    # --- the client's own thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        engine, session = self._engine, self._session
        reason = Reason.PEER_CLOSED
        try:
            items = self._link.start()
            if items:
                engine.step(session, partial(session.receive, items))
            size = READ_FIRST
            while data := self._socket.recv(size):
                size = READ_SIZE if len(data) == size else READ_FIRST
                self._received(data)
            self._received(b"")
            # Our side stays open until everything was written: the peer may only have closed its half.
            self._flushed.wait(session.world.policy.stall_timeout)
        except OSError:
            reason = Reason.CONNECTION_LOST
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            engine.fault(session, fault)
        finally:
            self._end(reason)

    def _received(self, data: bytes) -> None:
        with self._lock:
            items = self._link.receive(data)
            self._push(self._link.take())
        if items:
            self._engine.step(self._session, partial(self._session.receive, items))

    def _end(self, reason: Reason) -> None:
        with self._engine.world_lock:
            self._session.gone(reason, now())
            self._engine.streams.pop(self, None)
        self._engine.flusher.flush()
        with self._lock:
            self._closed = True
            writer = self._writer
        self._flushed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the writer, if there is one
        if writer is not None:
            writer.join()
        self._socket.close()

    # --- whoever flushes (one at a time, see flusher.py) ---------------------------------------------------

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it, or keep it while the peer is stalled. Never waits."""
        with self._lock:
            if self._closed:
                return
            if not self._backlog.stalled:
                self._push(self._link.send(data))
                fits = True
            else:
                fits = self._backlog.put(data)
        if not fits:
            self._engine.flusher.later(lambda: self._engine.end(self._session, Reason.SENDQ_EXCEEDED))

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        if abrupt:
            self.abort()
            return
        with self._lock:
            if not self._finishing:
                self._finishing = True
                if not self._backlog.stalled:
                    self._say_goodbye()  # otherwise the writer says it

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer."""
        return self._backlog.unsent + len(self._wire)

    # --- the engine, when it stops -------------------------------------------------------------------------

    def wait_flushed(self, seconds: float) -> None:
        """Wait until everything was written, at most so long."""
        self._flushed.wait(max(0.0, seconds))

    def abort(self) -> None:
        """Close at once: the client's thread wakes up and ends. Any thread, as often as one likes."""
        self._flushed.set()
        with self._lock, contextlib.suppress(OSError):
            if not self._closed:
                self._socket.shutdown(socket.SHUT_RDWR)

    # --- with the link's lock held -------------------------------------------------------------------------

    def _push(self, wire: bytes) -> None:
        """Bring what is left over, and then `wire`, to the kernel, as far as it goes without waiting."""
        if self._wire:
            wire = self._wire + wire
        try:
            while wire:
                sent = self._socket.send(wire, socket.MSG_DONTWAIT)
                wire = wire[sent:]
        except BlockingIOError:
            self._wire = wire
            self._stall()
            return
        except OSError:
            wire = b""  # the connection is gone; the client's thread finds out by itself
        self._wire = wire

    def _stall(self) -> None:
        if not self._backlog.stalled and not self._closed:
            self._backlog.stalled = True
            self._writer = threading.Thread(target=self._write, name=f"{self._reader.name}-writer", daemon=True)
            self._writer.start()

    def _say_goodbye(self) -> None:
        """Close this side, once everything is out."""
        if not self._goodbye:
            self._goodbye = True
            self._push(self._link.close())
        if not self._wire:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self._flushed.set()

    # --- the thread of a stalled peer ----------------------------------------------------------------------

    def _write(self) -> None:
        """Bring the backlog out as the peer takes it; ends when nothing waits."""
        poll = select.poll()
        poll.register(self._socket, select.POLLOUT)
        timeout = self._session.world.policy.stall_timeout
        while True:
            if not poll.poll(timeout * 1000):
                self._engine.end(self._session, Reason.STALLED)
                return
            with self._lock:
                if self._drain():
                    return

    def _drain(self) -> bool:
        """Write until the kernel is full (False) or everything is out (True)."""
        self._push(b"")
        while not self._wire:
            data = self._backlog.take()
            if data is not None:
                self._push(self._link.send(data))
            elif self._finishing and not self._flushed.is_set():
                self._say_goodbye()
            else:
                self._backlog.stalled = False
                return True
        return False
