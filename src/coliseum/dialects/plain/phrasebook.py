"""A phrasebook: which function says what, found by the type of the fact.

phrases.py puts the book together: what happens in rooms and to one user (there), the settings of a room
(setting_phrases.py), the refusals (refusal_phrases.py).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from coliseum.core.vocabulary import Event
from coliseum.dialects.reasons import Translate

Phrase: TypeAlias = Callable[[Translate, Any], str]


class Phrasebook(dict[type[Event], Phrase]):
    """One function per fact."""

    def says(self, *kinds: type[Event]) -> Callable[[Phrase], Phrase]:
        """Return the decorator that puts a function into the book for these facts."""

        def register(phrase: Phrase) -> Phrase:
            self.update(dict.fromkeys(kinds, phrase))
            return phrase

        return register


def occupancy(_: Translate, members: int, capacity: int) -> str:
    """Return "2 of 3", or just "2" where there is no limit."""
    return _("{members} of {capacity}").format(members=members, capacity=capacity) if capacity else str(members)


def as_typed(room: str) -> str:
    """Return how a room is written after /join: one `#` in front is taken away there, as IRC's."""
    return f"#{room}" if room.startswith("#") else room
