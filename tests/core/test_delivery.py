"""A flush: rendered once for all who get the same, in order, and no fault of one is felt by another."""

from collections.abc import Sequence
from itertools import count

import pytest

from coliseum.core.delivery import deliver
from coliseum.core.limits import Policy
from coliseum.core.mailbox import Burst
from coliseum.core.session import Ending, Session
from coliseum.core.vocabulary import Event, Ponged
from coliseum.core.world import World
from coliseum.trace import silence
from tests.mailboxes import events_in

A, B = Ponged("a"), Ponged("b")


class CountingRenderer:
    def __init__(self) -> None:
        self.rendered: list[list[Event]] = []

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:
        self.rendered.append(list(events))
        tokens = [event.token for event in events if isinstance(event, Ponged)]
        if "fault" in tokens:
            raise RuntimeError("cannot be rendered")
        return " ".join(tokens).encode()


def burst_of(first: Event, *more: Event) -> Burst:
    burst = Burst(first, 0)
    burst.events += more
    return burst


class Recipient:
    """A carrier; `journal` is shared, so it shows the order among several."""

    def __init__(self, name: str, renderer: CountingRenderer, journal: list[tuple[str, object]]) -> None:
        self.name = name
        self.renderer = renderer
        self.journal = journal
        self.broken = False

    def transmit(self, data: bytes) -> None:
        if self.broken:
            raise OSError("the carrier is broken")
        self.journal.append((self.name, data))

    def finish(self, *, abrupt: bool) -> None:
        self.journal.append((self.name, "abort" if abrupt else "finish"))


class Hall:
    """Sessions that share a renderer and a journal."""

    def __init__(self) -> None:
        ids = count(1)
        self.world = World(Policy(), lambda: f"id-{next(ids)}", silence)
        self.renderer = CountingRenderer()
        self.journal: list[tuple[str, object]] = []
        self.faults: list[tuple[Session, Exception]] = []

    def session(self, name: str, renderer: CountingRenderer | None = None) -> Session:
        session = Session(self.world, name, "tcp")
        recipient = Recipient(name, renderer or self.renderer, self.journal)
        session.carrier = recipient
        session.renderer = recipient.renderer
        return session

    def deliver(self, *parcels: tuple[Session, list[Event], Ending | None]) -> list[tuple[str, object]]:
        """Deliver parcels in which the same events are one burst."""
        bursts = {tuple(events): burst_of(*events) for _, events, _ in parcels if events}
        wrapped = [
            (session, session.renderer, [bursts[tuple(events)]] if events else [], ending)
            for session, events, ending in parcels
        ]
        deliver(wrapped, lambda session, fault: self.faults.append((session, fault)))
        return self.journal


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_equal_mailboxes_are_rendered_once(hall: Hall) -> None:
    names = ["one", "two", "three"]
    parcels: list[tuple[Session, list[Event], Ending | None]] = [
        (hall.session(name), [A, B], None) for name in names
    ]
    assert hall.deliver(*parcels) == [(name, b"a b") for name in names]
    assert hall.renderer.rendered == [[A, B]]


def test_a_burst_is_rendered_once_wherever_it_stands(hall: Hall) -> None:
    one, two, other = hall.session("one"), hall.session("two"), burst_of(A)
    burst = burst_of(A, B)
    deliver([(one, one.renderer, [burst], None), (two, two.renderer, [other, burst], None)], lambda *_: None)
    assert hall.journal == [("one", b"a b"), ("two", b"aa b")]
    assert hall.renderer.rendered == [[A, B], [A]]


def test_unequal_mailboxes_are_rendered_separately(hall: Hall) -> None:
    one, two, three = (hall.session(name) for name in ("one", "two", "three"))
    assert hall.deliver((one, [A], None), (two, [A, B], None), (three, [A], None)) == [
        ("one", b"a"),
        ("two", b"a b"),
        ("three", b"a"),
    ]


def test_nobody_gets_what_another_renderer_made(hall: Hall) -> None:
    other = CountingRenderer()
    hall.deliver((hall.session("one"), [A], None), (hall.session("two", other), [A], None))
    assert hall.renderer.rendered == other.rendered == [[A]]


def test_an_empty_mailbox_sends_nothing(hall: Hall) -> None:
    one, two = hall.session("one"), hall.session("two")
    assert hall.deliver((one, [A], None), (two, [], None), (two, [], Ending.GRACEFUL)) == [
        ("one", b"a"),
        ("two", "finish"),
    ]


def test_who_ends_gracefully_gets_the_rest_first(hall: Hall) -> None:
    assert hall.deliver((hall.session("one"), [A, B], Ending.GRACEFUL)) == [("one", b"a b"), ("one", "finish")]


def test_who_ends_abruptly_gets_nothing_and_nothing_is_rendered(hall: Hall) -> None:
    one, two = hall.session("one"), hall.session("two")
    assert hall.deliver((one, [A], Ending.ABRUPT), (two, [B], None)) == [("one", "abort"), ("two", b"b")]
    assert hall.renderer.rendered == [[B]]


def test_parcels_are_delivered_in_their_order_each_finished_before_the_next(hall: Hall) -> None:
    one, two = hall.session("one"), hall.session("two")
    journal = hall.deliver((one, [A], Ending.GRACEFUL), (two, [A], Ending.GRACEFUL), (one, [], Ending.ABRUPT))
    assert journal == [("one", b"a"), ("one", "finish"), ("two", b"a"), ("two", "finish"), ("one", "abort")]


def test_what_cannot_be_rendered_is_reported_and_the_others_are_served(hall: Hall) -> None:
    one, two, three = (hall.session(name) for name in ("one", "two", "three"))
    journal = hall.deliver((one, [A], None), (two, [Ponged("fault")], None), (three, [A], None))
    assert journal == [("one", b"a"), ("three", b"a")]
    ((session, fault),) = hall.faults
    assert session is two
    assert isinstance(fault, RuntimeError)


def test_everybody_who_gets_what_cannot_be_rendered_is_reported(hall: Hall) -> None:
    one, two = hall.session("one"), hall.session("two")
    hall.deliver((one, [Ponged("fault")], None), (two, [Ponged("fault")], None))
    assert [session for session, _ in hall.faults] == [one, two]
    assert hall.journal == []


def test_a_carrier_that_fails_is_reported_and_the_others_are_served(hall: Hall) -> None:
    one, two = hall.session("one"), hall.session("two")
    one.carrier.broken = True  # type: ignore[attr-defined]
    assert hall.deliver((one, [A], None), (two, [A], None)) == [("two", b"a")]
    assert [session for session, _ in hall.faults] == [one]


def test_a_flush_empties_the_mailboxes_in_the_order_in_which_they_were_filled(hall: Hall) -> None:
    one, two, three = (hall.session(name) for name in ("one", "two", "three"))
    two.post(A)
    one.post(A)
    two.post(B)
    parcels = hall.world.collect()
    assert [(session, events_in(bursts)) for session, _, bursts, _ in parcels] == [(two, [A, B]), (one, [A])]
    assert not three.mailbox
    assert hall.world.collect() == []
    two.post(A)
    assert [session for session, *_ in hall.world.collect()] == [two]
