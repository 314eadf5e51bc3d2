"""The checker finds what breaks when a precaution is taken away, and nothing when none is."""

import subprocess
import sys

import pytest


def run(what: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the threads engine without `what`, under a crowd."""
    command = [sys.executable, "-m", "tests.stress.without", what, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("what", ["lock", "order"])
def test_what_breaks_without_it_is_found(what: str) -> None:
    done = run(what, "--tries", "8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "found in attempt" in done.stdout


def test_nothing_is_found_when_nothing_is_taken_away() -> None:
    done = run("nothing", "--tries", "1", "--rounds", "4")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
