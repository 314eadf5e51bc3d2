"""Datagrams, with asyncio: the loop says when the socket can be read; each session has a conversation's carrier.

The idea: the same two roles as with threads, without waiting: the dispatcher finds or makes the conversation of an
address and gives the datagram to its worker, which deals with it at once. What is due later (what was not
acknowledged is repeated) is a call at that time.

What must stay true:
* an address has at most one worker;
* a datagram that the kernel does not take is lost, as datagrams are;
* after every touch of the link, what it has for the wire is sent and its deadline looked at.
Beside it: threads/endpoint.py.
"""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from coliseum.core.inbound import Item
from coliseum.core.kinds import Reason
from coliseum.engines.contract import READ_SIZE, now
from coliseum.engines.datagrams import Conversation, DatagramListener
from coliseum.wire.contract import Address

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine

_AT_ONCE = 64
"Datagrams read per turn of the loop, so that a storm of them does not starve the others."


class Dispatcher:
    """The loop's side of one socket."""

    def __init__(self, engine: "AioEngine", listener: DatagramListener) -> None:
        self._engine = engine
        self._table = listener.table
        self._socket = listener.socket

    def start(self) -> None:
        """Begin to read."""
        self._socket.setblocking(False)
        self._engine.loop.add_reader(self._socket, self._readable)

    def stop(self) -> None:
        """Read no more. The socket stays open for the last words."""
        self._engine.loop.remove_reader(self._socket)

    def close(self) -> None:
        """Close the socket, when nobody sends any more."""
        self._socket.close()

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or lose it."""
        with contextlib.suppress(OSError):
            self._socket.sendto(data, address)

    def end(self, worker: "Worker", reason: Reason) -> None:
        """Forget a worker whose conversation is over."""
        self._table.forget(worker.conversation)
        worker.session.gone(reason, now())
        self._engine.workers.pop(worker, None)
        self._engine.flusher.soon()

    def _readable(self) -> None:
        with contextlib.suppress(OSError):  # nothing is left, or a refusal of what we sent before
            for _ in range(_AT_ONCE):
                self._dispatch(*self._socket.recvfrom(READ_SIZE))

    def _dispatch(self, data: bytes, address: Address) -> None:
        found = self._table.sort(data, address, now())
        if isinstance(found, Conversation):
            self._worker(found).give(data)
        elif found is not None:
            self.send(found, address)
        self._engine.clock.look()
        self._engine.flusher.soon()  # somebody may have been evicted

    def _worker(self, conversation: Conversation) -> "Worker":
        """Return the one worker of a conversation, made if it is new."""
        worker = getattr(conversation.session, "carrier", None)
        if isinstance(worker, Worker):
            return worker
        worker = Worker(self._engine, self, conversation)
        conversation.session.carrier = worker
        self._engine.workers[worker] = None
        self._table.begin(conversation, now())
        return worker


class Worker:
    """Carries one session over datagrams."""

    def __init__(self, engine: "AioEngine", dispatcher: Dispatcher, conversation: Conversation) -> None:
        self.conversation = conversation
        self.session = conversation.session
        self._engine = engine
        self._dispatcher = dispatcher
        self._link = conversation.link
        self._call: asyncio.TimerHandle | None = None
        self._over = False

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer."""
        return self._link.unsent

    # --- called by the dispatcher, the loop and the flusher ------------------------------------------------

    def give(self, datagram: bytes) -> None:
        """Deal with a datagram."""
        if self._over:
            return
        try:
            moment = time.monotonic()
            items = self._link.receive(datagram, moment) + self._link.tick(moment)
        except Exception as fault:  # noqa: BLE001 - a fault ends this session, never the server
            self._engine.fault(self.session, fault)
            return
        self._push()
        self._hand_on(items)

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it. Never waits."""
        if not self._link.send(data, time.monotonic()):
            self._engine.flusher.later(lambda: self._engine.end(self.session, Reason.SENDQ_EXCEEDED))
        self._push()

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted; or, abruptly, at once and without it."""
        self._link.close(time.monotonic())
        self._push()
        if abrupt:
            self.abort()

    def abort(self) -> None:
        """End at once; as often as one likes."""
        if not self._over:
            self._over = True
            self._stop_call()
            self._dispatcher.end(self, Reason.CONNECTION_LOST)

    def hold(self) -> None:
        """Take in no new lines for now: the session waits for an effect. The peer hears that we are alive."""
        self._link.holding = True

    def release(self) -> None:
        """Take in lines again."""
        self._link.holding = False

    # --- inside --------------------------------------------------------------------------------------------

    def _hand_on(self, items: list[Item]) -> None:
        if items:
            self._engine.step(self, items)

    def _push(self) -> None:
        """Send what the link has for the wire; see to it that we are called when something is due."""
        for datagram in self._link.take():
            self._dispatcher.send(datagram, self.conversation.address)
        self._stop_call()
        if self._link.finished:
            self.abort()
        elif not self._over and (due := self._link.deadline()) is not None:
            self._call = self._engine.loop.call_at(due, self._tick)

    def _tick(self) -> None:
        items = self._link.tick(time.monotonic())
        self._push()
        self._hand_on(items)

    def _stop_call(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None
