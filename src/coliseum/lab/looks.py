"""Two looks around what is measured: at the server's process, at our own time, and at the cores.

From them comes what a figure is worth: what the server used, who had no time left, and how much of the cores went
to others.

What must stay true: what takes long (a look at thousands of threads, at memory) lies outside of what is measured.
"""

import os
import time
from dataclasses import dataclass, field

from coliseum.lab import counters, usage
from coliseum.lab.counters import Counters, Snapshot
from coliseum.lab.figures import limit
from coliseum.lab.results import Result


@dataclass(slots=True)
class Looks:
    """The looks at the beginning and at the end of what is measured."""

    pid: int | None
    "The server's process; None: it cannot be looked at."
    cores: tuple[int | None, int | None]
    "The server's and ours, if they are pinned."
    asked: Counters | None = None
    "What asks the server for its own counters; None: it has none."
    server: list[usage.Sample] = field(default_factory=list)
    memory: float | None = None
    "PSS of the server at the end, in KiB, while everybody is there."
    snapshots: list[Snapshot] = field(default_factory=list)
    "Of the server's own counters."
    ours: list[tuple[float, float]] = field(default_factory=list)
    "Time, and our CPU time."
    everybody: list[dict[int, tuple[float, int]]] = field(default_factory=list)
    "What every process had used, and where."

    def look(self) -> None:
        """Take a look: the first call is the beginning, the second the end. Raises LabError.

        What the server does to answer us is before the one and after the other.
        """
        if not self.ours:
            self._ask()
            self._sample()
            self._glance()
        else:
            self._glance()
            self._sample()
            if self.pid is not None:
                self.memory = usage.memory(self.pid)
            self._ask()

    def _glance(self) -> None:
        self.ours.append((time.perf_counter(), time.process_time()))

    def _sample(self) -> None:
        if self.pid is not None:
            self.server.append(usage.sample(self.pid))
        self.everybody.append(usage.everybody())

    def _ask(self) -> None:
        if self.asked is not None:
            self.snapshots.append(self.asked.ask())

    def enter(self, result: Result) -> None:
        """Enter what was used into `result`, when both looks were taken."""
        (began, own_before), (ended, own_after) = self.ours
        result.generator_share = (own_after - own_before) / (ended - began)
        if self.snapshots:
            before, after = self.snapshots
            result.wait, result.hold = counters.waits(before, after), counters.holds(before, after)
        if self.pid is not None:
            self._enter_server(result)
        if None not in self.cores:
            result.others_cores = self._others() / (ended - began)
        result.limit = limit(result.generator_share, result.server_share)

    def _others(self) -> float:
        """Return the CPU seconds that others used on our cores; of who came meanwhile, all."""
        first, last = self.everybody
        return sum(
            seconds - first.get(pid, (0.0, 0))[0]
            for pid, (seconds, core) in last.items()
            if core in self.cores and pid not in {os.getpid(), self.pid}
        )

    def _enter_server(self, result: Result) -> None:
        first, last = self.server
        wall = last.at - first.at
        system = last.system - first.system
        cpu = system + (last.user - first.user)  # never less than its part, in binary fractions either
        result.cpu_seconds, result.system_seconds = cpu, system
        result.server_share, result.server_system_share = cpu / wall, system / cpu if cpu else 0.0
        # Of the threads that are there: those that ended take theirs with them.
        result.voluntary_per_second = max(0, last.voluntary - first.voluntary) / wall
        result.involuntary_per_second = max(0, last.involuntary - first.involuntary) / wall
        result.switches_per_second = result.voluntary_per_second + result.involuntary_per_second
        result.threads, result.memory_kib = last.threads, self.memory
