"""What is said, in a form that can be checked without looking at every line.

The idea: all messages of a run have texts of the same length, and each says which sender it is of and which of
that sender's messages it is::

    :u00x1!u@host PRIVMSG #x1r0 :0A00000017 abcdefghij…
    └───────── head ───────────┘└┤└── 8 ──┘└ filling ─┘
                           sender code

So everything that one sender says to one room is a stream of *records* of equal length, known in advance but for
its head, and whoever hears nobody else can be checked by comparing bytes with that stream. It is made in pages of
a hundred or a thousand records when it is needed: in a page only the last two or three digits differ between
records, so that a page is a template put together with the digits that they share. Pages are several times what is
in flight, so that most chunks lie in one, and no larger, so that those of many rooms fit into the caches.

What must stay true: the same (head, sender, number) are always the same bytes; `read` accepts exactly those.
Not here: who got what (ledger), the comparing (one_sender, many_senders).
"""

import re
import string
from dataclasses import dataclass
from typing import Final, NamedTuple

CODE: Final = 2
"Bytes of a sender's code."
NUMBER: Final = 8
"Digits of a message's number."
LEAST_TEXT: Final = CODE + NUMBER + 2
"Bytes that a text has at least."

_SIGNS: Final = (string.digits + string.ascii_letters).encode()
MOST_SENDERS: Final = len(_SIGNS) ** CODE
"Senders in one room, at most."

_FILLING: Final = string.ascii_lowercase.encode() * 20
_CODES: Final = {bytes([one, two]): at for at, (one, two) in enumerate((a, b) for a in _SIGNS for b in _SIGNS)}
_BY_NUMBER: Final = list(_CODES)
_SAID: Final = re.compile(rb"(:([^ !]+)(?:![^ ]*)? PRIVMSG ([^ ]+) :?)(.*)", re.DOTALL)


class Said(NamedTuple):
    """What a line says, if it is a message."""

    nick: bytes
    target: bytes
    head: bytes
    "The line up to its text."
    sender: int
    "The sender's number in its room according to the text; -1 when the text is none of ours."
    number: int
    "Which of the sender's messages it is, from 0; -1 likewise."


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a run."""

    size: int
    "Bytes of each."
    in_flight: int = 64
    "Messages of one sender that are on their way at once, about."

    def text(self, sender: int, number: int) -> bytes:
        """Return a text."""
        return _BY_NUMBER[sender] + b"%08d" % number + self.filling()

    def filling(self) -> bytes:
        """Return what comes after the number, the same in all texts."""
        return b" " + _FILLING[: self.size - CODE - NUMBER - 1]

    def read(self, line: bytes) -> Said | None:
        """Return what a line without its end says, or None when it is no message. Every byte is looked at."""
        match = _SAID.fullmatch(line)
        if match is None:
            return None
        head, nick, target, text = match.groups()
        sender = _CODES.get(text[:CODE], -1)
        digits = text[CODE : CODE + NUMBER]
        if not digits.isdigit() or sender < 0 or text != self.text(sender, int(digits)):
            return Said(nick, target, head, -1, -1)
        return Said(nick, target, head, sender, int(digits))


def code(sender: int) -> bytes:
    """Return the code of a sender; `sender` is less than MOST_SENDERS."""
    return _BY_NUMBER[sender]


class Stream:
    """Everything that one sender ever says to its room, with `head` in front of each text; bytes from 0."""

    def __init__(self, texts: Texts, head: bytes, sender: int) -> None:
        self.head = head
        self.record = len(head) + texts.size + 2
        "Bytes of one record."
        digits = 2 if texts.in_flight <= 16 else 3
        self.page_bytes = 10**digits * self.record
        self._shared = NUMBER - digits
        start, end = head + code(sender), texts.filling() + b"\r\n"
        tails = [b"%0*d" % (digits, number) + end for number in range(10**digits)]
        # What stands between the digits that a page shares: the start of the first record, then always the end of
        # one and the start of the next, the end of the last.
        self._pieces = [start, *(tail + start for tail in tails[:-1]), tails[-1]]
        self._pages: dict[int, bytes] = {}

    def page(self, index: int) -> bytes:
        """Return the `page_bytes` from index * page_bytes on; the last few pages are kept."""
        page = self._pages.get(index)
        if page is None:
            shared = b"%0*d" % (self._shared, index)
            if len(shared) > self._shared:
                raise OverflowError("a sender has said more than its numbers can count")
            while len(self._pages) >= 3:
                del self._pages[min(self._pages)]
            page = self._pages[index] = shared.join(self._pieces)
        return page

    def part(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`."""
        index, offset = divmod(start, self.page_bytes)
        if start < end <= start - offset + self.page_bytes:
            return self.page(index)[offset : offset + end - start]
        pieces = []
        while start < end:
            index, offset = divmod(start, self.page_bytes)
            piece = self.page(index)[offset : offset + end - start]
            pieces.append(piece)
            start += len(piece)
        return b"".join(pieces)
