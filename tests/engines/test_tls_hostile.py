"""TLS clients that keep no rules, over real sockets and on every engine; what the layer does is in tests/wire."""

import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from coliseum.config import Engine
from coliseum.core.limits import Policy
from tests.engines.fortress import Fortress
from tests.engines.hostile_tls import ALERT, CLOSE_NOTIFY, DATA, Rogue
from tests.harness import DEADLINE

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
CUTS = sorted({1, 2, 4, 5, 6, 100, *range(150, 800, 40)})
"Bytes of the client after which the wire is cut: in the hello, in the rest of the handshake, in what is said."
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")


@pytest.fixture
def fortress(engine: Engine, data_dir: Path) -> Iterator[Fortress]:
    with ExitStack() as stack:
        yield Fortress(engine, data_dir, stack)


class Cut(Exception):
    """The wire is cut."""


class Scissors:
    """Sends so many bytes and no more."""

    def __init__(self, wire: socket.socket, most: int) -> None:
        self._wire, self._left = wire, most

    def send(self, data: bytes) -> None:
        self._wire.sendall(data[: self._left])
        self._left -= len(data)
        if self._left <= 0:
            raise Cut


def say_much(rogue: Rogue, scissors: Scissors) -> None:
    rogue.shake_hands(scissors.send)
    for _ in range(100):
        scissors.send(rogue.say(b"said before the cut\n"))


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("how", ["end", "reset"])
def test_a_wire_that_is_cut_anywhere_hurts_nobody(
    fortress: Fortress, tmp_path: Path, version: ssl.TLSVersion, how: str
) -> None:
    for most in CUTS:
        with Rogue(fortress.address("tls"), fortress.ca, tmp_path / "keys", version) as rogue:
            scissors = Scissors(rogue.socket, most)
            with pytest.raises(Cut):
                say_much(rogue, scissors)
            if how == "reset":
                rogue.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                rogue.socket.shutdown(socket.SHUT_WR)
                rogue.wait_for_the_end()
    fortress.require_whole()
    assert fortress.reasons() <= {"peer-closed", "connection-lost", "handshake-failed"}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_a_conversation_byte_by_byte_is_a_conversation(
    fortress: Fortress, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with Rogue(fortress.address("tls"), fortress.ca, tmp_path / "keys", version) as rogue:

        def trickle(data: bytes) -> None:
            for at in range(len(data)):
                rogue.socket.sendall(data[at : at + 1])

        rogue.shake_hands(trickle)
        trickle(rogue.say("/join tower\n¡hola!\n".encode()))
        fortress.witness.expect("^guest-2: ¡hola!$")
    fortress.witness.expect("guest-2 is gone")
    fortress.require_whole()


def test_what_comes_behind_close_notify_is_not_said(fortress: Fortress, tmp_path: Path) -> None:
    with Rogue(fortress.address("tls"), fortress.ca, tmp_path / "keys") as rogue:
        rogue.shake_hands()
        scribe = rogue.scribe()
        said, goodbye = scribe.record(DATA, b"/join tower\nfirst\n"), scribe.record(ALERT, CLOSE_NOTIFY)
        rogue.socket.sendall(said + goodbye + scribe.record(DATA, b"second\n"))
        rogue.wait_for_the_end()
    fortress.witness.expect("first")
    assert fortress.witness.line() == "* guest-2 is gone (closed the connection)."
    fortress.require_whole()


FLOODS = {
    "tiny records": lambda scribe: scribe.record(DATA, b"x"),
    "empty records": lambda scribe: scribe.record(DATA, b""),
    "KeyUpdates": lambda scribe: scribe.key_update(),
    "KeyUpdates between data": lambda scribe: scribe.key_update(requested=False) + scribe.record(DATA, b"x"),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_records_holds_nobody_up(fortress: Fortress, tmp_path: Path, flood: str) -> None:
    """A thousandfold of what no honest client sends, from three at once; meanwhile the witness is answered."""
    with ExitStack() as stack:
        rogues = [
            stack.enter_context(Rogue(fortress.address("tls"), fortress.ca, tmp_path / f"keys{number}"))
            for number in range(3)
        ]

        def pour(rogue: Rogue, records: bytes) -> None:
            try:
                rogue.socket.sendall(records)
                rogue.socket.shutdown(socket.SHUT_WR)
            except OSError:
                return  # cut off: so much the better
            rogue.wait_for_the_end()

        pourers = []
        for rogue in rogues:
            rogue.shake_hands()
            scribe = rogue.scribe()
            records = b"".join(FLOODS[flood](scribe) for _ in range(4000))
            pourers.append(threading.Thread(target=pour, args=(rogue, records)))
        for pourer in pourers:
            pourer.start()
        waits: list[float] = []
        while any(pourer.is_alive() for pourer in pourers) or not waits:
            began = time.monotonic()
            fortress.witness.seen()
            waits.append(time.monotonic() - began)
        for pourer in pourers:
            pourer.join(DEADLINE)
    fortress.require_whole()
    assert max(waits) < 2.0  # seconds; what would be seen is a server that is busy until the flood has passed


@needs_openssl
def test_renegotiation_is_refused_and_the_others_go_on(fortress: Fortress) -> None:
    """TLS 1.2 lets a client make the server compute anew at any time; ours says no_renegotiation."""
    host, port = fortress.address("tls")
    command = ["openssl", "s_client", "-tls1_2", "-CAfile", str(fortress.ca), "-connect", f"{host}:{port}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        said = iter(client.stdout.readline, "")
        assert any("You are in lobby" in line for line in said)
        client.stdin.write("R\n")  # s_client's own command
        client.stdin.flush()
        answer = "".join(said)
        client.wait(DEADLINE)
    assert "RENEGOTIATING" in answer
    assert "no renegotiation" in answer
    fortress.require_whole()


@pytest.fixture
def impatient(engine: Engine, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fortress]:
    monkeypatch.setattr("coliseum.assembly.Policy", lambda **keys: Policy(**keys, handshake_timeout=0.5))
    with ExitStack() as stack:
        yield Fortress(engine, data_dir, stack)


def test_a_handshake_that_trickles_is_ended_as_one_that_is_silent(impatient: Fortress, tmp_path: Path) -> None:
    """The clock does not begin anew with every byte."""
    with Rogue(impatient.address("tls"), impatient.ca, tmp_path / "keys") as rogue:
        sent: list[bytes] = []
        with pytest.raises(Cut):
            rogue.shake_hands(Scissors(rogue.socket, 1).send)
        rogue.socket.settimeout(0.02)  # between two bytes
        until = time.monotonic() + DEADLINE
        try:
            while time.monotonic() < until:
                rogue.socket.sendall(b"\x03")
                sent.append(b"\x03")
                try:
                    if not rogue.socket.recv(1000):
                        break
                except TimeoutError:
                    continue
        except ConnectionError:
            pass  # closed between our bytes
    assert 2 < len(sent) < 500
    impatient.require_whole()
    assert "handshake-timeout" in impatient.reasons()
