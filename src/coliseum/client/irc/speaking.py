"""Speaking: what a line of the user asks for, as messages of IRC.

The idea: one pure function. It is given the request and the situation that we are in, and returns the messages
that ask the server for it, or the events that answer it because no server has to be asked; or it refuses.

What must stay true: pure; every message fits into a line of IRC as *others* get it, with our own name in front, so
no server ever has to cut one, and texts are never cut inside a character; a request becomes messages of its own
kind and no others, whatever is in it.

Sources: modern.ircdocs.horse "Messages".
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from coliseum.client.irc import text as texts
from coliseum.client.irc.features import Features
from coliseum.client.irc.places import shown_room
from coliseum.core.names import printable, room_name
from coliseum.core.refusals import (
    AlreadyInside,
    NickInvalid,
    NoPasswordWanted,
    NoProofWanted,
    NoSuchNick,
    NotInside,
    Refusal,
    RoomInvalid,
    TopicTooLong,
)
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
from coliseum.core.vocabulary import Event, HelpShown
from coliseum.dialects.irc.message import LINE_BYTES, Message, cut, pieces
from coliseum.dialects.plain.parser import SpeakJson
from coliseum.errors import Refused

LONGEST_USER = 12
LONGEST_HOST = 64
"What others may see of us between `!` and the end of our name, as long as we have not seen it ourselves."
SHORTEST_PIECE = 64
"Bytes; where names are so long that not even this fits, the server may cut as it likes."

_NICK = re.compile(r"[^\s,:#&!+$@%~*?.=][^\s,*?!@]*")
"What can be a nick and is not a room, a mask, a list or a group of users."


Wish: TypeAlias = Request | SpeakJson | Refusal
"What a line of the user asks for, or why it asks for nothing that there is."


@dataclass(frozen=True, slots=True)
class Situation:
    """Where we are and what we are called, as the server knows it."""

    features: Features = field(default_factory=Features)
    nick: str = ""
    mask: str = ""
    "`nick!user@host`, as others see us; empty while we do not know it."
    room: str = ""
    "Empty: in none."

    def room_for_text(self, command: str, target: str) -> int:
        """Return how many bytes of text fit into a message to `target`, as it is passed on to others."""
        source = len(self.mask.encode()) or len(self.nick.encode()) + 2 + LONGEST_USER + LONGEST_HOST
        return max(SHORTEST_PIECE, LINE_BYTES - len(f": {command} {target} :\r\n".encode()) - source)


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be sent, or is answered without the server."""

    messages: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    alone: bool = False
    "What follows depends on how it ends, so it waits for that."
    asides: int = 0
    "So many of the last messages ask for something that the user did not: if it is refused, nobody minds."


def speak(wish: Wish, here: Situation) -> Speech:
    """Return what carries out `wish`. Raises Refused."""
    match wish:
        case Say(text):
            return _talk(here, _inside(here), text)
        case Act(text):
            return _talk(here, _inside(here), text, act=True)
        case Tell(nick, text):
            if not _NICK.fullmatch(nick):
                raise Refused(NoSuchNick(printable(nick)))
            return _talk(here, nick, text)
        case Join(room):
            return _join(here, room, wish.password)
        case Leave():
            return Speech((Message("PART", (_inside(here),)),), alone=True)
        case Who():
            return Speech((Message("NAMES", (_inside(here),)),))
        case Topic(topic):
            return _topic(here, topic)
        case _:
            return _elsewhere(wish, here)


def _elsewhere(wish: Wish, here: Situation) -> Speech:
    """Carry out what has nothing to do with rooms."""
    match wish:
        case Rename(nick):
            if not _NICK.fullmatch(nick):
                raise Refused(NickInvalid(printable(nick), "characters", here.features.nick_length))
            return Speech((Message("NICK", (nick,)),), alone=True)
        case Away(message):
            # Nobody is told through a room, so the server's own limit is all that counts; it cuts what it must.
            return Speech((Message("AWAY", (cut(message, here.room_for_text("AWAY", "")),) if message else ()),))
        case ListRooms():
            return Speech((Message("LIST"),))
        case Ping(token):
            return Speech((Message("PING", (token or "-",)),))
        case Quit():
            return Speech((Message("QUIT"),))
        case _:
            return _here(wish)


def _here(wish: Wish) -> Speech:
    """Answer what no server has to be asked for."""
    match wish:
        case Help():
            return Speech(events=(HelpShown(),))
        case Password():
            raise Refused(NoPasswordWanted())
        case Prove():
            raise Refused(NoProofWanted())
        case Refusal():
            raise Refused(wish)
        case _:
            return Speech()


def _inside(here: Situation) -> str:
    if not here.room:
        raise Refused(NotInside())
    return here.room


def _talk(here: Situation, target: str, text: str, *, act: bool = False) -> Speech:
    space = here.room_for_text("PRIVMSG", target) - (len(texts.action("")) if act else 0)
    said = [texts.action(piece) if act else piece for piece in pieces(text, space)]
    return Speech(tuple(Message("PRIVMSG", (target, piece)) for piece in said if piece))


def _join(here: Situation, written: str, password: str) -> Speech:
    features = here.features
    room = features.room_name(written)
    if room is None:
        raise Refused(RoomInvalid(printable(room_name(written)), "characters", features.room_length))
    if here.room and features.fold(room) == features.fold(here.room):
        raise Refused(AlreadyInside(shown_room(here.room)))
    key = (password,) if password else ()
    # How many may be inside is asked for in the same breath, so that it is known when the names are.
    return Speech((Message("JOIN", (room, *key)), Message("MODE", (room,))), alone=True, asides=1)


def _topic(here: Situation, topic: str | None) -> Speech:
    room = _inside(here)
    if topic is None:
        return Speech((Message("TOPIC", (room,)),))
    most = here.features.topic_length
    if most and len(topic.encode()) > most:
        raise Refused(TopicTooLong(most))
    space = here.room_for_text("TOPIC", room)
    if len(topic.encode()) > space:
        raise Refused(TopicTooLong(space))
    return Speech((Message("TOPIC", (room, topic)),))
