"""A stop: our servers tell everybody, and one that does not is caught."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("numpy")

from coliseum.lab import LabError, cell, comparison, servers
from coliseum.lab.clients import Client
from coliseum.lab.enrolment import Target
from coliseum.lab.servers import RECIPES
from coliseum.lab.stopping import Stopped
from coliseum.lab.workloads import named
from tests.lab.faulty import FaultyServer

OURS = [name for name in RECIPES if name.startswith("coliseum")]


@pytest.mark.parametrize("tls", ["", "+tls"])
@pytest.mark.parametrize("name", OURS)
def test_our_servers_tell_everybody_and_end(name: str, tls: str) -> None:
    if not RECIPES[name].located():
        pytest.skip(f"{name} is not installed")
    text = f"stop{tls},clients=23,members=5"
    with servers.run(RECIPES[name], None) as running:
        result = comparison.measure(named(text), running, text)
    assert result.faults == ""
    assert result.stop_ms is not None
    assert result.stop_ms > 0
    assert result.threads
    assert result.memory_kib
    assert result.clients == 23


@contextlib.contextmanager
def serving(words: str) -> Iterator[tuple[Target, int]]:
    """Run a server in a process of its own that does `words` first, and knows nothing of a stop."""
    program = f"""
import signal, sys
{words}
from tests.lab.faulty import FaultyServer
with FaultyServer() as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, cwd=root) as process:
        assert process.stdout is not None
        try:
            yield Target.at(f"irc://127.0.0.1:{int(process.stdout.readline())}"), process.pid
        finally:
            process.communicate()


def test_a_server_that_ends_without_a_word_is_caught() -> None:
    with serving("") as (target, pid):
        result = cell.run(named("stop,clients=5"), target, pid=pid)
    assert "5 of 5 were not told that the server stops; u" in result.faults
    assert result.stop_ms is None


def test_a_server_that_does_not_stop_is_an_error_that_says_so() -> None:
    ignoring = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with serving(ignoring) as (target, pid), pytest.raises(LabError, match="did not stop"):
        cell.run(named("stop,clients=5,patience=0.3"), target, pid=pid)


def test_whose_connection_stays_open_is_not_through_with_it() -> None:
    one, two = Client("u1"), Client("u2")
    stopped = Stopped(told={one, two}, ended={one: "the server closed the connection"})
    assert stopped.faults([one]) == ""
    assert "1 of 2 were not told that the server stops; u2: the connection is still open" in stopped.faults(
        [one, two]
    )


def test_without_its_process_a_server_cannot_be_stopped() -> None:
    with FaultyServer() as server, pytest.raises(LabError, match="--pid"):
        cell.run(named("stop,clients=2"), Target.at(f"irc://127.0.0.1:{server.port}"))
