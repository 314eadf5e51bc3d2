"""The clock, with threads: one thread that waits for the world's next deadline.

What must stay true: a deadline that becomes the earliest wakes the thread (`look`); one that was cancelled costs a
spurious tick at most.
Beside it: aio/clock.py.
"""

import math
import threading
import time
from typing import TYPE_CHECKING

from coliseum.engines.contract import now

if TYPE_CHECKING:
    from coliseum.engines.threads.engine import ThreadsEngine


class Clock:
    """Calls the world's `tick` when it is due."""

    def __init__(self, engine: "ThreadsEngine") -> None:
        self._engine = engine
        self._bell = threading.Event()
        self._awaited = math.inf
        "The deadline that the thread waits for; guarded by the world's lock."
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """Wait no more; returns when the thread is gone."""
        self._stopping = True
        self._bell.set()
        self._thread.join()

    def look(self) -> None:
        """See whether there is an earlier deadline now. Called after every step, with the world held."""
        if self._engine.world.timers.earliest < self._awaited:
            self._bell.set()

    def _run(self) -> None:
        world = self._engine.world
        while not self._stopping:
            with self._engine.world_lock:
                self._bell.clear()  # with the world held: a deadline set from now on rings again
                world.tick(now())
                due = world.deadline()
                self._awaited = math.inf if due is None else due
            self._engine.flusher.flush()
            self._bell.wait(None if due is None else max(0.0, due - time.monotonic()))
