"""Reading the plain dialect: a line becomes a request, or is refused with the reason.

The words are a table: one row per command with its English and its Spanish names, both always understood. `//` at
the beginning says a line that begins with `/`. Names are told apart by `fold`, accents are optional.

What must stay true: pure; any line gives a request, None (nothing to do) or Refused, never another exception.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from coliseum.core.names import printable
from coliseum.core.refusals import ArgumentMissing, ControlCharacters, UnknownCommand
from coliseum.core.requests import (
    Act,
    Away,
    Help,
    Join,
    Leave,
    ListRooms,
    Password,
    Ping,
    Prove,
    Quit,
    Rename,
    Request,
    Say,
    Tell,
    Topic,
    Who,
)
from coliseum.errors import Refused

FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"What a line of text may not have: C0 and C1 controls but the tab, and Unicode's own line ends."


@dataclass(frozen=True, slots=True)
class SpeakJson:
    """Answer in JSON lines from now on (for programs)."""


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table."""

    name: str
    aliases: tuple[str, ...]
    make: Callable[[str], "Request | SpeakJson | None"]
    "Makes the request from what follows the name; None: something is missing."


def _needed(make: Callable[[str], Request]) -> Callable[[str], Request | None]:
    return lambda argument: make(argument) if argument else None


def _tell(argument: str) -> Request | None:
    nick, _, text = argument.partition(" ")
    return Tell(nick, text.strip()) if text.strip() else None


def _join(argument: str) -> Request | None:
    room, _, password = argument.partition(" ")
    return Join(room, password.strip()) if room else None


def _topic(argument: str) -> Request:
    # "/topic -" removes the topic; "/topic" alone shows it.
    return Topic({"": None, "-": ""}.get(argument, argument))


COMMANDS = (
    Command("help", ("ayuda", "?"), lambda _: Help()),
    Command("nick", ("apodo",), _needed(Rename)),
    Command("join", ("entrar",), _join),
    Command("leave", ("dejar", "part"), lambda _: Leave()),
    Command("rooms", ("salas", "list"), lambda _: ListRooms()),
    Command("who", ("quien", "quién", "names"), lambda _: Who()),
    Command("topic", ("tema",), _topic),
    Command("msg", ("privado",), _tell),
    Command("me", ("yo",), _needed(Act)),
    Command("away", ("ausente",), Away),
    Command("pass", ("clave",), _needed(Password)),
    Command("yes", ("sí", "si"), _needed(Prove)),
    Command("ping", (), Ping),
    Command("json", (), lambda _: SpeakJson()),
    Command("quit", ("salir", "exit"), lambda _: Quit()),
)

BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def parse(line: str) -> Request | SpeakJson | None:
    """Return what `line` asks for; None for an empty line.

    Raises Refused: ControlCharacters, UnknownCommand or ArgumentMissing.
    """
    if FORBIDDEN.search(line):
        raise Refused(ControlCharacters())
    if not line.startswith("/"):
        return Say(line) if line.strip() else None
    if line.startswith("//"):
        return Say(line[1:])
    name, _, argument = line[1:].partition(" ")
    command = BY_NAME.get(name.lower())
    if command is None:
        raise Refused(UnknownCommand(printable(name)))
    request = command.make(argument.strip())
    if request is None:
        raise Refused(ArgumentMissing(name.lower()))
    return request
