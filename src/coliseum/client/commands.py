"""Lines of the plain dialect from what a program wants; and what a bot is made with.

What must stay true: pure; one call, one line: a text can never become a command.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from coliseum.client.link import Target
from coliseum.client.session import ClientSession
from coliseum.client.wishes import Wishes, room_of
from coliseum.config import default_data_dir
from coliseum.urls import parse


@dataclass(frozen=True, slots=True)
class BotOptions:
    """Where a bot goes and as whom."""

    url: str
    nick: str | None
    room: str | None
    ca: Path | str | None
    fingerprint: str | None
    password: str | None

    def target(self) -> Target:
        """Return where to connect. Raises ConfigError."""
        return Target.of(
            parse(self.url),
            ca=None if self.ca is None else Path(self.ca),
            fingerprint=self.fingerprint,
            data_dir=default_data_dir(),
        )

    def session(self) -> ClientSession:
        """Return a new session: a bot asks nobody, and its program decides about another connection."""
        room = self.room or room_of(parse(self.url))
        wishes = Wishes(self.nick, room, self.password, may_ask=False, reconnect=False)
        return ClientSession(wishes, random.random)


def say_lines(text: str) -> list[str]:
    """Return what says `text`: one line per line of it, without blank ones."""
    return ["/" + line if line.startswith("/") else line for line in text.splitlines() if line.strip()]


def tell_lines(nick: str, text: str) -> list[str]:
    """Return what tells `text` to one user in private."""
    return [f"/msg {_word(nick)} {line}" for line in text.splitlines() if line.strip()]


def join_line(room: str) -> str:
    """Return what goes into a room."""
    return f"/join {_word(room)}"


def nick_line(nick: str) -> str:
    """Return what takes another nick."""
    return f"/nick {_word(nick)}"


def _word(name: str) -> str:
    """Return `name` as one word: whoever has spaces in it is refused by the server, with the reason."""
    return "?".join(name.split()) or "?"
