"""JSON lines: the plain dialect's events for programs, in both directions.

A program sends `/json` as its first line; from then on every event is one JSON object on one line:
`{"event": "said", "source": {"id": ..., "nick": ..., ...}, "room": ..., "text": ..., ...}`. A refusal is
`{"event": "refused", "code": "room-full", ...}`. The fields are those of the classes in `core.vocabulary` and
`core.refusals`: one declaration serves the server, our own client and the reference page.

What must stay true: `decode(encode(event)) == event`; what an older client does not know of a newer server does no
harm: unknown fields are ignored; an unknown event gives None, and so does one with an unknown word (a new kind of
message, a new setting), because what it says can't be told without that word. An unknown reason is "other".
"""

import re
from typing import Any

import msgspec

from coliseum.core import refusals, vocabulary
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Event

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _subclasses(module: object, base: type[Event]) -> list[type[Event]]:
    found = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, base)]
    return [c for c in found if c not in {Event, Refusal}]


EVENTS: dict[str, type[Event]] = {_kebab(c.__name__): c for c in _subclasses(vocabulary, Event)}
REFUSALS: dict[str, type[Event]] = {c.code: c for c in _subclasses(refusals, Refusal)}  # type: ignore[attr-defined]
_UNKNOWN_WORD = "Invalid enum value"
"How msgspec begins to complain of a text that is none of an enum's values."
_NAMES = {kind: name for name, kind in EVENTS.items()}


def encode(event: Event) -> bytes:
    """Return `event` as one line of JSON, with its line's end."""
    kind = (
        {"event": "refused", "code": event.code} if isinstance(event, Refusal) else {"event": _NAMES[type(event)]}
    )
    return _encode(kind | msgspec.to_builtins(event)) + b"\n"


def decode(line: str) -> Event | None:
    """Return the event that `line` tells of, or None when it has a kind or a word that we do not know.

    Raises ValueError when the line is not an event in JSON.
    """
    try:
        fields = _decode(line)
        table, name = (REFUSALS, fields["code"]) if fields["event"] == "refused" else (EVENTS, fields["event"])
        kind = table.get(name)
        return None if kind is None else msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        if str(error).startswith(_UNKNOWN_WORD):
            return None
        raise ValueError("not an event in JSON") from error
    except (msgspec.MsgspecError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not an event in JSON") from error
