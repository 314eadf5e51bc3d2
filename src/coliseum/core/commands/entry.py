"""Entry: from a ready link to a user, in the lobby if there is one, by way of the server's password if it has one.

::

    GREETED ──(no password)──────────────────────────────► INSIDE
       └──(password)──► LOCKED ──(right)─────────────────► INSIDE
                           └──(wrong, `password_tries` times, or too late)──► closed

What must stay true: the state is one of `Stage`; while LOCKED one may give the password, ask for help, ping and
quit, nothing else. Somebody for whom the server or the lobby has
no place is told so and closed, and nobody else notices.
"""

from enum import Enum

from coliseum.core import commands
from coliseum.core.commands import people
from coliseum.core.effects import Script, VerifyPassword
from coliseum.core.kinds import Reason
from coliseum.core.refusals import NoPasswordWanted, NoProofWanted, PasswordFirst, ServerFull, WrongPassword
from coliseum.core.requests import Help, Password, Ping, Prove, Quit, Request, Say
from coliseum.core.session import Session
from coliseum.core.vocabulary import Admitted, PasswordWanted, Welcomed
from coliseum.errors import Refused


class Stage(Enum):
    """How far a session has come."""

    GREETED = "greeted"
    LOCKED = "locked"
    INSIDE = "inside"


class Entry:
    """The way in for one session that speaks the plain dialect (over any transport)."""

    def __init__(self, session: Session, *, lobby: bool = True) -> None:
        self.session = session
        self._lobby = lobby
        "Who comes in enters the lobby; or else no room, until they ask for one."
        self.stage = Stage.GREETED
        self._tries_left = session.world.policy.password_tries

    @property
    def locked(self) -> bool:
        """The next line is taken for a password."""
        return self.stage is Stage.LOCKED

    def begin(self) -> None:
        """Let the session in, or ask for the password first."""
        policy = self.session.world.policy
        if policy.password:
            self.stage = Stage.LOCKED
            self.session.post(PasswordWanted())
            self.session.expect(policy.password_timeout, Reason.PASSWORD_TIMEOUT)
        else:
            self._let_in()

    def introduce(self) -> None:
        """Tell the session where it stands, if it was told so before: a program has joined that could not read it.

        While the greeting is still in the mailbox, it need not be told twice.
        """
        session, user = self.session, self.session.user
        waiting = (event for burst in session.mailbox for event in burst.events)
        if any(isinstance(event, Welcomed | PasswordWanted) for event in waiting):
            return
        if self.stage is Stage.LOCKED:
            session.post(PasswordWanted())
        elif user is not None:
            session.post(session.world.welcome(user))
            for room in user.rooms.values():
                session.post(Admitted(session.world.view(room), user.identity, user.realname))

    def perform(self, request: Request) -> Script | None:
        """Carry out a request as far as the stage allows. Raises Refused."""
        if self.stage is Stage.LOCKED:
            return self._while_locked(request)
        if isinstance(request, Password):
            raise Refused(NoPasswordWanted())
        if isinstance(request, Prove):
            raise Refused(NoProofWanted())
        assert self.session.user is not None
        return commands.perform(self.session, self.session.user, request)

    def _while_locked(self, request: Request) -> Script | None:
        match request:
            case Password(text) | Say(text):
                return self._password_script(text)
            case Help():
                people.show_help(self.session, None, request)
            case Ping():
                people.ping(self.session, None, request)
            case Quit():
                people.leave_server(self.session, None, request)
            case _:
                raise Refused(PasswordFirst())
        return None

    def _password_script(self, text: str) -> Script:
        right = yield VerifyPassword(text, self.session.world.policy.password)
        # Others have run meanwhile: whether there is a place is asked only now, by _let_in.
        if right:
            self.session.satisfied()
            self._let_in()
            return
        self._tries_left -= 1
        self.session.refuse(Refused(WrongPassword(self._tries_left)))
        if self._tries_left == 0:
            self.session.close(Reason.PASSWORD_FAILED)

    def _let_in(self) -> None:
        world, session = self.session.world, self.session
        try:
            if self._lobby:
                world.require_place(world.policy.lobby)
            user = world.attach(session)
        except Refused as refused:
            session.refuse(refused)
            full = isinstance(refused.why, ServerFull)
            session.close(Reason.SERVER_FULL if full else Reason.ROOM_FULL)
            return
        if self._lobby:
            world.enter(user, world.policy.lobby)
        self.stage = Stage.INSIDE
