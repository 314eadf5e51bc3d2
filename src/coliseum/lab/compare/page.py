"""The report of a comparison: one HTML file that needs nothing else.

The idea: a comparison becomes a tree of plain values, sections with blocks with pictures and sentences, and a
template writes it down. So what is on the page can be tested without HTML, and the template decides nothing.

What must stay true: every cell of the comparison is in a table, whether it was measured, failed or was not run;
who lost stands beside who won; what was measured is in the page as data, too.
Not here: pictures (plots), words (texts, meanings, method, sentences), the frame of pages (lab/pages.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from markupsafe import Markup

from coliseum.i18n import Translate
from coliseum.lab import pages
from coliseum.lab.compare import meanings, method, plots, sentences, texts
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
from coliseum.lab.compare.document import Cell, Comparison, Condition
from coliseum.lab.compare.sentences import SIGNS, Said
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


@dataclass(frozen=True, slots=True)
class Stated:
    """A condition in a table."""

    about: str
    what: str
    values: list[str]
    mark: str
    said: str


def report(comparison: Comparison, _: Translate, language: str) -> str:
    """Return the report as HTML, in `language`, into which `_` translates."""
    sections = [_section(comparison, name, index, _) for index, name in enumerate(groups(comparison), 1)]
    rows = [row for section in sections for row in section.rows]
    verdicts = sum(said.mark != "unknown" for row in rows for said in row.verdicts)
    together = [f"{one} / {other}" for one, other in pairs(comparison)]
    return pages.page(
        "report.html",
        language=language,
        title=_("Coliseum: engines compared"),
        w=_words(comparison, _),
        comparison=comparison,
        looks=[(name, engine_class(name)) for name in names(comparison)],
        classes={name: engine_class(name) for name in [engine.name for engine in comparison.engines]},
        names={mark: sentences.name_of(mark, _) for mark in SIGNS},
        pairs=together,
        sections=sections,
        signs=[(mark, sign, sentences.name_of(mark, _)) for mark, sign in SIGNS.items()],
        main=[(section.about.title, section.main) for section in sections],
        notices=_notices(comparison, _),
        measuring=method.measuring(_),
        noise=method.noise(comparison, verdicts, _),
        on_purpose=method.on_purpose(_),
        conditions=[_condition(each, names(comparison), _) for each in comparison.conditions],
        data=pages.embedded(msgspec.json.encode(comparison).decode()),
    )


def engine_class(name: str) -> str:
    """Return the class of the style sheet for an engine."""
    return name if name in {"threads", "asyncio", "uvloop"} else "other"


def _section(comparison: Comparison, name: str, index: int, _: Translate) -> Section:
    cells = _workloads(comparison, name)
    pictures = plots.of_group(comparison, name, _)
    here = f"group-{index}"
    blocks = []
    bends = [picture for picture in pictures if isinstance(picture.describes, Curve)]
    if bends:
        said = _said(comparison, [FIGURES[key] for key in ("p50_us", "p99_us", "p999_us")], bends, cells, _)
        found = [(picture.name, Markup(picture.svg)) for picture in bends]  # noqa: S704 - drawn by ourselves
        blocks.append(
            Block(f"{here}-percentiles", meanings.percentiles(_), _better(FIGURES["p99_us"], _), True, found, said)
        )
    for figure in drawn(name, comparison.group(name)):
        own = [each for each in pictures if isinstance(each.describes, Chart) and each.describes.figure is figure]
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


def _condition(each: Condition, engines: list[str], _: Translate) -> Stated:
    values = [each.values.get(name, "–") for name in engines]
    if each.same:
        return Stated(each.about, each.what, values, "same", _("the same"))
    if not each.required:
        why = method.reason(each.what, _) or _("differs, because it is a part of the engine")
        return Stated(each.about, each.what, values, "purpose", why)
    return Stated(each.about, each.what, values, "differs", _("differs: this comparison is not fair"))


def _notices(comparison: Comparison, _: Translate) -> list[tuple[str, str]]:
    """Return what must be known before anything is read: a class and a sentence each."""
    told = []
    if differing := [each.what for each in comparison.conditions if each.required and not each.same]:
        text = _("Engines ran under different conditions, so this is no comparison: {conditions}.")
        told.append(("bad", text.format(conditions=", ".join(differing))))
    if comparison.rounds < comparison.planned_rounds:
        text = _("It was ended early, after {rounds} of {planned} rounds.")
        told.append(("bad", text.format(rounds=comparison.rounds, planned=comparison.planned_rounds)))
    if comparison.quick:
        told.append(
            ("note", _("A quick comparison: short runs and few rounds. It shows where to look, not more."))
        )
    if failed := sum(bool(failures(cell)) for cell in comparison.cells):
        text = _(
            "Of {all} runs of a workload on an engine, {failed} had failures; they are named in their sections."
        )
        told.append(("bad", text.format(all=len(comparison.cells), failed=failed)))
    return told


def _words(comparison: Comparison, _: Translate) -> dict[str, str]:
    """Return the words of the template, by name."""
    minutes, seconds = divmod(round(comparison.seconds), 60)
    return {
        "engines": _("Engines"),
        "measured": _("Measured {began}, {rounds} rounds in {minutes} min {seconds} s.").format(
            began=comparison.began.replace("T", " ", 1), rounds=comparison.rounds, minutes=minutes, seconds=seconds
        ),
        "contents": _("Contents"),
        "short": _("In short"),
        "short_about": _(
            "The main figures of every workload. First the ratio of two engines, the first divided by the second, "
            "and how it is judged for the first; then the median of each engine's rounds. Below each stand the "
            "lowest and the highest of the rounds. No row sums up others."
        ),
        "workload": _("Workload"),
        "why": _("Why engines differ here."),
        "failures": _("What failed"),
        "says": _("What the figures say"),
        "all": _("All figures"),
        "all_about": _("Everything that was measured and is a number, by group, also what no picture shows."),
        "method": _("How it was measured"),
        "noise": _("When two engines differ"),
        "conditions": _("What was the same"),
        "conditions_about": _(
            "Looked at on the servers that were measured: their settings, the kernel's view of their sockets, "
            "what a handshake led to, and how much each was given to do."
        ),
        "condition": _("Condition"),
        "verdict": _("Verdict"),
        "purpose": _("What differs on purpose"),
        "machine": _("The machine"),
        "again": _("To get it again"),
        "again_about": _("It will not give the same figures on another machine; compare columns, not machines."),
        "data": _("The data"),
        "data_about": _(
            "Everything above was made from these data, which are in this page, with every round and histogram."
        ),
        "download": _("Save the data (JSON)"),
    }
