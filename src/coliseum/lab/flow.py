"""A flow: everybody who speaks is kept as busy as the server allows, for a while.

The run, in order: everybody comes in; all is quiet; load, first unmeasured; two looks at the counters, `seconds`
apart; nobody says more; a barrier, after which everything has come that will; the check is closed.

What must stay true: what is counted was checked; a run in which anything went wrong has no figure. A run that
stands still ends early and says what is missing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from coliseum.lab import LabError
from coliseum.lab.clients import Names, Poller
from coliseum.lab.enrolment import Asking, Target, Turning, all_quiet, barrier, enrol
from coliseum.lab.kinds import Flow
from coliseum.lab.ledger import Faults
from coliseum.lab.many_senders import ManySenders
from coliseum.lab.one_sender import OneSender
from coliseum.lab.records import Texts
from coliseum.lab.rooms import Room

Look = Callable[[], None]
"Called at the beginning and at the end of what is measured; looks at what the server has used."


@dataclass(slots=True)
class Counts:
    """What a run counted between the two looks."""

    seconds: float = 0.0
    messages: int = 0
    rooms: list[int] = field(default_factory=list)
    "Deliveries in each room."
    lines: int = 0
    "Lines that were checked one by one, in the whole run."
    cut_off: int = 0
    "Slow readers whom the server has cut off, in the whole run."
    complete: bool = False
    "Whether all that was to be measured was."

    @property
    def deliveries(self) -> int:
        """How many there were in all rooms."""
        return sum(self.rooms)


def run(workload: Flow, target: Target, names: Names, look: Look) -> tuple[Counts, Faults]:
    """Run a flow against `target`. Raises LabError when it cannot be run to its end."""
    groups = [names.group(workload.members) for _ in range(workload.rooms)]
    idle = [names.group(size) for size in _shares(workload.idle_users, workload.idle_rooms)]
    everybody = [client for group in groups + idle for client in group]
    poller = Poller()
    try:
        enrol(poller, target, everybody, patience=workload.patience, quick_ack=workload.quick_ack)
        all_quiet(poller, everybody, workload.patience)
        texts = Texts(workload.text_bytes, workload.in_flight)
        rooms = [Room(group, workload.senders, texts) for group in groups]
        counts = _Drive(workload, poller, rooms).measure(look)
        faults = finish(poller, rooms, workload.patience)
        counts.lines = sum(room.check.ledger.lines for room in rooms)
        if not (faults or counts.complete):
            raise LabError(f"nothing moved for {workload.patience:g} s, though nothing was lost in the end")
        return counts, faults
    finally:
        for client in everybody:
            client.close()
        poller.close()


class _Drive:
    """The loop: wait, check, let speak."""

    def __init__(self, workload: Flow, poller: Poller, rooms: list[Room]) -> None:
        self._workload = workload
        self._poller = poller
        self._rooms = rooms
        self._touched: set[Room] = set()
        for room in rooms:
            room.attend(self._touched.add)

    def measure(self, look: Look) -> Counts:
        workload, counts = self._workload, Counts()
        for room in self._rooms:
            room.say_more(workload.in_flight)
        if self._until(time.perf_counter() + workload.warm_up):
            look()
            began = time.perf_counter()
            messages, deliveries = self._totals()
            counts.complete = self._until(began + workload.seconds)
            counts.seconds = time.perf_counter() - began
            now = self._totals()
            counts.messages = now[0] - messages
            counts.rooms = [after - before for after, before in zip(now[1], deliveries, strict=True)]
            look()
        return counts

    def _until(self, end: float) -> bool:
        """Keep everybody busy until `end`; return whether it got there: not after a fault, or a standstill."""
        poller, touched, in_flight = self._poller, self._touched, self._workload.in_flight
        patience = self._workload.patience
        last = now = time.perf_counter()
        while now < end:
            touched.clear()
            happened = poller.turn(min(end - now, 0.05))
            now = time.perf_counter()
            for room in touched:
                room.say_more(in_flight)
                if room.check.ledger.faulty:
                    return False
            if happened:
                last = now
            elif now - last > patience:
                return False
        return True

    def _totals(self) -> tuple[int, list[int]]:
        """Return how many messages were said, and how many deliveries there were in each room."""
        for room in self._rooms:
            room.check.settle()
        said = sum(sum(room.check.said) for room in self._rooms)
        return said, [room.check.delivered() for room in self._rooms]


class Finishing(Protocol):
    """A room whose traffic is over."""

    @property
    def check(self) -> OneSender | ManySenders:
        """Who got what."""

    @property
    def senders(self) -> Sequence[Asking]:
        """Who spoke."""

    @property
    def members(self) -> Sequence[Asking]:
        """Who was there."""

    def complete(self) -> bool:
        """Say whether every receiver has got everything that was said."""

    def close(self) -> Faults:
        """Return all faults, when everything that will come has come."""


def finish(poller: Turning, rooms: Sequence[Finishing], patience: float) -> Faults:
    """Wait until everything has come that will, and return what went wrong.

    First the senders' PONGs, so that the server has read everything; then the receivers', which come behind
    everything that it has written.
    """
    last = time.monotonic()
    while not all(room.complete() for room in rooms) and not any(room.check.ledger.faulty for room in rooms):
        if poller.turn(0.1):
            last = time.monotonic()
        elif time.monotonic() - last > 1.0:
            break
    senders = {client for room in rooms for client in room.senders}
    hearers = {client for room in rooms for client in room.members}
    silent = barrier(poller, senders, patience) or barrier(poller, hearers, patience)
    faults = Faults()
    for room in rooms:
        faults.add(room.close())
    if silent and not faults:
        raise LabError(f"{len(silent)} clients got no PONG at the end, for example {silent[0].nick.decode()}")
    return faults


def _shares(users: int, rooms: int) -> list[int]:
    """Return how many of `users` are in each of `rooms`."""
    return [users // rooms + (number < users % rooms) for number in range(rooms)] if users else []
