"""The page: a trace to look at, in one file that needs nothing else.

The idea: what is drawn is in the page as JSON, short but complete; the script draws it, the tables stand in the
HTML, for those who cannot see a drawing or want figures.

What must stay true: the page loads nothing (pages); everything that is in the drawing can be reached by keyboard.
"""

from collections.abc import Sequence
from typing import Any

from coliseum.i18n import Translate
from coliseum.lab import pages
from coliseum.lab.tracing import totals, wording
from coliseum.lab.tracing.rows import Sheet, Slice
from coliseum.lab.tracing.scenarios import CATALOGUE, Prove, Speak, Talk
from coliseum.lab.tracing.spans import BACKGROUND, KINDS


def view(scenario: str, sheets: Sequence[Sheet], language: str, _: Translate) -> str:
    """Return the page."""
    title, about = wording.scenarios(_)[scenario]
    found = [total for sheet in sheets for total in totals.of_rows(sheet.rows)]
    used = {piece.kind for sheet in sheets for row in sheet.rows for piece in row.slices}
    kinds = {kind: words for kind, words in wording.kinds(_).items() if kind in used}
    summed = [kind for kind in KINDS if any(total.kind == kind for total in found)]
    return pages.page(
        "trace.html",
        language=language,
        title=f"{title} - coliseum trace",
        say=wording.page(_),
        heading=title,
        about=about,
        kinds=kinds,
        summed=summed,
        background=BACKGROUND,
        people=sheets[0].people,
        sheets=[
            {
                "engine": sheet.engine,
                "about": sheet.about,
                "overhead": sheet.overhead,
                "lost": sheet.lost,
                "rows": [
                    (wording.row(_, row), {total.kind: total for total in totals.of_row(row)})
                    for row in sheet.rows
                ],
                "sums": {total.kind: total for total in totals.of_rows(sheet.rows)},
                "spans": sum(len(row.slices) for row in sheet.rows),
            }
            for sheet in sheets
        ],
        data=pages.data(_drawn(scenario, sheets, _)),
        milliseconds=_milliseconds,
    )


def _drawn(scenario: str, sheets: Sequence[Sheet], _: Translate) -> dict[str, Any]:
    """Return what the script needs: a slice is [kind, function, start, lasts, own, cpu, who, depth, detail]."""
    main = next(i for i, act in enumerate(CATALOGUE[scenario].acts) if isinstance(act, Speak | Talk | Prove))
    people = sheets[0].people
    return {
        "kinds": {kind: words[0] for kind, words in wording.kinds(_).items()},
        "words": wording.script(_),
        "people": people,
        "main": main,
        "engines": [
            {
                "name": sheet.engine,
                "end": sheet.end,
                "phases": [[wording.act(_, phase), phase.start, phase.end] for phase in sheet.phases],
                "rows": [
                    {
                        "title": wording.row(_, row),
                        "who": people.index(row.who) if row.who else -1,
                        "slices": [_slice(piece, people) for piece in row.slices],
                    }
                    for row in sheet.rows
                ],
                "arrows": [[*arrow.said, *arrow.sent] for arrow in sheet.arrows],
            }
            for sheet in sheets
        ],
    }


def _slice(piece: Slice, people: Sequence[str]) -> list[Any]:
    who = people.index(piece.who) if piece.who in people else -1
    return [
        piece.kind,
        piece.name,
        piece.start,
        piece.duration,
        piece.own,
        piece.cpu if piece.cpu_start else -1,
        who,
        piece.depth,
        piece.detail,
    ]


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.3f}"
