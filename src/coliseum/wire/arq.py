"""ARQ: a reliable, ordered stream of bytes in both directions over datagrams that may be lost, doubled or late.

The idea: the stream is cut into *segments* with numbers. The receiver says with every answer below which number it
has everything (`ack`) and what it has beyond (`bitmap`); the sender keeps a segment until it is acknowledged and
repeats it when that takes too long (RFC 6298, with Karn's rule) or when three later ones have overtaken it
(RFC 6675 in small). How much is on its way grows while all goes well and halves at a loss (RFC 5681 in small). BYE
is the last segment of a direction; a segment without bytes asks a silent peer whether it is still there.

What must stay true:
* what `receive` returns is, in order and once, what the peer sent; what comes twice is answered and not returned;
* what was not sent by this connection's peer (another id, a number nobody can have reached) changes nothing;
* bounds: `send_queue` bytes wait or are on their way, 64 segments are kept out of order (75 KiB), and a connection
  whose peer says nothing ends: after GIVE_UP when we wait for it, after KEEPALIVE + GIVE_UP when nobody speaks;
* at most 64 segments on their way, and without any answer ever fewer of them, ever more seldom: no flood.

Time is monotonic seconds. One caller at a time; after every call, empty `take` and look at `deadline` again.
Longer than other files because sending and receiving share their state: neither half can be understood alone.
Not here: the handshake (endpoint.py, reliable_client.py), lines, encryption.
"""

from enum import StrEnum
from typing import TypeAlias

from coliseum.wire.datagrams import LAST_NUMBER, PAYLOAD, Ack, Bye, Data

WINDOW = 64
"Segments: the greatest distance between what was acknowledged and what is sent, and so what a receiver keeps."
FIRST_WINDOW = 10
"Segments on their way before the first answer (RFC 6928)."
LEAST_WINDOW = 2
FIRST_RTO, LEAST_RTO, GREATEST_RTO = 1.0, 0.2, 8.0
"Seconds to wait for an answer. RFC 6298 would have 1 s for the least; a chat would feel it, and Linux has 0.2."
GREATEST_BACKOFF = 16
"Times the measured RTO, at most: a datagram every few seconds harms nobody, and a bad path still works."
OVERTAKEN = 3
"So many later segments have arrived: this one is lost (RFC 5681's three duplicate acknowledgements)."
KEEPALIVE = 30.0
"""Seconds in which nothing was heard; then we ask. Without it neither side would learn that the other is gone
while nobody speaks, its place in the room would stay taken, and home routers would forget the way back."""
GIVE_UP = 30.0
"Seconds in which we waited for an answer and nothing at all was heard."
GIVE_UP_CLOSING = 10.0
"The same once we have closed: nobody is waiting for it any more."
STALLED = 180.0
"Seconds in which the peer answered but took nothing in: longer than our flood control holds back a full segment."
LINGER = 2.0
"Seconds after the end in which a repeated BYE is still answered; later ones get a RESET, which ends them too."
SEND_QUEUE = 256 * 1024
"Bytes that wait or are on their way: a thousand chat lines; 1,024 stalled sessions stay below 350 MiB."


class State(StrEnum):
    """Where a connection is; the order is the order of life."""

    OPEN = "open"
    CLOSING = "closing"
    "We said that we close: what waits still goes out, then our BYE."
    LINGERING = "lingering"
    "Our BYE has arrived; we still answer."
    FINISHED = "finished"
    BROKEN = "broken"
    "Given up: what was sent may not have arrived. `why` says the reason."


class _Segment:
    """One numbered piece on its way."""

    __slots__ = ("arrived", "lost", "number", "payload", "sent", "tries")

    def __init__(self, number: int, payload: bytes | None) -> None:
        self.number = number
        self.payload = payload
        "None: the BYE."
        self.sent = 0.0
        "When it was sent last."
        self.tries = 0
        self.arrived = False
        "The peer has it, although something before it is missing."
        self.lost = False
        "To be sent again as soon as the window allows."


Sent: TypeAlias = Data | Ack | Bye


class Arq:
    """One side of one established connection."""

    def __init__(
        self, connection: bytes, now: float, *, send_queue: int = SEND_QUEUE, linger: float = LINGER
    ) -> None:
        self.connection = connection
        self.state = State.OPEN
        self.why = ""
        'When broken: "no-answer", "stalled", "reset" or "exhausted".'
        self.peer_closed = False
        "The peer's BYE has come, and all before it: it will send no more."
        self.holding = False
        "Take in no new data for now; the peer keeps it and hears that we are alive."
        self.retransmitted = 0
        "Segments sent again."
        self.duplicates = 0
        "Segments that came again."
        self.ignored = 0
        "Datagrams that the peer of this connection cannot have sent."
        self._send_queue = send_queue
        self._linger = linger
        self._now = now
        self._silent_since = now
        "When the peer was last heard, or when we began to wait for it."
        self._progress = now
        "When the peer last took something in, or when there was nothing for it to take."
        self._closed_at = now
        # What we send.
        self._queue = bytearray()
        self._flight: dict[int, _Segment] = {}
        "What was sent and is not acknowledged, in order of number."
        self._unacknowledged = 0
        "Bytes in it."
        self._next = 0
        self._probing = False
        self._bye_sent = False
        self._window = float(FIRST_WINDOW)
        self._threshold = float(WINDOW)
        self._recover = 0
        "Losses below this number have already halved the window."
        self._urgent = 0
        "Segments to be sent whatever the window says: the first that was overtaken (RFC 5681 section 3.2)."
        # How long an answer takes.
        self._smoothed = 0.0
        self._variation = 0.0
        self._rto = FIRST_RTO
        self._backoff = 1
        self._alarm: float | None = None
        "When what is on its way counts as lost; None when nothing is."
        # What we receive.
        self._expected = 0
        self._waiting: dict[int, bytes | None] = {}
        self._owing = False
        "Something came that wants an acknowledgement."

    # --- the user's side -----------------------------------------------------------------------------------

    def send(self, data: bytes, now: float) -> bool:
        """Send `data` after everything before it; or return False: the bound is passed, nothing of it is sent.

        Ignored (True) when the connection is closing or over.
        """
        self._now = now
        if self.state is not State.OPEN:
            return True
        if self.unsent + len(data) > self._send_queue:
            return False
        self._queue += data
        return True

    @property
    def unsent(self) -> int:
        """Bytes that wait or are on their way."""
        return len(self._queue) + self._unacknowledged

    @property
    def over(self) -> bool:
        """Nothing more will happen."""
        return self.state in (State.FINISHED, State.BROKEN)

    def close(self, now: float) -> None:
        """Say goodbye after what was sent. As often as one likes."""
        self._now = now
        if self.state is State.OPEN:
            self.state, self._closed_at = State.CLOSING, now

    def probe(self, now: float) -> None:
        """See to it that the peer hears from us: a segment without bytes, if there is nothing else to send."""
        self._now = now
        self._probing = True

    def reset(self) -> None:
        """End at once: the peer says that it knows no such connection."""
        if self.state is State.OPEN:
            self._break("reset")
        elif not self.over:
            self.state = State.FINISHED  # it is gone, and we were going

    # --- the wire's side -----------------------------------------------------------------------------------

    def receive(self, datagram: Sent, now: float) -> bytes:
        """Take in a datagram; return the bytes that are next in order (often none)."""
        self._now = now
        if self.over or not self._plausible(datagram):
            self.ignored += 1
            return b""
        self._silent_since = now
        match datagram:
            case Data(_, number, ack, bitmap, payload):
                self._acknowledged(ack, bitmap)
                return self._arrived(number, payload)
            case Ack(_, ack, bitmap):
                self._acknowledged(ack, bitmap)
                return b""
            case Bye(_, number):
                return self._arrived(number, None)

    def take(self) -> list[Sent]:
        """Return, once, the datagrams that are to go out now."""
        out: list[Sent] = []
        if self.state in (State.OPEN, State.CLOSING):
            room = int(self._window) - sum(not (one.arrived or one.lost) for one in self._flight.values())
            room = max(room, self._urgent)
            self._urgent = 0
            if room > 0:
                out = [self._transmit(one) for one in self._choose(room)]
        if self._owing and not any(isinstance(one, Data) for one in out) and self.state is not State.BROKEN:
            out.append(Ack(self.connection, self._expected, self._bitmap()))
        self._owing = False
        return out

    def deadline(self) -> float | None:
        """Return when `tick` is due; it changes with every call of another method. None: never."""
        match self.state:
            case State.FINISHED | State.BROKEN:
                return None
            case State.LINGERING:
                if self.peer_closed:
                    return self._closed_at + self._linger
                # What the peer said before it heard our BYE is still on its way.
                return min(self._silent_since + GIVE_UP_CLOSING, self._closed_at + GIVE_UP)
            case _ if self._alarm is not None:
                return min(self._alarm, *self._bounds())
            case State.OPEN if not self.peer_closed:
                return self._silent_since + KEEPALIVE
            case _:
                return None

    def tick(self, now: float) -> None:
        """Do what is due; harmless when nothing is."""
        self._now = now
        due = self.deadline()
        if due is None or now < due:
            return
        if self.state is State.LINGERING:
            self.state = State.FINISHED
        elif self._alarm is None:
            self._probing = True
        else:
            silent, stalled = self._bounds()
            if now >= silent and self.peer_closed and all(one.payload is None for one in self._flight.values()):
                self.state, self._alarm = (
                    State.FINISHED,
                    None,
                )  # both said all; only the answer to our BYE is missing
            elif now >= silent:
                self._break("no-answer")
            elif now >= stalled:
                self._break("stalled")
            else:
                self._nothing_came(now)

    # --- sending -------------------------------------------------------------------------------------------

    def _bounds(self) -> tuple[float, float]:
        """Return when silence, and when mere answers without progress, have lasted too long."""
        if self.state is State.CLOSING:
            return max(self._silent_since, self._closed_at) + GIVE_UP_CLOSING, self._progress + STALLED
        return self._silent_since + GIVE_UP, self._progress + STALLED

    def _choose(self, room: int) -> list[_Segment]:
        """Return at most `room` segments to send: first what was lost, then what is new."""
        chosen = [one for one in self._flight.values() if one.lost][:room]
        first = next(iter(self._flight), self._next)
        while len(chosen) < room and self._next < first + WINDOW:
            if self._next > LAST_NUMBER:
                self._break("exhausted")  # after 4,000 million segments; numbers never begin again
                return []
            if self._queue:
                payload: bytes | None = bytes(self._queue[:PAYLOAD])
                del self._queue[:PAYLOAD]
            elif self._probing:
                payload = b""
            elif self.state is State.CLOSING and not self._bye_sent:
                payload, self._bye_sent = None, True
            else:
                break
            self._probing = False
            segment = _Segment(self._next, payload)
            if not self._flight:
                self._silent_since = self._progress = self._now  # before, nobody owed us an answer
            self._flight[self._next] = segment
            self._unacknowledged += len(payload or b"")
            self._next += 1
            chosen.append(segment)
        return chosen

    def _transmit(self, segment: _Segment) -> Sent:
        segment.tries += 1
        self.retransmitted += segment.tries > 1
        segment.sent, segment.lost = self._now, False
        if self._alarm is None:
            self._alarm = self._now + self._patience()
        if segment.payload is None:
            return Bye(self.connection, segment.number)
        return Data(self.connection, segment.number, self._expected, self._bitmap(), segment.payload)

    def _patience(self) -> float:
        return min(self._rto * self._backoff, GREATEST_RTO)

    def _nothing_came(self, now: float) -> None:
        """The alarm rang: what was sent long enough ago is lost (RFC 6298 section 5.4 and on)."""
        late = [one for one in self._flight.values() if not one.arrived and one.sent + self._rto <= now]
        if late:
            self._threshold = max(len(self._flight) / 2, LEAST_WINDOW)
            self._window = LEAST_WINDOW
            self._backoff = min(self._backoff * 2, GREATEST_BACKOFF)
            self._recover = self._next
            for one in late:
                one.lost = True
            self._alarm = now + self._patience()
        else:  # the alarm was set for an older segment
            oldest = min((one.sent for one in self._flight.values() if not one.arrived), default=now)
            self._alarm = oldest + self._patience()

    def _acknowledged(self, ack: int, bitmap: int) -> None:
        """The peer has everything below `ack`, and what the bitmap says. Old ones say less, but nothing false."""
        news = []
        while self._flight:
            first = next(iter(self._flight.values()))
            if first.number >= ack:
                break
            del self._flight[first.number]
            self._unacknowledged -= len(first.payload or b"")
            if not first.arrived:
                news.append(first)
        if bitmap:
            for one in self._flight.values():
                offset = one.number - ack - 1
                if not one.arrived and 0 <= offset < WINDOW and bitmap >> offset & 1:
                    one.arrived, one.lost = True, False
                    news.append(one)
        if news:
            self._went_well(news)
            if bitmap:
                self._find_overtaken()
        if self._bye_sent and not self._flight and self.state is State.CLOSING:
            self._linger_from_now()

    def _went_well(self, news: list[_Segment]) -> None:
        self._progress = self._now
        clean = [one.sent for one in news if one.tries == 1]
        if clean:
            self._measure(self._now - max(clean))
            self._backoff = 1
        else:
            # Karn: which try was answered is not known, so nothing is measured. The back-off shrinks but stays,
            # otherwise a path that became slow would be too slow for every measurement, for ever.
            self._backoff = max(1, self._backoff // 2)
        for _ in news:
            self._window += 1 if self._window < self._threshold else 1 / self._window
        self._window = min(self._window, WINDOW)
        self._alarm = self._now + self._patience() if self._flight else None

    def _measure(self, rtt: float) -> None:
        """RFC 6298 section 2."""
        if self._smoothed:
            self._variation += (abs(self._smoothed - rtt) - self._variation) / 4
            self._smoothed += (rtt - self._smoothed) / 8
        else:
            self._smoothed, self._variation = rtt, rtt / 2
        self._rto = min(max(self._smoothed + 4 * self._variation, LEAST_RTO), GREATEST_RTO)

    def _find_overtaken(self) -> None:
        """Mark as lost what three later segments have overtaken, without waiting for the alarm."""
        later, found = 0, False
        for one in reversed(self._flight.values()):
            if one.arrived:
                later += 1
            elif later >= OVERTAKEN and not one.lost and (one.tries == 1 or self._now - one.sent >= self._rto):
                one.lost = found = True
        first = next(iter(self._flight), self._next)
        if found and first >= self._recover:
            self._threshold = self._window = max(self._window / 2, LEAST_WINDOW)
            self._recover, self._urgent = self._next, 1

    # --- receiving -----------------------------------------------------------------------------------------

    def _plausible(self, datagram: Sent) -> bool:
        """Whether our peer can have sent this: our id, nothing acknowledged that was not sent, no leap ahead."""
        if datagram.connection != self.connection:
            return False
        if isinstance(datagram, Data | Ack) and datagram.ack > self._next:
            return False
        reach = self._expected + (0 if self.peer_closed else WINDOW)
        return isinstance(datagram, Ack) or datagram.number < reach

    def _arrived(self, number: int, payload: bytes | None) -> bytes:
        self._owing = True
        if number < self._expected or number in self._waiting:
            self.duplicates += 1
            return b""
        if self.holding:
            return b""
        self._waiting[number] = payload
        pieces = []
        while self._expected in self._waiting:
            piece = self._waiting.pop(self._expected)
            self._expected += 1
            if piece is None:
                self._peer_said_bye()
                break
            pieces.append(piece)
        return b"".join(pieces)

    def _bitmap(self) -> int:
        bitmap = 0
        for number in self._waiting:
            bitmap |= 1 << (number - self._expected - 1)
        return bitmap

    def _peer_said_bye(self) -> None:
        self.peer_closed = True
        self._waiting.clear()  # nothing can come after the last
        if self.state is State.LINGERING:
            self._linger_from_now()

    # --- the end -------------------------------------------------------------------------------------------

    def _linger_from_now(self) -> None:
        """Our BYE has arrived: answer for a while what the peer repeats, unless we are not to linger."""
        self.state, self._closed_at, self._alarm = State.LINGERING, self._now, None
        if self.peer_closed and not self._linger:
            self.state = State.FINISHED

    def _break(self, why: str) -> None:
        self.state, self.why = State.BROKEN, why
        self._queue.clear()
        self._flight.clear()
        self._waiting.clear()
        self._unacknowledged, self._alarm, self._owing = 0, None, False
