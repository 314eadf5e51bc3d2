"""The book is true: every command in it is run and prints what is shown, in both languages; what it names exists.

A command is a line that begins with `$ ` in a fenced block of the language `console`; the lines below it must come
in this order in what it prints, others may come between them, and `…` stands for anything.
"""

import ast
import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "docs" / "book"
LANGUAGES = ("en", "es")
DEADLINE = 60.0
"Seconds for one command; the slowest needs five."
PAGES = [BOOK / "README.md", *sorted(page for language in LANGUAGES for page in (BOOK / language).glob("*.md"))]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands(page: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return the commands of a page, each with the lines that it has to print."""
    found: list[tuple[str, list[str]]] = []
    for language, block in _FENCED.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            for line in block.splitlines():
                if line.startswith("$ "):
                    found.append((line[2:], []))
                elif line.strip():
                    found[-1][1].append(line)
    return [(command, tuple(shown)) for command, shown in found]


def everything() -> dict[str, set[tuple[str, ...]]]:
    """Return all commands of the book, with everything that is shown below them anywhere."""
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for page in PAGES:
        for command, shown in commands(page):
            found[command].add(shown)
    return found


def missing_line(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first line that was not printed after those before it."""
    lines = iter(printed.splitlines())
    for want in shown:
        pattern = re.compile(".*".join(re.escape(part) for part in want.rstrip().split("…")))
        if not any(pattern.fullmatch(line.rstrip()) for line in lines):
            return want
    return None


def run(command: str, home: Path) -> tuple[int, str, str]:
    """Run a command as a reader would, at most for DEADLINE; return its exit code, its output and its errors."""
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }
    with subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            printed, errors = process.communicate(timeout=DEADLINE)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # and what it has started
            raise
    return process.returncode, printed, errors


@pytest.mark.parametrize("command", sorted(everything()))
def test_a_command_prints_what_is_shown(command: str, tmp_path: Path) -> None:
    code, printed, errors = run(command, tmp_path)
    assert code == 0, printed + errors
    assert everything()[command]
    for shown in everything()[command]:
        assert shown, "a command whose output is not shown proves nothing"
        assert missing_line(shown, printed) is None, f"{printed}\n{errors}"


def test_lines_that_are_missing_or_out_of_order_are_found() -> None:
    printed = "one\ntwo 2 x\nthree\n"
    assert missing_line(("one", "two … x", "three"), printed) is None
    assert missing_line(("one", "three"), printed) is None
    assert missing_line(("three", "one"), printed) == "one"
    assert missing_line(("one", "two"), printed) == "two"
    assert missing_line(("two … y",), printed) == "two … y"


def test_both_languages_have_the_same_chapters_and_commands() -> None:
    english, spanish = (sorted((BOOK / language).glob("*.md")) for language in LANGUAGES)
    assert len(english) == len(spanish) == 6
    for one, other in zip(english, spanish, strict=True):
        assert one.name[:2] == other.name[:2]
        assert [command for command, _ in commands(one)] == [command for command, _ in commands(other)]
        assert commands(one)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BOOK)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        if not target.startswith(("https://", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target
    for name in re.findall(r"`((?:src|docs|tests|examples)/[\w./-]+\.(?:py|md))`", text):
        assert (ROOT / name).exists(), name
    for path, name in re.findall(r"\[`([\w/]+\.py)`[^\]]*\]\([^)]*\)(?:,\s+`([\w.]+)`)?", text):
        assert name == "" or name.rpartition(".")[2] in names_in(path), f"{path} has no {name}"


def test_code_that_a_page_quotes_is_in_the_source() -> None:
    files = [*(ROOT / "src" / "coliseum").rglob("*.py"), *(BOOK / "code").glob("*.py")]
    source = {_code(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    quoted = [
        line
        for page in PAGES
        for language, block in _FENCED.findall(page.read_text(encoding="utf-8"))
        if language == "python"
        for line in block.splitlines()
        if line != "..."
    ]
    assert quoted
    assert [line for line in quoted if _code(line) not in source] == []


def _code(line: str) -> str:
    return line.strip().partition("  #")[0].strip()


@cache
def names_in(path: str) -> set[str]:
    """Return the functions, classes and constants of a file of the program or of the book."""
    found = [base / path for base in (ROOT / "src" / "coliseum", BOOK / "code", ROOT) if (base / path).exists()]
    assert found, path
    tree = ast.parse(found[0].read_text(encoding="utf-8"))
    defined = {
        n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return defined | {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_program_of_the_book_is_used_in_it() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for program in (BOOK / "code").glob("*.py"):
        assert program.name in text, f"no chapter speaks of {program.name}"


def test_every_figure_of_the_last_chapter_is_on_the_page_of_measurements() -> None:
    source = set((ROOT / "docs" / "performance.md").read_text(encoding="utf-8").splitlines())
    for language in LANGUAGES:
        (page,) = (BOOK / language).glob("6-*.md")
        shown = [line for command, lines in commands(page) if "performance.md" in command for line in lines]
        assert len(shown) > 10
        assert set(shown) <= source
