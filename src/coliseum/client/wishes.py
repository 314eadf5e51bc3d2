"""What the user wants, and what a line of theirs means to us before the server has a word in it."""

from dataclasses import dataclass, field

from coliseum.core.requests import Password, Request
from coliseum.dialects.plain.parser import SpeakJson, parse
from coliseum.errors import Refused

LINE_BYTES = 4096
"The longest line that a server takes (core.limits), without its end."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for on a new connection; replaced when the user changes their mind."""

    nick: str | None = None
    room: str | None = None
    "None: where the server puts us."
    password: str | None = field(default=None, repr=False)
    may_ask: bool = True
    "Somebody is there who can be asked for a password."
    reconnect: bool = True
    "Whether a broken connection is followed by another."


def meaning(line: str) -> Request | SpeakJson | None:
    """Return what `line` asks for; None where nothing, or where only the server can say."""
    try:
        return parse(line)
    except Refused:
        return None


def is_secret(text: str) -> bool:
    """Say whether `text`, or one of several lines that were pasted, gives a password: it is never repeated."""
    return any(isinstance(meaning(line.strip()), Password) for line in text.splitlines())
