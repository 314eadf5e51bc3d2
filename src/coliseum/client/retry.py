"""When to try again, and when to give a connection up: back-off and signs of life.

What must stay true: pure; the time and the randomness are arguments, in seconds and as a number from 0 to 1.
"""

import math
from enum import Enum, auto

FIRST_DELAY = 1.0
"Seconds before the first new try: a restarted server is back by then."
LONGEST_DELAY = 60.0
"Seconds; a server that was away for a night is found within a minute."
JITTER = 0.5
"The part of a delay that is left to chance, so that the clients of a restarted server do not come all at once."
STABLE = 30.0
"A connection that lasted so many seconds was a good one: the next break begins with the first delay again."

QUIET = 30.0
"After so many seconds without a byte the server is asked for a sign of life."
PATIENCE = 30.0
"So many seconds later, still without a byte, the connection is taken for broken (a laptop was closed)."


class Backoff:
    """Doubling delays between tries."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY

    def delay(self, chance: float) -> float:
        """Return how long to wait before the next try; `chance` from 0 to 1 takes off up to JITTER of it."""
        delay = self._next
        self._next = min(LONGEST_DELAY, 2 * delay)
        return delay * (1 - JITTER * chance)

    def lasted(self, seconds: float) -> None:
        """Take note of how long a connection has lasted."""
        if seconds >= STABLE:
            self._next = FIRST_DELAY


class Sign(Enum):
    """What a silence asks for."""

    ASK = auto()
    "Send a ping."
    GIVE_UP = auto()
    "The connection is broken."


class Keepalive:
    """Watches one connection's silence. Not running until `heard` was called."""

    def __init__(self) -> None:
        self._due = math.inf
        self._asked = False

    def heard(self, now: float) -> None:
        """A byte came, or the connection began."""
        self._due = now + QUIET
        self._asked = False

    def stop(self) -> None:
        """The connection is gone: nothing more is due."""
        self._due = math.inf

    def deadline(self) -> float:
        """Return when `tick` has something to say; infinity when nothing is watched."""
        return self._due

    def tick(self, now: float) -> Sign | None:
        """Return what is due now; a spurious call is harmless.

        The server always has PATIENCE to answer, also when we ourselves were stopped for hours (Ctrl-Z).
        """
        if now < self._due:
            return None
        if self._asked:
            self.stop()
            return Sign.GIVE_UP
        self._asked = True
        self._due = now + PATIENCE
        return Sign.ASK
