"""The pipe: every line of the input is said, what arrives goes to the output.

The idea: an engine's half asks three questions in a loop: which lines go out now, what is to be written, what is
there to wait for. Lines go out as the server deals with them, a window at a time, so an input of any length is
never held in memory and the server is never flooded.

What must stay true: a line of the input is said, refused or reported, never lost without a word; what went wrong
is on the error stream and in the exit code; an output that was closed costs only the output.

Not here: waiting (app_threads.py, app_aio.py).
"""

import contextlib
import os
import select
import sys
from collections import deque
from time import monotonic, time_ns
from typing import TextIO

from coliseum.client.displays import Display, Happened, NotSent, OwnSaid
from coliseum.client.outputs import Changed, Confirmed, End, Show
from coliseum.client.session import Action
from coliseum.client.status import State, Status
from coliseum.client.view import View, is_trouble
from coliseum.client.wishes import LINE_BYTES
from coliseum.core.inbound import Garbled
from coliseum.core.refusals import Refusal
from coliseum.wire.lines import LineReader

WINDOW = 64
"Lines that may be on their way unconfirmed."
PATIENCE = 30.0
"Seconds without any progress after which the rest is given up."
READ_SIZE = 64 * 1024


class Pipe:
    """Input, output and what lies between. `take` may be called by any thread, the rest by one."""

    def __init__(self, view: View, *, stdin: int, now: float) -> None:
        """`stdin` is the input's file descriptor, -1 for none; `now` in monotonic seconds."""
        self._view = view
        self.stdin = stdin
        self._reader = LineReader(LINE_BYTES)
        self._lines: deque[str] = deque()
        "Read and not sent yet."
        self._read_all = stdin < 0
        self._displays: deque[Display] = deque()
        self._status = Status()
        self._refused = False
        self._end: End | None = None
        self._progress = now
        self._output_closed = False

    def take(self, action: Action) -> None:
        """Take in what the engine gives."""
        match action:
            case Show(OwnSaid()):
                pass  # it came in here; what goes out is what others say
            case Show(display):
                self._displays.append(display)
                if self._status.state is State.INSIDE and _is_refusal(display):
                    self._refused = True
            case Confirmed():
                self._progress = monotonic()
            case Changed(status):
                if status.state is not self._status.state:
                    self._progress = monotonic()
                self._status = status
            case End():
                self._end = action

    # --- input ---------------------------------------------------------------------------------------------

    @property
    def wants_input(self) -> bool:
        """There is more to read, and room for it."""
        return self._status.state is State.INSIDE and not self._read_all and not self._lines

    def read(self) -> None:
        """Read what the input has, if it has something now."""
        if not self.wants_input or not readable(self.stdin):
            return
        data = b""
        with contextlib.suppress(OSError):  # an input that breaks has ended
            data = os.read(self.stdin, READ_SIZE)
        self._read_all = not data
        for item in self._reader.receive(data or b"\n"):
            match item:
                case str():
                    if item.strip():
                        self._lines.append(item)
                case Garbled(why):
                    self._displays.append(Happened(why))
                    self._refused = True

    def next_line(self) -> str | None:
        """Return the next line to say, if there is one and it may go now."""
        if self._status.state is State.INSIDE and self._lines and self._status.unconfirmed < WINDOW:
            return self._lines.popleft()
        return None

    @property
    def all_said(self) -> bool:
        """Everything was said and confirmed, or nobody is there to hear of it."""
        said = self._read_all and not self._lines and not self._status.unconfirmed
        return self._status.state is State.INSIDE and (said or (self._output_closed and os.isatty(self.stdin)))

    # --- output --------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what has arrived: words to the output, trouble to the error stream."""
        while self._displays:
            display = self._displays.popleft()
            for line in self._view.lines(display, time_ns()):
                if is_trouble(display):
                    _write(sys.stderr, line)
                elif not self._output_closed and not _write(sys.stdout, line):
                    self._output_closed = True

    def finish(self) -> int:
        """Report what was not sent and return the exit code; after the engine has ended."""
        if self._lines:
            self._displays.append(NotSent(tuple(self._lines)))
        self.write()
        code = self._end.code if self._end else 1
        return code or int(self._refused or bool(self._lines))

    # --- waiting -------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """The engine has ended."""
        return self._end is not None

    def seconds_left(self, now: float) -> float | None:
        """Return how long to wait for progress, never below 0; None: for ever, because nothing is expected."""
        waits = self._status.state is not State.INSIDE or self._status.unconfirmed or self._lines
        return max(0.0, self._progress + PATIENCE - now) if waits else None

    def is_late(self, now: float) -> bool:
        """Say whether what is expected did not come in time."""
        return self.seconds_left(now) == 0


def readable(fd: int) -> bool:
    """Say whether reading would not wait."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _is_refusal(display: Display) -> bool:
    return isinstance(display, Happened) and isinstance(display.event, Refusal)


def _write(stream: TextIO | None, line: str) -> bool:
    """Write a line; return False when nobody reads it any more."""
    if stream is None:
        return False
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        # What Python still holds for it would be an error at exit: let it go nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return False
    return True
