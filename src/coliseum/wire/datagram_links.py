"""The links under sessions of datagrams: plain text, or lines over a reliable stream.

The idea: text (from `nc -u`) gets a `TextLink`: a datagram is a message, nothing is repeated. Our own client gets
a `ReliableLink`: lines over wire.arq. Both turn datagrams into items and lines into datagrams.

What must stay true: nothing raises, whatever comes; what goes to an address that has not proved itself is at most
what came from it and ALLOWANCE bytes a datagram. Time is monotonic seconds; one caller at a time. After every
call, empty `take` and look at `deadline`.
Not here: which link an address gets (endpoint.py), the client's side (reliable_client.py).
"""

from collections import deque

from coliseum.core.inbound import Broken, Closed, Garbled, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.refusals import LineTooLong, NotText, Refusal
from coliseum.wire.arq import LINGER, SEND_QUEUE, Arq, State
from coliseum.wire.datagrams import LIMIT, Accept, Ack, Bye, Data, Open, decode, encode
from coliseum.wire.lines import LineReader

ALLOWANCE = 200
"Bytes by which an answer to an unproved address may be longer than what it answers: words around an echo."


class TextLink:
    """The link of somebody with `nc -u`: a datagram is a message, or several lines; nothing is repeated."""

    repeats = False

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
        self.unsent = 0
        "Bytes that wait for `take`."
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
            if self.unsent + size > self._send_queue:
                return False
            self._out.append(bytes(rest[:size]))
            self.unsent += size
            rest = rest[size:]
        return True

    def take(self) -> list[bytes]:
        """Return, once, the datagrams for the socket."""
        out = list(self._out)
        self._out.clear()
        self.unsent = 0
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

    repeats = True

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
    def unsent(self) -> int:
        """Bytes that the peer has not acknowledged."""
        return self.stream.arq.unsent

    @property
    def finished(self) -> bool:
        """Nothing will go out any more."""
        return self._abandoned or self.stream.arq.over
