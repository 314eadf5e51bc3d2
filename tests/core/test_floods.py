"""Flood control: who sends much is read more slowly, by lines and by bytes, and nothing is lost."""

import pytest

from coliseum.core.effects import Effect, Pause
from coliseum.core.inbound import Garbled, Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.refusals import NotText
from coliseum.core.session import Session
from coliseum.core.world import World
from tests.core.noting import Make, notes
from tests.harness import at


@pytest.fixture
def flooded(world: World, make: Make) -> Session:
    """A session that is ready, in a world that holds floods back."""
    world.policy = Policy(flood_control=True)
    session = make()
    session.receive([Ready()], at(0))
    notes(session).clear()
    return session


def waits(session: Session, effect: Effect | None, now: float) -> list[float]:
    """Keep every pause that is asked for; return when the session paused."""
    moments = []
    while effect is not None:
        assert isinstance(effect, Pause)
        assert effect.seconds > 0
        now += effect.seconds
        moments.append(now)
        effect = session.resume(None, at(now))
    return moments


RATE, BURST = Policy().flood_lines, int(Policy().flood_lines_burst)
BYTE_RATE, BYTE_BURST = Policy().flood_bytes, int(Policy().flood_bytes_burst)


def test_after_a_burst_each_line_waits_for_its_time(flooded: Session) -> None:
    effect = flooded.receive([f"line {n}" for n in range(BURST + 5)], at(0))
    assert len(notes(flooded)) == BURST
    moments = waits(flooded, effect, 0)
    assert moments == pytest.approx([n / RATE for n in range(1, 6)])
    assert notes(flooded) == [*(f"line {n}" for n in range(BURST + 5)), "settled"]


def test_what_comes_during_a_pause_waits_too(flooded: Session) -> None:
    effect = flooded.receive(["x"] * (BURST + 1), at(0))
    assert effect == Pause(1 / RATE)
    assert flooded.receive(["y"], at(0.1)) is None
    assert "y" not in notes(flooded)
    waits(flooded, effect, 0)
    assert notes(flooded)[-2:] == ["y", "settled"]


def test_who_keeps_to_the_rate_never_waits(flooded: Session) -> None:
    for n in range(200):
        assert flooded.receive(["x"], at(n / RATE)) is None


def test_only_lines_are_counted(flooded: Session) -> None:
    assert flooded.receive([Ready()] * 100 + ["x"] * BURST, at(0)) is None


def test_lines_that_cannot_be_read_are_counted_too(flooded: Session) -> None:
    assert flooded.receive([Garbled(NotText())] * (BURST + 1), at(0)) is not None


def test_the_pause_of_a_session_that_ends_is_over(flooded: Session) -> None:
    flooded.receive(["x"] * (BURST + 1), at(0))
    flooded.close(Reason.SERVER_STOPPING)
    assert flooded.resume(None, at(1)) is None
    assert notes(flooded) == ["x"] * BURST


@pytest.mark.parametrize("sign", ["x", "ñ", "李"])
def test_long_lines_are_counted_by_their_bytes(flooded: Session, sign: str) -> None:
    size = 4000
    line = sign * (size // len(sign.encode()))
    size = len(line.encode())
    free = BYTE_BURST // size
    effect = flooded.receive([line] * (free + 2), at(0))
    assert notes(flooded) == [line] * free
    moments = waits(flooded, effect, 0)
    over = free * size - BYTE_BURST
    assert moments == pytest.approx([(over + size) / BYTE_RATE, (over + 2 * size) / BYTE_RATE])
    assert notes(flooded) == [*[line] * (free + 2), "settled"]


def test_whichever_is_too_much_makes_a_line_wait_and_none_is_paid_twice(flooded: Session) -> None:
    """Lines that wait for their turn among lines have not yet used up their bytes, and the other way round."""
    lines = BURST + 10
    moments = waits(flooded, flooded.receive(["x" * 1000] * lines, at(0)), 0)
    assert moments == pytest.approx([n / RATE for n in range(1, 11)])
    assert flooded._flood is not None
    assert flooded._flood._bytes.tokens == pytest.approx(BYTE_BURST - lines * 1000 + moments[-1] * BYTE_RATE)
    assert flooded._flood._lines.tokens == pytest.approx(0)


def test_a_line_longer_than_all_that_may_come_at_once_passes_when_nothing_was_said_for_long(
    flooded: Session,
) -> None:
    giant = "x" * (BYTE_BURST + 1000)
    assert flooded.receive([giant], at(0)) is None
    effect = flooded.receive(["y"], at(0))
    assert waits(flooded, effect, 0) == pytest.approx([1001 / BYTE_RATE])


def test_who_is_exempt_never_waits(flooded: Session) -> None:
    flooded.exempt = True
    assert flooded.receive(["x" * 1000] * 1000, at(0)) is None
    flooded.exempt = False
    assert flooded.receive(["x"] * BURST, at(0)) is None
    assert flooded.receive(["x"], at(0)) is not None


def test_without_flood_control_nobody_waits(session: Session) -> None:
    assert session.receive(["x"] * 1000, at(0)) is None
