"""A stream's link: layers under a line reader, from the socket's bytes to the session's items.

::

    socket ── bytes ──► [ TlsLayer ] ── bytes ──► [ LineReader ] ── items ──► session
           ◄─────────── [         ] ◄──────────────────────────── bytes ───

What must stay true: whatever the peer sends comes out as items, never as an exception; after `Broken` or `Closed`
nothing more comes out; what TLS has to say of itself comes before what is sent later.
"""

from coliseum.core.inbound import Begun, Broken, Closed, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.wire.lines import LineReader
from coliseum.wire.tls import LayerBroken, TlsLayer, looks_like_tls

_BEGUN = Begun()


class StreamLink:
    """The link of a server's session over TCP, with or without TLS."""

    __slots__ = (
        "_begun",
        "_closed",
        "_over",
        "_reader",
        "_tls",
        "_untouched",
    )

    def __init__(self, reader: LineReader, tls: TlsLayer | None = None) -> None:
        self._reader = reader
        self._tls = tls
        self._untouched = True
        self._begun = False
        "It was said that a line has begun."
        self._over = False
        self._closed = False

    def start(self) -> list[Item]:
        """Begin; without TLS the link is ready at once."""
        return [Ready()] if self._tls is None else []

    def receive(self, data: bytes) -> list[Item]:
        """Take in bytes from the peer (empty: it will send no more); return what they say."""
        if self._over:
            return []
        try:
            items = self._receive_tls(self._tls, data) if self._tls else self._receive_plain(data)
        except LayerBroken as broken:
            if broken.reason is Reason.NOT_TLS:
                self._tls = None  # the session's last words reach somebody who reads them: in clear
            items = [Broken(broken.reason, broken.detail)]
        self._over = _ends(items)
        unfinished = self._reader.unfinished
        if unfinished and not self._over and (items or not self._begun):
            # If anything came out, it is another line than before, or one that is too long and has a last chance.
            items.append(_BEGUN)
        self._begun = unfinished
        return items

    def send(self, data: bytes) -> bytes:
        """Return the wire bytes for `data`; nothing before the link is ready and after it was closed."""
        if self._tls is None:
            return data
        if not self._tls.ready or self._closed:
            return b""
        try:
            self._tls.send(data)
        except LayerBroken:
            self._closed = True  # nothing can be sent any more; the receiving side says why
        return self._tls.take()

    def take(self) -> bytes:
        """Return, once, what TLS has to say: its handshake, its alerts."""
        return b"" if self._tls is None else self._tls.take()

    def close(self) -> bytes:
        """Say goodbye."""
        if self._tls is None or not self._tls.ready or self._closed:
            return b""
        self._closed = True
        self._tls.close()
        return self._tls.take()

    def _receive_tls(self, tls: TlsLayer, data: bytes) -> list[Item]:
        was_ready = tls.ready
        plain = tls.receive(data) if data else b""
        items: list[Item] = []
        if tls.ready and not was_ready:
            items.append(Ready(tls.security()))
        if plain:
            items += self._reader.receive(plain)
        if (tls.closed or not data) and not _ends(items):
            items.append(Closed())
        return items

    def _receive_plain(self, data: bytes) -> list[Item]:
        if self._untouched and data:
            self._untouched = False
            if looks_like_tls(data):
                return [Broken(Reason.NOT_PLAIN, "a TLS handshake came")]
        return self._reader.receive(data) if data else [Closed()]


def _ends(items: list[Item]) -> bool:
    return bool(items) and isinstance(items[-1], (Broken, Closed))
