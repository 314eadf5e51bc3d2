"""The clients of a run, and the one place where the generator waits: an epoll.

A client speaks the IRC that every server understands (RFC 1459 and 2812, no capabilities): it registers, joins a
room, answers PING, and knows when a PONG is its own. What it hears besides is whoever's turn it is: at first its
own (`hear`), during a run the check of its room, which passes on what is no message (`other`).

What must stay true: a refusal or a lost connection is an error that names the client; nothing waits but
`Poller.turn`.
"""

import select
import socket
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, Protocol

from coliseum.lab import LabError
from coliseum.lab.wires import LARGEST, Plain

_AT_ONCE: Final = 128
"Clients that one turn looks after, at most."
_WELCOMED: Final = {b"376", b"422"}
"End of the message of the day, or none: registration is over (RFC 2812 section 5.1)."
_JOINED: Final = b"366"
"End of the list of names, the last line that answers a JOIN."
_HARMLESS: Final = {b"422", b"439"}
"No message of the day; please wait (of some servers)."

Handler = Callable[[int], None]
"Gets what epoll reports: EPOLLIN and so on."


class State(Enum):
    """How far in a client is."""

    OUTSIDE = auto()
    CONNECTING = auto()
    REGISTERING = auto()
    JOINING = auto()
    HERE = auto()


class Waiting(Protocol):
    """What is waited for: a socket and epoll's events."""

    socket: socket.socket
    events: int


class Poller:
    """Waits for everybody."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._names: dict[int, str] = {}
        self._events: dict[int, int] = {}

    def add(self, wire: Waiting, name: str, handler: Handler) -> None:
        """Call `handler` whenever something happens on `wire`; `name` is for errors."""
        number = wire.socket.fileno()
        self._handlers[number], self._names[number], self._events[number] = handler, name, wire.events
        self._epoll.register(number, wire.events)

    def handle(self, wire: Plain, handler: Handler) -> None:
        """Call another one from now on."""
        self._handlers[wire.socket.fileno()] = handler

    def update(self, wire: Plain) -> None:
        """Wait for what `wire` wants to be waited for now."""
        number = wire.socket.fileno()
        if self._events[number] != wire.events:
            self._events[number] = wire.events
            self._epoll.modify(number, wire.events)

    def forget(self, wire: Plain) -> None:
        """Look after `wire` no more; it stays open."""
        self._epoll.unregister(wire.socket.fileno())

    def turn(self, seconds: float) -> int:
        """Wait for at most `seconds`, call handlers, return how many. Raises LabError for a lost connection."""
        events = self._epoll.poll(seconds, _AT_ONCE)
        number = 0
        try:
            for number, mask in events:
                self._handlers[number](mask)
        except (OSError, EOFError) as error:
            raise LabError(f"{self._names[number]}: {error}") from error
        return len(events)

    def close(self) -> None:
        """Forget everybody; wires are closed by their owners."""
        self._epoll.close()


class Client:
    """One client, connected or not."""

    buffer = memoryview(bytearray(LARGEST))
    "Where all clients read into; what is in it is used before the next read."

    def __init__(
        self, nick: str, room: str = "", *, narrow: bool = False, agreed: Callable[[str], None] = lambda _: None
    ) -> None:
        """`room` is joined after registration, if it is not empty. `narrow`: see wires.Plain.

        `agreed` is told what the connection's handshake led to.
        """
        self.nick = nick.encode()
        self.room = room.encode()
        self.narrow = narrow
        self._agreed = agreed
        self.state = State.OUTSIDE
        self.pong = b""
        "The token of the last PONG."
        self.wire: Plain
        self._poller: Poller
        self.rest = b""
        "A line that has begun, after `hear`."
        self._moved: Callable[[Client], None]

    def enter(self, poller: Poller, wire: Plain, moved: Callable[["Client"], None]) -> None:
        """Begin to come in over `wire`; `moved` is called whenever `state` has changed."""
        self.wire, self._poller, self._moved = wire, poller, moved
        poller.add(wire, self.nick.decode(), self._connect)
        self._move(State.CONNECTING)

    def say(self, data: bytes) -> None:
        """Send whole lines."""
        self.wire.write(data)
        if self.wire.events & select.EPOLLOUT:
            self._poller.update(self.wire)

    def ping(self, token: bytes) -> None:
        """Ask for a PONG; it comes after everything that the server sent before it, and `pong` is `token` then."""
        self.say(b"PING :%s\r\n" % token)

    def flush(self, mask: int) -> bool:
        """Send what had to wait, if `mask` says that it goes on; return whether there is something to read."""
        if mask & select.EPOLLOUT:
            self.wire.flush()
            self._poller.update(self.wire)
        return mask & ~select.EPOLLOUT != 0

    def handle(self, handler: Handler) -> None:
        """Let `handler` look after the wire from now on."""
        self._poller.handle(self.wire, handler)

    def sleep(self) -> None:
        """Read nothing any more, and stay connected."""
        self._poller.forget(self.wire)

    def hear(self, mask: int) -> None:
        """Read what came, line by line, and do what is due."""
        if not self.flush(mask):
            return
        size = self.wire.read(self.buffer)
        if not size:
            self.wire.nothing()
        *lines, self.rest = (self.rest + self.buffer[:size]).split(b"\n")
        for line in lines:
            self.other(0, line)

    def other(self, _: int, line: bytes) -> None:
        """Do what one line asks for, or says about us; messages and what others do are passed over.

        Raises LabError when the server refuses something, or ends the connection.
        """
        words = line.rstrip(b"\r").split(b" ")
        command = words[1] if line[:1] == b":" and len(words) > 1 else words[0]
        if command == b"PING":
            self.say(b"PONG %s\r\n" % line.partition(b"PING ")[2].strip())
        elif command == b"PONG":
            self.pong = words[-1].removeprefix(b":")
        elif command == b"ERROR":
            raise LabError(f"{self.nick.decode()}: the server says {_shown(line)}")
        elif len(command) == 3 and command.isdigit():
            self._numeric(command, line)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.state is not State.OUTSIDE:
            self.state = State.OUTSIDE
            self.wire.close()

    def _connect(self, mask: int) -> None:
        ready = self.wire.advance()
        if ready:
            self._agreed(self.wire.agreed)
            self._move(State.REGISTERING)
            self._poller.handle(self.wire, self.hear)
            self.wire.write(b"NICK %s\r\nUSER lab 0 * :lab\r\n" % self.nick)
        elif mask & select.EPOLLHUP:
            raise EOFError("the server closed the connection")
        self._poller.update(self.wire)

    def _numeric(self, number: bytes, line: bytes) -> None:
        if number in _WELCOMED and self.state is State.REGISTERING:
            if self.room:
                self._move(State.JOINING)
                self.say(b"JOIN %s\r\n" % self.room)
            else:
                self._move(State.HERE)
        elif number == _JOINED and self.state is State.JOINING:
            self._move(State.HERE)
        elif number >= b"400" and number not in _HARMLESS:
            raise LabError(f"{self.nick.decode()}: the server refuses: {_shown(line)}")

    def _move(self, state: State) -> None:
        self.state = state
        self._moved(self)


class Names:
    """Makes clients with names that nobody else has: of nine signs at most, as the oldest servers want them."""

    def __init__(self, tag: str) -> None:
        """`tag` tells this run from others on the same server: two small letters or digits."""
        self._tag = tag
        self.agreed = set[str]()
        "What was agreed in the handshakes of all clients (see wires.Plain)."
        self._clients = self._rooms = 0

    def client(self, room: str = "", *, narrow: bool = False) -> Client:
        """Return a client, to be in `room` if that is not empty. `narrow`: see wires.Plain."""
        return Client(self.nick(), room, narrow=narrow, agreed=self.agreed.add)

    def room(self) -> str:
        """Return the name of a new room."""
        self._rooms += 1
        return f"#{self._tag}{self._rooms:05d}"

    def nick(self) -> str:
        """Return a name that nobody else has."""
        self._clients += 1
        return f"u{self._tag}{self._clients:05d}"

    def group(self, size: int) -> list[Client]:
        """Return the members of a new room."""
        room = self.room()
        return [self.client(room) for _ in range(size)]


def _shown(line: bytes) -> str:
    return line.decode(errors="replace").strip()[:200]
