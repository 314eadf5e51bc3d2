"""Replies: what one client alone is told, as events of this dialect.

The idea: a handler posts `Reply` events, in the words of IRC; everything else that a client sees are the world's
own events. `Labelled` is what the response collector makes of all that one labelled command brought.

Not here: how they are written (render.py).
"""

from coliseum.core.facts import fact
from coliseum.core.vocabulary import Event


@fact
class Reply(Event):
    """One line for one client."""

    command: str
    "A numeric or a word."
    params: tuple[str, ...] = ()
    "For a numeric the first is the client's nick."
    text: str | None = None
    "The last parameter, always written with a colon; None: there is none."
    source: str = ""
    "Empty: the server."


@fact
class Written(Event):
    """Lines that were written already: by the capabilities that counted when what they say happened."""

    lines: tuple[str, ...]
    "Without CR LF."


@fact
class Labelled(Event):
    """The answer to one labelled command, whatever that was (IRCv3 Labeled Responses)."""

    label: str
    batch: str
    "The reference of the batch, should one be needed."
    events: tuple[Event, ...]
