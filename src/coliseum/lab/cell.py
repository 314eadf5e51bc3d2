"""A cell: one workload on one server, in this process. What the generator's command runs.

The idea: whatever the workload, two looks are taken around what is measured: at the server's process, at our own
time, and at the cores. From them comes what a figure is worth: who had no time left, and how much of the cores
went to others.

What must stay true: a run with a fault has no figure, only its faults; a figure that the generator limited says
so.
"""

import gc
import secrets
import string
import time
from dataclasses import dataclass, field

from coliseum.lab import flow, gatherings, paced, usage
from coliseum.lab.clients import Names
from coliseum.lab.enrolment import Target
from coliseum.lab.figures import limit
from coliseum.lab.kinds import Flow, Idle, Paced, Storm, Workload
from coliseum.lab.ledger import Faults
from coliseum.lab.results import Result

SPARE_FILES = 200
"Open files that a run needs besides its clients."


@dataclass(slots=True)
class _Looks:
    """The looks at the beginning and at the end of what is measured."""

    pid: int | None
    cores: tuple[int | None, int | None]
    server: list[usage.Sample] = field(default_factory=list)
    ours: list[tuple[float, float]] = field(default_factory=list)
    busy: list[list[float | None]] = field(default_factory=list)

    def look(self) -> None:
        """Take a look; the expensive part (the server's threads) lies outside of what is measured."""
        if not self.ours and self.pid is not None:
            self.server.append(usage.sample(self.pid))
        self.busy.append([usage.busy_seconds(core) for core in self.cores if core is not None])
        self.ours.append((time.perf_counter(), time.process_time()))
        if len(self.ours) > 1 and self.pid is not None:
            self.server.append(usage.sample(self.pid))

    def enter(self, result: Result) -> float | None:
        """Enter shares into `result`; return the server's CPU seconds."""
        (began, own_before), (ended, own_after) = self.ours
        result.generator_share = (own_after - own_before) / (ended - began)
        cpu = None
        if self.pid is not None:
            first, last = self.server
            system, cpu = last.system - first.system, last.system - first.system + last.user - first.user
            wall = last.at - first.at
            result.server_share, result.server_system_share = cpu / wall, system / cpu if cpu else 0.0
            switches = last.voluntary + last.involuntary - first.voluntary - first.involuntary
            result.switches_per_second, result.threads = max(0, switches) / wall, last.threads
            pairs = list(zip(*self.busy, strict=True))
            if pairs and all(a is not None and b is not None for a, b in pairs):
                used = sum(b - a for a, b in pairs if a is not None and b is not None)
                result.others_share = max(0.0, used - cpu - (own_after - own_before)) / (ended - began)
        result.limit = limit(result.generator_share, result.server_share)
        return cpu


def run(
    workload: Workload,
    target: Target,
    *,
    pid: int | None = None,
    cores: tuple[int | None, int | None] = (None, None),
) -> Result:
    """Run one workload against `target` and return what came out. Raises LabError.

    `pid` is the server's process, to be looked at; `cores` are the server's and ours, if they are pinned. Takes
    over the process: collects no garbage while it runs.
    """
    usage.raise_open_files(workload.clients + SPARE_FILES)
    names = Names("".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(2)))
    result, looks = Result(workload=workload.label, clients=workload.clients), _Looks(pid, cores)
    gc.collect()
    gc.disable()
    try:
        _run(workload, target, names, looks, result)
    finally:
        gc.enable()
    return result


def _run(workload: Workload, target: Target, names: Names, looks: _Looks, result: Result) -> None:
    if isinstance(workload, Flow):
        counts, faults = flow.run(workload, target, names, looks.look)
        _enter_counts(counts, faults, looks, result)
    elif isinstance(workload, Paced):
        counts, faults, times = paced.run(workload, target, names, looks.look)
        _enter_counts(counts, faults, looks, result)
        latencies, lateness = times.latencies, times.lateness
        result.slow_closed = counts.cut_off if workload.slow else None
        result.p50_us, result.p99_us, result.p999_us = (latencies.percentile(p) / 1e3 for p in (50, 99, 99.9))
        result.generator_late_us = lateness.percentile(99) / 1e3
        # The loop never sleeps, so its share says nothing; being late does.
        late = result.generator_late_us > max(100.0, result.p99_us / 2)
        result.limit = "generator" if late else "neither"
        result.latencies = dict(latencies.counts)
    elif isinstance(workload, Storm):
        arrivals = gatherings.storm(workload, target, names, looks.look)
        cpu = looks.enter(result)
        result.seconds = arrivals.seconds
        result.arrivals_per_second = arrivals.clients / arrivals.seconds
        result.cpu_us_per_arrival = None if cpu is None else cpu * 1e6 / arrivals.clients
        result.p50_us, result.p99_us, result.p999_us = (arrivals.times.percentile(p) / 1e3 for p in (50, 99, 99.9))
        result.latencies = dict(arrivals.times.counts)
    else:
        _idle(workload, target, names, looks, result)
    if looks.pid is not None:
        result.memory_kib = usage.memory(looks.pid)


def _enter_counts(counts: flow.Counts, faults: Faults, looks: _Looks, result: Result) -> None:
    if faults or not counts.complete:
        result.faults = str(faults)
        return
    cpu = looks.enter(result)
    result.seconds, result.deliveries = counts.seconds, counts.deliveries
    result.messages = counts.messages
    result.deliveries_per_second = counts.deliveries / counts.seconds
    result.messages_per_second = counts.messages / counts.seconds
    result.checked_by_line = counts.lines / max(counts.deliveries, 1)
    if cpu is not None and counts.deliveries:
        result.cpu_us_per_delivery = cpu * 1e6 / counts.deliveries


def _idle(workload: Idle, target: Target, names: Names, looks: _Looks, result: Result) -> None:
    def memory() -> float:
        return 0.0 if looks.pid is None else usage.memory(looks.pid)

    before, after = gatherings.idle(workload, target, names, looks.look, memory)
    looks.enter(result)
    result.limit = "unknown"  # nobody is in a hurry
    if looks.pid is not None:
        result.kib_per_client = (after - before) / workload.clients
