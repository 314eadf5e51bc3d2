"""Servers with generated configurations: they start, carry a load over TCP and TLS, and are gone afterwards."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy")

import coliseum
from coliseum.lab import LabError, comparison, servers
from coliseum.lab.servers import RECIPES, Recipe, Running
from coliseum.lab.workloads import named
from tests.lab.faulty import FaultyServer, drop

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers.py"
SHORT = "fan-100,members=4,warm_up=0.05,seconds=0.1"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("name", RECIPES)
def test_a_server_starts_carries_a_load_and_is_gone(name: str) -> None:
    if not RECIPES[name].located():
        pytest.skip(f"{name} is not installed")
    with servers.run(RECIPES[name], None) as running:
        assert running.pid is not None
        for text in (SHORT, SHORT.replace("fan-100", "fan-100+tls"))[: 1 + RECIPES[name].tls]:
            result = comparison.measure(named(text), running, text)
            assert result.faults == ""
            assert result.deliveries > 0
            assert result.memory_kib
            if name.startswith("coliseum"):
                assert result.wait is not None
                assert result.hold is not None
                # At most `in_flight` messages in one step; the first and the last step were partly at other times.
                assert result.hold.count >= result.messages / 64 - 2
                assert 0 < result.hold.p50_us <= result.hold.p99_us <= result.hold.max_us
                assert result.hold.seconds > 0
            else:
                assert result.wait is None
    assert gone(running.pid)


@pytest.mark.parametrize(
    "text",
    [
        "join-storm,clients=30,at_once=10,rooms=3",
        "reconnect-storm+tls,clients=30,at_once=10,rooms=3",
        "slow-readers,members=3,slow=2,rate=6000,warm_up=0.05,seconds=0.7",
        "idle,clients=30",
    ],
)
@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("coliseum")])
def test_our_servers_as_they_are_run_carry_every_load(name: str, text: str) -> None:
    if not RECIPES[name].located():
        pytest.skip(f"{name} is not installed")
    with servers.run(RECIPES[name], None) as running:
        result = comparison.measure(named(text), running, text)
    assert result.faults == ""
    assert result.clients == named(text).clients
    assert result.threads
    assert result.memory_kib
    assert result.wait is not None
    assert result.hold is not None
    assert result.slow_closed == (2 if "slow" in text else None)


def test_a_server_that_does_not_start_is_an_error_with_its_last_words() -> None:
    words = [sys.executable, "-c", "import sys; sys.exit('I cannot do that')"]
    with (
        pytest.raises(LabError, match=r"broken did not start, it ended with 1: I cannot do that"),
        servers.run(Recipe("broken", sys.executable, lambda _: words), None),
    ):
        raise AssertionError


def test_rounds_go_on_after_a_failure_and_say_what_it_was() -> None:
    told: list[str] = []
    with FaultyServer(drop(every=20)) as wrong, FaultyServer() as right:
        openers = {
            "wrong": comparison.given(Running("wrong", f"irc://127.0.0.1:{wrong.port}", "", None)),
            "right": comparison.given(Running("right", f"irc://127.0.0.1:{right.port}", "", None)),
        }
        plan = [(text, named(text)) for text in (f"{SHORT},patience=1", "storm+tls,clients=2")]
        table = comparison.rounds(plan, openers, 1, lambda *about: told.append(str(about)))
    (flow, _), (storm, _) = plan
    assert "1 lost" in table[flow, "wrong"].errors[0]
    assert table[flow, "wrong"].results == [None]
    assert not table[flow, "right"].errors
    assert "no address" in table[storm, "right"].errors[0]
    assert len(told) == 4


def test_who_comes_first_changes_and_rounds_end_when_it_is_enough() -> None:
    told: list[tuple[int, str]] = []
    with FaultyServer() as server:
        running = Running("tiny", f"irc://127.0.0.1:{server.port}", "", None)
        openers = dict.fromkeys(("one", "two", "three"), comparison.given(running))
        plan = [("storm,clients=2", named("storm,clients=2"))]
        table = comparison.rounds(
            plan, openers, 9, lambda number, _, name, __: told.append((number, name)), lambda number: number > 3
        )
    assert [name for number, name in told] == [
        *("one", "two", "three"),
        *("two", "three", "one"),
        *("three", "one", "two"),
    ]
    assert {len(cell.results) for cell in table.values()} == {3}


def test_the_command_prints_the_table_and_writes_files(tmp_path: Path) -> None:
    def run(port: int) -> "subprocess.CompletedProcess[str]":
        files = ["--json", str(tmp_path / "peers.json"), "--markdown", str(tmp_path / "peers.md")]
        address = ["--address", f"tiny=irc://127.0.0.1:{port},pid={os.getpid()}"]
        command = [sys.executable, str(PEERS), *address, "-w", f"{SHORT},patience=1", "-r", "2", *files]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with FaultyServer() as server:
        done = run(server.port)
    assert done.returncode == 0, done.stderr
    assert "deliveries/s, more is better" in done.stdout
    assert "round 2 fan-100" in done.stderr
    written = json.loads((tmp_path / "peers.json").read_text())
    assert [len(cell["results"]) for cell in written["cells"]] == [2]
    assert "| fan-100 |" in (tmp_path / "peers.md").read_text()
    with FaultyServer(drop(every=10)) as server:
        done = run(server.port)
    assert (done.returncode, "FAILED" in done.stderr) == (1, True)


def test_coliseum_of_another_interpreter_is_a_server_of_its_own(tmp_path: Path) -> None:
    """As a compiled one is, or an older one; here it is the same."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PEERS), "-s", "coliseum-asyncio", "-w", SHORT, "-r", "1", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run("--python", f"same={sys.executable}", "--markdown", str(tmp_path / "peers.md"))
    assert done.returncode == 0, done.stderr
    assert f"coliseum-asyncio-same: coliseum {coliseum.__version__}" in done.stderr
    table = (tmp_path / "peers.md").read_text().splitlines()
    heads = [cell.strip() for cell in table[0].split("|")]
    assert heads[3:5] == ["coliseum-asyncio", "coliseum-asyncio-same"]
    assert "–" not in table[2]
    for wrong in ("nothing", f"={sys.executable}", "x=/nowhere/python"):
        done = run("--python", wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert "write NAME=PATH of an interpreter" in done.stderr
    done = run("--python", f"none={shutil.which('false')}")
    assert done.returncode == 0
    assert "coliseum-asyncio-none is not installed: left out" in done.stderr
