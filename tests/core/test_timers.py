"""Deadlines, by a clock that the test turns."""

import math

from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.timers import Timers


def test_without_deadlines_nobody_needs_to_wake_up() -> None:
    timers = Timers()
    assert timers.deadline() is None
    assert timers.earliest == math.inf
    timers.tick(1000)


def test_an_action_runs_once_at_its_time_and_not_before() -> None:
    timers, done = Timers(), []
    timers.at(10, lambda: done.append("ten"))
    timers.tick(9.999)
    assert done == []
    assert timers.deadline() == 10
    timers.tick(10)
    timers.tick(10)
    timers.tick(11)
    assert done == ["ten"]
    assert timers.deadline() is None


def test_a_late_tick_runs_everything_in_order_of_time() -> None:
    timers, done = Timers(), []
    for due in (30, 10, 20):
        timers.at(due, lambda due=due: done.append(due))  # type: ignore[misc]
    timers.tick(25)
    assert done == [10, 20]
    assert timers.deadline() == 30


def test_what_is_due_at_the_same_time_runs_in_the_order_in_which_it_was_asked_for() -> None:
    timers, done = Timers(), []
    for name in "abc":
        timers.at(1, lambda name=name: done.append(name))  # type: ignore[misc]
    timers.tick(1)
    assert done == ["a", "b", "c"]


def test_what_is_cancelled_never_runs_however_often() -> None:
    timers, done = Timers(), []
    timer = timers.at(1, lambda: done.append("one"))
    timers.at(2, lambda: done.append("two"))
    timer.cancel()
    timer.cancel()
    assert timers.deadline() == 2
    timers.tick(3)
    timer.cancel()
    assert done == ["two"]


def test_cancelling_is_lazy_but_the_deadline_is_true() -> None:
    timers = Timers()
    first, second = timers.at(1, lambda: None), timers.at(2, lambda: None)
    first.cancel()
    assert timers.earliest == 1
    assert timers.deadline() == 2
    assert timers.earliest == 2
    second.cancel()
    assert timers.deadline() is None


def test_an_action_may_ask_for_another_one_and_cancel_a_third() -> None:
    timers, done = Timers(), []
    third = timers.at(3, lambda: done.append("third"))

    def first() -> None:
        done.append("first")
        third.cancel()
        timers.at(1, lambda: done.append("at once"))
        timers.at(9, lambda: done.append("later"))

    timers.at(1, first)
    timers.tick(5)
    assert done == ["first", "at once"]
    assert timers.deadline() == 9


def test_an_action_that_fails_does_not_take_the_others_with_it() -> None:
    timers, done = Timers(), []

    def fail() -> None:
        raise ZeroDivisionError

    timers.at(1, fail)
    timers.at(2, lambda: done.append("two"))
    for _ in range(2):
        try:
            timers.tick(5)
        except ZeroDivisionError:
            done.append("failed")
    assert done == ["failed", "two"]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=30),
    st.lists(st.floats(0, 120), max_size=10).map(sorted),
)
def test_every_action_runs_exactly_at_the_first_tick_that_is_late_enough(
    wanted: list[tuple[float, bool]], ticks: list[float]
) -> None:
    timers = Timers()
    ran: dict[int, float] = {}
    now = 0.0
    for index, (due, cancelled) in enumerate(wanted):
        timer = timers.at(due, lambda index=index: ran.__setitem__(index, now))  # type: ignore[misc]
        if cancelled:
            timer.cancel()
    for now in ticks:
        timers.tick(now)
    for index, (due, cancelled) in enumerate(wanted):
        first = next((tick for tick in ticks if tick >= due), None)
        assert ran.get(index) == (None if cancelled else first)
    waiting = [due for index, (due, cancelled) in enumerate(wanted) if not cancelled and index not in ran]
    assert timers.deadline() == min(waiting, default=None)


def test_what_is_cancelled_by_the_thousand_is_not_kept() -> None:
    timers, done = Timers(), []
    kept = [timers.at(1000 + number, lambda number=number: done.append(number)) for number in range(100)]  # type: ignore[misc]
    for number in range(10_000):
        timers.at(500 + number, lambda: done.append(-1)).cancel()
        assert len(timers._heap) <= 2 * len(kept) + 65
    timers.tick(1049)
    assert done == list(range(50))
    assert timers.deadline() == 1050
    timers.tick(10_000)
    for timer in kept:
        timer.cancel()  # too late, and harmless
    assert done == list(range(100))
    assert (timers.deadline(), timers._dead) == (None, 0)
