"""TLS as a layer of bytes: OpenSSL between two memory buffers, for either side of a connection.

Why not the standard ways: one `SSLSocket` used by a reading and a writing thread breaks connections and can crash
the interpreter (cpython#137583), and asyncio's own TLS keeps 280 KiB per idle connection. An `SSLObject` between
two `MemoryBIO`s has neither problem, is the same under both engines, and needs no socket to be tested.

What must stay true: one caller at a time; bytes taken from `take` go onto the wire in that order; nothing from
above passes before the handshake is done, and nothing from below before the peer is verified (client side); a peer
that sends records without data is cut off before it has kept OpenSSL busy for long.

Not here: certificates and contexts (services.certificates), deadlines (core), sockets (engines).
"""

import ssl

from coliseum.core.kinds import Reason

_RECORD = 16 * 1024
"The most that one TLS record carries (RFC 8446 section 5.1)."
_SLICE = 4 * 1024
"""Bytes that OpenSSL is given at once: it deals with all that it has before it says a word. 64 KiB of KeyUpdates
that want an answer (RFC 8446 section 4.6.3) are 200 ms of its time."""
_MOST_ANSWERS = 2 * 1024
"""Bytes that TLS may answer by itself on one connection after the handshake: 75 KeyUpdates. An honest peer asks
for one after millions of records."""
_MOST_SILENCE = 32 * 1024
"Bytes of records that bring no data, in a row; the largest record is half of that."
_HANDSHAKE = 0x16
"The first byte of every TLS connection: a record that carries a handshake."


TURNED_AWAY = bytes([0x15, 3, 3, 0, 2, 2, 49])
"""A record that says "access denied" (RFC 8446 section 6.2), fatally: for somebody with whom no handshake is to be
begun, because that would cost more than they may."""


class LayerBroken(Exception):
    """The peer sent what this layer cannot recover from."""

    def __init__(self, reason: Reason, detail: str, cause: Exception | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.cause = cause


def looks_like_tls(data: bytes) -> bool:
    """Say whether a connection whose first bytes are `data` speaks TLS: no text begins with this byte."""
    return data[:1] == bytes([_HANDSHAKE])


class TlsLayer:
    """One side of one TLS connection."""

    __slots__ = (
        "_answered",
        "_incoming",
        "_object",
        "_outgoing",
        "_server_side",
        "_silence",
        "_untouched",
        "closed",
        "ready",
    )

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server_hostname: str | None = None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_hostname
        )
        self._server_side = server_side
        self._untouched = True
        self._answered = 0
        self._silence = 0
        self.ready = False
        self.closed = False
        "The peer said that it will send no more (close_notify)."

    def start(self) -> None:
        """Begin the handshake (a client speaks first)."""
        if not self._server_side:
            self._handshake()

    def receive(self, data: bytes) -> bytes:
        """Decrypt; the handshake's and TLS's own answers are in `take`.

        Raises LayerBroken: NOT_TLS when the first bytes are not TLS, else HANDSHAKE_FAILED or CONNECTION_LOST.
        """
        if self._untouched and data:
            self._untouched = False
            if self._server_side and not looks_like_tls(data):
                raise LayerBroken(Reason.NOT_TLS, "the first byte was not that of a TLS handshake")
        if len(data) <= _SLICE:
            return self._take_in(data)
        return b"".join([self._take_in(data[at : at + _SLICE]) for at in range(0, len(data), _SLICE)])

    def send(self, data: bytes) -> None:
        """Encrypt. Only once `ready`; raises LayerBroken when the connection is beyond use."""
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            raise LayerBroken(Reason.CONNECTION_LOST, _describe(error), error) from error

    def take(self) -> bytes:
        """Return, once, the records for the wire."""
        return self._outgoing.read()

    def close(self) -> None:
        """Say close_notify; what the peer still sends can be received afterwards."""
        try:
            self._object.unwrap()
        except ssl.SSLError:
            # Either the peer's close_notify is still to come, which we do not wait for, or the handshake was
            # never finished and there is nothing to close. What there is to say is in `take`.
            return

    def security(self) -> str:
        """Return the protocol's version, for example "TLSv1.3"."""
        return self._object.version() or ""

    def peer_certificate(self) -> bytes | None:
        """Return the peer's certificate in DER, or None when it showed none."""
        return self._object.getpeercert(binary_form=True)

    def _take_in(self, data: bytes) -> bytes:
        self._incoming.write(data)
        if not self.ready:
            self._handshake()
            if not self.ready:
                return b""
        waiting = self._outgoing.pending
        plain = self._read()
        self._answered += self._outgoing.pending - waiting
        self._silence = 0 if plain else self._silence + len(data)
        if self._answered > _MOST_ANSWERS or self._silence > _MOST_SILENCE:
            raise LayerBroken(Reason.CONNECTION_LOST, "too many records without data")
        return plain

    def _read(self) -> bytes:
        pieces = []
        try:
            while piece := self._object.read(_RECORD):
                pieces.append(piece)
                if not self._incoming.pending and not self._object.pending():
                    return b"".join(pieces)  # asking for more would only raise
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:
            # The pieces before the bad record are lost with it: the stream cannot be trusted any more.
            raise LayerBroken(Reason.CONNECTION_LOST, _describe(error), error) from error
        return b"".join(pieces)

    def _handshake(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise LayerBroken(Reason.HANDSHAKE_FAILED, _describe(error), error) from error
        self.ready = True


def _describe(error: ssl.SSLError) -> str:
    """Return OpenSSL's reason without its file names and line numbers."""
    return (getattr(error, "reason", None) or str(error) or type(error).__name__).replace("_", " ").lower()
