"""`coliseum compare` as a process: what it writes, what it refuses before it measures, what it leaves behind."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coliseum.lab.compare import document
from tests.harness import DEADLINE

QUICK = ["--quick", "--engine", "threads", "--engine", "asyncio"]


def coliseum(*words: str, cwd: Path, program: str = "") -> "subprocess.CompletedProcess[str]":
    run = ["-c", program] if program else ["-m", "coliseum"]
    return subprocess.run(
        [sys.executable, *run, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        timeout=100,
        env=os.environ | {"LANGUAGE": "en", "COLUMNS": "80"},
        check=False,
    )


def test_it_measures_shows_and_writes_and_makes_the_same_again_from_either_file(tmp_path: Path) -> None:
    words = ["compare", *QUICK, "--group", "stop", "--group", "udp", "--rounds", "1"]
    done = coliseum(*words, "--report", "first.html", "--json", "data.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Sessions over UDP" in done.stdout
    assert "asyncio\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "round 1/1" in done.stderr
    found = document.read(tmp_path / "data.json")
    assert [engine.name for engine in found.engines] == ["threads", "asyncio"]
    assert {cell.group for cell in found.cells} == {"stop", "udp"}
    assert all(len(cell.good) == 1 for cell in found.cells)
    assert all(condition.same for condition in found.conditions if condition.required)
    assert any(condition.about == "load" for condition in found.conditions)
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    for source in ("data.json", "first.html"):
        again = coliseum("compare", "--from", source, "--report", "again.html", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        assert again.stdout.replace("again.html", "first.html") == done.stdout
        assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_json_alone_is_all_that_goes_to_stdout(tmp_path: Path) -> None:
    words = ["compare", *QUICK, "--group", "idle", "--rounds", "1", "--report", "r.html", "--json"]
    done = coliseum(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rounds"] == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--report", "nowhere/r.html"], 73, "cannot write nowhere/r.html: No such file or directory"),
        (["--json", "nowhere/d.json"], 73, "cannot write nowhere/d.json: No such file or directory"),
        (["--group", "speed"], 2, "'speed' is not one of 'fan-out'"),
        (["--rounds", "0"], 2, "0 is not in the range x>=1"),
        (["--from", "nothing.json"], 2, "does not exist"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_measured(
    tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    done = coliseum("compare", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_no_comparison_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('{"format": 1}')
    done = coliseum("compare", "--from", "d.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "d.json has no comparison in it" in done.stderr
    assert not (tmp_path / "coliseum-compare.html").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['jinja2'] = None\nfrom coliseum.cli import main; main()"
    done = coliseum("compare", "--quick", cwd=tmp_path, program=program)
    assert done.returncode == 69
    assert "needs jinja2, which is not installed: pip install 'coliseum[bench]'" in done.stderr
    version = coliseum("--version", cwd=tmp_path, program=program)
    assert version.returncode == 0


def test_an_engine_that_is_not_installed_is_named(tmp_path: Path) -> None:
    program = "import sys; sys.modules['uvloop'] = None\nfrom coliseum.cli import main; main()"
    done = coliseum("compare", "--quick", "--engine", "uvloop", cwd=tmp_path, program=program)
    assert done.returncode == 1
    assert "the engine uvloop is not installed" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_everything_that_was_started(tmp_path: Path, number: signal.Signals, code: int) -> None:
    words = ["compare", *QUICK, "--group", "idle", "--rounds", "50", "--report", "r.html"]
    with subprocess.Popen(
        [sys.executable, "-m", "coliseum", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
        env=os.environ | {"LANGUAGE": "en", "TMPDIR": str(tmp_path)},
    ) as process:
        try:
            assert process.stderr is not None
            assert select.select([process.stderr], [], [], DEADLINE)[0]
            assert "round 1/50" in process.stderr.readline()
            if number is signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does
            else:
                process.send_signal(number)
            _, err = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    assert process.returncode == code, err
    assert "Traceback" not in err
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ["r.html"], "files of a server"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nobody of its group is left
    assert "It was interrupted when" in (tmp_path / "r.html").read_text(encoding="utf-8")
