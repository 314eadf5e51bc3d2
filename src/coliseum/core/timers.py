"""Deadlines: what the core wants to be woken for. The engines own the clocks.

What must stay true: time is an argument. `deadline` says when the next `tick` is due; a tick that comes early
or late is harmless. Cancelling is lazy: a cancelled entry stays in the heap until its time.
"""

import heapq
import math
from collections.abc import Callable
from itertools import count

from coliseum.core.facts import fact


@fact
class Moment:
    """Now, as an engine's clock says it."""

    monotonic: float
    "Seconds on a clock that never jumps: for durations and deadlines."
    wall: int
    "Nanoseconds since 1970 UTC: for the time that people see; may jump."


class Timer:
    """One deadline; `cancel` takes it back, at any time and as often as one likes."""

    __slots__ = ("action", "due")

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """See to it that the action never runs."""
        self.action = None


class Timers:
    """A heap of deadlines."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()

    def at(self, due: float, action: Callable[[], None]) -> Timer:
        """Have `action` called by the first `tick` at or after `due` (monotonic seconds)."""
        timer = Timer(due, action)
        heapq.heappush(self._heap, (due, next(self._order), timer))
        return timer

    @property
    def earliest(self) -> float:
        """The earliest entry's time, cancelled or not; infinity when there is none."""
        return self._heap[0][0] if self._heap else math.inf

    def deadline(self) -> float | None:
        """Return when the next tick is due, or None when nothing waits."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def tick(self, now: float) -> None:
        """Run, in order of time, every action that is due at `now`."""
        while self._heap and self._heap[0][0] <= now:
            action = heapq.heappop(self._heap)[2].action
            if action is not None:
                action()
