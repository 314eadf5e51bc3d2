"""The tongue: one connection's translator between lines of the plain dialect and IRC, put together.

::

    say ──► introduction (/pass, /nick, /json) ─► Registration
        └─► Flight ─► speaking ─► messages
    hear ─► answers to pings, labels, batches ─► Registration, Replies, Hearing ─► events
                                                                      and after each: Heard, if more lines are done

The idea: it is to the client what the plain dialect's server is: after `/json` come `Welcomed`, then for every
line its events and at last `Heard` with the number of lines that are dealt with. Before the server has let us
in, the lines of the introduction say as whom.

What must stay true: pure; whatever `hear` and `say` are given, they raise nothing; what comes out of
`take_lines` is one command per line; nothing is said after the goodbye but answers to the server's pings.

Sources: IRCv3 "Labeled Responses" and "Batch".
"""

import re

from coliseum.client.irc.flight import Flight, Utterance
from coliseum.client.irc.hearing import Hearing
from coliseum.client.irc.objections import is_objection
from coliseum.client.irc.registration import Registration
from coliseum.client.irc.replies import Replies
from coliseum.client.irc.speaking import Speech, Wish, speak
from coliseum.client.irc.state import State
from coliseum.core.requests import Join, Password, Ping, Quit, Rename, Tell
from coliseum.core.vocabulary import Delivered, Event, Heard, Ponged
from coliseum.dialects.irc.message import Message, parse
from coliseum.dialects.plain.cleaning import clean
from coliseum.dialects.plain.parser import SpeakJson
from coliseum.dialects.plain.parser import parse as parse_line
from coliseum.errors import Refused

WELCOME_TOKEN = "coliseum-welcome"  # noqa: S105 - a name
"The ping that ends the greeting of a server which has no message of the day and does not say so."
MOST_BATCHES = 100
"Batches that may be open; further ones are taken for single messages."

_COMMAND = re.compile(r"[A-Za-z]+|[0-9]{3}", re.ASCII)
_LINE_ENDS = re.compile(r"[\r\n\0]")
_HISTORY = {"chathistory", "znc.in/playback"}


class Tongue:
    """Speaks IRC for one connection."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._items: list[str | Event] = []
        self._spoken_to = False
        "The server has said something in IRC."
        self._batches: dict[str, tuple[str, str]] = {}
        "Open batches by their references: type and label."
        flight = Flight(self._send, self._speak, self._landed)
        self._state = State(self._send, self._items.append, flight)
        self._registration = Registration(self._send, self._items.append)
        self._hearing = Hearing(self._state)
        self._replies = Replies(self._state)

    # --- the session ---------------------------------------------------------------------------------------

    def say(self, line: str) -> None:
        """Take in a line of the plain dialect."""
        flight = self._state.flight
        wish: Wish | None
        try:
            wish = parse_line(line)
        except Refused as refused:
            # In its turn: what was typed before it is answered before it.
            wish = refused.why
        if flight.closing:
            return
        if isinstance(wish, Password | Rename | SpeakJson) and not self._state.registered:
            self._introduce(wish)
            flight.take(None)
        elif isinstance(wish, Ping) or (isinstance(wish, Quit) and flight.idle):
            flight.take(None)  # at once, whatever waits
            for message in self._speak(wish).messages:
                self._send(message)
            if isinstance(wish, Ping):
                flight.pinged(wish.token)
        else:
            flight.take(wish)
        self._go_on()

    def hear(self, line: str) -> None:
        """Take in a line of the server, without its end."""
        try:
            message = parse(line)
        except ValueError:
            return
        if not _COMMAND.fullmatch(message.command):
            if not self._spoken_to:
                self._items.append(line)  # no IRC: perhaps it says to a person what this is
            return
        if not self._spoken_to:
            self._spoken_to = True
            self._items.append(Heard(0))
        self._hear(message)
        self._go_on()

    def take_lines(self) -> list[str]:
        """Return, once, what is to be sent to the server, without line ends."""
        lines, self._lines = self._lines, []
        return lines

    def take_items(self) -> list[str | Event]:
        """Return, once, what the session is to hear: events, and sentences of a server that speaks no IRC."""
        items = self._items[:]
        self._items.clear()
        return items

    @property
    def has_items(self) -> bool:
        """`take_items` has something."""
        return bool(self._items)

    # --- the user's lines ----------------------------------------------------------------------------------

    def _introduce(self, wish: Password | Rename | SpeakJson) -> None:
        match wish:
            case Password(text):
                self._registration.password = text
            case Rename(nick):
                self._registration.nick = nick
            case SpeakJson():
                self._registration.begin()

    def _speak(self, wish: Wish) -> Speech:
        """Return what a line asks to be sent, now that it is its turn; tell what needs no server."""
        try:
            speech = speak(wish, self._state.situation)
        except Refused as refused:
            self._items.append(refused.why)
            return Speech()
        self._items.extend(speech.events)
        if isinstance(wish, Quit):
            self._state.flight.say_goodbye()
        return speech

    def _landed(self, line: Utterance) -> None:
        """Tell what a line has done, now that it is dealt with and the server did not say no."""
        state = self._state
        room = state.room
        match line.wish:
            case Join() if room is not None:
                state.admit(room)  # also where a server leaves something out
            case Tell(nick, text) if not line.refused:
                self._items.append(Delivered(nick, text))

    def _go_on(self) -> None:
        flight = self._state.flight
        flight.cleared = self._state.welcomed
        flight.labels = self._state.features.labels
        done = flight.go_on()
        if done is not None:
            self._items.append(Heard(done))

    def _send(self, message: Message) -> None:
        self._lines.append(_LINE_ENDS.sub(" ", message.line))

    # --- the server's lines --------------------------------------------------------------------------------

    def _hear(self, message: Message) -> None:
        label, kind = self._belongs_to(message)
        match message.command.upper(), message.params:
            case "PING", params:
                self._send(Message("PONG", params[:1]))
            case "PONG", params:
                self._hear_pong(params[-1] if params else "")
            case "BATCH", (reference, *rest):
                self._hear_batch(reference, rest, message)
                return
            case _:
                self._hear_fact(message, label, past=kind in _HISTORY)
        if own := message.tags.get("label"):
            self._state.flight.answer(own)

    def _hear_fact(self, message: Message, label: str, *, past: bool) -> None:
        state = self._state
        state.features = self._registration.hear(message, state.features)
        if message.command == "001" and not state.registered:
            self._send(Message("PING", (WELCOME_TOKEN,)))
        if self._registration.minds(message):
            return
        if is_objection(message):
            self._replies.refuse(message, label)
        elif message.command.isdigit():
            self._replies.hear(message)
        else:
            self._hearing.hear(message, label, past=past)

    def _hear_pong(self, token: str) -> None:
        if token == WELCOME_TOKEN:
            self._replies.welcome()
        elif not self._state.flight.pong(token):
            self._items.append(Ponged(clean(token)))

    def _hear_batch(self, reference: str, rest: list[str], message: Message) -> None:
        if reference.startswith("+") and len(self._batches) < MOST_BATCHES:
            outer_kind, outer_label = self._batches.get(message.tags.get("batch", ""), ("", ""))
            kind = outer_kind if outer_kind in _HISTORY else "".join(rest[:1])
            self._batches[reference[1:]] = (kind, message.tags.get("label") or outer_label)
        elif reference.startswith("-"):
            _, label = self._batches.pop(reference[1:], ("", ""))
            self._state.flight.answer(label)

    def _belongs_to(self, message: Message) -> tuple[str, str]:
        """Return the label of the line that `message` answers, and the type of the batch that it is in."""
        kind, label = self._batches.get(message.tags.get("batch", ""), ("", ""))
        return message.tags.get("label") or label, kind
