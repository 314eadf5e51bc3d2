"""What is drawn: a chart for every figure of a group, in clear and over TLS, as numbers.

The idea: everything that decides what a picture shows is a value that can be tested without drawing: which
engines, which sizes, median and range, what failed, what is only a bound. Plots only put it on paper. Two charts
of one figure, plain and TLS, have the same scale, so that they can be compared by eye.

What must stay true: pure; no cell of a group is left out: one that failed, or has no figure, is a point without a
value. Not here: words (texts), colours and shapes (plots).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coliseum.lab.compare.catalogue import FIGURES, Figure, bound, failures, group, known, names
from coliseum.lab.compare.document import Cell, Comparison
from coliseum.lab.figures import Summary
from coliseum.lab.histogram import Histogram

PERCENTILES = (50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999)
"Where a curve of latencies has points."
ENOUGH = 10
"How many values must be above a percentile for it to be drawn: with fewer it would be chance."


@dataclass(frozen=True, slots=True)
class Point:
    """One cell in a chart."""

    summary: Summary | None
    "None: it has no such figure."
    bound: bool = False
    "The generator was the bottleneck, so the true figure is better than this."
    failed: bool = False
    "Whether a round of it failed."
    kernel: float | None = None
    "The median part that was the kernel's, if that is known."


@dataclass(frozen=True, slots=True)
class Line:
    """One engine in a chart."""

    engine: str
    points: tuple[Point, ...]
    "One for each place of the chart."


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure over growing sizes."""

    group: str
    figure: Figure
    tls: bool
    workloads: tuple[str, ...]
    "What stands at each place of the horizontal axis."
    sizes: tuple[int, ...]
    lines: tuple[Line, ...]
    scale: tuple[float, float]
    "Least and most of everything that shares the vertical axis."

    @property
    def bars(self) -> bool:
        """Whether it is drawn as bars in two parts, the kernel's and the program's own."""
        return self.figure.part is not None


@dataclass(frozen=True, slots=True)
class Bend:
    """One engine's latencies."""

    engine: str
    points: tuple[tuple[float, float, float, float], ...]
    "Percentile; microseconds over all rounds together; the least and the most of the rounds."
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Latencies by percentile, of one workload."""

    group: str
    tls: bool
    workload: str
    size: int
    bends: tuple[Bend, ...]
    scale: tuple[float, float]


def charts(comparison: Comparison, name: str, figure: Figure) -> list[Chart]:
    """Return the charts of a figure: none, or one for each of plain and TLS that has it."""
    cells = comparison.group(name)
    every = [found for cell in cells if (found := known(cell, figure.take)) is not None]
    if not every:
        return []
    scale = min(found.least for found in every), max(found.most for found in every)
    return [
        _chart(comparison, [cell for cell in cells if cell.tls == tls], figure, scale)
        for tls in (False, True)
        if any(known(cell, figure.take) for cell in cells if cell.tls == tls)
    ]


def drawn(name: str, cells: Sequence[Cell]) -> list[Figure]:
    """Return the figures that a group has something to draw of."""
    return [
        FIGURES[key]
        for key in group(name).drawn
        if any(known(cell, FIGURES[key].take) is not None for cell in cells)
    ]


def curves(comparison: Comparison, name: str) -> list[Curve]:
    """Return the latencies of a group's largest workloads, plain and TLS, as curves."""
    if not group(name).curve:
        return []
    cells = [cell for cell in comparison.group(name) if any(_histograms(cell))]
    found, order = [], names(comparison)
    for some in ([cell for cell in cells if cell.tls == tls] for tls in (False, True)):
        if some:
            largest = max(some, key=lambda cell: cell.size)
            same = [cell for cell in some if cell.workload == largest.workload]
            found.append((largest, [_bend(cell) for cell in sorted(same, key=lambda c: order.index(c.engine))]))
    every = [value for _, bends in found for bend in bends for point in bend.points for value in point[1:]]
    scale = min(every, default=0.0), max(every, default=0.0)
    return [Curve(name, cell.tls, cell.workload, cell.size, tuple(bends), scale) for cell, bends in found if every]


def _chart(comparison: Comparison, cells: list[Cell], figure: Figure, scale: tuple[float, float]) -> Chart:
    places = {cell.workload: cell.size for cell in sorted(cells, key=lambda cell: cell.size)}
    there = {(cell.workload, cell.engine): cell for cell in cells}
    lines = [
        Line(name, tuple(_point(there.get((workload, name)), figure) for workload in places))
        for name in names(comparison)
        if any(cell.engine == name for cell in cells)
    ]
    first = cells[0]
    return Chart(first.group, figure, first.tls, tuple(places), tuple(places.values()), tuple(lines), scale)


def _point(cell: Cell | None, figure: Figure) -> Point:
    if cell is None:
        return Point(None)
    kernel = known(cell, figure.part) if figure.part else None
    return Point(
        known(cell, figure.take),
        bound(cell, figure),
        bool(failures(cell)),
        None if kernel is None else kernel.median,
    )


def _histograms(cell: Cell) -> list[Histogram]:
    """Return the latencies of every round that has some."""
    return [Histogram(result.latencies) for result in cell.good if result.latencies and not result.faults]


def _bend(cell: Cell) -> Bend:
    rounds = _histograms(cell)
    merged = Histogram()
    for each in rounds:
        merged.merge(each)
    points = []
    for percent in PERCENTILES:
        if len(merged) * (100 - percent) >= ENOUGH * 100:
            each_round = [each.percentile(percent) / 1e3 for each in rounds]
            points.append((percent, merged.percentile(percent) / 1e3, min(each_round), max(each_round)))
    return Bend(cell.engine, tuple(points), cell.limited)
