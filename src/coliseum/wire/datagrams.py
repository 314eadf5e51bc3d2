"""Datagrams: what Coliseum's own client and server say over UDP, as bytes; and cookies, which prove an address.

The idea: the first byte, 0xC0, cannot occur in UTF-8, so one socket serves people with `nc -u`, whose datagrams
are text, and our client, whose datagrams begin with it. After it: version, type, and fields of fixed size in
network order (docs/reference/udp.md has the table).

What must stay true:
* `decode` raises ValueError and nothing else, whatever comes; what it returns, `encode` turns into what came;
* no answer that the server gives an address before it has proved itself is longer than what it answers: COOKIE,
  ACCEPT, REFUSE and RESET are not longer than HELLO, OPEN, OPEN and any DATA, ACK or BYE;
* every answer carries the nonce or the connection id that it answers: who cannot see the traffic cannot forge it.

Not here: when which is sent (arq.py, udp.py). Nothing is encrypted: who can read the traffic can also forge it.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import TypeAlias

LIMIT = 1200
"Bytes of a datagram, either way: fits without fragments into every IPv6 path (1280) and nearly every IPv4 one."
MAGIC = 0xC0
VERSION = 1
NONCE_SIZE = 8
"Bytes of a nonce and of a connection id: 64 random bits, not to be guessed."
COOKIE_SIZE = 16
WHY_SIZE = 16
"The longest reason in a REFUSE."
LAST_NUMBER = 2**32 - 1

_HELLO, _COOKIE, _OPEN, _ACCEPT, _DATA, _ACK, _BYE, _RESET, _REFUSE = range(1, 10)
_HEAD = Struct("!BBB")
_TOKEN = Struct("!BBB8s")
_COOKIE_SHAPE = Struct("!BBB8s16s")
_ACCEPT_SHAPE = Struct("!BBB8s8s")
_DATA_SHAPE = Struct("!BBB8sIIQ")
_ACK_SHAPE = Struct("!BBB8sIQ")
_BYE_SHAPE = Struct("!BBB8sI")

HELLO_SIZE = 32
"A HELLO is padded to this, so that a COOKIE (27) is no amplification."
PAYLOAD = LIMIT - _DATA_SHAPE.size
"The greatest payload of a DATA, in bytes."


@dataclass(frozen=True, slots=True)
class Hello:
    """Client: I would like to talk; prove to me that you hear me, and let me prove that I hear you."""

    nonce: bytes


@dataclass(frozen=True, slots=True)
class Cookie:
    """Server: show me this, and I know that what I send to your address reaches you. It has kept nothing."""

    nonce: bytes
    cookie: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """Client: here is the cookie; begin."""

    nonce: bytes
    cookie: bytes


@dataclass(frozen=True, slots=True)
class Accept:
    """Server: the connection exists, and this is its id."""

    nonce: bytes
    connection: bytes


@dataclass(frozen=True, slots=True)
class Data:
    """A piece of the stream, and what has been received."""

    connection: bytes
    number: int
    "Counts the pieces of this direction from 0."
    ack: int
    "Everything below this number has been received."
    bitmap: int
    "Bit i: number ack + 1 + i has been received as well."
    payload: bytes
    "At most PAYLOAD bytes; empty to ask whether the other side is still there."


@dataclass(frozen=True, slots=True)
class Ack:
    """What has been received."""

    connection: bytes
    ack: int
    bitmap: int


@dataclass(frozen=True, slots=True)
class Bye:
    """The last of this direction; it has a number like a DATA, and is acknowledged like one."""

    connection: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Reset:
    """There is no such connection here (any more)."""

    token: bytes
    "The connection id, or the nonce, that it answers."


@dataclass(frozen=True, slots=True)
class Refuse:
    """Server: no, and why."""

    nonce: bytes
    why: str
    "A code, at most 16 ASCII letters, digits and hyphens."


_FIXED: dict[int, tuple[Struct, Callable[..., "Datagram"]]] = {
    _ACK: (_ACK_SHAPE, Ack),
    _BYE: (_BYE_SHAPE, Bye),
    _COOKIE: (_COOKIE_SHAPE, Cookie),
    _OPEN: (_COOKIE_SHAPE, Open),
    _ACCEPT: (_ACCEPT_SHAPE, Accept),
    _RESET: (_TOKEN, Reset),
}
"The types of one size only; the fields of the class are those of the shape, after the head."

Datagram: TypeAlias = Hello | Cookie | Open | Accept | Data | Ack | Bye | Reset | Refuse


def encode(datagram: Datagram) -> bytes:  # noqa: C901 - a table of nine rows
    """Return the bytes of a datagram. Raises ValueError when a field has a size that it cannot have."""
    head = (MAGIC, VERSION)
    match datagram:
        case Data(connection, number, ack, bitmap, payload):
            if len(payload) > PAYLOAD:
                raise ValueError("the payload is too long")
            return _DATA_SHAPE.pack(*head, _DATA, _sized(connection), number, ack, bitmap) + payload
        case Ack(connection, ack, bitmap):
            return _ACK_SHAPE.pack(*head, _ACK, _sized(connection), ack, bitmap)
        case Bye(connection, number):
            return _BYE_SHAPE.pack(*head, _BYE, _sized(connection), number)
        case Hello(nonce):
            return _TOKEN.pack(*head, _HELLO, _sized(nonce)).ljust(HELLO_SIZE, b"\0")
        case Cookie(nonce, cookie):
            return _COOKIE_SHAPE.pack(*head, _COOKIE, _sized(nonce), _sized(cookie, COOKIE_SIZE))
        case Open(nonce, cookie):
            return _COOKIE_SHAPE.pack(*head, _OPEN, _sized(nonce), _sized(cookie, COOKIE_SIZE))
        case Accept(nonce, connection):
            return _ACCEPT_SHAPE.pack(*head, _ACCEPT, _sized(nonce), _sized(connection))
        case Reset(token):
            return _TOKEN.pack(*head, _RESET, _sized(token))
        case Refuse(nonce, why):
            return _TOKEN.pack(*head, _REFUSE, _sized(nonce)) + _checked(why).encode()


def decode(data: bytes) -> Datagram:
    """Return what the bytes say. Raises ValueError when they are not exactly one datagram of ours."""
    if not _HEAD.size < len(data) <= LIMIT or data[0] != MAGIC:
        raise ValueError("not a datagram of Coliseum")
    if data[1] != VERSION:
        raise ValueError(f"version {data[1]} is unknown")
    kind = data[2]
    if kind == _DATA and len(data) >= _DATA_SHAPE.size:
        *_, connection, number, ack, bitmap = _DATA_SHAPE.unpack_from(data)
        return Data(connection, number, ack, bitmap, data[_DATA_SHAPE.size :])
    if kind == _HELLO and len(data) == HELLO_SIZE and not any(data[_TOKEN.size :]):
        return Hello(data[_HEAD.size : _TOKEN.size])
    if kind == _REFUSE and len(data) >= _TOKEN.size:
        return Refuse(data[_HEAD.size : _TOKEN.size], _checked(data[_TOKEN.size :].decode("ascii")))
    if kind in _FIXED:
        shape, make = _FIXED[kind]
        if len(data) == shape.size:
            return make(*shape.unpack(data)[3:])
    raise ValueError(f"type {kind} with {len(data)} bytes")


def ours(data: bytes) -> bool:
    """Whether this cannot be text, but may be a datagram of ours."""
    return data[:1] == bytes((MAGIC,))


def connection_of(data: bytes) -> bytes | None:
    """Return the connection id in what looks like DATA, ACK or BYE, at the price of a look; else None."""
    if _TOKEN.size <= len(data) <= LIMIT and data[0] == MAGIC and data[1] == VERSION and _DATA <= data[2] <= _BYE:
        return data[_HEAD.size : _TOKEN.size]
    return None


def _sized(field: bytes, size: int = NONCE_SIZE) -> bytes:
    if len(field) != size:  # struct would cut or pad it without a word
        raise ValueError(f"a field of {len(field)} bytes where {size} belong")
    return field


def _checked(why: str) -> str:
    if not (why.isascii() and why.replace("-", "x").isalnum() and len(why) <= WHY_SIZE):
        raise ValueError("a reason is a code of at most 16 letters, digits and hyphens")
    return why


# --- who can hear us at an address -------------------------------------------------------------------------

COOKIE_SLOT = 15.0
"Seconds; a cookie is good in the slot in which it was made and in the next: 15 to 30 s."
WORD_SLOT = 60.0
"The same for words, which people type: 60 to 120 s."
WORD_DIGITS = 8


class Cookies:
    """Makes and checks proofs of an address, and remembers none: a flood of requests fills no memory.

    A cookie is an HMAC-SHA256 under the server's secret over address, nonce and the slot of time, cut to 16 bytes.
    A word is the same for people, in 8 hexadecimal digits: 32 bits are enough against guessing while a session may
    send some lines a second only (core.limits): 300 guesses in the word's life, one in 7 million that one hits.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the secret needs at least 16 bytes")
        self._secret = secret

    def make(self, address: tuple[str, int], nonce: bytes, now: float) -> bytes:
        """Return the cookie for this address and nonce, at `now` (monotonic seconds)."""
        return self._sign(b"cookie", address, nonce, int(now // COOKIE_SLOT))[:COOKIE_SIZE]

    def good(self, cookie: bytes, address: tuple[str, int], nonce: bytes, now: float) -> bool:
        """Whether `make` gave this cookie to this address for this nonce a short while ago."""
        return any(hmac.compare_digest(cookie, self.make(address, nonce, now - age)) for age in (0.0, COOKIE_SLOT))

    def word(self, address: tuple[str, int], now: float) -> str:
        """Return the word that somebody at this address proves it with, by typing it back."""
        return self._sign(b"word", address, b"", int(now // WORD_SLOT)).hex()[:WORD_DIGITS]

    def good_word(self, word: str, address: tuple[str, int], now: float) -> bool:
        """Whether `word` gave this word to this address one or two minutes ago at most; capitals are fine."""
        given = word.strip().lower().encode(errors="replace")
        return any(hmac.compare_digest(given, self.word(address, now - age).encode()) for age in (0.0, WORD_SLOT))

    def _sign(self, purpose: bytes, address: tuple[str, int], nonce: bytes, slot: int) -> bytes:
        host, port = address
        parts = (purpose, host.encode(errors="replace"), str(port).encode(), nonce, str(slot).encode())
        message = b"".join(len(part).to_bytes(2) + part for part in parts)  # no two inputs give one message
        return hmac.digest(self._secret, message, "sha256")
