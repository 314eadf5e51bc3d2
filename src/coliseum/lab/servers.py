"""Servers to compare: each with a configuration made for it, on loopback, without limits, and stopped afterwards.

The idea: a recipe (recipes) says how to write a configuration and which command runs it in the foreground; all
else (ports, certificate, core, waiting until it answers, stopping) is the same for all. All use one certificate
(ECDSA P-256), so that a handshake costs everybody the same. Flood control is off and the limits are far away: what
is measured is the moving of messages.

What must stay true: a server that was started is stopped, by its number, whatever happens; its files are in a
temporary directory that goes with it.
"""

import contextlib
import functools
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from coliseum.lab import LabError, usage
from coliseum.lab.enrolment import AT_ONCE
from coliseum.lab.recipes import RECIPES, Place, Recipe, search_path
from coliseum.services import certificates

__all__ = ["RECIPES", "Place", "Recipe", "Running", "run"]

STARTING: Final = 30.0
"Seconds that a server may take until it answers (ngircd makes parameters for its TLS first)."
STOPPING: Final = 5.0
"Seconds that a server may take to stop; then it is killed."


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: str
    url: str
    tls_url: str
    pid: int | None
    "None when the server was not started here and nobody said it."
    at_once: int = AT_ONCE
    "See Target.at_once."
    insecure: bool = False
    "Whether any certificate will do: the server has one that was made a moment ago, on this machine."
    udp_url: str = ""
    "For sessions over UDP; empty when it has none."
    log: Path | None = None
    "Where it writes its counters when asked (see Recipe.counts); None: it must not be asked."

    def address(self, *, tls: bool, datagrams: bool = False) -> str:
        """Return the URL for a workload with or without TLS, or over UDP; empty when there is none."""
        if datagrams:
            return self.udp_url
        return self.tls_url if tls else self.url


@contextlib.contextmanager
def run(recipe: Recipe, core: int | None) -> Iterator[Running]:
    """Run a server on `core` (None: anywhere) while the context lasts. Raises LabError when it does not start."""
    with tempfile.TemporaryDirectory(prefix=f"coliseum-lab-{recipe.name}-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # a server may give up root's rights before it reads its files
        cert, key = directory / "certificate.pem", directory / "key.pem"
        for file, content in zip((cert, key), _certificate(), strict=True):
            file.write_bytes(content)
            file.chmod(0o644)  # made a moment ago, for this comparison
        place = Place(directory, cert, key, *_free_ports())
        command = recipe.prepare(place)
        log = directory / "log"
        with _on(core), log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the command is a recipe's
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=_environment(directory),
            )
        try:
            for port in (place.port, place.tls_port)[: 1 + recipe.tls]:
                _wait_for(process, port, recipe.name, log)
            yield Running(
                recipe.name,
                f"irc://127.0.0.1:{place.port}",
                f"ircs://127.0.0.1:{place.tls_port}" if recipe.tls else "",
                process.pid,
                recipe.at_once,
                insecure=True,
                udp_url=f"udp://127.0.0.1:{place.udp_port}" if recipe.datagrams else "",
                log=log if recipe.counts else None,
            )
            if process.poll():  # 0: it was told to stop, which is a workload
                raise LabError(f"{recipe.name} ended by itself, with {process.returncode}: {_tail(log)}")
        finally:
            process.terminate()
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@functools.cache
def _certificate() -> tuple[bytes, bytes]:
    """Return a certificate with its chain, and its key: one for all, because two may differ in length."""
    with tempfile.TemporaryDirectory(prefix="coliseum-lab-") as name:
        files = certificates.ensure(Path(name), ["localhost", "127.0.0.1"], datetime.now(UTC))
        return files.cert.read_bytes(), files.key.read_bytes()


@contextlib.contextmanager
def _on(core: int | None) -> Iterator[None]:
    """Be on `core` for a while, so that what is started stays there from its first thread on."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    usage.pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _free_ports() -> tuple[int, int, int]:
    """Return three ports that are free at this moment: two for TCP and one for UDP."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as three,
    ):
        three.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1], three.getsockname()[1]


def _wait_for(process: "subprocess.Popen[bytes]", port: int, name: str, log: Path) -> None:
    """Wait until somebody listens on `port`."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        try:
            code = process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise LabError(f"{name} did not start, it ended with {code}: {_tail(log)}")
    raise LabError(f"{name} does not listen on port {port}: {_tail(log)}")


def _tail(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " / ".join(text[-4:]) or "it said nothing"


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a server: ours, without what would change how Python or Coliseum run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLISEUM", "PYTHON"))}
    return kept | {"PATH": search_path(), "HOME": str(home), "LC_ALL": "C.UTF-8"}
