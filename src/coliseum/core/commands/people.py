"""People: nicks, help, signs of life, going away."""

from coliseum.core.requests import Help, Ping, Quit, Rename
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import HelpShown, Ponged, Reason


def rename(session: Session, user: User, request: Rename) -> None:
    """Take another nick."""
    session.world.rename(user, request.nick)


def show_help(session: Session, _: User | None, __: Help) -> None:
    """See the commands."""
    session.post(HelpShown())


def ping(session: Session, _: User | None, request: Ping) -> None:
    """Answer a sign of life."""
    session.post(Ponged(request.token))


def leave_server(session: Session, _: User | None, __: Quit) -> None:
    """End the session."""
    session.close(Reason.QUIT)
