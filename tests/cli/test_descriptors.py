"""A server that runs out of descriptors: it says so, whoever is inside goes on, and it recovers by itself."""

import resource
import socket
from pathlib import Path

from coliseum.config import Engine
from tests.cli.support import Process, Serve
from tests.harness import DEADLINE, Chatter


def descriptors(process: Process) -> int:
    return len(list(Path(f"/proc/{process.process.pid}/fd").iterdir()))


def limit(process: Process, number: int) -> None:
    _, hard = resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.process.pid, resource.RLIMIT_NOFILE, (number, hard))


def test_without_descriptors_it_pauses_says_so_once_and_goes_on(serve: Serve, engine: Engine) -> None:
    server = serve("--engine", engine, "--listen", "tcp://localhost:0", "--capacity", "0")
    address = ("localhost", server.port())
    with Chatter.connect(address) as ana, Chatter.connect(address) as luis:
        for one in (ana, luis):
            one.expect("You are in lobby")
        limit(server, descriptors(server) + 3)
        crowd = [socket.create_connection(address, DEADLINE) for _ in range(10)]  # most wait in the kernel's queue
        server.wait_for_log('"event": "accept.failed".*Too many open files')
        ana.send("still here")
        luis.expect("still here")
        for waiting in crowd:
            waiting.close()
        limit(server, 1024)
        assert server.wait_for_log('"event": "(accept.failed|accept.resumed)"')[1] == "accept.resumed"
        with Chatter.connect(address) as eva:
            eva.expect("You are in lobby")


def test_it_may_open_as_many_as_the_system_allows(serve: Serve) -> None:
    server = serve("--listen", "tcp://localhost:0")
    server.port()
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard
