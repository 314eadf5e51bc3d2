"""The workloads that there are, by name, and what is compared of each kind.

What must stay true: a name with its options and parameters is all that it takes to run a workload again; whatever
is not in the catalogue is one of its entries with other parameters. Not here: kinds and what they mean (kinds).
"""

import dataclasses
from dataclasses import dataclass, replace
from typing import Final, Literal

from coliseum.lab import LabError
from coliseum.lab.kinds import Datagrams, Flow, Idle, Paced, Stop, Storm, Workload

__all__ = [
    "CATALOGUE",
    "USUAL",
    "Datagrams",
    "Flow",
    "Idle",
    "Measure",
    "Paced",
    "Stop",
    "Storm",
    "Workload",
    "described",
    "measures",
    "named",
]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a workload."""

    key: Literal[
        "deliveries_per_second",
        "cpu_us_per_delivery",
        "p99_us",
        "arrivals_per_second",
        "kib_per_client",
        "stop_ms",
    ]
    "The name of the figure in a result."
    unit: str
    more_is_better: bool


_PACED: Final = (
    Measure("cpu_us_per_delivery", "us of server CPU per delivery", False),
    Measure("p99_us", "us p99", False),
)
_MEASURES: Final[dict[type, tuple[Measure, ...]]] = {
    Flow: (Measure("deliveries_per_second", "deliveries/s", True),),
    Paced: _PACED,
    Datagrams: _PACED,
    Storm: (Measure("arrivals_per_second", "registered/s", True),),
    Idle: (Measure("kib_per_client", "KiB PSS per client", False),),
    Stop: (Measure("stop_ms", "ms from SIGTERM to the end", False),),
}

CATALOGUE: Final[dict[str, Workload]] = {
    workload.name: workload
    for workload in (
        Flow(name="fan-100", rooms=1, members=101, in_flight=64),
        Flow(name="fan-1000", rooms=1, members=1001, in_flight=64),
        Flow(name="arena-3", rooms=300, members=3),
        Flow(name="busy-room", rooms=1, members=50, senders=50),
        Flow(name="arena-3-beside", rooms=300, members=3, idle_users=10_000, idle_rooms=5_000),
        Paced(name="paced-1k", rooms=10, members=20, rate=1000.0),
        Paced(name="slow-readers", rooms=1, members=10, rate=2000.0, text_bytes=400, slow=5),
        Datagrams(name="udp", rooms=25, members=4, rate=500.0),
        Storm(name="storm", clients=2000, at_once=100),
        Storm(name="join-storm", clients=1000, at_once=100, rooms=20),
        Storm(name="reconnect-storm", clients=1000, at_once=100, rooms=20, again=1),
        Idle(name="idle", clients=2000),
        Stop(name="stop", clients=500),
    )
}
"""By name. `fan-100` is one sender and a hundred who hear it. All but `udp` exist plain and with `+tls`, and with
`+ack` (see `quick_ack`).

`slow-readers` says 900 KB a second to each member: who does not read is cut off by our server, whose bound is 1
MiB as it is everywhere, 1.4 s after the load began, in the first third of what is measured. (See
docs/reference/limits.md; the bound is not lowered, so that servers run as people run them.)"""

USUAL: Final = (
    *("fan-100", "fan-1000", "arena-3", "busy-room"),
    *("fan-100+tls", "fan-1000+tls", "arena-3+tls", "busy-room+tls"),
    *("fan-100+ack", "busy-room+ack", "fan-100+tls+ack", "busy-room+tls+ack"),
    *("paced-1k", "paced-1k+tls", "storm+tls", "idle", "idle+tls", "arena-3-beside"),
)
"What a comparison runs when nothing else is asked for."


def named(text: str) -> Workload:
    """Return the workload that `text` names: `fan-100`, `arena-3+tls`, `fan-100+tls,in_flight=8,seconds=1`.

    Raises LabError, with what there is.
    """
    head, *settings = text.split(",")
    name, *options = head.split("+")
    if name not in CATALOGUE or not set(options) <= {"tls", "ack"}:
        raise LabError(f"no workload {head!r}; there are {', '.join(CATALOGUE)}, each also with +tls, +ack")
    workload = replace(CATALOGUE[name], tls="tls" in options, quick_ack="ack" in options)
    return _changed(workload, [setting.partition("=")[::2] for setting in settings])


def measures(workload: Workload) -> tuple[Measure, ...]:
    """Return what is compared of a workload."""
    if isinstance(workload, Storm) and workload.again:
        return (*_MEASURES[Storm], Measure("p99_us", "us p99 from the cut to being back", False))
    return _MEASURES[type(workload)]


def described(workload: Workload) -> str:
    """Return all parameters in one line."""
    names = [field.name for field in dataclasses.fields(workload)]
    own = [name for name in names if name not in {"name", "tls", "quick_ack", "patience"}]
    return ", ".join(f"{name}={getattr(workload, name):g}" for name in own)


def _changed(workload: Workload, settings: list[tuple[str, str]]) -> Workload:
    kinds = {
        field.name: type(getattr(workload, field.name))
        for field in dataclasses.fields(workload)
        if field.name not in {"name", "tls", "quick_ack"}
    }
    numbers: dict[str, float] = {}
    for key, value in ((key.strip(), value.strip()) for key, value in settings):
        if key not in kinds:
            raise LabError(f"{workload.name} has no parameter {key!r}; it has {', '.join(kinds)}")
        try:
            numbers[key] = kinds[key](value)
        except ValueError as error:
            raise LabError(f"{key}={value}: not a number") from error
    return replace(workload, **numbers)  # type: ignore[arg-type]
