"""A cell: one workload on one server, in this process. What the generator's command runs.

The idea: whatever the workload, it is run with two looks around what is measured (looks), and what it counted is
entered into one form of result.

What must stay true: a run with a fault has no figure, only its faults; a figure that the generator limited says
so.
"""

import gc
import secrets
import string
from pathlib import Path

from coliseum.lab import LabError, datagrams, flow, gatherings, paced, stopping, usage
from coliseum.lab.clients import Names
from coliseum.lab.counters import Counters
from coliseum.lab.enrolment import Target
from coliseum.lab.figures import jain
from coliseum.lab.flow import Counts
from coliseum.lab.histogram import Histogram
from coliseum.lab.kinds import Datagrams, Flow, Idle, Paced, Stop, Storm, Workload
from coliseum.lab.ledger import Faults
from coliseum.lab.looks import Looks
from coliseum.lab.pacing import Times
from coliseum.lab.results import Result

SPARE_FILES = 200
"Open files that a run needs besides its clients."


def run(
    workload: Workload,
    target: Target,
    *,
    pid: int | None = None,
    log: Path | None = None,
    cores: tuple[int | None, int | None] = (None, None),
) -> Result:
    """Run one workload against `target` and return what came out. Raises LabError.

    `pid` is the server's process, to be looked at; `log` is its log, if it is one of ours, which can be asked for
    its counters; `cores` are the server's and ours, if they are pinned. Takes over the process: collects no
    garbage while it runs.
    """
    if target.url.datagrams != isinstance(workload, Datagrams):
        raise LabError(f"{workload.label} cannot be run on {target.url}: udp goes to udp://, all others to IRC")
    usage.raise_open_files(workload.clients + SPARE_FILES)
    names = Names("".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(2)))
    result = Result(workload=workload.label, clients=workload.clients)
    looks = Looks(pid, cores, None if pid is None or log is None else Counters(pid, log))
    gc.collect()
    gc.disable()
    try:
        _run(workload, target, names, looks, result)
    finally:
        gc.enable()
    result.tls = ", ".join(sorted(names.agreed - {""}))
    return result


def _run(workload: Workload, target: Target, names: Names, looks: Looks, result: Result) -> None:
    if isinstance(workload, Flow):
        counts, faults = flow.run(workload, target, names, looks.look)
        if _enter_counts(counts, faults, looks, result) and workload.rooms > 1:
            result.fairness = jain(counts.rooms)
            result.slowest_room = min(counts.rooms) * len(counts.rooms) / max(counts.deliveries, 1)
    elif isinstance(workload, Paced):
        counts, faults, times = paced.run(workload, target, names, looks.look)
        result.slow_closed = counts.cut_off if workload.slow else None
        if _enter_counts(counts, faults, looks, result):
            _enter_pace(times, result)
    elif isinstance(workload, Datagrams):
        ran = datagrams.run(workload, target, names, looks.look)
        if _enter_counts(ran.counts, ran.faults, looks, result):
            _enter_pace(ran.times, result)
            result.arrivals_per_second = ran.arrivals_per_second
    elif isinstance(workload, Storm):
        arrivals = gatherings.storm(workload, target, names, looks.look)
        looks.enter(result)
        result.seconds = arrivals.seconds
        result.arrivals_per_second = arrivals.clients / arrivals.seconds
        if result.cpu_seconds is not None:
            result.cpu_us_per_arrival = result.cpu_seconds * 1e6 / arrivals.clients
        _enter_times(arrivals.times, result)
    elif isinstance(workload, Idle):
        _idle(workload, target, names, looks, result)
    else:
        _stop(workload, target, names, looks.pid, result)


def _enter_counts(counts: Counts, faults: Faults, looks: Looks, result: Result) -> bool:
    """Enter what was counted; return whether there are figures at all: not after a fault."""
    if faults or not counts.complete:
        result.faults = str(faults)
        return False
    looks.enter(result)
    result.seconds, result.messages, result.deliveries = counts.seconds, counts.messages, counts.deliveries
    result.deliveries_per_second = counts.deliveries / counts.seconds
    result.messages_per_second = counts.messages / counts.seconds
    result.checked_by_line = counts.lines / max(counts.deliveries, 1)
    if result.cpu_seconds is not None and counts.deliveries:
        result.cpu_us_per_delivery = result.cpu_seconds * 1e6 / counts.deliveries
    return True


def _enter_pace(times: Times, result: Result) -> None:
    _enter_times(times.latencies, result)
    result.generator_late_us = times.lateness.percentile(99) / 1e3
    # The loop never sleeps, so its share says nothing; being late does.
    late = result.generator_late_us > max(100.0, times.latencies.percentile(99) / 4e3)
    result.limit = "generator" if late else "neither"


def _enter_times(times: Histogram, result: Result) -> None:
    result.p50_us, result.p99_us, result.p999_us = (times.percentile(p) / 1e3 for p in (50, 99, 99.9))
    result.latencies = dict(times.counts)


def _idle(workload: Idle, target: Target, names: Names, looks: Looks, result: Result) -> None:
    def memory() -> float:
        return 0.0 if looks.pid is None else usage.memory(looks.pid)

    before, after = gatherings.idle(workload, target, names, looks.look, memory)
    looks.enter(result)
    result.limit = "unknown"  # nobody is in a hurry
    if looks.pid is not None:
        result.kib_per_client = (after - before) / workload.clients


def _stop(workload: Stop, target: Target, names: Names, pid: int | None, result: Result) -> None:
    if pid is None:
        raise LabError(f"{workload.name} ends the server: it has to know its process (--pid)")

    def look() -> None:
        result.threads, result.memory_kib = usage.sample(pid).threads, usage.memory(pid)

    stopped, result.faults = stopping.run(workload, target, names, pid, look)
    if not result.faults:
        result.seconds, result.stop_ms = stopped.seconds, stopped.seconds * 1e3
