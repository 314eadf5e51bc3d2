"""Deadlines: what the core wants to be woken for. The engines own the clocks.

What must stay true: time is an argument. `deadline` says when the next `tick` is due; a tick that comes early
or late is harmless. Cancelling is lazy: a cancelled entry stays in the heap until its time, unless there are more
of them than of the others; most deadlines are for what then comes in time.
"""

import heapq
import math
from collections.abc import Callable
from itertools import count

from coliseum.core.facts import fact

_FEW = 64
"Cancelled entries that nobody minds."


@fact
class Moment:
    """Now, as an engine's clock says it."""

    monotonic: float
    "Seconds on a clock that never jumps: for durations and deadlines."
    wall: int
    "Nanoseconds since 1970 UTC: for the time that people see; may jump."


class Timer:
    """One deadline; `cancel` takes it back, at any time and as often as one likes."""

    __slots__ = ("_timers", "action")

    def __init__(self, timers: "Timers", action: Callable[[], None]) -> None:
        self._timers = timers
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """See to it that the action never runs."""
        if self.action is not None:
            self.action = None
            self._timers.cancelled()


class Timers:
    """A heap of deadlines."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._dead = 0
        "How many entries were cancelled."

    def at(self, due: float, action: Callable[[], None]) -> Timer:
        """Have `action` called by the first `tick` at or after `due` (monotonic seconds)."""
        timer = Timer(self, action)
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
            self._dead -= 1
        return self._heap[0][0] if self._heap else None

    def tick(self, now: float) -> None:
        """Run, in order of time, every action that is due at `now`."""
        while self._heap and self._heap[0][0] <= now:
            timer = heapq.heappop(self._heap)[2]
            action, timer.action = timer.action, None
            if action is None:
                self._dead -= 1
            else:
                action()

    def cancelled(self) -> None:
        """Take in that one more entry is dead; when most of a heap are, it is made anew without them."""
        self._dead += 1
        if self._dead > max(_FEW, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._dead = 0
