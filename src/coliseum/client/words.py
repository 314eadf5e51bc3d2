"""The words of the client: every display as a sentence in the user's language.

What the server tells is said with the server's own phrases (dialects.plain.phrases), in *our* language.

What must stay true: pure; one function per display, found by its type. Not clean yet: view.py does that.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from coliseum.client import displays as shown
from coliseum.client.displays import Display
from coliseum.client.irc.facts import Objected, Remarked
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Reason
from coliseum.core.vocabulary import Event
from coliseum.dialects.plain.phrases import occupancy, sentence
from coliseum.dialects.reasons import Translate, reason_text

Phrase: TypeAlias = Callable[[Translate, Any], str]

_PHRASES: dict[type, Phrase] = {}

MOST_NAMES = 40
"Names that are listed when one enters a room; some rooms on IRC have thousands."


def words(translate: Translate, display: Display) -> str:
    """Return what a person reads about `display`, possibly several lines; empty for nothing."""
    return _PHRASES[type(display)](translate, display)


def _says(kind: type) -> Callable[[Phrase], Phrase]:
    def register(phrase: Phrase) -> Phrase:
        _PHRASES[kind] = phrase
        return phrase

    return register


@_says(shown.Happened)
def _happened(_: Translate, d: shown.Happened) -> str:
    return _ours(_, d.event) or sentence(_, d.event)


def _ours(_: Translate, event: Event) -> str:
    """Return what we say otherwise than the server's own phrases do; empty where those will do."""
    match event:
        case fact.Echoed():
            return _("Server reply: {text}").format(text=sentence(_, event))
        case Remarked(text) | Objected(text):
            return _("the server said: {text}").format(text=text)
        case fact.Welcomed() if not event.you.id:
            return _welcomed(_, event)
        case fact.Admitted(room) if len(room.members) > MOST_NAMES:
            return _crowded(_, room)
        case fact.Gone(source, Reason.OTHER, message) if message:
            return _("{nick} is gone ({reason}).").format(nick=source.nick, reason=message)
        case fact.Ended(Reason.OTHER, message) if message:
            return _("The connection ends: {reason}.").format(reason=message)
        case fact.Ended(Reason.QUIT):
            return _("Goodbye.")
        case no.WrongPassword(left=0):
            return _("wrong password")
        case no.RoomFull(room, capacity=0):
            return _("{room} is full").format(room=room)
    return ""


def _why(_: Translate, reason: Reason, message: str) -> str:
    """Return why a connection ended, with the words that were said about it."""
    if not message:
        return reason_text(_, reason)
    return message if reason is Reason.OTHER else f"{reason_text(_, reason)}: {message}"


def _welcomed(_: Translate, e: fact.Welcomed) -> str:
    """Return the greeting of a server where one has no id, but a nick alone."""
    lines = [
        _("Welcome to {server}. You are {nick}.").format(server=e.server, nick=e.you.nick),
        *e.motd.splitlines(),
        _("What you type is said to the others in your room; /help lists the commands."),
    ]
    return "\n".join(lines)


def _crowded(_: Translate, room: fact.RoomView) -> str:
    """Return that we are in a room of whose members not all can be named."""
    line = _("You are in {room} ({occupancy}): {members}").format(
        room=room.name,
        occupancy=occupancy(_, len(room.members), room.capacity),
        members=", ".join([*room.members[:MOST_NAMES], "…"]),
    )
    return line + "\n" + _("Topic: {topic}").format(topic=room.topic) if room.topic else line


@_says(shown.OwnSaid)
def _own_said(_: Translate, d: shown.OwnSaid) -> str:
    nick = d.nick or _("you")
    return f"~ {nick} {d.text} ~" if d.action else f"{nick}: {d.text}"


@_says(shown.Failed)
def _failed(_: Translate, d: shown.Failed) -> str:
    return d.error.translated(_)


@_says(shown.Silent)
def _silent(_: Translate, d: shown.Silent) -> str:
    return _("nothing came from the server for {seconds} seconds").format(seconds=d.seconds)


@_says(shown.Dismissed)
def _dismissed(_: Translate, d: shown.Dismissed) -> str:
    if not d.text:
        return _("the server closed the connection without a word; is it a Coliseum server?")
    return _("the server said: {text}").format(text=d.text)


@_says(shown.Lost)
def _lost(_: Translate, d: shown.Lost) -> str:
    if d.reason is None:
        return _("the connection broke")
    return _("the connection broke: {reason}").format(reason=_why(_, d.reason, d.message))


@_says(shown.Retrying)
def _retrying(_: Translate, d: shown.Retrying) -> str:
    return _("Trying again in {seconds} s.").format(seconds=max(1, round(d.seconds)))


@_says(shown.Restored)
def _restored(_: Translate, __: shown.Restored) -> str:
    return _("Connected again.")


@_says(shown.Roomless)
def _roomless(_: Translate, __: shown.Roomless) -> str:
    return _("You are in no room; /join ROOM takes you into one.")


@_says(shown.NotSent)
def _not_sent(_: Translate, d: shown.NotSent) -> str:
    return "\n".join(_("not sent: {line}").format(line=line) for line in d.lines)


@_says(shown.Unconfirmed)
def _unconfirmed(_: Translate, d: shown.Unconfirmed) -> str:
    return "\n".join(_("perhaps not delivered: {line}").format(line=line) for line in d.lines)


@_says(shown.Unreadable)
def _unreadable(_: Translate, __: shown.Unreadable) -> str:
    return _("the server sent something that cannot be read")
