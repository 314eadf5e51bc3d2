"""The model: what the client does about everything that happens. No clock, no bytes, no terminal.

The idea: every method takes one thing that happened (a line came, the user typed, the connection broke) and
returns what is to be done about it, in order. The engines do it; the tests need neither server nor terminal.

::

    CONNECTING ─► ENTERING ◄─► LOCKED         ENTERING sends `/json`, waits to be let in, then takes the nick
        │             │ ▲                     and the room that are wished for
        │             ▼ └──── OFFLINE         from any state the end: OVER
        │           INSIDE ──────┘
        └───────► LEAVING ─► OVER

What must stay true:
* a line of the user is in exactly one place: waiting, unconfirmed, confirmed, or reported (`NotSent`,
  `Unconfirmed`); none is ever sent twice, none is lost without a word;
* nothing that the user types is said before we are in the room they asked for, and a password never is;
* what to do when a connection has ended is decided in `lost` alone; `Ended` only says why it will be.

Longer than our other files, because every decision about a connection's life is here and nowhere else.
Not here: times (session.py), words (words.py), what an event changes of what we know (status.py), what became of
a line (ledger.py), whatever is to be done (outputs.py).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from coliseum.client.displays import (
    Dismissed,
    Display,
    Failed,
    Happened,
    Lost,
    NotSent,
    OwnSaid,
    Restored,
    Silent,
    Unconfirmed,
    Unreadable,
)
from coliseum.client.ledger import Ledger
from coliseum.client.outputs import Changed, Confirmed, Disconnect, End, Output, Retry, Send, Show
from coliseum.client.status import State, Status, follow
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.names import fold, room_name
from coliseum.core.refusals import Refusal
from coliseum.core.requests import Password, Quit, Request, Say
from coliseum.core.vocabulary import Event, Reason
from coliseum.dialects.plain import json_lines
from coliseum.dialects.plain.parser import SpeakJson, parse
from coliseum.errors import Refused, Unavailable

LINE_BYTES = 4096
"The longest line that a server takes (core.limits), without its end."
PREFACE_LINES = 20
"What is kept of a server's words from before it spoke JSON."

NEXT: Final = {
    State.CONNECTING: {State.ENTERING, State.OVER},
    State.ENTERING: {State.LOCKED, State.INSIDE, State.OFFLINE, State.LEAVING, State.OVER},
    State.LOCKED: {State.ENTERING, State.OFFLINE, State.LEAVING, State.OVER},
    State.INSIDE: {State.OFFLINE, State.LEAVING, State.OVER},
    State.OFFLINE: {State.ENTERING, State.OVER},
    State.LEAVING: {State.OVER},
    State.OVER: set[State](),
}
"Which state may follow which; anything else is a fault of this program."
_FINAL = {
    Reason.QUIT: 0,
    Reason.ROOM_FULL: Unavailable.exit_code,
    Reason.SERVER_FULL: Unavailable.exit_code,
    Reason.PASSWORD_FAILED: Unavailable.exit_code,
    Reason.PASSWORD_TIMEOUT: Unavailable.exit_code,
    Reason.NOT_TLS: Unavailable.exit_code,
    Reason.NOT_PLAIN: Unavailable.exit_code,
    Reason.HTTP: Unavailable.exit_code,
}
"Reasons after which no other connection is tried, and the exit code; all others are breaks."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants of the connection."""

    nick: str | None = None
    room: str | None = None
    "None: where the server puts us."
    password: str | None = field(default=None, repr=False)
    may_ask: bool = True
    "Somebody is there who can be asked for a password."
    reconnect: bool = True
    "Whether a broken connection is followed by another."


class ClientModel:
    """One user's client, over as many connections as it takes. One caller at a time."""

    def __init__(self, wishes: Wishes) -> None:
        self.status = Status()
        self._wishes = wishes
        self._nick, self._room, self._password = wishes.nick, wishes.room, wishes.password
        "What to ask for on the next connection."
        self._told = self.status
        "The status that was last given out."
        self._outputs: list[Output] = []
        self._waiting: list[str] = []
        "Typed before we were inside."
        self._been_inside = False
        self._end: End | None = None
        "Decided; what it says was shown already."
        self._last: End | None = None
        "To be given out, after everything else."
        self._begin()

    def _begin(self) -> None:
        """Begin with what belongs to one connection."""
        self._ledger = Ledger()
        self._preface: deque[str] = deque(maxlen=PREFACE_LINES)
        self._speaks_json = False
        self._welcomed = False
        self._entry_ends: int | None = None
        "INSIDE begins when so many lines are acknowledged; None: the entry's lines were not sent yet."
        self._refusal: Refusal | None = None
        self._reason: Reason | None = None

    # --- the connection ------------------------------------------------------------------------------------

    def connected(self) -> list[Output]:
        """Text can flow: the server has proven who it is."""
        if self.status.state is State.OVER:  # the user left meanwhile
            return []
        self._begin()
        self._become(State.ENTERING)
        self.status = replace(self.status, you=None)
        self._send("/json")
        return self._done()

    def received(self, line: str) -> list[Output]:
        """Take in one line of the server; whatever it holds. Nothing counts any more when it is over."""
        if self.status.state is State.OVER:
            return []
        if not line.startswith("{"):
            if not self._speaks_json:
                self._preface.append(line)
            return self._done()
        self._speaks_json = True
        try:
            event = json_lines.decode(line)
        except ValueError:
            self._show(Unreadable())
        else:
            if event is not None:
                self._hear(event)
        return self._done()

    def garbled(self) -> list[Output]:
        """Take in that something came which is not text."""
        if self.status.state is State.OVER:
            return []
        self._show(Unreadable())
        return self._done()

    @property
    def answered(self) -> bool:
        """The server has said something in our language on this connection."""
        return self._speaks_json

    def lost(self, failure: Failed | Silent | None = None) -> list[Output]:
        """Take in that the connection ended, or could not be made: decide whether that was all.

        Called once per connection or try. The lines whose fate is unknown are reported.
        """
        if self.status.state is State.OVER:
            return self._done()
        end = self._end or self._judge(failure)
        if self._reason is Reason.QUIT:
            self._confirm(self._ledger.sent)  # the goodbye answers all that was sent before it
        self._report_uncertain()
        if end is None:
            if self.status.state is not State.OFFLINE:
                self._show(failure if isinstance(failure, Silent) else Lost(self._reason))
            # What was not sent yet is not sent later: the conversation has gone on without us.
            self._report_waiting()
            if self.status.state is not State.OFFLINE:
                self._become(State.OFFLINE)
            self.status = replace(self.status, room="", members=(), capacity=0, topic="")
            self._outputs.append(Retry())
            self._begin()
            return self._done()
        if self._end is None and end.why is not None:
            self._show(end.why)
        self._finish(end)
        return self._done()

    def _judge(self, failure: Failed | Silent | None) -> End | None:
        """Return how it ends now that the connection is gone; None: another one is made."""
        if self.status.state is State.LEAVING:
            return End(1 if self._ledger.uncertain() else 0)
        if isinstance(failure, Failed) and failure.error.exit_code != Unavailable.exit_code:
            return End(
                failure.error.exit_code, failure
            )  # not verified, or set up wrongly: trying again is no remedy
        refused = [line for line in self._preface if line.startswith("! ")]
        if not self._been_inside or (refused and not self._speaks_json):
            return End(Unavailable.exit_code, failure or self._dismissal(refused))
        if not self._wishes.reconnect:
            return End(1, failure or Lost(self._reason))
        return None

    def _dismissal(self, refused: list[str]) -> Display:
        if self._reason is not None:
            return Happened(fact.Ended(self._reason))
        if self._speaks_json:
            return Lost(None)
        # A refusal says it best; else the last thing that was said before the door was shut.
        said = refused or list(self._preface)[-1:]
        return Dismissed(" ".join(line.removeprefix("! ").removeprefix("* ") for line in said))

    # --- the user ------------------------------------------------------------------------------------------

    def typed(self, text: str) -> list[Output]:
        """Take in what the user typed: a line, or several that were pasted; while LOCKED the password."""
        # What a terminal could not decode are lone surrogates; UTF-8 has no place for them.
        text = text.encode(errors="replace").decode()
        for line in text.splitlines():
            self._take(line)
        return self._done()

    def leave(self) -> list[Output]:
        """Say goodbye, as soon as the server can hear it; where there is no connection, that was all."""
        self._leave()
        return self._done()

    def aborted(self) -> list[Output]:
        """Take in that the connection was given up without waiting for anything."""
        if self.status.state is State.OVER:
            return self._done()
        lines_left = self._ledger.uncertain() or self._waiting
        self._report_uncertain()
        self._finish(self._end or End(1 if lines_left else 0))
        return self._done()

    def ping(self, token: str) -> list[Output]:
        """Ask the server for a sign of life, if it can hear us."""
        if self.status.state in {State.ENTERING, State.LOCKED, State.INSIDE, State.LEAVING}:
            self._send(f"/ping {token}")
        return self._done()

    def _take(self, line: str) -> None:
        match self.status.state:
            case State.LOCKED:
                self._give_password(line)
            case State.INSIDE:
                self._utter(line)
            case State.CONNECTING | State.ENTERING:
                if isinstance(_meaning(line), Quit):
                    self._leave()
                elif line.strip():
                    self._waiting.append(line)
            case State.OFFLINE if isinstance(_meaning(line), Quit):
                self._leave()
            case _:
                self._report_unsent([line])

    def _utter(self, line: str) -> None:
        """Send a line of the user, who is inside."""
        if not line.strip():
            return
        if len(line.encode()) > LINE_BYTES:
            self._show(Happened(no.LineTooLong(LINE_BYTES)))
            self._report(NotSent, [line])
            return
        match _meaning(line):
            case Quit():
                self._leave()
            case Password():
                self._send(line)
            case Say(text):
                self._send(line, own=True)
                self._show(OwnSaid(self.status.nick, text))
            case _:
                # Also what we do not understand ourselves: a newer server may.
                self._send(line, own=True)

    def _leave(self) -> None:
        match self.status.state:
            case State.ENTERING | State.LOCKED | State.INSIDE:
                self._send("/quit")
                self._become(State.LEAVING)
            case State.CONNECTING | State.OFFLINE:
                self._finish(End(0))

    # --- the server ----------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Deal with one event."""
        self.status = follow(self.status, event)
        match event:
            case fact.Heard(lines):
                self._confirm(lines)
                self._settle()
            case fact.Ponged(token) if token.startswith(PING_TOKEN):
                pass
            case fact.Ended(reason):
                self._on_ended(event, reason)
            case fact.PasswordWanted():
                self._on_locked()
            case fact.Welcomed():
                self._on_welcomed(event)
            case fact.Admitted():
                self._show(Happened(event))
                self._on_admitted()
            case Refusal():
                self._on_refusal(event)
            case _:
                self._on_fact(event)

    def _on_fact(self, event: Event) -> None:
        match event:
            case fact.Named(you) if self.status.state is not State.LEAVING:
                self._nick = you.nick
            case fact.Departed() if self.status.state is State.INSIDE:
                self._room = None
        self._show(Happened(event))

    def _on_welcomed(self, event: Event) -> None:
        if self.status.state is State.LOCKED:
            self._become(State.ENTERING)
        self._welcomed = True
        if not self._been_inside:
            self._show(Happened(event))

    def _on_admitted(self) -> None:
        if self.status.state is State.LOCKED:
            self._become(State.ENTERING)
        if self.status.state is State.ENTERING and self._entry_ends is None:
            self._ask_for_entry()
        elif self.status.state is State.INSIDE:
            self._room = self.status.room

    def _ask_for_entry(self) -> None:
        """The server has let us in: take the nick and the room that are wished for."""
        if self._nick and self._nick != self.status.nick:
            self._send(f"/nick {self._nick}")
        if self._room and fold(room_name(self._room)) != fold(self.status.room):
            self._send(f"/join {self._room}")
        self._entry_ends = self._ledger.sent
        self._settle()

    def _settle(self) -> None:
        """See whether the entry is complete: then what waited is said."""
        if self.status.state is not State.ENTERING:
            return
        if self._entry_ends is None:
            if self._welcomed:
                self._ask_for_entry()  # let in, but into no room
            return
        if self._ledger.heard < self._entry_ends or self._end is not None:
            return
        self._become(State.INSIDE)
        if self._been_inside:
            self._show(Restored())
        self._been_inside = True
        self._room = self.status.room or None
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            self._take(line)

    def _on_locked(self) -> None:
        """The server wants its password."""
        if self.status.state is not State.ENTERING:
            return
        self._become(State.LOCKED)
        if self._password is not None:
            self._give_password(self._password)
            return
        self._show(Happened(fact.PasswordWanted()))
        if not self._wishes.may_ask:
            self._give_up(Happened(fact.PasswordWanted()))

    def _give_password(self, password: str) -> None:
        if password.strip():
            self._password = password
            self._send(f"/pass {password}")

    def _on_refusal(self, event: Refusal) -> None:
        self._refusal = event
        state = self.status.state
        self._show(Happened(event))
        if isinstance(event, no.WrongPassword):
            self._password = None
            if not self._wishes.may_ask:
                self._give_up(Happened(event))
        elif (
            isinstance(event, no.RoomFull | no.RoomInvalid)
            and state is State.ENTERING
            and self._entry_ends is not None
            and not self._been_inside
        ):
            # There is no place where the user wanted to be: they did not ask to talk somewhere else.
            self._give_up(Happened(event))

    def _give_up(self, why: Display) -> None:
        """Go away and try no more: what is said in `why` was shown."""
        self._end = End(Unavailable.exit_code, why)
        self._send("/quit")
        self._outputs.append(Disconnect())

    def _on_ended(self, event: Event, reason: Reason) -> None:
        self._reason = reason
        if self._end is None and reason in _FINAL:
            why = Happened(self._refusal) if self._refusal and _FINAL[reason] else Happened(event)
            if why.event is event:
                self._show(why)
            self._end = End(_FINAL[reason], why if _FINAL[reason] else None)
        self._outputs.append(Disconnect())

    # --- lines ---------------------------------------------------------------------------------------------

    def _send(self, line: str, *, own: bool = False) -> None:
        line = " ".join(line.splitlines())  # a wish with a line's end in it must not become two commands
        self._ledger.add(line, own=own)
        self._outputs.append(Send(line))

    def _confirm(self, lines: int) -> None:
        """Take the first `lines` lines of this connection for dealt with."""
        if confirmed := self._ledger.confirm(lines):
            self._outputs.append(Confirmed(confirmed))

    def _report(self, kind: type[NotSent | Unconfirmed], lines: Iterable[str]) -> None:
        if reported := tuple(lines):
            self._show(kind(reported))

    def _report_uncertain(self) -> None:
        """Report what was sent on a connection that is gone: none of it will be confirmed any more."""
        self._report(Unconfirmed, self._ledger.uncertain())
        self._ledger = Ledger()

    def _report_unsent(self, lines: Iterable[str]) -> None:
        """Report what was never sent; blank lines nobody misses, and a password is not repeated."""
        self._report(
            NotSent, (line for line in lines if line.strip() and not isinstance(_meaning(line), Password))
        )

    def _report_waiting(self) -> None:
        self._report_unsent(self._waiting)
        self._waiting = []

    # --- states --------------------------------------------------------------------------------------------

    def _become(self, state: State) -> None:
        assert state in NEXT[self.status.state], f"{self.status.state} -> {state}"
        self.status = replace(self.status, state=state)

    def _finish(self, end: End) -> None:
        self._report_waiting()
        self._become(State.OVER)
        self._last = end

    def _show(self, display: Display) -> None:
        self._outputs.append(Show(display))

    def _done(self) -> list[Output]:
        """Return what is to be done, once; the end comes last."""
        unconfirmed = len(self._waiting) + len(self._ledger.uncertain())
        self.status = replace(self.status, unconfirmed=unconfirmed)
        outputs, self._outputs = self._outputs, []
        if self.status != self._told:
            self._told = self.status
            outputs.append(Changed(self.status))
        if self._last is not None:
            outputs.append(self._last)
            self._last = None
        return outputs


PING_TOKEN = "coliseum-join-"  # noqa: S105 - a name
"What our own pings begin with; their answers are not shown."


def _meaning(line: str) -> Request | SpeakJson | None:
    """Return what `line` asks for; None where nothing, or where only the server can say."""
    try:
        return parse(line)
    except Refused:
        return None
