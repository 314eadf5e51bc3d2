"""The farewell: what a server said on one connection that may explain why it ended, and what that means for us.

The idea: an explanation comes in one of three ways: as an event (`Ended`, and the refusal before it), as
sentences for a person (from a server that had not read yet that we speak JSON, or is no server of ours), or not
at all.

What must stay true: pure; bounded in memory, whatever the server says.
"""

from collections import deque

from coliseum.client.displays import Dismissed, Display, Happened, Lost
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Ended, Reason
from coliseum.errors import Unavailable

PREFACE_LINES = 20
"What is kept of a server's words from before it spoke JSON."

_FINAL = {
    Reason.QUIT: 0,
    Reason.ROOM_FULL: Unavailable.exit_code,
    Reason.SERVER_FULL: Unavailable.exit_code,
    Reason.PASSWORD_FAILED: Unavailable.exit_code,
    Reason.PASSWORD_TIMEOUT: Unavailable.exit_code,
    Reason.NOT_TLS: Unavailable.exit_code,
    Reason.NOT_PLAIN: Unavailable.exit_code,
    Reason.HTTP: Unavailable.exit_code,
}
"Reasons after which no other connection is tried, and the exit code; all others are breaks."


class Farewell:
    """What was said on one connection."""

    def __init__(self) -> None:
        self.speaks_json = False
        "The server has said something in our language."
        self.refusal: Refusal | None = None
        "The last one."
        self.reason: Reason | None = None
        "What `Ended` said."
        self._preface: deque[str] = deque(maxlen=PREFACE_LINES)

    def add_sentence(self, line: str) -> None:
        """Keep a line that is no event; once the server speaks JSON, such a line explains nothing."""
        if not self.speaks_json:
            self._preface.append(line)

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
        if self.reason is not None:
            return Happened(Ended(self.reason))
        if self.speaks_json:
            return Lost(None)
        # A refusal says it best; else the last thing that was said before the door was shut.
        said = [line for line in self._preface if line.startswith("! ")] or list(self._preface)[-1:]
        return Dismissed(" ".join(line.removeprefix("! ").removeprefix("* ") for line in said))
