"""What the report says about figures: exactly these sentences, and none that goes further than the rounds do."""

from collections.abc import Sequence

import pytest

from coliseum.i18n import english
from coliseum.lab.compare.catalogue import FIGURES
from coliseum.lab.compare.document import Cell, Comparison, Engine
from coliseum.lab.compare.method import noise
from coliseum.lab.compare.sentences import Said, sentences
from coliseum.lab.figures import Limit
from coliseum.lab.results import Result
from tests.lab.compare.samples import comparison_of

Values = Sequence[float | None]


NOISE = "no difference seen between asyncio and threads"
HERE = "fan-out, 100 clients, in clear: "


def said(
    key: str, asyncio: Values, threads: Values, *, asyncio_limit: Limit = "server", threads_limit: Limit = "server"
) -> list[Said]:
    """Return the sentences about one workload on two engines."""

    def cell(engine: str, values: Values, limit: Limit) -> Cell:
        rounds = [None if value is None else Result(workload="w", limit=limit) for value in values]
        for result, value in zip(rounds, values, strict=True):
            if result is not None:
                setattr(result, key, value)
        return Cell(workload="w", group="fan-out", size=100, tls=False, engine=engine, results=list(rounds))

    cells = [cell("threads", threads, threads_limit), cell("asyncio", asyncio, asyncio_limit)]
    found = comparison_of([Engine(name=name, about="") for name in ("threads", "asyncio")], cells)
    return sentences(found, FIGURES[key], cells[:1], "asyncio", "threads", english)


def test_more_in_every_round_is_better_where_more_is_better() -> None:
    found = said("deliveries_per_second", [150, 145, 158, 150, 151], [100, 100, 100, 100, 100])
    text = HERE + "asyncio 1.50 times threads (1.45 to 1.58 in 5 rounds)"
    assert found == [Said("better", text)]


def test_more_in_every_round_is_worse_where_less_is_better() -> None:
    found = said("cpu_us_per_delivery", [150, 145, 158], [100, 100, 100])
    text = HERE + "asyncio 1.50 times threads (1.45 to 1.58 in 3 rounds)"
    assert found == [Said("worse", text)]


def test_more_is_only_more_where_neither_is_better() -> None:
    assert [each.mark for each in said("switches_per_second", [2, 2, 2], [1, 1, 1])] == ["more"]
    assert [each.mark for each in said("switches_per_second", [1, 1, 1], [2, 2, 2])] == ["less"]


def test_one_round_in_the_others_range_is_no_difference() -> None:
    found = said("deliveries_per_second", [150, 160, 99], [100, 100, 100])
    text = f"{NOISE} (0.99 to 1.60 times in 3 rounds)"
    assert found == [Said("nothing", HERE + text)]


@pytest.mark.parametrize(
    ("key", "ours", "theirs", "limits", "word"),
    [
        ("deliveries_per_second", 3, 1, ("generator", "server"), "at least"),
        ("deliveries_per_second", 1, 3, ("server", "generator"), "at most"),
        ("p99_us", 1, 3, ("generator", "server"), "at most"),
        ("p99_us", 3, 1, ("server", "generator"), "at least"),
    ],
)
def test_a_bound_of_the_better_one_is_called_a_bound(
    key: str, ours: float, theirs: float, limits: tuple[Limit, Limit], word: str
) -> None:
    (found,) = said(key, [ours] * 3, [theirs] * 3, asyncio_limit=limits[0], threads_limit=limits[1])
    assert f"asyncio {word} " in found.text
    assert found.text.endswith("in 3 rounds; the generator was the bottleneck)")


def test_a_bound_never_makes_an_engine_look_worse() -> None:
    found = said("deliveries_per_second", [1, 1, 1], [3, 3, 3], asyncio_limit="generator")
    text = "asyncio and threads cannot be judged, because the generator was the bottleneck of one of them"
    assert found == [Said("unknown", HERE + text)]


def test_a_cost_is_no_bound_when_the_generator_had_no_time_left() -> None:
    (found,) = said("cpu_us_per_delivery", [1, 1, 1], [3, 3, 3], asyncio_limit="generator")
    assert found == Said("better", HERE + "asyncio 0.33 times threads (0.33 to 0.33 in 3 rounds)")


def test_two_rounds_are_too_few() -> None:
    text = "asyncio 1.50 times threads (1.50 to 1.50), but with 2 of the 3 rounds that a verdict needs"
    assert said("deliveries_per_second", [15, 15, None], [10, 10, 10]) == [Said("unknown", HERE + text)]


def test_who_failed_in_every_round_is_not_compared() -> None:
    text = HERE + "asyncio and threads were not both measured"
    assert said("deliveries_per_second", [None] * 3, [10, 10, 10]) == [Said("unknown", text)]
    assert said("deliveries_per_second", [None] * 3, [None] * 3) == []


def test_over_nothing_there_is_no_ratio() -> None:
    text = HERE + "asyncio more than threads in every one of 3 rounds"
    assert said("involuntary_per_second", [5, 6, 7], [0, 0, 0]) == [Said("more", text)]
    assert said("p99_us", [5, 6, 7], [0, 0, 0]) == [Said("worse", text)]


def test_workloads_without_a_difference_share_a_sentence() -> None:
    def cell(engine: str, size: int, values: list[float]) -> Cell:
        results: list[Result | None] = [Result(workload="w", deliveries_per_second=value) for value in values]
        return Cell(workload=f"w{size}", group="fan-out", size=size, tls=True, engine=engine, results=results)

    cells = [cell("threads", size, [9, 10, 11]) for size in (10, 20, 30)]
    cells += [cell("asyncio", size, [10, 10, 10] if size < 30 else [20, 20, 20]) for size in (10, 20, 30)]
    found = comparison_of([Engine(name=name, about="") for name in ("threads", "asyncio")], cells)
    told = sentences(found, FIGURES["deliveries_per_second"], cells[:3], "asyncio", "threads", english)
    assert [each.text for each in told] == [
        "fan-out, 30 clients, over TLS: asyncio 2.00 times threads (1.82 to 2.22 in 3 rounds)",
        f"fan-out, 10, 20 clients, over TLS: {NOISE} (0.91 to 1.11 times in 3 rounds)",
    ]


def test_the_reader_is_told_how_often_chance_looks_like_a_difference() -> None:
    def told(rounds: int) -> str:
        found: Comparison = comparison_of([], [], rounds=rounds)
        return noise(found, 200, english)[-1]

    assert "5 rounds of each would fall apart like that by chance in 0.79 % of all cases" in told(5)
    assert "This report gives 200 verdicts, so about 1.6 of them could be chance alone" in told(5)
    assert "3 rounds of each would fall apart like that by chance in 10 % of all cases" in told(3)
    assert told(2) == "With fewer than 3 rounds no verdict is given, and this comparison has 2."
