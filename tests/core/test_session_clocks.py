"""What a session waits for, what it is reminded of, and how long its farewell may take."""

import pytest

from coliseum.core.inbound import Ready
from coliseum.core.kinds import Reason
from coliseum.core.session import Session
from coliseum.core.world import World
from tests.core.noting import Make, carried, flush, notes
from tests.harness import at


def test_a_peer_that_does_not_close_is_aborted_after_the_linger_time(session: Session, world: World) -> None:
    session.receive(["close"], at(10))
    flush(world)
    assert world.deadline() == 10 + world.policy.linger
    world.tick(at(10 + world.policy.linger - 0.1))
    flush(world)
    assert carried(session)[1:] == ["finish"]
    world.tick(at(10 + world.policy.linger))
    flush(world)
    assert carried(session)[1:] == ["finish", "abort"]


def test_a_peer_that_closes_stops_the_linger_clock(session: Session, world: World) -> None:
    session.receive(["close"], at(10))
    session.gone(Reason.PEER_CLOSED, at(11))
    assert world.deadline() is None


def test_a_handshake_that_takes_too_long_ends_the_session(make: Make, world: World) -> None:
    session = make()
    timeout = world.policy.handshake_timeout
    assert world.deadline() == timeout
    world.tick(at(timeout - 0.1))
    assert not session.over
    world.tick(at(timeout))
    assert session.reason is Reason.HANDSHAKE_TIMEOUT
    assert session.receive([Ready(), "one"], at(timeout + 1)) is None
    assert notes(session) == []


def test_a_link_that_is_ready_stops_the_handshakes_clock(session: Session, world: World) -> None:
    assert world.deadline() is None
    world.tick(at(1000))
    assert not session.over


def test_what_is_expected_last_is_what_the_clock_is_for(session: Session, world: World) -> None:
    session.expect(10, Reason.STALLED)
    session.expect(20, Reason.PASSWORD_TIMEOUT)
    assert world.deadline() == 20
    world.tick(at(15))
    assert not session.over
    session.satisfied()
    session.satisfied()
    world.tick(at(25))
    assert not session.over


def test_a_reminder_comes_once_at_its_time(session: Session, world: World) -> None:
    came: list[float] = []
    session.remind(10, lambda: came.append(world.now.monotonic))
    world.tick(at(9.9))
    assert came == []
    assert world.deadline() == 10
    world.tick(at(10.5))
    world.tick(at(20))
    assert came == [10.5]
    assert world.deadline() is None


def test_a_reminder_takes_the_place_of_the_one_before(session: Session, world: World) -> None:
    came: list[str] = []
    session.remind(10, lambda: came.append("first"))
    session.remind(20, lambda: came.append("second"))
    world.tick(at(30))
    assert came == ["second"]


def test_a_reminder_may_ask_for_the_next(session: Session, world: World) -> None:
    came: list[float] = []

    def look() -> None:
        came.append(world.now.monotonic)
        session.remind(world.now.monotonic + 10, look)

    session.remind(10, look)
    for seconds in (10, 15, 20, 30):
        world.tick(at(seconds))
    assert came == [10, 20, 30]


def test_a_reminder_and_what_is_expected_do_not_know_each_other(session: Session, world: World) -> None:
    came: list[str] = []
    session.remind(10, lambda: came.append("reminder"))
    session.expect(20, Reason.STALLED)
    world.tick(at(10))
    session.satisfied()
    world.tick(at(30))
    assert came == ["reminder"]
    assert not session.over


@pytest.mark.parametrize("how", ["close", "gone"])
def test_nobody_is_reminded_after_the_end(session: Session, world: World, how: str) -> None:
    came: list[str] = []
    session.remind(10, lambda: came.append("too late"))
    if how == "close":
        session.close(Reason.QUIT)
    session.gone(Reason.CONNECTION_LOST, at(5))
    world.tick(at(30))
    assert came == []
    assert world.deadline() is None
