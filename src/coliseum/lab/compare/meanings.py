"""What figures are called, what they show, and by which mechanism engines differ in them.

What must stay true: pure; everything a reader sees goes through `_`; no text says which engine is better, because
the mechanism is there whoever was ahead. Not here: groups of workloads (texts), what the figures say (sentences).
"""

from dataclasses import dataclass

from coliseum.i18n import Translate


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said about a figure."""

    title: str
    unit: str
    shows: str
    why: str = ""
    "By which mechanism engines differ in it."

    @property
    def label(self) -> str:
        """The title with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def figure(key: str, _: Translate) -> Meaning:
    """Return what is said about a figure."""
    for table in (_speed, _cost, _waiting):
        if key in (found := table(_)):
            return found[key]
    return Meaning(key, "", "")


def percentiles(_: Translate) -> Meaning:
    """Return what is said about the curves of latencies."""
    return Meaning(
        _("Latencies by percentile"),
        "µs",
        _(
            "How long the fastest so many percent took, over all rounds together, for the largest of these "
            "workloads; the band reaches from the lowest to the highest round. Every nine on the horizontal axis "
            "takes as much room as the one before, so the right half is about the rare slow ones. A curve ends "
            "where fewer than ten values are left."
        ),
    )


def _speed(_: Translate) -> dict[str, Meaning]:
    return {
        "deliveries_per_second": Meaning(
            _("Deliveries per second"),
            "",
            _(
                "Messages that reached one receiver, each of them checked: none lost, doubled, changed or out of "
                "order."
            ),
        ),
        "arrivals_per_second": Meaning(
            _("Arrivals per second"),
            "",
            _("Clients that came all the way in, divided by the time until the last of them was in."),
        ),
        "p50_us": Meaning(_("Latency p50"), "µs", _("Half of them took at most so long.")),
        "p99_us": Meaning(
            _("Latency p99"),
            "µs",
            _("99 of 100 took at most so long."),
        ),
        "p999_us": Meaning(_("Latency p99.9"), "µs", _("999 of 1000 took at most so long.")),
        "stop_ms": Meaning(_("Stopping"), "ms", _("From the signal until the process has ended.")),
        "fairness": Meaning(
            _("Fairness between rooms"),
            "",
            _(
                "Jain's index of the rooms' deliveries: 1 when all rooms got the same, 1/n when one of n rooms "
                "got everything."
            ),
            _(
                "Who is served next is decided by the kernel's scheduler and the interpreter's lock for threads, "
                "and by the order in which the kernel reports readable connections for a loop."
            ),
        ),
        "slowest_room": Meaning(
            _("The slowest room"),
            _("of the mean"),
            _("What the room with the fewest deliveries got, as a part of the mean of all."),
        ),
    }


def _cost(_: Translate) -> dict[str, Meaning]:
    work = _(
        "The kernel's part is reading, sending and waking threads; the program's own part is Python, and OpenSSL "
        "where there is TLS. The fewer messages come together in one batch, the more often both are paid."
    )
    return {
        "cpu_us_per_delivery": Meaning(
            _("Processor time for a delivery"),
            "µs",
            _(
                "The server's time on the processor, divided by deliveries; hatched: the part that the kernel "
                "spent."
            ),
            work,
        ),
        "cpu_us_per_arrival": Meaning(
            _("Processor time for an arrival"),
            "µs",
            _("The server's time on the processor, divided by arrivals; hatched: the part that the kernel spent."),
            work,
        ),
        "kib_per_client": Meaning(
            _("Memory for each client"),
            "KiB",
            _("By how much the server's share of memory (PSS) grew, divided by the clients who came."),
        ),
        "memory_mib": Meaning(
            _("Memory"),
            "MiB",
            _(
                "The server's share of memory at the end (PSS: what it shares with other processes is divided "
                "among them)."
            ),
            _(
                "A thread costs the pages of its stack that it has touched; a callback costs none while it is not "
                "called."
            ),
        ),
        "threads": Meaning(
            _("Threads"),
            "",
            _("Threads of the server at the end of what was measured."),
            _(
                "One for each client and a few more, or one for the loop and a small pool for what blocks, such "
                "as passwords."
            ),
        ),
    }


def _waiting(_: Translate) -> dict[str, Meaning]:
    bounds = _("Upper bounds, rounded up to a power of two.")
    return {
        "switches_per_second": Meaning(
            _("Context switches per second"),
            "",
            _("How often the kernel put another thread in the place of one of the server's."),
            _(
                "A thread that waits for bytes, a lock or the interpreter gives up the processor, and has to be "
                "woken; a loop does so only when nothing at all is ready."
            ),
        ),
        "voluntary_per_second": Meaning(
            _("Voluntary switches per second"), "", _("Switches because a thread had to wait for something.")
        ),
        "involuntary_per_second": Meaning(
            _("Involuntary switches per second"),
            "",
            _("Switches because somebody else was given the processor."),
        ),
        "wait_share": Meaning(
            _("Waiting for the world"),
            _("s per second"),
            _(
                "Seconds that steps waited, in every second. With threads: for the world's lock, by all threads "
                "together, so it can be more than one. With a loop: from the first step of a turn to the flush of "
                "that turn, since there one waits for nothing else. The two are answers to the same question, not "
                "the same quantity."
            ),
        ),
        "wait_p99_us": Meaning(_("Waiting for the world, p99"), "µs", bounds),
        "hold_share": Meaning(
            _("Holding the world"),
            _("s per second"),
            _("Seconds in which a step kept all others out, in every second."),
        ),
        "hold_p99_us": Meaning(
            _("Holding the world, p99"),
            "µs",
            _("How long a step kept all others out, with the lock held or the loop for itself.") + " " + bounds,
            _(
                "The steps are the same code on every engine. With threads, the time includes what a thread spent "
                "without the processor or the interpreter while it held the lock: then nobody gets on."
            ),
        ),
        "slow_closed": Meaning(
            _("Slow readers cut off"),
            "",
            _(
                "How many of those who did not read were disconnected by the end, by the server's bound for what "
                "waits."
            ),
            _(
                "The bound is the same on every engine; how soon it is reached depends on what the kernel takes "
                "first."
            ),
        ),
    }
