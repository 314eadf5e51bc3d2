"""The check of a room where many speak: thousands of records at once, with numpy.

The idea: whose record comes next is the server's choice, so it is read from the records, and *only* that. From it
follows what each record must be, to the last byte: the sender's head, the number after its last one for this
receiver, the filling. So the chunks of many receivers, cut to whole records, lie in one buffer; the codes of the
senders are one column of it; a second buffer is filled with what must be there; and the two are compared as
memory. A record that is lost, doubled, swapped or changed makes a difference, because the numbers in the second
buffer are counted, not read.

Which number a record must have is its rank among the records of the same (receiver, sender), plus what the
receiver had before. Records of one sender mostly come in bursts, so bursts are sorted (stably), not records. A
chunk that differs goes to the ledger line by line, and so does everything until every sender's head is known, or
when the heads are not of equal length.

What must stay true: bytes that do not make a whole record wait until they do; nothing is counted before it was
compared.
"""

import os
from collections.abc import Callable, Sequence

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes: it would start threads that we never use

try:
    import numpy as np
    from numpy.typing import NDArray
except ImportError as error:
    raise ImportError("the load generator needs numpy: pip install 'coliseum[bench]'") from error

from coliseum.lab.ledger import LONGEST_LINE, Faults, Ledger
from coliseum.lab.records import CODE, NUMBER, Texts, code

_BATCH = 1024 * 1024
"Bytes after which a batch is checked: enough to be worth it, little enough for the processor's cache."
CHUNK = 256 * 1024
"Bytes that can be received at once, at least."
_OWN = 1 << 40
"The next number of oneself, and of nobody: one that never comes."


class ManySenders:
    """What the members of one room got. The first `senders` of them speak, all of them hear.

    To receive, `pull`; `settle` checks it all.
    """

    def __init__(
        self,
        texts: Texts,
        room: bytes,
        nicks: Sequence[bytes],
        senders: int,
        other: Callable[[int, bytes], None],
    ) -> None:
        """`nicks` are those of all members; `other(member, line)` gets each line that is no message."""
        self.said = [0] * senders
        "How many messages each sender has said; to be raised before they are sent."
        self.ledger = Ledger(texts, room, nicks, self.said, other)
        self._texts = texts
        self._members = len(nicks)
        self._next = np.zeros((self._members, senders + 1), np.int64)
        # Of each sender for each member; the column behind the last sender is for records of nobody we know.
        self._next[np.arange(senders), np.arange(senders)] = _OWN
        self._next[:, senders] = _OWN
        self._rests = [b""] * self._members
        self._buffer = bytearray(_BATCH + CHUNK + LONGEST_LINE)
        self._view = memoryview(self._buffer)
        self._used = 0
        self._sections: list[tuple[int, int, int]] = []  # member, start and end in the buffer
        self._shape: _Shape | None = None

    def pull(self, member: int, read: Callable[[memoryview], int]) -> int:
        """Take in what `read` brings for `member`; return how many bytes.

        `read` gets a buffer, of CHUNK bytes at least, fills it from its beginning and returns how many bytes came.
        """
        start, rest = self._used, self._rests[member]
        if rest:
            self._view[start : start + len(rest)] = rest
        size = read(self._view[start + len(rest) :])
        total, shape = len(rest) + size, self._shape
        if shape is None:
            self._read_lines(member, bytes(self._view[start : start + total]))
            return size
        tail = total % shape.record
        self._used = end = start + total - tail
        if end > start:
            self._sections.append((member, start, end))
        self._rests[member] = rest = bytes(self._view[end : end + tail]) if tail else b""
        foreign = b"\n" in rest  # a record that has only begun has none
        if foreign or end > _BATCH:
            self.settle()
        if foreign:
            self._read_lines(member, self._rests[member])
        return size

    def feed(self, member: int, data: bytes | memoryview) -> None:
        """Take in what `member` got, of any size, for who has the bytes already."""
        for start in range(0, len(data), CHUNK):
            piece = data[start : start + CHUNK]

            def read(buffer: memoryview, piece: bytes | memoryview = piece) -> int:
                buffer[: len(piece)] = piece
                return len(piece)

            self.pull(member, read)

    def settle(self) -> None:
        """Check everything that has been taken in."""
        if not self._used:
            return
        assert self._shape is not None
        batch = self._view[: self._used]
        members, starts, _ = zip(*self._sections, strict=True)
        places, amounts = self._shape.expect(batch, members, starts, self._next)
        following, expected = self._next.reshape(-1), self._shape.expected
        strange = places[following[places] >= _OWN]
        again: dict[int, bytes] = {}
        if len(strange) or not expected.startswith(batch):
            again = self._wrong_ones(batch, set((strange // self._next.shape[1]).tolist()))
            right = ~np.isin(places // self._next.shape[1], list(again))
            places, amounts = places[right], amounts[right]
        following[places] += amounts
        self._used = 0
        self._sections.clear()
        for member, data in again.items():
            self._read_lines(member, data + self._rests[member])

    def floors(self) -> list[int]:
        """Return, for every sender, how many of its messages all receivers have got; `settle` first."""
        floors: list[int] = self._next[:, :-1].min(axis=0).tolist()
        return floors

    def delivered(self) -> int:
        """Return how many deliveries there were; `settle` first."""
        senders = len(self.said)
        return int(self._next[:, :senders].sum()) - senders * _OWN

    def got(self, member: int) -> int:
        """Return how many messages `member` has got, of all senders; `settle` first."""
        row = self._next[member, :-1]
        return int(row[row < _OWN].sum())

    def close(self) -> Faults:
        """Return all faults, when everything that will come has come."""
        self.settle()
        for member, rest in enumerate(self._rests):
            if rest:
                self.ledger.garbled(member, rest)
        return self.ledger.close(lambda member, sender: int(self._next[member, sender]))

    def _wrong_ones(self, batch: memoryview, strange: set[int]) -> dict[int, bytes]:
        """Return what members got who got something unexpected; those in `strange` did in any case."""
        assert self._shape is not None
        expected = self._shape.expected
        wrong = strange | {
            member for member, start, end in self._sections if not expected.startswith(batch[start:end], start)
        }
        return {
            wanted: b"".join(batch[start:end] for member, start, end in self._sections if member == wanted)
            for wanted in wrong
        }

    def _read_lines(self, member: int, data: bytes) -> None:
        """Check line by line, exactly."""
        row = self._next[member]
        *lines, rest = data.split(b"\n")
        if len(rest) > LONGEST_LINE:
            self.ledger.garbled(member, rest)
            rest = b""
        self._rests[member] = rest
        for line in lines:
            change = self.ledger.enter(member, line, lambda sender: int(row[sender]))
            if change is not None:
                sender, number = change
                row[sender] = number
        if self._shape is None and None not in self.ledger.heads:
            heads = [head for head in self.ledger.heads if head is not None]
            if len({len(head) for head in heads}) == 1:
                self._shape = _Shape(self._texts, heads, len(self._buffer))


class _Shape:
    """Records of equal length, as numpy sees them."""

    def __init__(self, texts: Texts, heads: list[bytes], size: int) -> None:
        """`heads` are those of all senders, of equal length; `size` is that of the buffer of a batch, in bytes."""
        self.record = len(heads[0]) + texts.size + 2
        self._nobody = len(heads)
        fields = {"code": ("<u2", len(heads[0])), "number": ("<u8", len(heads[0]) + CODE)}
        self._columns = np.dtype(
            {
                "names": list(fields),
                "formats": [kind for kind, _ in fields.values()],
                "offsets": [at for _, at in fields.values()],
                "itemsize": self.record,
            }
        )
        self._senders = np.full(1 << (8 * CODE), self._nobody, np.uint16)
        for sender in range(len(heads)):
            self._senders[int.from_bytes(code(sender), "little")] = sender
        records = [head + texts.text(sender, 0) + b"\r\n" for sender, head in enumerate(heads)]
        records.append(bytes(self.record))  # for nobody's, whose number never comes
        self._records = np.frombuffer(b"".join(records), f"V{self.record}")
        self._numbers = np.zeros(0, np.uint64)
        self.expected = bytearray(size)
        "What must be in the batch."

    def expect(
        self, batch: memoryview, members: Sequence[int], starts: Sequence[int], following: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Fill `expected` for a batch of sections: whose each is, and at which byte it starts.

        `following` has the next number of each sender for each member. Return the places in it, flat, that change
        if the batch is right, and by how much.
        """
        count = len(batch) // self.record
        codes = np.frombuffer(batch, self._columns, count)["code"].copy()
        section_starts = np.array(starts) // self.record
        begins = np.ones(count, np.bool_)
        np.not_equal(codes[1:], codes[:-1], out=begins[1:])
        begins[section_starts] = True
        first = np.flatnonzero(begins)  # of each burst
        lengths = np.diff(first, append=count)
        senders = self._senders[codes[first]]
        bursts = np.diff(np.searchsorted(first, section_starts), append=len(first))
        keys = np.repeat(np.array(members) * following.shape[1], bursts) + senders
        if following.size <= 1 << 16:
            keys = keys.astype(np.uint16)  # which numpy sorts by counting
        order = keys.argsort(kind="stable")
        ordered, sizes = keys[order], lengths[order]
        heads = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))  # of each receiver's sender
        places = ordered[heads].astype(np.int64)
        before, sums = following.reshape(-1)[places], np.cumsum(sizes) - sizes
        numbers = np.empty(len(first), np.int64)  # of the first record of each burst
        numbers[order] = sums + np.repeat(before - sums[heads], np.diff(heads, append=len(first)))
        amounts = np.add.reduceat(sizes, heads)
        self._know(int((before + amounts)[before < _OWN].max(initial=0)))
        expected = np.frombuffer(self.expected, f"V{self.record}", count)
        self._records.take(np.repeat(senders, lengths), out=expected, mode="clip")
        digits = np.frombuffer(self.expected, self._columns, count)["number"]
        digits[:] = self._numbers.take(np.repeat(numbers - first, lengths) + np.arange(count), mode="clip")
        return places, amounts

    def _know(self, most: int) -> None:
        """Have the digits of all numbers below `most` ready, and behind them those that no number has."""
        if most < len(self._numbers):
            return
        size = max(2 * most, 10_000)
        assert size < 10**NUMBER
        digits = b"".join(b"%0*d" % (NUMBER, number) for number in range(size - 1)) + bytes(NUMBER)
        self._numbers = np.frombuffer(digits, np.uint64)
