"""Durations, counted in classes that double: how long steps hold the world, and how long they wait for it.

The idea: what one wants to know of a million durations is their distribution, and a class per power of two is
precise enough for that: adding one costs a fraction of a microsecond, and all of them fit into a line of a log.

What must stay true: one caller at a time (the world is held). Not here: clocks.
"""

from collections.abc import Iterable
from typing import Protocol

_CLASSES = 40
"2 to the 39 microseconds are six days."


class Carrying(Protocol):
    """What brings bytes to a peer."""

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer."""


class Durations:
    """How many durations there were of which size."""

    def __init__(self) -> None:
        self._counts = [0] * _CLASSES
        "How many were below 1, 2, 4, 8 … microseconds, and not below the one before."
        self.seconds = 0.0
        "All together."

    def add(self, seconds: float) -> None:
        """Count one; not negative."""
        self._counts[int(seconds * 1e6).bit_length()] += 1
        self.seconds += seconds

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self._counts)

    def quantile(self, part: float) -> float:
        """Return seconds below which `part` (0 to 1) of them were, rounded up to a power of two of microseconds.

        0.0 when there were none.
        """
        missing = part * self.count
        for power, count in enumerate(self._counts):
            missing -= count
            if count and missing <= 0:
                return 2.0**power / 1e6
        return 0.0

    def buckets(self) -> dict[str, int]:
        """Return how many were below each bound in seconds, as a Prometheus histogram counts (`le`)."""
        found = {}
        below = 0
        for power, count in enumerate(self._counts):
            below += count
            if count:
                found[f"{2.0**power / 1e6:g}"] = below
        return found

    def summary(self) -> dict[str, object]:
        """Return everything, for a log."""
        return {
            "count": self.count,
            "sum": round(self.seconds, 6),
            "p50": self.quantile(0.5),
            "p99": self.quantile(0.99),
            "max": self.quantile(1.0),
            "buckets": self.buckets(),
        }


def status_of(carriers: Iterable[Carrying], waits: Durations, holds: Durations) -> dict[str, object]:
    """Return what an operator may want to know of an engine; the same for both."""
    return {
        "mailbox_bytes": sum(carrier.unsent for carrier in carriers),
        "world_wait_seconds": waits.summary(),
        "world_hold_seconds": holds.summary(),
    }
