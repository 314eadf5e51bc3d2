"""A histogram of times: small, exact to one part in 128, and two of them can be added.

The idea: values up to 128 have a bucket each; above, every power of two is divided into 64 buckets. So a bucket is
never wider than a sixty-fourth of what is in it, and its middle never further away than half of that, whether a
value is microseconds or minutes.

What must stay true: no value is left out, however large; a percentile is the middle of a bucket that has a value.
Not here: units (here they are nanoseconds, but nothing depends on it).
"""

from collections import Counter
from typing import Final

_BITS: Final = 6
_SMALL: Final = 1 << (_BITS + 1)


class Histogram:
    """Counts of values that are at least 0."""

    def __init__(self, counts: dict[int, int] | None = None) -> None:
        """Begin with the `counts` of another one, by bucket."""
        self.counts: Counter[int] = Counter(counts or {})
        "By bucket; empty ones are not there."

    def add(self, value: int, times: int = 1) -> None:
        """Count a value."""
        self.counts[bucket(value)] += times

    def merge(self, other: "Histogram") -> None:
        """Count all of another's values, too."""
        self.counts.update(other.counts)

    def __len__(self) -> int:
        """How many values were counted."""
        return self.counts.total()

    def percentile(self, percent: float) -> int:
        """Return the value that `percent` of all are not above, to one part in 128; 0 when there is none."""
        total = len(self)
        rank = max(1, -(-total * percent // 100))
        seen = 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            if seen >= rank:
                return middle(index)
        return 0

    def mean(self) -> float:
        """Return the mean, to one part in 128; 0 when there is none."""
        total = len(self)
        return sum(middle(index) * count for index, count in self.counts.items()) / total if total else 0.0


def bucket(value: int) -> int:
    """Return the number of the bucket of `value`; buckets are in the order of their values."""
    if value < _SMALL:
        return max(value, 0)
    shift = value.bit_length() - _BITS - 1
    return (shift << _BITS) + (value >> shift)


def middle(index: int) -> int:
    """Return the value in the middle of a bucket."""
    if index < _SMALL:
        return index
    shift = (index >> _BITS) - 1
    return ((index - (shift << _BITS)) << shift) + (1 << shift >> 1)
