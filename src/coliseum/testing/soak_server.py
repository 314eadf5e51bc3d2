"""The server of a soak: `coliseum serve` in a process of its own, looked at from outside.

What must stay true: the process is ended by its number, whatever happens, and its files go with it; a server that
does not start, or does not stop cleanly, is a LabError with its last words.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coliseum.config import Engine
from coliseum.lab import LabError, usage
from coliseum.urls import Url, parse

SCHEMES = ("tcp", "tls", "irc", "ircs", "udp")
STOPPING = 10.0
"Seconds."


@dataclass(frozen=True, slots=True)
class Look:
    """What a process had at a moment."""

    threads: int
    descriptors: int
    memory: float
    "PSS, KiB."

    @property
    def held(self) -> tuple[int, int]:
        """What has to be given back exactly."""
        return self.threads, self.descriptors


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens at `urls`."""

    pid: int
    urls: list[Url]
    ca: Path

    def look(self) -> Look:
        """Look at it. Raises LabError when it is gone."""
        try:
            descriptors = len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
        except OSError as error:
            raise LabError(f"the server (process {self.pid}) is gone: {error}") from error
        return Look(usage.sample(self.pid).threads, descriptors, usage.memory(self.pid))

    def look_until(self, enough: Callable[[Look], bool], seconds: float) -> Look:
        """Look until it is `enough`, for so long at most; return the last look."""
        end = time.monotonic() + seconds
        while not enough(look := self.look()) and time.monotonic() < end:
            time.sleep(0.05)  # the kernel tells nobody when a process has let go of something
        return look


@contextlib.contextmanager
def serve(engine: Engine, capacity: int) -> Iterator[Served]:
    """Run a server with all kinds of listeners while the context lasts. Raises LabError."""
    with tempfile.TemporaryDirectory(prefix="coliseum-soak-") as directory:
        log = Path(directory) / "log"
        listen = [word for scheme in SCHEMES for word in ("--listen", f"{scheme}://localhost:0")]
        command = [
            *(sys.executable, "-m", "coliseum", "serve", "--engine", engine, "--capacity", str(capacity)),
            *("--data-dir", directory, *listen),
        ]
        environment = os.environ | {"COLISEUM__LIMITS__FLOOD_CONTROL": "false", "LC_ALL": "C.UTF-8"}
        with log.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
        try:
            yield Served(process.pid, _addresses(process, log), Path(directory) / "ca.pem")
            process.terminate()
            if process.wait(STOPPING):
                raise LabError(f"the server ended with {process.returncode}: {_tail(log)}")
        finally:
            process.kill()
            process.communicate()


def _addresses(process: "subprocess.Popen[str]", log: Path) -> list[Url]:
    """Return where the server says that it listens."""
    assert process.stdout is not None
    found: list[Url] = []
    for line in process.stdout:
        if address := re.search(r"Listening on (\S+)", line):
            found.append(parse(address[1]))
            if len(found) == len(SCHEMES):
                return found
    raise LabError(f"the server did not start: {_tail(log)}")


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-4:]) or "it said nothing"
