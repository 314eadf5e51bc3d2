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

Longer than other files because what may happen in which state is one decision.

Not here: times (session.py), words (words.py), what an event changes of what we know and which state may follow
which (status.py), what became of a line (ledger.py), why a connection ended (farewell.py).
"""

from collections.abc import Iterable
from dataclasses import replace

from coliseum.client.displays import (
    Display,
    Failed,
    Happened,
    NotSent,
    OwnSaid,
    Restored,
    Roomless,
    Silent,
    Unconfirmed,
    Unreadable,
)
from coliseum.client.farewell import NO_ENTRY, Farewell
from coliseum.client.ledger import Ledger
from coliseum.client.outputs import Confirmed, Disconnect, End, Outbox, Output, Retry, Send
from coliseum.client.status import NEXT, State, Status, follow
from coliseum.client.wishes import LINE_BYTES, Wishes, meaning, repeatable, way_into
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Reason
from coliseum.core.requests import Act, Join, Password, Quit, Say
from coliseum.core.vocabulary import Event
from coliseum.dialects.plain import json_lines
from coliseum.errors import Unavailable

PING_TOKEN = "coliseum-join-"  # noqa: S105 - a name
"What our own pings begin with; their answers are not shown."


class ClientModel:
    """One user's client, over as many connections as it takes. One caller at a time."""

    def __init__(self, wishes: Wishes) -> None:
        self.status = Status()
        self._wishes = wishes
        self._outbox = Outbox(self.status)
        self._waiting: list[str] = []
        "Typed before we were inside."
        self._joining = ""
        "What was typed after the last /join."
        self._been_inside = False
        self._end: End | None = None
        "Decided; what it says was shown already."
        self._begin()

    def _begin(self) -> None:
        """Begin with what belongs to one connection."""
        self._ledger = Ledger()
        self._farewell = Farewell()
        self._welcomed = False
        self._introduced = False
        "The server knew our wishes before it let us in."
        self._hung_up = False
        "It wants a password on the next connection, and there is none before we have one."
        self._entry_ends: int | None = None
        "INSIDE begins when so many lines are acknowledged; None: the entry's lines were not sent yet."

    # --- the connection ------------------------------------------------------------------------------------

    def connected(self, *, introduce: bool = False) -> list[Output]:
        """Text can flow: the server has proven who it is. `introduce`: it first wants to know who we are."""
        if self.status.state is State.OVER:  # the user left meanwhile
            return []
        self._begin()
        self._become(State.ENTERING)
        self.status = replace(self.status, you=None)
        self._introduced = introduce
        for line in (*(self._wishes.introduction() if introduce else ()), "/json"):
            self._send(line)
        return self._done()

    def received(self, item: str | Event) -> list[Output]:
        """Take in what the server says, a line or an event. Nothing counts any more when it is over."""
        if self.status.state is State.OVER:
            return []
        if isinstance(item, str) and not item.startswith("{"):
            self._farewell.add_sentence(item)
            return self._done()
        self._farewell.speaks_json = True
        try:
            event = json_lines.decode(item) if isinstance(item, str) else item
        except ValueError:
            self._outbox.show(Unreadable())
        else:
            if event is not None:
                self._hear(event)
        return self._done()

    def garbled(self) -> list[Output]:
        """Take in that something came which is not text."""
        if self.status.state is State.OVER:
            return []
        self._outbox.show(Unreadable())
        return self._done()

    @property
    def answered(self) -> bool:
        """The server has said something in our language on this connection."""
        return self._farewell.speaks_json

    def lost(self, failure: Failed | Silent | None = None) -> list[Output]:
        """Take in that the connection ended, or could not be made: decide whether that was all.

        Called once per connection or try. The lines whose fate is unknown are reported.
        """
        if self.status.state is State.OVER:
            return self._done()
        if self._waits_for_password():
            self._hung_up = True
            self._try_password()
            return self._done()
        end = self._end
        if self.status.state is State.LEAVING:
            end = end or End(1 if self._ledger.uncertain() else 0)
        end = end or self._farewell.verdict(failure, self._wishes, been_inside=self._been_inside)
        if self._farewell.reason is Reason.QUIT:
            self._confirm(self._ledger.sent)  # the goodbye answers all that was sent before it
        self._report_uncertain()
        if end is None:
            if self.status.state is not State.OFFLINE:
                self._become(State.OFFLINE)
                self._outbox.show(failure if isinstance(failure, Silent) else self._farewell.lost())
            # What was not sent yet is not sent later: the conversation has gone on without us.
            self._report_waiting()
            self.status = replace(self.status, room="", members=(), capacity=0, topic="")
            self._outbox.add(Retry())
            self._begin()
            return self._done()
        if self._end is None and end.why is not None:
            self._outbox.show(end.why)
        self._finish(end)
        return self._done()

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
        if self.status.state in {State.ENTERING, State.LOCKED, State.INSIDE, State.LEAVING} and not self._hung_up:
            self._send(f"/ping {token}")
        return self._done()

    def _take(self, line: str) -> None:
        match self.status.state:
            case State.LOCKED:
                self._give_password(line)
            case State.INSIDE:
                self._utter(line)
            case State.CONNECTING | State.ENTERING:
                if isinstance(meaning(line), Quit):
                    self._leave()
                elif line.strip():
                    self._waiting.append(line)
            case State.OFFLINE if isinstance(meaning(line), Quit):
                self._leave()
            case _:
                self._report_unsent([line])

    def _utter(self, line: str) -> None:
        """Send a line of the user, who is inside."""
        if not line.strip():
            return
        if len(line.encode()) > LINE_BYTES:
            self._outbox.show(Happened(no.LineTooLong(LINE_BYTES)))
            self._outbox.report(NotSent, [line])
            return
        match meaning(line):
            case Quit():
                self._leave()
            case Password():
                self._send(line)
            case Say(text) | Act(text) as said:
                self._send(line, own=True)
                self._outbox.show(OwnSaid(self.status.nick, text, isinstance(said, Act)))
            case Join(room, password):
                self._send(line, own=True)
                self._joining = f"{room} {password}".strip()
            case _:
                # Also what we do not understand ourselves: a newer server may.
                self._send(line, own=True)

    def _leave(self) -> None:
        match self.status.state:
            case State.ENTERING | State.LOCKED | State.INSIDE if not self._hung_up:
                self._send("/quit")
                self._become(State.LEAVING)
            case State.CONNECTING | State.OFFLINE | State.LOCKED:
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
            case fact.Ended():
                self._on_ended(event)
            case fact.PasswordWanted():
                self._on_locked()
            case fact.Welcomed() | fact.Admitted():
                self._on_let_in(event)
            case no.Refusal():
                self._on_refusal(event)
            case _:
                self._on_fact(event)

    def _on_fact(self, event: Event) -> None:
        match event:
            case fact.Named(you) if self.status.state is not State.LEAVING:
                self._wish(nick=you.nick)
            case fact.Departed() | fact.Kicked() if self.status.state is State.INSIDE and not self.status.room:
                self._wish(room=None)
        self._outbox.show(Happened(event))
        if isinstance(event, fact.Kicked) and not self.status.room:
            self._outbox.show(Roomless())

    def _on_let_in(self, event: Event) -> None:
        """The server has let us in; first into itself, then into a room."""
        if self.status.state is State.LOCKED:
            self._become(State.ENTERING)
        self._welcomed = True
        if isinstance(event, fact.Admitted) or not self._been_inside:
            self._outbox.show(Happened(event))
        if isinstance(event, fact.Admitted):
            if self.status.state is State.ENTERING and self._entry_ends is None:
                self._ask_for_entry()
            elif self.status.state is State.INSIDE:
                self._wish(room=way_into(self.status.room, self._joining))

    def _ask_for_entry(self) -> None:
        """The server has let us in: take the nick and the room that are wished for."""
        if self._wishes.nick and self._wishes.nick != self.status.nick and not self._introduced:
            self._send(f"/nick {self._wishes.nick}")
        if not self._wishes.are_met_in(self.status.room):
            self._send(f"/join {self._wishes.room}")
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
        if refusal := self._kept_out():
            self._give_up(Happened(refusal))
        else:
            self._come_inside()

    def _come_inside(self) -> None:
        self._become(State.INSIDE)
        if self._been_inside:
            self._outbox.show(Restored())
        self._been_inside = True
        if not self._wishes.are_met_in(self.status.room):
            self._report_waiting()  # it was not meant for those who are here
        if self._introduced and not self.status.room:
            self._outbox.show(Roomless())
        self._wish(room=way_into(self.status.room, self._wishes.room or ""))
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            self._take(line)

    def _kept_out(self) -> no.Refusal | None:
        """Return why it is no use to be inside: we are nowhere, or not where a program wished to talk."""
        here = self.status.room
        elsewhere = here and self._wishes.may_ask  # who sits there sees where they are
        return None if self._been_inside or elsewhere or self._wishes.are_met_in(here) else self._farewell.refusal

    def _on_locked(self) -> None:
        """The server wants its password."""
        if self.status.state is not State.ENTERING or self._end is not None:
            return
        self._become(State.LOCKED)
        if self._wishes.password is not None:
            self._give_password(self._wishes.password)
            return
        self._outbox.show(Happened(fact.PasswordWanted()))
        if not self._wishes.may_ask:
            self._give_up(Happened(fact.PasswordWanted()))

    def _give_password(self, password: str) -> None:
        if not password.strip():
            return
        self._wish(password=password)
        if self._hung_up:
            self._try_password()
        else:
            self._send(f"/pass {password}")

    def _waits_for_password(self) -> bool:
        """Say whether the server has hung up, as those do that want the password in the introduction."""
        locked = self.status.state is State.LOCKED and self._introduced
        return locked and self._wishes.may_ask and self._end is None

    def _try_password(self) -> None:
        """Make another connection, as soon as there is a password to introduce ourselves with."""
        if self._wishes.password is not None:
            self._become(State.OFFLINE)
            self._outbox.add(Retry())
            self._begin()

    def _on_refusal(self, event: no.Refusal) -> None:
        self._farewell.refusal = event
        self._outbox.show(Happened(event))
        if isinstance(event, no.WrongPassword):
            self._wish(password=None)
            if not self._wishes.may_ask:
                self._give_up(Happened(event))
        elif isinstance(event, NO_ENTRY) and not self._been_inside:
            # There is no place where the user wanted to be: they did not ask to talk somewhere else.
            self._give_up(Happened(event))

    def _give_up(self, why: Display) -> None:
        """Go away and try no more: what is said in `why` was shown."""
        self._end = End(Unavailable.exit_code, why)
        self._send("/quit")
        self._outbox.add(Disconnect())

    def _on_ended(self, event: fact.Ended) -> None:
        self._farewell.ended = event
        code = self._farewell.code
        refusal = (
            None if event.reason is Reason.KILLED else self._farewell.refusal
        )  # that was about something else
        if self._end is None and code is not None:
            if code and refusal is not None:  # it was shown, and says it better
                self._end = End(code, Happened(refusal))
            else:
                self._outbox.show(Happened(event))
                self._end = End(code, Happened(event) if code else None)
        self._outbox.add(Disconnect())

    # --- lines ---------------------------------------------------------------------------------------------

    def _send(self, line: str, *, own: bool = False) -> None:
        line = " ".join(line.splitlines())  # a wish with a line's end in it must not become two commands
        self._ledger.add(repeatable(line), own=own)
        self._outbox.add(Send(line))

    def _confirm(self, lines: int) -> None:
        """Take the first `lines` lines of this connection for dealt with."""
        if confirmed := self._ledger.confirm(lines):
            self._outbox.add(Confirmed(confirmed))

    def _report_uncertain(self) -> None:
        """Report what was sent on a connection that is gone: none of it will be confirmed any more."""
        self._outbox.report(Unconfirmed, self._ledger.uncertain())
        self._ledger = Ledger()

    def _report_unsent(self, lines: Iterable[str]) -> None:
        """Report what was never sent; blank lines nobody misses, and a password is not repeated."""
        self._outbox.report(NotSent, filter(None, map(repeatable, lines)))

    def _report_waiting(self) -> None:
        self._report_unsent(self._waiting)
        self._waiting = []

    # --- states --------------------------------------------------------------------------------------------

    def _become(self, state: State) -> None:
        assert state in NEXT[self.status.state], f"{self.status.state} -> {state}"
        self.status = replace(self.status, state=state)

    def _wish(self, **wishes: str | None) -> None:
        """Ask for something else on the next connection."""
        self._wishes = replace(self._wishes, **wishes)  # type: ignore[arg-type]

    def _finish(self, end: End) -> None:
        self._report_waiting()
        self._become(State.OVER)
        self._outbox.finish(end)

    def _done(self) -> list[Output]:
        """Return what is to be done, once."""
        self.status = replace(self.status, unconfirmed=len(self._waiting) + self._ledger.own)
        return self._outbox.take(self.status)
