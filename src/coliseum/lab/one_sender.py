"""The check of a room with one sender: what comes is compared with what must come, at the speed of memory.

The idea: a receiver who hears one sender gets a stream that is known in advance, so its state is a number: how
many bytes of the stream it has got. A chunk of any size is right when the stream has exactly these bytes there;
that is one comparison of memory, whatever the number of messages in it, and chunks may be cut anywhere. All
receivers of a room share the stream. What is not so goes to the ledger line by line; as soon as the rest of a
chunk is the beginning of the record that is expected, comparing bytes goes on.

What must stay true: a receiver's position never counts a byte that was not looked at; after a fault the position
is behind the highest message got (the ledger remembers the gap).
"""

from collections.abc import Callable, Sequence
from typing import Final

from coliseum.lab.ledger import LONGEST_LINE, Faults, Ledger
from coliseum.lab.records import Stream, Texts

_NOWHERE: Final = -(1 << 60)
_FURTHER: Final = 1 << 60


class OneSender:
    """What the members of one room got. Member 0 is the sender, the others hear it."""

    def __init__(
        self, texts: Texts, room: bytes, nicks: Sequence[bytes], other: Callable[[int, bytes], None]
    ) -> None:
        """`nicks` are those of all members; `other(member, line)` gets each line that is no message."""
        self.said = [0]
        "How many messages were said; to be raised before they are sent."
        self.ledger = Ledger(texts, room, nicks, self.said, other)
        self._texts = texts
        self._stream: Stream | None = None
        self._receivers = range(1, len(nicks))
        self._positions = [_NOWHERE] * len(nicks)
        # In bytes of the stream; NOWHERE for who is checked line by line. The sender is always further.
        self._positions[0] = _FURTHER
        self._counts = [0] * len(nicks)  # how many messages who is checked line by line has got
        self._rests = [b""] * len(nicks)  # of those: a line that has begun
        self._by_line = len(nicks) - 1  # how many receivers are
        self._page = b""
        self._page_start = 0

    def feed(self, member: int, data: memoryview) -> None:
        """Take in what `member` got; `data` is not kept."""
        start = self._positions[member] - self._page_start
        if start >= 0 and self._page.startswith(data, start):
            self._positions[member] += len(data)
        else:
            self._feed_across(member, data)

    def settle(self) -> None:
        """Do nothing: everything has been checked already."""

    def got(self, member: int) -> int:
        """Return how many messages `member` has got, or is past."""
        position = self._positions[member]
        if self._stream is None or position == _NOWHERE:
            return self._counts[member]
        return position // self._stream.record

    def floor(self) -> int:
        """Return how many messages all receivers have got."""
        if self._stream is None or self._by_line:
            return min(map(self.got, self._receivers))
        return min(self._positions) // self._stream.record

    def floors(self) -> list[int]:
        """Return the same for every sender: there is one."""
        return [self.floor()]

    def delivered(self) -> int:
        """Return how many deliveries there were."""
        return sum(self.got(member) for member in self._receivers)

    def close(self) -> Faults:
        """Return all faults, when everything that will come has come."""
        for member in self._receivers:
            if self._positions[member] != _NOWHERE:
                self._leave_stream(member)
            if self._rests[member]:
                self.ledger.garbled(member, self._rests[member])
        return self.ledger.close(lambda member, _: self._counts[member])

    def _feed_across(self, member: int, data: memoryview) -> None:
        """Take in data that goes over the end of a page, or is not simply the next bytes."""
        stream = self._stream
        while data and stream is not None and member != 0 and self._positions[member] != _NOWHERE:
            position = self._positions[member]
            index, offset = divmod(position, stream.page_bytes)
            page = stream.page(index)
            piece = data[: len(page) - offset]
            if not page.startswith(piece, offset):
                self._leave_stream(member)
                break
            self._page, self._page_start = page, position - offset
            self._positions[member] = position + len(piece)
            data = data[len(piece) :]
        if data:
            self._read_lines(member, data)

    def _leave_stream(self, member: int) -> None:
        """From here on `member` is checked line by line; what it has got of a record becomes a line begun."""
        assert self._stream is not None
        position, record = self._positions[member], self._stream.record
        count = position // record
        self._positions[member], self._counts[member] = _NOWHERE, count
        self._rests[member] = self._stream.part(count * record, position)
        self._by_line += 1

    def _read_lines(self, member: int, data: memoryview) -> None:
        *lines, rest = (self._rests[member] + data).split(b"\n")
        for line in lines:
            change = self.ledger.enter(member, line, lambda _: self._counts[member])
            if change is not None:
                self._counts[member] = change[1]
        if len(rest) > LONGEST_LINE:
            self.ledger.garbled(member, rest)
            rest = b""
        self._rests[member] = rest
        head = self.ledger.heads[0]
        if self._stream is None and head is not None:
            self._stream = Stream(self._texts, head, 0)
        if self._stream is not None and member != 0:
            start = self._counts[member] * self._stream.record
            if self._stream.part(start, start + len(rest)) == rest:
                self._positions[member] = start + len(rest)
                self._rests[member] = b""
                self._by_line -= 1
