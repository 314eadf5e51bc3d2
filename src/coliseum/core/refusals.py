"""The refusals: why the world, or a dialect, said no to the one who asked.

A refusal is an event told to the asker alone; nothing else has happened. Each class has a `code`, stable for
programs and logs (its name in kebab case); the sentence a person reads is the dialect's.
"""

import re
from typing import ClassVar

from coliseum.core.facts import fact
from coliseum.core.vocabulary import Event


class Refusal(Event):
    """Base of all refusals."""

    __slots__ = ()
    code: ClassVar[str] = "refused"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


@fact
class RoomFull(Refusal):
    """There is no place left in the room."""

    room: str
    members: int
    capacity: int


@fact
class ServerFull(Refusal):
    """The server has as many clients as it may."""

    clients: int
    capacity: int


@fact
class AlreadyInside(Refusal):
    """You are in that room already."""

    room: str


@fact
class NotInside(Refusal):
    """You are in no room, so there is nobody to hear you."""


@fact
class RoomPasswordWrong(Refusal):
    """The room has a password, and that was not it."""

    room: str


@fact
class InviteOnly(Refusal):
    """Only who was invited comes into the room."""

    room: str


@fact
class Banned(Refusal):
    """The room's operators do not let you in."""

    room: str


@fact
class TooManyRooms(Refusal):
    """You are in as many rooms as one may be."""

    room: str
    limit: int


@fact
class NoSuchRoom(Refusal):
    """There is no such room, or none that you may know of."""

    room: str


@fact
class OutsideRoom(Refusal):
    """You are not in that room."""

    room: str


@fact
class CannotSpeak(Refusal):
    """The room does not hear you."""

    room: str
    why: str
    'One of "moderated", "members-only", "ban", "no-requests".'


@fact
class NoRequests(Refusal):
    """They want no requests of clients."""

    nick: str


@fact
class NotOperator(Refusal):
    """Only operators of the room may do that."""

    room: str


@fact
class NotMember(Refusal):
    """They are not in that room."""

    nick: str
    room: str


@fact
class AlreadyMember(Refusal):
    """They are in that room already."""

    nick: str
    room: str


@fact
class ListFull(Refusal):
    """The room's list has as many entries as it may."""

    room: str
    setting: str
    mask: str
    limit: int


@fact
class WatchListFull(Refusal):
    """You watch as many nicks as one may."""

    nicks: tuple[str, ...]
    "Those that were not added."
    limit: int


@fact
class RoomInvalid(Refusal):
    """A room cannot have that name."""

    room: str
    "The name that was asked for, cut to a length that is safe to repeat and without control characters."
    why: str
    "One of the codes of `names.Flaw`."
    limit: int
    "The greatest length in characters."


@fact
class NickInvalid(Refusal):
    """A user cannot have that nick."""

    nick: str
    "As `RoomInvalid.room`."
    why: str
    limit: int


@fact
class NickTaken(Refusal):
    """Somebody else has that nick."""

    nick: str


@fact
class NickLooksTaken(Refusal):
    """The nick looks like that of somebody else."""

    nick: str
    "The one that was asked for."
    other: str
    "The one it looks like."


@fact
class RoomLooksTaken(Refusal):
    """A new room cannot have a name that looks like that of another room."""

    room: str
    "The name that was asked for."
    other: str
    "The one it looks like; empty when the asker may not know that there is such a room."


@fact
class NoSuchNick(Refusal):
    """Nobody here is called so."""

    nick: str


@fact
class UnknownCommand(Refusal):
    """There is no such command."""

    command: str


@fact
class ArgumentMissing(Refusal):
    """The command needs something more."""

    command: str
    "Its name, as it was typed."


@fact
class TopicTooLong(Refusal):
    """The topic is too long."""

    limit: int
    "Bytes."


@fact
class ControlCharacters(Refusal):
    """The line had control characters (NUL, escape sequences, …); it was dropped."""


@fact
class NotText(Refusal):
    """The line was not UTF-8; it was dropped."""


@fact
class LineTooLong(Refusal):
    """The line was longer than allowed; it was dropped up to its end."""

    limit: int
    "Bytes, without the line's end."


@fact
class WrongPassword(Refusal):
    """That was not the server's password."""

    left: int
    "How many more tries there are before the connection ends."


@fact
class NoPasswordWanted(Refusal):
    """There is nothing to give a password for."""


@fact
class NoProofWanted(Refusal):
    """There is nothing to prove."""


@fact
class TooManyFromHere(Refusal):
    """As many come from your network address as may."""


@fact
class EmptyMessage(Refusal):
    """A datagram without anything in it."""


@fact
class PasswordFirst(Refusal):
    """That has to wait until the server's password was given."""
