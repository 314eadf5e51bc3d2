"""What a comparison of engines leaves: everything that was measured, as it is written and read again (JSON).

What must stay true: pure; nothing is rounded, nothing left out: a cell that failed is there with what went wrong,
and the conditions are those that were looked at, not those that were meant.
"""

import re
from pathlib import Path
from typing import Final

import msgspec

from coliseum.lab import LabError
from coliseum.lab.results import Result

FORMAT = 1
"Raised when a reader of the old one would misunderstand."

_EMBEDDED: Final = re.compile(rb'<script type="application/json" id="comparison">(.*?)</script>', re.DOTALL)
"Where a report has its data (templates/report.html)."


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """One of those that were compared."""

    name: str
    "As in the configuration: threads, asyncio, uvloop."
    about: str
    "What it runs on, with its version."


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about the servers that could make a comparison unfair."""

    about: str
    "limits, socket, listener, tls, process, load."
    what: str
    "Its technical name: TCP_NODELAY, limits.sendq."
    values: dict[str, str]
    "By engine, as seen."
    required: bool = True
    "Whether it must be the same; False: known to differ, and why is said in the report."

    @property
    def same(self) -> bool:
        """Whether it is the same for every engine."""
        return len(set(self.values.values())) <= 1


class Cell(msgspec.Struct, kw_only=True):
    """All rounds of one workload on one engine."""

    workload: str
    "As `workloads.named` takes it."
    group: str
    "What it belongs to: see `plan.GROUPS`."
    size: int
    "How many clients (slow-readers: how many of them are slow in each room), to draw it over."
    tls: bool
    engine: str
    results: list[Result | None] = []
    "By round; None when that round failed."
    errors: list[str] = []
    "What went wrong, with its round."

    @property
    def good(self) -> list[Result]:
        """The rounds that have figures."""
        return [result for result in self.results if result is not None]

    @property
    def limited(self) -> bool:
        """Whether the generator had no time left in any round, so that figures are only bounds."""
        return any(result.limit == "generator" for result in self.good)


class Comparison(msgspec.Struct, kw_only=True):
    """Everything."""

    format: int = FORMAT
    began: str
    "Local time with its zone, ISO 8601."
    seconds: float
    "How long all of it took."
    command: str
    "What was typed."
    quick: bool
    interrupted: bool = False
    "Somebody pressed Ctrl-C; what there was by then is here."
    planned_rounds: int
    rounds: int
    "How many were run to their end."
    machine: dict[str, str]
    "Processor, system, Python with its GIL state, versions; by name."
    engines: list[Engine]
    conditions: list[Condition]
    cells: list[Cell]

    def cell(self, workload: str, engine: str) -> Cell | None:
        """Return one cell, if it is there."""
        found = [cell for cell in self.cells if cell.workload == workload and cell.engine == engine]
        return found[0] if found else None

    def group(self, name: str) -> list[Cell]:
        """Return the cells of a group, in the order of the plan."""
        return [cell for cell in self.cells if cell.group == name]


def written(comparison: Comparison) -> bytes:
    """Return a comparison as JSON, for machines and for `read`."""
    return msgspec.json.format(msgspec.json.encode(comparison)) + b"\n"


def read(path: Path) -> Comparison:
    """Return what `written` wrote into a file, or what is embedded in a report.

    Raises LabError when it is neither, OSError when it cannot be read.
    """
    text = path.read_bytes()
    embedded = _EMBEDDED.search(text)
    try:
        found = msgspec.json.decode(embedded[1] if embedded else text, type=Comparison)
    except msgspec.DecodeError as error:
        raise LabError(f"{path} has no comparison in it: {error}") from error
    if found.format != FORMAT:
        raise LabError(f"{path}: format {found.format}, but this version reads {FORMAT}")
    return found
