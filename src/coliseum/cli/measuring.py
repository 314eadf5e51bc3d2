"""What the commands of the lab share: what they need, files that they write, and how they are ended.

What must stay true: what is missing or cannot be written is found out before anything is measured.
"""

import contextlib
import importlib.util
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from coliseum.config import Engine
from coliseum.errors import CannotCreate, ColiseumError, Unavailable
from coliseum.lab.recipes import engines


def require_extras(*modules: str) -> None:
    """Find out whether what the lab needs is installed. Raises Unavailable, with what to do."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise Unavailable(
            "measuring needs {module}, which is not installed: pip install 'coliseum[bench]'", module=missing[0]
        )
    if not sys.platform.startswith("linux"):
        raise Unavailable("measuring needs Linux, whose kernel tells what a server uses")


def require_engines(wanted: Iterable[Engine]) -> None:
    """Find out whether engines are installed. Raises ColiseumError."""
    there = engines()
    for engine in wanted:
        if engine not in there:
            raise ColiseumError("the engine {engine} is not installed", engine=engine)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong in writing `path` into an error of the command line. Raises CannotCreate."""
    try:
        yield
    except OSError as error:
        raise CannotCreate("cannot write {path}: {reason}", path=path, reason=error.strerror) from error


def require_writable(path: Path) -> None:
    """Find out whether a file can be written; what is in it stays. Raises CannotCreate."""
    with writing(path):
        new = not path.exists()
        path.open("ab").close()
        if new:
            path.unlink()


class Signals:
    """The signals that end us in order, while the context lasts: servers are stopped, and what there is is shown.

    Nothing is raised by a handler: it could be in the middle of starting or stopping a server. The second signal
    ends this process at once.
    """

    ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, ask: Callable[[], None]) -> None:
        """`ask` is called at the first signal; it must not block."""
        self.number = 0
        "The signal that came; 0: none."
        self._ask = ask
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._ended) for number in self.ENDING}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ended(self, number: int, _: object) -> None:
        if self.number:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.number = number
        self._ask()
