"""A server in bad weather: full disks, odd locales, clocks that jump, signals in the middle of anything."""

import contextlib
import json
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from coliseum.config import Engine
from tests.cli.support import Process, Serve, run
from tests.harness import DEADLINE, Chatter

ASCII_ONLY = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


# --- output that cannot be written -------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_the_log_does_not_stop_the_chat(data_dir: Path, engine: Engine) -> None:
    with Path("/dev/full").open("w") as full, socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
        reserved.close()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "coliseum", "serve", "--data-dir", str(data_dir)),
                *("--engine", engine, "--listen", f"tcp://127.0.0.1:{port}"),
            ],
            stdout=full,
            stderr=full,
        )
        try:
            with connected(("127.0.0.1", port)) as ana, connected(("127.0.0.1", port)) as luis:
                for one in (ana, luis):
                    one.expect("You are in lobby")
                ana.send("/nick", "still here")
                ana.expect("! ")  # a refusal, which is noted
                luis.expect("still here")
                process.terminate()
                assert luis.rest()[-1] == "* The connection ends: the server is stopping."
            assert process.wait(DEADLINE) == 0
        finally:
            process.kill()
            process.wait()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["config"], ["cert", "--data-dir", "{data_dir}"]])
def test_a_full_disk_under_the_output_is_one_clear_line(data_dir: Path, arguments: list[str]) -> None:
    words = [argument.format(data_dir=data_dir) for argument in arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coliseum", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        73,
        "coliseum: the output cannot be written: No space left on device\n",
    )


def connected(address: tuple[str, int]) -> Chatter:
    """Connect as soon as somebody listens."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            return Chatter.connect(address)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline


# --- locales -----------------------------------------------------------------------------------------------


def test_without_utf_8_it_speaks_spanish_as_well_as_it_can(serve: Serve) -> None:
    server = serve("--listen", "tcp://localhost:0", "--lang", "es", **ASCII_ONLY)
    port = int(server.wait_for(r"tcp://\S+:(\d+)")[1])
    with Chatter.connect(("localhost", port)) as ana:
        ana.expect("lobby")
        ana.send("/nick ñandú", "¡qué frío!")
        assert ana.seen()
        server.signal(signal.SIGTERM)
        assert "el servidor se está deteniendo" in ana.rest()[-1]  # the wire is UTF-8 in any case
    code, _, err = server.end()
    assert code == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["config"], ["join", "tcp://localhost:1"]])
def test_without_utf_8_every_command_says_what_it_has_to_say(arguments: list[str]) -> None:
    done = run("--lang", "es", *arguments, **ASCII_ONLY)
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 69}
    assert done.stdout or done.stderr


# --- rooms by the thousand ---------------------------------------------------------------------------------


def test_thousands_of_rooms_that_were_left_leave_no_memory(serve: Serve, tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "coliseum.toml"
    file.write_text("limits.flood_control = false\n")
    server = serve("--engine", engine, "--listen", "irc://localhost:0", "--config", str(file))
    with Chatter.connect(("localhost", server.port())) as ana:
        ana.send("NICK ana", "USER ana 0 * :Ana")
        ana.expect(" 001 ")
        sizes = []
        for attempt in range(4):
            for start in range(0, 3000, 50):
                rooms = [f"#{'r' * 20}{attempt}x{number}" for number in range(start, start + 50)]
                ana.send(*(f"JOIN {room}" for room in rooms), *(f"PART {room}" for room in rooms))
                ana.expect(f"PART {rooms[-1]}")
            sizes.append(proportional_set_size(server))
        server.wait_for("Ctrl-C stops")
        server.signal(signal.SIGUSR1)
        assert json.loads(server.wait_for_log('"event": "status"').string)["rooms"] == 1
    assert sizes[-1] - sizes[0] < 1024 * 1024, sizes  # 9,000 rooms would be ten times that


def proportional_set_size(process: Process) -> int:
    text = Path(f"/proc/{process.process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return int(found[1]) * 1024


# --- signals in the middle of anything ---------------------------------------------------------------------


class Crowd:
    """Threads that do all sorts of things to a server, until it is gone."""

    def __init__(self, tls: tuple[str, int], tcp: tuple[str, int], udp: tuple[str, int], seed: int) -> None:
        self._tls, self._tcp, self._udp = tls, tcp, udp
        self._done = threading.Semaphore(0)
        self._over = threading.Event()
        works = [self.shake_hands, self.half_a_handshake, self.say_passwords, self.flood, self.say_datagrams]
        self._threads = [
            threading.Thread(target=self._repeat, args=(work, random.Random(seed + number)))
            for number, work in enumerate(works)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, number: int) -> None:
        """Wait until so many things have been done."""
        for _ in range(number):
            assert self._done.acquire(timeout=DEADLINE)

    def _repeat(self, work: Callable[[random.Random], None], chance: random.Random) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):  # the server is gone, or going
                work(chance)
            self._done.release()

    def shake_hands(self, _: random.Random) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(self._tls, DEADLINE) as plain, context.wrap_socket(plain) as connection:
            connection.recv(1000)

    def half_a_handshake(self, chance: random.Random) -> None:
        with socket.create_connection(self._tls, DEADLINE) as connection:
            connection.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[: chance.randrange(12)])

    def say_passwords(self, chance: random.Random) -> None:
        with socket.create_connection(self._tcp, DEADLINE) as connection:
            for _ in range(chance.randrange(4)):
                connection.send(b"wrong\n" if chance.random() < 0.5 else b"sesame\n")
                connection.recv(4000)

    def flood(self, chance: random.Random) -> None:
        with socket.create_connection(self._tcp, DEADLINE) as connection:
            connection.send(b"sesame\n")
            for _ in range(chance.randrange(30)):
                connection.send(b"/join room%d\nhello\n/who\n/rooms\n" % chance.randrange(9))

    def say_datagrams(self, chance: random.Random) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.settimeout(0.5)
            for _ in range(chance.randrange(1, 5)):
                connection.sendto(b"hello", self._udp)
                connection.recv(2000)


@pytest.fixture(scope="module")
def password_hash() -> str:
    """A hash, so that comparing takes its time."""
    done = subprocess.run(
        [sys.executable, "-m", "coliseum", "passwd"], input="sesame\n", capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("seed", range(3))
def test_a_signal_in_the_middle_of_anything_ends_it_cleanly(
    serve: Serve, tmp_path: Path, engine: Engine, password_hash: str, seed: int
) -> None:
    file = tmp_path / "coliseum.toml"
    file.write_text(f"server.password = '{password_hash}'\nlimits.room_capacity = 0\n")
    urls = [f"{scheme}://127.0.0.1:0" for scheme in ("tls", "tcp", "udp")]
    listen = [word for url in urls for word in ("--listen", url)]
    server = serve("--engine", engine, "--config", str(file), *listen)
    tls, tcp, udp = (("127.0.0.1", server.port()) for _ in urls)
    server.wait_for("Ctrl-C stops")
    with Crowd(tls, tcp, udp, seed) as crowd:
        crowd.wait_for(random.Random(seed).randrange(5, 100))
        server.signal(signal.SIGTERM)
        code, _, err = server.end()
    assert code == 0
    for bad in ("Traceback", "fault", "Warning"):
        assert bad not in err
    assert '"event": "session.opened"' in err


# --- clocks ------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_neither_ends_anybody_nor_turns_messages_round(serve: Serve, engine: Engine) -> None:
    """The server's clock of the day jumps at every look: a day back, ten years ahead, to 1970."""
    code = (
        "import itertools, sys, time\n"
        "from coliseum.cli import main\n"
        "real, jumps = time.time_ns, itertools.cycle([0, -86_400, 315_360_000, -1_700_000_000])\n"
        "time.time_ns = lambda: real() + next(jumps) * 10**9\n"
        "main(sys.argv[1:])\n"
    )
    server = serve("--engine", engine, "--listen", "tcp://localhost:0", program=code)
    address = ("localhost", server.port())
    with Chatter.connect(address) as ana, Chatter.connect(address) as luis:
        ana.expect("You are in lobby")
        luis.send("/json")
        luis.expect('"event":"admitted"')
        times = []
        for number in range(20):
            ana.send(f"message {number}")
            times.append(json.loads(luis.expect(f'^{{"event":"said".*"message {number}".*}}$')[0])["time"])
        assert times == sorted(set(times))
        assert ana.seen() == ["* guest-2 entered lobby (2 of 3)."]
