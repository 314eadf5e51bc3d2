"""Masks: who is meant by `*!*@198.51.100.*`.

A mask is matched against nick!username@host, in one case folding like all names; `*` stands for any characters,
`?` for one, nothing else is special. A mask that begins with `~m:` only silences whom it matches: they may come
in.

What must stay true: pure; no mask takes long to match, however it was written.

Source: modern.ircdocs.horse "Masks"; the form of `~m:` is that of EXTBAN (IRCv3 extbans, defs.ircdocs.horse).
"""

import re
from dataclasses import dataclass, field

from coliseum.core.names import fold
from coliseum.core.vocabulary import Identity

MASK_BYTES = 120
"Of a complete mask, so that any answer with one in it fits into a line of IRC."
SILENCING = "~m:"


@dataclass(frozen=True, slots=True)
class Mask:
    """Some users."""

    text: str
    "As it is shown: complete, as it was written otherwise."
    silences: bool
    "It keeps whom it matches from speaking, not from coming in."
    pattern: re.Pattern[str] = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        """Equal keys are the same mask."""
        return fold(self.text)

    def matches(self, identity: Identity) -> bool:
        """Say whether `identity` is meant."""
        return self.pattern.fullmatch(fold(identity.full_name)) is not None


def parse(text: str) -> Mask | None:
    """Return the mask that `text` means; None when it is none.

    What is missing is anything: `ana` is `ana!*@*`, `*@host` is `*!*@host`.
    """
    silences = text.startswith(SILENCING)
    bare = text.removeprefix(SILENCING) if silences else text
    if not bare or bare.startswith(("~", ":")) or not bare.isprintable() or " " in bare:
        return None
    left, at, host = bare.rpartition("@")
    if not at:
        left, host = bare, "*"
    nick, mark, username = left.partition("!")
    if not mark:
        nick, username = ("*", left) if at else (left, "*")
    complete = re.sub(r"\*+", "*", f"{nick or '*'}!{username or '*'}@{host or '*'}")
    shown = (SILENCING if silences else "") + complete
    return Mask(shown, silences, glob(complete)) if len(shown.encode()) <= MASK_BYTES else None


def glob(text: str) -> re.Pattern[str]:
    """Return the pattern (for `fullmatch`, on folded text) of a text with `*` and `?`.

    Each part between two stars is looked for once, from left to right, and never again (an atomic group): so
    nobody can write a mask that takes long to compare.
    """
    first, *others = re.sub(r"\*+", "*", fold(text)).split("*")
    if not others:
        return re.compile(_literal(first), re.DOTALL)
    *middle, last = others
    body = "".join(f"(?>.*?{_literal(part)})" for part in middle)
    return re.compile(f"{_literal(first)}{body}.*{_literal(last)}", re.DOTALL)


def _literal(part: str) -> str:
    return "".join("." if c == "?" else re.escape(c) for c in part)
