"""A world, its sessions and a virtual clock, without any engine: what the fast tests of the IRC dialect drive.

A `Peer` is one connection, seen from the other side: it sends lines and keeps what comes back. Every line that a
peer is sent, in any test, is held against what IRC allows a line to be (`lines_of`). Effects are performed at once
unless a test holds them back; a pause moves the clock, nothing sleeps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from coliseum.core.delivery import deliver
from coliseum.core.effects import Effect, Pause, ReadConfiguration, VerifyPassword
from coliseum.core.inbound import Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.core.world import World
from coliseum.dialects.irc.client import Common
from coliseum.dialects.irc.dialect import IrcDialect
from coliseum.dialects.irc.message import Message, parse
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.i18n import english
from tests.harness import at

SERVER = "irc.example"
VOICE = Voice.speaking(english)
QUIET = Policy(server_name=SERVER, flood_control=False, room_capacity=0)
"A policy under which nothing but the matter of the test happens."


def lines_of(data: bytes) -> list[str]:
    """Return the lines in `data`, and see that each one is a line of IRC."""
    if not data:
        return []
    assert data.endswith(b"\r\n")
    found = [raw.decode() for raw in data[:-2].split(b"\r\n")]
    for line in found:
        assert not set(line) & set("\r\n\0"), line  # modern.ircdocs.horse "Message Format"
        tags, rest = ("", line) if not line.startswith("@") else line.split(" ", 1)
        assert len(rest.encode()) + 2 <= 512, line  # RFC 1459 section 2.3
        assert len(tags.encode()) + 1 <= 8191, line  # IRCv3 Message Tags, "Size limit"
        assert parse(line).command
    return found


class Peer:
    """One connection: the carrier of a session, and who is at its other end."""

    def __init__(self, house: "PureHouse", session: Session, *, irc: bool) -> None:
        self.house = house
        self.session = session
        self.effect: Effect | None = None
        "What the session waits for, while a test holds it back."
        self.finished = False
        self._irc = irc
        self._lines: list[str] = []

    # --- what the core calls -------------------------------------------------------------------------------

    def transmit(self, data: bytes) -> None:
        """Take in what the server says."""
        assert not self.finished
        self._lines += lines_of(data) if self._irc else data.decode().splitlines()

    def finish(self, *, abrupt: bool) -> None:
        """Hear that the connection is closed."""
        self.finished = True

    # --- what tests call -----------------------------------------------------------------------------------

    def feed(self, *items: Item) -> None:
        """Send lines; an effect that they ask for stays in `effect`."""
        self._note(self.session.receive(items, self.house.now()))

    def carry_on(self) -> None:
        """Have what the session waits for done, and bring the result."""
        effect, self.effect = self.effect, None
        if effect is not None:
            self._note(self.session.resume(self.house.perform(effect), self.house.now()))

    def say(self, *items: Item) -> list[str]:
        """Send lines, do what they ask for, return what comes back."""
        self.feed(*items)
        while self.effect is not None:
            self.carry_on()
        return self.take()

    def take(self) -> list[str]:
        """Return what came since the last time."""
        self.house.flush()
        lines, self._lines = self._lines, []
        return lines

    def lose(self) -> None:
        """Break the connection."""
        self.session.gone(Reason.CONNECTION_LOST, self.house.now())

    def _note(self, effect: Effect | None) -> None:
        if effect is not None:
            assert self.effect is None  # a session asks for one thing at a time
            self.effect = effect


@dataclass
class PureHouse:
    """A server without an engine."""

    policy: Policy = QUIET
    seconds: float = 0.0
    configuration: Callable[[], None] | str = "there is no file"
    "What REHASH reads."
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    make: Callable[..., World] = World

    def __post_init__(self) -> None:
        ids = count(1)
        self.world = self.make(
            self.policy, lambda: f"id-{next(ids)}", lambda event, **fields: self.notes.append((event, fields))
        )
        self.common = Common("coliseum-test", "a while ago")

    def now(self) -> Moment:
        """Return what the clock says."""
        return at(self.seconds)

    def wait(self, seconds: float) -> None:
        """Let time go by; what was due meanwhile happens, and is told, at its time, as with an engine."""
        end = self.seconds + seconds
        while (due := self.world.deadline()) is not None and due <= end:
            self.seconds = max(self.seconds, due)
            self.world.tick(self.now())
            self.flush()
        self.seconds = end
        self.world.tick(self.now())

    def flush(self) -> None:
        """Send what waits in mailboxes."""

        def failed(_: Session, fault: Exception) -> None:
            raise fault

        parcels = self.world.collect()
        assert len({session for session, *_ in parcels}) == len(parcels)
        deliver(parcels, failed)

    def perform(self, effect: Effect) -> object:
        """Do what a session waits for."""
        match effect:
            case VerifyPassword(given, expected):
                return given == expected
            case Pause(seconds):
                self.wait(seconds)
                return None
            case ReadConfiguration():
                return self.configuration

    # --- who comes -----------------------------------------------------------------------------------------

    def connect(self, host: str = "localhost") -> Peer:
        """Return an IRC connection that has said nothing yet."""
        return self._open("ircs", host, irc=True)

    def connect_plain(self) -> Peer:
        """Return a connection of the plain dialect."""
        return self._open("tls", "localhost", irc=False)

    def enter(self, nick: str, *capabilities: str, host: str = "localhost") -> Peer:
        """Return a registered client with these capabilities, which has read its welcome."""
        peer = self.connect(host)
        if capabilities:
            peer.feed(f"CAP REQ :{' '.join(capabilities)}", "CAP END")
        peer.feed(f"PASS :{self.policy.password or 'x'}", f"NICK {nick}", f"USER {nick} 0 * :The real {nick}")
        while peer.effect is not None:
            peer.carry_on()
        lines = peer.take()
        assert client_of(peer).client.registration.done, lines
        return peer

    def _open(self, listener: str, host: str, *, irc: bool) -> Peer:
        session = Session(self.world, "192.0.2.1:4000", listener, host)
        session.dialect = IrcDialect(session, self.common) if irc else PlainDialect(session, VOICE)
        peer = Peer(self, session, irc=irc)
        session.carrier = peer
        session.open(self.now())
        peer.feed(Ready("TLSv1.3"))
        return peer


def client_of(peer: Peer) -> IrcDialect:
    """Return the dialect of an IRC connection."""
    assert isinstance(peer.session.dialect, IrcDialect)
    return peer.session.dialect


def without_tags(line: str) -> str:
    """Return a line without its tags."""
    return line.split(" ", 1)[1] if line.startswith("@") else line


def commands(lines: list[str]) -> list[str]:
    """Return the commands of lines, in order."""
    return [parse(line).command for line in lines]


def parsed(lines: list[str]) -> list[Message]:
    """Return lines as messages."""
    return [parse(line) for line in lines]
