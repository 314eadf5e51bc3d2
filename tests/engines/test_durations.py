"""Durations: how many were how long, in classes that double."""

from hypothesis import given
from hypothesis import strategies as st

from coliseum.engines.durations import Durations


def test_nothing_has_no_size() -> None:
    empty = Durations()
    assert (empty.count, empty.quantile(0.5), empty.buckets()) == (0, 0.0, {})


def test_a_quantile_is_the_next_power_of_two() -> None:
    some = Durations()
    for microseconds in (0.5, 1, 3, 3, 3, 3, 3, 3, 3, 1000):
        some.add(microseconds / 1e6)
    assert some.summary() == {
        "count": 10,
        "sum": 0.001022,
        "p50": 4e-6,
        "p99": 1024e-6,
        "max": 1024e-6,
        "buckets": {"1e-06": 1, "2e-06": 2, "4e-06": 9, "0.001024": 10},
    }


@given(st.lists(st.floats(0, 86400), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_never_too_low_and_at_most_twice_too_high(durations: list[float], part: float) -> None:
    some = Durations()
    for seconds in durations:
        some.add(seconds)
    exact = sorted(durations)[max(0, -int(-part * len(durations) // 1) - 1)]
    assert exact <= some.quantile(part) <= max(2 * exact, 1e-6)
    assert some.count == len(durations)
