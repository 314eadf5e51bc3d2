"""A load over UDP sessions: it runs on our servers, is checked, and finds what a server does wrong."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("numpy")

import coliseum.settings
from coliseum.config import Engine
from coliseum.lab import LabError, cell, comparison, servers
from coliseum.lab.enrolment import Target
from coliseum.lab.results import Result
from coliseum.lab.servers import RECIPES, Running
from coliseum.lab.workloads import named
from coliseum.server import Server
from tests.lab import faulty_datagrams
from tests.lab.faulty import FaultyServer
from tests.lab.faulty_datagrams import FaultyDatagramServer

SHORT = "udp,rooms=3,members=4,rate=200,warm_up=0.05,seconds=0.2"
OURS = [name for name in RECIPES if name.startswith("coliseum")]


def test_every_delivery_over_udp_is_checked_and_timed(engine: Engine, data_dir: Path) -> None:
    flags = {
        "listen": ["udp://127.0.0.1:0"],
        "data_dir": str(data_dir),
        "limits.flood_control": False,
        "limits.room_capacity": 0,
    }
    with Server(coliseum.settings.load(None, flags, environment={}), engine=engine) as server:
        host, port = server.address("udp")
        result = cell.run(named(SHORT), Target.at(f"udp://{host}:{port}"), pid=os.getpid())
    assert result.faults == ""
    assert (result.clients, result.messages) == (12, 40)
    assert sum(result.latencies.values()) == 3 * 40
    assert result.p50_us is not None
    assert result.p99_us is not None
    assert 0 < result.p50_us <= result.p99_us
    assert result.arrivals_per_second
    assert result.cpu_us_per_delivery is not None
    assert result.tls == ""


@pytest.mark.parametrize("name", OURS)
def test_our_servers_as_they_are_run_have_sessions_over_udp(name: str) -> None:
    if not RECIPES[name].located():
        pytest.skip(f"{name} is not installed")
    with servers.run(RECIPES[name], None) as running:
        result = comparison.measure(named(SHORT), running, SHORT)
    assert result.faults == ""
    assert result.deliveries > 0
    assert result.hold is not None
    assert result.hold.count > 0
    assert result.memory_kib


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (faulty_datagrams.drop, "lost"),
        (faulty_datagrams.double, "doubled"),
        (faulty_datagrams.change, "garbled"),
        (faulty_datagrams.break_line, "garbled"),
        (faulty_datagrams.reorder, "reordered"),
    ],
)
def test_a_server_that_does_wrong_over_udp_is_caught(
    fault: Callable[[], faulty_datagrams.Fault], name: str
) -> None:
    with FaultyDatagramServer(fault) as server:
        result = cell.run(named(SHORT), Target.at(f"udp://127.0.0.1:{server.port}"))
    assert name in result.faults
    assert result.deliveries_per_second is None


def test_the_same_server_without_a_fault_passes_and_an_echo_is_one() -> None:
    with FaultyDatagramServer() as server:
        assert cell.run(named(SHORT), Target.at(f"udp://127.0.0.1:{server.port}")).faults == ""
    with FaultyDatagramServer(echo=True) as server:
        assert "strayed" in cell.run(named(SHORT), Target.at(f"udp://127.0.0.1:{server.port}")).faults


def test_a_server_that_falls_silent_or_is_not_there_is_an_error_that_says_so() -> None:
    with FaultyDatagramServer(silent=True) as server, pytest.raises(LabError, match="12 clients got no PONG"):
        cell.run(named(f"{SHORT},patience=0.3"), Target.at(f"udp://127.0.0.1:{server.port}"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        target = Target.at(f"udp://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(LabError, match=r"coming in stopped: nothing for 0\.3 s"):
            cell.run(named(f"{SHORT},patience=0.3"), target)
    with pytest.raises(LabError, match="unreachable"):
        cell.run(named(SHORT), target)


def test_a_refusal_names_the_client_and_what_the_server_said(data_dir: Path) -> None:
    flags = {"listen": ["udp://127.0.0.1:0"], "data_dir": str(data_dir), "limits.room_capacity": 3}
    with Server(coliseum.settings.load(None, flags, environment={})) as server:
        host, port = server.address("udp")
        with pytest.raises(LabError, match=r"u\w{7}: the server says .*room-full"):
            cell.run(named(SHORT), Target.at(f"udp://{host}:{port}"))


def test_servers_without_udp_and_targets_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(LabError, match="was given no address for udp"):
        comparison.measure(named("udp"), Running("tiny", "irc://127.0.0.1:1", "", None), "udp")
    with pytest.raises(LabError, match="cannot be run on irc://"):
        cell.run(named("udp"), Target.at("irc://127.0.0.1:1"))
    with pytest.raises(LabError, match="cannot be run on udp://"):
        cell.run(named("storm"), Target.at("udp://127.0.0.1:1"))
    for text in ("udp+tls", "udp+ack", "udp,rooms=500", "udp,rate=0", "udp,members=1"):
        with pytest.raises(LabError, match=r"\w"):
            named(text)


def test_the_command_takes_a_url_for_udp() -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "coliseum.lab", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with FaultyDatagramServer() as server:
        done = run(SHORT, f"udp://127.0.0.1:{server.port}", "--json")
        assert done.returncode == 0, done.stderr
        assert msgspec.json.decode(done.stdout, type=Result).deliveries > 0
    with FaultyServer() as tcp:
        done = run(SHORT, f"irc://127.0.0.1:{tcp.port}")
        assert (done.returncode, "udp needs udp://" in done.stderr) == (2, True)
