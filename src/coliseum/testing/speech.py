"""The tongues: what people want in the words of a dialect, and what the server's lines tell them.

The idea: a person (people.py) knows rooms, messages and refusals; a tongue writes wishes as lines and calls the
person for what it understood. Lines that tell nothing that a person keeps account of are passed over.

What must stay true: each person has a tongue of its own, because what a line means depends on the lines before.
"""

import re
from typing import Protocol

from coliseum.core.kinds import Reason
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import (
    Admitted,
    Departed,
    Ended,
    Kicked,
    Named,
    PasswordWanted,
    Ponged,
    Said,
    Welcomed,
)
from coliseum.dialects.irc.message import parse
from coliseum.dialects.plain.json_lines import decode

LOBBY = "lobby"


class Listener(Protocol):
    """Who is told what a line meant."""

    def welcomed(self) -> None:
        """The server has made a user for us."""

    def admitted(self, room: str, members: int) -> None:
        """We are inside; 0 members: it was not said how many."""

    def out(self, room: str, *, asked: bool) -> None:
        """We are outside again, because we asked for it or not."""

    def heard(self, room: str, text: str) -> None:
        """Something was said."""

    def refused(self, why: str) -> None:
        """The answer to what we asked is no."""

    def answered(self, token: str) -> None:
        """Everything up to this question has been dealt with."""

    def wanted(self, word: str) -> None:
        """A password is wanted (empty), or the proof that this word is read here."""

    def over(self, *, quit_: bool) -> None:
        """The session has ended, because we asked for it or not."""


class Tongue(Protocol):
    """One person's way to speak and to read."""

    nick: str
    "What we are called, as far as we know."

    def understand(self, line: str, listener: Listener) -> None:
        """Tell `listener` what a line means."""

    def greeting(self, nick: str, password: str) -> list[str]:
        """Return what is said first."""

    def say(self, room: str, text: str) -> str:
        """Return the line that says something."""

    def enter(self, room: str, password: str) -> str:
        """Return the line that goes into a room."""

    def leave(self, room: str) -> str:
        """Return the line that goes out of a room."""

    def rename(self, nick: str) -> str:
        """Return the line that takes another nick."""

    def topic(self, room: str, text: str) -> str:
        """Return the line that sets the topic."""

    def ask(self, token: str) -> str:
        """Return the line that is answered when everything before it was dealt with."""

    def quit(self) -> str:
        """Return the line that ends the session."""


class Plain:
    """The plain dialect: sentences, or JSON lines for those who ask for them."""

    _PATTERNS = (
        (re.compile(r"\* You are in (\S+) \((\d+)"), "admitted"),
        (re.compile(r"\* You left (\S+)\. "), "out"),
        (re.compile(r"\* You are now called (\S+)\.$"), "named"),
        (re.compile(r"\* Welcome to .* You are (\S+), id "), "welcomed"),
        (re.compile(r"\* pong (\S+)$"), "answered"),
        (re.compile(r"\* \S+ put (\S+) out of (\S+?)(?: \(.*\))?\.$"), "kicked"),
        (re.compile(r"\* This server wants a password"), "locked"),
        (re.compile(r"\* To show .* /yes (\w+)$"), "wanted"),
        (re.compile(r"\* (?:The connection ends|(Goodbye))"), "over"),
        (re.compile(r"! (.*)$"), "refused"),
        (re.compile(r"[^\s*!:]+: (\S+)$"), "heard"),
    )

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self.nick = ""
        self._room = ""
        self._introduced = False
        "A line of JSON has told where we stand."

    def greeting(self, nick: str, password: str) -> list[str]:  # noqa: ARG002 - those are asked for later
        """Return what is said first."""
        return ["/json"] if self._json else []

    def say(self, room: str, text: str) -> str:  # noqa: ARG002 - it goes where one is
        """Return the line that says something."""
        return text

    def enter(self, room: str, password: str) -> str:
        """Return the line that goes into a room."""
        return f"/join {room} {password}".rstrip()

    def leave(self, room: str) -> str:  # noqa: ARG002
        """Return the line that goes out of the room."""
        return "/leave"

    def rename(self, nick: str) -> str:
        """Return the line that takes another nick."""
        return f"/nick {nick}"

    def topic(self, room: str, text: str) -> str:  # noqa: ARG002
        """Return the line that sets the topic."""
        return f"/topic {text}"

    def ask(self, token: str) -> str:
        """Return the line that is answered when everything before it was dealt with."""
        return f"/ping {token}"

    def quit(self) -> str:
        """Return the line that ends the session."""
        return "/quit"

    def understand(self, line: str, listener: Listener) -> None:
        """Tell `listener` what a line means."""
        if line.startswith("{"):
            self._understand_json(line, listener)
            return
        for pattern, meaning in self._PATTERNS:
            if found := pattern.match(line):
                self._tell(meaning, found, listener)
                return

    def _tell(self, meaning: str, found: re.Match[str], listener: Listener) -> None:
        match meaning:
            case "admitted":
                self._room = found[1].lower()
                listener.admitted(self._room, int(found[2]))
            case "out":
                listener.out(found[1].lower(), asked=True)
            case "kicked":
                if found[1] == self.nick:
                    listener.out(found[2].lower(), asked=False)
            case "named" | "welcomed":
                self.nick = found[1]
                if meaning == "welcomed":
                    listener.welcomed()
            case "heard":
                listener.heard(self._room, found[1])
            case "locked":
                listener.wanted("")
            case "over":
                listener.over(quit_=bool(found[1]))
            case _:
                getattr(listener, meaning)(found[1])

    def _understand_json(self, line: str, listener: Listener) -> None:
        match decode(line):
            case Admitted() | Welcomed() | Named() as about_us:
                self._learn_of_us(about_us, listener)
            case Departed(room):
                listener.out(room.lower(), asked=True)
            case Kicked(_, room, target):
                if target.nick == self.nick:
                    listener.out(room.lower(), asked=False)
            case Said(_, room, text):
                listener.heard(room.lower(), text)
            case Ponged(token):
                listener.answered(token)
            case PasswordWanted():
                listener.wanted("")
            case Refusal() as why:
                listener.refused(why.code)
            case Ended(reason):
                listener.over(quit_=reason is Reason.QUIT)

    def _learn_of_us(self, event: Admitted | Welcomed | Named, listener: Listener) -> None:
        match event:
            case Admitted(view):
                again = not self._introduced and view.name.lower() == self._room
                self._introduced = True
                self._room = view.name.lower()
                if not again:
                    listener.admitted(self._room, len(view.members))
            case Welcomed(you) | Named(you):
                self.nick = you.nick
                if isinstance(event, Welcomed):
                    listener.welcomed()


class Irc:
    """IRC, with some capabilities."""

    _PASSED_OVER = frozenset({"422"})
    "Numerics that look like refusals and are none: there is no message of the day."

    def __init__(self, capabilities: str) -> None:
        self._capabilities = capabilities
        self._label = "@label=asked " if "labeled-response" in capabilities else ""
        self.nick = "*"

    def greeting(self, nick: str, password: str) -> list[str]:
        """Return what is said first."""
        lines = [f"PASS {password}"] if password else []
        lines += [f"NICK {nick}", f"USER {nick} 0 * :{nick}"]
        if self._capabilities:
            return ["CAP LS 302", f"CAP REQ :{self._capabilities}", *lines, "CAP END"]
        return lines

    def say(self, room: str, text: str) -> str:
        """Return the line that says something."""
        return f"PRIVMSG #{room} :{text}"

    def enter(self, room: str, password: str) -> str:
        """Return the line that goes into a room."""
        return self._label + f"JOIN #{room} {password}".rstrip()

    def leave(self, room: str) -> str:
        """Return the line that goes out of a room."""
        return f"{self._label}PART #{room}"

    def rename(self, nick: str) -> str:
        """Return the line that takes another nick."""
        return f"{self._label}NICK {nick}"

    def topic(self, room: str, text: str) -> str:
        """Return the line that sets the topic."""
        return f"TOPIC #{room} :{text}"

    def ask(self, token: str) -> str:
        """Return the line that is answered when everything before it was dealt with."""
        return f"PING {token}"

    def quit(self) -> str:
        """Return the line that ends the session."""
        return "QUIT :bye"

    def understand(self, line: str, listener: Listener) -> None:
        """Tell `listener` what a line means."""
        message = parse(line.removesuffix("\r"))
        nick = message.source.partition("!")[0]
        params = message.params
        match message.command:
            case "001":
                self.nick = params[0]
                listener.welcomed()
            case "NICK" if nick == self.nick:
                self.nick = params[0]
            case "JOIN" if nick == self.nick:
                listener.admitted(params[0][1:].lower(), 0)
            case "PART" if nick == self.nick:
                listener.out(params[0][1:].lower(), asked=True)
            case "KICK" if params[1] == self.nick:
                listener.out(params[0][1:].lower(), asked=False)
            case "PRIVMSG":
                listener.heard(params[0][1:].lower(), params[1])
            case "PONG":
                listener.answered(params[-1])
            case "ERROR":
                listener.over(quit_=params[0].startswith("Closing link: Quit"))
            case number if number[0] in "45" and number.isdigit() and number not in self._PASSED_OVER:
                listener.refused(number)
