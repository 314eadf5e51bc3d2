"""What the user wants, and what a line of theirs means to us before the server has a word in it."""

from dataclasses import dataclass, field
from urllib.parse import unquote

from coliseum.core.names import fold, room_name
from coliseum.core.requests import Join, Password, Request
from coliseum.dialects.plain.parser import SpeakJson, parse
from coliseum.dialects.plain.phrasebook import as_typed
from coliseum.errors import Refused
from coliseum.urls import Url

LINE_BYTES = 4096
"The longest line that a server takes (core.limits), without its end."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for on a new connection; replaced when the user changes their mind."""

    nick: str | None = None
    room: str | None = None
    "As one writes it after /join, with its password if it has one; None: where the server puts us."
    password: str | None = field(default=None, repr=False)
    may_ask: bool = True
    "Somebody is there who can be asked for a password."
    reconnect: bool = True
    "Whether a broken connection is followed by another."

    def are_met_in(self, room: str) -> bool:
        """Say whether `room` is where we wish to be."""
        return not self.room or names(self.room, room)

    def introduction(self) -> list[str]:
        """Return the lines that say who we are, for servers that want to know it before they say anything."""
        password = [f"/pass {self.password}"] if self.password else []
        return [*password, f"/nick {self.nick}"] if self.nick else password


def names(typed: str, room: str) -> bool:
    """Say whether what was typed after /join names this room."""
    return fold(room_name(typed.partition(" ")[0])) == fold(room)


def way_into(room: str, typed: str) -> str | None:
    """Return what to write after /join to come into this room again; None for no room.

    That is what was `typed` the last time, if it named this room: there may be a password in it.
    """
    if not room:
        return None
    return typed if typed and names(typed, room) else as_typed(room)


def room_of(url: Url) -> str | None:
    """Return the room that a URL asks for, as one writes it after /join; None for none.

    On IRC the signs in front belong to the name: `ircs://host/##room` and `ircs://host/%23%23room` are `##room`.
    """
    if not url.irc:
        return url.room or None
    room = unquote(url.room)
    # A first `#` is not in `url.room` (urls.py), unless it was written as `%23`.
    return f"#{room}" if url.room.startswith("#") else room or None


def meaning(line: str) -> Request | SpeakJson | None:
    """Return what `line` asks for; None where nothing, or where only the server can say."""
    try:
        return parse(line)
    except Refused:
        return None


def is_secret(text: str) -> bool:
    """Say whether `text`, or one of several lines that were pasted, gives a password: it is never repeated."""
    return any(_has_password(meaning(line.strip())) for line in text.splitlines())


def repeatable(line: str) -> str:
    """Return `line` as it may be shown again: without a room's password; empty where nothing is left."""
    match meaning(line.strip()):
        case Password():
            return ""
        case Join(room, password) if password:
            return f"/join {room} …"
    return line if line.strip() else ""


def _has_password(request: Request | SpeakJson | None) -> bool:
    return isinstance(request, Password) or (isinstance(request, Join) and bool(request.password))
