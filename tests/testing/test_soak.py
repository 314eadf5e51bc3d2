"""The soak, for a moment: it runs, it ends, and it can fail."""

import subprocess
import sys
from dataclasses import replace

import pytest

from coliseum.config import Engine
from coliseum.lab import LabError
from coliseum.testing.soak import Balance
from coliseum.testing.soak_server import Look, Served, serve

LOOK = Look(threads=9, descriptors=25, memory=40_000)


def soak(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "coliseum.testing.soak", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.timeout(
    300
)  # a goodbye over UDP that gets lost on a busy machine is missed after a minute and a half
def test_a_short_soak_holds(engine: Engine) -> None:
    done = soak("--engine", engine, "--minutes", "0.05", "--clients", "50", "--no-ghosts")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{engine}: ")
    assert done.stdout.endswith("everything holds\n")
    assert "seed" in done.stderr


def test_what_is_not_given_back_is_told() -> None:
    assert Balance(LOOK, LOOK, LOOK, LOOK).faults == []
    assert "given back" in Balance(LOOK, LOOK, LOOK, replace(LOOK, threads=10)).faults[0]
    assert "given back" in Balance(LOOK, LOOK, LOOK, replace(LOOK, descriptors=26)).faults[0]
    more = replace(LOOK, memory=49_000)
    assert "memory grew" in Balance(LOOK, LOOK, more, LOOK).faults[0]
    assert "memory grew" in Balance(LOOK, LOOK, LOOK, more).faults[0]
    assert Balance(LOOK, replace(LOOK, memory=48_000), more, more).faults == []


def test_a_server_that_does_not_start_is_told_with_its_last_words() -> None:
    nonsense: Engine = "nonsense"  # type: ignore[assignment]
    with pytest.raises(LabError, match=r"did not start.*nonsense"), serve(nonsense, 3):
        pass


def test_a_server_that_is_gone_is_told() -> None:
    with serve("threads", 3) as served:
        assert served.look().threads > 1
    with pytest.raises(LabError, match="gone"):
        Served(served.pid, served.urls, served.ca).look()


@pytest.mark.parametrize("options", [("--clients", "2"), ("--minutes", "-1"), ("--engine", "none")])
def test_usage_errors(options: tuple[str, ...]) -> None:
    assert soak(*options).returncode == 2


def test_help_has_examples() -> None:
    assert "examples:" in soak("--help").stdout
