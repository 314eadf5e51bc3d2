"""The generator on real sockets: that it works and checks, on our server and on servers that do wrong.

Nothing here looks at how fast anything is.
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("numpy")

import coliseum.settings
from coliseum.config import Engine
from coliseum.lab import LabError, cell
from coliseum.lab.enrolment import Target
from coliseum.lab.results import Result
from coliseum.lab.wires import LARGEST, Plain
from coliseum.lab.workloads import named
from coliseum.server import Server
from tests.lab.faulty import FaultyServer, change, double, drop, reorder

SHORT = "warm_up=0.05,seconds=0.15"


@contextlib.contextmanager
def serving(engine: Engine, data_dir: Path, *, tls: bool, sendq: int = 1 << 20) -> Iterator[Target]:
    """Run our server for a load: no flood control, rooms without limit."""
    scheme = "ircs" if tls else "irc"
    flags = {
        "listen": [f"{scheme}://localhost:0"],
        "data_dir": str(data_dir),
        "limits.flood_control": False,
        "limits.room_capacity": 0,
        "limits.sendq": sendq,
    }
    with Server(coliseum.settings.load(None, flags, environment={}), engine=engine) as server:
        host, port = server.address(scheme)
        ca = server.files.ca if server.files else None
        yield Target.at(f"{scheme}://{host}:{port}", ca=ca)


@pytest.mark.parametrize("tls", [False, True])
def test_every_kind_of_load_runs_and_is_checked(engine: Engine, data_dir: Path, tls: bool) -> None:
    option = "+tls" * tls
    with serving(engine, data_dir, tls=tls) as target:
        one = cell.run(named(f"fan-100{option},members=9,{SHORT}"), target, pid=os.getpid())
        many = cell.run(named(f"busy-room{option}+ack,members=7,senders=5,{SHORT}"), target)
        rooms = cell.run(named(f"arena-3-beside{option},rooms=5,idle_users=5,idle_rooms=2,{SHORT}"), target)
        paced = cell.run(named(f"paced-1k{option},rooms=2,members=4,rate=200,{SHORT}"), target, pid=os.getpid())
        storm = cell.run(named(f"storm{option},clients=20,at_once=7"), target, pid=os.getpid())
        joins = cell.run(named(f"join-storm{option},clients=20,at_once=7,rooms=3"), target)
        back = cell.run(named(f"reconnect-storm{option},clients=20,at_once=7,rooms=3"), target)
        idle = cell.run(named(f"idle{option},clients=20"), target, pid=os.getpid())
    for result in (one, many, rooms, paced):
        assert result.faults == ""
        assert result.deliveries > 0
        assert result.deliveries_per_second
        assert result.messages_per_second
        assert result.generator_share > 0
        assert result.messages > 0
    for result in (one, many, rooms, paced, storm, joins, back, idle):
        assert result.tls.startswith("TLSv1.3 TLS_") == tls
        assert bool(result.tls) == tls
        assert ", " not in result.tls  # the same for all
        assert "resumed" not in result.tls
    assert [result.clients for result in (one, many, rooms, paced, storm, joins, back, idle)] == [
        9, 7, 20, 8, 20, 20, 20, 20
    ]  # fmt: skip
    for result in (one, paced, storm, idle):
        assert result.cpu_seconds is not None
        assert result.system_seconds is not None
        assert result.cpu_seconds >= result.system_seconds >= 0
        assert result.voluntary_per_second is not None
        assert result.involuntary_per_second is not None
        assert result.memory_kib
    assert one.cpu_us_per_delivery is not None
    assert one.threads
    assert rooms.fairness is not None
    assert rooms.slowest_room is not None
    assert 0 < rooms.fairness <= 1 + 1e-9
    assert 0 <= rooms.slowest_room <= 1
    assert (one.fairness, paced.fairness) == (None, None)
    assert paced.p50_us is not None
    assert paced.p99_us is not None
    assert 0 < paced.p50_us <= paced.p99_us
    assert paced.messages == round(200 * 0.15)
    assert sum(paced.latencies.values()) == 3 * paced.messages
    for result in (storm, joins, back):
        assert result.arrivals_per_second
        assert sum(result.latencies.values()) == 20
    assert idle.kib_per_client is not None


@pytest.mark.parametrize("tls", [False, True])
def test_who_does_not_read_is_cut_off_and_who_does_misses_nothing(
    engine: Engine, data_dir: Path, tls: bool
) -> None:
    text = f"slow-readers{'+tls' * tls},rooms=2,members=3,slow=2,rate=6000,warm_up=0.05,seconds=0.8"
    with serving(engine, data_dir, tls=tls, sendq=65536) as target:
        result = cell.run(named(text), target)
        assert (result.faults, result.slow_closed) == ("", 4)
        alone = cell.run(named(text.replace("slow=2", "slow=0")), target)
    assert (alone.faults, alone.slow_closed) == ("", None)
    assert result.messages == alone.messages == 4800


FAULTS = {
    "lost": lambda: drop(every=50),
    "doubled": lambda: double(every=50),
    "garbled": lambda: change(every=50),
    "reordered": lambda: reorder(every=50),
}


@pytest.mark.parametrize("name", ["fan-100,members=6", "busy-room,members=5,senders=4", "arena-3,rooms=4"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_server_that_does_wrong_is_caught(kind: str, name: str) -> None:
    with FaultyServer(FAULTS[kind]()) as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        result = cell.run(named(f"{name},in_flight=3,patience=2,{SHORT}"), target)
    assert kind in result.faults
    assert result.deliveries_per_second is None


@pytest.mark.parametrize("kind", ["lost", "doubled", "garbled"])  # one at a time, there is nothing to swap
def test_a_wrong_delivery_is_noticed_in_a_paced_load(kind: str) -> None:
    with FaultyServer(FAULTS[kind]()) as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        assert cell.run(named(f"paced-1k,rooms=2,members=4,{SHORT}"), target).faults


def test_the_same_server_without_a_fault_passes() -> None:
    with FaultyServer() as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        for name in ("fan-100,members=6", "busy-room,members=5,senders=5", "paced-1k,rooms=2,members=4"):
            result = cell.run(named(f"{name},{SHORT}"), target)
            assert result.faults == ""
            assert result.deliveries > 0


def test_an_echo_to_the_sender_is_a_fault() -> None:
    with FaultyServer(echo=True) as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        assert "strayed" in cell.run(named(f"busy-room,members=3,senders=3,{SHORT}"), target).faults
        assert "strayed" in cell.run(named(f"fan-100,members=3,{SHORT}"), target).faults


def test_a_server_that_falls_silent_is_an_error_that_says_so() -> None:
    with FaultyServer(pongs=2) as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        with pytest.raises(LabError, match="1 clients got no PONG, for example u"):
            cell.run(named(f"fan-100,members=3,patience=0.3,{SHORT}"), target)
    with FaultyServer(pongs=3) as server:
        target = Target.at(f"irc://127.0.0.1:{server.port}")
        with pytest.raises(LabError, match="got no PONG at the end"):
            cell.run(named(f"fan-100,members=3,patience=0.3,{SHORT}"), target)


def test_nobody_there_is_an_error_that_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LabError, match="Connection refused"):
        cell.run(named("storm,clients=3"), Target.at(f"irc://127.0.0.1:{port}"))


def test_a_refusal_names_the_client_and_the_reason(data_dir: Path) -> None:
    flags = {"listen": ["irc://localhost:0"], "data_dir": str(data_dir), "limits.flood_control": False}
    with Server(coliseum.settings.load(None, flags, environment={})) as server:
        host, port = server.address("irc")
        with pytest.raises(LabError, match=r"u\w{7}: the server refuses: .* 471 "):
            cell.run(named(f"fan-100,members=5,{SHORT}"), Target.at(f"irc://{host}:{port}"))


def test_a_certificate_of_nobody_knows_whom_is_refused(data_dir: Path) -> None:
    with serving("asyncio", data_dir, tls=True) as target:
        url = str(target.url)
        with pytest.raises(LabError, match="CERTIFICATE_VERIFY_FAILED"):
            cell.run(named("storm+tls,clients=1"), Target.at(url))
        assert cell.run(named("storm+tls,clients=2"), Target.at(url, insecure=True)).arrivals_per_second


@pytest.mark.parametrize("url", ["tls://localhost:1", "irc://no such host:1"])
def test_a_target_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises((LabError, coliseum.ColiseumError)):
        Target.at(url)


def test_what_the_kernel_does_not_take_is_sent_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Plain(listener.getsockname())
        peer, _ = listener.accept()
        with peer:
            assert wire.advance()
            data = os.urandom(16 << 20)
            wire.write(data[: 8 << 20])
            wire.write(data[8 << 20 :])
            assert wire.events != 1
            got = bytearray()
            while len(got) < len(data):
                got += peer.recv(1 << 20)
                wire.flush()
            assert got == data
            assert wire.events == 1
            peer.close()
            assert wire.read(memoryview(bytearray(LARGEST))) == 0
            with pytest.raises(EOFError):
                wire.nothing()
        wire.close()


def test_the_command_prints_a_result_and_says_with_its_code_how_it_went() -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "coliseum.lab", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with FaultyServer() as server:
        url = f"irc://127.0.0.1:{server.port}"
        done = run(f"fan-100,members=3,{SHORT}", url, "--json", "--core", "0", "--server-core", "0")
        assert done.returncode == 0, done.stderr
        assert msgspec.json.decode(done.stdout, type=Result).deliveries > 0
        assert run("fan-100+tls", url).returncode == 2
    with FaultyServer(drop(every=10)) as server:
        done = run(f"fan-100,members=3,patience=1,{SHORT}", f"irc://127.0.0.1:{server.port}")
        assert (done.returncode, "FAILED" in done.stdout) == (1, True)
    done = run("no such workload", "irc://127.0.0.1:1")
    assert (done.returncode, "there are fan-100" in done.stderr) == (69, True)
