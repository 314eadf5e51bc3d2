"""The view: displays become lines of a terminal.

::

    [12:03] ana: hola            somebody said it; the nick has its own colour
    [12:03] ~ ana waves ~        somebody does it
    [12:03] * ana entered …      the server tells
    [12:03] ! the room is full   somebody said no, or something went wrong

Nobody can imitate a line of the server: a nick cannot be `*` or `!`, and a further line of the same message is
indented.

What must stay true: pure, the time is an argument; no escape sequence comes out but our own, and none at all
without colour; a nick has the same colour in every client and at every time.
"""

import zlib
from datetime import UTC, datetime, tzinfo

from coliseum.client import displays as shown
from coliseum.client.displays import Display
from coliseum.client.words import words
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Kind
from coliseum.core.names import fold
from coliseum.core.refusals import Refusal
from coliseum.dialects.plain.cleaning import clean
from coliseum.dialects.reasons import Translate

_NICK_COLOURS = (33, 37, 38, 43, 68, 71, 74, 78, 99, 105, 109, 134, 136, 140, 167, 173, 175, 178)
"Of the 256: all can be read on black and on white."
_DIM, _RED, _ITALIC = "2", "31", "3"
_INDENT = "        "
"As wide as the time."
_ERRORS = (
    shown.Failed,
    shown.Silent,
    shown.Dismissed,
    shown.Lost,
    shown.NotSent,
    shown.Unconfirmed,
    shown.Unreadable,
)
_SEVERAL_LINES = (fact.Welcomed, fact.HelpShown, fact.Admitted, fact.RoomShown, fact.SettingsChanged)


def is_trouble(display: Display) -> bool:
    """Say whether something was refused or went wrong: shown in red, and in a pipe on the error stream."""
    return isinstance(display, _ERRORS) or (
        isinstance(display, shown.Happened) and isinstance(display.event, Refusal)
    )


class View:
    """Makes lines of displays, in one language and with or without colour. Any thread may call it."""

    def __init__(self, translate: Translate, *, color: bool, zone: tzinfo | None = None) -> None:
        self._translate = translate
        self._color = color
        self._zone = zone
        "Whose clock is shown; None: that of this machine."

    def lines(self, display: Display, now: int) -> list[str]:
        """Return the lines that show `display`, none when there is nothing to see.

        `now`, in nanoseconds since 1970 UTC, is the time of what has none of its own.
        """
        match display:
            case shown.Happened(fact.Said(source, _, text, time, Kind.MESSAGE, only=None)):
                return [self._time(time, now) + self._nick(source.nick) + ": " + clean(text)]
            case shown.OwnSaid(nick, text, action=False):
                return [self._time(now, now) + self._nick(nick or self._translate("you")) + ": " + clean(text)]
            case shown.Happened(fact.Said(time=time) | fact.Told(time=time)):
                words = self._words(display)  # none where clients talk among themselves
                return [self._time(time, now) + self._styled(_ITALIC, words)] if words else []
            case shown.Happened(fact.Delivered()) | shown.OwnSaid():
                return [self._time(now, now) + self._styled(_ITALIC, self._words(display))]
        mark, style = ("! ", _RED) if is_trouble(display) else ("* ", _DIM)
        first, *more = self._words(display).split("\n")
        if not first:
            return []
        return [
            self._time(now, now) + self._styled(style, mark + first),
            *(_INDENT + self._styled(style, mark + line) for line in more),
        ]

    def text(self, display: Display) -> str:
        """Return the words alone, clean, on one line."""
        return " ".join(self._words(display).split("\n"))

    def _words(self, display: Display) -> str:
        several = not isinstance(display, shown.Happened) or isinstance(display.event, _SEVERAL_LINES)
        return clean(words(self._translate, display), newlines=several)

    def _nick(self, nick: str) -> str:
        nick = clean(nick)
        colour = _NICK_COLOURS[zlib.crc32(fold(nick).encode()) % len(_NICK_COLOURS)]
        return self._styled(f"1;38;5;{colour}", nick)

    def _time(self, nanoseconds: int, now: int) -> str:
        try:
            # 0: the server does not tell; what came has come now.
            moment = datetime.fromtimestamp((nanoseconds or now) // 10**9, UTC).astimezone(self._zone)
        except (OverflowError, ValueError, OSError):
            # The peer's number is no time at all.
            moment = datetime.fromtimestamp(now // 10**9, UTC).astimezone(self._zone)
        return self._styled(_DIM, f"[{moment:%H:%M}]") + " "

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._color else text
