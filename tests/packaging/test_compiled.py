"""The compiled wheel: what is compiled is there, nothing is compiled by the way, and who runs one can tell.

What it does is held by the suite itself, which `make suite-compiled` runs on it.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from coliseum import interpreter
from coliseum.cli import build, run
from coliseum.i18n import english

ROOT = Path(__file__).parents[2]
HOOK = runpy.run_path(str(ROOT / "hatch_build.py"))


def test_what_is_compiled_is_there() -> None:
    assert [module for module in HOOK["COMPILED"] if not (ROOT / "src/coliseum" / f"{module}.py").is_file()] == []


def test_nothing_is_compiled_into_the_source_tree() -> None:
    """Else what runs from there would not be what one reads there, and nobody had asked for it."""
    assert list((ROOT / "src").rglob("*.so")) == []


@pytest.mark.parametrize(
    ("wanted", "target", "version", "compiled"),
    [
        (None, "wheel", "standard", False),
        ("0", "wheel", "standard", False),
        ("1", "wheel", "editable", False),
        ("1", "sdist", "standard", False),
        ("1", "wheel", "standard", True),
    ],
)
def test_only_a_wheel_is_compiled_and_only_when_somebody_asked(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, target: str, version: str, compiled: bool
) -> None:
    monkeypatch.delenv("COLISEUM_COMPILED", raising=False)
    if wanted is not None:
        monkeypatch.setenv("COLISEUM_COMPILED", wanted)
    hook = HOOK["Build"]
    for name, stand_in in (
        ("compile_catalogues", lambda root: []),
        ("compile_modules", lambda root, out: iter([(Path("/made/x.so"), "coliseum/x.so")])),
    ):
        monkeypatch.setitem(hook.initialize.__globals__, name, stand_in)
    data: dict[str, Any] = {"force_include": {}}
    building = SimpleNamespace(root=str(ROOT), target_name=target)
    hook.initialize(building, version, data)
    assert data["force_include"] == ({"/made/x.so": "coliseum/x.so"} if compiled else {})
    assert ("infer_tag" in data) is compiled
    assert bool(hook.dependencies(building)) is (wanted == "1")
    if compiled:
        hook.finalize(building, version, data, "")
        assert not Path(building._out.name).exists()


def test_the_version_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(build(english), ["--version"], english) == 0
    assert "compiled" not in capsys.readouterr().out
    monkeypatch.setattr("coliseum.cli.is_compiled", lambda: True)
    assert run(build(english), ["--version"], english) == 0
    assert ", compiled (Python" in capsys.readouterr().out


def test_it_is_recognised_by_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not interpreter.is_compiled()
    found = SimpleNamespace(origin="/somewhere/coliseum/core/session.cpython-311-x86_64-linux-gnu.so")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    assert interpreter.is_compiled()


def test_what_is_compiled_cannot_be_traced_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("coliseum.cli.trace.is_compiled", lambda: True)
    assert run(build(english), ["trace", "--output", str(tmp_path)], english) == 69
    assert "record with an interpreted Coliseum" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
