"""One connection, with asyncio: a protocol that is called when bytes came and when bytes may go.

The idea: nothing here ever waits. What the kernel does not take at once makes asyncio call `pause_writing`; from
then on everything waits in the backlog, until `resume_writing` says that the peer has caught up.

What must stay true:
* the transport's own buffer holds at most what one transmission left over (its limits are 0);
* what is received is used before the next read, because all connections share one buffer;
* `Session.gone` is called exactly once, from `connection_lost`.
Beside it: threads/stream.py.
"""

import asyncio
import contextlib
import socket
from functools import partial
from typing import TYPE_CHECKING, cast

from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Backlog
from coliseum.core.session import Session
from coliseum.engines.contract import Listener, now
from coliseum.engines.sockets import peer_name, prepare
from coliseum.wire.contract import Link

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine


class Stream(asyncio.BufferedProtocol):
    """Carries one session over one TCP connection."""

    session: Session
    _link: Link
    _transport: asyncio.Transport
    _backlog: Backlog

    def __init__(self, engine: "AioEngine", listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._finishing = False
        self._peer_closed = False
        self._held = False
        self._stall_timer: asyncio.TimerHandle | None = None
        self._unsent = 0
        self.flushed: asyncio.Future[None] = engine.loop.create_future()
        "Done when everything was written and our side is closed, or never will be."
        self.gone: asyncio.Future[None] = engine.loop.create_future()
        "Done when the connection no longer exists."

    # --- called by the loop: the connection ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve a connection that was accepted."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        prepare(self._socket())
        address = transport.get_extra_info("peername") or ("?", 0)
        engine = self._engine
        self.session, self._link = self._listener.open(peer_name(address))
        self.session.carrier = self
        self._backlog = Backlog(self.session.world.policy.send_queue)
        engine.streams[self] = None
        self.session.open(now())
        items = self._link.start()
        engine.step(self, partial(self.session.receive, items))

    def connection_lost(self, error: Exception | None) -> None:
        """Let everything go that belongs to the connection."""
        reason = Reason.CONNECTION_LOST if error else Reason.PEER_CLOSED
        self.session.gone(reason, now())
        self._engine.streams.pop(self, None)
        self._engine.flusher.soon()
        self._stop_stall_timer()
        self._is_flushed()
        self.gone.set_result(None)

    # --- called by the loop: bytes came --------------------------------------------------------------------

    def get_buffer(self, _: int) -> bytearray:
        """Return where the next bytes go."""
        return self._engine.buffer

    def buffer_updated(self, size: int) -> None:
        """Take in what came."""
        self._received(bytes(memoryview(self._engine.buffer)[:size]))

    def eof_received(self) -> bool:
        """Take in that the peer will send no more; our side stays open until everything was written."""
        self._peer_closed = True
        self._received(b"")
        return not self._finishing

    def _received(self, data: bytes) -> None:
        try:
            items = self._link.receive(data)
            self._push()
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            self._engine.fault(self.session, fault)
            return
        if items:
            self._engine.step(self, partial(self.session.receive, items))

    def hold(self) -> None:
        """Read no more for now: the session waits for an effect."""
        self._held = True
        self._transport.pause_reading()

    def release(self) -> None:
        """Read again."""
        self._held = False
        if not self._transport.is_closing():
            self._transport.resume_reading()

    # --- called by the flusher -----------------------------------------------------------------------------

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it, or keep it while the peer is stalled. Never waits."""
        if self._transport.is_closing():
            return
        if not self._backlog.stalled:
            self._link.send(data)
            self._push()
        elif not self._backlog.put(data):
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
                self._say_goodbye()  # otherwise resume_writing says it

    # --- called by the engine, when it stops ---------------------------------------------------------------

    def abort(self) -> None:
        """Close at once; as often as one likes."""
        self._is_flushed()
        if not self._transport.is_closing():
            with contextlib.suppress(OSError):
                self._socket().shutdown(socket.SHUT_RDWR)
            self._transport.abort()

    # --- writing -------------------------------------------------------------------------------------------

    def _push(self) -> None:
        """Bring what the link has for the wire to the kernel, as far as it goes without waiting."""
        wire = self._link.take()
        if wire and not self._transport.is_closing():
            self._transport.write(wire)

    def _say_goodbye(self) -> None:
        """Close this side, once everything is out."""
        self._link.close()
        self._push()
        if self._peer_closed:
            self._transport.close()  # after what is in its buffer
        elif not self._transport.is_closing():
            with contextlib.suppress(OSError):  # the peer has hung up already: connection_lost is on its way
                self._transport.write_eof()  # likewise; then we wait for the peer, or for the linger timer
        if not self._backlog.stalled:
            self._is_flushed()

    def _is_flushed(self) -> None:
        if not self.flushed.done():
            self.flushed.set_result(None)

    # --- called by the loop: a stalled peer ----------------------------------------------------------------

    def pause_writing(self) -> None:
        """The kernel is full: from now on everything waits in the backlog."""
        self._backlog.stalled = True
        self._watch()

    def resume_writing(self) -> None:
        """The kernel has taken everything: bring the backlog out, as far as it goes."""
        self._stop_stall_timer()
        self._backlog.stalled = False
        while not self._backlog.stalled:
            data = self._backlog.take()
            if data is None:
                if self._finishing and not self.flushed.done():
                    self._say_goodbye()
                return
            self._link.send(data)
            self._push()  # may call pause_writing

    def _watch(self) -> None:
        """End the session when nothing moves for too long."""
        self._unsent = self._transport.get_write_buffer_size()
        timeout = self.session.world.policy.stall_timeout
        self._stall_timer = self._engine.loop.call_later(timeout, self._look_for_progress)

    def _look_for_progress(self) -> None:
        if self._transport.get_write_buffer_size() < self._unsent:
            self._watch()
        else:
            self._engine.end(self.session, Reason.STALLED)

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _socket(self) -> socket.socket:
        return cast("socket.socket", self._transport.get_extra_info("socket"))
