"""The ledger: which lines were sent on one connection, and which of them the server has dealt with.

The idea: the server says how many lines it has dealt with (`Heard`), so a line is known by its place in the order.

What must stay true: every line that was sent counts, also those that the user did not type (`/json`, pings), or
the count would be off; only lines of the user are reported, and a password never is.
"""

from collections import deque
from typing import NamedTuple


class _Line(NamedTuple):
    text: str
    own: bool


class Ledger:
    """The lines of one connection."""

    def __init__(self) -> None:
        self.sent = 0
        "How many lines were sent."
        self.heard = 0
        "How many of them the server has dealt with."
        self.own = 0
        "How many of the user's are not dealt with yet."
        self._in_flight: deque[_Line] = deque()

    def add(self, line: str, *, own: bool) -> None:
        """Note that `line` is sent now; `own`: the user will want to know what became of it."""
        self.sent += 1
        self.own += own
        self._in_flight.append(_Line(line, own))

    def confirm(self, lines: int) -> tuple[str, ...]:
        """Take the first `lines` lines for dealt with; return the user's among those that were not so yet."""
        confirmed = []
        while self.heard < min(lines, self.sent):
            self.heard += 1
            line = self._in_flight.popleft()
            if line.own:
                confirmed.append(line.text)
        self.own -= len(confirmed)
        return tuple(confirmed)

    def uncertain(self) -> tuple[str, ...]:
        """Return the user's lines whose fate is not known."""
        return tuple(line.text for line in self._in_flight if line.own)
