"""The events: immutable facts that the world tells sessions.

The idea: an event says *what happened*, never how it looks. A dialect's renderer turns it into bytes, once per
kind of recipient (`rendered`), so a thousand members of one room share one rendering.

What must stay true: events are frozen and compared by value; they hold only names, numbers and text, so that
they can be kept, sent as JSON and shown in another language; an event never depends on who receives it.
What is told to the one it concerns is therefore an event of its own (`Admitted` beside `Entered`).

Not here: the refusals (refusals.py), and any word that a person reads (dialects).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

K = TypeVar("K")


class Reason(StrEnum):
    """Why a session ended: named in the log, and told to the others of its rooms."""

    QUIT = "quit"
    PEER_CLOSED = "peer-closed"
    CONNECTION_LOST = "connection-lost"
    ROOM_FULL = "room-full"
    SERVER_FULL = "server-full"
    PASSWORD_FAILED = "password-failed"  # noqa: S105 - a name, not a password
    PASSWORD_TIMEOUT = "password-timeout"  # noqa: S105
    HANDSHAKE_FAILED = "handshake-failed"
    HANDSHAKE_TIMEOUT = "handshake-timeout"
    NOT_TLS = "not-tls"
    NOT_PLAIN = "not-plain"
    HTTP = "http"
    ENDLESS_LINE = "endless-line"
    EXPIRED = "expired"
    SENDQ_EXCEEDED = "sendq-exceeded"
    STALLED = "stalled"
    SERVER_STOPPING = "server-stopping"
    INTERNAL_ERROR = "internal-error"
    OTHER = "other"
    "A reason that we do not know: a newer server's."

    @classmethod
    def _missing_(cls, value: object) -> "Reason":  # noqa: ARG003 - enum calls it so
        return cls.OTHER


class Event:
    """Base of all events; `rendered` keeps the rendered forms in the slot `_forms`."""

    __slots__ = ("_forms",)

    _forms: dict[object, bytes]


def rendered(event: Event, renderer: K, render: Callable[[K, Event], bytes]) -> bytes:
    """Return `render(renderer, event)`, made once per event and renderer, then remembered on the event.

    Harmless when two threads do it at once: both get equal bytes.
    """
    try:
        forms = event._forms  # noqa: SLF001 - this function is the slot's owner
    except AttributeError:
        forms = {}
        object.__setattr__(event, "_forms", forms)
    form = forms.get(renderer)
    if form is None:
        form = forms[renderer] = render(renderer, event)
    return form


@dataclass(frozen=True, slots=True)
class Identity:
    """Who did something, as they were called then."""

    id: str
    "The user's uuid; stays the same when the nick changes."
    nick: str
    "The nick as its owner writes it."


@dataclass(frozen=True, slots=True)
class RoomView:
    """What a room looks like from inside at one moment."""

    name: str
    members: tuple[str, ...]
    "Nicks in order of entry."
    capacity: int
    "How many may be inside; 0 means unlimited."
    topic: str = ""


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """One row of the list of rooms."""

    name: str
    members: int
    capacity: int
    topic: str = ""


# --- told to the members of a room -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said(Event):
    """Somebody said something in a room."""

    source: Identity
    room: str
    text: str
    "One line without control characters, at most `Policy.line_bytes` bytes in UTF-8."
    time: int
    "Nanoseconds since 1970 UTC; rises strictly within one server, so it also identifies the message."


@dataclass(frozen=True, slots=True)
class Entered(Event):
    """Somebody entered a room (told to the others)."""

    source: Identity
    room: str
    members: int
    "How many are inside now."
    capacity: int


@dataclass(frozen=True, slots=True)
class Left(Event):
    """Somebody left a room and is still connected (told to those who stay)."""

    source: Identity
    room: str
    members: int
    "How many are inside now."
    capacity: int


@dataclass(frozen=True, slots=True)
class Gone(Event):
    """Somebody's connection ended (told once to everybody who shared a room with them)."""

    source: Identity
    reason: Reason


@dataclass(frozen=True, slots=True)
class Renamed(Event):
    """Somebody has another nick (told to the others of all their rooms, once)."""

    source: Identity
    "As they were called before."
    nick: str


@dataclass(frozen=True, slots=True)
class TopicChanged(Event):
    """A room has another topic (told to all its members)."""

    source: Identity
    room: str
    topic: str
    "Empty when the topic was removed."


# --- told to one user --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcomed(Event):
    """The session has a user now."""

    you: Identity
    server: str
    "The server's name."
    description: str
    motd: str
    "Message of the day, possibly several lines; empty for none."


@dataclass(frozen=True, slots=True)
class PasswordWanted(Event):
    """The server lets nobody in without its password; the next line is taken for it."""


@dataclass(frozen=True, slots=True)
class Echoed(Event):
    """Your message came; nobody else hears it, because you are in no room (datagram sessions)."""

    text: str


@dataclass(frozen=True, slots=True)
class ProofWanted(Event):
    """Anything more than an answer is for those who can show that this address is theirs: type this back."""

    word: str


@dataclass(frozen=True, slots=True)
class Admitted(Event):
    """You are inside this room now."""

    room: RoomView


@dataclass(frozen=True, slots=True)
class Departed(Event):
    """You left this room."""

    room: str


@dataclass(frozen=True, slots=True)
class Named(Event):
    """You are called so now."""

    you: Identity


@dataclass(frozen=True, slots=True)
class Told(Event):
    """Somebody told you something in private."""

    source: Identity
    text: str
    time: int
    "As in `Said`."


@dataclass(frozen=True, slots=True)
class Delivered(Event):
    """What you told somebody in private has reached their mailbox."""

    nick: str
    text: str


@dataclass(frozen=True, slots=True)
class RoomsListed(Event):
    """All rooms, in order of name."""

    rooms: tuple[RoomSummary, ...]


@dataclass(frozen=True, slots=True)
class RoomShown(Event):
    """Who is in a room."""

    room: RoomView


@dataclass(frozen=True, slots=True)
class TopicShown(Event):
    """A room's topic, because you asked."""

    room: str
    topic: str


@dataclass(frozen=True, slots=True)
class HelpShown(Event):
    """The commands; the words are the dialect's."""


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """Everything up to here was taken in (programs that asked for it: an acknowledgement)."""

    lines: int
    "How many lines of this session have been dealt with since it began."


@dataclass(frozen=True, slots=True)
class Ponged(Event):
    """The answer to a ping, with the text that came with it."""

    token: str


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The last thing a session is told: the connection ends, and why."""

    reason: Reason
