"""Starting and stopping: nothing is left behind, whatever the clients are doing."""

import asyncio
import contextlib
import socket
import threading
import time
from pathlib import Path

import pytest
import trustme

import coliseum.settings
from coliseum.config import Config, Engine, Limits
from coliseum.engines.threads.stream import Stream
from coliseum.errors import CannotCreate, ConfigError
from coliseum.server import AsyncServer, Server
from coliseum.services.passwords import hash_password
from tests.conftest import House, OpenHouse, run_async
from tests.harness import DEADLINE, Chatter


def load(data_dir: Path, *urls: str, **keys: object) -> Config:
    flags: dict[str, object] = {"listen": list(urls) or ["tcp://localhost:0"], "data_dir": str(data_dir)}
    return coliseum.settings.load(None, flags | keys, environment={})


def test_everybody_is_told_that_the_server_stops(house: House) -> None:
    chatters = [house.enter(), house.enter()]
    house.server.stop()
    for chatter in chatters:
        assert chatter.rest()[-1] == "* The connection ends: the server is stopping."


def test_stopping_takes_no_time_when_nothing_is_in_the_way(house: House) -> None:
    house.enter()
    start = time.monotonic()
    house.server.stop()
    assert time.monotonic() - start < 1.0  # the grace period is 2 s: it was not waited for


def test_a_stop_in_the_middle_of_everything_leaves_nothing(open_house: OpenHouse) -> None:
    house = open_house(server__password=hash_password("sesame"))
    checking = house.connect()
    checking.expect("wants a password")
    checking.send("sesame", "pipelined")
    mid_line = house.connect()
    mid_line.expect("wants a password")
    mid_line.send_bytes(b"no end of li")
    silent = socket.create_connection(house.address, timeout=DEADLINE)  # with TLS: in the middle of the handshake
    with silent:
        house.server.stop()
        assert mid_line.rest()[-1] == "* The connection ends: the server is stopping."
        with contextlib.suppress(ConnectionResetError):  # the knock may not have been heard yet
            while silent.recv(4096):
                pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(house.address, timeout=DEADLINE)


@pytest.mark.parametrize("engine", ["threads"], indirect=True)
@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_a_stop_waits_for_threads_that_are_just_ending(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client's thread has taken its session out of the world, and is not quite over."""
    ending, ended, run = threading.Event(), threading.Event(), Stream._run

    def run_slowly(stream: Stream) -> None:
        run(stream)
        ending.set()
        threading.Event().wait(0.3)
        ended.set()

    monkeypatch.setattr(Stream, "_run", run_slowly)
    house = open_house()
    house.enter("ana").close()
    assert ending.wait(DEADLINE)
    house.server.stop()
    assert ended.is_set()


def test_a_stop_does_not_wait_for_ever_for_who_does_not_read(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=0)
    house.enter("sleeper")
    speaker = house.enter("speaker")
    for _ in range(200):
        speaker.send("x" * 4000)
    speaker.seen()
    start = time.monotonic()
    house.server.stop(grace=0.3)
    assert time.monotonic() - start < 5


def test_stopping_twice_or_before_the_start_is_harmless(engine: Engine, data_dir: Path) -> None:
    server = Server(load(data_dir), engine=engine)
    server.stop()
    server.start()
    server.stop()
    server.stop()


def test_a_server_can_be_started_again(engine: Engine, data_dir: Path) -> None:
    server = Server(load(data_dir), engine=engine)
    for _ in range(3):
        with server, Chatter.connect(server.address("tcp")) as chatter:
            chatter.expect("You are in lobby")


def test_a_port_in_use_is_said_and_nothing_is_left_open(engine: Engine, data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(load(data_dir, "tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}"), engine=engine)
        with pytest.raises(CannotCreate, match="the port is in use"):
            server.start()


def test_localhost_means_both_addresses(engine: Engine, data_dir: Path) -> None:
    with Server(load(data_dir), engine=engine) as server:
        _, port = server.address("tcp")
        for host in ("127.0.0.1", "::1"):
            try:
                chatter = Chatter.connect((host, port))
            except OSError:
                assert host == "::1"
                pytest.skip("this machine has no IPv6 loopback")
            with chatter:
                chatter.expect("You are in lobby")


def test_people_on_different_transports_meet(engine: Engine, data_dir: Path) -> None:
    with Server(load(data_dir, "tcp://localhost:0", "tls://localhost:0"), engine=engine) as server:
        assert server.files is not None
        with (
            Chatter.connect(server.address("tcp")) as plain,
            Chatter.connect(server.address("tls"), server.files.ca) as secure,
        ):
            plain.send("/nick plain")
            secure.send("/nick secure")
            secure.expect("You are now called secure")
            plain.expect("You are now called plain")
            plain.send("hello")
            secure.expect("^plain: hello$")
            secure.send("hello to you")
            plain.expect("^secure: hello to you$")


def test_a_reload_puts_new_rules_in_force_and_keeps_everybody(open_house: OpenHouse) -> None:
    house = open_house()
    people = [house.enter() for _ in range(3)]
    keys = {"limits.room_capacity": 4, "server.name": "renamed"}
    house.server.reload(load(Path(house.server.config.data_dir), f"{house.transport}://localhost:0", **keys))
    late = house.connect()
    late.expect("Welcome to renamed")
    late.expect(r"You are in lobby \(4 of 4\)")
    people[0].expect(r"entered lobby \(4 of 4\)")


def test_a_reload_with_a_network_that_is_none_changes_nothing(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=1)
    bad = coliseum.settings.replace(house.server.config, limits=Limits(room_capacity=9, exempt=("10.0.0.1/8",)))
    with pytest.raises(ConfigError, match=r"limits\.exempt: 10\.0\.0\.1/8 has host bits set"):
        house.server.reload(bad)
    house.enter("ana")
    house.connect().expect(r"the room is full \(1 of 1\)")


@pytest.mark.parametrize("transport", ["tls"], indirect=True)
def test_a_reload_that_fails_changes_nothing(open_house: OpenHouse, tmp_path: Path) -> None:
    house = open_house()
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    before = house.server.files
    keys = {"tls.cert": str(bad), "tls.key": str(bad), "limits.room_capacity": 1}
    with pytest.raises(ConfigError, match=r"bad\.pem"):
        house.server.reload(load(tmp_path, "tls://localhost:0", **keys))
    assert house.server.files == before
    house.enter(), house.enter()


@pytest.mark.parametrize("transport", ["tls"], indirect=True)
def test_a_reload_takes_the_new_certificate_and_old_connections_go_on(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    house = open_house()
    ana = house.enter("ana")
    ca = trustme.CA()
    issued = ca.issue_cert("localhost", "127.0.0.1")
    cert, key, root = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(cert, append=True)
    issued.private_key_pem.write_to_path(key)
    ca.cert_pem.write_to_path(root)
    keys = {"tls.cert": str(cert), "tls.key": str(key)}
    house.server.reload(load(tmp_path, "tls://localhost:0", **keys))
    with Chatter.connect(house.address, root) as late:
        late.expect("You are in lobby")
        late.send("hello")
        ana.expect(": hello")


def test_the_asyncio_twin_runs_on_its_users_loop(data_dir: Path) -> None:
    async def use() -> None:
        async with AsyncServer(load(data_dir, "tls://localhost:0")) as server:
            assert server.files is not None
            address, ca = server.address("tls"), server.files.ca
            await asyncio.to_thread(visit, address, ca)
        assert len(asyncio.all_tasks()) == 1

    def visit(address: tuple[str, int], ca: Path | None) -> None:
        with Chatter.connect(address, ca) as chatter:
            chatter.expect("You are in lobby")

    run_async(use())


def test_half_a_thousand_connections_come_and_go_and_leave_nothing(house: House) -> None:
    baseline = threading.active_count()
    for _ in range(10):
        group = [house.connect() for _ in range(50)]
        for chatter in group:
            chatter.line()
            chatter.close()
    ana = house.connect()
    # The last of them may still be on their way out: whoever gets in has seen all others leave.
    while (line := ana.line()) is not None and line.startswith("!"):
        ana.close()
        ana = house.connect()
    ana.send("/quit")
    ana.rest()
    deadline = time.monotonic() + DEADLINE
    while threading.active_count() > baseline and time.monotonic() < deadline:
        for thread in threading.enumerate():
            if thread.name.startswith("client-"):
                thread.join(deadline - time.monotonic())
    assert threading.active_count() <= baseline


def test_who_says_goodbye_and_hangs_up_at_once_is_no_fault(engine: Engine, data_dir: Path) -> None:
    faults: list[object] = []

    def note(event: str, /, **fields: object) -> None:
        if event == "fault":
            faults.append(fields["traceback"])

    with Server(load(data_dir, "irc://localhost:0"), engine=engine, note=note) as server:
        for _ in range(5):
            with Chatter.connect(server.address("irc")) as chatter:
                # Corked, the words and the end go out together: our last words meet a closed socket.
                chatter.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                chatter.send("QUIT")
        with Chatter.connect(server.address("irc")) as last:  # what came before it has been dealt with
            last.send("QUIT")
            last.rest()
    assert not faults, faults[0]
