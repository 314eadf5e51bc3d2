"""The outputs: what the model wants done about what happened; values, to be done in the order in which they come.

The engines do some of it (Send, Disconnect), the session turns Retry into a delay, the rest goes to whoever
shows it: terminal, pipe or bot.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from coliseum.client.displays import Display, NotSent, Unconfirmed
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


class Outbox:
    """Collects outputs in their order; a change of the status is told once, after what led to it, the end last."""

    def __init__(self, status: Status) -> None:
        self._told = status
        self._outputs: list[Output] = []
        self._end: End | None = None

    def add(self, output: Output) -> None:
        """Have something done."""
        self._outputs.append(output)

    def show(self, display: Display) -> None:
        """Have something shown."""
        self._outputs.append(Show(display))

    def report(self, kind: type[NotSent | Unconfirmed], lines: Iterable[str]) -> None:
        """Have the fate of some lines shown, if there are any."""
        if reported := tuple(lines):
            self.show(kind(reported))

    def finish(self, end: End) -> None:
        """Have it end."""
        self._end = end

    def take(self, status: Status) -> list[Output]:
        """Return, once, everything that is to be done; `status` is what we know now."""
        outputs, self._outputs = self._outputs, []
        if status != self._told:
            self._told = status
            outputs.append(Changed(status))
        if self._end is not None:
            outputs.append(self._end)
            self._end = None
        return outputs
