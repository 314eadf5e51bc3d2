"""A session: one comparison of engines, from the look at what must be fair to the document that it leaves.

The idea: the rounds are those of every comparison of servers (lab/comparison.py); what is added here is that the
servers are our own engines, that their conditions are looked at before, and that a quick one watches the clock.

What must stay true: nothing is measured under conditions that differ; whatever was measured is in the document,
also after an interruption. Not here: what is shown meanwhile (cli/compare.py), and afterwards (table, page).
"""

import importlib.metadata
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import coliseum
from coliseum.interpreter import has_gil, is_compiled
from coliseum.lab import LabError, comparison, recipes, usage
from coliseum.lab.compare import fairness
from coliseum.lab.compare.document import Comparison, Engine
from coliseum.lab.compare.plan import Planned
from coliseum.lab.report import OURS
from coliseum.lab.results import Result

_LIBRARIES: Final = ("cryptography", "numpy", "uvloop")
"Whose versions may matter for a figure."


@dataclass(frozen=True, slots=True)
class Step:
    """What has just been done, for whoever shows progress."""

    number: int
    "Of the round; 0: the engine's conditions were looked at."
    row: Planned | None
    engine: str
    found: Result | str
    "What came out, or what went wrong."


def run(
    rows: Sequence[Planned],
    engines: Sequence[str],
    *,
    rounds: int,
    quick: bool = False,
    most_seconds: float | None = None,
    command: str = "",
    tell: Callable[[Step], None] = lambda _: None,
    interruption: comparison.Interruption | None = None,
) -> Comparison:
    """Run `rows` on `engines` and return everything that came out; an interruption leaves what there is by then.

    No round is begun that would end more than `most_seconds` after the beginning, the first apart. Raises LabError
    when a server cannot be started or looked at, or when the engines would not run under the same conditions.
    """
    began, clock = datetime.now().astimezone(), time.monotonic()
    openers = {_name(engine): comparison.started(recipes.RECIPES[_name(engine)]) for engine in engines}
    facts = {}
    for engine in engines:
        with openers[_name(engine)]() as running:
            facts[engine] = fairness.seen(running)
        tell(Step(0, None, engine, ""))
    conditions = fairness.conditions(facts)
    if different := fairness.unfair(conditions):
        raise LabError("the engines would not run under the same conditions: " + "; ".join(different))

    ends: list[float] = []

    def enough(number: int) -> bool:
        ends.append(time.monotonic() - clock)
        if most_seconds is None or number == 1:
            return False
        longest = max(end - start for start, end in itertools.pairwise(ends))
        return ends[-1] + longest > most_seconds

    by_text = {row.text: row for row in rows}
    table = comparison.rounds(
        [(row.text, row.workload) for row in rows],
        openers,
        rounds,
        lambda number, text, server, found: tell(Step(number, by_text[text], _engine(server), found)),
        enough,
        interruption,
    )
    cells = []
    for row, engine in itertools.product(rows, engines):
        cell, found = row.cell(engine), table[row.text, _name(engine)]
        cell.results, cell.errors = found.results, [text for text in found.errors if not _interrupted(text)]
        cells.append(cell)
    return Comparison(
        began=began.isoformat(timespec="seconds"),
        seconds=time.monotonic() - clock,
        command=command,
        quick=quick,
        interrupted=any(_interrupted(text) for cell in table.values() for text in cell.errors),
        planned_rounds=rounds,
        rounds=min(len(cell.results) for cell in cells),
        machine=usage.machine() | _versions(),
        engines=[Engine(name=engine, about=_about(engine)) for engine in engines],
        conditions=conditions + fairness.load(cells),
        cells=cells,
    )


def _name(engine: str) -> str:
    return f"{OURS}-{engine}"


def _engine(name: str) -> str:
    return name.removeprefix(f"{OURS}-")


def _interrupted(error: str) -> bool:
    return error.endswith(comparison.INTERRUPTED)


def _about(engine: str) -> str:
    """Say what an engine runs on."""
    if engine == "threads":
        return f"threading, {sys.thread_info.name}"
    if engine == "uvloop":
        return f"asyncio on uvloop {importlib.metadata.version('uvloop')}"
    return "asyncio, SelectorEventLoop"


def _versions() -> dict[str, str]:
    """Return the interpreter's state and the versions of what takes part."""
    compiled = ", compiled" if is_compiled() else ""
    found = {"coliseum": coliseum.__version__ + compiled, "GIL": "on" if has_gil() else "off"}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
