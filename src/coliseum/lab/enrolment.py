"""Coming in: thousands of clients, so many at a time, and a barrier to know that all is quiet.

The idea: a fixed number is on its way in, and each that arrives lets the next one start. Afterwards everybody
sends a PING: the PONG comes behind everything that the server had for them, so once all have it no JOIN of anybody
is still to come. The same barrier ends a run (flow).

What must stay true: waiting ends, `patience` seconds after the last thing that happened; then an error says who is
still missing and how far in.
"""

import itertools
import socket
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coliseum.lab import LabError
from coliseum.lab.clients import Client, Poller, State
from coliseum.lab.wires import Plain, Secure
from coliseum.urls import Url, parse

CONNECTING = 100
"Connections, with their TLS, that are made at once, at most."
AT_ONCE = 2000
"Clients on their way in at once, unless said otherwise: some servers let people in only once a second."
PER_SOURCE = 10_000
"Clients that come from one address; the next ones take the next of 127.0.0.0/8, because ports are few."

_tokens = itertools.count(1)


def trusting() -> ssl.SSLContext:
    """Return a context that takes any certificate: for servers with one made a moment ago, on this machine.

    Without any authorities: OpenSSL would look through their directory for each connection.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, slots=True)
class Target:
    """The server under load."""

    url: Url
    address: tuple[str, int]
    "Numeric."
    context: ssl.SSLContext | None
    "For TLS; None without."
    at_once: int
    "Clients on their way in at once, at most: a server whose queue of connections is short loses them beyond."

    @classmethod
    def at(cls, text: str, *, ca: Path | None = None, insecure: bool = False, at_once: int = AT_ONCE) -> "Target":
        """Return the target that an URL names: irc://, ircs:// or udp://HOST:PORT. Raises LabError.

        The server's certificate must be signed by `ca` (None: by an authority of this system). `insecure`: whoever
        answers will do; for servers with a certificate made a moment ago, on this machine.
        """
        url = parse(text)
        if not (url.irc or url.datagrams):
            raise LabError(
                f"{text}: the load generator speaks IRC; give irc:// or ircs://, or udp:// for sessions"
            )
        try:
            kind = socket.SOCK_DGRAM if url.datagrams else socket.SOCK_STREAM
            address = socket.getaddrinfo(url.host, url.port, type=kind)[0][4]
        except OSError as error:
            raise LabError(f"{text}: {error}") from error
        context = None
        if url.secure and insecure:
            context = trusting()
        elif url.secure:
            context = ssl.create_default_context(cafile=str(ca) if ca else None)
        return cls(url, (str(address[0]), int(address[1])), context, at_once)

    def connect(self, index: int, *, quick_ack: bool, narrow: bool = False) -> Plain:
        """Begin to connect the client number `index`. Raises OSError."""
        source = ""
        if index >= PER_SOURCE and self.address[0].startswith("127."):
            source = f"127.0.0.{1 + index // PER_SOURCE}"
        if self.context is None:
            return Plain(self.address, source, quick_ack=quick_ack, narrow=narrow)
        return Secure(self.context, self.url.host, self.address, source, quick_ack=quick_ack, narrow=narrow)


def enrol(
    poller: Poller,
    target: Target,
    clients: Sequence[Client],
    *,
    at_once: int | None = None,
    patience: float = 10.0,
    quick_ack: bool = False,
    moved: Callable[[Client], None] = lambda _: None,
) -> None:
    """Bring all `clients` in, `at_once` at a time (None: as many as the target takes). Raises LabError.

    `moved` is called for every step that a client takes (see Client.state).
    """
    waiting = deque(enumerate(clients))
    counts = Counter({State.OUTSIDE: len(clients)})
    states = dict.fromkeys(clients, State.OUTSIDE)

    def move(client: Client) -> None:
        counts[states[client]] -= 1
        states[client] = client.state
        counts[client.state] += 1
        moved(client)

    def room_for_one_more() -> bool:
        on_their_way = len(clients) - counts[State.OUTSIDE] - counts[State.HERE]
        return on_their_way < (at_once or target.at_once) and counts[State.CONNECTING] < CONNECTING

    last = time.monotonic()
    while counts[State.HERE] < len(clients):
        while waiting and room_for_one_more():
            index, client = waiting.popleft()
            try:
                wire = target.connect(index, quick_ack=quick_ack, narrow=client.narrow)
            except OSError as error:
                raise LabError(f"client {index} cannot connect to {target.url}: {error}") from error
            client.enter(poller, wire, move)
        if poller.turn(0.2):
            last = time.monotonic()
        elif time.monotonic() - last > patience:
            far = ", ".join(f"{count} {state.name.lower()}" for state, count in counts.items() if count)
            raise LabError(f"coming in stopped: nothing for {patience:g} s ({far})")


class Turning(Protocol):
    """Where is waited."""

    def turn(self, seconds: float) -> int:
        """Wait for at most `seconds`, do what is due, return how much that was."""


class Asking(Protocol):
    """Somebody who can ask the server for a sign of life."""

    @property
    def nick(self) -> bytes:
        """Who it is."""

    @property
    def pong(self) -> bytes:
        """The token of the last PONG."""

    def ping(self, token: bytes) -> None:
        """Ask for a PONG."""


def barrier(poller: Turning, clients: Iterable[Asking], patience: float) -> list[Asking]:
    """Wait until the server has answered a PING of each of `clients`; return those whom it has not.

    Whatever the server had for one of them when it read the PING has come by then.
    """
    token = b"lab%d" % next(_tokens)
    missing = list(clients)
    for client in missing:
        client.ping(token)
    last = time.monotonic()
    while missing:
        if poller.turn(0.2):
            last = time.monotonic()
            while missing and missing[-1].pong == token:
                missing.pop()
        elif time.monotonic() - last > patience:
            break
    return [client for client in missing if client.pong != token]


def all_quiet(poller: Turning, clients: Iterable[Asking], patience: float) -> None:
    """Wait until nothing is on its way to any of `clients`. Raises LabError when the server does not answer."""
    silent = barrier(poller, clients, patience)
    if silent:
        raise LabError(f"{len(silent)} clients got no PONG, for example {silent[0].nick.decode()}")
