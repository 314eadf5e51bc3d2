"""Hearing: what happens on the server, as events.

The idea: a table by command, one method per row. What concerns rooms in which we are not (any more) and what is
for programs and not for people is left out.

What must stay true: pure; a message with parameters missing is as good as none; texts come out clean.
Not here: what numbers say (replies.py), the way in (registration.py).

Sources: modern.ircdocs.horse "Messages", the extensions of IRCv3 named in registration.py.
"""

import re
from collections.abc import Callable
from typing import Final

from coliseum.client.irc import text as texts
from coliseum.client.irc.facts import Objected, Remarked
from coliseum.client.irc.places import Room, capacity_after, identity, settings, shown_room
from coliseum.client.irc.state import State
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Kind, Reason
from coliseum.core.requests import Join, Rename, Tell
from coliseum.core.vocabulary import Identity
from coliseum.dialects.irc import modes
from coliseum.dialects.irc.message import Message, split_source
from coliseum.dialects.plain.cleaning import clean

_AUDIENCES = {sign: role for role, sign in modes.PREFIXES.items()}
_GOODBYE = re.compile(r"(?:client )?(?:quit|exited)(?:$|: *)", re.IGNORECASE)
"What servers write before the last words of somebody who went of their own accord."

_KILLED = re.compile(r"\bkilled\b|\bby a server operator\b", re.IGNORECASE)
"What the last words of a server have in them when an operator has ended the connection."


class Hearing:
    """Reads the messages of one connection."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: Final[dict[str, Callable[[Message, Identity], None]]] = {
            "AWAY": self._away,
            "CHGHOST": self._chghost,
            "ERROR": self._error,
            "FAIL": self._fail,
            "INVITE": self._invite,
            "JOIN": self._join,
            "KICK": self._kick,
            "KILL": self._kill,
            "MODE": self._mode,
            "NICK": self._nick,
            "NOTE": self._note,
            "NOTICE": self._talk,
            "PART": self._part,
            "PRIVMSG": self._talk,
            "QUIT": self._quit,
            "SETNAME": self._setname,
            "TOPIC": self._topic,
            "WALLOPS": self._wallops,
            "WARN": self._note,
        }

    def hear(self, message: Message, label: str = "", *, past: bool = False) -> None:
        """Take in a message. `label`: of the line that it answers; `past`: it is told again (a history)."""
        command = message.command.upper()
        if command in {"PRIVMSG", "NOTICE"} and not past and self._is_echo(message, label):
            return
        if command == "FAIL":
            self._take_back(message, label)
        row = self._rows.get(command)
        if row is not None:
            row(message, identity(message.source))

    # --- talking -------------------------------------------------------------------------------------------

    def _is_echo(self, message: Message, label: str) -> bool:
        """Say whether this is what we said ourselves, on this connection."""
        state = self._state
        if not state.is_me(split_source(message.source)[0]) or len(message.params) < 2:
            return False
        state.me.see(message.source)
        if "echo-message" not in state.features.capabilities:
            return False
        if state.features.labels:  # without a label it is the message itself, to ourselves, or from elsewhere
            return bool(label) and state.flight.labelled(label) is not None
        return state.flight.echoed(message.params[0], message.params[1], state.features.fold)

    def _talk(self, message: Message, source: Identity) -> None:
        if len(message.params) < 2:
            return
        target, text = message.params[:2]
        kind = Kind.NOTICE if message.command.upper() == "NOTICE" else Kind.MESSAGE
        request = texts.request(text)
        if request is not None:
            command, text = request
            if command != "ACTION":
                return  # from client to client: what people need not see
            kind = Kind.ACTION
        if not source.username and kind is Kind.NOTICE:
            self._server_notice(text)
            return
        time = texts.nanoseconds(message.tags.get("time", ""))
        text = clean(text)
        sign, target = self._state.features.audience(target)
        if self._state.features.is_room(target):
            room = self._state.our_room(target)
            if room is not None:
                self._state.tell(fact.Said(source, room.shown, text, time, kind, only=_AUDIENCES.get(sign)))
        elif self._state.is_me(split_source(message.source)[0]) and not self._state.is_me(target):
            self._state.tell(fact.Delivered(clean(target), text))  # said by us, on another connection
        else:
            self._state.tell(fact.Told(source, text, time, kind, nick=clean(target)))

    def _server_notice(self, text: str) -> None:
        # Before we are in it tells that it looks up our name and the like, and at the end how much we have said.
        if self._state.welcomed and not self._state.flight.closing:
            self._state.tell(Remarked(clean(text)))

    # --- coming and going ----------------------------------------------------------------------------------

    def _join(self, message: Message, source: Identity) -> None:
        state = self._state
        nick = split_source(message.source)[0]
        name, *more = message.params or ("",)
        if state.is_me(nick):
            state.me.see(message.source)
            if state.features.is_room(name):
                self._come_in(name)
            return
        room = state.our_room(name)
        if room is None or not nick:
            return
        room.members[state.features.fold(nick)] = nick
        if room.admitted:
            realname = clean(more[1]) if len(more) > 1 else ""
            state.tell(fact.Entered(source, room.shown, len(room.members), room.capacity, realname))

    def _come_in(self, name: str) -> None:
        state = self._state
        room = state.come_in(name)
        room.capacity_due = True
        asked = next(state.flight.asked(Join), None)
        if asked is None or not isinstance(asked.wish, Join) or not self._is_asked(asked.wish, name):
            # The server puts us there of its own accord, so nobody has asked yet.
            state.send(Message("MODE", (name,)))
        if asked is not None:
            asked.answered = True

    def _is_asked(self, wish: Join, name: str) -> bool:
        room = self._state.features.room_name(wish.room)
        return room is not None and self._state.same(room, name)

    def _part(self, message: Message, source: Identity) -> None:
        state = self._state
        name, *more = message.params or ("",)
        said = clean(more[0]) if more else ""
        nick = split_source(message.source)[0]
        room = state.our_room(name)
        if state.is_me(nick):
            state.leaving.discard(state.features.fold(name))
            if room is not None:
                state.go_out(room, said)
        elif room is not None and self._take_out(room, nick):
            state.tell(fact.Left(source, room.shown, len(room.members), room.capacity, said))

    def _kick(self, message: Message, source: Identity) -> None:
        state = self._state
        if len(message.params) < 2:
            return
        name, nick, *more = message.params
        said = clean(more[0]) if more else ""
        room = state.our_room(name)
        if state.is_me(nick):
            state.leaving.discard(state.features.fold(name))
        if room is None or not (self._take_out(room, nick) or state.is_me(nick)):
            return
        target = Identity("", clean(nick))
        if state.is_me(nick):
            target, state.room = state.you, None
        state.tell(fact.Kicked(source, room.shown, target, said, len(room.members), room.capacity))

    def _quit(self, message: Message, source: Identity) -> None:
        room = self._state.room
        if room is not None and self._take_out(room, split_source(message.source)[0]):
            said = clean(message.params[0]) if message.params else ""
            goodbye = _GOODBYE.match(said)
            reason = Reason.QUIT if goodbye or not said else Reason.OTHER
            self._state.tell(fact.Gone(source, reason, said[goodbye.end() :] if goodbye else said))

    def _take_out(self, room: Room, nick: str) -> bool:
        return room.members.pop(self._state.features.fold(nick), None) is not None and room.admitted

    # --- people --------------------------------------------------------------------------------------------

    def _nick(self, message: Message, source: Identity) -> None:
        state = self._state
        old = split_source(message.source)[0]
        new = message.params[0] if message.params else ""
        if not new:
            return
        if self._is_our_new_nick(old, new):
            old = state.me.nick
        known = state.member(old)
        if state.room is not None and known:
            state.room.rename(state.features.fold(old), state.features.fold(new), new)
        if state.is_me(old):
            before = state.you
            state.me.nick = new
            state.tell(fact.Named(state.you, before))
        elif known:
            state.tell(fact.Renamed(source, clean(new)))

    def _is_our_new_nick(self, old: str, new: str) -> bool:
        """Say whether this answers our wish for another nick: InspIRCd already writes the new one in front."""
        if not self._state.same(old, new) or self._state.member(old):
            return False
        return any(
            isinstance(line.wish, Rename) and self._state.same(line.wish.nick, new)
            for line in self._state.flight.asked(Rename)
        )

    def _away(self, message: Message, source: Identity) -> None:
        if self._is_other_member(message):
            said = clean(message.params[0]) if message.params else ""
            self._state.tell(fact.AwayChanged(source, said))

    def _setname(self, message: Message, source: Identity) -> None:
        if self._is_other_member(message) and message.params:
            self._state.tell(fact.RealnameChanged(source, clean(message.params[0])))

    def _is_other_member(self, message: Message) -> bool:
        nick = split_source(message.source)[0]
        return self._state.member(nick) and not self._state.is_me(nick)

    def _chghost(self, message: Message, _: Identity) -> None:
        if len(message.params) > 1 and self._state.is_me(split_source(message.source)[0]):
            self._state.me.user, self._state.me.host = message.params[:2]

    def _invite(self, message: Message, source: Identity) -> None:
        if len(message.params) < 2:
            return
        nick, room = message.params[:2]
        kind = fact.Invited if self._state.is_me(nick) else fact.InviteSeen
        self._state.tell(kind(source, shown_room(room), clean(nick)))

    # --- rooms ---------------------------------------------------------------------------------------------

    def _topic(self, message: Message, source: Identity) -> None:
        room = self._state.our_room(message.params[0]) if len(message.params) > 1 else None
        if room is not None:
            room.topic = clean(message.params[1])
            self._state.tell(fact.TopicChanged(source, room.shown, room.topic))

    def _mode(self, message: Message, source: Identity) -> None:
        room = self._state.our_room(message.params[0]) if message.params else None
        if room is None:
            return
        changes = settings(message.params[1:], self._state.features)
        room.capacity = capacity_after(changes, room.capacity)
        if changes and room.admitted:
            self._state.tell(fact.SettingsChanged(source, room.shown, changes))

    # --- the server ----------------------------------------------------------------------------------------

    def _error(self, message: Message, _: Identity) -> None:
        state = self._state
        said = clean(message.params[-1]) if message.params else ""
        goodbye = state.flight.closing and state.flight.settled
        killed = state.unwanted or _KILLED.search(said)
        reason = Reason.KILLED if killed else Reason.QUIT if goodbye else Reason.OTHER
        state.tell(fact.Ended(reason, said))

    def _kill(self, message: Message, _: Identity) -> None:
        if message.params and self._state.is_me(message.params[0]):
            self._state.unwanted = True

    def _take_back(self, message: Message, label: str) -> None:
        """Note which line has failed, as far as that can be known."""
        flight = self._state.flight
        private = message.params[:1] == ("PRIVMSG",)
        line = flight.labelled(label) or next(flight.asked(Tell) if private else iter(()), None)
        if line is not None:
            line.refused = True

    def _fail(self, message: Message, _: Identity) -> None:
        self._state.tell(Objected(_standard_words(message)))

    def _note(self, message: Message, _: Identity) -> None:
        self._state.tell(Remarked(_standard_words(message)))

    def _wallops(self, message: Message, source: Identity) -> None:
        if message.params:
            self._state.tell(fact.Announced(source, clean(message.params[-1])))


def _standard_words(message: Message) -> str:
    """Return what a standard reply says: its description, and what it is about where the server names it."""
    *context, words = message.params[2:] or message.params or ("",)
    return clean(" ".join([*context, words]))
