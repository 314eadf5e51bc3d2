"""People: nicks, being away, help, signs of life, going for good."""

from coliseum.core.kinds import Reason
from coliseum.core.presence import set_away
from coliseum.core.requests import Away, Help, Ping, Quit, Rename
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import AwayChanged, HelpShown, Ponged


def rename(session: Session, user: User, request: Rename) -> None:
    """Take another nick."""
    session.world.rename(user, request.nick)


def away(session: Session, user: User, request: Away) -> None:
    """Be away, or back; it is confirmed, also when nothing changes, with what the neighbours are told."""
    set_away(session.world, user, request.message)
    session.world.post(user.sessions, AwayChanged(user.identity, user.away))


def show_help(session: Session, _: User | None, __: Help) -> None:
    """See the commands."""
    session.post(HelpShown())


def ping(session: Session, _: User | None, request: Ping) -> None:
    """Answer a sign of life."""
    session.post(Ponged(request.token))


def leave_server(session: Session, _: User | None, __: Quit) -> None:
    """End the session."""
    session.close(Reason.QUIT)
