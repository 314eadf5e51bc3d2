"""Lock ranks, asserted: who takes a lock while holding one of the same or a higher rank could deadlock one day.

The idea: a deadlock needs two threads and bad luck, a wrong order only one thread and any test that passes by. So
in Python's development mode (`python -X dev`, as in all tests) a lock knows its rank and every thread what it
holds; otherwise it is an ordinary lock that costs nothing more.

What must stay true: a lock is released by the thread that took it. Not here: which lock guards what, that stands
where it is made.
"""

import sys
import threading
from types import TracebackType
from typing import cast


class RankError(AssertionError):
    """A lock was asked for out of order; nothing was taken."""


class RankedLock:
    """A `threading.Lock` that a thread may only take while everything it holds has a lower rank."""

    def __init__(self, name: str, rank: int) -> None:
        self.name = name
        self.rank = rank
        self._lock = threading.Lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock. Raises RankError, also when it would only be tried."""
        held = _HELD.locks
        if held and (last := held[-1]).rank >= self.rank:
            wrong = f"{self.name} (rank {self.rank}) is taken while {last.name} (rank {last.rank}) is held"
            raise RankError(wrong)
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            held.append(self)
        return taken

    def release(self) -> None:
        """Give it back."""
        _HELD.locks.remove(self)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class _Held(threading.local):
    """What the present thread holds: ranks rise from the first to the last."""

    def __init__(self) -> None:
        self.locks: list[RankedLock] = []


_HELD = _Held()


def ranked_lock(name: str, rank: int) -> threading.Lock:
    """Return a lock; in development mode one that asserts its rank."""
    if not sys.flags.dev_mode:
        return threading.Lock()
    return cast("threading.Lock", RankedLock(name, rank))
