"""A hundred stop reading while their room is busy: each is cut off, nobody else notices, memory stays bounded."""

import json
import re
import signal
import socket
import ssl
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from coliseum.config import Engine
from tests.cli.support import Process, Serve
from tests.harness import DEADLINE, Chatter

SLEEPERS = 100
LINE = "x" * 4000
MEBIBYTE = 1024 * 1024


def peak(process: Process) -> int:
    """Return the most memory that the process has had; bytes."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{process.process.pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def status(process: Process) -> Any:
    process.signal(signal.SIGUSR1)
    return json.loads(process.wait_for_log('"event": "status"').string)


def sleeper(address: tuple[str, int], ca: Path | None) -> socket.socket:
    """Return a connection that takes in little and reads nothing any more, once it is in the room."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(DEADLINE)
    plain.connect(address)
    made = ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname="localhost") if ca else plain
    seen = b""
    while b"You are in lobby" not in seen:
        seen += made.recv(4096)
    return made


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_a_hundred_who_stop_reading_are_cut_off_and_nobody_else_notices(
    serve: Serve, tmp_path: Path, data_dir: Path, engine: Engine, scheme: str
) -> None:
    file = tmp_path / "coliseum.toml"
    file.write_text("limits.flood_control = false\nlimits.room_capacity = 0\n")
    server = serve("--engine", engine, "--listen", f"{scheme}://localhost:0", "--config", str(file))
    address = ("localhost", server.port())
    server.wait_for("Ctrl-C stops")
    ca = data_dir / "ca.pem" if scheme == "tls" else None
    with ExitStack() as stack:
        for _ in range(SLEEPERS):
            stack.enter_context(sleeper(address, ca))
        speaker, reader = (stack.enter_context(Chatter.connect(address, ca)) for _ in range(2))
        reader.expect("You are in lobby")
        before = peak(server)
        gone, number = 0, 0
        deadline = time.monotonic() + 4 * DEADLINE
        while gone < SLEEPERS:
            assert time.monotonic() < deadline
            speaker.send(f"{number} {LINE}")
            heard = False
            while not heard:  # every line reaches the one who reads, once and in order
                line = reader.line()
                assert line is not None
                if " is gone (" in line:
                    assert line.endswith("is gone (too much was waiting to be read).")
                    gone += 1
                elif match := re.match(r"guest-\d+: (\d+) x", line):
                    assert int(match[1]) == number
                    heard = True
            number += 1
        while (closed := status(server)["noted"].get("session.closed")) != {"sendq-exceeded": SLEEPERS}:
            assert time.monotonic() < deadline, closed
        assert status(server)["mailbox_bytes"] == 0
        # What waits for one waits for all of them, once: TLS alone keeps a piece of its own for each.
        assert peak(server) - before < 16 * MEBIBYTE
        assert number * len(LINE) > MEBIBYTE  # the bound is what was reached
