"""The requests: what a person can ask of the world, whatever the words they use for it.

A dialect's parser makes them; `core.commands` carries them out. Frozen values, nothing else.
"""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Say:
    """Say something to the room one is in."""

    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Say what one does ("waves"), to the room one is in."""

    text: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell something to one user in private."""

    nick: str
    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """Go into a room, out of the one where one is."""

    room: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """Go out of the room one is in, into none."""


@dataclass(frozen=True, slots=True)
class ListRooms:
    """See all rooms."""


@dataclass(frozen=True, slots=True)
class Who:
    """See who is in the room one is in."""


@dataclass(frozen=True, slots=True)
class Topic:
    """See the room's topic (None) or change it (a text; empty removes it)."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Rename:
    """Take another nick."""

    nick: str


@dataclass(frozen=True, slots=True)
class Away:
    """Say that one is away, and why; or (empty) that one is back."""

    message: str


@dataclass(frozen=True, slots=True)
class Password:
    """Give the server's password."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prove:
    """Show that what is sent to this address is read there."""

    word: str


@dataclass(frozen=True, slots=True)
class Help:
    """See the commands."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask for an answer, to know that the server is there."""

    token: str


@dataclass(frozen=True, slots=True)
class Quit:
    """End the session."""


Request: TypeAlias = (
    Say
    | Act
    | Tell
    | Join
    | Leave
    | ListRooms
    | Who
    | Topic
    | Rename
    | Away
    | Password
    | Prove
    | Help
    | Ping
    | Quit
)
