"""Sentences made from figures: what may be said about two engines on a workload, and nothing more.

The idea: a sentence always names the workload, the ratio and its range; the words are those of the verdict
(noise), and where there is none, it says why. Workloads about which there is nothing but noise share a sentence.

What must stay true: pure; "better" and "worse" are only said of figures that are good or bad in themselves; a
ratio that is only a bound is called one; no sentence sums up several figures.
Not here: how noise is judged (noise).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from coliseum.i18n import Translate
from coliseum.lab.compare.catalogue import Figure, judged, known
from coliseum.lab.compare.document import Cell, Comparison
from coliseum.lab.compare.noise import LEAST_ROUNDS, Seen, Verdict
from coliseum.lab.compare.texts import load

Mark = Literal["better", "worse", "more", "less", "nothing", "unknown"]
SIGNS: dict[Mark, str] = {"better": "▲", "worse": "▼", "more": "↑", "less": "↓", "nothing": "=", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, or the cell of a table."""

    mark: Mark
    text: str

    range: str = ""
    "In a table, what stands in small print below it."

    @property
    def sign(self) -> str:
        """The sign that stands before it."""
        return SIGNS[self.mark]


def name_of(mark: Mark, _: Translate) -> str:
    """Return what a mark means."""
    return {
        "better": _("better"),
        "worse": _("worse"),
        "more": _("more"),
        "less": _("less"),
        "nothing": _("no difference seen"),
        "unknown": _("not judged"),
    }[mark]


def times(value: float) -> str:
    """Return a ratio as it is written: 1.50, 0.97, 12.3, 0.0123."""
    return f"{value:.2f}" if 0.1 <= value < 10 else f"{value:.3g}"


def mark_of(verdict: Verdict, figure: Figure) -> Mark:
    """Return how a verdict is marked."""
    if verdict.seen is Seen.BETTER:
        return "better" if figure.better != "neither" else "more"
    if verdict.seen is Seen.WORSE:
        return "worse" if figure.better != "neither" else "less"
    return "nothing" if verdict.seen is Seen.NOTHING else "unknown"


def short(verdict: Verdict, figure: Figure) -> Said:
    """Return what a table says: the ratio with its range, and a bound as one."""
    found, mark = verdict.ratio, mark_of(verdict, figure)
    if found is None:
        return Said(mark, "–")
    sign = "" if not verdict.bound else "≥ " if _grows(verdict, figure) else "≤ "
    return Said(mark, sign + times(found.median), f"{times(found.least)}–{times(found.most)}")


def sentences(
    comparison: Comparison, figure: Figure, cells: Sequence[Cell], one: str, other: str, _: Translate
) -> list[Said]:
    """Return what the figures say about two engines; `cells`: one for each workload, of one group and one wire."""
    told: list[Said] = []
    noise: list[tuple[Cell, Verdict]] = []
    for cell in cells:
        if all(known(comparison.cell(cell.workload, name), figure.take) is None for name in (one, other)):
            continue
        verdict = judged(comparison, cell.workload, figure, one, other)
        if verdict.seen is Seen.NOTHING:
            noise.append((cell, verdict))
        else:
            workload = load([cell], _)
            told.append(Said(mark_of(verdict, figure), _sentence(verdict, figure, workload, one, other, _)))
    return told + _nothing(noise, one, other, _)


def _nothing(noise: Sequence[tuple[Cell, Verdict]], one: str, other: str, _: Translate) -> list[Said]:
    if not noise:
        return []
    ratios = [verdict.ratio for _cell, verdict in noise if verdict.ratio is not None]
    words = load([cell for cell, _verdict in noise], _)
    if not ratios:
        text = _("{workload}: no difference seen between {one} and {other}")
        return [Said("nothing", text.format(one=one, other=other, workload=words))]
    text = _(
        "{workload}: no difference seen between {one} and {other} ({least} to {most} times in {rounds} rounds)"
    )
    return [
        Said(
            "nothing",
            text.format(
                one=one,
                other=other,
                workload=words,
                least=times(min(ratio.least for ratio in ratios)),
                most=times(max(ratio.most for ratio in ratios)),
                rounds=min(verdict.rounds for _cell, verdict in noise),
            ),
        )
    ]


def _sentence(verdict: Verdict, figure: Figure, workload: str, one: str, other: str, _: Translate) -> str:
    found = verdict.ratio
    fields = {
        "one": one,
        "other": other,
        "workload": workload,
        "rounds": verdict.rounds,
        "least_rounds": LEAST_ROUNDS,
    }
    if found is not None:
        fields |= {"times": times(found.median), "least": times(found.least), "most": times(found.most)}
    if verdict.seen is Seen.UNKNOWN:
        return _unjudged(verdict, _).format(**fields)
    if found is None:
        more = verdict.seen is Seen.BETTER, figure.better != "less"
        text = _("{workload}: {one} more than {other} in every one of {rounds} rounds")
        if more in {(True, False), (False, True)}:
            text = _("{workload}: {one} less than {other} in every one of {rounds} rounds")
    elif not verdict.bound:
        text = _("{workload}: {one} {times} times {other} ({least} to {most} in {rounds} rounds)")
    elif _grows(verdict, figure):
        text = _(
            "{workload}: {one} at least {times} times {other} ({least} to {most} in {rounds} rounds; the "
            "generator was the bottleneck)"
        )
    else:
        text = _(
            "{workload}: {one} at most {times} times {other} ({least} to {most} in {rounds} rounds; the generator "
            "was the bottleneck)"
        )
    return text.format(**fields)


def _unjudged(verdict: Verdict, _: Translate) -> str:
    if not verdict.rounds:
        return _("{workload}: {one} and {other} were not both measured")
    if verdict.rounds < LEAST_ROUNDS:
        if verdict.ratio is None:
            return _(
                "{workload}: {one} and {other} have {rounds} of the {least_rounds} rounds that a verdict needs"
            )
        return _(
            "{workload}: {one} {times} times {other} ({least} to {most}), but with {rounds} of the {least_rounds} "
            "rounds that a verdict needs"
        )
    return _(
        "{workload}: {one} and {other} cannot be judged, because the generator was the bottleneck of one of them"
    )


def _grows(verdict: Verdict, figure: Figure) -> bool:
    """Whether the true ratio is larger than a bound of it: it is further from 1."""
    return (verdict.seen is Seen.BETTER) == (figure.better != "less")
