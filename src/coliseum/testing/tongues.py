"""How a client of a crowd says what it wants, and what the server's lines mean for its log; without I/O.

The idea: a crowd knows rooms, names and texts; what they look like on the wire is a tongue's business. `Lines`
speaks the plain dialect and is answered in JSON, `Irc` speaks IRC. Both read by themselves, with nothing of the
server's own code, so a fault on the way out cannot hide behind the same fault on the way in.

What must stay true: every line that concerns the log gives its record; nicks are a client's name, `_` and a
number, so whoever is heard is known by name under any nick. Not here: connections, what is said when, and whether
an end was wanted.
"""

import json
import re
from typing import Any, Protocol

from coliseum.testing.history import Denied, Ended, Entered, Heard, LeftRoom, Record

LOBBY = "lobby"
"Where people on the plain dialect over a stream come in."


class Tongue(Protocol):
    """One client's way to speak."""

    ready: bool
    "The server knows who we are."
    answer: str
    "The token of the last question that was answered."
    replies: list[str]
    "Lines to send, because the server asked; whoever sends them empties it."
    one_room: bool
    "To enter a room is to leave the one before."
    enters: str
    "The room that connecting leads into; empty: none."
    echoes: bool
    "It is told what it says itself."

    def hello(self, nick: str) -> list[str]:
        """Return the first lines."""

    def say(self, room: str, text: str) -> str:
        """Return the line that says it."""

    def enter(self, room: str) -> str:
        """Return the line that asks to be let in."""

    def leave(self, room: str) -> str:
        """Return the line that asks to be let out."""

    def rename(self, nick: str) -> str:
        """Return the line that asks for another nick."""

    def kick(self, room: str, nick: str) -> str:
        """Return the line that puts somebody out; empty when there is none."""

    def ask(self, token: str) -> str:
        """Return a question that is answered after everything before it."""

    def quit(self) -> str:
        """Return the line that ends the session."""

    def read(self, line: str) -> list[Record]:
        """Take in a line; return what it means for the log."""


def name_of(nick: str) -> str:
    """Return the client that has this nick."""
    return nick.rpartition("_")[0]


class Lines:
    """The plain dialect, as programs use it. Until the server has read `/json`, it writes text for people."""

    one_room = True
    echoes = False

    def __init__(self, enters: str = LOBBY) -> None:
        self.ready = False
        self.answer = ""
        self.replies: list[str] = []
        self.enters = enters
        self._me = ""
        self._greeted = ""
        "The room that the greeting for people has named: for programs it is said again."

    def hello(self, nick: str) -> list[str]:
        """Return the first lines."""
        self._me = name_of(nick)
        return ["/json", self.rename(nick)]

    def say(self, room: str, text: str) -> str:  # noqa: ARG002 - one is in one room only
        """Return the line that says it."""
        return text

    def enter(self, room: str) -> str:
        """Return the line that asks to be let in."""
        return f"/join {room}"

    def leave(self, room: str) -> str:  # noqa: ARG002
        """Return the line that asks to be let out."""
        return "/leave"

    def rename(self, nick: str) -> str:
        """Return the line that asks for another nick."""
        return f"/nick {nick}"

    def kick(self, room: str, nick: str) -> str:  # noqa: ARG002
        """Return nothing: here nobody can."""
        return ""

    def ask(self, token: str) -> str:
        """Return a question that is answered after everything before it."""
        return f"/ping {token}"

    def quit(self) -> str:
        """Return the line that ends the session."""
        return "/quit"

    def read(self, line: str) -> list[Record]:
        """Take in a line; return what it means for the log."""
        record = self._event(json.loads(line)) if line.startswith("{") else self._text(line)
        return [] if record is None else [record]

    def _event(self, event: dict[str, Any]) -> Record | None:
        match event:
            case {"event": "named"}:
                self.ready = True
            case {"event": "ponged", "token": token}:
                self.answer = token
            case {"event": "said", "room": room, "source": {"nick": nick}, "text": text}:
                return Heard(room, name_of(nick), text)
            case {"event": "admitted", "room": {"name": room, "members": members}}:
                greeted, self._greeted = self._greeted, ""
                return None if greeted == room else Entered(room, len(members))
            case {"event": "departed", "room": room}:
                return LeftRoom(room)
            case {"event": "kicked", "room": room, "target": {"nick": nick}} if name_of(nick) == self._me:
                return LeftRoom(room, asked=False)
            case {"event": "refused", "code": "room-full", "room": room}:
                return Denied(room)
            case {"event": "ended"}:
                return Ended()
        return None

    def _text(self, line: str) -> Record | None:
        if found := re.match(r"\* You are in (\S+) \((\d+) of ", line):
            self._greeted = found[1]
            return Entered(found[1], int(found[2]))
        if line.startswith("! the room is full"):
            return Denied(self.enters)
        if line.startswith("* The connection ends"):
            return Ended()
        if found := re.match(r"(\S+): (\S+)$", line):
            return Heard(self.enters, name_of(found[1]), found[2])
        return None


class Irc:
    """IRC (RFC 1459 and modern.ircdocs.horse), as much as a crowd needs."""

    one_room = False
    enters = ""

    def __init__(self, *, echoes: bool = False) -> None:
        self.ready = False
        self.answer = ""
        self.replies: list[str] = []
        self.echoes = echoes
        self._me = ""
        self._found: dict[str, int] = {}
        "Rooms that we are being let into, and how many members were named so far."

    def hello(self, nick: str) -> list[str]:
        """Return the first lines."""
        self._me = name_of(nick)
        wishes = ["CAP REQ echo-message"] if self.echoes else []
        return [*wishes, f"NICK {nick}", "USER crowd 0 * :crowd", "CAP END"]

    def say(self, room: str, text: str) -> str:
        """Return the line that says it."""
        return f"PRIVMSG #{room} :{text}"

    def enter(self, room: str) -> str:
        """Return the line that asks to be let in."""
        return f"JOIN #{room}"

    def leave(self, room: str) -> str:
        """Return the line that asks to be let out."""
        return f"PART #{room}"

    def rename(self, nick: str) -> str:
        """Return the line that asks for another nick."""
        return f"NICK {nick}"

    def kick(self, room: str, nick: str) -> str:
        """Return the line that puts somebody out, if we may."""
        return f"KICK #{room} {nick}"

    def ask(self, token: str) -> str:
        """Return a question that is answered after everything before it."""
        return f"PING {token}"

    def quit(self) -> str:
        """Return the line that ends the session."""
        return "QUIT"

    def read(self, line: str) -> list[Record]:
        """Take in a line; return what it means for the log. Raises ValueError for a nick that was refused."""
        source, _, rest = line[1:].partition(" ") if line.startswith(":") else ("", "", line)
        head, _, last = rest.partition(" :")
        record = self._message(name_of(source.partition("!")[0]), *head.split(), *([last] if last else []))
        return [] if record is None else [record]

    def _message(self, name: str, command: str, *params: str) -> Record | None:
        mine = name == self._me
        match command, *(param.removeprefix("#") for param in params):
            case "PRIVMSG", room, text:
                return Heard(room, name, text)
            case "JOIN", room if mine:
                self._found[room] = 0
            case "353", _, _, room, names:
                self._found[room] += len(names.split())
            case "366", _, room, _:
                return Entered(room, self._found.pop(room))
            case "PART", room, *_ if mine:
                return LeftRoom(room)
            case "KICK", room, nick, *_ if name_of(nick) == self._me:
                return LeftRoom(room, asked=False)
            case "471", _, room, _:
                return Denied(room)
            case "ERROR", _:
                return Ended()
            case _:
                self._other(command, *params)
        return None

    def _other(self, command: str, *params: str) -> None:
        if command == "001":
            self.ready = True
        elif command == "PONG":
            self.answer = params[-1]
        elif command == "PING":
            self.replies.append(f"PONG :{params[-1]}")
        elif command in {"432", "433"}:
            raise ValueError(f"a nick was refused: {params}")
