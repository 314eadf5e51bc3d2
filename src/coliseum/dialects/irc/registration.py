"""Registration: from the first byte to a nick, as an explicit state machine.

::

    OPEN ──(NICK and USER given, no CAP negotiation open)──► CHECKING ──(password right, nick free)──► REGISTERED
      ▲                                                          │
      └──(nick taken meanwhile: another NICK is awaited)─────────┤
                                                                 └──(wrong password)──► closed

`CAP LS` or `CAP REQ` opens a negotiation, `CAP END` closes it. The order of CAP, PASS, NICK and USER does not
matter.

What must stay true: a nick is nobody's until the state is REGISTERED, so that nobody can hold one by not
finishing; a missing transition is an error of the program.

Not here: what is said about it (commands/registration.py).

Source: modern.ircdocs.horse "Connection Registration", IRCv3 Capability Negotiation.
"""

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """How far a client has come."""

    OPEN = "open"
    CHECKING = "checking"
    "Its password is being compared."
    REGISTERED = "registered"


_NEXT = {
    Stage.OPEN: {Stage.CHECKING},
    Stage.CHECKING: {Stage.OPEN, Stage.REGISTERED},
    Stage.REGISTERED: set[Stage](),
}


@dataclass(slots=True)
class Registration:
    """What one client has said about itself so far."""

    stage: Stage = Stage.OPEN
    negotiating: bool = False
    "CAP END is awaited."
    version: int = 301
    "Of the capability negotiation that the client knows."
    nick: str = ""
    username: str = ""
    realname: str = ""
    password: str = ""
    away: str = ""

    @property
    def complete(self) -> bool:
        """Everything is there, and nothing else is awaited."""
        return bool(self.stage is Stage.OPEN and self.nick and self.username and not self.negotiating)

    @property
    def done(self) -> bool:
        """The client is registered."""
        return self.stage is Stage.REGISTERED

    def become(self, stage: Stage) -> None:
        """Go to the next stage."""
        assert stage in _NEXT[self.stage], f"{self.stage} -> {stage}"
        self.stage = stage
