"""The events: immutable facts that the world tells sessions.

The idea: an event says *what happened*, never how it looks. A dialect's renderer turns it into bytes, once per
kind of recipient (mailbox.py), so a thousand members of one room share one rendering.

What must stay true: events are frozen and compared by value; they hold only names, numbers and text, so that
they can be kept, sent as JSON and shown in another language; an event never depends on who receives it.
What is told to the one it concerns is therefore an event of its own (`Admitted` beside `Entered`).

Not here: the refusals (refusals.py), and any word that a person reads (dialects).

Longer than other files because it is one list: everything that can happen, to be looked through in one go.
"""

from typing import TypeAlias

from coliseum.core.facts import fact
from coliseum.core.kinds import Change, Kind, Reason, Setting

Tags: TypeAlias = tuple[tuple[str, str], ...]
"What a message carries for programs, as names and values."


class Event:
    """Base of all events."""

    __slots__ = ()


class _FullName:
    __slots__ = ("full_name",)

    full_name: str
    """nick!username@host: what masks are matched against, and how IRC writes it. Made once."""


@fact
class Identity(_FullName):
    """Who did something, as they were called then."""

    id: str
    "The user's uuid; stays the same when the nick changes."
    nick: str
    "The nick as its owner writes it."
    username: str = ""
    "What the user's client calls its owner; on the plain dialect the dialect's name."
    host: str = ""
    "Where the user comes from, in a form that gives no address away."
    bot: bool = False
    "A program, and says so."

    def __post_init__(self) -> None:
        self.full_name = f"{self.nick}!{self.username}@{self.host}"


@fact
class RoomView:
    """What a room looks like from inside at one moment."""

    name: str
    members: tuple[str, ...]
    "Nicks in order of entry."
    capacity: int
    "How many may be inside; 0 means unlimited."
    topic: str = ""


@fact
class RoomSummary:
    """One row of the list of rooms."""

    name: str
    members: int
    capacity: int
    topic: str = ""


# --- told to the members of a room -------------------------------------------------------------------------


@fact
class Said(Event):
    """Somebody said something in a room."""

    source: Identity
    room: str
    text: str
    "One line without control characters, at most `Policy.line_bytes` bytes in UTF-8."
    time: int
    "Nanoseconds since 1970 UTC; rises strictly within one server, so it also identifies the message."
    kind: Kind = Kind.MESSAGE
    tags: Tags = ()
    only: Setting | None = None
    "Told only to members with this role or a higher one; None: to all."


@fact
class Entered(Event):
    """Somebody entered a room (told to the others)."""

    source: Identity
    room: str
    members: int
    "How many are inside now."
    capacity: int
    realname: str = ""


@fact
class Left(Event):
    """Somebody left a room and is still connected (told to those who stay)."""

    source: Identity
    room: str
    members: int
    "How many are inside now."
    capacity: int
    message: str = ""
    "Their last words there."


@fact
class Gone(Event):
    """Somebody's connection ended (told once to everybody who shared a room with them)."""

    source: Identity
    reason: Reason
    message: str = ""
    "Their last words, or those of who ended the connection."


@fact
class Kicked(Event):
    """Somebody was put out of a room (told to all who were inside, to them too)."""

    source: Identity
    "Who did it."
    room: str
    target: Identity
    message: str
    members: int
    "How many are inside now."
    capacity: int


@fact
class SettingsChanged(Event):
    """Settings of a room, or what members are in it, were changed (told to all its members)."""

    source: Identity
    room: str
    changes: tuple[Change, ...]


@fact
class InviteSeen(Event):
    """Somebody was invited (told to the operators of the room)."""

    source: Identity
    room: str
    nick: str


@fact
class AwayChanged(Event):
    """Somebody is away, or back (told to everybody who shares a room with them)."""

    source: Identity
    message: str
    "Empty: they are back."


@fact
class RealnameChanged(Event):
    """Somebody has another real name (told to everybody who shares a room with them)."""

    source: Identity
    realname: str


@fact
class Renamed(Event):
    """Somebody has another nick (told to the others of all their rooms, once)."""

    source: Identity
    "As they were called before."
    nick: str


@fact
class TopicChanged(Event):
    """A room has another topic (told to all its members)."""

    source: Identity
    room: str
    topic: str
    "Empty when the topic was removed."


# --- told to one user --------------------------------------------------------------------------------------


@fact
class Welcomed(Event):
    """The session has a user now."""

    you: Identity
    server: str
    "The server's name."
    description: str
    motd: str
    "Message of the day, possibly several lines; empty for none."


@fact
class PasswordWanted(Event):
    """The server lets nobody in without its password; the next line is taken for it."""


@fact
class Echoed(Event):
    """Your message came; nobody else hears it, because you are in no room (datagram sessions)."""

    text: str


@fact
class ProofWanted(Event):
    """Anything more than an answer is for those who can show that this address is theirs: type this back."""

    word: str


@fact
class Admitted(Event):
    """You are inside this room now."""

    room: RoomView
    you: Identity | None = None
    "None where an older server tells it."
    realname: str = ""


@fact
class Departed(Event):
    """You left this room."""

    room: str
    you: Identity | None = None
    message: str = ""


@fact
class Named(Event):
    """You are called so now."""

    you: Identity
    before: Identity | None = None
    "As you were called before."


@fact
class Told(Event):
    """Somebody told you something in private."""

    source: Identity
    text: str
    time: int
    "As in `Said`."
    kind: Kind = Kind.MESSAGE
    tags: Tags = ()
    nick: str = ""
    "Whom it was told to."


@fact
class Invited(Event):
    """Somebody asks you into a room."""

    source: Identity
    room: str
    nick: str
    "You."


@fact
class Announced(Event):
    """A server operator tells something to all who listen for it."""

    source: Identity
    text: str


@fact
class CameOnline(Event):
    """Somebody whose nick you watch is here now."""

    source: Identity
    you: str
    "Your nick."


@fact
class WentOffline(Event):
    """A nick that you watch is no longer here."""

    nick: str
    you: str
    "Your nick."


@fact
class WatchedAway(Event):
    """Somebody whom you watch, and with whom you share no room, is away or back."""

    source: Identity
    message: str
    "Empty: they are back."


@fact
class WatchedRealname(Event):
    """Somebody whom you watch, and with whom you share no room, has another real name."""

    source: Identity
    realname: str


@fact
class Delivered(Event):
    """What you told somebody in private has reached their mailbox."""

    nick: str
    text: str


@fact
class RoomsListed(Event):
    """All rooms, in order of name."""

    rooms: tuple[RoomSummary, ...]


@fact
class RoomShown(Event):
    """Who is in a room."""

    room: RoomView


@fact
class TopicShown(Event):
    """A room's topic, because you asked."""

    room: str
    topic: str


@fact
class HelpShown(Event):
    """The commands; the words are the dialect's."""


@fact
class Heard(Event):
    """Everything up to here was taken in (programs that asked for it: an acknowledgement)."""

    lines: int
    "How many lines of this session have been dealt with since it began."


@fact
class Ponged(Event):
    """The answer to a ping, with the text that came with it."""

    token: str


@fact
class Ended(Event):
    """The last thing a session is told: the connection ends, and why."""

    reason: Reason
    message: str = ""
    "The words of who ended it."
