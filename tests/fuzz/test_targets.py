"""Every target for a moment, with the same inputs every time; and the way from a fault to its replay."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import clients, parsers, sessions, wires
from tests.fuzz.target import Target

ROOT = Path(__file__).parents[2]
FAMILIES = {"parsers": parsers, "wires": wires, "sessions": sessions, "clients": clients}
TARGETS = [target for family in FAMILIES.values() for target in family.TARGETS]
needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris has no wheel for this interpreter or machine",
)


def fuzz(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer where it may leave what it finds."""
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@needs_atheris
@pytest.mark.parametrize("family", FAMILIES)
def test_no_input_finds_a_fault(tmp_path: Path, family: str) -> None:
    done = fuzz(tmp_path, *(target.name for target in FAMILIES[family].TARGETS))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_inputs_to_begin_with_are_good(target: Target) -> None:
    for data in (*target.seeds, b"", b"\0", b"\xff" * 40):
        target.run(data)


@needs_atheris
def test_a_fault_is_found_kept_and_seen_again(tmp_path: Path) -> None:
    done = fuzz(tmp_path, "planted")
    assert done.returncode == 1
    assert "RuntimeError: found" in done.stdout
    again = re.search(r"-m tests\.fuzz (planted --again \S+)", done.stdout)
    assert again is not None
    replayed = fuzz(tmp_path, *again[1].split())
    assert "RuntimeError: found" in replayed.stderr
