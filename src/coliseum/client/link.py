"""The client's link: bytes from the socket to items, lines to bytes, with or without TLS.

::

    socket ── bytes ──► [ TlsLayer ] ── bytes ──► [ LineReader ] ── items ──► session
           ◄─────────── [ verifies ] ◄──────────────────────────── lines ──

The idea: the link of the server (wire.link) with two differences. The peer's identity is checked before anything
is said: by the context (CA, host name, dates) or by the pinned fingerprint. And what goes wrong is not an item but
`LinkFailed`, with an error that a person understands.

What must stay true: sans-I/O, one caller at a time; `Ready` comes out only when the server is verified, nothing
can be sent before it; after LinkFailed or `over` nothing more comes out, but `take` may still hold TLS's last
word (an alert), which is to be sent.
"""

import math
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coliseum.client import failures
from coliseum.client.arrivals import Arrival
from coliseum.core.inbound import Broken, Closed, Item, Ready
from coliseum.errors import ColiseumError
from coliseum.services.tls_contexts import client_context, fingerprint_of, pinned_context
from coliseum.urls import Url
from coliseum.wire.lines import ENDLESS, LineReader
from coliseum.wire.tls import LayerBroken, TlsLayer

_TLS_ANSWERS = (0x15, 0x16)
"The first byte of what a TLS server answers: an alert or a handshake (RFC 8446 section 5.1)."


class LinkFailed(Exception):
    """There is no talking over this link."""

    def __init__(self, error: ColiseumError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Target:
    """Where to connect and how the server proves who it is; made once, for all connections."""

    url: Url
    context: ssl.SSLContext | None = None
    "None: without TLS."
    pin: str | None = None
    'The only certificate that is accepted, as "sha256:…"; the context then verifies nothing.'

    @classmethod
    def of(cls, url: Url, *, ca: Path | None, fingerprint: str | None, data_dir: Path) -> "Target":
        """Return the target for `url`, reading the CA: `ca`, else that of the local server, else the system's.

        A server that speaks IRC may be anybody's: there the local server's CA is trusted besides the system's.
        Raises ConfigError when the fingerprint or the file is no such thing.
        """
        pin = None if fingerprint is None else parse_fingerprint(fingerprint)
        if not url.secure:
            return cls(url)
        if pin is not None:
            return cls(url, pinned_context(), pin)
        local = data_dir / "ca.pem"
        context = client_context(ca or (local if local.exists() else None))
        if url.irc and ca is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return cls(url, context)

    def link(self) -> "Link":
        """Return the link of a new connection."""
        if self.url.datagrams:
            from coliseum.client.datagram_link import DatagramClientLink  # noqa: PLC0415 - it needs LinkFailed

            return DatagramClientLink(self.url)
        if self.url.irc:
            from coliseum.client.irc.link import IrcLink  # noqa: PLC0415 - it needs ClientLink

            return IrcLink(self)
        return ClientLink(self, LineReader(ENDLESS))


def parse_fingerprint(given: str) -> str:
    """Return a fingerprint in the one form that is compared: "sha256:" and 64 small hexadecimal digits.

    Colons and capital letters, as OpenSSL prints them, are fine. Raises ConfigError.
    """
    digits = re.sub(r"^sha-?256[:=]", "", given.strip().lower()).replace(":", "")
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise failures.bad_fingerprint(given)
    return f"sha256:{digits}"


class Reader(Protocol):
    """Takes bytes, gives lines."""

    def receive(self, data: bytes) -> list[Item]:
        """Return the lines that are complete now."""


class Link(Protocol):
    """What a client's engine has under it, whatever the transport."""

    stream: bool
    "Bytes in order, with an end; or else datagrams."

    @property
    def over(self) -> bool:
        """The server will say no more."""

    def start(self, now: float) -> list[Arrival]:
        """Begin."""

    def receive(self, data: bytes, now: float) -> list[Arrival]:
        """Take in what came. Raises LinkFailed."""

    def failed(self, error: OSError, now: float) -> list[Arrival]:
        """Take in what went wrong with the socket. Raises LinkFailed."""

    def send(self, line: str, now: float) -> None:
        """Take in a line for the server, without its end."""

    def take(self) -> list[bytes]:
        """Return, once, the pieces for the wire: one send each."""

    def deadline(self) -> float:
        """Return when `tick` is due; infinity for never."""

    def tick(self, now: float) -> list[Arrival]:
        """Do what is due. Raises LinkFailed."""

    def close(self, now: float) -> None:
        """Say goodbye, in `take`."""


class ClientLink:
    """The link of one connection over a stream; it knows no time."""

    stream = True

    def __init__(self, target: Target, reader: Reader) -> None:
        self._target = target
        self._reader = reader
        self._out = bytearray()
        self._untouched = True
        self._tls: TlsLayer | None = None
        if target.context is not None:
            self._tls = TlsLayer(target.context, server_side=False, server_hostname=target.url.host)
        self.over = False
        "The server will say no more."

    def start(self, now: float) -> list[Arrival]:  # noqa: ARG002
        """Begin; without TLS the link is ready at once."""
        if self._tls is None:
            return [Ready()]
        self._tls.start()
        return []

    def receive(self, data: bytes, now: float) -> list[Arrival]:  # noqa: ARG002
        """Take in bytes from the server (empty: it will send no more); return what they say.

        Raises LinkFailed; then the connection is to be closed, after what is in `take`.
        """
        if self.over:
            return []
        try:
            items = self._through_tls(self._tls, data) if self._tls else self._from_wire(data)
        except LinkFailed:
            self.over = True
            raise
        if any(isinstance(item, Broken) for item in items):
            self.over = True
            raise LinkFailed(failures.endless_line(self._target.url))
        self.over = any(isinstance(item, Closed) for item in items)
        return items

    def failed(self, error: OSError, now: float) -> list[Arrival]:  # noqa: ARG002
        """Take in that the socket broke: as good as closed; what is lost is told by what was not confirmed."""
        return self.receive(b"", now)

    def deadline(self) -> float:
        """Nothing is ever due."""
        return math.inf

    def tick(self, now: float) -> list[Arrival]:  # noqa: ARG002
        """Nothing is ever due."""
        return []

    def send(self, line: str, now: float) -> None:  # noqa: ARG002
        """Take in a line for the server, without its end. Only after `Ready`; ignored when the link is over."""
        if self.over:
            return
        data = line.encode() + b"\n"
        if self._tls is None:
            self._out += data
        else:
            self._tls.send(data)

    def take(self) -> list[bytes]:
        """Return, once, the bytes for the wire."""
        if self._tls is not None:
            wire = self._tls.take()
        else:
            wire = bytes(self._out)
            self._out.clear()
        return [wire] if wire else []

    def close(self, now: float) -> None:  # noqa: ARG002
        """Say goodbye, in `take`."""
        if self._tls is not None and self._tls.ready:
            self._tls.close()

    def _from_wire(self, data: bytes) -> list[Arrival]:
        return [*self._reader.receive(data)] if data else [Closed()]

    def _through_tls(self, tls: TlsLayer, data: bytes) -> list[Arrival]:
        target = self._target
        was_ready = tls.ready
        if self._untouched and data:
            self._untouched = False
            if data[0] not in _TLS_ANSWERS:
                raise LinkFailed(failures.not_tls(target.url))
        if not data and not was_ready:
            raise LinkFailed(failures.closed_early(target.url))
        try:
            plain = tls.receive(data) if data else b""
        except LayerBroken as broken:
            told = failures.broken_records if was_ready else failures.broken_handshake
            raise LinkFailed(told(target.url, broken)) from broken
        items: list[Arrival] = []
        if tls.ready and not was_ready:
            self._check_pin(tls)
            items.append(Ready(tls.security()))
        if plain:
            items += self._reader.receive(plain)
        if tls.closed or not data:
            items.append(Closed())
        return items

    def _check_pin(self, tls: TlsLayer) -> None:
        target = self._target
        if target.pin is not None:
            seen = fingerprint_of(tls.peer_certificate() or b"")
            if seen != target.pin:
                raise LinkFailed(failures.wrong_pin(target.url, seen))
