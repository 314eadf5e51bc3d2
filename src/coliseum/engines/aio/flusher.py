"""Flushing, with asyncio: once per turn of the loop.

The idea: whoever filled mailboxes asks for a flush; the first to ask schedules it. The callbacks that are ready in
this turn run before it, so what many clients said in one turn leaves in one send per recipient.

What must stay true: after the last step its mailboxes are flushed, and the world's next deadline is known.
Beside it: threads/flusher.py.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from coliseum.core.delivery import deliver
from coliseum.core.session import Session

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine


class Flusher:
    """Empties mailboxes onto the wire."""

    def __init__(self, engine: "AioEngine") -> None:
        self._engine = engine
        self._world = engine.world
        self._scheduled = False
        self._asked = 0.0
        "When the flush of this turn was asked for."
        self._later: list[Callable[[], None]] = []

    def soon(self) -> None:
        """Have the mailboxes flushed after the callbacks of this turn, and the clock set."""
        if not self._scheduled:
            self._scheduled = True
            self._asked = time.perf_counter()
            self._engine.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Deliver what is in the mailboxes, and see when there will be something to do next."""
        if self._scheduled:
            self._engine.waits.add(time.perf_counter() - self._asked)
        self._scheduled = False
        deliver(self._world.collect(), self._failed)
        later, self._later = self._later, []
        for action in later:
            action()
        self._engine.clock.look()
        if self._world.dirty:
            self.soon()

    def later(self, action: Callable[[], None]) -> None:
        """Do something that changes the world after this round. Called by carriers, during delivery."""
        self._later.append(action)

    def _failed(self, session: Session, fault: Exception) -> None:
        self.later(lambda: self._engine.fault(session, fault))
