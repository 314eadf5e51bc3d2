"""The commands: carrying out what a person asks, as verbs of the world.

`perform` finds the handler by the request's type. A handler is a function of the session, its user and the
request; it answers by events, says no by raising Refused, and is a script (a generator) when it must block.
A further dialect with requests of its own brings handlers of its own.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from coliseum.core.commands import people, rooms, talk
from coliseum.core.effects import Script
from coliseum.core.requests import (
    Act,
    Away,
    Help,
    Join,
    Leave,
    ListRooms,
    Ping,
    Quit,
    Rename,
    Request,
    Say,
    Tell,
    Topic,
    Who,
)
from coliseum.core.session import Session
from coliseum.core.users import User

Handler: TypeAlias = Callable[[Session, User, Any], Script | None]

HANDLERS: dict[type, Handler] = {
    Say: talk.say,
    Act: talk.act,
    Tell: talk.tell,
    Join: rooms.join,
    Leave: rooms.leave,
    ListRooms: rooms.list_rooms,
    Who: rooms.who,
    Topic: rooms.topic,
    Rename: people.rename,
    Away: people.away,
    Help: people.show_help,
    Ping: people.ping,
    Quit: people.leave_server,
}


def perform(session: Session, user: User, request: Request) -> Script | None:
    """Carry out `request` for `user`; raises Refused when the answer is no."""
    return HANDLERS[type(request)](session, user, request)
