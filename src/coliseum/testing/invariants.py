"""The invariants: what must be true of the world after every step, and of everything when everybody has gone.

The idea: the people's logs show what can be seen from outside (history.py); here somebody looks inside.

What must stay true: looking changes nothing; an invariant that does not hold is told as a sentence, once per run.
"""

from collections import Counter
from collections.abc import Iterator

from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.session import Ending, Session
from coliseum.core.users import User
from coliseum.core.world import World


class Watchman:
    """Looks at one world after every step."""

    def __init__(self, world: World) -> None:
        self.found: dict[str, None] = {}
        "What does not hold, in words."
        self._world = world
        self._members: dict[Room, list[User]] = {}
        "Who was inside after the last step."
        self._invited: dict[Room, set[str]] = {}

    def look(self) -> None:
        """Look at everything."""
        for sentence in (*self._people(), *self._rooms(), *self._mail()):
            self.found.setdefault(sentence)

    def _people(self) -> Iterator[str]:
        world = self._world
        nobody = 0
        for session in world.sessions:
            user = session.user
            if user is None:
                nobody += session.place is not None and not session.over
            elif world.users.get(fold(user.nick)) is not user:
                yield f"two are called {user.nick}, or the directory does not know one of them"
            elif session.over:
                yield f"{user.nick}'s session is over and still has a user"
            if session.over and session._script is not None:
                yield "a session is over and its script is still suspended"
        door = world.door
        if nobody != len(door.arriving):
            yield f"{nobody} sessions may still get a user, and {len(door.arriving)} are counted"
        if door.connections != sum(session.place is not None for session in world.sessions):
            yield f"{door.connections} connections are counted at the door, and that is wrong"
        limit = world.policy.max_clients
        if limit and len(world.users) > limit:
            yield f"{len(world.users)} are on the server, where {limit} may be"

    def _rooms(self) -> Iterator[str]:
        world = self._world
        ids = {user.id for user in world.users.values()}
        for room in world.rooms.values():
            if not room.invited <= ids:
                yield f"somebody is invited into {room.name} and is no user"
            before = self._members.get(room, [])
            members = list(room.members)
            if members != before:
                capacity = world.capacity(room)
                new = [user for user in members if user not in before]
                uninvited = [user for user in new if user.id not in self._invited.get(room, ())]
                if uninvited and capacity and len(members) > capacity:
                    names = ", ".join(user.nick for user in members)
                    yield f"{len(members)} are in {room.name}, where {capacity} may be: {names}"
                self._members[room] = members
            self._invited[room] = set(room.invited)
            for user in members:
                if user.rooms.get(room.key) is not room:
                    yield f"{user.nick} is in {room.name} and does not know it"
                if world.users.get(fold(user.nick)) is not user:
                    yield f"{user.nick} is in {room.name} and is no user"
        for user in world.users.values():
            if any(user not in room.members for room in user.rooms.values()):
                yield f"{user.nick} believes to be in a room and is not"

    def _mail(self) -> Iterator[str]:
        waiting = Counter(self._world.dirty)
        for session in self._world.sessions:
            if session.mailbox and waiting[session] != 1:
                yield f"a mailbox that is not empty is {waiting[session]} times on the list for the flush"
        for session in waiting:
            if not session.mailbox and session.ending is not Ending.ABRUPT:
                yield "a session with nothing to tell is on the list for the flush"


def left_over(world: World, sessions: list[Session]) -> Iterator[str]:
    """Yield what is still there when everybody has gone and everything has had its time."""
    if world.sessions:
        yield f"{len(world.sessions)} sessions are left"
    if world.users:
        yield f"{len(world.users)} users are left"
    rooms = [room.name for room in world.rooms.values() if not room.permanent or room.members]
    if rooms:
        yield f"rooms are left: {', '.join(rooms)}"
    if world.dirty or any(session.mailbox for session in sessions):
        yield "mailboxes are left that nobody empties"
    if world.door.connections or world.door.arriving:
        yield f"{world.door.connections} connections are still counted at the door"
    if any(world.traits.values()):
        yield "traits of users who have gone are still counted"
    if world.watchers._nicks or world.watchers._sessions:
        yield "nicks are left that somebody who has gone watches"
    if world.deadline() is not None:
        yield "timers are left"
    if any(session._script is not None for session in sessions):
        yield "scripts are left suspended"
