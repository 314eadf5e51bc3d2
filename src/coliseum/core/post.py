"""The post office: what time it is, mailboxes filled and emptied, the times of messages.

The idea: whoever fills a mailbox puts its session on `dirty`, and the engine flushes `collect()` after every
batch; so a batch costs one flush per recipient, however many events it brought. Messages that follow one another
to the same room make one *burst*: only the first of them has to be put into everybody's mailbox.

What must stay true: a session is on `dirty` exactly once as long as its mailbox is not empty; a burst grows only
while nothing else was posted and the step in which it began goes on; message times rise strictly.

Not here: who is told what (world.py and the verbs beside it), how it looks (dialects).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coliseum.core.mailbox import Burst
from coliseum.core.timers import Moment, Timers
from coliseum.core.vocabulary import Event

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
        self.growing: Burst | None = None
        "What may go on with the next message that is said to `_audience` but `speaker`."
        self._audience: list[Session] | None = None
        self.speaker: Session | None = None

    def at(self, now: Moment) -> None:
        """Say what time it is; every step of an engine begins so."""
        self.now = now
        self.growing = None

    def tick(self, now: Moment) -> None:
        """Do what is due. Spurious calls are harmless."""
        self.at(now)
        self.timers.tick(now.monotonic)

    def deadline(self) -> float | None:
        """Return the monotonic time of the next tick that has work, or None; any step may change it."""
        return self.timers.deadline()

    def collect(self) -> list["Parcel"]:
        """Empty the mailboxes of all dirty sessions and return what was in them, for the flush."""
        dirty, self.dirty = self.dirty, []
        return [session.empty() for session in dirty]

    def post(self, sessions: Iterable["Session"], event: Event) -> None:
        """Put `event` into the mailboxes of all `sessions`."""
        self.growing = None
        self._put(sessions, Burst(event, max(self.now.wall, self._last_time)), None)

    def spread(self, audience: list["Session"], event: Event, speaker: "Session") -> None:
        """Put `event` into the mailboxes of a room's whole `audience` except `speaker`.

        `audience` must be a list that never changes: it stands for who is in it.
        """
        if self.growing is not None and audience is self._audience and speaker is self.speaker:
            self.growing.events.append(event)
            return
        burst = Burst(event, self._last_time)
        self._put(audience, burst, speaker)
        self.growing, self._audience, self.speaker = burst, audience, speaker

    def _put(self, sessions: Iterable["Session"], burst: Burst, but: "Session | None") -> None:
        dirty = self.dirty
        for session in sessions:
            if session is not but:
                mailbox = session.mailbox
                if not mailbox:
                    dirty.append(session)
                mailbox.append(burst)

    def stamp(self) -> int:
        """Return the time of a new message in nanoseconds: now, or just after the message before.

        After it means a millisecond, as long as that keeps within a second of the clock (people are never so
        fast); beyond that a nanosecond, so that times rise strictly in any case.
        """
        now, last = self.now.wall, self._last_time
        after = last + (MILLISECOND if last - now < AHEAD else 1)
        self._last_time = max(after, now)
        return self._last_time
