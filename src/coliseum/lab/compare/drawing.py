"""Drawing: what a chart looks like, engine by engine, in matplotlib's words.

The idea: engines differ in colour, shape and dashes, so that who does not see colours loses nothing. A filled mark
is a measured figure, a hollow one is only a bound, a cross is a failure; band or whisker reach from the least to
the most of the rounds.

What must stay true: colours are only those that svg.py makes variables of; a legend explains every sign that is in
its picture. Not here: what is drawn (charts), how a picture becomes SVG (plots, svg).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from coliseum.i18n import Translate
from coliseum.lab.compare import texts
from coliseum.lab.compare.catalogue import names
from coliseum.lab.compare.charts import Chart, Curve, Point
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.svg import DRAWN, plain
from coliseum.lab.report import number

WIDTH, HEIGHT = 360, 250
"Of a picture, in pixels; a page makes it smaller or larger."

_SHAPES: Final = (
    ("o", (0.0, ())),
    ("s", (0.0, (5.0, 2.0))),
    ("^", (0.0, (1.5, 1.5))),
    ("D", (0.0, (6.0, 2.0, 1.0, 2.0))),
)
"Mark and dashes, by the engine's place in the comparison."
_TICKS: Final = (50.0, 90.0, 99.0, 99.9, 99.99, 99.999)
_BANDS: Final = 0.18


@dataclass(frozen=True, slots=True)
class Look:
    """How an engine is drawn."""

    name: str
    colour: str
    mark: str
    dashes: tuple[float, tuple[float, ...]]


def looks(comparison: Comparison) -> dict[str, Look]:
    """Return how the engines are drawn, by name."""
    found = {}
    for index, name in enumerate(names(comparison)):
        variable = f"--{name}" if name in {"threads", "asyncio", "uvloop"} else "--other"
        found[name] = Look(plain(name), DRAWN[variable], *_SHAPES[index % len(_SHAPES)])
    return found


def draw(axes: Axes, what: Chart | Curve, known: dict[str, Look], _: Translate) -> None:
    """Draw a chart or a curve; `known`: how the engines look."""
    if isinstance(what, Curve):
        _curve(axes, what, known, _)
    else:
        _chart(axes, what, known, _)
    _frame(axes)


def _frame(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(DRAWN["--quiet"])
    axes.tick_params(colors=DRAWN["--quiet"], length=3, pad=3)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=DRAWN["--line"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_color(DRAWN["--quiet"])


def _legend(
    axes: Axes, looks_of: Sequence[Look], extra: Sequence[tuple[Artist, str]] = (), *, bars: bool = False
) -> None:
    handles: list[Artist] = []
    for look in looks_of:
        if bars:
            handles.append(Patch(facecolor=look.colour, edgecolor=look.colour))
        else:
            handles.append(_handle(look))
    words = [look.name for look in looks_of] + [text for _, text in extra]
    # What Legend measures are its labels, which are set below; so whether they fit is estimated here.
    rows = 1 if sum(6.2 * len(word) + 40 for word in words) < WIDTH else 2
    axes.set_position((0.15, 0.18, 0.83, 0.73 - 0.065 * rows))
    legend = axes.legend(
        [*handles, *(handle for handle, _ in extra)],
        ["x"] * len(words),
        loc="upper left",
        fontsize=11,
        bbox_to_anchor=(0.005, 0.925),
        bbox_transform=axes.figure.transSubfigure,
        ncols=-(-len(words) // rows),
        frameon=False,
        borderpad=0.2,
        borderaxespad=0,
        labelspacing=0.25,
        handlelength=1.9,
        handletextpad=0.4,
        columnspacing=1.0,
    )
    for text, word in zip(legend.get_texts(), words, strict=True):
        text.set_text(word)  # set here, because a label that begins with _ would be left out
        text.set_color(DRAWN["--ink"])


def _handle(look: Look) -> Line2D:
    return Line2D([], [], color=look.colour, marker=look.mark, linestyle=look.dashes, markersize=5, linewidth=1.6)


def _chart(axes: Axes, chart: Chart, known: dict[str, Look], _: Translate) -> None:
    if chart.bars:
        _bars(axes, chart, known, _)
    else:
        _lines(axes, chart, known, _)
    count = len(chart.sizes)
    axes.xaxis.set_major_locator(FixedLocator(list(range(count))))
    axes.set_xticklabels([f"{size:,}".replace(",", "\u202f") for size in chart.sizes])
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_xlabel(plain(texts.axis(chart.group, _), 60), labelpad=2)
    _vertical(axes, chart.scale, logarithmic=chart.figure.logarithmic)


def _lines(axes: Axes, chart: Chart, known: dict[str, Look], _: Translate) -> None:
    lonely, extra = len(chart.sizes) == 1, []
    for index, line in enumerate(chart.lines):
        look = known[line.engine]
        shift = (index - (len(chart.lines) - 1) / 2) * (0.16 if lonely else 0.05)
        places = [place + shift for place in range(len(chart.sizes))]
        there = [point.summary for point in line.points]
        middle = [math.nan if each is None else each.median for each in there]
        least = [math.nan if each is None else each.least for each in there]
        most = [math.nan if each is None else each.most for each in there]
        axes.plot(places, middle, color=look.colour, linestyle=look.dashes, linewidth=1.6)
        axes.fill_between(places, least, most, color=look.colour, alpha=_BANDS, linewidth=0)
        axes.vlines(places, least, most, color=look.colour, linewidth=1.4)
        for place, point in zip(places, line.points, strict=True):
            _mark(axes, place, point, look)
    extra = _signs([point for line in chart.lines for point in line.points], _)
    _legend(axes, [known[line.engine] for line in chart.lines], extra)


def _mark(axes: Axes, place: float, point: Point, look: Look) -> None:
    if point.summary is not None:
        axes.plot(
            [place],
            [point.summary.median],
            marker=look.mark,
            color=look.colour,
            markerfacecolor=DRAWN["--paper"] if point.bound else look.colour,
            markersize=6 if point.bound else 5,
            markeredgewidth=1.4,
            linestyle="none",
            zorder=3,
        )
    if point.failed:
        _cross(axes, place, look)


def _cross(axes: Axes, place: float, look: Look) -> None:
    axes.plot(
        [place], [0.03], marker="x", color=look.colour, markersize=7, markeredgewidth=2, linestyle="none",
        transform=axes.get_xaxis_transform(), clip_on=False, zorder=4,
    )  # fmt: skip


def _signs(points: Sequence[Point], _: Translate) -> list[tuple[Artist, str]]:
    """Return what the legend must explain of these points."""
    quiet = {"color": DRAWN["--quiet"], "linestyle": "none"}
    found: list[tuple[Artist, str]] = []
    if any(point.bound for point in points):
        hollow = Line2D([], [], marker="o", markerfacecolor=DRAWN["--paper"], markersize=6, **quiet)  # type: ignore[arg-type]
        found.append((hollow, plain(_("only a bound"))))
    if any(point.failed for point in points):
        cross = Line2D([], [], marker="x", markersize=7, markeredgewidth=2, **quiet)  # type: ignore[arg-type]
        found.append((cross, plain(_("failed"))))
    return found


def _bars(axes: Axes, chart: Chart, known: dict[str, Look], _: Translate) -> None:
    """Draw each cell as a bar: what the kernel spent below, what the program itself spent above it."""
    each = 0.8 / max(1, len(chart.lines))
    wide = min(each, 0.22)
    for index, line in enumerate(chart.lines):
        look = known[line.engine]
        for place, point in enumerate(line.points):
            at = place + (index - (len(chart.lines) - 1) / 2) * wide
            if point.summary is not None:
                whole = max(0.0, point.summary.median)
                kernel = min(max(0.0, point.kernel or 0.0), whole)
                axes.bar(
                    at,
                    kernel,
                    wide * 0.86,
                    color=DRAWN["--paper"],
                    edgecolor=look.colour,
                    linewidth=1.2,
                    hatch="/////",
                )
                axes.bar(
                    at,
                    whole - kernel,
                    wide * 0.86,
                    bottom=kernel,
                    color=look.colour,
                    edgecolor=look.colour,
                    linewidth=1.2,
                )
                axes.vlines(at, point.summary.least, point.summary.most, color=DRAWN["--ink"], linewidth=1.2)
            if point.failed:
                _cross(axes, at, look)
    quiet = DRAWN["--quiet"]
    kernel_sign = Patch(facecolor=DRAWN["--paper"], edgecolor=quiet, hatch="/////")
    signs = _signs([point for line in chart.lines for point in line.points], _)
    extra = [(kernel_sign, plain(_("in the kernel"))), *signs]
    _legend(axes, [known[line.engine] for line in chart.lines], extra, bars=True)


def _curve(axes: Axes, curve: Curve, known: dict[str, Look], _: Translate) -> None:
    """Draw latencies over percentiles, where each nine takes as much room as the one before."""
    last = 1.0
    for bend in curve.bends:
        look = known[bend.engine]
        places = [_place(point[0]) for point in bend.points]
        last = max([last, *places])
        axes.plot(
            places, [point[1] for point in bend.points], color=look.colour, linestyle=look.dashes, linewidth=1.6
        )
        axes.fill_between(
            places, [point[2] for point in bend.points], [point[3] for point in bend.points],
            color=look.colour, alpha=_BANDS, linewidth=0,
        )  # fmt: skip
        for place, point in zip(places, bend.points, strict=True):
            if point[0] in _TICKS:
                face = DRAWN["--paper"] if bend.bound else look.colour
                axes.plot(
                    [place], [point[1]], marker=look.mark, color=look.colour, markersize=5,
                    markerfacecolor=face, linestyle="none",
                )  # fmt: skip
    ticks = [percent for percent in _TICKS if _place(percent) <= last + 0.01]
    axes.xaxis.set_major_locator(FixedLocator([_place(percent) for percent in ticks]))
    axes.set_xticklabels([f"{percent:g}" for percent in ticks])
    axes.set_xlim(_place(50) - 0.05, last + 0.08)
    axes.set_xlabel(plain(_("percent that took at most so long"), 60), labelpad=2)
    _legend(
        axes,
        [known[bend.engine] for bend in curve.bends],
        _signs([Point(None, bend.bound) for bend in curve.bends], _),
    )
    _vertical(axes, curve.scale, logarithmic=True)


def _place(percent: float) -> float:
    """Return where a percentile stands: every nine is as wide as the one before."""
    return -math.log10(1 - percent / 100)


def _vertical(axes: Axes, scale: tuple[float, float], *, logarithmic: bool) -> None:
    least, most = scale
    if logarithmic and 0 < least * 8 < most:  # less than that is seen better from zero
        axes.set_yscale("log")
        low, high = least / 1.25, most * 1.25
        axes.set_ylim(low, high)
        decades = math.log10(high / low)
        axes.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        top = most if most > 0 else 1.0
        axes.set_ylim(min(0.0, least), top * 1.08)
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value) if value else "0"))
