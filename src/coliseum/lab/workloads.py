"""The workloads: what is done to a server, with every parameter in sight.

Four kinds. A *flow* keeps senders as busy as the server allows: each has at most so many messages in flight, that
is, said but not yet with every receiver of its room. *Paced* says messages on a fixed schedule, however the server
fares, and takes the time from the moment a message should have been said, so that a stall is not left out. A
*storm* is everybody coming at once. *Idle* is people who are there and say nothing.

What must stay true: a workload is a frozen value that says everything about the load; its `label` is unique.
Not here: what is said (records), how it is run (flow, paced, gatherings).
"""

import dataclasses
from dataclasses import dataclass, replace
from typing import Final, Literal

from coliseum.lab import LabError
from coliseum.lab.records import LEAST_TEXT, MOST_SENDERS


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise LabError(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every workload has."""

    name: str
    "What it is called, without its options."
    tls: bool = False
    "Whether everybody connects over TLS."
    quick_ack: bool = False
    """Whether receivers acknowledge TCP segments at once (TCP_QUICKACK). The kernel's own way is to wait up to
    40 ms for something to send along; a server that leaves Nagle's algorithm on waits for it."""
    patience: float = 10.0
    "Seconds without any progress after which a run is given up."

    @property
    def label(self) -> str:
        """The name with its options, as `named` takes it."""
        return self.name + "+tls" * self.tls + "+ack" * self.quick_ack


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(_Common):
    """Senders that are as busy as the server lets them be. Measured: deliveries per second."""

    rooms: int
    "Rooms with traffic."
    members: int
    "Clients in each of them."
    senders: int = 1
    "How many of the members say something; the others only hear."
    in_flight: int = 4
    "Messages of a sender that not all receivers have got, at most."
    text_bytes: int = 100
    "Length of a message's text."
    idle_users: int = 0
    "Further clients, who say nothing, in other rooms."
    idle_rooms: int = 0
    "How many rooms those are in."
    warm_up: float = 0.5
    "Seconds of load before anything is measured."
    seconds: float = 3.0
    "Seconds that are measured."

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.rooms >= 1 and self.members >= 2, "a flow needs a room with two members")
        _require(1 <= self.senders <= min(self.members, MOST_SENDERS), "senders: between 1 and all members")
        _require(self.in_flight >= 1, "in_flight: at least 1")
        _require(LEAST_TEXT <= self.text_bytes <= 400, f"text_bytes: between {LEAST_TEXT} and 400")
        _require(not self.idle_users or self.idle_rooms >= 1, "idle_users need idle_rooms")
        _require(self.seconds > 0, "seconds: more than 0")

    @property
    def clients(self) -> int:
        """How many clients connect."""
        return self.rooms * self.members + self.idle_users


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced(_Common):
    """One sender in each room, on a fixed schedule. Measured: latency, the server's CPU time per delivery."""

    rooms: int
    members: int
    rate: float
    "Messages per second, in all rooms together; the rooms take turns."
    text_bytes: int = 100
    warm_up: float = 0.5
    seconds: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.rooms >= 1 and self.members >= 2, "a paced load needs a room with two members")
        _require(self.rate > 0 and self.seconds > 0, "rate and seconds: more than 0")
        _require(LEAST_TEXT <= self.text_bytes <= 400, f"text_bytes: between {LEAST_TEXT} and 400")

    @property
    def clients(self) -> int:
        """How many clients connect."""
        return self.rooms * self.members


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm(_Common):
    """Everybody comes at once. Measured: connected, secured and registered per second."""

    clients: int
    at_once: int
    "How many are on their way in at any time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(_Common):
    """People who are there and say nothing. Measured: memory of the server for each."""

    clients: int


Workload = Flow | Paced | Storm | Idle


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a workload."""

    key: Literal["deliveries_per_second", "cpu_us_per_delivery", "p99_us", "arrivals_per_second", "kib_per_client"]
    "The name of the figure in a result."
    unit: str
    more_is_better: bool


_MEASURES: Final[dict[type, tuple[Measure, ...]]] = {
    Flow: (Measure("deliveries_per_second", "deliveries/s", True),),
    Paced: (
        Measure("cpu_us_per_delivery", "us of server CPU per delivery", False),
        Measure("p99_us", "us p99", False),
    ),
    Storm: (Measure("arrivals_per_second", "registered/s", True),),
    Idle: (Measure("kib_per_client", "KiB PSS per client", False),),
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
        Storm(name="storm", clients=2000, at_once=100),
        Idle(name="idle", clients=2000),
    )
}
"""By name. `fan-100` is one sender and a hundred who hear it. All of them exist plain and with `+tls`, and with
`+ack` (see `quick_ack`)."""

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
