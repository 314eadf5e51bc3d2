"""Connections of a crowd: lines in and lines out over TCP, TLS and UDP, never waiting.

The idea: the lab's wires (lab/wires.py) move bytes; here they are cut into lines, and the client's link over UDP
(client/datagram_link.py) gets the same face, so a crowd does not see the difference.

What must stay true: nothing here blocks; `events` is what the poller has to wait for; whatever ends a connection
comes out of `ready` as EOFError (the server has closed) or OSError (it is broken).
"""

import contextlib
import math
import select
import socket
import ssl
import time
from functools import cache
from pathlib import Path
from typing import Protocol

from coliseum.client.datagram_link import DatagramClientLink
from coliseum.client.link import LinkFailed
from coliseum.core.inbound import Closed
from coliseum.lab.wires import LARGEST, Plain, Secure
from coliseum.urls import Url

_SMALL: int = 4096
"Bytes that the kernel keeps for a client that reads slowly."


class Connection(Protocol):
    """One client's connection."""

    missed: bool
    "The server sees at once when we vanish."

    @property
    def events(self) -> int:
        """What to wait for (select.epoll)."""

    def fileno(self) -> int:
        """Return what the poller knows it by."""

    def ready(self, mask: int) -> list[str]:
        """Do what can be done, when the poller reports something; return the lines that came."""

    def send(self, lines: list[str]) -> None:
        """Send lines, in one piece where there is such a thing. Raises OSError."""

    def deadline(self) -> float:
        """Return the monotonic time of the next `ready` that is due by itself; infinity for never."""

    def end_sending(self) -> bool:
        """Close this side only, if the transport can; say whether it can."""

    def slow_down(self) -> None:
        """Let the kernel keep little of what comes."""

    def reset(self) -> None:
        """Vanish at once."""


class Stream:
    """Lines over TCP or TLS."""

    missed = True
    _buffer = memoryview(bytearray(LARGEST))

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext | None, hostname: str) -> None:
        """Begin to connect to a numeric address; with a `context` over TLS."""
        self._wire = Secure(context, hostname, address) if context else Plain(address)
        self._secure = context is not None
        self._open = False
        self._early: list[str] = []
        self._rest = b""

    @property
    def events(self) -> int:
        """What to wait for."""
        return self._wire.events

    def fileno(self) -> int:
        """Return what the poller knows it by."""
        return self._wire.socket.fileno()

    def ready(self, mask: int) -> list[str]:
        """Go on, when the poller reports something; return the lines that came."""
        if not self._open:
            self._open = self._wire.advance()
            if self._open and self._early:
                self.send(self._early)
            return []
        if mask & select.EPOLLOUT:
            self._wire.flush()
        if not mask & ~select.EPOLLOUT:
            return []
        try:
            size = self._wire.read(self._buffer)
        except BlockingIOError:
            return []
        except ssl.SSLError as error:
            raise EOFError(str(error)) from error
        if not size:
            self._wire.nothing()
        *lines, self._rest = (self._rest + bytes(self._buffer[:size])).split(b"\n")
        return [line.rstrip(b"\r").decode() for line in lines]

    def send(self, lines: list[str]) -> None:
        """Send lines, now or when the connection is there."""
        if self._open:
            self._wire.write("".join(f"{line}\r\n" for line in lines).encode())
        else:
            self._early += lines

    def deadline(self) -> float:
        """Nothing is due by itself."""
        return math.inf

    def end_sending(self) -> bool:
        """Close this side only, if that can be done; say whether it can."""
        if self._secure or not self._open:
            return False
        self._wire.socket.shutdown(socket.SHUT_WR)
        return True

    def slow_down(self) -> None:
        """Let the kernel keep little of what comes."""
        self._wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)

    def reset(self) -> None:
        """Vanish at once."""
        self._wire.close()


class Datagrams:
    """Lines over our own protocol on UDP."""

    missed = False
    events: int = select.EPOLLIN

    def __init__(self, address: tuple[str, int]) -> None:
        """Begin to ask for a connection at a numeric address."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.connect(address)
        self._link = DatagramClientLink(Url("udp", *address))
        self._link.start(time.monotonic())
        self._over = False
        self._move()

    def fileno(self) -> int:
        """Return what the poller knows it by."""
        return self._socket.fileno()

    def ready(self, mask: int) -> list[str]:
        """Go on, when the poller reports something; return the lines that came."""
        if self._over:
            raise EOFError("the server closed the connection")
        now = time.monotonic()
        try:
            arrivals = self._link.tick(now)
            if mask & select.EPOLLIN:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        arrivals += self._link.receive(self._socket.recv(65536), now)
        except LinkFailed as failed:
            raise EOFError(str(failed)) from failed
        self._move()
        self._over = self._link.over or any(isinstance(arrival, Closed) for arrival in arrivals)
        return [arrival for arrival in arrivals if isinstance(arrival, str)]

    def send(self, lines: list[str]) -> None:
        """Send lines, now or when the connection is there."""
        for line in lines:
            self._link.send(line, time.monotonic())
        self._move()

    def deadline(self) -> float:
        """Return when `ready` is due by itself."""
        return 0.0 if self._over else self._link.deadline()

    def end_sending(self) -> bool:
        """Close this side only, if that can be done; say whether it can."""
        return False

    def slow_down(self) -> None:
        """Let the kernel keep little of what comes."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)

    def reset(self) -> None:
        """Vanish at once."""
        self._socket.close()

    def _move(self) -> None:
        for datagram in self._link.take():
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):  # lost, as datagrams may be
                self._socket.send(datagram)


def connect(url: Url, ca: Path | None) -> Connection:
    """Begin to connect to `url`; `ca` vouches for a server that speaks TLS."""
    kind = socket.SOCK_DGRAM if url.datagrams else socket.SOCK_STREAM
    address = socket.getaddrinfo(url.host, url.port, type=kind)[0][4][:2]
    numeric = (str(address[0]), int(address[1]))
    if url.datagrams:
        return Datagrams(numeric)
    return Stream(numeric, _context(ca) if url.secure else None, url.host)


@cache
def _context(ca: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=None if ca is None else str(ca))
