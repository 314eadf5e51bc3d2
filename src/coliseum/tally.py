"""The tally: how often what was noted, since the server began.

The idea: everything that an operator would like to have counted is reported for the log already (who came, who was
refused and why, how sessions ended). So the tally stands between the world and the log and counts what passes.

What must stay true: nothing is counted that is not noted, under the names that the log has; what people said is
neither. A fact that is noted without the world held (a failure to accept) may be missed when two come at once.
Not here: how many there are *now* (assembly.py asks the world).
"""

from collections import Counter

from coliseum.core.world import Note

_BY = {
    "session.opened": "listener",
    "session.closed": "reason",
    "turned-away": "reason",
    "refused": "code",
    "fault": "error",
    "accept.failed": "listener",
}
"Events that are counted by one of their fields; all others are counted as they are."


class Tally:
    """A `Note` that counts and passes on."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._counts: Counter[tuple[str, str]] = Counter()

    def __call__(self, event: str, /, **fields: object) -> None:
        """Count a fact, and report it."""
        by = _BY.get(event)
        self._counts[event, str(fields.get(by, "")) if by else ""] += 1
        self._note(event, **fields)

    def counts(self) -> dict[str, dict[str, int] | int]:
        """Return how often each event was noted, by its field if it is counted by one."""
        found: dict[str, dict[str, int] | int] = {}
        for (event, label), count in sorted(self._counts.items()):
            if event not in _BY:
                found[event] = count
            else:
                inner = found.setdefault(event, {})
                assert isinstance(inner, dict)
                inner[label] = count
        return found
