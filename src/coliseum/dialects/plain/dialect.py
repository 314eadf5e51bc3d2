"""One session of the plain dialect: its way in, its reading, its voice.

What must stay true: this file holds no rule of rooms (core.commands does); a program that asked for JSON hears
after every batch how many of its lines were dealt with, so it knows what arrived when the connection breaks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from coliseum.core.commands.answering import Answering, Proof
from coliseum.core.commands.entry import Entry
from coliseum.core.effects import Script
from coliseum.core.kinds import Reason
from coliseum.core.refusals import Refusal
from coliseum.core.requests import Request, Say
from coliseum.core.session import Session
from coliseum.core.vocabulary import Heard
from coliseum.dialects.plain.parser import SpeakJson, parse
from coliseum.dialects.plain.render import JsonRenderer, TextRenderer
from coliseum.dialects.reasons import Translate
from coliseum.errors import Refused

_HTTP = re.compile(r"[A-Z]{3,10} \S+ HTTP/\d")


@dataclass(frozen=True)
class Voice:
    """The two renderers of one server, made once."""

    text: TextRenderer
    json: JsonRenderer

    @classmethod
    def speaking(cls, translate: Translate) -> "Voice":
        """Return the voice of a server whose language `translate` turns English into."""
        return cls(TextRenderer(translate), JsonRenderer())


class PlainDialect:
    """Reads one session's lines."""

    def __init__(self, session: Session, voice: Voice, *, lobby: bool = True) -> None:
        session.renderer = voice.text
        self._voice = voice
        self._session = session
        self._entry = Entry(session, lobby=lobby)
        self._lines = 0
        self._acknowledged = 0

    def greet(self) -> None:
        """Let the session in, or ask for the password."""
        self._entry.begin()

    def hear(self, line: str) -> Script | None:
        """Deal with one line. Raises Refused."""
        self._lines += 1
        if self._lines == 1 and _HTTP.match(line):
            self._session.close(Reason.HTTP)
            return None
        request = parse(line)
        if request is None:
            return None
        if isinstance(request, SpeakJson):
            self._session.renderer = self._voice.json
            self._entry.introduce()
            return None
        return self._perform(request)

    def _perform(self, request: Request) -> Script | None:
        return self._entry.perform(request)

    def garbled(self, why: Refusal, text: str) -> None:  # noqa: ARG002 - what the line was does not matter here
        """Say why a line could not be read; it counts as dealt with. Raises Refused."""
        self._lines += 1
        raise Refused(why)

    def settled(self) -> None:
        """Acknowledge, if a program wants to know."""
        if self._session.renderer is self._voice.json and self._lines != self._acknowledged:
            self._acknowledged = self._lines
            self._session.post(Heard(self._lines))


class DatagramDialect(PlainDialect):
    """The plain dialect for a session of datagrams: messages are answered until one goes into a room."""

    def __init__(
        self, session: Session, voice: Voice, proof: Proof | None, show: Callable[[Session, str], None] | None
    ) -> None:
        """`proof` None: the address has proved itself. `show` gets every message, for the console."""
        super().__init__(session, voice, lobby=False)
        self._answering = Answering(session, self._entry, proof)
        self._show = show

    def greet(self) -> None:
        """Let in whose address is known; say nothing to others: their message is on its way."""
        self._answering.begin()

    def _perform(self, request: Request) -> Script | None:
        if self._show is not None and isinstance(request, Say) and not self._entry.locked:
            self._show(self._session, request.text)
        return self._answering.perform(request)
