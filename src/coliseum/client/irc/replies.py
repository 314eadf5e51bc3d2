"""Replies: what numbers say, as events. Those from 400 on say no; the table of them is objections.py.

The idea: a table by number, one method per row. A list (of rooms, of names) is put together and told at its end;
who asked for it is known from the lines on their way.

What must stay true: pure; bounded in memory where a server could send without end; a refusal of what the user did
not ask for is not told.

Sources: modern.ircdocs.horse "Numerics".
"""

import heapq
import re
from collections.abc import Callable
from typing import Final

from coliseum.client.irc.facts import Remarked
from coliseum.client.irc.features import number
from coliseum.client.irc.flight import Utterance
from coliseum.client.irc.objections import objection, said
from coliseum.client.irc.places import capacity_after, settings, shown_room
from coliseum.client.irc.state import State
from coliseum.core import vocabulary as fact
from coliseum.core.requests import Away, Join, ListRooms, Tell, Topic, Who
from coliseum.core.vocabulary import Identity, RoomSummary
from coliseum.dialects.irc.message import Message, split_source
from coliseum.dialects.plain.cleaning import clean

MOST_ROOMS = 100
"Rooms of a list that are shown: the greatest. Some networks have twenty thousand."
MOTD_LINES = 12
"Lines of the message of the day that are shown."

_MODES = re.compile(r"^\[\+[^\]]*\] ?")
"What some servers write before a topic: `[+nt] `."
_TOLD = {"263", "341", "381", "710", "711"}
"Further numbers that say something which the user should hear."
_BANNED = "465"
"You are banned from this server: trying again would not help."
_AWAY = "…"
"What we said when we went away, where we do not know it."


class Replies:
    """Reads the numbers of one connection."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._server = ""
        self._motd: list[str] = []
        self._rooms: list[tuple[int, int, RoomSummary]] = []
        "A heap: the smallest of the greatest first; the number in the middle tells equals apart."
        self._rows_seen = 0
        self._rows: Final[dict[str, Callable[[Message], None]]] = {
            "001": self._registered,
            "005": self._features,
            "301": self._away,
            "305": self._own_away,
            "306": self._own_away,
            "321": self._list_begins,
            "322": self._list,
            "323": self._list_ends,
            "324": self._modes,
            "331": self._topic,
            "332": self._topic,
            "353": self._names,
            "366": self._names_end,
            "372": self._motd_line,
            "376": self._greeted,
            "396": self._host,
            "422": self._greeted,
        }

    def hear(self, message: Message) -> None:
        """Take in a number below 400, or one that ends the greeting."""
        row = self._rows.get(message.command)
        if row is not None:
            row(message)
        elif message.command in _TOLD and self._state.welcomed:
            self._state.tell(Remarked(said(message)))

    # --- the greeting --------------------------------------------------------------------------------------

    def _registered(self, message: Message) -> None:
        state = self._state
        if not message.params:
            return
        state.registered = True
        self._server = split_source(message.source)[0]
        state.me.nick = message.params[0]
        last = message.params[-1].rpartition(" ")[2]  # "Welcome to the network ana!user@host"
        if state.is_me(split_source(last)[0]):
            state.me.see(last)

    def _features(self, message: Message) -> None:
        self._state.features = self._state.features.learned(message.params[1:-1])

    def _host(self, message: Message) -> None:
        if len(message.params) > 1:
            user, _, host = message.params[1].rpartition("@")
            self._state.me.user = user or self._state.me.user
            self._state.me.host = host if self._state.me.user else ""

    def _motd_line(self, message: Message) -> None:
        if message.params and len(self._motd) < MOTD_LINES and not self._state.welcomed:
            self._motd.append(clean(message.params[-1].removeprefix("- ")))

    def _greeted(self, _: Message) -> None:
        self.welcome()

    def welcome(self) -> None:
        """Take in that the server has nothing more to say in greeting."""
        state = self._state
        if state.registered and not state.welcomed:
            state.welcomed = True
            server = state.features.network or self._server
            motd = "\n".join(self._motd).strip("\n")
            state.tell(fact.Welcomed(state.you, clean(server), "", motd))

    # --- rooms ---------------------------------------------------------------------------------------------

    def _topic(self, message: Message) -> None:
        if len(message.params) < 3:
            return
        topic = clean(message.params[2]) if message.command == "332" else ""
        room = self._state.our_room(message.params[1])
        if room is not None:
            room.topic = topic
        asked = next((line for line in self._state.flight.asked(Topic) if line.wish == Topic(None)), None)
        if asked is not None:
            asked.answered = True
            self._state.tell(fact.TopicShown(shown_room(message.params[1]), topic))

    def _names(self, message: Message) -> None:
        if len(message.params) < 3:
            return
        room = self._state.our_room(message.params[-2])
        if room is not None:
            room.add_names(message.params[-1].split(" "), self._state.features)

    def _names_end(self, message: Message) -> None:
        room = self._state.our_room(message.params[1]) if len(message.params) > 1 else None
        if room is None:
            return
        room.end_names()
        self._look_in()
        asked = next(self._state.flight.asked(Who), None)
        if room.admitted and asked is not None:
            asked.answered = True
            self._state.tell(fact.RoomShown(room.view()))

    def _modes(self, message: Message) -> None:
        room = self._state.our_room(message.params[1]) if len(message.params) > 2 else None
        if room is not None:
            room.capacity = capacity_after(settings(message.params[2:], self._state.features), 0)
            room.capacity_due = False
            self._look_in()

    def _look_in(self) -> None:
        """Tell that we are in, once everything is known about the room."""
        room = self._state.room
        if room is not None and room.complete:
            self._state.admit(room)

    # --- lists ---------------------------------------------------------------------------------------------

    def _list_begins(self, _: Message) -> None:
        self._rooms = []

    def _list(self, message: Message) -> None:
        if len(message.params) < 3:
            return
        name, members = message.params[1], number(message.params[2])
        topic = _MODES.sub("", message.params[3]) if len(message.params) > 3 else ""
        self._rows_seen += 1
        row = (members, -self._rows_seen, RoomSummary(shown_room(name), members, 0, clean(topic)))
        if len(self._rooms) < MOST_ROOMS:
            heapq.heappush(self._rooms, row)
        else:
            heapq.heappushpop(self._rooms, row)

    def _list_ends(self, _: Message) -> None:
        rooms, self._rooms = self._rooms, []
        for asked in self._state.flight.asked(ListRooms):
            asked.answered = True
        rows = sorted((row for *_, row in rooms), key=lambda row: self._state.features.fold(row.name))
        self._state.tell(fact.RoomsListed(tuple(rows)))

    # --- people --------------------------------------------------------------------------------------------

    def _away(self, message: Message) -> None:
        if len(message.params) > 2:
            who = Identity("", clean(message.params[1]))
            self._state.tell(fact.AwayChanged(who, clean(message.params[-1])))

    def _own_away(self, message: Message) -> None:
        """Take in that we are away, or back, as we wished."""
        asked = next(self._state.flight.asked(Away), None)
        said = asked.wish.message if asked is not None and isinstance(asked.wish, Away) else ""
        if asked is not None:
            asked.answered = True
        away = message.command == "306"
        self._state.tell(fact.AwayChanged(self._state.you, (said or _AWAY) if away else ""))

    # --- refusals ------------------------------------------------------------------------------------------

    def refuse(self, message: Message, label: str) -> None:
        """Take in a number that says no."""
        state = self._state
        name = message.params[1] if len(message.params) > 2 else ""
        line = state.flight.labelled(label) if label else self._line_about(name)
        aside = state.flight.is_aside(label) if label else self._is_aside(name, line)
        room = state.our_room(name)
        if room is not None and room.capacity_due:
            room.capacity_due = False
            self._look_in()
            aside = True
        if message.command in {"403", "442"} and state.features.fold(name) in state.leaving:
            state.leaving.discard(state.features.fold(name))  # out of it all the same
            return
        if aside:
            return
        if line is not None:
            line.refused = True
        if message.command == _BANNED:
            state.unwanted = True
        state.tell(objection(message, state.features))

    def _line_about(self, name: str) -> Utterance | None:
        """Return the line that a refusal with this name in it is most likely about."""
        state = self._state
        for line in (*state.flight.asked(Tell), *state.flight.asked(Join)):
            match line.wish:
                case Tell(nick) if state.same(nick, name):
                    return line
                case Join(written):
                    room = state.features.room_name(written)
                    if room is not None and state.same(room, name):
                        return line
        return None

    def _is_aside(self, name: str, line: Utterance | None) -> bool:
        """Say whether the server refuses to tell how many may be in a room that it did not let us into."""
        return bool(name) and line is not None and isinstance(line.wish, Join) and line.refused
