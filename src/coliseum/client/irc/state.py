"""The state of one connection to an IRC server: what hearing, replies and speaking all have to know.

The idea: one object with plain fields and the few changes that concern several of them; who reads messages
(hearing.py, replies.py) changes it, who writes them (speaking.py) is given a frozen picture of it.

What must stay true: pure; in at most one room, as on the plain dialect: whoever comes into another leaves the one
where they were, and only then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from coliseum.client.irc.features import Features
from coliseum.client.irc.flight import Flight
from coliseum.client.irc.places import Me, Room
from coliseum.client.irc.speaking import Situation
from coliseum.core.vocabulary import Admitted, Departed, Event, Identity
from coliseum.dialects.irc.message import Message
from coliseum.dialects.plain.cleaning import clean


@dataclass(slots=True)
class State:
    """Where we are with one server."""

    send: Callable[[Message], None]
    tell: Callable[[Event], None]
    flight: Flight
    me: Me = field(default_factory=Me)
    features: Features = field(default_factory=Features)
    room: Room | None = None
    leaving: set[str] = field(default_factory=set)
    "Keys of rooms that we have left as far as the user is concerned; the server has not said so yet."
    registered: bool = False
    welcomed: bool = False
    "The user was told that the server has let us in."
    unwanted: bool = False
    "A server operator wants us to go, or not to come."

    @property
    def situation(self) -> Situation:
        """What speaking has to know."""
        room = self.room.name if self.room is not None and self.room.admitted else ""
        return Situation(self.features, self.me.nick, self.me.mask, room)

    @property
    def you(self) -> Identity:
        """Ourselves."""
        me = self.me
        return Identity("", clean(me.nick), clean(me.user), clean(me.host))

    def same(self, one: str, other: str) -> bool:
        """Say whether two names are the same one here."""
        return self.features.fold(one) == self.features.fold(other)

    def is_me(self, nick: str) -> bool:
        """Say whether this is our nick."""
        return bool(nick) and self.same(nick, self.me.nick)

    def our_room(self, name: str) -> Room | None:
        """Return the room called so, if we are in it."""
        return self.room if self.room is not None and self.same(self.room.name, name) else None

    def member(self, nick: str) -> bool:
        """Say whether somebody called so is in our room."""
        return self.room is not None and self.features.fold(nick) in self.room.members

    def come_in(self, name: str) -> Room:
        """Take in that we are in this room now; the one before is left."""
        before = self.room
        if before is not None and not self.same(before.name, name):
            self.leaving.add(self.features.fold(before.name))
            self.send(Message("PART", (before.name,)))
            self.go_out(before)
        self.leaving.discard(self.features.fold(name))
        self.room = Room(name, members={self.features.fold(self.me.nick): self.me.nick})
        return self.room

    def go_out(self, room: Room, message: str = "") -> None:
        """Take in that we are out of our room, for no other reason than that we wanted it."""
        self.room = None
        if room.admitted:
            self.tell(Departed(room.shown, self.you, clean(message)))

    def admit(self, room: Room) -> None:
        """Tell the user that they are in, once."""
        if not room.admitted:
            room.admitted = True
            room.capacity_due = False
            self.tell(Admitted(room.view(), self.you))
