"""What a link tells its session: lines, and what happened to the bytes on the way.

An *item* is a line (`str`, without its end) or one of the facts below. The wire makes them, the session deals
with them in order; this file is where the two meet.
"""

from dataclasses import dataclass
from typing import TypeAlias

from coliseum.core.kinds import Reason
from coliseum.core.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Ready:
    """The layers below are up: text can flow in both directions."""

    security: str = ""
    'What protects the link, for example "TLSv1.3"; empty for nothing.'


@dataclass(frozen=True, slots=True)
class Garbled:
    """A line was dropped because it could not be read; the sender is told why."""

    why: Refusal
    text: str = ""
    "As much of the line as could be read; never logged."


@dataclass(frozen=True, slots=True)
class Begun:
    """What came ends in the middle of a line; the session gives it some time to come to its end."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The peer sent what cannot be recovered from; the link is at its end."""

    reason: Reason
    detail: str = ""
    "For the log: never what the peer wrote."


@dataclass(frozen=True, slots=True)
class Closed:
    """The peer will send no more."""


Item: TypeAlias = str | Ready | Garbled | Begun | Broken | Closed
