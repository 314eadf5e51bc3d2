"""Thousands of seeds: whatever the order of things, nobody sees what no server should do, and nothing is left.

COLISEUM_SEEDS says how many, the default fits into `make test`; by hand, for a night:
    COLISEUM_SEEDS=1000000 .venv/bin/python -m pytest -n 2 tests/sim/test_seeds.py
"""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from coliseum.assembly import certificate_files
from coliseum.config import Config
from coliseum.services.tls_contexts import client_context
from coliseum.testing import sim, steps
from coliseum.testing.sim import ANYTHING, KEEPERS, Run, report, run

SEEDS = int(os.environ.get("COLISEUM_SEEDS", "2500"))
CHUNK = 100
TRACED = 150
"Seeds whose traces show what the runs are made of."


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_nobody_sees_what_no_server_should_do(first: int) -> None:
    outcomes = [run(seed) for seed in range(first, first + CHUNK)]
    assert not [report(outcome) for outcome in outcomes if outcome.violations]


@pytest.mark.parametrize("first", range(0, SEEDS // 5, CHUNK))
def test_the_same_is_true_where_operators_keep_order(first: int) -> None:
    outcomes = [run(seed, KEEPERS) for seed in range(first, first + CHUNK)]
    assert not [report(outcome) for outcome in outcomes if outcome.violations]


@pytest.mark.parametrize("first", range(0, SEEDS // 5, CHUNK))
def test_threads_that_change_over_inside_steps_see_no_more_than_others(first: int) -> None:
    for seed in range(first, first + CHUNK):
        assert steps.run(seed)[0] == [], f"seed {seed} of coliseum.testing.steps"


@pytest.mark.parametrize("seed", range(8))
def test_the_same_is_true_over_tls(seed: int, data_dir: Path) -> None:
    listen = ("tls://localhost:0", "ircs://localhost:0", "udp://localhost:0")
    config = Config(listen=listen, data_dir=str(data_dir))
    certificate_files(config, datetime.now(UTC))
    over_tls = Run(seed, config=config, tls=client_context(data_dir / "ca.pem"))
    outcome = over_tls.go()
    assert outcome.violations == []
    assert {session.security for session in over_tls.engine.sessions if session.listener != "udp"} <= {
        "TLSv1.3",
        "",
    }


def test_the_runs_are_made_of_everything() -> None:
    kinds: Counter[str] = Counter()
    for seed, scene in product(range(TRACED), (ANYTHING, KEEPERS)):
        for _, who, what in run(seed, scene, traced=True).trace:
            if who == "server":
                kinds.update(what.split())
            else:
                kinds.update([what.split()[0], " ".join(what.split()[:2])])
    ways = ("quit", "cut", "half-close", "mid-line")
    assert all(kinds[f"goes: {way}"] > 10 for way in ways)
    reasons = (
        "quit",
        "connection-lost",
        "peer-closed",
        "server-stopping",
        "room-full",
        "password-failed",
        "stalled",
    )
    assert all(kinds[f"reason={reason}"] for reason in reasons), kinds
    refusals = ("room-full", "nick-taken", "not-inside", "wrong-password", "not-operator", "server-full")
    assert all(kinds[f"code={code}"] for code in refusals), kinds


def test_a_seed_gives_the_same_run_to_the_byte() -> None:
    shown = {
        subprocess.run(
            [sys.executable, "-m", "coliseum.testing.sim", "11"],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(shown) == 1
    assert b"p1         connects" in shown.pop()
    assert run(11).violations == run(11, traced=True).violations
    assert run(11, traced=True).trace == run(11, traced=True).trace != run(12, traced=True).trace


def test_interleaved_threads_do_the_same_again() -> None:
    assert steps.run(5, traced=True) == steps.run(5, traced=True) != steps.run(6, traced=True)


def test_the_command_runs_many_seeds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["sim", "--seeds", "0-9"])
    assert sim.main() == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "10 of 10 seeds, 0 wrong" in printed.err
