"""The farewell: what a server said on one connection that may explain why it ended, and what that means for us.

The idea: an explanation comes in one of three ways: as an event (`Ended`, and the refusal before it), as
sentences for a person (from a server that had not read yet that we speak JSON, or is no server of ours), or not
at all.

What must stay true: pure; bounded in memory, whatever the server says.
"""

from collections import deque

from coliseum.client.displays import Dismissed, Display, Failed, Happened, Lost, Silent
from coliseum.client.outputs import End
from coliseum.client.wishes import Wishes
from coliseum.core import refusals as no
from coliseum.core.kinds import Reason
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Ended
from coliseum.errors import Unavailable

PREFACE_LINES = 20
"What is kept of a server's words from before it spoke JSON."

NO_ENTRY = (
    no.RoomFull,
    no.RoomInvalid,
    no.RoomPasswordWrong,
    no.InviteOnly,
    no.Banned,
    no.TooManyRooms,
    no.NoSuchRoom,
)
"Refusals that keep one out of the room which one wished to be in."
_FINAL = {
    Reason.QUIT: 0,
    Reason.ROOM_FULL: Unavailable.exit_code,
    Reason.SERVER_FULL: Unavailable.exit_code,
    Reason.PASSWORD_FAILED: Unavailable.exit_code,
    Reason.PASSWORD_TIMEOUT: Unavailable.exit_code,
    Reason.NOT_TLS: Unavailable.exit_code,
    Reason.NOT_PLAIN: Unavailable.exit_code,
    Reason.HTTP: Unavailable.exit_code,
    Reason.KILLED: Unavailable.exit_code,
}
"Reasons after which no other connection is tried, and the exit code; all others are breaks."


class Farewell:
    """What was said on one connection."""

    def __init__(self) -> None:
        self.speaks_json = False
        "The server has said something that is an event."
        self.refusal: Refusal | None = None
        "The last one."
        self.ended: Ended | None = None
        "What the server said last of all."
        self._preface: deque[str] = deque(maxlen=PREFACE_LINES)

    def add_sentence(self, line: str) -> None:
        """Keep a line that is no event; once the server speaks JSON, such a line explains nothing."""
        if not self.speaks_json:
            self._preface.append(line)

    @property
    def reason(self) -> Reason | None:
        """Why the connection ends, if the server said so."""
        return None if self.ended is None else self.ended.reason

    @property
    def code(self) -> int | None:
        """The exit code, when the server's reason is final; None: it is a break, or no reason was given."""
        return None if self.reason is None else _FINAL.get(self.reason)

    @property
    def refused_in_words(self) -> bool:
        """The server said no before it spoke JSON."""
        return not self.speaks_json and any(line.startswith("! ") for line in self._preface)

    def why(self) -> Display:
        """Return the best explanation that there is."""
        if self.ended is not None:
            return Happened(self.ended)
        if self.speaks_json:
            return Lost(None)
        # A refusal says it best; else the last thing that was said before the door was shut.
        said = [line for line in self._preface if line.startswith("! ")] or list(self._preface)[-1:]
        return Dismissed(" ".join(line.removeprefix("! ").removeprefix("* ") for line in said))

    def verdict(self, failure: Failed | Silent | None, wishes: Wishes, *, been_inside: bool) -> End | None:
        """Return how it ends now that the connection is gone, and nobody said goodbye; None: by another one."""
        if isinstance(failure, Failed) and failure.error.exit_code != Unavailable.exit_code:
            return End(failure.error.exit_code, failure)  # unverified, say: trying again is no remedy
        if not been_inside or self.refused_in_words:
            return End(Unavailable.exit_code, failure or self.why())
        return None if wishes.reconnect else End(1, failure or self.lost())

    def lost(self) -> Lost:
        """Return that the connection broke, with what the server said about it."""
        return Lost(None) if self.ended is None else Lost(self.ended.reason, self.ended.message)
