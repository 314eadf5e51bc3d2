"""The words of the client: every display as a sentence in the user's language.

What the server tells is said with the server's own phrases (dialects.plain.phrases), in *our* language.

What must stay true: pure; one function per display, found by its type. Not clean yet: view.py does that.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from coliseum.client import displays as shown
from coliseum.client.displays import Display
from coliseum.core.vocabulary import Echoed
from coliseum.dialects.plain.phrases import Translate, reason_text, sentence

Phrase: TypeAlias = Callable[[Translate, Any], str]

_PHRASES: dict[type, Phrase] = {}


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
    text = sentence(_, d.event)
    return _("Server reply: {text}").format(text=text) if isinstance(d.event, Echoed) else text


@_says(shown.OwnSaid)
def _own_said(_: Translate, d: shown.OwnSaid) -> str:
    return f"{d.nick or _('you')}: {d.text}"


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
    return _("the connection broke: {reason}").format(reason=reason_text(_, d.reason))


@_says(shown.Retrying)
def _retrying(_: Translate, d: shown.Retrying) -> str:
    return _("Trying again in {seconds} s.").format(seconds=max(1, round(d.seconds)))


@_says(shown.Restored)
def _restored(_: Translate, __: shown.Restored) -> str:
    return _("Connected again.")


@_says(shown.NotSent)
def _not_sent(_: Translate, d: shown.NotSent) -> str:
    return "\n".join(_("not sent: {line}").format(line=line) for line in d.lines)


@_says(shown.Unconfirmed)
def _unconfirmed(_: Translate, d: shown.Unconfirmed) -> str:
    return "\n".join(_("perhaps not delivered: {line}").format(line=line) for line in d.lines)


@_says(shown.Unreadable)
def _unreadable(_: Translate, __: shown.Unreadable) -> str:
    return _("the server sent something that cannot be read")
