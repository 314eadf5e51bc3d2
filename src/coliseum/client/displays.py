"""The displays: everything a client can show, as values without a word in them.

The idea: the model says *what* is to be shown; words.py says it in the user's language, view.py makes it lines of
a terminal, and a program (api.py) looks at the value itself.

What must stay true: frozen, compared by value (an error: by identity); a text in here may come from a peer and is
not clean yet.
"""

from dataclasses import dataclass
from typing import TypeAlias

from coliseum.core.kinds import Reason
from coliseum.core.vocabulary import Event
from coliseum.errors import ColiseumError


@dataclass(frozen=True, slots=True)
class Happened:
    """The server told us this."""

    event: Event


@dataclass(frozen=True, slots=True)
class OwnSaid:
    """We said this, and it is on its way."""

    nick: str
    "Empty when we do not know what we are called."
    text: str
    action: bool = False
    "It is what we do: `waves`."


@dataclass(frozen=True, slots=True)
class Failed:
    """The connection could not be made, or ended, for this reason."""

    error: ColiseumError


@dataclass(frozen=True, slots=True)
class Silent:
    """The server says nothing any more, although we asked for a sign of life."""

    seconds: int
    "How long there was not one byte."


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The server closed the connection before it spoke as we do."""

    text: str
    "What it said to a person, possibly empty."


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke while we were inside."""

    reason: Reason | None
    "What the server gave as its reason, if it did."
    message: str = ""
    "What it said about it in its own words."


@dataclass(frozen=True, slots=True)
class Retrying:
    """Another connection will be tried."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Restored:
    """After a break we are inside again."""


@dataclass(frozen=True, slots=True)
class Roomless:
    """We are in no room, and did not ask to be in none."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """These lines were never sent."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """These lines were sent, but whether they arrived is not known."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The server sent something that we cannot read; it was left out."""


Display: TypeAlias = (
    Happened
    | OwnSaid
    | Failed
    | Silent
    | Dismissed
    | Lost
    | Retrying
    | Restored
    | Roomless
    | NotSent
    | Unconfirmed
    | Unreadable
)
