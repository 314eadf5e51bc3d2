"""The token bucket, and the numbers that the specification promises."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.limits import FLOOD_BURST, FLOOD_RATE, Policy, TokenBucket


def test_a_room_holds_three_unless_somebody_says_otherwise() -> None:
    policy = Policy()
    assert policy.room_capacity == 3
    assert policy.max_clients == 0
    assert policy.flood_control
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


@given(st.floats(0, 1e9), st.integers(1, 300))
def test_a_wait_that_is_kept_to_the_letter_is_enough(start: float, lines: int) -> None:
    bucket, now = TokenBucket(FLOOD_RATE, FLOOD_BURST), start
    for _ in range(lines):
        if wait := bucket.wait(now):
            now += wait + now * 1e-15  # a clock has no more digits than this
            assert bucket.wait(now) == 0
    assert now - start == pytest.approx(max(0, lines - FLOOD_BURST) / FLOOD_RATE, abs=1e-4)


@given(st.lists(st.floats(0, 10), max_size=100))
def test_never_more_than_a_burst_and_the_rate(gaps: list[float]) -> None:
    bucket, now, granted = TokenBucket(FLOOD_RATE, FLOOD_BURST), 0.0, 0
    for gap in gaps:
        now += gap
        wait = bucket.wait(now)
        assert 0 <= wait <= 1 / FLOOD_RATE
        granted += wait == 0
        assert granted <= FLOOD_BURST + now * FLOOD_RATE + 1e-6
