"""What all tests are watched by: a dump of everything that waits when one hangs, and a trap for blocking calls.

pytest-timeout ends a test that hangs. Before it does, everything that waits is written to the stderr that the
process was started with: so it is seen wherever pytest sends the rest, also from a worker of xdist, and also when
the clean-up after the test hangs too.

The trap is blockbuster. It raises where somebody blocks a running loop, but an engine takes exceptions for faults
of one session and goes on: so the trap also keeps what it raises, and conftest.py fails the test.
"""

import asyncio
import contextlib
import gc
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Final

import blockbuster.blockbuster

from coliseum.interpreter import is_compiled

ALLOWED: Final = (
    # The last thing that a stopping engine does; nobody is left who could notice. It says so itself. When it is
    # compiled it has no frame, so what it calls is named.
    ("threading.Lock.acquire", "concurrent/futures/thread.py", "shutdown")
    if is_compiled()
    else ("threading.Lock.acquire", "coliseum/engines/aio/engine.py", "stop"),
    # Waits for the end of a thread whose work is done.
    ("threading.Lock.acquire", "coliseum/server.py", "_aside"),
    # In debug mode asyncio logs what took long, and pytest's handler writes it down; our own log goes elsewhere.
    ("io.TextIOWrapper.write", "logging/__init__.py", "emit"),
    ("io.BufferedWriter.write", "logging/__init__.py", "flush"),
    # A client looks for the file of its CA, which is then read: once, before it connects.
    ("os.stat", "coliseum/client/link.py", "of"),
)
"What may block on a loop: the call, and the function that may make it."


def report_hang(output: int, test: str, seconds: float) -> None:
    """Let the alarm of pytest-timeout, which has just been set, first write down what waits to `output`."""
    fail = signal.getsignal(signal.SIGALRM)
    assert callable(fail)

    def alarm(number: int, frame: FrameType | None) -> None:
        os.write(output, f"\n{test} hangs after {seconds:.0f} seconds\n{everything_that_waits()}".encode())
        signal.setitimer(signal.ITIMER_REAL, seconds)  # the clean-up may hang too
        fail(number, frame)

    signal.signal(signal.SIGALRM, alarm)


def everything_that_waits() -> str:
    """Return the stacks of all threads and of all asyncio tasks."""
    found = io.StringIO()
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if thread.ident in frames:
            found.write(f"--- thread {thread.name}\n")
            traceback.print_stack(frames[thread.ident], file=found)
    for task in gc.get_objects():
        if isinstance(task, asyncio.Task) and not task.done():
            found.write(f"--- task {task.get_name()}\n")
            task.print_stack(file=found)
    return found.getvalue()


@contextlib.contextmanager
def nothing_blocks() -> Iterator[list[str]]:
    """Trap what of Coliseum blocks a loop while the context lasts; yield where it did so."""
    caught: list[str] = []

    class Caught(blockbuster.BlockingError):
        def __init__(self, function: str) -> None:
            super().__init__(function)
            caught.append(f"{function} was called on a loop:\n{''.join(traceback.format_stack(limit=12))}")

    before = blockbuster.blockbuster.BlockingError
    blockbuster.blockbuster.BlockingError = Caught  # type: ignore[assignment, misc]
    try:
        with blockbuster.blockbuster_ctx("coliseum") as trap:
            for call, file, function in ALLOWED:
                trap.functions[call].can_block_in(file, function)
            yield caught
    finally:
        blockbuster.blockbuster.BlockingError = before  # type: ignore[misc]
