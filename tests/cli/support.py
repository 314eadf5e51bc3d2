"""`coliseum` as a process: what its tests start, talk to and end."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.harness import DEADLINE

Serve = Callable[..., "Process"]


class Process:
    """A running `coliseum serve`."""

    def __init__(self, data_dir: Path, *arguments: str, program: str = "", **variables: str) -> None:
        """`program` runs instead of the ordinary one; `variables` are added to the environment."""
        run = ["-c", program] if program else ["-m", "coliseum"]
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", *run, "serve", "--data-dir", str(data_dir), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | variables,
        )
        self.said = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in iter(self.process.stdout.readline, ""):
            self.said += line
            if match := re.search(pattern, line):
                return match
        assert self.process.stderr is not None
        raise AssertionError(f"{pattern!r} was not said; {self.said} {self.process.stderr.read()}")

    def wait_for_log(self, pattern: str) -> re.Match[str]:
        assert self.process.stderr is not None
        for line in iter(self.process.stderr.readline, ""):
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"{pattern!r} was not logged")

    def port(self) -> int:
        return int(self.wait_for(r"Listening on \w+://\S+:(\d+)")[1])

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, self.said + out, err


@contextmanager
def serving(data_dir: Path) -> Iterator[Serve]:
    """Return what starts servers; none of them outlives the context."""
    with ExitStack() as stack:

        def start(*arguments: str, program: str = "", **variables: str) -> Process:
            process = Process(data_dir, *arguments, program=program, **variables)
            stack.enter_context(process.process)
            stack.callback(process.process.kill)
            return process

        yield start


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coliseum", *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE * 2,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | variables,
    )
