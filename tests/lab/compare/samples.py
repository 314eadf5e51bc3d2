"""Comparisons that nobody measured: one that looks like a real one, and any that could be written."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from coliseum.lab.compare.document import Cell, Comparison, Condition, Engine
from coliseum.lab.histogram import Histogram
from coliseum.lab.results import Result, Spans

ENGINES = ("threads", "asyncio", "uvloop")
BASE = {"threads": 1.0, "asyncio": 1.35, "uvloop": 1.42}
SIZES = {
    "fan-out": ("fan", (10, 100, 1000)),
    "small-rooms": ("arena", (30, 300, 900)),
    "busy-room": ("busy-room", (10, 50, 150)),
    "paced": ("paced", (50, 200, 800)),
    "join-storm": ("join-storm", (200, 1000)),
    "reconnect-storm": ("reconnect-storm", (500,)),
    "slow-readers": ("slow-readers", (0, 1, 4)),
    "udp": ("udp", (40, 160)),
    "idle": ("idle", (500, 2000, 5000)),
    "stop": ("stop", (500,)),
}


def sample(rounds: int = 5, engines: Sequence[str] = ENGINES, seed: int = 7) -> Comparison:
    """Return a comparison with everything in it: all groups, a failure, a bound, a condition that differs."""
    dice = random.Random(seed)
    cells = []
    for group, (name, sizes) in SIZES.items():
        for size in sizes:
            for tls in (False, True):
                if (group in {"udp", "idle", "stop"} and tls) or (group == "reconnect-storm" and not tls):
                    continue
                label = f"{name}{'+tls' * tls},n={size}"
                for engine in engines:
                    results: list[Result | None] = [
                        result(group, label, size, tls, engine, dice) for _ in range(rounds)
                    ]
                    cell = Cell(workload=label, group=group, size=size, tls=tls, engine=engine, results=results)
                    cells.append(cell)
    _spoil(cells)
    return comparison_of(
        [Engine(name=name, about=f"about {name} 1.2.3") for name in engines], cells, rounds=rounds
    )


def comparison_of(engines: Sequence[Engine], cells: Sequence[Cell], rounds: int = 3) -> Comparison:
    """Return a comparison with these cells."""
    return Comparison(
        began="2026-11-22T16:40:12+01:00",
        seconds=1834.5,
        command="coliseum compare --rounds 5 --output report.html",
        quick=False,
        planned_rounds=rounds,
        rounds=rounds,
        machine={
            "processor": "2 cores of an Intel Xeon (virtual)",
            "system": "Linux 6.18",
            "python": "CPython 3.11.7, with the GIL",
            "openssl": "OpenSSL 3.0.15",
            "coliseum": "0.9.0",
        },
        engines=list(engines),
        conditions=conditions([engine.name for engine in engines]),
        cells=list(cells),
    )


def conditions(engines: Sequence[str]) -> list[Condition]:
    same = [
        ("limits", "limits.sendq", "1048576"),
        ("limits", "limits.flood_control", "false"),
        ("socket", "TCP_NODELAY", "1"),
        ("socket", "SO_SNDBUF", "2626560"),
        ("tls", "handshake", "TLSv1.3 TLS_AES_256_GCM_SHA384"),
        ("process", "cores", "0"),
        ("load", "messages of paced,n=200", "5000"),
    ]
    found = [
        Condition(about=about, what=what, values=dict.fromkeys(engines, value)) for about, what, value in same
    ]
    threads = {name: "SCHED_BATCH" if name == "threads" else "SCHED_OTHER" for name in engines}
    return [*found, Condition(about="process", what="scheduling", values=threads, required=False)]


def result(group: str, label: str, size: int, tls: bool, engine: str, dice: random.Random) -> Result:
    """Return figures as a machine that is a little restless might give them."""
    speed = BASE[engine] * (0.6 if tls else 1.0) * dice.uniform(0.96, 1.04)
    near = dice.uniform(0.97, 1.03)
    threads = size + 4 if engine == "threads" else 1
    found = Result(workload=label, seconds=3.0, clients=size, limit="server", tls="TLSv1.3" * tls)
    found.server_share, found.server_system_share = 0.98, 0.42 + 0.1 * near * (engine == "threads")
    found.switches_per_second = (41_000 if engine == "threads" else 900) * near
    found.voluntary_per_second = found.switches_per_second * 0.9
    found.involuntary_per_second = found.switches_per_second * 0.1
    found.threads, found.memory_kib = threads, 42_000 + size * (39 if engine == "threads" else 4.5) * near
    found.wait = Spans(
        count=9000, seconds=speed / 3, p50_us=8, p99_us=512 if engine == "threads" else 64, max_us=4096
    )
    found.hold = Spans(count=9000, seconds=0.9 * near, p50_us=16, p99_us=128, max_us=8192)
    if group in {"fan-out", "small-rooms", "busy-room"}:
        # The smallest shows no difference: one engine is as fast as the others.
        pace = near if size == SIZES[group][1][0] else speed
        found.deliveries = int(3 * 250_000 * size**0.5 * pace)
        found.deliveries_per_second = found.deliveries / 3
        found.cpu_us_per_delivery = 7.0 / pace
        found.fairness, found.slowest_room = (0.96 * near, 0.8 * near) if group == "small-rooms" else (None, None)
    elif group in {"paced", "udp", "slow-readers"}:
        found.deliveries, found.cpu_us_per_delivery = 95_000, 11.0 / speed
        found.limit = "neither"
        found.slow_closed = size * 10 if group == "slow-readers" else None
        _latencies(found, 260.0 / speed, 95_00, dice)
    elif group in {"join-storm", "reconnect-storm"}:
        found.arrivals_per_second, found.cpu_us_per_arrival = 1200 * speed, 640 / speed
        _latencies(found, 60_000.0 / speed, max(size, 100), dice)
    elif group == "idle":
        found.kib_per_client, found.limit = (39.0 if engine == "threads" else 4.5) * near, "unknown"
    else:
        found.stop_ms = (180 if engine == "threads" else 45) * near
    return found


def _latencies(found: Result, middle: float, count: int, dice: random.Random) -> None:
    histogram = Histogram()
    for _ in range(count):
        histogram.add(round(1e3 * middle * dice.lognormvariate(0, 0.45)))
    found.latencies = dict(histogram.counts)
    found.p50_us, found.p99_us, found.p999_us = (histogram.percentile(p) / 1e3 for p in (50, 99, 99.9))


def _spoil(cells: list[Cell]) -> None:
    """Let the generator be the bottleneck in one workload, and a round fail in another."""
    for cell in cells:
        if cell.workload == "fan,n=1000" and cell.engine == "uvloop":
            for each in cell.good:
                each.limit = "generator"
        if cell.workload == "arena+tls,n=900" and cell.engine == "threads":
            cell.results[1] = None
            cell.errors.append("round 2: lab-17 was refused: too many open files")
        if cell.workload == "join-storm+tls,n=1000" and cell.engine == "uvloop":
            cell.results = [None for _ in cell.results]
            cell.errors += [f"round {n + 1}: no answer for 10 s" for n in range(len(cell.results))]


ANY = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make one smaller takes minutes: each draws pictures
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# --- any comparison ----------------------------------------------------------------------------------------

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x^2$ \\frac & <b>",
    "_hidden",
    "{{ 7*7 }} {0} {name} %s %(x)s",
    "\u202eevil \u2028 名前 \U0001f600",
    "--ink:red;}</style>",
    "a" * 200,
    "",
)
names = st.one_of(st.sampled_from(ENGINES), st.sampled_from(HOSTILE), st.text(max_size=30))
figures = st.one_of(st.none(), st.just(0.0), st.floats(0, 1e9, allow_subnormal=False))
_times = st.floats(0, 1e6, allow_subnormal=False)
_spans = st.none() | st.builds(
    Spans, count=st.integers(0, 10**6), seconds=_times, p50_us=_times, p99_us=_times, max_us=_times
)


@st.composite
def results(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Result | None:
    if draw(st.integers(0, 5)) == 0:
        return None
    found = Result(workload="")
    for key in draw(st.lists(st.sampled_from(FIELDS), max_size=8, unique=True)):
        setattr(found, key, draw(figures))
    found.wait, found.hold, found.seconds = draw(_spans), draw(_spans), draw(st.sampled_from([0.0, 0.4, 3.0]))
    found.limit = draw(st.sampled_from(["server", "generator", "both", "neither", "unknown"]))
    found.faults = draw(st.sampled_from(["", "", "", "lost: <b>1</b>"]))
    found.latencies = draw(st.dictionaries(st.integers(0, 2000), st.integers(1, 10**6), max_size=4))
    return found


FIELDS = [
    field.name
    for field in msgspec.structs.fields(Result)
    if field.type in {float | None, int | None} and field.name != "threads"
]


@st.composite
def comparisons(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Comparison:
    """Any comparison that could be written: few engines, missing cells, failures, any names."""
    engines = draw(st.lists(names, min_size=0, max_size=3, unique=True))
    workloads = draw(st.lists(st.tuples(names, st.sampled_from([*SIZES, *HOSTILE]), st.booleans()), max_size=4))
    rounds = draw(st.integers(1, 4))
    cells = []
    for index, (name, group, tls) in enumerate(workloads):
        size = draw(st.integers(0, 10_000))
        for engine in engines:
            if draw(st.integers(0, 4)):
                outcome = draw(st.lists(results(), min_size=rounds, max_size=rounds))
                errors = draw(st.lists(names, max_size=2)) if None in outcome else []
                cells.append(
                    Cell(
                        workload=f"{name}{index}",
                        group=group,
                        size=size,
                        tls=tls,
                        engine=engine,
                        results=outcome,
                        errors=errors,
                    )
                )
    texts = st.sampled_from([*HOSTILE, "plain"])
    return Comparison(
        began=draw(texts),
        seconds=draw(st.floats(0, 1e5)),
        command=draw(texts),
        quick=draw(st.booleans()),
        planned_rounds=rounds,
        rounds=draw(st.integers(0, rounds)),
        machine=draw(st.dictionaries(texts, texts, max_size=2)),
        engines=[Engine(name=name, about=draw(texts)) for name in engines],
        conditions=draw(
            st.lists(
                st.builds(
                    Condition,
                    about=texts,
                    what=texts,
                    values=st.dictionaries(names, texts, max_size=3),
                    required=st.booleans(),
                ),
                max_size=3,
            )
        ),
        cells=cells,
    )
