"""Names of users and rooms: which are allowed, and when two are the same.

The idea: a name is shown as its owner writes it and compared by `fold`. Only names that cannot deceive are
allowed: one normal form (NFKC, so no full-width twins), no spaces, no control or invisible characters, and
letters of one script only (no Cyrillic letter inside a Latin word).

What must stay true: every comparison of names anywhere goes through `fold` (ASCII case folding, IRCv3
CASEMAPPING=ascii). Not here: whole words that look like another, in the same or another script (looks.py).
"""

import re
import unicodedata
from enum import StrEnum

NICK_LENGTH = 32
"Characters; long enough for any name, short enough for a column of a terminal."
ROOM_LENGTH = 50
"Characters, without IRC's `#`."
_MOST_BYTES = 2
"For each character that a name may have, so that what is said about names fits into a line of IRC."

_SIGNS = frozenset("-_[]{}\\|^`")
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLD = str.maketrans(_UPPER, _UPPER.lower())
_ECHO_LENGTH = 40


class Flaw(StrEnum):
    """What is wrong with a name."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    CHARACTERS = "characters"
    "A character that names may not have."
    FIRST = "first"
    "A first character that only later ones may be (a digit or a hyphen)."
    SCRIPTS = "scripts"
    "Letters of several scripts, which can be made to look like another name."


def fold(name: str) -> str:
    """Return the key under which `name` is known: equal keys are the same name."""
    return name.lower() if name.isascii() else name.translate(_FOLD)  # both the same; the first is faster


def nick_flaw(nick: str) -> Flaw | None:
    """Return what keeps `nick` from being a nick, or None."""
    if flaw := _flaw(nick, NICK_LENGTH):
        return flaw
    if not all(_is_letter_or_digit(c) or c in _SIGNS for c in nick):
        return Flaw.CHARACTERS
    if nick[0] == "-" or nick[0].isdigit():
        return Flaw.FIRST
    return Flaw.SCRIPTS if _mixes_scripts(nick) else None


def room_flaw(name: str) -> Flaw | None:
    """Return what keeps `name` (without IRC's leading `#`) from being a room's name, or None."""
    if flaw := _flaw(name, ROOM_LENGTH):
        return flaw
    if not all(_is_letter_or_digit(c) or ("!" <= c <= "~" and c != ",") for c in name):
        return Flaw.CHARACTERS
    return Flaw.SCRIPTS if _mixes_scripts(name) else None


def room_name(written: str) -> str:
    """Return the room's name from how a user wrote it: `#` in front is IRC's way to say "room"."""
    return written.removeprefix("#")


def printable(text: str) -> str:
    """Return a name nobody chose yet in a form that is safe to repeat: cut, without odd characters."""
    clean = re.sub(r"[^\w!-~]", "?", text)
    return clean if len(clean) <= _ECHO_LENGTH else clean[: _ECHO_LENGTH - 1] + "…"


def _flaw(name: str, limit: int) -> Flaw | None:
    if not name:
        return Flaw.EMPTY
    if len(name) > limit or len(name.encode()) > limit * _MOST_BYTES:
        return Flaw.TOO_LONG
    if not name.isascii() and unicodedata.normalize("NFKC", name) != name:
        return Flaw.CHARACTERS
    return None


def _is_letter_or_digit(c: str) -> bool:
    return unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lo", "Nd"}


def _mixes_scripts(name: str) -> bool:
    if name.isascii():
        return False
    # The first word of a letter's Unicode name is its script: LATIN SMALL LETTER A, CYRILLIC …, CJK ….
    # Japanese is written in three scripts at once: they count as one here.
    scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
    japanese = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
    return len(scripts - japanese) + bool(scripts & japanese) > 1
