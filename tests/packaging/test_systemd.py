"""The unit for systemd: systemd understands it, and how far it locks the server in."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from coliseum.errors import ConfigError

PACKAGING = Path(__file__).parents[2] / "packaging"
EXPOSURE = 12
"Tenths: what it comes to, of 100; a chat server cannot do without the network, which costs 9."

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there: systemd looks for it."""
    text = (PACKAGING / "coliseum.service").read_text()
    path = tmp_path / "coliseum.service"
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text))
    return path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_a_line_that_systemd_does_not_know_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text() + "\n[Service]\nProtectEverything=yes\n")
    assert "ProtectEverything" in analyze("verify", str(unit)).stderr


@needs_systemd
def test_the_server_is_locked_in(unit: Path) -> None:
    ask = ("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert analyze(*ask).returncode == 0
    unit.write_text(unit.read_text().replace("\nCapabilityBoundingSet=\n", "\n"))
    assert analyze(*ask).returncode != 0


def test_codes_after_which_a_restart_is_no_use_are_ours() -> None:
    line = re.search(r"(?m)^RestartPreventExitStatus=(.*)$", (PACKAGING / "coliseum.service").read_text())
    assert line is not None
    assert line[1].split() == ["2", str(ConfigError.exit_code)]  # 2 is click's, for wrong usage
