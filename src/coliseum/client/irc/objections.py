"""Objections: what numbers from 400 on say, as the refusals of core.refusals where there is a fitting one.

The idea: a table by number. Whatever has no row is told in the server's own words, so that nothing is lost:
servers have many more numbers than any document.

What must stay true: pure; every message with such a number gives a refusal, whatever its parameters are.

Sources: modern.ircdocs.horse "Numerics", RFC 2812 section 5.2; defs.ircdocs.horse for 470, 477, 479, 520.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from coliseum.client.irc.facts import Objected
from coliseum.client.irc.features import Features, number
from coliseum.client.irc.places import shown_room
from coliseum.core import refusals as no
from coliseum.core.names import printable
from coliseum.core.refusals import Refusal
from coliseum.dialects.irc.message import LINE_BYTES, Message
from coliseum.dialects.plain.cleaning import clean

Row: TypeAlias = Callable[[list[str], str, Features], Refusal | None]
"Makes a refusal of what the number is about, the server's words and its features; None: say it in its words."

_NO_MOTD = "422"
"Says no, but is the end of the greeting."
_PLAIN_NICK = re.compile(r"[A-Za-z_\[\]\\`^{|}][-\w\[\]\\`^{|}]*", re.ASCII)
_LIKE = "name looks like"
"In the words of a Coliseum: the name is free, and cannot be told from another."
_DEAF = {"m": "moderated", "n": "members-only", "b": "banned"}
"Why a room does not hear us, by the mode that servers name: `Cannot send to channel (+m)`."


def is_objection(message: Message) -> bool:
    """Say whether `message` is a number that says no."""
    command = message.command
    number_that_says_no = len(command) == 3 and command.isascii() and command.isdigit() and command[0] in "45"
    return number_that_says_no and command != _NO_MOTD


def objection(message: Message, features: Features) -> Refusal:
    """Return the refusal that `message` is."""
    about = [clean(word) for word in message.params[1:-1]]
    words = clean(message.params[-1]) if message.params else ""
    row = _ROWS.get(message.command)
    refusal = row(about, words, features) if row is not None else None
    return refusal or Objected(said(message))


def said(message: Message) -> str:
    """Return what a reply says to a person: all its parameters but the first, which is ourselves."""
    return clean(" ".join(message.params[1:] or message.params))


def bad_nick(nick: str, words: str, features: Features) -> no.NickInvalid:
    """Return the refusal of a nick, with what is probably wrong with it: servers do not say, or only in words."""
    limit = features.nick_length or number(next(iter(re.findall(r"\d+", words)), ""))
    if _PLAIN_NICK.fullmatch(nick):
        why = "too-long" if limit and len(nick) > limit else "characters"
    elif _PLAIN_NICK.fullmatch(f"_{nick}"):
        why = "first"
    else:
        why = "characters"
    return no.NickInvalid(printable(nick), why, limit)


def _unknown_name(about: list[str], words: str, features: Features) -> Refusal | None:
    if not about or _LIKE in words:
        return None
    name = about[0]
    return no.NoSuchRoom(shown_room(name)) if features.is_room(name) else no.NoSuchNick(name)


def _deaf(about: list[str], words: str, _: Features) -> Refusal | None:
    found = re.search(r"\(\+(\w)\)", words)
    why = _DEAF.get(found[1]) if found else None
    return no.CannotSpeak(shown_room(about[0]), why) if about and why else None


def _not_free(about: list[str], words: str, features: Features) -> Refusal | None:
    if _LIKE in words:
        return None  # the server names the other, whom we cannot know
    return no.NickTaken(about[0]) if about and not features.is_room(about[0]) else None


def _too_many_rooms(about: list[str], _: str, features: Features) -> Refusal | None:
    return no.TooManyRooms(shown_room(about[0]), features.rooms_limit) if about and features.rooms_limit else None


def _bad_room(about: list[str], _: str, features: Features) -> Refusal | None:
    return no.RoomInvalid(printable(shown_room(about[0])), "characters", features.room_length) if about else None


def _of_room(make: Callable[[str], Refusal]) -> Row:
    return lambda about, _, __: make(shown_room(about[0])) if about else None


def _of_nick_and_room(make: Callable[[str, str], Refusal]) -> Row:
    return lambda about, _, __: make(about[0], shown_room(about[1])) if len(about) > 1 else None


def _incomplete(about: list[str], _: str, __: Features) -> Refusal | None:
    return no.ArgumentMissing(printable(about[0]).lower()) if about else None


_ROWS: dict[str, Row] = {
    "401": _unknown_name,
    "403": _of_room(no.NoSuchRoom),
    "404": _deaf,
    "405": _too_many_rooms,
    "417": lambda _, __, ___: no.LineTooLong(LINE_BYTES - 2),
    "432": lambda about, words, features: bad_nick(about[0], words, features) if about else None,
    "433": _not_free,
    "436": _not_free,
    "437": _not_free,
    "441": _of_nick_and_room(no.NotMember),
    "442": _of_room(no.OutsideRoom),
    "443": _of_nick_and_room(no.AlreadyMember),
    "461": _incomplete,
    "471": _of_room(lambda room: no.RoomFull(room, 0, 0)),
    "473": _of_room(no.InviteOnly),
    "474": _of_room(no.Banned),
    "475": _of_room(no.RoomPasswordWrong),
    "476": _bad_room,
    "479": _bad_room,
    "482": _of_room(no.NotOperator),
}
