"""When two engines differ: only if every round of one is better than every round of the other."""

from collections.abc import Sequence
from itertools import combinations
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.lab.compare.noise import LEAST_ROUNDS, Seen, compare

figures = st.lists(st.floats(1, 1e6), min_size=1, max_size=6)


def test_a_difference_is_seen_when_the_ranges_do_not_touch() -> None:
    verdict = compare([10, 11, 12], [8, 9, 9.5], more_is_better=True)
    assert verdict.seen is Seen.BETTER
    assert verdict.ratio is not None
    assert verdict.ratio.median == pytest.approx(median([10 / 8, 11 / 9, 12 / 9.5]))
    assert compare([10, 11, 12], [8, 9, 9.5], more_is_better=False).seen is Seen.WORSE


def test_a_difference_within_the_noise_is_none() -> None:
    assert compare([10, 11, 12], [8, 9, 10], more_is_better=True).seen is Seen.NOTHING
    assert compare([5, 5, 5], [5, 5, 5], more_is_better=True).seen is Seen.NOTHING


def test_too_few_rounds_say_nothing_however_far_apart() -> None:
    assert compare([1, 1], [100, 100], more_is_better=True).seen is Seen.UNKNOWN
    assert compare([1, None, 1, None], [100, 100, 100, 100], more_is_better=True).seen is Seen.UNKNOWN
    assert compare([], [], more_is_better=True).ratio is None


@pytest.mark.parametrize(("rounds", "chance"), [(3, 0.1), (4, 0.0286), (5, 0.0079)])
def test_the_chance_is_counted_right(rounds: int, chance: float) -> None:
    """Count it: of all ways to deal 2n different figures to two engines, how many fall apart."""
    deals = list(combinations(range(2 * rounds), rounds))
    apart = 0
    for deal in deals:
        ours = [float(value) for value in deal]
        theirs = [float(value) for value in range(2 * rounds) if value not in deal]
        apart += compare(ours, theirs, more_is_better=True).seen is not Seen.NOTHING
    verdict = compare([1.0] * rounds, [2.0] * rounds, more_is_better=True)
    assert verdict.chance == pytest.approx(apart / len(deals))
    assert verdict.chance == pytest.approx(chance, rel=0.01)


def test_who_is_only_bounded_is_never_worse() -> None:
    """The generator had no time left: the true figure of whom it limited may be better than what was seen."""
    fast, slow = [20, 21, 22], [10, 11, 12]
    assert compare(fast, slow, more_is_better=True, theirs_limited=True).seen is Seen.UNKNOWN
    assert compare(slow, fast, more_is_better=True, ours_limited=True).seen is Seen.UNKNOWN
    assert compare(fast, fast, more_is_better=True, ours_limited=True).seen is Seen.UNKNOWN
    better = compare(fast, slow, more_is_better=True, ours_limited=True)
    assert (better.seen, better.bound) == (Seen.BETTER, True)


@given(ours=figures, theirs=figures, more=st.booleans())
def test_the_two_sides_agree(ours: Sequence[float], theirs: Sequence[float], more: bool) -> None:
    one, other = compare(ours, theirs, more_is_better=more), compare(theirs, ours, more_is_better=more)
    mirrored = {Seen.BETTER: Seen.WORSE, Seen.WORSE: Seen.BETTER}
    assert other.seen is mirrored.get(one.seen, one.seen)
    assert (one.seen is Seen.UNKNOWN) == (min(len(ours), len(theirs)) < LEAST_ROUNDS)


@given(ours=figures, theirs=figures, scale=st.floats(0.1, 10))
def test_units_do_not_matter(ours: Sequence[float], theirs: Sequence[float], scale: float) -> None:
    verdict = compare(ours, theirs, more_is_better=True)
    scaled = compare(
        [v * 2 ** int(scale) for v in ours], [v * 2 ** int(scale) for v in theirs], more_is_better=True
    )
    assert scaled == verdict
