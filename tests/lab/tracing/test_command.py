"""`coliseum trace`, as one types it: files, errors with their exit codes, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from coliseum.cli import build, measuring, run
from coliseum.i18n import english
from coliseum.lab import LabError
from coliseum.lab.tracing import crowd, recording, serving
from coliseum.lab.tracing.scenarios import CATALOGUE
from tests.harness import DEADLINE
from tests.lab.tracing.chrome_format import faults

COMMAND = [sys.executable, "-m", "coliseum", "trace"]


def trace(*arguments: str | Path) -> int:
    return run(build(english), ["trace", *map(str, arguments)], english)


def test_page_and_trace_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("--output", tmp_path) == 0
    page, file = tmp_path / "trace-arena.html", tmp_path / "trace-arena.json"
    assert sorted(tmp_path.iterdir()) == [page, file]
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert faults(json.loads(file.read_text())) == []
    said = capsys.readouterr().out
    assert "threads: " in said
    assert "asyncio: " in said
    assert str(page) in said


def test_the_trace_goes_where_one_wants_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, file = tmp_path / "a.html", tmp_path / "b.json"
    assert trace("--engine", "asyncio", "--output", page, "--json", file) == 0
    assert sorted(tmp_path.iterdir()) == [page, file]
    capsys.readouterr()
    assert trace("--engine", "asyncio", "--output", page, "--json", "-") == 0
    captured = capsys.readouterr()
    assert faults(json.loads(captured.out)) == []
    assert "asyncio: " in captured.err


def test_what_cannot_be_written_is_said_before_anything_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "record", lambda *_, **__: pytest.fail("it was recorded"))
    assert trace("--output", tmp_path / "nowhere" / "a.html") == 73
    assert "cannot write" in capsys.readouterr().err
    assert trace("--output", tmp_path / "a.html", "--json", tmp_path / "nowhere" / "a.json") == 73
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [("--scenario", "nothing"), ("--engine", "nothing"), ("--output", "trace.json"), ("more",)]
)
def test_wrong_usage(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert trace(*wrong) == 2
    assert "Error: " in capsys.readouterr().err


def test_an_engine_that_is_not_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "engines", lambda: ("threads",))
    assert trace("--engine", "uvloop", "--output", tmp_path) == 1
    assert "uvloop is not installed" in capsys.readouterr().err


def test_a_missing_library_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert trace("--output", tmp_path) == 69
    assert "pip install 'coliseum[bench]'" in capsys.readouterr().err


def test_people_who_fail_are_an_error_with_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(crowd, "__name__", "coliseum.lab.tracing.nobody")
    assert trace("--output", tmp_path) == 69
    assert "nothing was recorded: nobody failed: " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "__name__", "coliseum.lab.tracing.nothing")
    with pytest.raises(LabError, match="nothing failed: "):
        recording.record(CATALOGUE["arena"], "threads")


def children(pid: int) -> list[int]:
    """Return the processes that the main thread of a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_ends_it_finds_nothing_left(number: signal.Signals, code: int, tmp_path: Path) -> None:
    scratch, output = tmp_path / "scratch", tmp_path / "output"
    scratch.mkdir()
    output.mkdir()
    process = subprocess.Popen(
        [*COMMAND, "--scenario", "password", "--output", str(output)],
        env=os.environ | {"TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while len(started := children(process.pid)) < 2:  # server and people; nobody tells when they are there
            assert process.poll() is None
            assert time.monotonic() < deadline
        process.send_signal(number)
    finally:
        _, said = process.communicate(timeout=2 * DEADLINE)
    assert process.returncode == code
    assert "Traceback" not in said
    assert list(scratch.iterdir()) == []
    assert list(output.iterdir()) == []
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_server_whose_parent_is_gone_ends_by_itself(data_dir: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "coliseum.lab.tracing.serving"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    task = {"scenario": "arena", "engine": "threads", "data_dir": str(data_dir), "password": "", "most": 100}
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["port"]
    out, _ = process.communicate(timeout=DEADLINE)  # closes its input, as the kernel does for who is killed
    assert process.returncode == 0
    assert json.loads(out)["engine"] == "threads"
