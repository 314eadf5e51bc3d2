"""The carriers of the third engine: what brings a session's bytes to its peer, over a simulated network.

The idea: as in the real engines, but where those wait for a socket, these are called by the network, and where
those lose the processor, these put what comes next on the agenda.

What must stay true: one step of a session at a time, in order; while an effect goes on nothing is read;
`Session.gone` is called exactly once for each.
Beside it: engines/aio/stream.py, engines/aio/endpoint.py.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from coliseum.core.effects import Effect
from coliseum.core.inbound import Item
from coliseum.core.kinds import Reason
from coliseum.core.mailbox import Backlog
from coliseum.core.session import Session
from coliseum.engines.datagrams import Conversation, Table
from coliseum.testing.network import Air, Wire
from coliseum.wire.contract import Address, Link

if TYPE_CHECKING:
    from coliseum.testing.engine import SimEngine


class Gone:
    """The server's end of a connection that was turned away: it has closed, and whoever writes to it finds out."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def arrived(self, data: bytes) -> None:
        """Reset the connection, unless the peer closes it, too."""
        if data:
            self._wire.cut()

    def writable(self) -> None:
        """Do nothing: all was said."""

    def lost(self) -> None:
        """Do nothing."""


class Stream:
    """Carries one session over one simulated stream."""

    def __init__(self, engine: "SimEngine", session: Session, link: Link, wire: Wire) -> None:
        self.session = session
        self._engine = engine
        self._link = link
        self._wire = wire
        self._backlog = Backlog(session.world.policy.send_queue)
        self._unsent = b""
        "Wire bytes that the pipe did not take yet."
        self._peer_closed = False
        self._finishing = False
        self._closed = False
        self._moves = 0
        "How often a stalled peer has taken something in."
        session.carrier = self

    def open(self) -> None:
        """Begin to serve."""
        self.session.open(self._engine.scheduler.moment())
        self._engine.stepped()
        self._hand_on(self._link.start())

    # --- called by the network -----------------------------------------------------------------------------

    def arrived(self, data: bytes) -> None:
        """Take in what came from the peer; empty: it will send no more."""
        if self._closed:
            return
        self._peer_closed = self._peer_closed or not data
        items = self._link.receive(data)
        self._push(self._link.take())
        self._hand_on(items)

    def lost(self) -> None:
        """Take in that the connection was cut."""
        self._close(Reason.CONNECTION_LOST)

    def writable(self) -> None:
        """Bring the backlog out as the peer takes it."""
        self._moves += 1
        self._push(b"")
        while not self._unsent and not self._closed:
            data = self._backlog.take()
            if data is None:
                self._backlog.stalled = False
                if self._finishing:
                    self._say_goodbye()
                return
            self._push(self._link.send(data))
        self._watch()

    # --- steps ---------------------------------------------------------------------------------------------

    def _hand_on(self, items: list[Item]) -> None:
        """Have the session deal with items, at some time from now on; nothing is read until it has."""
        if items:
            self._wire.up.pause()
            self._engine.scheduler.soon(partial(self._step, self.session.receive, items))
        elif self._peer_closed:
            self._done()

    def _step(self, take: Callable[..., Effect | None], what: object) -> None:
        effect = self._engine.step(self.session, take, what)
        if effect is not None:
            self._engine.perform(effect, partial(self._step, self.session.resume))
        else:
            self._done()

    def _done(self) -> None:
        self._wire.up.resume()
        if self._peer_closed and self._finishing and not self._backlog.stalled:
            self._close(Reason.PEER_CLOSED)

    # --- called by the flusher -----------------------------------------------------------------------------

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it, or keep it while the peer is stalled. Never waits."""
        if not self._backlog.stalled:
            self._push(self._link.send(data))
        elif not self._closed and not self._backlog.put(data):
            self._engine.flusher.later(partial(self._engine.end, self.session, Reason.SENDQ_EXCEEDED))

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        if abrupt:
            self.abort()
        elif not self._finishing:
            self._finishing = True
            self._wire.up.resume()  # to see when the peer closes, also while an effect goes on
            if not self._backlog.stalled:
                self._say_goodbye()

    def abort(self) -> None:
        """Close at once; as often as one likes."""
        self._close(Reason.CONNECTION_LOST)

    # --- inside --------------------------------------------------------------------------------------------

    def _push(self, wire: bytes) -> None:
        if self._closed:
            return
        wire = self._unsent + wire
        self._unsent = wire[self._wire.down.put(wire) :]
        if self._unsent and not self._backlog.stalled:
            self._backlog.stalled = True
            self._watch()

    def _watch(self) -> None:
        """End the session when nothing moves for too long."""
        seconds = self.session.world.policy.stall_timeout
        self._engine.scheduler.after(seconds, partial(self._give_up, self._moves))

    def _give_up(self, moves: int) -> None:
        if self._backlog.stalled and self._moves == moves and not self._closed:
            self._engine.end(self.session, Reason.STALLED)

    def _say_goodbye(self) -> None:
        self._push(self._link.close())
        if not self._unsent and not self._closed:
            self._wire.down.end()
            if self._peer_closed:
                self._close(Reason.PEER_CLOSED)

    def _close(self, reason: Reason) -> None:
        """Close the connection; what that means for the session comes at some time from now on."""
        if not self._closed:
            self._closed = True
            if not (self._peer_closed and self._finishing):
                self._wire.cut()
            self._engine.scheduler.soon(partial(self._end, reason))

    def _end(self, reason: Reason) -> None:
        self.session.gone(reason, self._engine.scheduler.moment())
        del self._engine.streams[self]
        self._engine.stepped()


class Dispatcher:
    """Gives each datagram to the conversation of its address."""

    def __init__(self, engine: "SimEngine", table: Table, air: Air, address: Address) -> None:
        self.table = table
        self._engine = engine
        self._air = air
        self._address = address
        air.receivers[address] = self._arrived

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or lose it."""
        self._air.send(data, self._address, address)

    def end(self, worker: "Worker", reason: Reason) -> None:
        """Forget a worker whose conversation is over."""
        self.table.forget(worker.conversation)
        worker.session.gone(reason, self._engine.scheduler.moment())
        del self._engine.workers[worker]
        self._engine.stepped()

    def _arrived(self, data: bytes, address: Address) -> None:
        if self._engine.stopping:
            return
        found = self.table.sort(data, address, self._engine.scheduler.moment())
        if isinstance(found, Conversation):
            self._worker(found).give(data)
        elif found is not None:
            self.send(found, address)
        self._engine.stepped()  # somebody may have been evicted

    def _worker(self, conversation: Conversation) -> "Worker":
        worker = getattr(conversation.session, "carrier", None)
        if isinstance(worker, Worker):
            return worker
        worker = Worker(self._engine, self, conversation)
        self._engine.workers[worker] = None
        self._engine.sessions.append(conversation.session)
        self.table.begin(conversation, self._engine.scheduler.moment())
        return worker


class Worker:
    """Carries one session over datagrams."""

    def __init__(self, engine: "SimEngine", dispatcher: Dispatcher, conversation: Conversation) -> None:
        self.conversation = conversation
        self.session = conversation.session
        self._engine = engine
        self._dispatcher = dispatcher
        self._link = conversation.link
        self._inbox: deque[bytes] = deque()
        self._busy = False
        "A turn, or the step that follows it, is on the agenda."
        self._ticks = 0
        "How often a tick was put on the agenda: only the last one counts."
        self._over = False
        self.session.carrier = self

    # --- called by the dispatcher and the flusher ----------------------------------------------------------

    def give(self, datagram: bytes) -> None:
        """Put a datagram into the inbox."""
        self._inbox.append(datagram)
        self._look()

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it. Never waits."""
        if not self._link.send(data, self._engine.scheduler.now):
            self._engine.flusher.later(partial(self._engine.end, self.session, Reason.SENDQ_EXCEEDED))
        self._push()

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        self._link.close(self._engine.scheduler.now)
        self._push()
        if abrupt:
            self.abort()

    def abort(self) -> None:
        """End at once; as often as one likes."""
        if not self._over:
            self._over = True
            self._engine.scheduler.soon(partial(self._dispatcher.end, self, Reason.CONNECTION_LOST))

    # --- inside --------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if not self._busy and not self._over and self._inbox:
            self._busy = True
            self._engine.scheduler.soon(self._turn, 0.002)

    def _turn(self) -> None:
        now = self._engine.scheduler.now
        items = self._link.receive(self._inbox.popleft(), now) + self._link.tick(now)
        self._push()
        self._hand_on(items)

    def _hand_on(self, items: list[Item]) -> None:
        if items:
            self._busy = True
            self._engine.scheduler.soon(partial(self._step, items), 0.002)
        else:
            self._busy = False
            self._look()

    def _step(self, items: list[Item]) -> None:
        self._carry_on(self._engine.step(self.session, self.session.receive, items))
        self._busy = False
        self._look()

    def _carry_on(self, effect: Effect | None) -> None:
        """Perform an effect; the peer's datagrams are answered meanwhile, new lines do not come out."""
        if effect is not None:
            self._link.holding = True
            self._engine.perform(effect, self._resume)

    def _resume(self, result: object) -> None:
        self._link.holding = False
        self._carry_on(self._engine.step(self.session, self.session.resume, result))

    def _push(self) -> None:
        """Send what the link has for the wire; see to it that we are called when something is due."""
        for datagram in self._link.take():
            self._dispatcher.send(datagram, self.conversation.address)
        self._ticks += 1
        if self._link.finished:
            self.abort()
        elif not self._over and (due := self._link.deadline()) is not None:
            scheduler = self._engine.scheduler
            scheduler.after(max(0.0, due - scheduler.now), partial(self._tick, self._ticks))

    def _tick(self, ticks: int) -> None:
        if ticks != self._ticks or self._over:
            return
        if self._busy:  # a turn is under way, and does what is due
            self._engine.scheduler.soon(partial(self._tick, ticks))
            return
        items = self._link.tick(self._engine.scheduler.now)
        self._push()
        self._hand_on(items)
