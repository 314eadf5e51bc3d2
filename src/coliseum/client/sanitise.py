"""Cleaning: what a peer may not do to a terminal, or to the eye of its reader.

Taken out: escape sequences (whole, so that no rest of them is read as text), all other control characters,
invisible format characters (bidirectional overrides that turn text around, zero-width characters that hide
differences) and halves of surrogate pairs, which cannot be printed. A joiner stays inside an emoji, where it
makes one picture of several.

What must stay true: pure; no control character comes out (with `newlines`: none but the line feed); cleaning
twice changes nothing more.
"""

import re
import unicodedata

_SEQUENCES = re.compile(
    r"""
      (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]                      # CSI: colours, cursor, screen
    | (?: \x1b[\]PX^_] | [\x9d\x90\x98\x9e\x9f] )                  # OSC, DCS, SOS, PM, APC: titles, clipboard,
      [^\x1b\x07\x9c]* (?: \x07 | \x1b\\ | \x9c )                  # ... up to their end
    | \x1b [ -/]* [0-~]                                            # all other escapes
    """,
    re.VERBOSE,
)
_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
"""Everything that begins a line: a space instead keeps words apart, and nobody can imitate another line."""
_SHOWN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"Format characters (Cf) that have ink: Arabic and Syriac signs."
_JOINER = "\u200d"
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]")


def clean(text: str, *, newlines: bool = False) -> str:
    """Return `text` without anything that is not text; `newlines` lets line feeds through."""
    if text.isprintable() and text.isascii():
        return text
    text = _SEQUENCES.sub("", text)
    text = _BREAKS.sub("\n" if newlines else " ", text).replace("\t", " ")
    kept = "".join(c for c in text if c == "\n" or _is_shown(c))
    return "".join(c for i, c in enumerate(kept) if c != _JOINER or _joins(kept, i))


def _is_shown(c: str) -> bool:
    category = unicodedata.category(c)
    if category in {"Cc", "Cs"}:
        return False
    return category != "Cf" or c in _SHOWN_FORMATS or c == _JOINER


def _joins(text: str, at: int) -> bool:
    """Say whether the joiner at this place stands between two pictures."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before and after and _PICTURE.match(before) and _PICTURE.match(after))
