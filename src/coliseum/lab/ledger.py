"""The exact check: what each member of a room got of each sender, line by line, and what went wrong.

The fast checks (one_sender, many_senders) hand over what is not byte for byte what they expect: a PING in the
stream, or a fault. Here every line is read, and a fault gets its name: *lost* (never came), *doubled* (came
again), *reordered* (came after a later one), *garbled* (is not what was said), *strayed* (came to somebody whom it
was not for).

What must stay true: a stream that is right has no faults, any other has; memory does not grow with the size of a
gap. Not here: counting what is right, which the checks do themselves.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from coliseum.lab.records import Texts

LONGEST_LINE = 10_000
"Bytes; more without an end is no line. IRC's own limit is 512, and 8191 more for tags."

_EXAMPLES = 8
"How many faults are described; the others are only counted."


@dataclass(slots=True)
class Faults:
    """What went wrong, in numbers of deliveries, and some of it in words."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    garbled: int = 0
    strayed: int = 0
    examples: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.lost or self.doubled or self.reordered or self.garbled or self.strayed)

    def add(self, other: "Faults") -> None:
        """Take in the faults of another room."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.reordered += other.reordered
        self.garbled += other.garbled
        self.strayed += other.strayed
        self.examples += other.examples[: _EXAMPLES - len(self.examples)]

    def __str__(self) -> str:
        """Return the counts and some examples."""
        counts = [
            f"{getattr(self, kind)} {kind}" for kind in ("lost", "doubled", "reordered", "garbled", "strayed")
        ]
        return "; ".join([", ".join(count for count in counts if not count.startswith("0 ")), *self.examples[:3]])


class _Gaps:
    """Numbers that were jumped over: disjoint ranges in order."""

    def __init__(self) -> None:
        self._ranges: list[range] = []

    def add(self, start: int, end: int) -> None:
        """Remember that `start` up to `end` have not come; they are higher than all before."""
        self._ranges.append(range(start, end))

    def remove(self, number: int) -> bool:
        """Take out a number; say whether it was there."""
        at = bisect_right(self._ranges, number, key=lambda gap: gap.start) - 1
        if at < 0 or number not in self._ranges[at]:
            return False
        gap = self._ranges[at]
        parts = [range(gap.start, number), range(number + 1, gap.stop)]
        self._ranges[at : at + 1] = [part for part in parts if part]
        return True

    def __iter__(self) -> Iterator[range]:
        return iter(self._ranges)


class Ledger:
    """What the members of one room got, where the fast checks cannot tell.

    Members are numbered from 0; the senders are the first of them.
    """

    def __init__(
        self,
        texts: Texts,
        room: bytes,
        nicks: Sequence[bytes],
        said: list[int],
        other: Callable[[int, bytes], None],
    ) -> None:
        """Begin. `said` is how many messages each sender has said so far; who says something keeps it true.

        `nicks` are those of all members; `other(member, line)` gets each line that is no message.
        """
        self.texts = texts
        self.faults = Faults()
        self.faulty = False
        "Whether anything has gone wrong so far."
        self.lines = 0
        "Lines that were read one by one."
        self.heads: list[bytes | None] = [None] * len(said)
        "What stands before each sender's texts: learned from the first one, which anybody got."
        self._room = room
        self._nicks = nicks
        self._said = said
        self._other = other
        self._gaps: dict[tuple[int, int], _Gaps] = {}

    def enter(self, member: int, line: bytes, expected: Callable[[int], int]) -> tuple[int, int] | None:
        """Look at one line that `member` got; return (sender, next number now) when that changes, else None.

        `line` is what stands before a line feed; `expected(sender)` says which number of a sender is the next for
        `member`.
        """
        self.lines += 1
        if not line.endswith(b"\r"):
            self._fault("garbled", member, line)
            return None
        line = line[:-1]
        said = self.texts.read(line)
        if said is None:
            self._other(member, line)
            return None
        if said.target.lower() != self._room.lower() or said.sender == member:
            self._fault("strayed", member, line)
            return None
        senders = len(self._said)
        if not 0 <= said.sender < senders or said.nick != self._nicks[said.sender]:
            self._fault("garbled", member, line)
            return None
        known = self.heads[said.sender]
        if known is None:
            self.heads[said.sender] = said.head
        elif known != said.head:
            self._fault("garbled", member, line)
            return None
        if said.number >= self._said[said.sender]:
            self._fault("garbled", member, line)
            return None
        return self._count(member, said.sender, said.number, expected(said.sender), line)

    def _count(self, member: int, sender: int, number: int, expected: int, line: bytes) -> tuple[int, int] | None:
        if number >= expected:
            if number > expected:
                self.faulty = True
                self._gaps.setdefault((member, sender), _Gaps()).add(expected, number)
                self.faults.examples.append(self._told(member, f"expected {expected} of sender {sender}", line))
                del self.faults.examples[_EXAMPLES:]
            return sender, number + 1
        gaps = self._gaps.get((member, sender))
        self._fault("reordered" if gaps is not None and gaps.remove(number) else "doubled", member, line)
        return None

    def garbled(self, member: int, line: bytes) -> None:
        """Enter bytes that never became a line."""
        self._fault("garbled", member, line)

    def close(self, expected: Callable[[int, int], int]) -> Faults:
        """Return all faults, when everything that will come has come.

        `expected(member, sender)` is the next number of a sender for a member.
        """
        for (member, sender), gaps in self._gaps.items():
            for gap in gaps:
                self._lose(member, sender, gap)
        self._gaps.clear()
        for member in range(len(self._nicks)):
            for sender, said in enumerate(self._said):
                if member == sender:
                    continue
                come = expected(member, sender)
                if come < said:
                    self._lose(member, sender, range(come, said))
                elif come > said:
                    self._fault("garbled", member, b"number %d of sender %d, never said" % (come - 1, sender))
        return self.faults

    def _lose(self, member: int, sender: int, gap: range) -> None:
        self.faults.lost += len(gap)
        last = f" to {gap[-1]}" if len(gap) > 1 else ""
        self._example(f"{self._name(member)} never got {gap[0]}{last} of {self._name(sender)}")

    def _fault(self, kind: str, member: int, line: bytes) -> None:
        self.faulty = True
        setattr(self.faults, kind, getattr(self.faults, kind) + 1)
        self._example(self._told(member, kind, line))

    def _told(self, member: int, what: str, line: bytes) -> str:
        return f"{self._name(member)}: {what}, got {line[:90]!r}"

    def _example(self, text: str) -> None:
        if len(self.faults.examples) < _EXAMPLES:
            self.faults.examples.append(text)

    def _name(self, member: int) -> str:
        return self._nicks[member].decode(errors="replace")
