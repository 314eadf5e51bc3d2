"""What each engine loses: the other side of every figure that somebody wins.

What must stay true: pure; every main figure in which every round of an engine was worse than every round of
another is named, however small the difference; nothing is weighed, and nothing is added up.
"""

from dataclasses import dataclass

from coliseum.i18n import Translate
from coliseum.lab.compare import meanings, sentences, texts
from coliseum.lab.compare.catalogue import FIGURES, group, groups, judged, names
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.noise import Seen


@dataclass(frozen=True, slots=True)
class Loss:
    """What an engine loses to another one."""

    engine: str
    other: str
    title: str
    lines: list[str]
    "One for each figure of a workload; empty: nothing was seen."


def words(_: Translate) -> dict[str, str]:
    """Return the words around losses."""
    return {
        "title": _("What each engine loses"),
        "about": _(
            "Rows of the table above in which every round of the one was worse than every round of the other, "
            "with the ratio and its range. Their number is no verdict."
        ),
        "nothing": _("nothing was seen."),
    }


def losses(comparison: Comparison, _: Translate) -> list[Loss]:
    """Return what every engine loses to every other one in the main figures, in the order of the report."""
    engines = names(comparison)
    title = _("{one}, compared with {other}")
    return [
        Loss(one, other, title.format(one=one, other=other), _lines(comparison, one, other, _))
        for one in engines
        for other in engines
        if other != one
    ]


def _lines(comparison: Comparison, one: str, other: str, _: Translate) -> list[str]:
    found = []
    for name in groups(comparison):
        cells = [cell for cell in comparison.group(name) if cell.engine == one]
        for key in group(name).main:
            figure = FIGURES[key]
            for cell in sorted(cells, key=lambda cell: (cell.tls, cell.size)):
                verdict = judged(comparison, cell.workload, figure, one, other)
                if verdict.seen is Seen.WORSE:
                    said = sentences.short(verdict, figure)
                    what = f"{texts.group(name, _).title}, {texts.size([cell], _)}"
                    found.append(f"{what}: {meanings.figure(key, _).title} × {said.text} ({said.range})")
    return found
