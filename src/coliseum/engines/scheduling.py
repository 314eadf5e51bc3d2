"""How threads take turns: two requests to the operating system that make batches larger and switches fewer.

The idea: only one thread at a time runs Python. A client's thread that the kernel wakes at once, because something
came for it, only finds the interpreter taken and goes to sleep again: two switches for nothing. And a thread that
flushes at once sends what one client said, where a moment later it could have sent what ten said.

What must stay true: both are requests; where the system does not know them, nothing else happens.
Figures: docs/performance.md. Source: sched(7), SCHED_BATCH; sched_yield(2).
"""

import contextlib
import os


def be_patient() -> None:
    """Let the calling thread, and those that it starts, not push others aside when it wakes."""
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # forbidden here: then it is as it was
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def give_way() -> None:
    """Let threads that are about to do a step do it first."""
    if hasattr(os, "sched_yield"):
        os.sched_yield()
