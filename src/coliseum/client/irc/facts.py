"""Facts that only an IRC server tells, in its own words: what core.vocabulary has no event for.

They are events and not displays alone, so that a bot hears of them too, and so that a command that met an
objection fails like one that met any other refusal.
"""

from dataclasses import dataclass

from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Remarked(Event):
    """The server said something to a person."""

    text: str


@dataclass(frozen=True, slots=True)
class Objected(Refusal):
    """The server said no, for a reason of its own."""

    text: str
