"""What waits for a peer that does not read: in order, counted exactly, never more than the bound."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.mailbox import Backlog


def test_chunks_leave_in_the_order_in_which_they_came() -> None:
    backlog = Backlog(10)
    assert backlog.put(b"one")
    assert backlog.put(b"two")
    assert backlog.unsent == 6
    assert [backlog.take(), backlog.take(), backlog.take()] == [b"one", b"two", None]
    assert backlog.unsent == 0


def test_exactly_the_bound_fits_and_one_byte_more_does_not() -> None:
    backlog = Backlog(10)
    assert backlog.put(b"x" * 10)
    assert not backlog.put(b"x")
    assert Backlog(10).put(b"")
    assert not Backlog(10).put(b"x" * 11)


def test_when_the_bound_is_passed_nothing_is_kept() -> None:
    backlog = Backlog(10)
    backlog.put(b"x" * 8)
    assert not backlog.put(b"x" * 8)
    assert backlog.unsent == 0
    assert backlog.take() is None


def test_what_was_taken_makes_room() -> None:
    backlog = Backlog(10)
    for _ in range(100):
        assert backlog.put(b"x" * 10)
        assert backlog.take() == b"x" * 10


def test_a_chunk_is_shared_not_copied() -> None:
    data = b"the same for a hundred readers"
    backlogs = [Backlog(1000) for _ in range(3)]
    for backlog in backlogs:
        backlog.put(data)
    assert all(backlog.take() is data for backlog in backlogs)


def test_a_new_backlog_is_not_stalled() -> None:
    assert not Backlog(10).stalled


@given(st.lists(st.none() | st.binary(max_size=6), max_size=50), st.integers(0, 20))
def test_it_is_a_queue_with_a_bound(steps: list[bytes | None], limit: int) -> None:
    backlog = Backlog(limit)
    model: deque[bytes] = deque()
    for data in steps:
        if data is None:
            assert backlog.take() == (model.popleft() if model else None)
        elif sum(map(len, model)) + len(data) <= limit:
            assert backlog.put(data)
            model.append(data)
        else:
            assert not backlog.put(data)
            model.clear()
        assert backlog.unsent == sum(map(len, model)) <= limit
