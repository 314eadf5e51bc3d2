"""Our client's side of a conversation over UDP: the handshake, then lines over wire.arq.

The idea: HELLO, COOKIE, OPEN, ACCEPT, each repeated until it is answered or the patience is over; from then on the
same stream as on the server (datagram_links.Stream).

What must stay true: what the server cannot have sent changes nothing; an end has a state and a reason. Sans-I/O;
time is monotonic seconds. After every call, empty `take` and look at `deadline`.
"""

from enum import StrEnum

from coliseum.core.inbound import Broken, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.wire.arq import SEND_QUEUE
from coliseum.wire.datagram_links import Stream
from coliseum.wire.datagrams import (
    Accept,
    Ack,
    Bye,
    Cookie,
    Data,
    Datagram,
    Hello,
    Open,
    Refuse,
    Reset,
    decode,
    encode,
    ours,
)
from coliseum.wire.lines import ENDLESS

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

    repeats = True

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

    @property
    def unsent(self) -> int:
        """Bytes that the server has not acknowledged."""
        return len(self._early) if self.stream is None else self.stream.arq.unsent

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
