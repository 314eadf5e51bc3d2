"""What a client knows: its own identity, the room it is in, how the connection stands.

The idea: one frozen value, replaced as a whole, so that any thread may look at it without a lock; `follow` is the
one place that says what an event changes of it.

What must stay true: pure; names are compared by `fold`; the members are those the server would list.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Setting
from coliseum.core.names import fold
from coliseum.core.vocabulary import Event, Identity


class State(Enum):
    """How far the client has come."""

    CONNECTING = "connecting"
    "The first connection is being made; nothing was sent."
    ENTERING = "entering"
    "Connected; the server has not let us in yet, or we are on the way to our nick and room."
    LOCKED = "locked"
    "The server waits for its password."
    INSIDE = "inside"
    "What is typed is said."
    OFFLINE = "offline"
    "The connection broke; another one is being made, or will be."
    LEAVING = "leaving"
    "We said goodbye and wait for the server's."
    OVER = "over"
    "Nothing happens any more."


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


@dataclass(frozen=True, slots=True)
class Status:
    """What a client knows at one moment."""

    state: State = State.CONNECTING
    you: Identity | None = None
    "None until the server has told us."
    room: str = ""
    "Empty: in no room."
    members: tuple[str, ...] = ()
    "Nicks of all who are in the room, ourselves among them, in order of entry."
    capacity: int = 0
    "How many may be in the room; 0: unlimited."
    topic: str = ""
    rooms: tuple[str, ...] = ()
    "Names of rooms that we heard of."
    unconfirmed: int = 0
    "Lines of the user that the server has not confirmed, or that wait to be sent."

    @property
    def nick(self) -> str:
        """What we are called; empty while we do not know."""
        return self.you.nick if self.you else ""


def follow(status: Status, event: Event) -> Status:
    """Return what we know after `event`; the same status when it tells us nothing."""
    match event:
        case fact.Welcomed(you=you):
            return replace(status, you=you)
        case fact.Named(you=you):
            return replace(_renamed(status, status.nick, you.nick), you=you)
        case fact.Renamed(source=source, nick=nick):
            return _renamed(status, source.nick, nick)
        case fact.Gone(source=source):
            return replace(status, members=_without(status.members, source.nick))
        case fact.Admitted(room=room):
            return _know(_inside(status, room), room.name)
        case fact.RoomShown(room=room):
            return _inside(status, room) if _same(status.room, room.name) else status
        case fact.RoomsListed(rooms=rooms):
            return replace(status, rooms=tuple(room.name for room in rooms))
        case _:
            room_named = getattr(event, "room", None)
            ours = isinstance(room_named, str) and _same(status.room, room_named)
            return _follow_room(status, event) if ours else status


def _follow_room(status: Status, event: Event) -> Status:
    """Return what we know after something happened in our room."""
    match event:
        case fact.Entered(source=source, capacity=capacity):
            members = (*_without(status.members, source.nick), source.nick)
            return replace(status, members=members, capacity=capacity)
        case fact.Left(source=source, capacity=capacity):
            return replace(status, members=_without(status.members, source.nick), capacity=capacity)
        case fact.Kicked(target=target) if _same(target.nick, status.nick):
            return _outside(status)
        case fact.Kicked(target=target, capacity=capacity):
            return replace(status, members=_without(status.members, target.nick), capacity=capacity)
        case fact.SettingsChanged(changes=changes):
            return replace(status, capacity=_capacity(status.capacity, changes))
        case fact.TopicChanged(topic=topic) | fact.TopicShown(topic=topic):
            return replace(status, topic=topic)
        case fact.Departed():
            return _outside(status)
        case _:
            return status


def _capacity(capacity: int, changes: tuple[Change, ...]) -> int:
    """Return how many may be in a room after these changes."""
    for change in changes:
        if change.setting is Setting.CAPACITY:
            capacity = int(change.value) if change.value.isdecimal() else 0
    return capacity


def _outside(status: Status) -> Status:
    return replace(status, room="", members=(), capacity=0, topic="")


def _inside(status: Status, room: fact.RoomView) -> Status:
    return replace(status, room=room.name, members=room.members, capacity=room.capacity, topic=room.topic)


def _know(status: Status, room: str) -> Status:
    if any(_same(room, known) for known in status.rooms):
        return status
    return replace(status, rooms=(*status.rooms, room))


def _renamed(status: Status, old: str, new: str) -> Status:
    return replace(status, members=tuple(new if _same(nick, old) else nick for nick in status.members))


def _without(members: tuple[str, ...], nick: str) -> tuple[str, ...]:
    return tuple(member for member in members if not _same(member, nick))


def _same(one: str, other: str) -> bool:
    return fold(one) == fold(other)
