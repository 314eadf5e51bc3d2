"""The architecture: who may import whom, wait, and lock. Read from the source, not from good intentions."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "coliseum"
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

MOST_LINES = 400

LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"}
"What of `threading` guards something; events, queues and threads only pass something on."

MAY_LOCK = ("engines/threads/", "engines/ranks.py", "services/", "client/threads.py", "client/api.py")
MAY_AWAIT = ("engines/aio/",)
SERVER_PARTS_THAT_MAY_AWAIT = {"AsyncServer", "_LoopHost", "_aside"}

BASELINE = "dataclasses, enum, re, typing, collections, heapq, itertools, math, unicodedata"
"What the core may use of the standard library; whatever this loads is not the core's doing."
NEVER_IN_CORE = {
    "asyncio", "concurrent", "hashlib", "logging", "msgspec", "multiprocessing", "queue", "random", "secrets",
    "selectors", "socket", "sqlite3", "ssl", "structlog", "subprocess", "threading", "uuid",
}  # fmt: skip


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((SOURCE / module).read_text(encoding="utf-8"))


def waiting(node: ast.AST) -> Iterator[int]:
    """Yield the lines in `node` that define something asynchronous or wait for it."""
    for part in ast.walk(node):
        if isinstance(part, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield part.lineno
        elif isinstance(part, ast.comprehension) and part.is_async:
            yield part.target.lineno


def locks(module: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of every lock of `threading` that `module` mentions."""
    for part in ast.walk(tree(module)):
        match part:
            case ast.Attribute(value=ast.Name(id="threading"), attr=name) if name in LOCKS:
                yield part.lineno, name
            case ast.Call(func=ast.Name(id="ranked_lock")):
                yield part.lineno, "Lock"
            case ast.ImportFrom(module="threading", names=names):
                yield from ((part.lineno, alias.name) for alias in names if alias.name in LOCKS)


def may_await(module: str) -> bool:
    return module.startswith(MAY_AWAIT) or (module.startswith("client/") and "aio" in Path(module).stem)


def test_the_modules_are_found() -> None:
    assert {"core/world.py", "engines/aio/stream.py", "engines/threads/stream.py", "server.py"} <= set(MODULES)


def test_imports_keep_to_the_layers() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert " 0 broken" in found.stdout


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for_and_is_short(module: str) -> None:
    assert ast.get_docstring(tree(module)), f"{module} has no head docstring"
    lines = len((SOURCE / module).read_text(encoding="utf-8").splitlines())
    explained = "Longer than other files because" in (ast.get_docstring(tree(module)) or "")
    assert lines <= (600 if explained else MOST_LINES), f"{module} has {lines} lines"


def test_only_the_asyncio_halves_await() -> None:
    found = {module: list(waiting(tree(module))) for module in MODULES if not may_await(module)}
    found["server.py"] = [
        line
        for part in tree("server.py").body
        if getattr(part, "name", "") not in SERVER_PARTS_THAT_MAY_AWAIT
        for line in waiting(part)
    ]
    assert {module: lines for module, lines in found.items() if lines} == {}


def test_only_the_threads_halves_and_services_lock() -> None:
    found = {module: list(locks(module)) for module in MODULES if not module.startswith(MAY_LOCK)}
    assert {module: names for module, names in found.items() if names} == {}


def test_every_lock_of_an_engine_says_what_it_guards_and_its_rank() -> None:
    silent = []
    for module in MODULES:
        text = (SOURCE / module).read_text(encoding="utf-8").splitlines()
        for line, name in locks(module):
            above = "\n".join(text[max(0, line - 4) : line])
            if (
                name == "Lock"
                and module.startswith("engines/threads/")
                and not ("guards:" in above and "rank" in above)
            ):
                silent.append(f"{module}:{line}")
    assert not silent


def test_the_two_engines_have_the_same_files() -> None:
    halves = [
        sorted(path.name for path in (SOURCE / "engines" / half).glob("*.py")) for half in ("threads", "aio")
    ]
    assert halves[0] == halves[1]


def loaded(statements: str) -> set[str]:
    """Return the top-level names of the modules that an isolated interpreter has loaded after `statements`."""
    program = f"import sys\n{statements}\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    found = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_the_core_loads_nothing_that_waits_locks_or_logs() -> None:
    core = [module for module in MODULES if module.startswith("core/")]
    names = [
        f"coliseum.{module.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}" for module in core
    ]
    assert "coliseum.core.world" in names
    extra = loaded(f"import {', '.join(names)}") - loaded(f"import {BASELINE}")
    assert "coliseum" in extra
    assert not extra & NEVER_IN_CORE
