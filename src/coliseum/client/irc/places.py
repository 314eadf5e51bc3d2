"""Places: ourselves and the room we are in, as the server tells them.

The idea: on IRC a room comes in pieces: that we are in (JOIN), its topic (332), its names (353, as many lines as
it takes, then 366), its capacity (324, because we ask). Here they are put together.

What must stay true: pure; names are kept as the server writes them and compared by its casemapping.
"""

from dataclasses import dataclass, field

from coliseum.client.irc.features import Features, number
from coliseum.core.kinds import Change, Setting
from coliseum.core.vocabulary import Identity, RoomView
from coliseum.dialects.irc import modes
from coliseum.dialects.irc.message import split_source
from coliseum.dialects.plain.cleaning import clean


@dataclass(slots=True)
class Me:
    """What the server calls us."""

    nick: str = ""
    user: str = ""
    host: str = ""
    "Empty while we have not seen ourselves as others do."

    @property
    def mask(self) -> str:
        """How others see us, as far as it is known for certain."""
        return f"{self.nick}!{self.user}@{self.host}" if self.host else ""

    def see(self, source: str) -> None:
        """Take in how we are called in front of a message of ours."""
        _, user, host = split_source(source)
        if user and host:
            self.user, self.host = user, host


@dataclass(slots=True)
class Room:
    """The room that we are in."""

    name: str
    topic: str = ""
    capacity: int = 0
    members: dict[str, str] = field(default_factory=dict)
    "Nicks by their keys, as far as they are known."
    names: dict[str, str] = field(default_factory=dict)
    "Those of a list that is being told."
    admitted: bool = False
    "The user was told that they are in."
    named: bool = False
    "The first list of names was complete."
    capacity_due: bool = False
    "How many may be inside was asked, and is not answered yet."

    @property
    def shown(self) -> str:
        """What the user reads as its name."""
        return shown_room(self.name)

    @property
    def complete(self) -> bool:
        """Everything that the user is told about the room is known."""
        return self.named and not self.capacity_due

    def view(self) -> RoomView:
        """Return what the room looks like from inside."""
        members = tuple(clean(nick) for nick in self.members.values())
        return RoomView(self.shown, members, self.capacity, self.topic)

    def rename(self, old: str, key: str, nick: str) -> None:
        """Give the member with the key `old` another nick, in the same place."""
        self.members = {
            (key if member == old else member): (nick if member == old else name)
            for member, name in self.members.items()
        }

    def add_names(self, words: list[str], features: Features) -> None:
        """Take in some names of a list: `@ana`, `+luis!user@host`."""
        for word in words:
            nick = split_source(features.without_role(word))[0]
            if nick:
                self.names[features.fold(nick)] = nick

    def end_names(self) -> None:
        """Take in that the list is complete."""
        self.members, self.names = self.names or self.members, {}
        self.named = True


def shown_room(name: str) -> str:
    """Return a room's name as events have it: without `#`, which is IRC's way to say "room" (core.names)."""
    return clean(name.removeprefix("#") or name)


def identity(source: str) -> Identity:
    """Return who stands in front of a message."""
    nick, user, host = (clean(part) for part in split_source(source))
    return Identity("", nick, user, host)


def settings(words: tuple[str, ...], features: Features) -> tuple[Change, ...]:
    """Return the changes that a mode string makes, as far as there is a name for them."""
    found = []
    for on, letter, value in features.changes(words):
        setting = modes.ROOM_MODES.get(letter)
        if setting is not None:
            gone = not on and setting in {Setting.CAPACITY, Setting.PASSWORD}
            found.append(Change(setting, on, "" if gone else clean(value)))
    return tuple(found)


def capacity_after(changes: tuple[Change, ...], capacity: int) -> int:
    """Return how many may be inside after these changes; 0: as many as like."""
    for change in changes:
        if change.setting is Setting.CAPACITY:
            capacity = number(change.value)
    return capacity
