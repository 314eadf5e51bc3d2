"""Looks: when two names cannot be told apart by the eye, and which looks are taken.

The idea: every name has a *skeleton* (Unicode's UTS 39); names with the same skeleton look alike. Each character
is replaced by the one that stands for all that look like it, then case is folded, in this order: a small `i` is no
`l`, a capital one is. So the skeleton belongs to the name as it is written. A name takes its look in small
letters, too: in many scripts capitals look different, and people still take `ИВАН` and `Иван` for one.

Within ASCII, `I`, `1` and `|` are `l`, and `0` is `O`: many fonts draw them alike, and nobody loses a name by it
but who wanted another's. `rn` is no `m`, though UTS 39 has it so: where chats are read it is seldom drawn alike,
and people are called Arno and Amo. IRC servers that look at skeletons (Ergo) decide the same.

What must stay true: pure; of the names in use at the same time no two share a look.

Not here: accents, which can be seen; names that nobody has at the moment.
"""

import unicodedata
from functools import lru_cache

from coliseum.core.confusables import CONFUSABLES

_ASCII = {ord("I"): "l", ord("1"): "l", ord("|"): "l", ord("0"): "O"}
_ALL = CONFUSABLES | _ASCII


@lru_cache(maxsize=1024)
def skeleton(name: str) -> str:
    """Return what is the same for all names that look like `name`; it means nothing else and is never shown."""
    if name.isascii():
        return name.translate(_ASCII).lower()
    return unicodedata.normalize("NFD", name).translate(_ALL).casefold()


def looks(name: str) -> set[str]:
    """Return the looks that a name takes: its own, and that of its small letters."""
    return {skeleton(name), skeleton(name.casefold())}


class Looks:
    """The looks of the names in use."""

    def __init__(self, *names: str) -> None:
        self._names: dict[str, str] = {}
        for name in names:
            self.add(name)

    def like(self, name: str, *, but: str = "") -> str:
        """Return the name in use that `name` looks like, unless that is `but`; empty: there is none."""
        others = (self._names.get(look, "") for look in looks(name))
        return next((other for other in others if other and other != but), "")

    def add(self, name: str) -> None:
        """Take in a name that looks like none in use."""
        for look in looks(name):
            self._names[look] = name

    def remove(self, name: str) -> None:
        """Forget a name that is no longer in use. Raises KeyError when it was not."""
        for look in looks(name):
            del self._names[look]
