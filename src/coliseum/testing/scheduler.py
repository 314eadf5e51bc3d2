"""The scheduler: one seed, one clock that only moves when something happens, one agenda.

The idea: whatever could happen at any time is put on the agenda for a time that the seed chooses, and so is tried
out in many orders. Nothing else is random, nothing looks at a real clock: the same seed gives the same run.

What must stay true: things that are due at the same time happen in the order in which they were put down; the
trace changes nothing in the run.
"""

import heapq
import random
from collections.abc import Callable
from itertools import count

from coliseum.core.timers import Moment

_BEGINNING = 1_750_000_000 * 1_000_000_000
"The wall clock when virtual time is 0; nanoseconds since 1970 UTC."
TURN = 0.01
"Seconds: what happens soon happens within so long."


class Scheduler:
    """Virtual time and what happens in it."""

    def __init__(self, seed: int, *, traced: bool = False) -> None:
        """`traced`: keep what is told to `tell`, for people; it takes longer."""
        self.random = random.Random(seed)
        self.now = 0.0
        "Seconds since the beginning."
        self.wall_ahead = 0
        "By how much the wall clock has jumped; nanoseconds."
        self.traced = traced
        self.trace: list[tuple[float, str, str]] = []
        "Time, who, what."
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def tell(self, who: str, what: str) -> None:
        """Put a happening into the trace. Where making the words takes time, ask for `traced` first."""
        if self.traced:
            self.trace.append((self.now, who, what))

    def moment(self) -> Moment:
        """Return what time it is, for a step."""
        return Moment(self.now, _BEGINNING + int(self.now * 1e9) + self.wall_ahead)

    def chance(self, share: float) -> bool:
        """Return True in so many cases of one."""
        return self.random.random() < share

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Have something happen in so long."""
        heapq.heappush(self._agenda, (self.now + seconds, next(self._order), action))

    def soon(self, action: Callable[[], None], within: float = TURN) -> None:
        """Have something happen at some time from now on: others may come first."""
        self.after(self.random.random() * within, action)

    def run(self, until: float) -> None:
        """Let everything happen that is due until then, and what comes of it; then it is so late."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= until:
            self.now, _, action = heapq.heappop(agenda)
            action()
        self.now = max(self.now, until)


def shown(trace: list[tuple[float, str, str]]) -> list[str]:
    """Return a trace as lines for people: time, who, what."""
    return [f"{time:10.4f}  {who:<10} {what}" for time, who, what in trace]
