"""What comes out of a cell, as it is written and read again (JSON).

What must stay true: pure; a figure has its unit in its name or its description; what was not measured is None.
"""

import msgspec

from coliseum.lab.figures import Limit


class Spans(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, each time. Percentiles are upper bounds: the next power of two of microseconds."""

    count: int
    seconds: float
    "All together."
    p50_us: float
    p99_us: float
    max_us: float


class Result(msgspec.Struct, kw_only=True):
    """What came out of a cell. Figures that a workload does not have, or that could not be measured, are None."""

    workload: str
    faults: str = ""
    "What went wrong with deliveries; empty when every one was right."
    deliveries_per_second: float | None = None
    messages_per_second: float | None = None
    cpu_us_per_delivery: float | None = None
    "Server CPU time, user and system, all threads, per delivery."
    p50_us: float | None = None
    p99_us: float | None = None
    p999_us: float | None = None
    slow_closed: int | None = None
    "How many of those who do not read the server had cut off by the end."
    stop_ms: float | None = None
    "From SIGTERM until the server's process was over, in milliseconds."
    arrivals_per_second: float | None = None
    cpu_us_per_arrival: float | None = None
    kib_per_client: float | None = None
    seconds: float = 0.0
    "How long was measured."
    clients: int = 0
    "How many connected."
    messages: int = 0
    "Said in that time. A paced load's schedule decides it: it is the same for every server."
    deliveries: int = 0
    "Deliveries in that time, all of them checked."
    fairness: float | None = None
    "Flows in more than one room: Jain's index over the rooms' deliveries in that time; 1.0: all got the same."
    slowest_room: float | None = None
    "The deliveries of the room that got least, over those of a room on average."
    checked_by_line: float = 0.0
    "Lines that had to be checked one by one, as a part of all deliveries of the run."
    tls: str = ""
    'What was agreed with whoever spoke TLS, in all handshakes: "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty in clear.'
    cpu_seconds: float | None = None
    "Of the server in that time, user and system, all threads; the kernel counts in hundredths."
    system_seconds: float | None = None
    "The part of it that was the kernel's."
    server_share: float | None = None
    "The same, of its core."
    server_system_share: float | None = None
    "The part of that which was the kernel's."
    switches_per_second: float | None = None
    "Context switches of the server's threads, of both kinds."
    voluntary_per_second: float | None = None
    "Because a thread waited for something."
    involuntary_per_second: float | None = None
    "Because somebody else was to have the core."
    threads: int | None = None
    memory_kib: float | None = None
    "PSS of the server at the end of what was measured, with everybody there."
    wait: Spans | None = None
    """How long steps waited for the world, of our servers. Threads: for its lock. asyncio: from the first step of
    a turn of the loop to the turn's flush, because there one waits for nothing else."""
    hold: Spans | None = None
    "How long steps held it: with the lock held, or with the loop for themselves."
    generator_share: float = 0.0
    generator_late_us: float | None = None
    "Paced: how late the generator itself was, p99."
    others_cores: float | None = None
    "What other processes used of the two cores, in cores; None: nobody is pinned to one."
    limit: Limit = "unknown"
    "Who had no time left."
    latencies: dict[int, int] = {}
    "The histogram (see histogram.bucket), in nanoseconds."
