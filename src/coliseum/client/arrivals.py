"""The arrivals: what a link gives its session.

Lines of the plain dialect come as text, and so does what a server says that speaks another language; a link that
translates gives events.
"""

from dataclasses import dataclass
from typing import TypeAlias

from coliseum.core.inbound import Item, Ready
from coliseum.core.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Introduce(Ready):
    """Text can flow, and the server wants to know who we are before it says anything itself."""


Arrival: TypeAlias = Item | Event
