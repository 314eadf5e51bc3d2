"""Figures of several rounds: medians, how far apart they are, ratios, and who was at the limit.

What must stay true: a ratio compares rounds that ran one after the other, so that a machine that changes its speed
changes both sides; the verdict never calls a figure the server's when the generator had no time left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

BUSY = 0.9
"The share of a core from which on somebody counts as having had no time left."

Limit = Literal["server", "generator", "both", "neither", "unknown"]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of several rounds."""

    median: float
    least: float
    most: float

    @property
    def spread(self) -> float:
        """How far apart least and most are, as a part of the median."""
        return (self.most - self.least) / self.median if self.median else 0.0


def summary(values: Sequence[float]) -> Summary | None:
    """Return what there is to say about `values`; None when there are none."""
    return Summary(median(values), min(values), max(values)) if values else None


def ratio(ours: Sequence[float | None], theirs: Sequence[float | None]) -> Summary | None:
    """Return ours/theirs, round by round; rounds that lack one of the two, or where theirs is 0, do not count."""
    pairs = [a / b for a, b in zip(ours, theirs, strict=False) if a is not None and b]
    return summary(pairs)


def jain(shares: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1.0 when all got the same, or nothing; 1/n when one of n got everything.

    (R. Jain, D. Chiu, W. Hawe: A Quantitative Measure of Fairness and Discrimination, 1984.)
    """
    squares = len(shares) * sum(share * share for share in shares)
    return sum(shares) ** 2 / squares if squares else 1.0


def limit(generator: float, server: float | None) -> Limit:
    """Say who had no time left, from the shares of a core that they used; None: not known.

    "neither" means that both waited: for each other, for the network, or for other programs on the machine.
    """
    if generator > BUSY:
        return "both" if server is not None and server >= BUSY else "generator"
    if server is None:
        return "unknown"
    return "server" if server >= BUSY else "neither"
