"""What is in the report of a comparison: sections with pictures, sentences and rows, as plain values.

The idea: a comparison becomes a tree of values; the page and the terminal's table write it down, each in its way,
and decide nothing. So what a reader is told can be tested without HTML.

What must stay true: every cell of the comparison is in a row, whether it was measured, failed or was not run; who
lost stands beside who won. Not here: pictures (plots), words (texts, meanings, sentences), HTML (page).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from coliseum.i18n import Translate
from coliseum.lab.compare import meanings, plots, sentences, texts
from coliseum.lab.compare.catalogue import (
    FIGURES,
    Figure,
    bound,
    failures,
    group,
    groups,
    judged,
    known,
    names,
    pairs,
)
from coliseum.lab.compare.charts import Chart, Curve, drawn
from coliseum.lab.compare.document import Cell, Comparison
from coliseum.lab.compare.sentences import Said
from coliseum.lab.compare.svg import alone
from coliseum.lab.report import number


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one workload in a table."""

    load: str
    workload: str
    figure: str
    engines: list[tuple[str, str]]
    "The figure, and what stands in small print below it."
    verdicts: list[Said]


@dataclass(frozen=True, slots=True)
class Block:
    """One figure of a group: its pictures and what is said about them."""

    id: str
    meaning: meanings.Meaning
    better: str
    main: bool
    "Whether it is one that the report begins with; of others, sentences are shown when asked for."
    pictures: list[tuple[str, Markup]]
    said: list[Said]


@dataclass(frozen=True, slots=True)
class Section:
    """A group of workloads."""

    id: str
    about: texts.About
    blocks: list[Block]
    failures: list[str]
    main: list[Row]
    rows: list[Row] = field(repr=False)


def sections(comparison: Comparison, _: Translate, *, pictures: bool = True) -> list[Section]:
    """Return a section for each group that was run; without `pictures`, no sentences about them either."""
    return [
        _section(comparison, name, index, _, pictures=pictures) for index, name in enumerate(groups(comparison), 1)
    ]


def verdicts(sections: Sequence[Section]) -> int:
    """Return how many verdicts there are in all figures."""
    return sum(said.mark != "unknown" for section in sections for row in section.rows for said in row.verdicts)


def files(sections: Sequence[Section]) -> dict[str, str]:
    """Return the pictures by name, each an SVG that needs nothing else and has its own paper, light or dark."""
    return {
        name: alone(str(svg)) for section in sections for block in section.blocks for name, svg in block.pictures
    }


def _section(comparison: Comparison, name: str, index: int, _: Translate, *, pictures: bool) -> Section:
    cells = _workloads(comparison, name)
    drawings = plots.of_group(comparison, name, _) if pictures else []
    here = f"section-{index}"
    blocks = []
    bends = [picture for picture in drawings if isinstance(picture.describes, Curve)]
    if bends:
        said = _said(comparison, [FIGURES[key] for key in ("p50_us", "p999_us")], bends, cells, _)
        found = [(picture.name, Markup(picture.svg)) for picture in bends]  # noqa: S704 - drawn by ourselves
        blocks.append(
            Block(f"{here}-percentiles", meanings.percentiles(_), _better(FIGURES["p99_us"], _), True, found, said)
        )
    for figure in drawn(name, comparison.group(name)):
        own = [each for each in drawings if isinstance(each.describes, Chart) and each.describes.figure is figure]
        found = [(picture.name, Markup(picture.svg)) for picture in own]  # noqa: S704 - drawn by ourselves
        said = _said(comparison, [figure], own, cells, _)
        blocks.append(
            Block(
                f"{here}-{figure.key}",
                meanings.figure(figure.key, _),
                _better(figure, _),
                figure.key in group(name).main,
                found,
                said,
            )
        )
    rows = [
        _row(comparison, cell, figure, _)
        for cell in cells
        for figure in FIGURES.values()
        if _interesting(comparison, cell, figure)
    ]
    main = [
        _row(comparison, cell, FIGURES[key], _) for cell in cells for key in group(name).main or tuple(FIGURES)[:1]
    ]
    told = [
        f"{cell.workload}, {cell.engine}: {text}" for cell in comparison.group(name) for text in failures(cell)
    ]
    return Section(here, texts.group(name, _), blocks, told, main, rows)


def _workloads(comparison: Comparison, name: str) -> list[Cell]:
    """Return one cell for each workload of a group: in clear first, then over TLS, each by size."""
    first = {cell.workload: cell for cell in reversed(comparison.group(name))}
    return sorted(first.values(), key=lambda cell: (cell.tls, cell.size))


def _said(
    comparison: Comparison,
    figures: Sequence[Figure],
    pictures: Sequence[plots.Picture],
    cells: list[Cell],
    _: Translate,
) -> list[Said]:
    """Return the sentences below pictures: about everything that is in them."""
    told = []
    for picture in pictures:
        what = picture.describes
        there = [cell for cell in cells if cell.tls == what.tls]
        if isinstance(what, Curve):
            there = [cell for cell in there if cell.workload == what.workload]
        for figure in figures:
            for one, other in pairs(comparison):
                for said in sentences.sentences(comparison, figure, there, one, other, _):
                    prefix = f"{meanings.figure(figure.key, _).title}: " if len(figures) > 1 else ""
                    told.append(Said(said.mark, prefix + said.text))
    return told


def _interesting(comparison: Comparison, cell: Cell, figure: Figure) -> bool:
    return any(known(comparison.cell(cell.workload, name), figure.take) for name in names(comparison))


def _row(comparison: Comparison, cell: Cell, figure: Figure, _: Translate) -> Row:
    return Row(
        texts.size([cell], _),
        cell.workload,
        meanings.figure(figure.key, _).label,
        [_measured(comparison.cell(cell.workload, name), figure, _) for name in names(comparison)],
        [
            sentences.short(judged(comparison, cell.workload, figure, one, other), figure)
            for one, other in pairs(comparison)
        ],
    )


def _measured(cell: Cell | None, figure: Figure, _: Translate) -> tuple[str, str]:
    """Return what stands in a table for one cell."""
    if cell is None:
        return _("not run"), ""
    found, failed = known(cell, figure.take), len(failures(cell))
    if found is None:
        return (_("failed") if failed else "–"), ""
    sign = "" if not bound(cell, figure) else "≥ " if figure.better == "more" else "≤ "
    text = f"{number(found.least)}–{number(found.most)}"
    if failed:
        text += ", " + _("{count} failed").format(count=failed)
    return sign + number(found.median), text


def _better(figure: Figure, _: Translate) -> str:
    return {
        "more": _("More is better."),
        "less": _("Less is better."),
        "neither": _("Neither more nor less is better in itself."),
    }[figure.better]
