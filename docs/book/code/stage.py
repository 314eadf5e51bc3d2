"""The stage of this book's experiments: a room, naive or Coliseum's, and guests who do as they are told.

A guest is an ordinary blocking socket that knows lines. Nothing here is the subject of a chapter.
"""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import naive_asyncio
import naive_threads
import naive_udp

from coliseum import Server, settings

NAIVE = {"naive-threads": naive_threads, "naive-asyncio": naive_asyncio}
ENGINES = ("threads", "asyncio")
Address = tuple[str, int]


def chosen(*possible: str) -> str:
    """Return what the command line asks for."""
    if sys.argv[1:] and sys.argv[1] in possible:
        return sys.argv[1]
    raise SystemExit(f"usage: python {Path(sys.argv[0]).name} {'|'.join(possible)}")


def coliseum(engine: str, url: str = "tcp://127.0.0.1:0", **options: Any) -> Server:
    """Return a server of Coliseum, to be used in `with`; `options` are dotted keys of its configuration."""
    keys = {name.replace("__", "."): value for name, value in options.items() if "__" in name}
    named = {name: value for name, value in options.items() if "__" not in name}
    flags = {"listen": [url], "limits.flood_control": False, "server.language": "en"} | keys
    return Server(settings.load(None, flags, environment={}), engine=engine, **named)


@contextmanager
def room(kind: str, **options: Any) -> Iterator[Address]:
    """Open a room of this kind; say where it is."""
    if kind in ENGINES:
        with coliseum(kind, **options) as server:
            yield server.address("tcp")
    else:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=NAIVE[kind].serve, args=(listening,), daemon=True).start()
            yield listening.getsockname()[:2]


@contextmanager
def datagram_room(
    kind: str, show: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[Address, Server | None]]:
    """Open a server for datagrams, naive or Coliseum's; say where it is."""
    if kind in ENGINES:
        with coliseum(kind, "udp://127.0.0.1:0", show_messages=show) as server:
            yield server.address("udp"), server
    else:
        with socket.socket(type=socket.SOCK_DGRAM) as opened:
            opened.bind(("127.0.0.1", 0))
            threading.Thread(target=naive_udp.serve, args=(opened,), daemon=True).start()
            yield opened.getsockname(), None


class Sender:
    """One socket for datagrams, and so one address."""

    def __init__(self, server: Address) -> None:
        """Take any free port."""
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.connect(server)

    def ask(self, datagram: bytes, patience: float = 10.0) -> str:
        """Send a datagram and return the answer, or that there is none."""
        self._socket.settimeout(patience)
        self._socket.send(datagram)
        try:
            return self._socket.recv(2048).decode().rstrip("\n")
        except TimeoutError:
            return f"(no answer in {patience:g} s)"

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


class Guest:
    """One connection to a room."""

    def __init__(self, address: Address, name: str = "", receive_buffer: int = 0) -> None:
        """Connect; with a `name`, go in."""
        self.connection = socket.socket()
        self.connection.settimeout(20)
        if receive_buffer:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.connection.connect(address)
        self._lines: list[str] = []
        "Received and not yet asked for, the last first."
        self._rest = b""
        if name and "Your name?" in self.line():
            self.send(name)
            self.wait_for("You are in")
        elif name:
            self.wait_for("You are in")
            self.send(f"/nick {name}")
            self.wait_for("You are now called")

    def send(self, line: str) -> None:
        """Send one line."""
        self.connection.sendall(f"{line}\n".encode())

    def line(self) -> str:
        """Return the next line; empty: the server has hung up. Raises TimeoutError when nothing comes."""
        while not self._lines:
            data = self.connection.recv(65536)
            if not data:
                return ""
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._lines = [line.decode() for line in reversed(lines)]
        return self._lines.pop()

    def wait_for(self, *parts: str) -> str:
        """Return the first line that has one of `parts` in it."""
        return self.wait_until(lambda line: any(part in line for part in parts))

    def wait_until(self, wanted: Callable[[str], bool]) -> str:
        """Return the first line that is wanted."""
        while line := self.line():
            if wanted(line):
                return line
        raise SystemExit("the server hung up")

    def close(self) -> None:
        """Hang up."""
        self.connection.close()
