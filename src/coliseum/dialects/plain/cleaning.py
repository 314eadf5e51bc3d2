r"""Cleaning: what nobody may do to a terminal, or to the eye of its reader.

Taken out: escape sequences (whole, so that no rest of them is read as text), IRC's formatting codes with their
arguments (or `\x0304` would leave a `04`), all other control characters, invisible format characters
(bidirectional overrides that turn text around, zero-width characters that hide differences) and halves of
surrogate pairs, which cannot be printed. A joiner stays inside an emoji, where it makes one picture of several.
Whatever begins a new line becomes a space, so that words stay apart and nobody can imitate another line.

What must stay true: pure; no control character comes out but those that are asked for; cleaning twice changes
nothing more. The server's sentences and our own client clean by this rule; JSON lines are never cleaned.

Sources: ECMA-48 (escape sequences); modern.ircdocs.horse/formatting (IRC's codes).
"""

import dataclasses
import re
import unicodedata
from typing import Any, TypeVar, cast

V = TypeVar("V")

_SEQUENCES = re.compile(
    r"""
      (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]                      # CSI: colours, cursor, screen
    | (?: \x1b[\]PX^_] | [\x9d\x90\x98\x9e\x9f] )                  # OSC, DCS, SOS, PM, APC: titles, clipboard,
      [^\x1b\x07\x9c]* (?: \x07 | \x1b\\ | \x9c )                  # ... up to their end
    | \x1b [ -/]* [0-~]                                            # all other escapes
    """,
    re.VERBOSE,
)
_CODES = re.compile(
    r"""
      \x03 (?: [0-9]{1,2} (?: , [0-9]{1,2} )? )?                   # colour: text, background
    | \x04 (?: [0-9A-Fa-f]{6} (?: , [0-9A-Fa-f]{6} )? )?           # the same in hexadecimal
    """,
    re.VERBOSE,
)
"Those with arguments; the others (bold, italic, …) are control characters and nothing more."
_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
"Everything that begins a line."
_SHOWN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"Format characters (Cf) that have ink: Arabic and Syriac signs."
_JOINER = "\u200d"
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]")
_SEVERAL_LINES = frozenset({"motd"})
"Fields in which a line's end is meant; they are the server's own."


def clean(text: str, *, newlines: bool = False, tabs: bool = False) -> str:
    """Return `text` without anything that is not text; `newlines` lets line feeds through, `tabs` tabs."""
    if text.isprintable():
        return text
    text = _CODES.sub("", _SEQUENCES.sub("", text))
    text = _BREAKS.sub("\n" if newlines else " ", text)
    if not tabs:
        text = text.replace("\t", " ")
    kept = "".join(c for c in text if c in "\n\t" or _is_shown(c))
    return "".join(c for i, c in enumerate(kept) if c != _JOINER or _joins(kept, i))


def cleaned(value: V) -> V:
    """Return a value of the vocabulary with all its texts clean, tabs left in them."""
    return cast("V", _cleaned(value, newlines=False))


def _cleaned(value: Any, *, newlines: bool) -> Any:
    if type(value) is str:  # the words of an enum are ours
        return clean(value, newlines=newlines, tabs=True)
    if isinstance(value, tuple):
        return tuple(_cleaned(item, newlines=newlines) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        texts = {name: _cleaned(getattr(value, name), newlines=name in _SEVERAL_LINES) for name in names}
        return dataclasses.replace(value, **texts)
    return value


def _is_shown(c: str) -> bool:
    category = unicodedata.category(c)
    if category in {"Cc", "Cs"}:
        return False
    return category != "Cf" or c in _SHOWN_FORMATS or c == _JOINER


def _joins(text: str, at: int) -> bool:
    """Say whether the joiner at this place stands between two pictures."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before and after and _PICTURE.match(before) and _PICTURE.match(after))
