"""The post office: what time it is, mailboxes filled and emptied, the times of messages.

The idea: whoever fills a mailbox puts its session on `dirty`, and the engine flushes `collect()` after every
batch; so a batch costs one flush per recipient, however many events it brought.

What must stay true: a session is on `dirty` exactly once as long as its mailbox is not empty; message times rise
strictly.

Not here: who is told what (world.py and the verbs beside it), how it looks (dialects).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coliseum.core.timers import Moment, Timers
from coliseum.core.vocabulary import Event, stamped

if TYPE_CHECKING:
    from coliseum.core.session import Parcel, Session

MILLISECOND = 1_000_000
"In nanoseconds."
AHEAD = 1_000_000_000
"How far message times may run ahead of the clock to differ by a millisecond; nanoseconds."


class PostOffice:
    """The base of the world: its clock and its mailboxes."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.now = Moment(0.0, 0)
        "When the present step began; set by `at` before anything else happens."
        self.dirty: list[Session] = []
        "Sessions with something for the flush, in the order in which they came by it."
        self._last_time = 0

    def at(self, now: Moment) -> None:
        """Say what time it is; every step of an engine begins so."""
        self.now = now

    def tick(self, now: Moment) -> None:
        """Do what is due. Spurious calls are harmless."""
        self.now = now
        self.timers.tick(now.monotonic)

    def deadline(self) -> float | None:
        """Return the monotonic time of the next tick that has work, or None; any step may change it."""
        return self.timers.deadline()

    def collect(self) -> list["Parcel"]:
        """Empty the mailboxes of all dirty sessions and return what was in them, for the flush."""
        dirty, self.dirty = self.dirty, []
        return [session.empty() for session in dirty]

    def post(self, sessions: Iterable["Session"], event: Event, but: "Session | None" = None) -> None:
        """Put `event` into the mailboxes of all `sessions` except `but`."""
        stamped(event, max(self.now.wall, self._last_time))
        dirty = self.dirty
        for session in sessions:
            if session is not but:
                mailbox = session.mailbox
                if not mailbox:
                    dirty.append(session)
                mailbox.append(event)

    def stamp(self) -> int:
        """Return the time of a new message in nanoseconds: now, or just after the message before.

        After it means a millisecond, as long as that keeps within a second of the clock (people are never so
        fast); beyond that a nanosecond, so that times rise strictly in any case.
        """
        step = MILLISECOND if self._last_time - self.now.wall < AHEAD else 1
        self._last_time = max(self.now.wall, self._last_time + step)
        return self._last_time
