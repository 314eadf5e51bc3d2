"""Noise: when two engines differ, and when nothing was seen.

The idea: machines are restless, so a figure is taken in several rounds, and two engines differ only if **every**
round of one was better than **every** round of the other. That can be seen in a plot (the bands do not overlap),
needs no assumption about how figures are distributed, and its error is known: if there were no difference, n
figures of each would fall apart like that by chance in 2 of (2n over n) cases: 10 % with three rounds, 0.8 % with
five (the two-sided test of Mann and Whitney at its extreme). With fewer than three rounds nothing is said.

What must stay true: a figure that is only a bound, because the generator had no time left, never makes an engine
look worse. Not here: sentences (texts).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import comb

from coliseum.lab.figures import Summary, ratio, summary

LEAST_ROUNDS = 3
"Fewer say nothing: two of each fall apart by chance in a third of all cases."


class Seen(Enum):
    """What rounds say about two engines."""

    BETTER = "better"
    WORSE = "worse"
    NOTHING = "nothing"
    "No difference was seen: it is smaller than the noise, or there is none."
    UNKNOWN = "unknown"
    "Too few rounds, or what would have to be compared is only a bound."


@dataclass(frozen=True, slots=True)
class Verdict:
    """One engine against another."""

    seen: Seen
    ratio: Summary | None
    "The one's figure over the other's, round by round."
    chance: float
    "How often so many rounds would fall apart by chance."
    rounds: int
    "How many each has, at least."
    bound: bool = False
    "Whether the better one's figure is only a bound: the true ratio is further from 1."


def compare(
    ours: Sequence[float | None],
    theirs: Sequence[float | None],
    *,
    more_is_better: bool,
    ours_limited: bool = False,
    theirs_limited: bool = False,
) -> Verdict:
    """Say what the figures of two engines say, by round (None: failed). `limited`: only a bound, see above."""
    own, other = ([value for value in values if value is not None] for values in (ours, theirs))
    rounds = min(len(own), len(other))
    found = ratio(ours, theirs)
    chance = 2 / comb(2 * rounds, rounds) if rounds else 1.0
    if rounds < LEAST_ROUNDS:
        return Verdict(Seen.UNKNOWN, found, chance, rounds)
    sign = 1 if more_is_better else -1
    ranges = [summary([sign * value for value in values]) for values in (own, other)]
    one, two = ranges
    assert one is not None
    assert two is not None
    if one.least > two.most:
        seen, bound, misleading = Seen.BETTER, ours_limited, theirs_limited
    elif one.most < two.least:
        seen, bound, misleading = Seen.WORSE, theirs_limited, ours_limited
    else:
        seen, bound, misleading = Seen.NOTHING, False, ours_limited or theirs_limited
    if misleading:  # the worse one might be as good: it was the generator that had no time left
        return Verdict(Seen.UNKNOWN, found, chance, rounds)
    return Verdict(seen, found, chance, rounds, bound)
