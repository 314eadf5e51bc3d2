"""What waits for one session on its way out: bounded in bytes, and nobody ever waits for it.

Two stages. *Events* that were posted wait in `Session.mailbox`, a plain list, until the flush that follows every
batch. *Bytes* wait here, in the `Backlog`, only while the peer's buffers are full: rendered, not yet encrypted,
and shared with everybody else who is to get the same, so a hundred stalled readers cost little more than one.

What must stay true: chunks leave in the order they came; `unsent` is exact; `put` says when the bound is
passed and keeps nothing then. Not here: waiting, and what happens to a session that overflowed.
"""

from collections import deque


class Backlog:
    """Bytes for a peer that is not reading, at most `limit` of them."""

    __slots__ = ("_chunks", "limit", "stalled", "unsent")

    def __init__(self, limit: int) -> None:
        self._chunks: deque[bytes] = deque()
        self.limit = limit
        self.unsent = 0
        self.stalled = False
        "The peer's buffers are full: everything goes through here until it has caught up."

    def put(self, data: bytes) -> bool:
        """Keep `data` for later and return True; or return False: the bound is passed, end the session."""
        if self.unsent + len(data) > self.limit:
            self._chunks.clear()
            self.unsent = 0
            return False
        self._chunks.append(data)
        self.unsent += len(data)
        return True

    def take(self) -> bytes | None:
        """Return the next chunk, or None when nothing waits."""
        if not self._chunks:
            return None
        data = self._chunks.popleft()
        self.unsent -= len(data)
        return data
