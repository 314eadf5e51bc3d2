"""Histograms, medians, ratios, verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.lab.figures import jain, limit, ratio, summary
from coliseum.lab.histogram import Histogram, bucket, middle

values = st.integers(0, 1 << 50)


@given(values)
def test_a_bucket_is_never_far_from_its_values(value: int) -> None:
    assert abs(middle(bucket(value)) - value) <= value / 128


@given(values, values)
def test_buckets_are_in_the_order_of_their_values(one: int, two: int) -> None:
    if one <= two:
        assert bucket(one) <= bucket(two)


@given(st.lists(values, min_size=1, max_size=200), st.sampled_from([0, 1, 50, 90, 99, 99.9, 100]))
def test_a_percentile_is_that_of_the_sorted_values(found: list[int], percent: float) -> None:
    histogram = Histogram()
    for value in found:
        histogram.add(value)
    exact = sorted(found)[max(0, -(-len(found) * percent // 100).__int__() - 1)]
    assert abs(histogram.percentile(percent) - exact) <= exact / 128
    assert abs(histogram.mean() - sum(found) / len(found)) <= max(found) / 128


@given(st.lists(values), st.lists(values))
def test_two_histograms_together_are_that_of_all_values(one: list[int], two: list[int]) -> None:
    first, second, both = Histogram(), Histogram(), Histogram()
    for value in one:
        first.add(value)
        both.add(value)
    for value in two:
        second.add(value)
        both.add(value)
    first.merge(second)
    assert first.counts == both.counts
    assert Histogram(dict(first.counts)).counts == both.counts
    assert len(first) == len(one) + len(two)


def test_an_empty_histogram_has_nothing_to_say() -> None:
    assert (Histogram().percentile(99), Histogram().mean(), len(Histogram())) == (0, 0.0, 0)


def test_a_summary_has_median_and_spread() -> None:
    found = summary([3.0, 1.0, 2.0])
    assert found is not None
    assert (found.median, found.least, found.most, found.spread) == (2.0, 1.0, 3.0, 1.0)
    assert summary([]) is None


def test_ratios_are_taken_round_by_round() -> None:
    found = ratio([10.0, 20.0, None, 5.0], [5.0, 10.0, 1.0, 0.0])
    assert found is not None
    assert (found.least, found.most) == (2.0, 2.0)  # though the machine became twice as fast in between
    assert ratio([None], [1.0]) is None


@given(st.lists(st.integers(0, 1 << 40), min_size=1, max_size=100))
def test_fairness_is_between_all_to_one_and_the_same_for_all(shares: list[int]) -> None:
    assert 1 / len(shares) - 1e-9 <= jain(shares) <= 1 + 1e-9


def test_fairness_at_its_ends() -> None:
    assert jain([7, 7, 7]) == 1.0
    assert jain([5, 0, 0, 0]) == 0.25
    assert jain([0, 0]) == 1.0


@pytest.mark.parametrize(
    ("generator", "server", "verdict"),
    [
        (0.95, 0.5, "generator"),
        (0.95, 0.95, "both"),
        (0.95, None, "generator"),
        (0.5, 0.95, "server"),
        (0.5, 0.5, "neither"),
        (0.5, None, "unknown"),
    ],
)
def test_who_had_no_time_left(generator: float, server: float | None, verdict: str) -> None:
    assert limit(generator, server) == verdict
