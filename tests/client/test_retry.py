"""Back-off and signs of life."""

import math

from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.retry import JITTER, LONGEST_DELAY, PATIENCE, QUIET, STABLE, Backoff, Keepalive, Sign


def test_delays_double_up_to_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.delay(0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_chance_only_shortens_and_by_no_more_than_half(chances: list[float]) -> None:
    backoff, plain = Backoff(), Backoff()
    for chance in chances:
        full = plain.delay(0)
        assert full * (1 - JITTER) <= backoff.delay(chance) <= full <= LONGEST_DELAY


def test_only_a_connection_that_lasted_begins_anew() -> None:
    backoff = Backoff()
    backoff.delay(0)
    backoff.lasted(STABLE - 1)
    assert backoff.delay(0) == 2
    backoff.lasted(STABLE)
    assert backoff.delay(0) == 1


def test_a_silent_server_is_asked_and_then_given_up() -> None:
    keepalive = Keepalive()
    assert keepalive.deadline() == math.inf
    keepalive.heard(100)
    assert keepalive.deadline() == 100 + QUIET
    assert keepalive.tick(100 + QUIET - 1) is None
    assert keepalive.tick(100 + QUIET) is Sign.ASK
    assert keepalive.tick(100 + QUIET + 1) is None
    assert keepalive.tick(100 + QUIET + PATIENCE) is Sign.GIVE_UP
    assert keepalive.deadline() == math.inf


def test_any_byte_is_a_sign_of_life() -> None:
    keepalive = Keepalive()
    keepalive.heard(0)
    assert keepalive.tick(QUIET) is Sign.ASK
    keepalive.heard(QUIET + 1)
    assert keepalive.deadline() == QUIET + 1 + QUIET
    keepalive.stop()
    assert keepalive.tick(10**6) is None


def test_after_hours_in_the_background_the_server_still_has_time_to_answer() -> None:
    keepalive = Keepalive()
    keepalive.heard(0)
    assert keepalive.tick(9000) is Sign.ASK
    assert keepalive.tick(9001) is None
    assert keepalive.tick(9000 + PATIENCE) is Sign.GIVE_UP
