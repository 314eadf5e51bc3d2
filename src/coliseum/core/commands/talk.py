"""Talking: to the room, and in private."""

from coliseum.core.commands.rooms import current_room
from coliseum.core.kinds import Kind
from coliseum.core.requests import Act, Say, Tell
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import Delivered


def say(session: Session, user: User, request: Say) -> None:
    """Say it to everybody else in the room."""
    session.world.say(session, user, current_room(user), request.text)


def act(session: Session, user: User, request: Act) -> None:
    """Say what one does, to everybody else in the room."""
    session.world.say(session, user, current_room(user), request.text, Kind.ACTION)


def tell(session: Session, user: User, request: Tell) -> None:
    """Tell it to one user."""
    target, _ = session.world.tell(user, request.nick, request.text)
    session.post(Delivered(target.nick, request.text))
