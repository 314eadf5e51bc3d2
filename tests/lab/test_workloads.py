"""Workloads by name, and the table of results."""

import pytest

from coliseum.lab import LabError, report
from coliseum.lab.report import Cell
from coliseum.lab.results import Result, Spans
from coliseum.lab.workloads import CATALOGUE, USUAL, Flow, Storm, described, measures, named


@pytest.mark.parametrize("name", [*CATALOGUE, *USUAL])
def test_a_name_is_that_of_its_workload(name: str) -> None:
    workload = named(name)
    assert workload.label == name
    assert measures(workload)
    assert described(workload)


def test_parameters_can_be_changed_in_the_name() -> None:
    workload = named("fan-100+tls+ack,in_flight=8,seconds=0.5")
    assert isinstance(workload, Flow)
    assert (workload.tls, workload.quick_ack, workload.in_flight, workload.seconds) == (True, True, 8, 0.5)
    assert workload.label == "fan-100+tls+ack"
    storm = named("storm+tls, clients=7")
    assert isinstance(storm, Storm)
    assert storm.clients == 7


@pytest.mark.parametrize(
    "text",
    ["nothing", "fan-100+fast", "fan-100,speed=1", "fan-100,rooms=x", "fan-100,members=1", "fan-100,text_bytes=5",
     "fan-100,senders=200", "fan-100,in_flight=0", "arena-3-beside,idle_rooms=0", "paced-1k,rate=0"],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(LabError, match=r"\w"):
        named(text)


def result(figure: float, **others: object) -> Result:
    return Result(workload="fan-100", deliveries_per_second=figure, server_share=0.99, **others)  # type: ignore[arg-type]


def test_a_table_shows_ratios_losing_rows_and_failures() -> None:
    rows_wanted = [("fan-100", named("fan-100"))]
    slow = [result(5e5, limit="generator"), None, result(5e5)]
    table = {
        ("fan-100", "coliseum-asyncio"): Cell([result(2e6), result(4e6), result(3e6)]),
        ("fan-100", "coliseum-threads"): Cell(slow, ["round 2: 1 lost"]),
        ("fan-100", "peer"): Cell([result(1e6), result(2e6), result(1.5e6)]),
        ("fan-100", "other"): Cell([None] * 3, ["round 1: did not start"]),
    }
    servers = ["coliseum-asyncio", "coliseum-threads", "peer", "other"]
    text = report.comparison(rows_wanted, servers, table)
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert "3 M" in rows["coliseum-asyncio"]
    assert "(2 M … 4 M)" in rows["coliseum-asyncio"]
    assert "2.00 x peer" in rows["coliseum-asyncio"]
    assert "other: -" in rows["coliseum-asyncio"]
    assert ">500 k" in rows["coliseum-threads"]
    assert "(behind)" in rows["coliseum-threads"]
    assert "FAILED: round 2: 1 lost" in text
    assert "did not start" in rows["other"]
    assert "| fan-100 | deliveries/s | 3 M | failed | 1.5 M | failed |" in report.markdown(
        rows_wanted, servers, table
    )


def test_less_is_better_where_it_is() -> None:
    wanted = [("idle", named("idle"))]
    table = {
        ("idle", "coliseum-asyncio"): Cell([Result(workload="idle", kib_per_client=8.0)]),
        ("idle", "peer"): Cell([Result(workload="idle", kib_per_client=2.0)]),
    }
    assert "4.00 x peer (behind)" in report.comparison(wanted, ["coliseum-asyncio", "peer"], table)


def test_one_result_says_what_it_is_worth() -> None:
    text = report.result(result(1.234e6, limit="generator", generator_share=0.97, others_cores=0.2))
    assert "1.23 M /s, every one checked" in text
    assert "the generator was the bottleneck" in text
    assert "OTHERS 20%" in text
    spans = Spans(count=7, seconds=0.25, p50_us=2.0, p99_us=64.0, max_us=128.0)
    text = report.result(result(1.0, wait=spans, fairness=0.5, slow_closed=3, stop_ms=12.0, tls="TLSv1.3 X"))
    assert "250 ms in 7 steps, below 2 us (p50), 64 us (p99), 128 us (all)" in text
    assert "0.5 between rooms" in text
    assert "3 of those who did not read" in text
    assert "12 ms until" in text
    assert "TLSv1.3 X" in text
    assert "FAILED: 1 lost" in report.result(Result(workload="fan-100", faults="1 lost"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (12.345, "12.3"), (999.9, "1 k"), (4321, "4.32 k"), (13.7e6, "13.7 M"), (5e9, "5 G")],
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert report.number(value) == text
