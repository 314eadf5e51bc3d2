"""One connection, with asyncio: the loop calls when bytes came and, for a stalled peer, when bytes may go.

The idea: nothing here ever waits. Sending goes straight to the kernel; what the kernel does not take at once waits
in the backlog, and only then the loop is asked to say when the peer has caught up.

Why not a transport and a protocol: a transport has a second buffer behind the backlog, a second idea of closing,
and costs as much time per message as everything else here together (docs/adr/0011-sockets-on-the-loop.md).

What must stay true:
* everything here runs on the loop; what is received is used before the next read, because all connections share
  one buffer;
* the connection ends in a call of its own (`_end`, by `call_soon`), never inside a step or a flush;
* `Session.gone` is called exactly once, by `_end`.
Beside it: threads/stream.py.
"""

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Backlog
from coliseum.core.session import Session
from coliseum.engines.contract import now
from coliseum.wire.contract import Link

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine


class Stream:
    """Carries one session over one TCP connection."""

    __slots__ = (
        "_backlog",
        "_closed",
        "_engine",
        "_finishing",
        "_flushed",
        "_held",
        "_link",
        "_peer_closed",
        "_reset",
        "_socket",
        "_stall_timer",
        "_waiter",
        "_wire",
        "session",
    )

    def __init__(self, engine: "AioEngine", connection: socket.socket, session: Session, link: Link) -> None:
        """Begin to serve a connection that was accepted and does not block."""
        self._engine = engine
        self._socket = connection
        self.session = session
        self._link = link
        session.carrier = self
        self._backlog = Backlog(session.world.policy.send_queue)
        self._wire = b""
        "Encrypted bytes that the kernel did not take yet."
        self._held = False
        self._peer_closed = False
        self._finishing = False
        "Nothing more will be transmitted."
        self._reset = False
        self._closed = False
        "Nothing is read or written any more; `_end` is on its way."
        self._flushed = False
        "Everything was written and our side is closed, or never will be."
        self._waiter: asyncio.Future[None] | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        engine.streams[self] = None
        session.open(now())
        engine.loop.add_reader(connection, self._readable)
        engine.step(self, self._link.start())

    # --- called by the loop: bytes came --------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            size = self._socket.recv_into(self._engine.buffer)
        except BlockingIOError:
            return
        except OSError:
            self._close(Reason.CONNECTION_LOST)
            return
        if size:
            self._received(self._engine.buffer[:size].tobytes())
            if not self._engine.repeats_itself:
                self._look_for_a_reset()
            return
        self._engine.loop.remove_reader(self._socket)
        self._peer_closed = True
        self._received(b"")
        if self._finishing and not self._backlog.stalled:
            self._close(Reason.PEER_CLOSED)
        # Otherwise our side stays open until everything was written: the peer may only have closed its half.

    def _look_for_a_reset(self) -> None:
        """Read on by ourselves when the connection was reset: this loop has said so, and will not say it again."""
        if not self._closed and not self._reset:
            self._reset = bool(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        if self._reset:
            self._engine.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self._closed and not self._held:  # who is held is watched anew by `release`
            self._readable()

    def _received(self, data: bytes) -> None:
        try:
            items = self._link.receive(data)
            self._push(self._link.take())
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            self._engine.fault(self.session, fault)
            return
        if items:
            self._engine.step(self, items)

    def hold(self) -> None:
        """Read no more for now: the session waits for an effect."""
        self._held = True
        if not self._closed:
            self._engine.loop.remove_reader(self._socket)

    def release(self) -> None:
        """Read again."""
        self._held = False
        if not self._closed and not self._peer_closed:
            self._engine.loop.add_reader(self._socket, self._readable)

    # --- called by the flusher -----------------------------------------------------------------------------

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it, or keep it while the peer is stalled. Never waits."""
        if not self._backlog.stalled:
            self._push(self._link.send(data))
        elif not self._closed and not self._backlog.put(data):
            self._engine.flusher.later(lambda: self._engine.end(self.session, Reason.SENDQ_EXCEEDED))

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        if abrupt:
            self.abort()
        elif not self._finishing:
            self._finishing = True
            if self._held:
                self.release()  # to see when the peer closes
            if not self._backlog.stalled:
                self._say_goodbye()  # otherwise _writable says it

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer."""
        return self._backlog.unsent + len(self._wire)

    # --- called by the engine, when it stops ---------------------------------------------------------------

    def flushed(self) -> "asyncio.Future[None]":
        """Return what is done when everything was written and our side is closed, or never will be."""
        if self._waiter is None:
            self._waiter = self._engine.loop.create_future()
            if self._flushed:
                self._waiter.set_result(None)
        return self._waiter

    def abort(self) -> None:
        """Close at once; as often as one likes."""
        self._close(Reason.CONNECTION_LOST)

    # --- writing -------------------------------------------------------------------------------------------

    def _push(self, wire: bytes) -> None:
        """Bring what is left over, and then `wire`, to the kernel, as far as it goes without waiting."""
        if self._closed:
            return
        if self._wire:
            wire = self._wire + wire
        try:
            while wire:
                wire = wire[self._socket.send(wire) :]
        except BlockingIOError:
            self._stall()
        except OSError:
            wire = b""
            self._close(Reason.CONNECTION_LOST)
        self._wire = wire

    def _say_goodbye(self) -> None:
        """Close this side, once everything is out."""
        self._push(self._link.close())
        if self._wire or self._closed:
            return
        if self._peer_closed:
            self._close(Reason.PEER_CLOSED)
            return
        with contextlib.suppress(OSError):  # the peer has hung up already
            self._socket.shutdown(socket.SHUT_WR)
        self._is_flushed()  # now we wait for the peer, or for the linger timer

    def _is_flushed(self) -> None:
        self._flushed = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- a stalled peer ------------------------------------------------------------------------------------

    def _stall(self) -> None:
        """The kernel is full: from now on everything waits in the backlog."""
        if not self._backlog.stalled:
            self._backlog.stalled = True
            self._engine.loop.add_writer(self._socket, self._writable)
            self._watch()

    def _writable(self) -> None:
        """Bring the backlog out as the peer takes it."""
        self._watch()  # it moves
        self._push(b"")
        while not self._wire and not self._closed:
            data = self._backlog.take()
            if data is None:
                self._caught_up()
                return
            self._push(self._link.send(data))

    def _caught_up(self) -> None:
        self._backlog.stalled = False
        self._engine.loop.remove_writer(self._socket)
        self._stop_stall_timer()
        if self._finishing and not self._flushed:
            self._say_goodbye()

    def _watch(self) -> None:
        """End the session when nothing moves for too long."""
        self._stop_stall_timer()
        timeout = self.session.world.policy.stall_timeout
        self._stall_timer = self._engine.loop.call_later(timeout, self._engine.end, self.session, Reason.STALLED)

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    # --- the end -------------------------------------------------------------------------------------------

    def _close(self, reason: Reason) -> None:
        """Close the connection; what that means for the session comes in a call of its own."""
        if self._closed:
            return
        self._closed = True
        self._wire = b""
        self._stop_stall_timer()
        loop = self._engine.loop
        loop.remove_reader(self._socket)
        loop.remove_writer(self._socket)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        loop.call_soon(self._end, reason)

    def _end(self, reason: Reason) -> None:
        """Let everything go that belongs to the connection."""
        try:
            self.session.gone(reason, now())
        finally:
            del self._engine.streams[self]
            self._engine.flusher.soon()
            self._is_flushed()
            self._engine.left()
