"""People who come and are there: a storm of arrivals, people who come back, and what idle clients cost.

What must stay true: an arrival counts when the server has ended its welcome, or answered the last thing that the
client asked to get in; who comes back is timed from when it was cut off. Memory is looked at when all is
quiet, before and after, with a few clients there already: what a server makes once is not counted for each.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from coliseum.lab.clients import Client, Names, Poller, State
from coliseum.lab.enrolment import Target, all_quiet, enrol
from coliseum.lab.flow import Look
from coliseum.lab.histogram import Histogram
from coliseum.lab.kinds import Idle, Storm

FIRST = 20
"Clients who are there before memory is looked at."


@dataclass(slots=True)
class Arrivals:
    """What a storm brought."""

    seconds: float = 0.0
    "From the first connection's beginning, or the cut, to the last arrival."
    clients: int = 0
    times: Histogram = field(default_factory=Histogram)
    "From the beginning of each connection, or the cut, to its arrival, in nanoseconds."


def storm(workload: Storm, target: Target, names: Names, look: Look) -> Arrivals:
    """Let everybody in, `at_once` at a time, and keep them. Raises LabError.

    With `again` they have all been in before, until their connections broke; that is when time begins.
    """
    rooms = [names.room() for _ in range(workload.rooms)] or [""]
    poller, everybody = Poller(), list[Client]()

    def crowd() -> list[Client]:
        made = [names.client(rooms[number % len(rooms)]) for number in range(workload.clients)]
        everybody.extend(made)
        return made

    def come(clients: list[Client], moved: Callable[[Client], None]) -> None:
        enrol(poller, target, clients, at_once=workload.at_once, patience=workload.patience, moved=moved)

    try:
        before, coming = crowd() if workload.again else [], crowd()
        come(before, lambda _: None)
        all_quiet(poller, before, workload.patience)
        look()
        start = time.perf_counter_ns()
        result, moved = _timed(workload, start)
        for client in before:
            client.close()
        come(coming, moved)
        result.seconds = (time.perf_counter_ns() - start) / 1e9
        look()
        all_quiet(poller, coming, workload.patience)
        return result
    finally:
        for client in everybody:
            client.close()
        poller.close()


def _timed(workload: Storm, cut: int) -> tuple[Arrivals, Callable[[Client], None]]:
    """Return what will have been counted, and what is to be told of every step that a client takes from now on."""
    result, starts = Arrivals(clients=workload.clients), dict[Client, int]()

    def moved(client: Client) -> None:
        if client.state is State.CONNECTING:
            starts[client] = cut if workload.again else time.perf_counter_ns()
        elif client.state is State.HERE:
            result.times.add(time.perf_counter_ns() - starts[client])

    return result, moved


def idle(
    workload: Idle, target: Target, names: Names, look: Look, memory: Callable[[], float]
) -> tuple[float, float]:
    """Let everybody in and keep them; return what `memory` said before and after, in KiB. Raises LabError."""
    first = [names.client() for _ in range(FIRST)]
    others = [names.client() for _ in range(workload.clients)]
    poller = Poller()
    try:
        enrol(poller, target, first, patience=workload.patience)
        all_quiet(poller, first, workload.patience)
        before = memory()
        look()
        enrol(poller, target, others, patience=workload.patience)
        all_quiet(poller, others, workload.patience)
        look()
        return before, memory()
    finally:
        for client in first + others:
            client.close()
        poller.close()
