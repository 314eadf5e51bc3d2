"""Results as text: one result in a few lines, a comparison as a table with ratios.

What must stay true: pure; every row is shown, also those where we are behind, those without a figure, and those
whose figure is only a lower bound because the generator had no time left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coliseum.lab.figures import Summary, ratio, summary
from coliseum.lab.results import Result
from coliseum.lab.workloads import Measure, Workload, described, measures

OURS = "coliseum"
"How names of our own servers begin."


@dataclass(slots=True)
class Cell:
    """All rounds of one workload on one server."""

    results: list[Result | None] = field(default_factory=list)
    "By round; None when it could not be run."
    errors: list[str] = field(default_factory=list)

    def values(self, measure: Measure) -> list[float | None]:
        """Return the figures by round."""
        return [None if result is None else getattr(result, measure.key) for result in self.results]

    def known(self, measure: Measure) -> Summary | None:
        """Return median and spread; None when no round has the figure."""
        return summary([value for value in self.values(measure) if value is not None])


Table = Mapping[tuple[str, str], Cell]
"By the workload's text, as `named` takes it, and name of the server."
Rows = Sequence[tuple[str, Workload]]
"Workloads with their texts."


def number(value: float) -> str:
    """Return a figure with three digits that mean something."""
    for suffix in ("", " k", " M"):
        text = f"{value:.3g}"
        if "e+" not in text:
            return text + suffix
        value /= 1000
    return f"{value:.0f} G"


def result(found: Result) -> str:
    """Return one result for a person."""
    if found.faults:
        return f"{found.workload}: FAILED: {found.faults}"
    lines = [f"{found.workload}:"]
    rows: list[tuple[str, float | None, str]] = [
        ("deliveries", found.deliveries_per_second, "/s, every one checked"),
        ("messages", found.messages_per_second, "/s"),
        ("arrivals", found.arrivals_per_second, "/s"),
        ("server CPU", found.cpu_us_per_delivery, "us per delivery"),
        ("server CPU", found.cpu_us_per_arrival, "us per arrival"),
        ("p50", found.p50_us, "us"),
        ("p99", found.p99_us, "us"),
        ("p99.9", found.p999_us, "us"),
        ("memory", found.kib_per_client, "KiB PSS per client"),
        ("memory", found.memory_kib, "KiB PSS in all"),
        ("switches", found.voluntary_per_second, "/s because a thread waited"),
        ("", found.involuntary_per_second, "/s because others were to run"),
        ("threads", found.threads, ""),
        ("fairness", found.fairness, "between rooms (Jain's index; 1: all the same)"),
        ("slowest room", found.slowest_room, "of what a room got on average"),
        ("cut off", found.slow_closed, "of those who did not read"),
        ("stop", found.stop_ms, "ms until the process was over"),
    ]
    lines += [f"  {name:12} {number(value):>8} {unit}" for name, value, unit in rows if value is not None]
    lines += [
        f"  {name:12} {number(spans.seconds * 1e3):>8} ms in {spans.count} steps, below {number(spans.p50_us)} us "
        f"(p50), {number(spans.p99_us)} us (p99), {number(spans.max_us)} us (all)"
        for name, spans in (("world waited", found.wait), ("world held", found.hold))
        if spans is not None
    ]
    lines += [f"  {'TLS':12} {found.tls}"] if found.tls else []
    lines.append(f"  {shares(found)}")
    return "\n".join(lines)


def shares(found: Result) -> str:
    """Return who used how much of a core, and who was at the limit."""
    parts = []
    if found.server_share is not None:
        cost = found.cpu_us_per_delivery
        parts.append(f"server {found.server_share:.0%}" + (f" = {cost:.2f} us/delivery" if cost else ""))
    if found.generator_late_us is None:
        parts.append(f"generator {found.generator_share:.0%}")
    if found.others_cores is not None and found.others_cores > 0.05:
        parts.append(f"OTHERS {found.others_cores:.0%}")
    if found.generator_late_us is not None:
        parts.append(f"generator late p99 {number(found.generator_late_us)} us")
    if found.limit == "generator" and found.generator_late_us is not None:
        parts.append("the generator itself was late: not the server's latencies")
    elif found.limit == "generator":
        parts.append("the generator was the bottleneck: a lower bound")
    elif found.limit == "both":
        parts.append("both had no time left")
    elif found.limit == "neither" and found.deliveries_per_second and found.p99_us is None:
        parts.append("neither was busy")
    return ", ".join(parts)


def comparison(workloads: Rows, servers: Sequence[str], table: Table) -> str:
    """Return everything that was measured: a block for each figure of each workload, with ratios."""
    blocks = []
    for text, workload in workloads:
        if not any((text, server) in table for server in servers):
            continue
        for measure in measures(workload):
            better = "more" if measure.more_is_better else "less"
            lines = [f"{workload.label}: {measure.unit}, {better} is better ({described(workload)})"]
            lines += [_row(text, server, servers, table, measure) for server in servers]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def markdown(workloads: Rows, servers: Sequence[str], table: Table) -> str:
    """Return the medians as a table for documents."""
    lines = ["| workload | figure | " + " | ".join(servers) + " |", "|---|---|" + "---|" * len(servers)]
    for text, workload in workloads:
        for measure in measures(workload):
            row = []
            for server in servers:
                cell = table.get((text, server), Cell())
                known = cell.known(measure)
                figure = "-" if known is None else _bound(cell, measure) + number(known.median)
                row.append("failed" if cell.errors else figure)
            lines.append(f"| {workload.label} | {measure.unit} | {' | '.join(row)} |")
    return "\n".join(lines)


def _row(text: str, server: str, servers: Sequence[str], table: Table, measure: Measure) -> str:
    cell = table.get((text, server), Cell())
    known = cell.known(measure)
    if known is None:
        return f"  {server:22} {'; '.join(cell.errors) or '-'}"
    spread = f"({number(known.least)} … {number(known.most)})" if len(cell.results) > 1 else ""
    row = f"  {server:22} {_bound(cell, measure) + number(known.median):>9} {spread:20}"
    if server.startswith(OURS):
        row += " ".join(
            _ratio(cell, table[text, peer], peer, measure)
            for peer in servers
            if not peer.startswith(OURS) and (text, peer) in table
        )
    last = next(found for found in reversed(cell.results) if found is not None)
    row = f"{row:72} [{shares(last)}]"
    return "\n".join([row, *(f"  {'':22} FAILED: {error}" for error in cell.errors)])


def _ratio(ours: Cell, theirs: Cell, peer: str, measure: Measure) -> str:
    found = ratio(ours.values(measure), theirs.values(measure))
    if found is None:
        return f"{peer}: -"
    behind = found.median < 1 if measure.more_is_better else found.median > 1
    return f"{found.median:.2f} x {peer}{' (behind)' if behind else ''}"


def _bound(cell: Cell, measure: Measure) -> str:
    """Return a sign for a figure that is only a bound, because the generator had no time left."""
    signs = {"deliveries_per_second": ">", "arrivals_per_second": ">", "p99_us": "<"}
    limited = any(found is not None and found.limit == "generator" for found in cell.results)
    return signs.get(measure.key, "") if limited else ""
