"""What the tests talk with: an ordinary blocking socket that knows lines, and nothing of Coliseum.

Tests never sleep. A `Chatter` waits for the line that it expects, with a deadline; that something did *not* happen
is seen with `seen`: a ping goes through the server after everything before it, so what had to come before the
answer has come.
"""

import itertools
import re
import socket
import ssl
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from coliseum.core.timers import Moment
from coliseum.core.vocabulary import Event

DEADLINE = 15.0
"Seconds until a test gives up waiting; far more than anything takes on a busy machine."

_tokens = itertools.count(1)


class Closing:
    """Something whose context ends with `close`."""

    def close(self) -> None:
        """Let go of what it holds."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Chatter(Closing):
    """One connection, used by one thread."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(DEADLINE)
        self._rest = b""

    @classmethod
    def connect(cls, address: tuple[str, int], ca: Path | None = None, source: str = "") -> "Chatter":
        """Connect, from the address `source` if it matters; with `ca` over TLS, verifying the server."""
        connection = socket.create_connection(address, DEADLINE, (source, 0) if source else None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca is not None:
            context = ssl.create_default_context(cafile=str(ca))
            try:
                connection = context.wrap_socket(connection, server_hostname=address[0])
            except BaseException:
                connection.close()
                raise
        return cls(connection)

    def send(self, *lines: str) -> None:
        """Send lines."""
        self.send_bytes("".join(f"{line}\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def line(self) -> str | None:
        """Return the next line without its end, or None when the server has closed."""
        while b"\n" not in self._rest:
            try:
                data = self.connection.recv(65536)
            except (ConnectionResetError, ssl.SSLError):
                data = b""
            if not data:
                return None
            self._rest += data
        raw, _, self._rest = self._rest.partition(b"\n")
        return raw.decode()

    def expect(self, pattern: str) -> re.Match[str]:
        """Read lines until one matches; return the match. Fails when the server closes or nothing comes."""
        seen: list[str] = []
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            line = self.line()
            if line is None:
                raise AssertionError(f"closed before {pattern!r} came; seen: {seen}")
            seen.append(line)
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"{pattern!r} did not come; seen: {seen}")

    def seen(self) -> list[str]:
        """Return the lines that came before the answer to a ping that is sent now."""
        token = f"token-{next(_tokens)}"
        self.send(f"/ping {token}")
        lines: list[str] = []
        while (line := self.line()) is not None:
            if line == f"* pong {token}":
                return lines
            lines.append(line)
        raise AssertionError(f"closed before the pong came; seen: {lines}")

    def rest(self) -> list[str]:
        """Return all lines until the server closes."""
        return list(iter(self.line, None))

    def close(self) -> None:
        """Close at once."""
        self.connection.close()


class RecordingRenderer:
    """A renderer for tests of the core: it renders nothing."""

    def render(self, events: object, time: int = 0) -> bytes:
        """Return something."""
        return repr(events).encode()


def at(seconds: float) -> Moment:
    """Return the moment `seconds` after the beginning of a virtual clock."""
    return Moment(seconds, int(seconds * 1e9) + 1_700_000_000_000_000_000)


def kinds(events: list[Event]) -> list[str]:
    """Return the events' names."""
    return [type(event).__name__ for event in events]
