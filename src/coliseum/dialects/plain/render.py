"""Writing the plain dialect: events to bytes, once per event and language.

What people say stands as `nick: text` (phrases.py has the other forms); what the server says begins with `* `,
what it refuses with `! `. Nobody can imitate that: a nick cannot be `*` or `!`.

What must stay true: a renderer is shared by all sessions of its kind, so it depends on nothing but the event; the
lines for people hold nothing but what can be printed, and tabs. JSON lines hold everything as it was said.
"""

from collections.abc import Sequence

from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Delivered, Echoed, Event, Said, Told
from coliseum.dialects.plain import json_lines
from coliseum.dialects.plain.phrases import sentence
from coliseum.dialects.reasons import Translate


class TextRenderer:
    """For people: sentences in one language."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:  # noqa: ARG002 - people see no times
        """Return the lines of all events."""
        return b"".join([self._lines(event) for event in events])

    def _lines(self, event: Event) -> bytes:
        text = sentence(self._translate, event)
        if not text:
            return b""
        if not isinstance(event, Said | Told | Delivered | Echoed):
            mark = "! " if isinstance(event, Refusal) else "* "
            text = "\n".join(mark + line for line in text.split("\n"))
        return text.encode() + b"\n"


class JsonRenderer:
    """For programs: one JSON object per event."""

    def render(self, events: Sequence[Event], time: int = 0) -> bytes:  # noqa: ARG002 - messages have their own
        """Return the lines of all events."""
        return b"".join([json_lines.encode(event) for event in events])
