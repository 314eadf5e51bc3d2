"""The clients' ends of simulated connections: lines go in, lines come out; over a stream, TLS, or datagrams.

What must stay true: `heard` is called for each whole line, in order, and `closed` once, when no more will come.
"""

import ssl
from collections.abc import Callable
from functools import partial
from typing import Protocol

from coliseum.core.inbound import Broken, Closed, Item
from coliseum.testing.network import Air, Wire
from coliseum.testing.scheduler import Scheduler
from coliseum.wire.contract import Address, DatagramLink
from coliseum.wire.tls import LayerBroken, TlsLayer

Heard = Callable[[str], None]


class ClientEnd(Protocol):
    """A client's connection."""

    def send(self, text: str) -> None:
        """Send text, whole lines or a piece of one."""

    def stop_reading(self) -> None:
        """Read no more for now."""

    def read_on(self) -> None:
        """Read again."""

    def finish(self) -> None:
        """Send nothing more."""

    def cut(self) -> None:
        """End at once; nothing more is read either."""


class StreamEnd:
    """A client's end of a stream."""

    def __init__(
        self, wire: Wire, heard: Heard, closed: Callable[[], None], context: ssl.SSLContext | None = None
    ) -> None:
        """`context`: speak TLS."""
        self._wire = wire
        self._heard = heard
        self._closed = closed
        self._tls = TlsLayer(context, server_side=False, server_hostname="localhost") if context else None
        self._early = b""
        "What is said before TLS is ready."
        self._unsent = b""
        self._read = b""
        self._over = False

    def start(self) -> None:
        """Begin: with TLS, the client speaks first."""
        if self._tls:
            self._tls.start()
            self._put(self._tls.take())

    def send(self, text: str) -> None:
        """Send text."""
        data = text.encode()
        if self._tls is None:
            self._put(data)
        elif self._tls.ready:
            self._tls.send(data)
            self._put(self._tls.take())
        else:
            self._early += data

    def stop_reading(self) -> None:
        """Read no more for now."""
        self._wire.down.pause()

    def read_on(self) -> None:
        """Read again."""
        self._wire.down.resume()

    def finish(self) -> None:
        """Send nothing more."""
        self._wire.up.end()

    def cut(self) -> None:
        """End at once."""
        self._over = True
        self._wire.cut()

    # --- called by the network -----------------------------------------------------------------------------

    def arrived(self, data: bytes) -> None:
        """Take in what came."""
        if self._over:
            return
        if self._tls and data:
            data = self._decrypted(self._tls, data)
        elif not data:
            self._over = True
            self._wire.up.end()
            self._closed()
        *lines, self._read = (self._read + data).split(b"\n")
        for line in lines:
            self._heard(line.decode())

    def writable(self) -> None:
        """Go on sending."""
        self._put(b"")

    def lost(self) -> None:
        """Take in that the connection was cut."""
        if not self._over:
            self._over = True
            self._closed()

    def _decrypted(self, tls: TlsLayer, data: bytes) -> bytes:
        was_ready = tls.ready
        try:
            data = tls.receive(data)
        except LayerBroken as broken:
            if "access denied" not in broken.detail:
                raise
            self.cut()  # we were turned away; nothing else may go wrong here
            self._closed()
            return b""
        if tls.ready and not was_ready and self._early:
            tls.send(self._early)
        self._put(tls.take())
        return data

    def _put(self, data: bytes) -> None:
        data = self._unsent + data
        self._unsent = data[self._wire.up.put(data) :]


class DatagramEnd:
    """A client's end of a conversation of datagrams; with `link` ours, without it text as it is."""

    def __init__(
        self,
        scheduler: Scheduler,
        air: Air,
        own: Address,
        server: Address,
        heard: Heard,
        closed: Callable[[], None],
    ) -> None:
        self.link: DatagramLink | None = None
        self._scheduler = scheduler
        self._air = air
        self._own = own
        self._server = server
        self._heard = heard
        self._closed = closed
        self._ticks = 0
        self._over = False
        air.receivers[own] = self._arrived

    def start(self) -> None:
        """Begin: our own protocol speaks first."""
        self._push()

    def send(self, text: str) -> None:
        """Send text."""
        if self.link is None:
            for line in text.splitlines():
                self._air.send(line.encode(), self._own, self._server)
        else:
            self.link.send(text.encode(), self._scheduler.now)
            self._push()

    def stop_reading(self) -> None:
        """Go on: whoever reads slowly loses datagrams, which happens anyway."""

    def read_on(self) -> None:
        """Go on."""

    def finish(self) -> None:
        """Say goodbye in order."""
        if self.link is not None:
            self.link.close(self._scheduler.now)
            self._push()

    def cut(self) -> None:
        """Vanish."""
        self._over = True
        self._air.receivers.pop(self._own, None)

    def _arrived(self, data: bytes, _: Address) -> None:
        if self._over:
            return
        if self.link is None:
            for line in data.decode().splitlines():
                self._heard(line)
            return
        items = self.link.receive(data, self._scheduler.now)
        self._take(items)

    def _take(self, items: list[Item]) -> None:
        for item in items:
            if isinstance(item, str):
                self._heard(item)
            elif isinstance(item, Broken | Closed) and not self._over:
                self._closed()
                self.finish()
        self._push()

    def _push(self) -> None:
        if self.link is None or self._over:
            return
        for datagram in self.link.take():
            self._air.send(datagram, self._own, self._server)
        self._ticks += 1
        due = None if self.link.finished else self.link.deadline()
        if due is not None:
            self._scheduler.after(max(0.0, due - self._scheduler.now), partial(self._tick, self._ticks))

    def _tick(self, ticks: int) -> None:
        if ticks == self._ticks and not self._over and self.link is not None:
            items = self.link.tick(self._scheduler.now)
            self._take(items)
