"""What a command is: a row that a family of handlers adds to the table, with everything there is to know about it.

The idea: the same row lets the dialect check a line before the handler sees it, answers HELP and feeds
docs/reference/irc.md; so none of them can forget a command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from coliseum.core.effects import Script
from coliseum.dialects.irc.message import Message

if TYPE_CHECKING:
    from coliseum.dialects.irc.client import Client

Handler: TypeAlias = "Callable[[Client, Message], Script | None]"


class When(Enum):
    """In which stages a command counts."""

    ALWAYS = "at any time"
    REGISTERED = "when registered"
    UNREGISTERED = "before registration only"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table."""

    name: str
    run: Handler
    least: int
    "How many parameters it needs; fewer are answered with 461."
    when: When
    use: str
    "Its parameters."
    about: str
    spec: str
    "Where it is specified."


COMMANDS: dict[str, Command] = {}


def command(
    name: str, *, use: str = "", about: str, spec: str, least: int = 0, when: When = When.REGISTERED
) -> Callable[[Handler], Handler]:
    """Add a handler to the table: the decorator of every handler."""

    def add(run: Handler) -> Handler:
        COMMANDS[name] = Command(name, run, least, when, use, about, spec)
        return run

    return add
