"""Mutants: each rule that is taken away is missed, and the chapter about three of them is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from coliseum.testing import sim
from coliseum.testing.mutants import MUTANTS, SEEDS, first_found, no_bound

CHAPTER = Path(__file__).parents[2] / "docs" / "what-breaks-without-it.md"
TOLD = re.findall(r"python -m coliseum\.testing\.mutants (\w[\w-]+)", CHAPTER.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_rule_that_is_missing_is_missed(name: str) -> None:
    mutant = MUTANTS[name]
    seed = first_found(mutant)
    assert seed is not None, f"{SEEDS} seeds are not enough"
    for same in range(min(seed, 30) + 1):
        assert mutant.run(same, mutated=False)[0] == []
    assert mutant.run(seed, mutated=False)[0] == []


def test_the_chapter_tells_of_the_lock_the_second_look_and_posting_inside() -> None:
    assert list(dict.fromkeys(TOLD)) == ["no-lock", "no-second-look", "post-outside"]


@pytest.mark.parametrize("name", sorted(set(TOLD)))
def test_what_the_chapter_says_is_what_the_command_prints(name: str) -> None:
    chapter = CHAPTER.read_text(encoding="utf-8")
    example = chapter[chapter.index(f"mutants {name}\n") :].partition("```")[0]
    command = [sys.executable, "-m", "coliseum.testing.mutants", name]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for text in (example, printed):
        assert f"The rule: {MUTANTS[name].rule}.\n" in text
        violation = re.search(r"^VIOLATION  (.*)$", text, re.MULTILINE)
        assert violation is not None
        assert MUTANTS[name].is_broken([violation[1]])
        assert re.search(r"^With it, seed \d+: no violation\.$", text, re.MULTILINE)


def test_a_run_that_went_wrong_says_how_to_see_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = first_found(MUTANTS["no-bound"])
    assert seed is not None
    with no_bound(sim.Run(seed)):
        monkeypatch.setattr(sys, "argv", ["sim", "--seeds", f"{seed}-{seed}"])
        assert sim.main() == 1
        assert f"to see it: python -m coliseum.testing.sim {seed}" in capsys.readouterr().out
        monkeypatch.setattr(sys, "argv", ["sim", str(seed)])
        assert sim.main() == 1
    shown = capsys.readouterr().out
    assert re.search(r"^ +\d+\.\d{4}  VIOLATION +\d are in \w+, where \d may be", shown, re.MULTILINE)
