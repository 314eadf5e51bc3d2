"""The schedule of an open loop: how much is said is known before, and what is measured is due after the look."""

from hypothesis import given
from hypothesis import strategies as st

from coliseum.lab.pacing import Schedule

DAY = 86_400 * 10**9


@given(
    rate=st.floats(0.5, 1e5),
    rooms=st.integers(1, 50),
    warm_up=st.floats(0, 3),
    seconds=st.floats(0.01, 10),
    start=st.integers(0, DAY),
    pause=st.integers(0, 10**9),
)
def test_how_much_is_said_depends_on_the_workload_alone(
    rate: float, rooms: int, warm_up: float, seconds: float, start: int, pause: int
) -> None:
    schedule = Schedule(rate=rate, rooms=rooms, warm_up=warm_up, seconds=seconds)
    messages = schedule.messages
    schedule.begin(start)
    looked = schedule.due(schedule.warming - 1) + pause if schedule.warming else start + pause
    schedule.go_on(looked)
    assert schedule.messages == messages == schedule.warming + schedule.measured
    assert abs(schedule.measured - rate * seconds) <= 1
    some = sorted({0, 1, schedule.warming - 1, schedule.warming, schedule.warming + 1, messages - 1} - {-1})
    dues = [schedule.due(index) for index in some]
    assert dues == sorted(dues)
    assert schedule.due(schedule.warming) > looked
    for index in some:
        number, room = divmod(index, rooms)
        due = schedule.measured_due(room, number)
        assert due == (schedule.due(index) if index >= schedule.warming else None)


def test_between_warm_up_and_what_is_measured_there_is_time_to_look() -> None:
    schedule = Schedule(rate=1000, rooms=1, warm_up=0.01, seconds=1)
    schedule.begin(0)
    schedule.go_on(DAY)
    assert [schedule.due(index) for index in (0, 9, 10, 1009)] == [
        1_000_000, 10_000_000, DAY + 1_000_000, DAY + 1_000_000_000
    ]  # fmt: skip
