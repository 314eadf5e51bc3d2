"""Which figures there are, and which of them the report draws for a group of workloads.

The idea: a figure is a way to take one number out of a result, with what must be known to judge it: whether more
of it is better, and whether it is only a bound when the generator had no time left. A group has *main* figures,
those the report begins with, and others that say where a difference comes from.

What must stay true: pure; a round with faults has no figures; the tables have every figure that was measured, also
those that no group draws. Not here: what figures are called (texts), how they are drawn (charts, plots).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from coliseum.lab.compare.document import Cell, Comparison
from coliseum.lab.compare.noise import Verdict, compare
from coliseum.lab.figures import Summary, summary
from coliseum.lab.results import Result

Better = Literal["more", "less", "neither"]
Take = Callable[[Result], float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a result."""

    key: str
    take: Take
    better: Better = "less"
    bounded: bool = False
    "Whether it is only a bound when the generator had no time left."
    logarithmic: bool = False
    part: Take | None = None
    "The part of it that was spent in the kernel, if it is a time of the processor."


def _field(key: str, scale: float = 1.0) -> Take:
    def take(result: Result) -> float | None:
        value = getattr(result, key)
        return None if value is None else float(value) * scale

    return take


def _kernel(key: str) -> Take:
    def take(result: Result) -> float | None:
        value = getattr(result, key)
        share = result.server_system_share
        return None if value is None or share is None else float(value) * share

    return take


def _span(name: str, key: str) -> Take:
    def take(result: Result) -> float | None:
        spans = getattr(result, name)
        value = None if spans is None else getattr(spans, key)
        return None if value is None else float(value)

    return take


def _span_share(name: str) -> Take:
    def take(result: Result) -> float | None:
        spans = getattr(result, name)
        return None if spans is None or not result.seconds else float(spans.seconds) / result.seconds

    return take


FIGURES: Final[dict[str, Figure]] = {
    figure.key: figure
    for figure in (
        Figure("deliveries_per_second", _field("deliveries_per_second"), "more", bounded=True),
        Figure("arrivals_per_second", _field("arrivals_per_second"), "more", bounded=True),
        Figure("p50_us", _field("p50_us"), bounded=True, logarithmic=True),
        Figure("p99_us", _field("p99_us"), bounded=True, logarithmic=True),
        Figure("p999_us", _field("p999_us"), bounded=True, logarithmic=True),
        Figure("stop_ms", _field("stop_ms")),
        Figure("cpu_us_per_delivery", _field("cpu_us_per_delivery"), part=_kernel("cpu_us_per_delivery")),
        Figure("cpu_us_per_arrival", _field("cpu_us_per_arrival"), part=_kernel("cpu_us_per_arrival")),
        Figure("kib_per_client", _field("kib_per_client")),
        Figure("memory_mib", _field("memory_kib", 1 / 1024)),
        Figure("threads", _field("threads"), "neither"),
        Figure("switches_per_second", _field("switches_per_second"), "neither"),
        Figure("voluntary_per_second", _field("voluntary_per_second"), "neither"),
        Figure("involuntary_per_second", _field("involuntary_per_second"), "neither"),
        Figure("wait_share", _span_share("wait"), "neither"),
        Figure("wait_p99_us", _span("wait", "p99_us"), "neither", logarithmic=True),
        Figure("hold_share", _span_share("hold"), "neither"),
        Figure("hold_p99_us", _span("hold", "p99_us"), "neither", logarithmic=True),
        Figure("fairness", _field("fairness"), "more"),
        Figure("slowest_room", _field("slowest_room"), "more"),
        Figure("slow_closed", _field("slow_closed"), "neither"),
    )
}
"""By key. Context switches and waiting are neither good nor bad in themselves: what they cost is in the time of
the processor and in the latencies."""


@dataclass(frozen=True, slots=True)
class Group:
    """What the report shows of a group of workloads."""

    main: tuple[str, ...]
    "Figures that the report begins with."
    drawn: tuple[str, ...]
    "All that are drawn over the size, in this order."
    curve: bool = False
    "Whether latencies are drawn as a curve of percentiles, too."


_RATE = ("deliveries_per_second",)
_COST = ("cpu_us_per_delivery", "switches_per_second", "wait_share", "hold_p99_us")
_PACED = ("p99_us", "cpu_us_per_delivery")
_ARRIVALS = ("arrivals_per_second", "p99_us")
_COMING = (*_ARRIVALS, "cpu_us_per_arrival", "memory_mib", "threads", "switches_per_second", "wait_share")

GROUPS: Final[dict[str, Group]] = {
    "fan-out": Group(_RATE, _RATE + _COST),
    "small-rooms": Group(_RATE, (*_RATE, "fairness", "slowest_room", *_COST)),
    "busy-room": Group(_RATE, _RATE + _COST),
    "paced": Group(_PACED, ("p99_us", *_COST), curve=True),
    "join-storm": Group(_ARRIVALS, _COMING, curve=True),
    "reconnect-storm": Group(_ARRIVALS, _COMING, curve=True),
    "slow-readers": Group(_PACED, (*_PACED, "slow_closed", "memory_mib", "threads"), curve=True),
    "udp": Group(_PACED, ("p99_us", *_COST, "memory_mib", "threads"), curve=True),
    "idle": Group(("kib_per_client",), ("kib_per_client", "memory_mib", "threads")),
    "stop": Group(("stop_ms",), ("stop_ms", "threads")),
}
"By name, in the order of the report."

_OTHER: Final = Group((), tuple(FIGURES), curve=True)
"What a group gets that is not known here: whatever it has."


def group(name: str) -> Group:
    """Return what is shown of a group."""
    return GROUPS.get(name, _OTHER)


def groups(comparison: Comparison) -> list[str]:
    """Return the names of the groups that were run, in the order of the report."""
    there = list(dict.fromkeys(cell.group for cell in comparison.cells))
    return [name for name in GROUPS if name in there] + [name for name in there if name not in GROUPS]


def values(cell: Cell | None, take: Take) -> list[float | None]:
    """Return a figure by round; None when the round failed, had faults, or has no such figure."""
    found = [] if cell is None else cell.results
    return [None if result is None or result.faults else take(result) for result in found]


def known(cell: Cell | None, take: Take) -> Summary | None:
    """Return median and range of a figure; None when no round has it."""
    return summary([value for value in values(cell, take) if value is not None])


def bound(cell: Cell | None, figure: Figure) -> bool:
    """Whether the figure of this cell is only a bound."""
    return cell is not None and figure.bounded and cell.limited


def failures(cell: Cell) -> list[str]:
    """Return everything that went wrong in a cell."""
    return [*cell.errors, *(result.faults for result in cell.good if result.faults)]


def names(comparison: Comparison) -> list[str]:
    """Return the names of all engines that have cells, in the order of the comparison."""
    listed = [engine.name for engine in comparison.engines]
    there = list(dict.fromkeys(cell.engine for cell in comparison.cells))
    return [name for name in dict.fromkeys(listed) if name in there] + [n for n in there if n not in listed]


def pairs(comparison: Comparison) -> list[tuple[str, str]]:
    """Return who is compared with whom: every engine with those before it."""
    there = names(comparison)
    return [(one, other) for index, one in enumerate(there) for other in there[:index]]


def judged(comparison: Comparison, workload: str, figure: Figure, one: str, other: str) -> Verdict:
    """Say what the rounds of two engines say about a figure; where neither is better, "better" means more."""
    ours, theirs = comparison.cell(workload, one), comparison.cell(workload, other)
    return compare(
        values(ours, figure.take),
        values(theirs, figure.take),
        more_is_better=figure.better != "less",
        ours_limited=bound(ours, figure),
        theirs_limited=bound(theirs, figure),
    )
