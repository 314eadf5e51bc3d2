"""Build hook: message catalogues for everybody and, for who asks for it, the way of a message as machine code.

* The catalogues (locale/*/LC_MESSAGES/*.po) become the .mo files that gettext reads, always.
* With COLISEUM_COMPILED=1 a wheel has the modules below compiled by mypyc, too (docs/adr/0016-compiled.md).

What must stay true: nothing is compiled into the source tree, so what runs from there is what one reads there; a
compiled wheel has every .py file, too. Not here: what it is good for (docs/performance.md).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = (
    "core/delivery",
    "core/house_rules",
    "core/limits",
    "core/mailbox",
    "core/names",
    "core/post",
    "core/rooms",
    "core/session",
    "core/users",
    "core/world",
    "dialects/irc/client",
    "dialects/irc/commands/rooms",
    "dialects/irc/commands/talk",
    "dialects/irc/dialect",
    "dialects/irc/message",
    "dialects/irc/render",
    "engines/aio/clock",
    "engines/aio/engine",
    "engines/aio/flusher",
    "engines/aio/stream",
    "engines/durations",
    "engines/threads/engine",
    "engines/threads/flusher",
    "engines/threads/stream",
    "wire/lines",
    "wire/link",
)
"What a message goes through, from the socket to the sockets; the rest would gain nothing that one could notice."

_SETUP = """
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify({arguments!r}, opt_level="3", target_dir={out!r})
setup(name="compiled", packages=[], ext_modules=modules)
"""
_ARGUMENTS = ("--config-file=", "--ignore-missing-imports", "--follow-imports=silent")
"For mypy: what is imported was checked elsewhere, and its libraries need not be there."


def compile_catalogues(root: Path) -> list[Path]:
    """Write a .mo file beside every .po file under `root`; return what was written."""
    written = []
    for source in sorted(root.glob("src/coliseum/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3])
        target = source.with_suffix(".mo")
        with target.open("wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written


def compile_modules(root: Path, out: Path) -> Iterator[tuple[Path, str]]:
    """Compile `COMPILED` into the directory `out`; yield each file and its place in the wheel.

    Needs a C compiler. Raises RuntimeError with what it said when that fails.
    """
    arguments = [*_ARGUMENTS, f"--cache-dir={out}", *(f"coliseum/{module}.py" for module in COMPILED)]
    script = out / "setup.py"
    script.write_text(_SETUP.format(arguments=arguments, out=str(out)))
    library = out / "lib"
    command = [sys.executable, str(script), "build_ext", f"--build-lib={library}", f"--build-temp={out}"]
    done = subprocess.run(  # noqa: S603
        command, cwd=root / "src", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"mypyc could not compile Coliseum (it needs a C compiler):\n{done.stdout}")
    for path in sorted(library.rglob("*.so")):
        yield path, str(path.relative_to(library))


def is_wanted() -> bool:
    """Say whether a compiled wheel was asked for."""
    return os.environ.get("COLISEUM_COMPILED") == "1"


class Build(BuildHookInterface):
    """Runs for wheels and for editable installs alike; these have the catalogues alone."""

    PLUGIN_NAME = "custom"
    _out: TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """Return what is needed besides what pyproject.toml says (hatchling asks before it builds)."""
        return ["mypy[mypyc]>=2.4"] if is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files of the distribution are collected (hatchling calls this)."""
        compile_catalogues(Path(self.root))
        if is_wanted() and self.target_name == "wheel" and version == "standard":
            self._out = TemporaryDirectory(prefix="coliseum-")
            files = compile_modules(Path(self.root), Path(self._out.name))
            build_data["force_include"].update({str(path): place for path, place in files})
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was compiled: it is in the wheel."""
        if self._out is not None:
            self._out.cleanup()
