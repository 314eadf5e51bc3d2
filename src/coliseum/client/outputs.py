"""The outputs: what the model wants done about what happened; values, to be done in the order in which they come.

The engines do some of it (Send, Disconnect), the session turns Retry into a delay, the rest goes to whoever
shows it: terminal, pipe or bot.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from coliseum.client.displays import Display
from coliseum.client.status import Status


@dataclass(frozen=True, slots=True)
class Show:
    """Show this to the user."""

    display: Display


@dataclass(frozen=True, slots=True)
class Send:
    """Send this line to the server."""

    line: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The server has dealt with these lines of the user."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What we know is different now."""

    status: Status


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close this connection, after what was sent; `lost` has to follow."""

    abrupt: bool = False
    "At once: the peer does not answer any more."


@dataclass(frozen=True, slots=True)
class Retry:
    """Make another connection, after a while."""


@dataclass(frozen=True, slots=True)
class End:
    """It is over: no other output follows."""

    code: int
    "The exit code."
    why: Display | None = None
    "None after a goodbye."


Output: TypeAlias = Show | Send | Confirmed | Changed | Disconnect | Retry | End
