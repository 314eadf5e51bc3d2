"""Talking: to the room, and in private."""

from coliseum.core.commands.rooms import current_room
from coliseum.core.requests import Say, Tell
from coliseum.core.session import Session
from coliseum.core.users import User


def say(session: Session, user: User, request: Say) -> None:
    """Say it to everybody else in the room."""
    session.world.say(session, user, current_room(user), request.text)


def tell(session: Session, user: User, request: Tell) -> None:
    """Tell it to one user."""
    session.world.tell(session, user, request.nick, request.text)
