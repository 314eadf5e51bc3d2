"""A server's own counters: what came between two snapshots."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.engines.durations import Durations, status_of
from coliseum.lab import LabError, counters

times = st.lists(st.floats(0, 100, allow_nan=False), max_size=50)


@given(times, times)
def test_between_two_snapshots_is_what_was_added_between_them(before: list[float], after: list[float]) -> None:
    growing, only = Durations(), Durations()
    nothing = Durations()
    for seconds in before:
        growing.add(seconds)
    first = status_of([], growing, nothing)
    for seconds in after:
        growing.add(seconds)
        only.add(seconds)
    found = counters.waits(first, status_of([], growing, nothing))
    assert found.count == len(after)
    assert abs(found.seconds - sum(after)) < 1e-5
    assert [found.p50_us, found.p99_us, found.max_us] == pytest.approx(
        [only.quantile(part) * 1e6 for part in (0.5, 0.99, 1.0)]
    )
    assert counters.holds(first, first).count == 0
    assert counters.holds(first, first).max_us == 0.0


def test_a_server_that_is_gone_cannot_be_asked(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    log = tmp_path / "log"
    log.touch()
    with pytest.raises(LabError, match="cannot be asked"):
        counters.Counters(ended.pid, log).ask()
    with pytest.raises(LabError, match="cannot be asked"):
        counters.Counters(os.getpid(), tmp_path / "nothing").ask()


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    log.write_bytes(b'{"event": "status"}\n')  # an old answer is none
    monkeypatch.setattr(counters, "PATIENCE", 0.05)
    deaf = "signal.signal(signal.SIGUSR1, lambda *_: None)"
    program = f"import signal, sys; {deaf}; print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(LabError, match="did not write its counters"):
            counters.Counters(process.pid, log).ask()
        process.communicate()
