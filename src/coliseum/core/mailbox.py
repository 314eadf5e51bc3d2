"""What waits for one session on its way out: bounded in bytes, and nobody ever waits for it.

Two stages. *Bursts* of events that were posted wait in `Session.mailbox`, a plain list, until the flush that
follows every batch. *Bytes* wait in the `Backlog`, only while the peer's buffers are full: rendered, not yet
encrypted, and shared with everybody else who is to get the same, so a hundred stalled readers cost little more
than one.

The idea of a burst: what one speaker says in one go is the same for everybody who hears it. So it is one entry in
all their mailboxes, however many messages it has, and is written once for all who read in the same way.

What must stay true: chunks leave in the order they came; `unsent` is exact; `put` says when the bound is
passed and keeps nothing then; a burst grows only in the step in which it was posted (post.py), so never after
somebody has looked at it. Not here: waiting, and what happens to a session that overflowed.
"""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from coliseum.core.vocabulary import Event


class Renderer(Protocol):
    """Turns events into bytes for one kind of recipient; shared by all sessions of that kind."""

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:
        """Return what these events, posted at `time` (nanoseconds since 1970 UTC), look like, in order.

        Pure; any thread may call it.
        """


class _Silent:
    """Writes nothing: for a session until its dialect says how it is written for."""

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:  # noqa: ARG002 - nothing of it is written
        """Return nothing."""
        return b""


SILENT = _Silent()


class Burst:
    """Events that were posted one right after the other, to the same sessions."""

    __slots__ = ("_forms", "events", "time")

    def __init__(self, event: Event, time: int) -> None:
        self.events = [event]
        self.time = time
        "When they were posted; nanoseconds since 1970 UTC."
        self._forms: dict[Renderer, bytes] = {}

    def form(self, renderer: Renderer) -> bytes:
        """Return what they look like to those whom `renderer` writes for, made once.

        Harmless when two threads do it at once: both get equal bytes.
        """
        form = self._forms.get(renderer)
        if form is None:
            form = self._forms[renderer] = renderer.render(self.events, self.time)
        return form


class Backlog:
    """Bytes for a peer that is not reading, at most `limit` of them."""

    __slots__ = ("_chunks", "limit", "stalled", "unsent")

    def __init__(self, limit: int) -> None:
        self._chunks: deque[bytes] | None = None
        "None: nothing waits. An empty deque has a large block, and nearly all backlogs are empty."
        self.limit = limit
        self.unsent = 0
        self.stalled = False
        "The peer's buffers are full: everything goes through here until it has caught up."

    def put(self, data: bytes) -> bool:
        """Keep `data` for later and return True; or return False: the bound is passed, end the session."""
        if self.unsent + len(data) > self.limit:
            self._chunks = None
            self.unsent = 0
            return False
        if self._chunks is None:
            self._chunks = deque()
        self._chunks.append(data)
        self.unsent += len(data)
        return True

    def take(self) -> bytes | None:
        """Return the next chunk, or None when nothing waits."""
        if not self._chunks:
            self._chunks = None
            return None
        data = self._chunks.popleft()
        self.unsent -= len(data)
        return data
