"""What our own servers count about themselves: how long the world was waited for and held, between two moments.

The idea: on SIGUSR1 a server writes its counters into its log (docs/reference/status.md). They only ever grow, in
classes of a power of two of microseconds; so the difference of two snapshots is the distribution of what came
between them.

What must stay true: only a server that is known to answer is asked, since SIGUSR1 ends any other program; a
percentile is an upper bound, at most twice what it was. Not here: when to ask (looks).
"""

import math
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from coliseum.lab import LabError
from coliseum.lab.results import Spans

PATIENCE: Final = 30.0
"Seconds that a server may take to answer: it may have no time left."
_PAUSE: Final = 0.002
"Seconds between two looks into the log."

Snapshot = dict[str, Any]
"The fields of the event `status`."


class Counters:
    """Asks a server for its counters."""

    def __init__(self, pid: int, log: Path) -> None:
        """`log` is where the server writes its log, as JSON lines among others."""
        self._pid = pid
        self._log = log

    def ask(self) -> Snapshot:
        """Return what the server counted up to now. Raises LabError when it does not say."""
        try:
            with self._log.open("rb") as log:
                log.seek(0, os.SEEK_END)
                os.kill(self._pid, signal.SIGUSR1)
                deadline, rest = time.monotonic() + PATIENCE, b""
                while time.monotonic() < deadline:
                    *lines, rest = (rest + log.read()).split(b"\n")
                    found = next(filter(None, map(_status, lines)), None)
                    if found is not None:
                        return found
                    time.sleep(_PAUSE)
        except OSError as error:
            raise LabError(
                f"the server (process {self._pid}) cannot be asked for its counters: {error}"
            ) from error
        raise LabError(f"the server did not write its counters into {self._log} within {PATIENCE:g} s")


def _status(line: bytes) -> Snapshot | None:
    """Return what a line of the log says, if it is the event `status`."""
    if b'"event": "status"' not in line:
        return None
    fields: Snapshot = msgspec.json.decode(line)
    return fields


def waits(before: Snapshot, after: Snapshot) -> Spans:
    """Return how long steps waited for the world between two snapshots."""
    return _between(before["world_wait_seconds"], after["world_wait_seconds"])


def holds(before: Snapshot, after: Snapshot) -> Spans:
    """Return how long steps held it between two snapshots."""
    return _between(before["world_hold_seconds"], after["world_hold_seconds"])


def _between(before: Snapshot, after: Snapshot) -> Spans:
    classes = _classes(after["buckets"])
    for power, count in _classes(before["buckets"]).items():
        classes[power] -= count
    return Spans(
        count=after["count"] - before["count"],
        seconds=max(0.0, round(after["sum"] - before["sum"], 6)),  # to what was written
        p50_us=_quantile(classes, 0.5),
        p99_us=_quantile(classes, 0.99),
        max_us=_quantile(classes, 1.0),
    )


def _classes(buckets: dict[str, int]) -> dict[int, int]:
    """Return how many were in each class, by power of two of microseconds, the smallest first.

    `buckets` says how many were below each bound in seconds, all smaller ones included.
    """
    found, below = {}, 0
    for power, count in sorted((round(math.log2(float(bound) * 1e6)), count) for bound, count in buckets.items()):
        found[power], below = count - below, count
    return found


def _quantile(classes: dict[int, int], part: float) -> float:
    """Return the microseconds that `part` of all were below: the bound of a class; 0.0 when there were none."""
    missing = part * sum(classes.values())
    for power, count in classes.items():
        missing -= count
        if count and missing <= 0:
            return 2.0**power
    return 0.0
