"""The refusals: why the world, or a dialect, said no to the one who asked.

A refusal is an event told to the asker alone; nothing else has happened. Each class has a `code`, stable for
programs and logs (its name in kebab case); the sentence a person reads is the dialect's.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from coliseum.core.vocabulary import Event


class Refusal(Event):
    """Base of all refusals."""

    __slots__ = ()
    code: ClassVar[str] = "refused"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


@dataclass(frozen=True, slots=True)
class RoomFull(Refusal):
    """There is no place left in the room."""

    room: str
    members: int
    capacity: int


@dataclass(frozen=True, slots=True)
class ServerFull(Refusal):
    """The server has as many clients as it may."""

    clients: int
    capacity: int


@dataclass(frozen=True, slots=True)
class AlreadyInside(Refusal):
    """You are in that room already."""

    room: str


@dataclass(frozen=True, slots=True)
class NotInside(Refusal):
    """You are in no room, so there is nobody to hear you."""


@dataclass(frozen=True, slots=True)
class RoomPasswordWrong(Refusal):
    """The room has a password, and that was not it."""

    room: str


@dataclass(frozen=True, slots=True)
class InviteOnly(Refusal):
    """Only who was invited comes into the room."""

    room: str


@dataclass(frozen=True, slots=True)
class Banned(Refusal):
    """The room's operators do not let you in."""

    room: str


@dataclass(frozen=True, slots=True)
class TooManyRooms(Refusal):
    """You are in as many rooms as one may be."""

    room: str
    limit: int


@dataclass(frozen=True, slots=True)
class NoSuchRoom(Refusal):
    """There is no such room, or none that you may know of."""

    room: str


@dataclass(frozen=True, slots=True)
class OutsideRoom(Refusal):
    """You are not in that room."""

    room: str


@dataclass(frozen=True, slots=True)
class CannotSpeak(Refusal):
    """The room does not hear you."""

    room: str
    why: str
    'One of "moderated", "members-only", "ban", "no-requests".'


@dataclass(frozen=True, slots=True)
class NoRequests(Refusal):
    """They want no requests of clients."""

    nick: str


@dataclass(frozen=True, slots=True)
class NotOperator(Refusal):
    """Only operators of the room may do that."""

    room: str


@dataclass(frozen=True, slots=True)
class NotMember(Refusal):
    """They are not in that room."""

    nick: str
    room: str


@dataclass(frozen=True, slots=True)
class AlreadyMember(Refusal):
    """They are in that room already."""

    nick: str
    room: str


@dataclass(frozen=True, slots=True)
class ListFull(Refusal):
    """The room's list has as many entries as it may."""

    room: str
    setting: str
    mask: str
    limit: int


@dataclass(frozen=True, slots=True)
class WatchListFull(Refusal):
    """You watch as many nicks as one may."""

    nicks: tuple[str, ...]
    "Those that were not added."
    limit: int


@dataclass(frozen=True, slots=True)
class RoomInvalid(Refusal):
    """A room cannot have that name."""

    room: str
    "The name that was asked for, cut to a length that is safe to repeat and without control characters."
    why: str
    "One of the codes of `names.Flaw`."
    limit: int
    "The greatest length in characters."


@dataclass(frozen=True, slots=True)
class NickInvalid(Refusal):
    """A user cannot have that nick."""

    nick: str
    "As `RoomInvalid.room`."
    why: str
    limit: int


@dataclass(frozen=True, slots=True)
class NickTaken(Refusal):
    """Somebody else has that nick."""

    nick: str


@dataclass(frozen=True, slots=True)
class NoSuchNick(Refusal):
    """Nobody here is called so."""

    nick: str


@dataclass(frozen=True, slots=True)
class UnknownCommand(Refusal):
    """There is no such command."""

    command: str


@dataclass(frozen=True, slots=True)
class ArgumentMissing(Refusal):
    """The command needs something more."""

    command: str
    "Its name, as it was typed."


@dataclass(frozen=True, slots=True)
class TopicTooLong(Refusal):
    """The topic is too long."""

    limit: int
    "Bytes."


@dataclass(frozen=True, slots=True)
class ControlCharacters(Refusal):
    """The line had control characters (NUL, escape sequences, …); it was dropped."""


@dataclass(frozen=True, slots=True)
class NotText(Refusal):
    """The line was not UTF-8; it was dropped."""


@dataclass(frozen=True, slots=True)
class LineTooLong(Refusal):
    """The line was longer than allowed; it was dropped up to its end."""

    limit: int
    "Bytes, without the line's end."


@dataclass(frozen=True, slots=True)
class WrongPassword(Refusal):
    """That was not the server's password."""

    left: int
    "How many more tries there are before the connection ends."


@dataclass(frozen=True, slots=True)
class NoPasswordWanted(Refusal):
    """There is nothing to give a password for."""


@dataclass(frozen=True, slots=True)
class NoProofWanted(Refusal):
    """There is nothing to prove."""


@dataclass(frozen=True, slots=True)
class TooManyFromHere(Refusal):
    """As many come from your network address as may."""


@dataclass(frozen=True, slots=True)
class EmptyMessage(Refusal):
    """A datagram without anything in it."""


@dataclass(frozen=True, slots=True)
class PasswordFirst(Refusal):
    """That has to wait until the server's password was given."""
