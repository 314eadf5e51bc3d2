"""The client's link over UDP: datagrams from the socket to items, lines to datagrams.

The idea: wire.reliable_client makes a stream of lines out of datagrams; here its ends become what a client
understands: `LinkFailed` with an error while there is no connection yet, `Closed` once there was one.

What must stay true: the same methods as `link.ClientLink`; sans-I/O, one caller at a time; after every call `take`
is emptied onto the wire and `deadline` looked at.
"""

import errno
import math
import os

from coliseum.client import failures
from coliseum.client.arrivals import Arrival
from coliseum.client.link import LinkFailed
from coliseum.core.inbound import Broken, Closed, Item, Ready
from coliseum.errors import Unavailable
from coliseum.urls import Url
from coliseum.wire.datagrams import NONCE_SIZE
from coliseum.wire.reliable_client import PATIENCE, ClientState, ReliableClient


class DatagramClientLink:
    """The link of one connection over UDP."""

    stream = False

    def __init__(self, url: Url) -> None:
        self._url = url
        self._client: ReliableClient | None = None
        self._opened = False
        self._overflowed = False

    def start(self, now: float) -> list[Arrival]:
        """Begin to ask for a connection."""
        self._client = ReliableClient(os.urandom(NONCE_SIZE), now, patience=PATIENCE)
        return []

    @property
    def over(self) -> bool:
        """Nothing will come any more."""
        return self._overflowed or (self._client is not None and self._client.finished)

    def receive(self, data: bytes, now: float) -> list[Arrival]:
        """Take in a datagram; return what it says. Raises LinkFailed when there will be no connection."""
        return self._told(self._reliable.receive(data, now))

    def failed(self, error: OSError, now: float) -> list[Arrival]:  # noqa: ARG002 - as the stream's link
        """Take in what the socket says: that nobody listens there (ICMP). Anything else is one lost datagram."""
        return self._told(self._reliable.unreachable() if error.errno == errno.ECONNREFUSED else [])

    def send(self, line: str, now: float) -> None:
        """Take in a line for the server, without its end."""
        if not self._reliable.send(line.encode() + b"\n", now):
            self._overflowed = True

    def take(self) -> list[bytes]:
        """Return, once, the datagrams for the wire."""
        return [] if self._client is None else self._client.take()

    def deadline(self) -> float:
        """Return when `tick` is due; infinity for never."""
        due = None if self._client is None else self._client.deadline()
        return math.inf if due is None else due

    def tick(self, now: float) -> list[Arrival]:
        """Repeat, ask or give up, whatever is due. Raises LinkFailed."""
        return self._told(self._reliable.tick(now))

    def close(self, now: float) -> None:
        """Say goodbye; `over` once the server has heard it."""
        self._reliable.close(now)

    @property
    def _reliable(self) -> ReliableClient:
        assert self._client is not None, "start comes first"
        return self._client

    def _told(self, items: list[Item]) -> list[Arrival]:
        if any(isinstance(item, Ready) for item in items):
            self._opened = True
        if self._client is not None and self._client.finished and not self._opened:
            raise LinkFailed(self._failure(self._client))
        return [Closed() if isinstance(item, Broken) else item for item in items]

    def _failure(self, client: ReliableClient) -> Unavailable:
        if client.said_text:
            return failures.not_ours(self._url, client.why)
        if client.state is ClientState.REFUSED:
            return failures.no_room(self._url, client.why)
        if client.why == "unreachable":
            return failures.unreachable(self._url, ConnectionRefusedError())
        return failures.unreachable(self._url, TimeoutError())
