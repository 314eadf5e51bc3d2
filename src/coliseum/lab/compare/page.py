"""The report of a comparison: one HTML file that needs nothing else.

The idea: what is in the report (contents) is written down by a template, with what must be known to judge it: how
it was measured, what was the same for all engines and what was not, on which machine.

What must stay true: whatever makes the comparison worth less (failures, an early end, conditions that differ) is
said before any figure; what was measured is in the page as data, too.
Not here: what is said about figures (contents), the frame of pages (lab/pages.py).
"""

from dataclasses import dataclass
from itertools import groupby

import msgspec

from coliseum.i18n import Translate
from coliseum.lab import pages
from coliseum.lab.compare import contents, losses, method, sentences
from coliseum.lab.compare.catalogue import (
    failures,
    names,
    pairs,
)
from coliseum.lab.compare.contents import Row
from coliseum.lab.compare.document import Comparison, Condition
from coliseum.lab.compare.sentences import SIGNS

DISTURBED = 0.1
"The part of a core that other programs used, from which on the reader is told."


@dataclass(frozen=True, slots=True)
class Stated:
    """A condition in a table."""

    about: str
    what: str
    values: list[str]
    "For each engine; one if it is the same for all."
    mark: str
    said: str


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table that have a heading."""

    title: str
    workload: str
    "If all of them are about one: as it is given to the load generator."
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Detail:
    """All figures of a group."""

    title: str
    parts: list[Part]


def report(comparison: Comparison, _: Translate, language: str) -> str:
    """Return the report as HTML, in `language`, into which `_` translates."""
    sections = contents.sections(comparison, _)
    said = words(comparison, _)
    together = [f"{one} / {other}" for one, other in pairs(comparison)]
    return pages.page(
        "report.html",
        language=language,
        title=said["title"],
        w=said,
        comparison=comparison,
        looks=[(name, engine_class(name)) for name in names(comparison)],
        classes={name: engine_class(name) for name in [engine.name for engine in comparison.engines]},
        names={mark: sentences.name_of(mark, _) for mark in SIGNS},
        pairs=together,
        sections=sections,
        signs=[(mark, sign, sentences.name_of(mark, _)) for mark, sign in SIGNS.items()],
        main=[Part(section.about.title, "", section.main) for section in sections],
        details=[Detail(section.about.title, _parts(section.rows)) for section in sections if section.rows],
        notices=_notices(comparison, _),
        losses=losses.losses(comparison, _),
        lost=losses.words(_),
        measuring=method.measuring(_),
        noise=method.noise(comparison, contents.verdicts(sections), _),
        on_purpose=method.on_purpose(_),
        conditions=[_condition(each, names(comparison), _) for each in comparison.conditions],
        data=pages.embedded(msgspec.json.encode(comparison).decode()),
    )


def _parts(rows: list[Row]) -> list[Part]:
    """Return the rows of a group by workload."""
    found = groupby(rows, key=lambda row: (row.load, row.workload))
    return [Part(load, workload, list(some)) for (load, workload), some in found]


def engine_class(name: str) -> str:
    """Return the class of the style sheet for an engine."""
    return name if name in {"threads", "asyncio", "uvloop"} else "other"


def _condition(each: Condition, engines: list[str], _: Translate) -> Stated:
    values = [each.values.get(name, "–") for name in engines]
    if each.same:
        return Stated(each.about, each.what, values[:1], "same", _("the same"))
    if not each.required:
        return Stated(each.about, each.what, values, "purpose", _("differs on purpose"))
    return Stated(each.about, each.what, values, "differs", _("differs: this comparison is not fair"))


def _notices(comparison: Comparison, _: Translate) -> list[tuple[str, str]]:
    """Return what must be known before anything is read: a class and a sentence each."""
    told = []
    if differing := [each.what for each in comparison.conditions if each.required and not each.same]:
        text = _("Engines ran under different conditions, so this is no comparison: {conditions}.")
        told.append(("bad", text.format(conditions=", ".join(differing))))
    if comparison.interrupted or comparison.rounds < comparison.planned_rounds:
        text = _("There was no time for more than {rounds} of {planned} rounds.")
        if comparison.interrupted:
            text = _("It was interrupted when {rounds} of {planned} rounds were complete.")
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
    results = [result for cell in comparison.cells for result in cell.good]
    if disturbed := sum((result.others_cores or 0.0) > DISTURBED for result in results):
        text = _(
            "In {disturbed} of {all} measurements, other programs used more than a tenth of a core meanwhile. "
            "That makes ranges wider and hides differences, and with few rounds it can make some, too."
        )
        told.append(("note", text.format(disturbed=disturbed, all=len(results))))
    return told


def words(comparison: Comparison, _: Translate) -> dict[str, str]:
    """Return the words of the template, by name."""
    minutes, seconds = divmod(round(comparison.seconds), 60)
    return {
        "title": _("Coliseum: engines compared"),
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
        "figure": _("Figure"),
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
