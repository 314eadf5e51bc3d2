"""The reliable stream: whatever the network does, everything arrives once and in order, or the end is named."""

import copy
import heapq
import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, Protocol

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coliseum.wire import arq
from coliseum.wire.arq import GIVE_UP, GIVE_UP_CLOSING, KEEPALIVE, LINGER, STALLED, WINDOW, Arq, State
from coliseum.wire.datagrams import LAST_NUMBER, PAYLOAD, Ack, Bye, Data

ID = b"12345678"
ALMOST = 1e-6
"Seconds: a deadline is met to the letter, up to rounding."


class End(Protocol):
    """What a Pair joins: an Arq, a client, a server."""

    def receive(self, datagram: Any, now: float) -> Any: ...
    def take(self) -> Sequence[Any]: ...
    def deadline(self) -> float | None: ...
    def tick(self, now: float) -> Any: ...


class Pair:
    """Two ends and a pretend network between them, in virtual time; the same seed gives the same run.

    `trouble` is the share of datagrams that are lost, of those that come twice, and of those that are late
    (and so overtaken); the others take 20 to 30 ms. Without any, all take 20 ms.
    """

    def __init__(
        self, seed: int, ends: tuple[End, End], hear: Callable[[int, Any], None], trouble: float = 0.3
    ) -> None:
        self.now = 0.0
        self.ends = ends
        self.trouble = trouble
        self.cut = False
        "Nothing gets through any more."
        self.sent = 0
        "Datagrams that were put onto the network."
        self.last_arrival = [0.0, 0.0]
        self.random = random.Random(seed)
        self._hear = hear
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), action))

    def pump(self) -> None:
        for side in (0, 1):
            for datagram in self.ends[side].take():
                self.sent += 1
                for _ in range(1 + self._unlucky()):
                    if not self.cut and not self._unlucky():
                        late = self.random.random() * (0.3 if self._unlucky() else 0.01) if self.trouble else 0.0
                        self.at(self.now + 0.02 + late, partial(self._arrive, 1 - side, datagram))

    def run(self, until: float = math.inf, done: Callable[[], bool] = lambda: False) -> None:
        """Go on until the time, or until it is done, or until nothing will ever happen."""
        self.pump()
        for _ in range(1_000_000):
            due = [end.deadline() for end in self.ends] + [self._agenda[0][0] if self._agenda else None]
            soonest = min((one for one in due if one is not None), default=math.inf)
            if done() or soonest == math.inf:
                return
            if soonest > until:
                self.now = until
                return
            self.now = max(self.now, soonest)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()
                self.pump()
            for side, end in enumerate(self.ends):
                self._hear(side, end.tick(self.now))
            self.pump()
        raise AssertionError("this goes round in circles")

    def _arrive(self, side: int, datagram: Any) -> None:
        if not self.cut:
            if self.ends[side].deadline() is not None:  # what comes after an end has given up, it has not heard
                self.last_arrival[side] = self.now
            self._hear(side, self.ends[side].receive(datagram, self.now))

    def _unlucky(self) -> bool:
        return self.random.random() < self.trouble


class Streams(Pair):
    """A Pair of Arqs that keeps what each has heard."""

    def __init__(self, seed: int = 0, trouble: float = 0.3, **options: Any) -> None:
        self.arqs = (Arq(ID, 0.0, **options), Arq(ID, 0.0, **options))
        self.heard = (bytearray(), bytearray())
        super().__init__(seed, self.arqs, self._keep, trouble)

    def _keep(self, side: int, data: bytes | None) -> None:
        self.heard[side].extend(data or b"")

    def say(self, side: int, messages: list[bytes], most: int = 20) -> None:
        """Have one side say all of it, some at a time, at random times, and close."""
        if not messages:
            self.arqs[side].close(self.now)
            return
        some = self.random.randint(1, most)
        if not self.arqs[side].send(b"".join(messages[:some]), self.now):
            some = 0  # the bound: later
        self.at(self.now + self.random.random() * 0.1, lambda: self.say(side, messages[some:], most))


# --- the promise -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_10000_messages_each_way_arrive_once_and_in_order_over_a_bad_network(seed: int) -> None:
    pair = Streams(seed, linger=60.0)
    said = [[f"{side} says {number}\n".encode() for number in range(10_000)] for side in (0, 1)]
    for side in (0, 1):
        pair.say(side, said[side], most=50)
    pair.run()
    assert [bytes(heard) for heard in pair.heard] == [b"".join(said[1]), b"".join(said[0])]
    assert [one.state for one in pair.arqs] == [State.FINISHED] * 2
    assert all(one.peer_closed and one.retransmitted and one.duplicates and not one.ignored for one in pair.arqs)
    assert not any(one.unsent for one in pair.arqs)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.tuples(*[st.lists(st.binary(max_size=3000), max_size=30)] * 2))
@example(74052, ([b"", b"\0", b"\0"], [b"\0"]))  # something comes when the other side has just given up
def test_whatever_the_seed_what_is_heard_is_what_was_said(
    seed: int, said: tuple[list[bytes], list[bytes]]
) -> None:
    pair = Streams(seed, linger=60.0)
    for side in (0, 1):
        pair.say(side, said[side], most=5)
    pair.run()
    for side in (0, 1):
        everything = b"".join(said[1 - side])
        if pair.arqs[1 - side].state is State.FINISHED:
            assert pair.heard[side] == everything
        else:  # so unlucky that not one datagram got through for as long as we wait
            assert everything.startswith(pair.heard[side])
            assert pair.now - pair.last_arrival[1 - side] >= GIVE_UP_CLOSING


def test_a_good_network_is_not_troubled_with_anything_twice() -> None:
    pair = Streams(trouble=0.0)
    data = random.Random(1).randbytes(200_000)
    assert pair.arqs[0].send(data, 0.0)
    pair.arqs[0].close(0.0)
    pair.run(done=lambda: pair.arqs[1].peer_closed)
    assert pair.heard[1] == data
    assert pair.now < 1.0
    assert [(one.retransmitted, one.duplicates) for one in pair.arqs] == [(0, 0)] * 2


# --- bounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", [True, False])
def test_both_sides_end_when_the_network_is_cut(busy: bool) -> None:
    pair = Streams(5)
    pair.arqs[0].send(b"hello\n", 0.0)
    pair.run(until=10.0)
    pair.cut = True
    if busy:
        for one in pair.arqs:
            one.send(b"is anybody there?\n", pair.now)
    pair.run()
    assert [(one.state, one.why) for one in pair.arqs] == [(State.BROKEN, "no-answer")] * 2
    assert pair.now <= max(pair.last_arrival) + KEEPALIVE + GIVE_UP + ALMOST
    if busy:
        assert pair.now <= 10.0 + GIVE_UP + ALMOST


def test_who_closes_waits_less_for_a_dead_peer() -> None:
    pair = Streams(5)
    pair.cut = True
    pair.arqs[0].send(b"bye\n", 0.0)
    pair.arqs[0].close(0.0)
    pair.run(until=GIVE_UP_CLOSING + ALMOST)
    assert pair.arqs[0].state is State.BROKEN


def test_without_answers_it_is_no_flood() -> None:
    pair = Streams(5)
    pair.cut = True
    pair.arqs[0].send(b"x" * 200_000, 0.0)
    pair.run(done=lambda: pair.arqs[0].over)
    # The first window, then two at each of a few alarms.
    assert pair.sent <= arq.FIRST_WINDOW + 2 * 12


def test_no_more_than_64_segments_are_on_their_way() -> None:
    one = Arq(ID, 0.0)
    one.send(b"x" * 250_000, 0.0)
    outside = len(one.take())
    assert outside == arq.FIRST_WINDOW
    highest = 0
    for turn in range(1, 30):
        one.receive(Ack(ID, outside, 0), turn * 0.02)
        for datagram in one.take():
            assert isinstance(datagram, Data)
            highest = datagram.number
            outside += 1
        assert len(one._flight) <= WINDOW
    assert highest == 250_000 // PAYLOAD


def test_a_gap_stops_the_sender_at_the_receivers_window() -> None:
    one = Arq(ID, 0.0)
    one.send(b"x" * 250_000, 0.0)
    sent = 0
    for turn in range(1, 100):
        sent += sum(isinstance(datagram, Data) and datagram.number > 0 for datagram in one.take())
        one.receive(Ack(ID, 0, 2**64 - 1 if sent >= 64 else (1 << sent) - 1), turn * 0.001)
    assert one._next == WINDOW


def test_what_passes_the_bound_is_not_sent_and_nothing_of_it_kept() -> None:
    one = Arq(ID, 0.0, send_queue=10)
    assert one.send(b"12345678", 0.0)
    assert not one.send(b"123", 0.0)
    assert one.send(b"90", 0.0)
    (data,) = one.take()
    assert isinstance(data, Data)
    assert data.payload == b"1234567890"
    assert not one.send(b"x", 0.0)  # on its way is not arrived
    one.receive(Ack(ID, 1, 0), 0.1)
    assert one.send(b"x", 0.1)


def test_what_waits_out_of_order_and_comes_again_is_a_duplicate_and_the_first_counts() -> None:
    one = Arq(ID, 0.0)
    for payload in (b"second", b"SECOND"):
        assert one.receive(Data(ID, 1, 0, 0, payload), 0.0) == b""
        assert one.take() == [Ack(ID, 0, 0b1)]
    assert one.duplicates == 1
    assert one.receive(Data(ID, 0, 0, 0, b"first "), 0.0) == b"first second"


# --- keeping in touch --------------------------------------------------------------------------------------


def test_a_silent_connection_stays_open_for_little() -> None:
    pair = Streams(7, trouble=0.0)
    pair.run(until=3600.0)
    assert [one.state for one in pair.arqs] == [State.OPEN] * 2
    # One question and one answer in 30 s; both may ask at once.
    assert pair.sent <= 2 * 2 * 3600 / KEEPALIVE
    assert not any(pair.heard)


def test_a_peer_that_holds_us_back_is_not_given_up_and_gets_everything_later() -> None:
    pair = Streams(8, trouble=0.0)
    pair.arqs[1].holding = True
    pair.arqs[0].send(b"x" * 5000, 0.0)
    pair.run(until=120.0)
    assert pair.arqs[0].state is State.OPEN
    assert not pair.heard[1]
    pair.arqs[1].holding = False
    pair.run(until=140.0)
    assert pair.heard[1] == b"x" * 5000


def test_a_peer_that_holds_us_back_for_ever_is_given_up() -> None:
    pair = Streams(8, trouble=0.0)
    pair.arqs[1].holding = True
    pair.arqs[0].send(b"x", 0.0)
    pair.run(until=STALLED + ALMOST)
    assert (pair.arqs[0].state, pair.arqs[0].why) == (State.BROKEN, "stalled")


# --- times -------------------------------------------------------------------------------------------------


def test_the_alarm_follows_rfc_6298() -> None:
    one = Arq(ID, 0.0)
    one.send(b"a", 0.0)
    one.take()
    assert one.deadline() == 1.0  # (2.1)
    one.receive(Ack(ID, 1, 0), 0.4)
    assert one._rto == pytest.approx(0.4 + 4 * 0.2)  # (2.2)
    one.send(b"b", 1.0)
    one.take()
    one.receive(Ack(ID, 2, 0), 1.2)
    variation, smoothed = 0.2 * 3 / 4 + 0.2 / 4, 0.4 * 7 / 8 + 0.2 / 8
    assert one._rto == pytest.approx(smoothed + 4 * variation)  # (2.3)
    for turn in range(100):
        one.send(b"c", 2.0 + turn)
        one.take()
        one.receive(Ack(ID, 3 + turn, 0), 2.001 + turn)
    assert one._rto == 0.2  # (2.4), with our bound


def test_every_alarm_doubles_the_next_up_to_16_times_and_8_seconds() -> None:
    one = Arq(ID, 0.0)
    one._rto = 0.2
    one.send(b"a", 0.0)
    gaps, last = [], 0.0
    while not one.over:
        one.take()
        due = one.deadline()
        assert due is not None
        gaps.append(round(due - last, 6))
        last = due
        one.tick(due)
    assert gaps[:6] == [0.2, 0.4, 0.8, 1.6, 3.2, 3.2]
    assert last == GIVE_UP
    slow = Arq(ID, 0.0)
    slow._rto, slow._backoff = 7.0, 16
    slow.send(b"a", 0.0)
    slow.take()
    assert slow.deadline() == 8.0


def test_karn_the_answer_to_a_repetition_is_not_measured() -> None:
    one = Arq(ID, 0.0)
    one.send(b"a", 0.0)
    one.take()
    one.tick(1.0)
    assert [type(datagram) for datagram in one.take()] == [Data]
    assert one._backoff == 2
    one.tick(3.0)
    one.take()
    one.receive(Ack(ID, 1, 0), 3.01)
    assert one._smoothed == 0
    assert one._backoff == 2  # shrinks, but stays until something was measured
    one.send(b"b", 4.0)
    one.take()
    one.receive(Ack(ID, 2, 0), 4.5)
    assert one._backoff == 1
    assert one._smoothed == 0.5


def test_what_three_later_ones_overtook_is_sent_again_at_once_and_halves_the_window_once() -> None:
    one = Arq(ID, 0.0)
    one.send(b"x" * PAYLOAD * 10, 0.0)
    one.take()
    one.receive(Ack(ID, 0, 0b011), 0.05)
    assert one.take() == []
    before = one._window
    one.receive(Ack(ID, 0, 0b111), 0.05)
    assert [datagram.number for datagram in one.take() if isinstance(datagram, Data)] == [0]
    assert one._window == pytest.approx((before + 1) / 2)
    one.receive(Ack(ID, 0, 0b1111_1111), 0.06)
    assert one.take() == []  # sent again a moment ago
    assert one._window > (before + 1) / 2
    one.send(b"y", 1.0)
    assert [type(datagram) for datagram in one.take()] == [Data]
    before = one._window
    one.receive(Ack(ID, 0, 0b10_1111_1111), 1.05)
    assert one._window > before  # the loss is the old one
    assert [datagram.number for datagram in one.take() if isinstance(datagram, Data)] == [0]


def test_an_alarm_for_what_was_sent_just_now_waits() -> None:
    one = Arq(ID, 0.0)
    one.send(b"a", 0.0)
    one.take()
    one.send(b"b", 0.9)
    one.take()
    one.receive(Ack(ID, 0, 0b1), 0.95)  # the alarm counts from here
    due = one.deadline()
    assert due is not None
    one.send(b"c", due - 0.01)
    one.take()
    one.tick(due)
    assert [datagram.number for datagram in one.take() if isinstance(datagram, Data)] == [0]
    one._alarm = due + 0.01
    one.tick(due + 0.01)
    assert one.take() == []
    later = one.deadline()
    assert later is not None
    assert later > due + 0.01


# --- what the peer cannot have sent ------------------------------------------------------------------------

tokens = st.binary(min_size=8, max_size=8)
numbers = st.one_of(st.integers(0, 100), st.integers(0, LAST_NUMBER))
bitmaps = st.one_of(st.integers(0, 255), st.integers(0, 2**64 - 1))


def datagrams(ids: st.SearchStrategy[bytes]) -> st.SearchStrategy[Data | Ack | Bye]:
    return st.one_of(
        st.builds(Data, ids, numbers, numbers, bitmaps, st.binary(max_size=20)),
        st.builds(Ack, ids, numbers, bitmaps),
        st.builds(Bye, ids, numbers),
    )


def in_the_middle() -> Arq:
    """Return a connection with segments on their way, some received, and a gap."""
    one = Arq(ID, 0.0)
    one.send(b"x" * PAYLOAD * 12, 0.0)
    one.take()
    one.receive(Data(ID, 0, 3, 0b10, b"first"), 0.1)
    one.receive(Data(ID, 2, 3, 0b10, b"third"), 0.1)
    one.take()
    return one


def state_of(one: Arq) -> dict[str, Any]:
    state = {name: value for name, value in vars(one).items() if name not in ("ignored", "_now", "_flight")}
    flight = [(s.number, s.payload, s.sent, s.tries, s.arrived, s.lost) for s in one._flight.values()]
    return copy.deepcopy(state | {"flight": flight})


@given(datagrams(tokens.filter(lambda token: token != ID)))
def test_another_connections_datagrams_change_nothing(datagram: Data | Ack | Bye) -> None:
    one = in_the_middle()
    before = state_of(one)
    assert one.receive(datagram, 0.2) == b""
    assert state_of(one) == before
    assert one.ignored == 1
    assert one.take() == []


@pytest.mark.parametrize(
    "datagram",
    [
        Ack(ID, 13, 0),
        Data(ID, 1, 13, 0, b"acknowledges what was not sent"),
        Data(ID, 1 + WINDOW, 3, 0, b"leaps ahead"),
        Bye(ID, 1 + WINDOW),
    ],
)
def test_what_nobody_can_have_reached_changes_nothing(datagram: Data | Ack | Bye) -> None:
    one = in_the_middle()
    before = state_of(one)
    assert one.receive(datagram, 0.2) == b""
    assert state_of(one) == before


@given(st.lists(st.tuples(datagrams(st.just(ID)), st.floats(0, 5)), max_size=40))
def test_a_mad_peer_breaks_no_bound_and_raises_nothing(mad: list[tuple[Data | Ack | Bye, float]]) -> None:
    one, now = in_the_middle(), 0.2
    for datagram, after in mad:
        now += after
        one.receive(datagram, now)
        one.tick(now)
        assert len(one.take()) <= WINDOW + 1
        assert len(one._waiting) < WINDOW
        assert len(one._flight) <= WINDOW
        due = one.deadline()
        assert due is None or due > now
    assert one.duplicates + one.ignored <= len(mad)


# --- the end -----------------------------------------------------------------------------------------------


def test_bye_comes_after_everything_and_is_answered_while_it_is_repeated() -> None:
    one = Arq(ID, 0.0)
    assert one.receive(Bye(ID, 1), 0.0) == b""
    assert one.take() == [Ack(ID, 0, 0b1)]
    assert [one.peer_closed] == [False]
    assert one.receive(Data(ID, 0, 0, 0, b"last words"), 0.1) == b"last words"
    assert [one.peer_closed] == [True]
    assert one.take() == [Ack(ID, 2, 0)]
    one.close(0.2)
    one.close(0.2)
    assert one.take() == [Bye(ID, 0)]
    assert one.receive(Data(ID, 2, 0, 0, b"after the last"), 0.2) == b""
    assert one.ignored == 1
    one.receive(Ack(ID, 1, 0), 0.3)
    assert one.state == "lingering"
    one.receive(Bye(ID, 1), 0.4)
    assert one.take() == [Ack(ID, 2, 0)]
    assert one.deadline() == 0.3 + LINGER
    one.tick(0.3 + LINGER)
    assert one.state == "finished"
    assert one.deadline() is None
    one.receive(Bye(ID, 1), 3.0)
    one.tick(4.0)
    assert one.take() == []


def test_who_closed_first_hears_what_the_other_still_had_to_say() -> None:
    one = Arq(ID, 0.0)
    one.close(0.0)
    assert one.take() == [Bye(ID, 0)]
    one.receive(Ack(ID, 1, 0), 0.1)
    assert one.state is State.LINGERING
    assert one.receive(Data(ID, 0, 1, 0, b"wait!"), 5.0) == b"wait!"
    one.receive(Bye(ID, 1), 6.0)
    assert one.take() == [Ack(ID, 2, 0)]
    assert one.deadline() == 6.0 + LINGER


def test_a_peer_that_never_says_bye_is_not_waited_for_for_ever() -> None:
    one, now = Arq(ID, 0.0), 0.1
    one.close(0.0)
    one.take()
    one.receive(Ack(ID, 1, 0), now)
    while not one.over:
        now += 1.0
        one.receive(Ack(ID, 1, 0), now)
        one.tick(now)
    assert GIVE_UP <= now <= GIVE_UP + 2


def test_without_lingering_the_end_comes_with_both_byes() -> None:
    pair = Streams(3, trouble=0.0, linger=0.0)
    pair.arqs[0].close(0.0)
    pair.run(until=1.0)
    pair.arqs[1].close(1.0)
    pair.run()
    assert [one.state for one in pair.arqs] == [State.FINISHED] * 2
    assert pair.now < 1.2


def test_an_unanswered_bye_is_no_failure_when_all_else_arrived() -> None:
    one = Arq(ID, 0.0)
    one.receive(Bye(ID, 0), 0.0)
    one.close(0.0)
    one.take()
    while (due := one.deadline()) is not None:
        one.tick(due)
        one.take()
    assert one.state is State.FINISHED


def test_closed_for_sending_when_closing_and_reset_ends_it() -> None:
    one = Arq(ID, 0.0)
    one.close(0.0)
    assert one.send(b"too late", 0.0)
    assert one.unsent == 0
    one.reset()
    assert (one.state, one.why) == (State.FINISHED, "")
    one.reset()
    other = Arq(ID, 0.0)
    other.send(b"lost", 0.0)
    other.reset()
    assert (other.state, other.why, other.unsent) == (State.BROKEN, "reset", 0)
    assert other.take() == []


def test_a_peer_that_closed_is_not_asked_whether_it_is_there() -> None:
    one = Arq(ID, 0.0)
    one.receive(Bye(ID, 0), 0.0)
    one.take()
    assert one.deadline() is None
    one.tick(1000.0)
    assert one.state is State.OPEN


def test_numbers_end_before_they_begin_again() -> None:
    one = Arq(ID, 0.0)
    one._next = LAST_NUMBER
    one.send(b"x" * (PAYLOAD + 1), 0.0)
    assert one.take() == []
    assert (one.state, one.why) == (State.BROKEN, "exhausted")
