"""The plan: which workloads are run on every engine, and with how many clients.

The idea: each group asks one question (what does it cost to tell many? to serve many small rooms? to have people
who only listen?) and is run with growing numbers of clients, so that one sees where engines part; in clear and
over TLS where that makes a difference. `--quick` asks the same questions once each.

What must stay true: a group has one kind of workload; sizes grow; the plan is the same for every engine. Not here:
what a workload does (lab/workloads.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from coliseum.lab import LabError
from coliseum.lab.compare.document import Cell
from coliseum.lab.workloads import Workload, named

ROUNDS: Final = 5
"Of a full comparison: by chance alone, two engines fall apart in 0.8 % of its rows (see noise.py)."
QUICK_ROUNDS: Final = 3
QUICK_SECONDS: Final = 85.0
"A quick comparison begins no round that would end later: its report is to be there in a minute and a half."


@dataclass(frozen=True, slots=True)
class Planned:
    """One row: a workload with a number of clients."""

    group: str
    size: int
    "How many clients; for slow-readers, how many in each room are slow."
    text: str
    "As `workloads.named` takes it."

    @property
    def workload(self) -> Workload:
        """What is run."""
        return named(self.text)

    def cell(self, engine: str) -> Cell:
        """Return the place for what comes out on an engine."""
        return Cell(workload=self.text, group=self.group, size=self.size, tls=self.workload.tls, engine=engine)


_MEASURED: Final = "warm_up=0.5,seconds=2"
_QUICKLY: Final = "warm_up=0.1,seconds=0.3"


def _full() -> list[Planned]:
    rows = []
    for tls in ("", "+tls"):
        rows += [("fan-out", f"fan-100{tls},members={members},{_MEASURED}") for members in (11, 101, 1001)]
        rows += [("small-rooms", f"arena-3{tls},rooms={rooms},{_MEASURED}") for rooms in (30, 100, 300)]
        rows += [("busy-room", f"busy-room{tls},members={n},senders={n},{_MEASURED}") for n in (10, 30, 100)]
        rows += [("paced", f"paced-1k{tls},members={members},warm_up=0.5,seconds=3") for members in (5, 20, 50)]
    rows += [("join-storm", f"join-storm,clients={clients}") for clients in (250, 1000, 2000)]
    rows += [("reconnect-storm", f"reconnect-storm+tls,clients={clients}") for clients in (250, 1000)]
    rows += [("slow-readers", f"slow-readers,slow={slow}") for slow in (0, 2, 8)]
    rows += [("udp", f"udp,rooms={rooms}") for rooms in (10, 50, 150)]
    rows += [("idle", f"idle,clients={clients}") for clients in (500, 2000, 5000)]
    rows += [("idle", f"idle+tls,clients={clients}") for clients in (500, 2000)]
    rows += [("stop", f"stop,clients={clients}") for clients in (100, 500, 2000)]
    return [_planned(group, text) for group, text in rows]


def _quick() -> list[Planned]:
    rows = (
        ("fan-out", f"fan-100,{_QUICKLY}"),
        ("small-rooms", f"arena-3,rooms=100,{_QUICKLY}"),
        ("busy-room", f"busy-room,members=30,senders=30,{_QUICKLY}"),
        ("paced", "paced-1k,warm_up=0.1,seconds=0.4"),
        ("join-storm", "join-storm,clients=150"),
        ("reconnect-storm", "reconnect-storm+tls,clients=120"),
        ("slow-readers", "slow-readers,rate=4500,members=5,warm_up=0.1,seconds=0.6"),
        ("udp", "udp,rooms=15,warm_up=0.1,seconds=0.4"),
        ("idle", "idle,clients=300"),
        ("stop", "stop,clients=150"),
    )
    return [_planned(group, text) for group, text in rows]


def _planned(group: str, text: str) -> Planned:
    workload = named(text)
    size = getattr(workload, "slow", 0) if group == "slow-readers" else workload.clients
    return Planned(group, size, text)


FULL: Final = tuple(_full())
QUICK: Final = tuple(_quick())
GROUPS: Final = tuple(dict.fromkeys(row.group for row in FULL))
"The questions, in the order in which they are asked and answered."


def chosen(*, quick: bool, groups: Collection[str] = ()) -> list[Planned]:
    """Return the rows of the named groups (none: all). Raises LabError for a group that there is not."""
    unknown = [group for group in groups if group not in GROUPS]
    if unknown:
        raise LabError(f"no group {unknown[0]!r}; there are {', '.join(GROUPS)}")
    return [row for row in (QUICK if quick else FULL) if not groups or row.group in groups]
