"""Recording a scenario on an engine: the two processes, started, fed and ended.

What must stay true: whatever happens, both processes are over when `record` returns or raises, and their files are
gone. They are in process groups of their own, so that the terminal's Ctrl-C reaches who asked for the recording;
that one ends them, by their numbers, and nothing is raised in the middle of starting one.
"""

import contextlib
import secrets
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from coliseum.config import Engine
from coliseum.lab import LabError
from coliseum.lab.comparison import Interruption
from coliseum.lab.tracing import crowd, serving
from coliseum.lab.tracing.recorder import MOST
from coliseum.lab.tracing.scenarios import Scenario
from coliseum.lab.tracing.spans import Account, Recording, Run
from coliseum.services.passwords import hash_password

PATIENCE: Final = 60.0
"Seconds that people, or a server that stops, may take."

T = TypeVar("T")


def record(
    scenario: Scenario, engine: Engine, *, most: int = MOST, interruption: Interruption | None = None
) -> Run:
    """Run `scenario` on `engine` and return what was recorded; at most `most` spans of each thread.

    Blocks for about a second. Raises LabError with the reason when it could not be done, or was interrupted.
    """
    interruption = interruption or Interruption()
    password = secrets.token_urlsafe(12) if scenario.password else ""
    with tempfile.TemporaryDirectory(prefix="coliseum-trace-") as name:
        directory = Path(name)
        task = serving.Task(
            scenario.name, engine, name, password=hash_password(password) if password else "", most=most
        )
        with _Child(serving.__name__, directory, interruption) as server:
            where = server.ask(task, serving.Listening)
            if where.error:
                raise LabError(f"the server did not start: {where.error}")
            errand = crowd.Errand(scenario.name, serving.HOST, where.port, where.ca, password)
            with _Child(crowd.__name__, directory, interruption) as people:
                account = people.finish(Account, errand)
            recording = server.finish(Recording)
    return Run(scenario.name, recording, account)


class _Child:
    """A module of ours as a process, which takes one line of JSON and gives one or two."""

    def __init__(self, module: str, directory: Path, interruption: Interruption) -> None:
        """Start it; what it says to stderr goes into a file in `directory`."""
        self._name = module.rpartition(".")[2]
        self._interruption = interruption
        self._log = directory / f"{self._name}.log"
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,
            )

    def ask(self, question: msgspec.Struct, answer: type[T]) -> T:
        """Send a line and return the line that comes back. Raises LabError."""
        self._interruption.watch(self._process)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it is over; that nothing comes back says so
            self._process.stdin.write(msgspec.json.encode(question) + b"\n")
            self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            raise LabError(f"{self._name} did not answer within {PATIENCE:g} s")
        return self._decoded(self._process.stdout.readline(), answer)

    def finish(self, answer: type[T], question: msgspec.Struct | None = None) -> T:
        """Send a line, if there is one, and the end of the input; return what comes back. Raises LabError."""
        self._interruption.watch(self._process)
        try:
            said, _ = self._process.communicate(
                msgspec.json.encode(question) + b"\n" if question else None, PATIENCE
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self._name} took longer than {PATIENCE:g} s") from error
        return self._decoded(said, answer)

    def _decoded(self, said: bytes, answer: type[T]) -> T:
        try:
            return msgspec.json.decode(said, type=answer)
        except msgspec.DecodeError as error:
            words = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise LabError(f"{self._name} failed: {words[-1] if words else error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
