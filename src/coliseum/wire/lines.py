"""Lines: bytes to lines of text, with a bound on what waits for a line's end.

A line ends with LF or CR LF. A line that is too long is dropped up to its end and reported once; one that never
ends breaks the link, because somebody who sends that speaks another language. A line that is not UTF-8 is
dropped and reported. Where nothing is wrong, all that came is decoded at once.

What must stay true: at most `limit` + 1 bytes are kept between calls; how the bytes were cut into pieces changes
nothing in what comes out; nothing comes out after `Broken`.
"""

from coliseum.core.inbound import Broken, Garbled, Item
from coliseum.core.kinds import Reason
from coliseum.core.refusals import LineTooLong, NotText

ENDLESS = 1024 * 1024
"Bytes of one line after which the link is broken."


class LineReader:
    """Takes bytes, gives lines."""

    __slots__ = (
        "_broken",
        "_dropping",
        "_endless",
        "_kept",
        "_length",
        "_limit",
    )

    def __init__(self, limit: int, endless: int = ENDLESS) -> None:
        self._limit = limit
        "The longest line in bytes, without its end."
        self._endless = endless
        self._kept = b""
        self._length = 0
        "Bytes of the unfinished line so far, kept or dropped."
        self._dropping = False
        self._broken = False

    @property
    def unfinished(self) -> bool:
        """A line was begun whose end has not come."""
        return self._length > 0

    def receive(self, data: bytes) -> list[Item]:
        """Return the lines that are complete now, as text, and what was wrong with others.

        Nothing comes after `Broken`.
        """
        end = data.rfind(b"\n") + 1
        if not end or self._dropping or self._broken:
            return self._one_by_one(data)
        lines = self._all_at_once(self._kept + data[:end])
        if lines is None:
            return self._one_by_one(data)
        self._kept, self._length = b"", 0
        if end < len(data):
            self._grow(data[end:], lines)
        return lines

    def _all_at_once(self, data: bytes) -> "list[Item] | None":
        """Return the lines of `data`, which ends with one; None when there is anything wrong with any of them."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        lines = text.split("\r\n")
        if text.count("\n") != len(lines) - 1:  # not all lines end with CR LF
            lines = [line.removesuffix("\r") for line in text.split("\n")]
        lines.pop()
        short = len(data) <= self._limit or (text.isascii() and max(map(len, lines)) <= self._limit)
        return [*lines] if short else None

    def _one_by_one(self, data: bytes) -> list[Item]:
        *complete, rest = data.split(b"\n")
        items: list[Item] = []
        for piece in complete:
            if self._broken:
                return items
            if self._length or len(piece) > self._limit:
                self._grow(piece, items)
                self._finish(items)
            else:
                items.append(_text(piece))
        if rest and not self._broken:
            self._grow(rest, items)
        return items

    def _grow(self, piece: bytes, items: list[Item]) -> None:
        """Add to the unfinished line, as long as it may still become a line that is short enough."""
        self._length += len(piece)
        if not self._dropping:
            self._kept += piece
            # One byte more may be the CR of the line's end.
            if self._length > self._limit and not (self._length == self._limit + 1 and self._kept.endswith(b"\r")):
                items.append(Garbled(LineTooLong(self._limit), self._kept[: self._limit].decode(errors="replace")))
                self._kept, self._dropping = b"", True
        if self._length > self._endless:
            self._broken = True
            items.append(Broken(Reason.ENDLESS_LINE))

    def _finish(self, items: list[Item]) -> None:
        if not self._dropping:
            items.append(_text(self._kept))
        self._kept, self._length, self._dropping = b"", 0, False


def _text(raw: bytes) -> Item:
    try:
        return (raw[:-1] if raw.endswith(b"\r") else raw).decode()
    except UnicodeDecodeError:
        return Garbled(NotText(), raw.rstrip(b"\r").decode(errors="replace"))
