"""`python -m coliseum.lab.tracing.serving`: the server of a scenario, in a process of its own that records.

Who starts it writes one line of JSON to its input (`Task`), reads one from its output (`Listening`), lets people
come, and closes its input. Then the server stops, and what was recorded is the rest of the output.

What must stay true: it ends when its input is closed, whoever closed it: a process whose parent was killed does
not stay. It is set up as `coliseum serve` sets itself up, so that what one sees is what one would have. Flood
control is off, because it is not what scenarios show.
"""

import importlib
import platform
import socket
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

import msgspec

import coliseum
from coliseum import assembly
from coliseum.config import Config, Engine, Limits
from coliseum.config import Server as ServerConfig
from coliseum.errors import ColiseumError
from coliseum.interpreter import has_gil, suit_the_interpreter
from coliseum.lab.tracing.recorder import Recorder, overhead
from coliseum.lab.tracing.scenarios import CATALOGUE
from coliseum.lab.tracing.watched import install
from coliseum.server import Server

HOST: Final = "127.0.0.1"


class Task(msgspec.Struct, frozen=True):
    """What the server is to be like."""

    scenario: str
    engine: Engine
    data_dir: str
    password: str
    "A hash; empty: none is wanted."
    most: int
    "Spans that are kept of one thread."


class Listening(msgspec.Struct, frozen=True):
    """Where the server is, or why it is not."""

    port: int = 0
    ca: str = ""
    error: str = ""


def main() -> int:
    """Serve until the input is closed; return the exit code."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    suit_the_interpreter(task.engine)
    cost = overhead()
    recorder = Recorder(task.most)
    restore = install(recorder)
    if CATALOGUE[task.scenario].send_buffer:
        _keep_little(CATALOGUE[task.scenario].send_buffer)
    server = Server(_config(task), engine=task.engine)
    try:
        server.start()
    except ColiseumError as error:
        say(Listening(error=str(error)))
        return error.exit_code
    try:
        assert server.files is not None
        say(Listening(server.address("tls")[1], str(server.files.ca)))
        sys.stdin.buffer.read()
        stopping = perf_counter_ns()
    finally:
        server.stop()
        restore()
    say(recorder.recording(task.engine, _about(task.engine), stopping=stopping, overhead=cost))
    return 0


def _config(task: Task) -> Config:
    return Config(
        listen=(f"tls://{HOST}:0",),
        data_dir=task.data_dir,
        engine=task.engine,
        server=ServerConfig(password=task.password, language="en"),
        limits=Limits(room_capacity=CATALOGUE[task.scenario].capacity, flood_control=False),
    )


def _keep_little(size: int) -> None:
    """Have the kernel keep so much for each connection: what is accepted inherits it from what listens."""
    original: Callable[..., list[socket.socket]] = vars(assembly)["bind"]

    def bind(*args: Any, **kwargs: Any) -> list[socket.socket]:
        sockets = original(*args, **kwargs)
        for made in sockets:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
        return sockets

    vars(assembly)["bind"] = bind


def _about(engine: Engine) -> str:
    found = f"Coliseum {coliseum.__version__}, {platform.python_implementation()} {platform.python_version()}"
    found += f", GIL {'on' if has_gil() else 'off'}"
    if engine == "uvloop":
        found += f", uvloop {importlib.import_module('uvloop').__version__}"
    return found


def say(value: msgspec.Struct) -> None:
    """Write a line of JSON to the output, all of it: stdout may be without a buffer, and then writes less."""
    with open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write(msgspec.json.encode(value) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
