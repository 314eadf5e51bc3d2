"""The token bucket, and the numbers that the specification promises."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.limits import Policy, TokenBucket

RATE, BURST = 5.0, 20.0


def test_a_room_holds_three_unless_somebody_says_otherwise() -> None:
    policy = Policy()
    assert policy.room_capacity == 3
    assert policy.max_clients == 0
    assert policy.flood_control
    assert (policy.flood_lines, policy.flood_lines_burst) == (5, 20)
    assert (policy.flood_bytes, policy.flood_bytes_burst) == (4096, 32768)
    assert policy.lobby == "lobby"
    assert policy.password == ""


def test_a_policy_is_replaced_never_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Policy().room_capacity = 4  # type: ignore[misc]


def test_a_burst_is_free_and_then_each_one_waits() -> None:
    bucket = TokenBucket(rate=5, burst=20)
    assert [bucket.wait(0) for _ in range(20)] == [0] * 20
    assert bucket.wait(0) == pytest.approx(0.2)
    assert bucket.wait(0) == pytest.approx(0.2)  # who waits has taken nothing
    assert bucket.wait(0.1) == pytest.approx(0.1)
    assert bucket.wait(0.2) == 0
    assert bucket.wait(0.2) == pytest.approx(0.2)


def test_a_long_silence_saves_up_no_more_than_a_burst() -> None:
    bucket = TokenBucket(rate=5, burst=3)
    assert [bucket.wait(1000) for _ in range(4)] == [0, 0, 0, pytest.approx(0.2)]


def test_the_first_moment_of_the_clock_does_not_matter() -> None:
    assert [TokenBucket(rate=5, burst=2).wait(start) for start in (0, 1e-9, 5.0, 1e9)] == [0] * 4


def test_what_costs_more_waits_longer() -> None:
    bucket = TokenBucket(rate=10, burst=100)
    assert bucket.wait(0, 60) == 0
    assert bucket.wait(0, 60) == pytest.approx(2)
    assert bucket.wait(0, 50) == pytest.approx(1)
    assert bucket.wait(0, 40) == 0
    assert bucket.wait(2, 20) == 0


def test_what_costs_more_than_all_waits_for_a_full_bucket_and_leaves_a_debt() -> None:
    bucket = TokenBucket(rate=10, burst=100)
    assert bucket.wait(0, 1) == 0
    assert bucket.wait(0, 250) == pytest.approx(0.1)
    assert bucket.wait(0.1, 250) == 0
    assert bucket.wait(0.1, 1) == pytest.approx(15.1)
    assert bucket.wait(15.2, 1) == 0


@given(st.floats(0, 1e6), st.lists(st.integers(1, 500), max_size=50))
def test_however_much_each_costs_a_wait_is_enough_and_all_together_take_their_time(
    start: float, costs: list[int]
) -> None:
    bucket, now = TokenBucket(rate=100, burst=200), start
    for cost in costs:
        if wait := bucket.wait(now, cost):
            assert wait <= (200 + 500) / 100
            now += wait + now * 1e-15
            assert bucket.wait(now, cost) == 0
    # Never more than a burst at once, then the rate; the last one may leave a debt.
    assert now - start >= (sum(costs[:-1]) - 200) / 100 - 1e-4


@given(st.floats(0, 1e9), st.integers(1, 300))
def test_a_wait_that_is_kept_to_the_letter_is_enough(start: float, lines: int) -> None:
    bucket, now = TokenBucket(RATE, BURST), start
    for _ in range(lines):
        if wait := bucket.wait(now):
            now += wait + now * 1e-15  # a clock has no more digits than this
            assert bucket.wait(now) == 0
    assert now - start == pytest.approx(max(0, lines - BURST) / RATE, abs=1e-4)


@given(st.lists(st.floats(0, 10), max_size=100))
def test_never_more_than_a_burst_and_the_rate(gaps: list[float]) -> None:
    bucket, now, granted = TokenBucket(RATE, BURST), 0.0, 0
    for gap in gaps:
        now += gap
        wait = bucket.wait(now)
        assert 0 <= wait <= 1 / RATE
        granted += wait == 0
        assert granted <= BURST + now * RATE + 1e-6
