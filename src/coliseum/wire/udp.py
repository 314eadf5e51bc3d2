"""UDP: many sessions on one socket. The links under them, the server's table of them, and our client's side.

The idea: a datagram is text (from `nc -u`) or one of ours (wire.datagrams). Text gets a `TextLink`: a datagram is
a message, nothing is repeated. Ours gets a `ReliableLink`: once the client has shown by a cookie that it hears us
at its address, lines over a reliable stream (wire.arq). The `Endpoint` finds the session of an address or has it
made.

What must stay true:
* an address has at most one session, however many first datagrams come; the one that has it is always served,
  whatever others send (who can forge an address: docs/reference/udp.md);
* a datagram costs O(1), and the table is bounded: `Limits.sessions` entries of about 1 KiB, and under each at most
  a queue and a window of wire.arq; what goes to an unproved address is at most what came from it and ALLOWANCE
  bytes a datagram; answers to those without a session are rate-limited;
* nothing raises, whatever comes: it is an item, a reply or a `Nothing` with its reason.

Time is monotonic seconds, randomness is given. One caller at a time for the endpoint, and for each link; the
endpoint never touches a link that it has handed over, so each can have its own lock. After every call of a link,
empty `take` and look at `deadline`.

Not here: sockets (engines), what sessions do with lines, what is said to people (injected).
"""

import ipaddress
import math
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from coliseum.core.inbound import Broken, Closed, Garbled, Item, Ready
from coliseum.core.limits import TokenBucket
from coliseum.core.refusals import LineTooLong, NotText, Refusal
from coliseum.core.vocabulary import Reason
from coliseum.wire.arq import LINGER, SEND_QUEUE, Arq, State
from coliseum.wire.datagrams import (
    LIMIT,
    WORD_DIGITS,
    Accept,
    Ack,
    Bye,
    Cookie,
    Cookies,
    Data,
    Datagram,
    Hello,
    Open,
    Refuse,
    Reset,
    connection_of,
    decode,
    encode,
    ours,
)
from coliseum.wire.lines import ENDLESS, LineReader

ALLOWANCE = 200
"Bytes by which an answer to an unproved address may be longer than what it answers: words around an echo."
Address: TypeAlias = tuple[str, int]


class DatagramLink(Protocol):
    """Everything between the datagrams of one address and a session's items; the first item is Ready."""

    holding: bool
    "Set it while the session has enough to do: no new lines come out, and the peer is not given up for it."

    def receive(self, datagram: bytes, now: float) -> list[Item]:
        """Take in a datagram; return what it says. Raises nothing."""

    def send(self, data: bytes, now: float) -> bool:
        """Take in bytes for the peer (whole lines); False: the bound is passed, end the session."""

    def take(self) -> list[bytes]:
        """Return, once, the datagrams that are to go out now."""

    def deadline(self) -> float | None:
        """Return when `tick` is due; None: never."""

    def tick(self, now: float) -> list[Item]:
        """Do what is due; return what became of it (`Broken`). Harmless when nothing is due."""

    def close(self, now: float) -> None:
        """Say goodbye after what was sent; harmless when repeated."""

    @property
    def finished(self) -> bool:
        """Nothing will go out any more, and nothing need be answered."""


class TextLink:
    """The link of somebody with `nc -u`: a datagram is a message, or several lines; nothing is repeated."""

    def __init__(
        self,
        *,
        limit: int = LIMIT,
        empty: Refusal | None = None,
        proved: bool = False,
        send_queue: int = SEND_QUEUE,
    ) -> None:
        """`empty` is the refusal for an empty datagram; None: it is an empty line."""
        self.holding = False
        self.proved = proved
        "The peer has shown that it hears us at its address: set it, and the allowance no longer counts."
        self.withheld = 0
        "Bytes that were not sent because the address is unproved."
        self._limit = limit
        self._empty = empty
        self._send_queue = send_queue
        self._credit = 0
        "Bytes that may still go to an unproved address."
        self._out: deque[bytes] = deque()
        self._unsent = 0
        self._ready = False
        self._closed = False

    def receive(self, datagram: bytes, now: float) -> list[Item]:  # noqa: ARG002 - as the contract says
        """Take in a datagram; return its lines."""
        if self._closed or self.holding:
            return []  # nobody repeats it: a plain user who floods loses what is too much
        # The greatest answer to each of some datagrams that wait for theirs may be saved up, no more.
        self._credit = min(self._credit + len(datagram) + ALLOWANCE, 4 * (LIMIT + ALLOWANCE))
        items: list[Item] = [] if self._ready else [Ready()]
        self._ready = True
        if len(datagram) > self._limit:
            return [*items, Garbled(LineTooLong(self._limit))]
        try:
            text = datagram.decode()
        except UnicodeDecodeError:
            return [*items, Garbled(NotText())]
        lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
        if any(lines):
            return [*items, *filter(None, lines)]
        return [*items, "" if self._empty is None else Garbled(self._empty)]

    def send(self, data: bytes, now: float) -> bool:  # noqa: ARG002
        """Take in bytes for the peer; cut at ends of lines. What an unproved address may not have is dropped."""
        if self._closed:
            return True
        rest = memoryview(data)
        while rest:
            size = _cut(rest, LIMIT)
            if not self.proved:
                if size > self._credit:
                    size = bytes(rest[: self._credit]).rfind(b"\n") + 1
                if not size:
                    self.withheld += len(rest)
                    return True
                self._credit -= size
            if self._unsent + size > self._send_queue:
                return False
            self._out.append(bytes(rest[:size]))
            self._unsent += size
            rest = rest[size:]
        return True

    def take(self) -> list[bytes]:
        """Return, once, the datagrams for the socket."""
        out = list(self._out)
        self._out.clear()
        self._unsent = 0
        return out

    def deadline(self) -> None:
        """Nothing is ever due."""

    def tick(self, now: float) -> list[Item]:  # noqa: ARG002
        """Nothing is ever due."""
        return []

    def close(self, now: float) -> None:  # noqa: ARG002
        """Read no more; what was sent still goes out."""
        self._closed = True

    @property
    def finished(self) -> bool:
        """Closed, and everything was taken."""
        return self._closed and not self._out


def _cut(data: memoryview, most: int) -> int:
    """Return how many bytes, at most `most`, to send in one datagram: up to a line's end, or a character's."""
    if len(data) <= most:
        return len(data)
    end = bytes(data[:most]).rfind(b"\n") + 1
    if not end:
        end = most
        while end > most - 3 and data[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
    return end


class Stream:
    """Lines over an established connection, for either side: wire.arq with a reader of lines on it."""

    def __init__(
        self, connection: bytes, now: float, *, line_bytes: int, send_queue: int, linger: float = LINGER
    ) -> None:
        self.arq = Arq(connection, now, send_queue=send_queue, linger=linger)
        self._reader = LineReader(line_bytes)
        self._over = False
        "Closed or Broken has been said."

    def receive(self, datagram: Data | Ack | Bye, now: float) -> list[Item]:
        """Take in a datagram of this connection; return its lines, and Closed when it was the last."""
        data = self.arq.receive(datagram, now)
        if self._over:
            return []
        items = self._reader.receive(data) if data else []
        if self.arq.peer_closed:
            items.append(Closed())
        self._over = any(isinstance(item, Broken | Closed) for item in items)
        return items

    def broken(self) -> list[Item]:
        """Return Broken, once, when the connection was given up."""
        if self.arq.state is not State.BROKEN or self._over:
            return []
        self._over = True
        stalled = self.arq.why == "stalled"
        return [Broken(Reason.STALLED if stalled else Reason.CONNECTION_LOST, self.arq.why)]


class ReliableLink:
    """The server's link under a session of our own client. Ready comes with the client's first word on it.

    Not with OPEN: one that the network doubled and delayed until its connection had ended would otherwise make a
    guest in a room whom nobody sent.
    """

    def __init__(
        self, connection: bytes, nonce: bytes, now: float, *, line_bytes: int = 4096, send_queue: int = SEND_QUEUE
    ) -> None:
        self.stream = Stream(connection, now, line_bytes=line_bytes, send_queue=send_queue)
        self._nonce = nonce
        self._accepts = 0
        self._ready = False
        self._abandoned = False

    @property
    def holding(self) -> bool:
        """Whether no new lines are taken in for now."""
        return self.stream.arq.holding

    @holding.setter
    def holding(self, on: bool) -> None:
        self.stream.arq.holding = on

    def receive(self, datagram: bytes, now: float) -> list[Item]:
        """Take in a datagram; what is not from this connection's client changes nothing."""
        try:
            heard = decode(datagram)
        except ValueError:
            return []
        match heard:
            case Open(nonce) if nonce == self._nonce and not self.finished:
                self._accepts = 1
            case Data(connection) | Ack(connection) | Bye(connection) if connection == self.stream.arq.connection:
                ignored = self.stream.arq.ignored
                items = self.stream.receive(heard, now)
                if not self._ready and self.stream.arq.ignored == ignored:
                    self._ready = True
                    return [Ready(), *items]
                return items
        return []

    def send(self, data: bytes, now: float) -> bool:
        """Take in bytes for the peer; False: the bound is passed."""
        return self.stream.arq.send(data, now)

    def take(self) -> list[bytes]:
        """Return, once, the datagrams for the socket."""
        accepts = [Accept(self._nonce, self.stream.arq.connection)] * self._accepts
        self._accepts = 0
        if self._abandoned:
            return []
        return [encode(one) for one in (*accepts, *self.stream.arq.take())]

    def deadline(self) -> float | None:
        """Return when `tick` is due."""
        return None if self._abandoned else self.stream.arq.deadline()

    def tick(self, now: float) -> list[Item]:
        """Repeat, ask or give up, whatever is due."""
        self.stream.arq.tick(now)
        return self.stream.broken()

    def close(self, now: float) -> None:
        """Say goodbye after what was sent; to a client that never said a word, nothing."""
        self._abandoned = self._abandoned or not self._ready
        self.stream.arq.close(now)

    @property
    def finished(self) -> bool:
        """Nothing will go out any more."""
        return self._abandoned or self.stream.arq.over


# --- the server's table ------------------------------------------------------------------------------------

T = TypeVar("T", bound=Hashable)
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reply:
    """Send this to the address; no session is concerned."""

    data: bytes
    reason: str = ""
    "As in Nothing, when it is a no."


@dataclass(frozen=True, slots=True)
class Nothing:
    """Drop it; the reason is for the log's counters."""

    reason: str


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """Give the datagram to the link of this conversation."""

    conversation: T_co


@dataclass(frozen=True, slots=True)
class Made(Generic[T_co]):
    """A new conversation: start it, then give it the datagram. End the evicted; the table has forgotten them."""

    conversation: T_co
    evicted: list[T_co]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the endpoint allows. Times are seconds."""

    sessions: int = 1024
    "In all: 1,024 workers with small stacks are what a small machine still carries; a room of 3 needs far fewer."
    unproved: int = 512
    "Text sessions of unproved addresses: half, so that forged ones never keep out those who proved theirs."
    per_ip: int = 64
    "Of an IPv4 address or IPv6 /64, proved and unproved counted apart: a school behind one router, no more."
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    "Networks that `per_ip` does not hold for: everybody on this machine."
    idle: float = 300.0
    "After this silence a session ends."
    unproved_spare: float = 10.0
    "So long an unproved session is safe from eviction after each word: time to type the next."
    proved_spare: float = 60.0
    "The same for proved ones; a client of ours is never silent so long (wire.arq.KEEPALIVE)."
    answers: float = 1000.0
    "Answers a second, and at once, to datagrams of ours without a session: 27 KB/s, nothing that hurts a victim."
    text_answers: float = 100.0
    "The same for text that finds no place: at most 120 KB/s."
    text_sessions: float = 20.0
    "Unproved sessions made a second: forged ones need 25 s to go once through the table, so who speaks stays."
    text_burst: float = 256.0
    "Unproved sessions made at once: a class that begins together."
    line_bytes: int = 4096
    "The longest line of a reliable session."
    send_queue: int = SEND_QUEUE
    "Bytes that may wait for one peer."


class _Entry(Generic[T]):
    """What the table knows of one session."""

    __slots__ = ("address", "connection", "conversation", "nonce", "place", "proved", "used")

    def __init__(
        self, address: Address, place: str, proved: bool, now: float, nonce: bytes = b"", connection: bytes = b""
    ) -> None:
        self.address = address
        self.place = place
        "What shares one `per_ip`; empty when that does not hold for it."
        self.proved = proved
        self.used = now
        self.nonce = nonce
        self.connection = connection
        "Empty for text."
        self.conversation: T


def _busy(word: str) -> bytes:
    return f"! busy; send {word} to come in\n".encode() if word else b"! busy\n"


class Endpoint(Generic[T]):
    """The sessions of one socket, by address."""

    def __init__(
        self,
        make: Callable[[Address, DatagramLink, bool], T],
        cookies: Cookies,
        token: Callable[[], bytes],
        limits: Limits | None = None,
        *,
        empty: Refusal | None = None,
        busy: Callable[[str], bytes] = _busy,
    ) -> None:
        """`make(address, link, proved)` makes a conversation, quickly, without I/O; `token` gives 8 random bytes.

        `busy` is told to text that finds no place, with the word that proves the address and then opens the door,
        or with an empty one when that would not help.
        """
        self.cookies = cookies
        self.limits = limits or Limits()
        self._make = make
        self._token = token
        self._empty = empty
        self._busy = busy
        self._exempt = [ipaddress.ip_network(network) for network in self.limits.exempt]
        self._by_address: dict[Address, _Entry[T]] = {}
        self._by_conversation: dict[T, _Entry[T]] = {}
        # The least recently used first; every entry is in exactly one of them.
        self._recent: dict[bool, OrderedDict[Address, _Entry[T]]] = {False: OrderedDict(), True: OrderedDict()}
        self._places: Counter[tuple[str, bool]] = Counter()
        self._ended: list[T] = []
        "Forgotten, and not yet reported."
        self._answers = TokenBucket(self.limits.answers, self.limits.answers)
        self._text_answers = TokenBucket(self.limits.text_answers, self.limits.text_answers)
        self._text_sessions = TokenBucket(self.limits.text_sessions, self.limits.text_burst)

    def __len__(self) -> int:
        return len(self._by_address)

    # --- a datagram came -----------------------------------------------------------------------------------

    def sort(self, data: bytes, address: Address, now: float) -> "Reply | Known[T] | Made[T] | Nothing":
        """Say what to do with a datagram that came from `address`."""
        entry = self._by_address.get(address)
        if entry is not None and now - entry.used >= self.limits.idle:
            self._forget(entry)  # `expire` is late; the address starts afresh
            entry = None
        return (
            self._sort_ours(data, address, entry, now)
            if ours(data)
            else self._sort_text(data, address, entry, now)
        )

    def _sort_ours(
        self, data: bytes, address: Address, entry: _Entry[T] | None, now: float
    ) -> "Reply | Known[T] | Made[T] | Nothing":
        connection = connection_of(data)
        if connection is not None:
            if entry is None or entry.connection != connection:
                return self._answer(Reset(connection), now, "unknown")
            return self._known(entry, now)
        try:
            heard = decode(data)
        except ValueError:
            return Nothing("garbled")
        match heard:
            case Hello(nonce):
                return self._answer(Cookie(nonce, self.cookies.make(address, nonce, now)), now)
            case Open(nonce) if entry is not None and entry.nonce == nonce:
                return self._known(entry, now)  # doubled, or our ACCEPT was lost
            case Open(nonce, cookie) if not self.cookies.good(cookie, address, nonce, now):
                return self._answer(Cookie(nonce, self.cookies.make(address, nonce, now)), now, "old-cookie")
            case Open(nonce):
                place = self._place(address[0])
                no = self._make_room(place, True, entry, now)
                if no:
                    return self._answer(Refuse(nonce, no), now, no)
                if entry is not None:
                    self._forget(entry)  # whoever is there now has shown that the address is theirs
                connection = self._token()
                link = ReliableLink(
                    connection, nonce, now, line_bytes=self.limits.line_bytes, send_queue=self.limits.send_queue
                )
                return self._add(_Entry(address, place, True, now, nonce, connection), link)
        return Nothing("unexpected")

    def _sort_text(
        self, data: bytes, address: Address, entry: _Entry[T] | None, now: float
    ) -> "Reply | Known[T] | Made[T] | Nothing":
        if entry is not None:
            return Nothing("text-not-wanted") if entry.connection else self._known(entry, now)
        if not address[1]:
            return Nothing("port-0")  # cannot be answered
        proved = self._proves(data, address, now)
        place = self._place(address[0])
        if not proved and self._crowded(place, False, None):
            no = "per-ip"
        elif not proved and self._text_sessions.wait(now):
            no = "too-fast"
        else:
            no = self._make_room(place, proved, None, now)
        if no:
            if self._text_answers.wait(now):
                return Nothing(no)
            helps = no != "per-ip" and not proved
            answer = self._busy(self.cookies.word(address, now) if helps else "")
            return Reply(answer, no) if len(answer) <= len(data) + ALLOWANCE else Nothing(no)
        link = TextLink(empty=self._empty, proved=proved, send_queue=self.limits.send_queue)
        return self._add(_Entry(address, place, proved, now), link)

    # --- conversations -------------------------------------------------------------------------------------

    def prove(self, conversation: T) -> bool:
        """Count a text session as proved (its peer typed the word); False when its place has too many of them.

        Tell its link, too: `TextLink.proved`.
        """
        entry = self._by_conversation.get(conversation)
        if entry is None or entry.proved:
            return entry is not None
        if self._crowded(entry.place, True, None):
            return False
        self._remove(entry)
        entry.proved = True
        self._insert(entry)
        return True

    def touch(self, conversation: T, now: float) -> None:
        """Count the conversation as used; harmless when it is over."""
        entry = self._by_conversation.get(conversation)
        if entry is not None:
            self._known(entry, now)

    def drop(self, conversation: T) -> None:
        """Forget a conversation that has ended; harmless when it is forgotten already."""
        entry = self._by_conversation.get(conversation)
        if entry is not None:
            self._remove(entry)

    def expire(self, now: float) -> list[T]:
        """Forget and return the conversations that were silent for too long: end them."""
        for recent in self._recent.values():
            while recent and now - (entry := next(iter(recent.values()))).used >= self.limits.idle:
                self._forget(entry)
        ended, self._ended = self._ended, []
        return ended

    def deadline(self) -> float | None:
        """Return when `expire` is due; None: never."""
        if self._ended:
            return -math.inf
        heads = [next(iter(recent.values())).used for recent in self._recent.values() if recent]
        return min(heads) + self.limits.idle if heads else None

    # --- the table -----------------------------------------------------------------------------------------

    def _known(self, entry: _Entry[T], now: float) -> Known[T]:
        entry.used = now
        self._recent[entry.proved].move_to_end(entry.address)
        return Known(entry.conversation)

    def _add(self, entry: _Entry[T], link: DatagramLink) -> Made[T]:
        entry.conversation = self._make(entry.address, link, entry.proved)
        self._insert(entry)
        evicted, self._ended = self._ended, []
        return Made(entry.conversation, evicted)

    def _insert(self, entry: _Entry[T]) -> None:
        self._by_address[entry.address] = entry
        self._by_conversation[entry.conversation] = entry
        self._recent[entry.proved][entry.address] = entry
        self._places[entry.place, entry.proved] += 1

    def _remove(self, entry: _Entry[T]) -> None:
        del self._by_address[entry.address]
        del self._by_conversation[entry.conversation]
        del self._recent[entry.proved][entry.address]
        self._places[entry.place, entry.proved] -= 1
        if not self._places[entry.place, entry.proved]:
            del self._places[entry.place, entry.proved]

    def _forget(self, entry: _Entry[T]) -> None:
        self._remove(entry)
        self._ended.append(entry.conversation)

    def _crowded(self, place: str, proved: bool, replaced: _Entry[T] | None) -> bool:
        own = replaced is not None and replaced.proved == proved
        return bool(place) and self._places[place, proved] - own >= self.limits.per_ip

    def _make_room(self, place: str, proved: bool, replaced: _Entry[T] | None, now: float) -> str:
        """See to it that one more has room, evicting one if need be; or return the reason why it has none."""
        if self._crowded(place, proved, replaced):
            return "per-ip"
        full = len(self) - (replaced is not None) >= self.limits.sessions
        full = full or (not proved and len(self._recent[False]) >= self.limits.unproved)
        if not full or self._evict(False, self.limits.unproved_spare, now):
            return ""
        # Only who is proved may displace who is proved: somebody who reads along in a room is silent for long.
        return "" if proved and self._evict(True, self.limits.proved_spare, now) else "full"

    def _evict(self, proved: bool, spare: float, now: float) -> bool:
        entry = next(iter(self._recent[proved].values()), None)
        if entry is None or now - entry.used < spare:
            return False
        self._forget(entry)
        return True

    def _answer(self, datagram: Datagram, now: float, reason: str = "") -> Reply | Nothing:
        """Answer, at most so often, somebody without a session."""
        if self._answers.wait(now):
            return Nothing(reason or "too-fast")
        return Reply(encode(datagram), reason)

    def _proves(self, data: bytes, address: Address, now: float) -> bool:
        word = data.strip()
        if len(word) != WORD_DIGITS:  # most messages cost no HMAC
            return False
        return self.cookies.good_word(word.decode(errors="replace"), address, now)

    def _place(self, host: str) -> str:
        """Return what shares one `per_ip`; empty when that does not hold for the host."""
        try:
            ip = ipaddress.ip_address(host)
        except ValueError:
            return host
        if isinstance(ip, ipaddress.IPv6Address):
            ip = ip.ipv4_mapped or ip
        if any(ip in network for network in self._exempt):
            return ""
        # A house has a whole /64 of IPv6 (RFC 6177): whoever owns one address of it owns all.
        return str(ip) if ip.version == 4 else f"{int(ip) >> 64:x}::/64"


# --- our client's side -------------------------------------------------------------------------------------

FIRST_RETRY, RETRY = 0.5, 1.0
"Seconds until the handshake's first, and each further repetition."
PATIENCE = 10.0
"Seconds that the handshake may take."
TEXT_PATIENCE = 1.0
"Seconds that plain text in answer to the handshake is doubted: anybody can forge it, so we wait for better."


class ClientState(StrEnum):
    """Where the client's connection is."""

    CONNECTING = "connecting"
    OPEN = "open"
    REFUSED = "refused"
    "`why`: the server's code (full, per-ip), or the text of somebody who does not speak this protocol."
    GONE = "gone"
    "`why`: closed, no-answer, unreachable, reset (the server has forgotten us), stalled, exhausted."


class ReliableClient:
    """The client's link: the handshake, then lines over wire.arq. A DatagramLink with a state."""

    def __init__(
        self,
        nonce: bytes,
        now: float,
        *,
        line_bytes: int = ENDLESS,
        send_queue: int = SEND_QUEUE,
        patience: float = PATIENCE,
    ) -> None:
        """`nonce` is 8 random bytes, new for every connection."""
        self.state = ClientState.CONNECTING
        self.why = ""
        self.said_text = False
        "REFUSED by plain text: an older server, or something else altogether; `why` is that text, made printable."
        self.stream: Stream | None = None
        "What runs over the connection, once it is open."
        self._nonce = nonce
        self._line_bytes = line_bytes
        self._send_queue = send_queue
        self._asking: Hello | Open = Hello(nonce)
        self._ask_now = True
        self._ask_again = now + FIRST_RETRY
        self._give_up = now + patience
        self._text = ""
        self._early = bytearray()
        "What was said before the connection was open."
        self._holding = False

    @property
    def holding(self) -> bool:
        """Whether no new lines are taken in for now."""
        return self._holding

    @holding.setter
    def holding(self, on: bool) -> None:
        self._holding = on
        if self.stream is not None:
            self.stream.arq.holding = on

    def receive(self, datagram: bytes, now: float) -> list[Item]:
        """Take in a datagram; what the server cannot have sent changes nothing."""
        if self.finished:
            return []
        if not ours(datagram):
            if self.state is ClientState.CONNECTING and not self._text:
                text = datagram[:200].decode(errors="replace").strip()
                self._text = "".join(one if one.isprintable() else " " for one in text) or "?"
                self._give_up = min(self._give_up, now + TEXT_PATIENCE)
            return []
        try:
            heard = decode(datagram)
        except ValueError:
            return []
        return self._shake(heard, now) if self.stream is None else self._talk(self.stream, heard, now)

    def send(self, data: bytes, now: float) -> bool:
        """Take in bytes for the server, also before it has answered; False: the bound is passed."""
        if self.stream is not None:
            return self.stream.arq.send(data, now)
        if len(self._early) + len(data) > self._send_queue:
            return False
        self._early += data
        return True

    def take(self) -> list[bytes]:
        """Return, once, the datagrams for the socket."""
        if self.stream is not None:
            return [encode(one) for one in self.stream.arq.take()]
        asked, self._ask_now = self._ask_now and not self.finished, False
        return [encode(self._asking)] if asked else []

    def deadline(self) -> float | None:
        """Return when `tick` is due."""
        if self.finished:
            return None
        if self.stream is not None:
            return self.stream.arq.deadline()
        return min(self._ask_again, self._give_up)

    def tick(self, now: float) -> list[Item]:
        """Repeat, ask or give up, whatever is due."""
        if self.finished:
            return []
        if self.stream is not None:
            self.stream.arq.tick(now)
            return self._look()
        if now >= self._give_up:
            if self._text:
                self.said_text = True
                return self._end(ClientState.REFUSED, self._text, Broken(Reason.HANDSHAKE_FAILED, "plain-text"))
            return self._end(ClientState.GONE, "no-answer", Broken(Reason.HANDSHAKE_TIMEOUT, "no-answer"))
        if now >= self._ask_again:
            self._ask_now, self._ask_again = True, now + RETRY
        return []

    def close(self, now: float) -> None:
        """Say goodbye after what was sent; before the connection is open, just leave."""
        if self.stream is not None:
            self.stream.arq.close(now)
        elif not self.finished:
            self._end(ClientState.GONE, "closed")

    def unreachable(self) -> list[Item]:
        """Take note that the server's machine says that nobody listens (ICMP; ECONNREFUSED)."""
        if self.finished:
            return []
        return self._end(ClientState.GONE, "unreachable", Broken(Reason.CONNECTION_LOST, "unreachable"))

    @property
    def finished(self) -> bool:
        """Nothing will happen any more; empty `take` once more."""
        return self.state in (ClientState.REFUSED, ClientState.GONE)

    def _shake(self, heard: Datagram, now: float) -> list[Item]:
        match heard:
            case Cookie(nonce, cookie) if nonce == self._nonce and self._asking != Open(nonce, cookie):
                self._ask(Open(nonce, cookie), now)
            case Reset(token) if token == self._nonce and isinstance(self._asking, Open):
                self._ask(Hello(token), now)
            case Refuse(nonce, why) if nonce == self._nonce:
                reason = Reason.SERVER_FULL if why == "full" else Reason.HANDSHAKE_FAILED
                return self._end(ClientState.REFUSED, why, Broken(reason, why))
            case Accept(nonce, connection) if nonce == self._nonce:
                self.state = ClientState.OPEN
                self.stream = Stream(
                    connection, now, line_bytes=self._line_bytes, send_queue=self._send_queue, linger=0.0
                )
                arq = self.stream.arq
                arq.holding = self._holding
                arq.send(bytes(self._early), now)
                arq.probe(now)  # the server begins with our first word, and that must not get lost
                self._early.clear()
                return [Ready()]
        return []

    def _talk(self, stream: Stream, heard: Datagram, now: float) -> list[Item]:
        match heard:
            case Data() | Ack() | Bye():
                return stream.receive(heard, now) + self._look()
            case Reset(token) if token == stream.arq.connection:
                stream.arq.reset()
                return self._look()
        return []

    def _ask(self, datagram: Hello | Open, now: float) -> None:
        self._asking, self._ask_now, self._ask_again = datagram, True, now + FIRST_RETRY

    def _look(self) -> list[Item]:
        """Follow the connection to its end."""
        assert self.stream is not None
        if self.stream.arq.over:
            self.state, self.why = ClientState.GONE, self.stream.arq.why or "closed"
        return self.stream.broken()

    def _end(self, state: ClientState, why: str, *items: Item) -> list[Item]:
        self.state, self.why = state, why
        return list(items)
