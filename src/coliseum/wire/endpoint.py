"""The endpoint: many sessions on one UDP socket, told apart by address; the server's side.

The idea: a datagram is text or one of ours (wire.datagrams). The endpoint finds the conversation of its address or
has it made: for text at once, for our own client once it has shown by a cookie that it hears us at its address.

What must stay true:
* an address has at most one conversation, however many first datagrams come; the one that has it is always served,
  whatever others send (who can forge an address: docs/reference/udp.md);
* a datagram costs O(1), and the table is bounded: `Limits.sessions` entries of about 1 KiB, and under each at most
  a queue and a window of wire.arq; answers to those without a session are rate-limited;
* nothing raises, whatever comes: it is a reply, a conversation or a `Nothing` with its reason.

Time is monotonic seconds, randomness is given. One caller at a time; the endpoint never touches a link that it has
handed over, so each can have its own lock.
Not here: the links (datagram_links.py), sockets (engines), what is said to people (injected).
"""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from coliseum.core.door import Network, networks, place_of
from coliseum.core.limits import TokenBucket
from coliseum.core.refusals import Refusal
from coliseum.wire.arq import SEND_QUEUE
from coliseum.wire.contract import Address, DatagramLink, Known, Made, Nothing, Reply, T
from coliseum.wire.datagram_links import ALLOWANCE, ReliableLink, TextLink
from coliseum.wire.datagrams import (
    WORD_DIGITS,
    Cookie,
    Cookies,
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What the endpoint allows. Times are seconds."""

    sessions: int = 1024
    "In all: 1,024 workers with small stacks are what a small machine still carries; a room of 3 needs far fewer."
    unproved: int = 512
    "Text sessions of unproved addresses: half, so that forged ones never keep out those who proved theirs."
    per_ip: int = 64
    "Of an IPv4 address or IPv6 /64, proved and unproved counted apart: a school behind one router, no more."
    exempt: tuple[Network, ...] = networks(("127.0.0.0/8", "::1/128"))
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
    "The same for text that finds no place: at most 140 KB/s."
    text_sessions: float = 20.0
    "Unproved sessions made a second: forged ones need 25 s to fill the table anew, so who speaks stays in it."
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


class DatagramEndpoint(Generic[T]):
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
        "May be replaced at any time."
        self._make = make
        self._token = token
        self._empty = empty
        self._busy = busy
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
                place = place_of(address[0], self.limits.exempt)
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
        place = place_of(address[0], self.limits.exempt)
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
            # Reckoned as in `deadline`: rounding must not make what is due then not due.
            while recent and now >= (entry := next(iter(recent.values()))).used + self.limits.idle:
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
