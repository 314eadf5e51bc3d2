"""The clock, with asyncio: the loop calls back at the world's next deadline.

What must stay true: a deadline that becomes the earliest replaces the call (`look`); one that was cancelled costs
a spurious tick at most.
Beside it: threads/clock.py.
"""

import asyncio
import math
from typing import TYPE_CHECKING

from coliseum.engines.contract import now

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine


class Clock:
    """Calls the world's `tick` when it is due."""

    def __init__(self, engine: "AioEngine") -> None:
        self._engine = engine
        self._awaited = math.inf
        "The deadline of the call that is scheduled."
        self._call: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Call no more."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def look(self) -> None:
        """See whether there is an earlier deadline now. Called after every turn with a step."""
        earliest = self._engine.world.timers.earliest
        if earliest < self._awaited:
            self.stop()
            self._awaited = earliest
            # loop.time() is time.monotonic() (asyncio.BaseEventLoop.time), the clock of our deadlines.
            self._call = self._engine.loop.call_at(earliest, self._tick)

    def _tick(self) -> None:
        self._awaited = math.inf
        self._call = None
        self._engine.world.tick(now())
        self._engine.world.deadline()  # drops what was cancelled, so that it is not waited for
        self._engine.flusher.soon()
