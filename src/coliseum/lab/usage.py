"""What processes use, as the kernel tells it (Linux, /proc), and the machine: cores, limits, names.

What must stay true: everything is read, nothing is asked of the process that is looked at; a process is named by
its number. Times are seconds, memory is KiB.
"""

import contextlib
import os
import platform
import resource
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coliseum.lab import LabError

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MANY: Final = 2000
"Threads from which on their switches are not counted: looking would take too long."


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process had used at a moment."""

    at: float
    "perf_counter."
    user: float
    system: float
    voluntary: int
    "Context switches because a thread waited; of the threads that are there."
    involuntary: int
    threads: int


def sample(pid: int) -> Sample:
    """Look at a process, all threads together. Raises LabError when it is not there."""
    voluntary = involuntary = 0
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        for task in tasks[:_MANY]:
            with contextlib.suppress(OSError):  # a thread that has ended meanwhile
                for line in (task / "status").read_text().splitlines()[-2:]:
                    name, _, value = line.partition(":")
                    if name == "voluntary_ctxt_switches":
                        voluntary += int(value)
                    elif name == "nonvoluntary_ctxt_switches":
                        involuntary += int(value)
        # The name may contain anything, but behind its last bracket fields are divided by spaces (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError as error:
        raise LabError(f"the server (process {pid}) is gone: {error}") from error
    return Sample(
        time.perf_counter(),
        int(fields[11]) / _TICKS,
        int(fields[12]) / _TICKS,
        voluntary,
        involuntary,
        len(tasks),
    )


def memory(pid: int) -> float:
    """Return the memory of a process in KiB, shared pages by share (PSS). Raises LabError."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    except OSError as error:
        raise LabError(f"cannot see the memory of process {pid}: {error}") from error
    raise LabError(f"the kernel does not tell the memory of process {pid}")


def everybody() -> dict[int, tuple[float, int]]:
    """Return the CPU seconds of every process, and the core that it ran on last, by its number.

    By the scheduler's account of processes: the kernel's sums for cores (/proc/stat) are counted in ticks, and on
    a virtual machine they were seen to add up to a quarter more than the time that had passed.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # a process that has ended meanwhile
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                found[int(entry.name)] = (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[36])
    return found


def cores() -> tuple[int | None, int | None]:
    """Return a core for the server and another one for the generator; None and None when there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    ours = sorted(os.sched_getaffinity(0))
    return (ours[0], ours[1]) if len(ours) > 1 else (None, None)


def pin(core: int | None) -> None:
    """Stay on one core from now on; processes that are started later inherit it. None: leave it as it is."""
    if core is not None:
        try:
            os.sched_setaffinity(0, {core})
        except OSError as error:
            raise LabError(f"cannot stay on core {core}: {error}") from error


def raise_open_files(wanted: int) -> int:
    """Raise the limit of open files to `wanted`, if it is less; return it. Raises LabError when it stays less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # beyond the hard limit only root may go, if at all
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit < wanted:
        raise LabError(f"{wanted} open files are needed, but only {limit} allowed; raise it (ulimit -Hn {wanted})")
    return limit


def machine() -> dict[str, str]:
    """Return what there is to know about this machine, by name."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    congestion = "?"
    with contextlib.suppress(OSError):
        congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, TCP congestion control {congestion}",
        "python": f"{platform.python_implementation()} {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}",
    }
