"""The world: the directory of users, sessions and rooms, and the verbs on them.

The idea: a verb checks, changes and posts in one step, without a place where another session could come in
between. So "is there room?" and the entry are one thing, and a capacity is never exceeded, whatever the engine.

What must stay true:
* one caller at a time is inside (threads: the world's lock is held; asyncio: we are on the loop);
* a verb that raises `Refused` has changed nothing;
* whoever fills a mailbox puts its session on `dirty`; the engine flushes `collect()` after every batch;
* message times rise strictly.

Not here: bytes, text a person reads, and who waits for what.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Protocol

from coliseum.core.limits import Policy
from coliseum.core.names import NICK_LENGTH, ROOM_LENGTH, fold, nick_flaw, printable, room_flaw
from coliseum.core.refusals import (
    AlreadyInside,
    NickInvalid,
    NickTaken,
    NoSuchNick,
    NotInside,
    RoomFull,
    RoomInvalid,
    ServerFull,
    TopicTooLong,
)
from coliseum.core.rooms import Room
from coliseum.core.timers import Moment, Timers
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    Delivered,
    Departed,
    Entered,
    Event,
    Gone,
    Left,
    Named,
    Reason,
    Renamed,
    RoomView,
    Said,
    Told,
    TopicChanged,
    Welcomed,
)
from coliseum.errors import Refused

if TYPE_CHECKING:
    from coliseum.core.session import Parcel, Session


class Note(Protocol):
    """Where the world reports facts for the log: an event's name and its fields, never what people said.

    It is called while the world is held, so it must not block.
    """

    def __call__(self, event: str, /, **fields: object) -> None:
        """Take in one fact."""


class World:
    """One server's people and rooms."""

    def __init__(self, policy: Policy, new_id: Callable[[], str], note: Note) -> None:
        self.policy = policy
        self.new_id = new_id
        self.note = note
        self.timers = Timers()
        self.now = Moment(0.0, 0)
        "When the present step began; set by `at` before anything else happens."
        self.sessions: dict[Session, None] = {}
        self.users: dict[str, User] = {}
        "By folded nick."
        self.rooms: dict[str, Room] = {}
        "By folded name."
        self.dirty: list[Session] = []
        "Sessions with something for the flush, in the order in which they came by it."
        self._stopping = False
        self._last_time = 0
        self._guests = count(1)
        lobby = Room(policy.lobby, permanent=True)
        self.rooms[lobby.key] = lobby

    # --- time and flushing ---------------------------------------------------------------------------------

    def at(self, now: Moment) -> None:
        """Say what time it is; every step of an engine begins so."""
        self.now = now

    def tick(self, now: Moment) -> None:
        """Do what is due. Spurious calls are harmless."""
        self.now = now
        self.timers.tick(now.monotonic)

    def deadline(self) -> float | None:
        """Return the monotonic time of the next tick that has work, or None; any step may change it."""
        return self.timers.deadline()

    def collect(self) -> list["Parcel"]:
        """Empty the mailboxes of all dirty sessions and return what was in them, for the flush."""
        dirty, self.dirty = self.dirty, []
        return [session.empty() for session in dirty]

    def post(self, sessions: Iterable["Session"], event: Event, but: "Session | None" = None) -> None:
        """Put `event` into the mailboxes of all `sessions` except `but`."""
        dirty = self.dirty
        for session in sessions:
            if session is not but:
                mailbox = session.mailbox
                if not mailbox:
                    dirty.append(session)
                mailbox.append(event)

    def stamp(self) -> int:
        """Return the time of a new message in nanoseconds: now, or just after the message before."""
        self._last_time = max(self.now.wall, self._last_time + 1)
        return self._last_time

    # --- coming and going ----------------------------------------------------------------------------------

    def attach(self, session: "Session") -> User:
        """Make a user with a guest's nick for `session` and welcome it.

        Raises Refused(ServerFull) when the server has as many clients as it may.
        """
        limit = self.policy.max_clients
        if limit and len(self.users) >= limit:
            raise Refused(ServerFull(len(self.users), limit))
        nick = next(nick for n in self._guests if fold(nick := f"guest-{n}") not in self.users)
        user = User(self.new_id(), nick)
        user.sessions.append(session)
        session.user = user
        self.users[fold(nick)] = user
        session.post(self.welcome(user))
        self.note("user.attached", session=session.id, user=user.id, nick=nick)
        return user

    def welcome(self, user: User) -> Welcomed:
        """Return what `user` is told about themselves and the server."""
        policy = self.policy
        return Welcomed(user.identity, policy.server_name, policy.description, policy.motd)

    def detach(self, session: "Session", reason: Reason) -> None:
        """Take `session` from its user; the last session takes the user out of the world.

        Everybody who shares a room with the user is told once. Nothing happens when there is no user.
        """
        user, session.user = session.user, None
        if user is None:
            return
        user.sessions.remove(session)
        for room in user.rooms.values():
            room.changed()
        if user.sessions:
            return
        if not self._stopping:  # when everybody goes, nobody needs to be told who does
            self.post(self.neighbours(user), Gone(user.identity, reason))
        for room in list(user.rooms.values()):
            self._take_out(user, room)
        del self.users[fold(user.nick)]

    def neighbours(self, user: User) -> Iterable["Session"]:
        """Return the sessions of everybody who shares a room with `user`, each once, without their own."""
        found = {session: None for room in user.rooms.values() for session in room.audience}
        for own in user.sessions:
            found.pop(own, None)
        return found

    def stop(self) -> None:
        """Tell every session that the server is stopping, and end it."""
        self._stopping = True
        for session in list(self.sessions):
            session.close(Reason.SERVER_STOPPING)

    # --- rooms ---------------------------------------------------------------------------------------------

    def capacity(self, room: Room | None) -> int:
        """Return how many may be inside `room` (None: a room that does not exist yet); 0: unlimited."""
        if room is None or room.capacity is None:
            return self.policy.room_capacity
        return room.capacity

    def require_place(self, name: str) -> None:
        """Raise Refused(RoomFull) when the room `name` has no place left."""
        room = self.rooms.get(fold(name))
        capacity = self.capacity(room)
        if room is not None and capacity and len(room.members) >= capacity:
            raise Refused(RoomFull(room.name, len(room.members), capacity))

    def enter(self, user: User, name: str) -> Room:
        """Let `user` into the room `name`, which is made if it does not exist; tell everybody inside.

        Raises Refused: RoomInvalid, AlreadyInside or RoomFull; then nothing has changed.
        """
        if flaw := room_flaw(name):
            raise Refused(RoomInvalid(printable(name), flaw, ROOM_LENGTH))
        key = fold(name)
        if key in user.rooms:
            raise Refused(AlreadyInside(user.rooms[key].name))
        self.require_place(name)
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(name)
            self.note("room.made", room=name)
        others = room.audience
        room.members[user] = None
        user.rooms[key] = room
        capacity = self.capacity(room)
        self.post(others, Entered(user.identity, room.name, len(room.members), capacity))
        room.changed()
        self.post(user.sessions, Admitted(room.view(capacity)))
        return room

    def leave(self, user: User, room: Room) -> None:
        """Take `user` out of `room` and tell everybody; an empty room ends unless it is permanent.

        Raises Refused(NotInside) when the user is not there.
        """
        if room.key not in user.rooms:
            raise Refused(NotInside())
        self._take_out(user, room)
        event = Left(user.identity, room.name, len(room.members), self.capacity(room))
        self.post(room.audience, event)
        self.post(user.sessions, Departed(room.name))

    def move(self, user: User, room: Room | None, name: str) -> Room:
        """Let `user` go from `room` (None: from nowhere) into the room `name`.

        Raises Refused like `enter`; then the user is still where they were.
        """
        if flaw := room_flaw(name):
            raise Refused(RoomInvalid(printable(name), flaw, ROOM_LENGTH))
        if fold(name) in user.rooms:
            raise Refused(AlreadyInside(user.rooms[fold(name)].name))
        self.require_place(name)
        if room is not None:
            self.leave(user, room)
        return self.enter(user, name)

    def _take_out(self, user: User, room: Room) -> None:
        del room.members[user]
        del user.rooms[room.key]
        room.changed()
        if not room.members:
            room.topic = ""
            if not room.permanent:
                del self.rooms[room.key]
                self.note("room.ended", room=room.name)

    # --- talking -------------------------------------------------------------------------------------------

    def say(self, session: "Session", user: User, room: Room, text: str) -> None:
        """Say `text` to everybody in `room` but the session that says it."""
        self.post(room.audience, Said(user.identity, room.name, text, self.stamp()), but=session)

    def tell(self, session: "Session", user: User, nick: str, text: str) -> None:
        """Tell `text` to one user in private; the session that tells it hears that it was delivered.

        Raises Refused(NoSuchNick).
        """
        target = self.find(nick)
        self.post(target.sessions, Told(user.identity, text, self.stamp()))
        session.post(Delivered(target.nick, text))

    def find(self, nick: str) -> User:
        """Return the user called `nick`. Raises Refused(NoSuchNick)."""
        user = self.users.get(fold(nick))
        if user is None:
            raise Refused(NoSuchNick(printable(nick)))
        return user

    def rename(self, user: User, nick: str) -> None:
        """Give `user` another nick and tell everybody who shares a room with them.

        A change of case only is a change. Raises Refused: NickInvalid or NickTaken.
        """
        if flaw := nick_flaw(nick):
            raise Refused(NickInvalid(printable(nick), flaw, NICK_LENGTH))
        holder = self.users.get(fold(nick))
        if holder is not None and holder is not user:
            raise Refused(NickTaken(holder.nick))
        before = user.identity
        if nick == before.nick:
            self.post(user.sessions, Named(before))
            return
        del self.users[fold(before.nick)]
        user.rename(nick)
        self.users[fold(nick)] = user
        self.post(self.neighbours(user), Renamed(before, nick))
        self.post(user.sessions, Named(user.identity))

    def set_topic(self, user: User, room: Room, topic: str) -> None:
        """Give `room` another topic (empty: none) and tell all its members.

        Raises Refused(TopicTooLong).
        """
        if len(topic) > self.policy.topic_length:
            raise Refused(TopicTooLong(self.policy.topic_length))
        room.topic = topic
        self.post(room.audience, TopicChanged(user.identity, room.name, topic))

    def view(self, room: Room) -> RoomView:
        """Return what `room` looks like from inside."""
        return room.view(self.capacity(room))

    def list_rooms(self) -> Iterator[Room]:
        """Yield all rooms in order of name."""
        return iter(sorted(self.rooms.values(), key=lambda room: room.key))
