"""Clients over UDP, and how a crowd of them waits: for datagrams, and for the moment to repeat one.

The idea: a client is the sans-I/O client of our own protocol (wire.reliable_client) with a socket of its own; over
it goes the plain dialect in its form for programs, JSON lines (docs/reference/plain.md). A crowd waits for all of
them at once; when something is to be repeated is in one heap.

What must stay true: what the protocol wants to send is sent after every call into it; a refusal, an end that
nobody asked for, or a server that does not answer is an error that names the client. What the kernel does not take
is a lost datagram, which the protocol repeats. Not here: what is said (datagrams).
"""

import heapq
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable
from select import EPOLLIN
from typing import Any, Final

import msgspec

from coliseum.core.inbound import Broken, Closed, Item, Ready
from coliseum.lab import LabError
from coliseum.lab.clients import Poller, State
from coliseum.wire.datagrams import NONCE_SIZE
from coliseum.wire.reliable_client import ReliableClient

AT_ONCE: Final = 32
"Clients on their way in at once."
_LARGEST: Final = 2048
"Bytes: more than a datagram of the protocol has."


class DatagramClient:
    """One session over UDP. `said` may be replaced; it gets each message that is heard: nick, room, text."""

    def __init__(self, nick: str, room: str) -> None:
        """`room` is joined at once."""
        self.nick = nick.encode()
        self.room = room.encode()
        self.state = State.OUTSIDE
        self.pong = b""
        "The token of the last PONG."
        self.said: Callable[[bytes, bytes, bytes], None] = lambda *_: None
        self.events = EPOLLIN
        "What the poller waits for; as wires have it."
        self.socket: socket.socket
        self.link: ReliableClient
        self.alarm = 0.0
        "When the heap of its crowd wakes it; 0: never."
        self._watch: Callable[[DatagramClient], None]

    def enter(self, poller: Poller, address: tuple[str, int], watch: Callable[["DatagramClient"], None]) -> None:
        """Begin to come in; `watch` is called whenever the link's deadline may have changed. Raises OSError."""
        self._watch = watch
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.state = State.CONNECTING
        self.socket.connect(address)
        poller.add(self, self.nick.decode(), self._receive)
        self.link = ReliableClient(secrets.token_bytes(NONCE_SIZE), time.monotonic())
        self.say(b"/json\n/nick %s\n/join %s\n" % (self.nick, self.room))

    def say(self, data: bytes) -> None:
        """Send whole lines. Raises LabError when too much waits for the server already."""
        if not self.link.send(data, time.monotonic()):
            raise LabError(f"{self.nick.decode()}: the server takes nothing in")
        self._send()

    def ping(self, token: bytes) -> None:
        """Ask for a PONG; it comes after everything that the server sent before it, and `pong` is `token` then."""
        self.say(b"/ping %s\n" % token)

    def tick(self, now: float) -> None:
        """Repeat, ask or give up, whatever is due; `now` is monotonic."""
        self._read(self.link.tick(now))
        self._send()

    def close(self) -> None:
        """Say goodbye, once, and close; nobody waits for an answer."""
        if self.state is not State.OUTSIDE:
            self.state = State.OUTSIDE
            self.link.close(time.monotonic())
            self._send()
            self.socket.close()

    def _receive(self, _: int) -> None:
        try:
            datagram = self.socket.recv(_LARGEST)
        except ConnectionRefusedError:
            self._read(self.link.unreachable())
        else:
            self._read(self.link.receive(datagram, time.monotonic()))
        self._send()

    def _send(self) -> None:
        for datagram in self.link.take():
            try:
                self.socket.send(datagram)
            except (BlockingIOError, ConnectionRefusedError):  # as if it were lost; the next recv says the latter
                continue
        self._watch(self)

    def _read(self, items: list[Item]) -> None:
        for item in items:
            if isinstance(item, str):
                if item.startswith("{"):  # what it said before it read /json is for people
                    self._event(msgspec.json.decode(item))
            elif isinstance(item, Ready):
                self.state = State.JOINING
            elif isinstance(item, Closed | Broken):
                why = self.link.why or "the server closed it"
                raise LabError(f"{self.nick.decode()}: the session ended: {why}")
            else:
                raise LabError(f"{self.nick.decode()}: the server wrote what is no line: {item}")

    def _event(self, event: dict[str, Any]) -> None:
        match event:
            case {"event": "said", "source": {"nick": nick}, "room": room, "text": text}:
                self.said(nick.encode(), room.encode(), text.encode())
            case {"event": "ponged", "token": token}:
                self.pong = token.encode()
            case {"event": "admitted", "room": {"name": room}} if room.encode() == self.room:
                self.state = State.HERE
            case {"event": "refused" | "ended"}:
                raise LabError(f"{self.nick.decode()}: the server says {event}")


class Crowd:
    """Everybody who is connected over UDP, and the one place where is waited for them."""

    def __init__(self, address: tuple[str, int], patience: float) -> None:
        """`patience`: seconds in which something has to happen while they come in."""
        self._address = address
        self._patience = patience
        self._poller = Poller()
        self._clients: list[DatagramClient] = []
        self._alarms: list[tuple[float, int, DatagramClient]] = []
        "A heap; those that were replaced by an earlier one stay in it and mean nothing."

    def enrol(self, clients: list[DatagramClient]) -> None:
        """Bring all of them in. Raises LabError."""
        waiting, coming = deque(clients), list[DatagramClient]()
        last = time.monotonic()
        while waiting or coming:
            while waiting and len(coming) < AT_ONCE:
                client = waiting.popleft()
                self._clients.append(client)
                try:
                    client.enter(self._poller, self._address, self._watch)
                except OSError as error:
                    raise LabError(f"{client.nick.decode()} cannot get a socket: {error}") from error
                coming.append(client)
            if self.turn(0.2):
                last = time.monotonic()
                coming = [client for client in coming if client.state is not State.HERE]
            elif time.monotonic() - last > self._patience:
                missing = len(waiting) + len(coming)
                raise LabError(f"coming in stopped: nothing for {self._patience:g} s ({missing} are missing)")

    def turn(self, seconds: float) -> int:
        """Wait for at most `seconds`, do what is due, return how many clients got something. Raises LabError."""
        now = time.monotonic()
        if self._alarms:
            seconds = min(seconds, max(0.0, self._alarms[0][0] - now))
        happened = self._poller.turn(seconds)
        now = time.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            due, _, client = heapq.heappop(self._alarms)
            if due == client.alarm:
                client.alarm = 0.0
                self._wake(client, now)
        return happened

    def close(self) -> None:
        """Say goodbye for everybody."""
        for client in self._clients:
            client.close()
        self._poller.close()

    def _wake(self, client: DatagramClient, now: float) -> None:
        due = client.link.deadline()
        if due is not None and due <= now:
            client.tick(now)
        else:
            self._watch(client)

    def _watch(self, client: DatagramClient) -> None:
        """Set the client's alarm, if it has none or one that is too late; one that is too early costs little."""
        due = client.link.deadline()
        if due is not None and (not client.alarm or due < client.alarm):
            client.alarm = due
            heapq.heappush(self._alarms, (due, id(client), client))
