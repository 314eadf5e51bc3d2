"""Fairness: it is seen on real servers, and a difference is found whatever it is in."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from coliseum.lab import LabError, recipes, servers
from coliseum.lab.compare import document, fairness, plan
from coliseum.lab.compare.document import Cell
from coliseum.lab.compare.fairness import Facts
from coliseum.lab.results import Result
from coliseum.lab.servers import RECIPES, Place, Recipe

ENGINES = recipes.engines()


def seen(recipe: Recipe) -> Facts:
    with servers.run(recipe, None) as running:
        return fairness.seen(running)


def changed(engine: str, old: str, new: str) -> Recipe:
    """Return an engine's recipe with one thing in its configuration changed."""
    recipe = RECIPES[f"coliseum-{engine}"]

    def prepare(place: Place) -> list[str]:
        command = recipe.prepare(place)
        file = place.directory / "coliseum.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        return command

    return dataclasses.replace(recipe, prepare=prepare)


def test_all_engines_run_under_the_same_conditions() -> None:
    """The property that a comparison rests on, as the kernel and the handshake show it."""
    facts: dict[str, Facts] = {engine: seen(RECIPES[f"coliseum-{engine}"]) for engine in ENGINES}
    found = fairness.conditions(facts)
    assert fairness.unfair(found) == []
    by_name = {(one.about, one.what): one.values for one in found}
    assert set(by_name["socket irc", "TCP_NODELAY"].values()) == {"1"}
    assert set(by_name["socket ircs", "TCP_NODELAY"].values()) == {"1"}
    assert set(by_name["tls", "version"].values()) == {"TLSv1.3"}
    assert set(by_name["listener", "backlog"].values()) == {"1024"}
    assert set(by_name["limits", "limits.flood_control"].values()) == {"False"}
    assert ("socket udp", "SO_RCVBUF") in by_name
    assert by_name["process", "scheduling"].keys() == set(ENGINES)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("flood_control = false", "flood_control = true", "limits.flood_control"),
        ("[limits]\n", '[server]\nname = "elsewhere.test"\n[limits]\n', "all other settings"),
        ("room_capacity = 0", "room_capacity = 7", "limits.room_capacity"),
    ],
)
def test_another_limit_is_found(old: str, new: str, what: str) -> None:
    facts = {"threads": seen(RECIPES["coliseum-threads"]), "asyncio": seen(changed("asyncio", old, new))}
    assert [what in line for line in fairness.unfair(fairness.conditions(facts))] == [True]


def test_what_one_lacks_is_a_difference_and_what_is_on_purpose_is_none() -> None:
    facts: dict[str, Facts] = {
        "threads": {("socket irc", "TCP_NODELAY"): "1", ("process", "scheduling"): "SCHED_BATCH"},
        "asyncio": {("process", "scheduling"): "SCHED_OTHER"},
    }
    assert fairness.unfair(fairness.conditions(facts)) == [
        "TCP_NODELAY (socket irc): threads 1, asyncio absent",
    ]


def test_another_number_of_messages_is_found_except_in_flows() -> None:
    def cell(workload: str, engine: str, messages: int) -> Cell:
        result = Result(workload=workload, clients=10, messages=messages)
        return Cell(workload=workload, group="g", size=1, tls=False, engine=engine, results=[result, None])

    cells = [cell("paced-1k", "threads", 100), cell("paced-1k", "asyncio", 99)]
    cells += [cell("fan-100", "threads", 7), cell("fan-100", "asyncio", 8)]
    (line,) = fairness.unfair(fairness.load(cells))
    assert line.startswith("paced-1k (load): threads 10 clients, 100 messages, asyncio 10 clients, 99 messages")


def test_a_server_that_cannot_be_looked_at_is_an_error() -> None:
    with servers.run(RECIPES["coliseum-asyncio"], None) as running:
        stranger = dataclasses.replace(running, pid=None)
        with pytest.raises(LabError, match="process number"):
            fairness.seen(stranger)


def test_a_document_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = document.Comparison(
        began="2026-01-01T00:00:00+00:00",
        seconds=1.5,
        command="coliseum compare",
        quick=True,
        planned_rounds=3,
        rounds=1,
        machine={"system": "test"},
        engines=[document.Engine(name="threads", about="threading")],
        conditions=[document.Condition(about="limits", what="limits.sendq", values={"threads": "1"})],
        cells=[
            Cell(
                workload="fan-100",
                group="fan-out",
                size=101,
                tls=False,
                engine="threads",
                results=[Result(workload="fan-100", deliveries_per_second=1e6, latencies={5: 7}), None],
                errors=["round 2: 1 lost"],
            )
        ],
    )
    file = tmp_path / "c.json"
    file.write_bytes(document.written(found))
    assert document.read(file) == found
    file.write_bytes(document.written(msgspec.structs.replace(found, format=99)))
    with pytest.raises(LabError, match="format 99"):
        document.read(file)
    file.write_text("{}")
    with pytest.raises(LabError, match="no comparison in it"):
        document.read(file)


@pytest.mark.parametrize("quick", [False, True])
def test_a_plan_asks_every_question_and_grows(quick: bool) -> None:
    rows = plan.chosen(quick=quick)
    assert tuple(dict.fromkeys(row.group for row in rows)) == plan.GROUPS
    for group in plan.GROUPS:
        own = [row for row in rows if row.group == group]
        assert len({type(row.workload) for row in own}) == 1
        assert len({row.text for row in own}) == len(own)
        for tls in (False, True):
            sizes = [row.size for row in own if row.workload.tls is tls]
            assert sizes == sorted(set(sizes))
    with pytest.raises(LabError, match="no group 'speed'"):
        plan.chosen(quick=quick, groups=["speed"])
