"""Progress: what is shown on stderr while a comparison runs.

On a terminal a bar says how far it is and how long it will take; elsewhere (a log) every cell is a line.

What must stay true: nothing goes to stdout, where the results go; the time that is left is estimated from what
each workload is expected to take, so that it does not jump when long ones come.
"""

from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from coliseum.i18n import Translate
from coliseum.lab import report
from coliseum.lab.compare import texts
from coliseum.lab.compare.plan import Planned
from coliseum.lab.compare.session import Step
from coliseum.lab.results import Result
from coliseum.lab.workloads import measures

_STARTING = 0.6
"Seconds that a server and a generator take to start, about."
_ARRIVALS = 1000.0
"Clients that come in per second, about."


class Shown:
    """Shows progress while the context lasts."""

    def __init__(self, rows: Sequence[Planned], engines: Sequence[str], rounds: int, _: Translate) -> None:
        self._ = _
        self._rounds = rounds
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        total = rounds * len(engines) * sum(map(expected, rows))
        self._task = self._progress.add_task(_("looking at conditions"), total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, step: Step) -> None:
        """Show what has just been done."""
        if step.row is None:
            return
        _, found = self._, step.found
        where = _("round {number}/{rounds}").format(number=step.number, rounds=self._rounds)
        where += f"  {texts.load([step.row.cell(step.engine)], _)}  {step.engine}"
        self._progress.update(self._task, advance=expected(step.row), description=where)
        if isinstance(found, str):
            text = _("FAILED: {what}").format(what=found)
            self._console.print(f"{where}: {text}", style="red", markup=False, soft_wrap=True)
        elif not self._console.is_terminal:
            self._console.print(
                f"{where}: {figure(step.row, found)}", markup=False, highlight=False, soft_wrap=True
            )


def expected(row: Planned) -> float:
    """Return about how many seconds a row takes for one engine in one round."""
    workload = row.workload
    measured = getattr(workload, "warm_up", 0.0) + getattr(workload, "seconds", 0.0)
    return _STARTING + float(measured) + workload.clients / _ARRIVALS


def figure(row: Planned, found: Result) -> str:
    """Return the first figure of a result, with its unit, and who was at the limit."""
    measure = measures(row.workload)[0]
    value = getattr(found, measure.key)
    return f"{'-' if value is None else report.number(value)} {measure.unit} [{report.shares(found)}]"
