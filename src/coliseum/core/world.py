"""The world: the directory of users, sessions and rooms, and the verbs of everybody on them.

The idea: a verb checks, changes and posts in one step, without a place where another session could come in
between. So "is there room?" and the entry are one thing, and a capacity is never exceeded, whatever the engine.

What must stay true:
* one caller at a time is inside (threads: the world's lock is held; asyncio: we are on the loop);
* a verb that raises `Refused` has changed nothing;
* whoever fills a mailbox does it through `post` (post.py), so that the flush finds it.

Not here: bytes, text a person reads, and who waits for what; what a room allows (house_rules.py), the verbs of
those who keep order in one (moderation.py), who is away and who watches whom (presence.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Protocol

from coliseum.core.door import Door
from coliseum.core.house_rules import (
    entry_refusal,
    may_see,
    place_refusal,
    require_inside,
    require_operator,
    speech_refusal,
)
from coliseum.core.kinds import Kind, Reason, Setting, Trait
from coliseum.core.limits import Policy
from coliseum.core.looks import Looks
from coliseum.core.names import NICK_LENGTH, ROOM_LENGTH, fold, nick_flaw, printable, room_flaw
from coliseum.core.post import PostOffice
from coliseum.core.presence import Memory, Past, Watchers, came_online, went_offline
from coliseum.core.refusals import (
    AlreadyInside,
    NickInvalid,
    NickLooksTaken,
    NickTaken,
    NoRequests,
    NoSuchNick,
    NotInside,
    RoomInvalid,
    RoomLooksTaken,
    ServerFull,
    TooManyRooms,
    TopicTooLong,
)
from coliseum.core.rooms import NO_ROLES, Room
from coliseum.core.timers import Moment
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    AwayChanged,
    Departed,
    Entered,
    Gone,
    Identity,
    Left,
    Named,
    Renamed,
    RoomView,
    Said,
    Tags,
    Told,
    TopicChanged,
    Welcomed,
)
from coliseum.errors import Refused

if TYPE_CHECKING:
    from coliseum.core.session import Session


class Note(Protocol):
    """Where the world reports facts for the log: an event's name and its fields, never what people said.

    It is called while the world is held, so it must not block.
    """

    def __call__(self, event: str, /, **fields: object) -> None:
        """Take in one fact."""


class World(PostOffice):
    """One server's people and rooms."""

    def __init__(self, policy: Policy, new_id: Callable[[], str], note: Note) -> None:
        super().__init__()
        self.policy = policy
        self.new_id = new_id
        self.note = note
        self.sessions: dict[Session, None] = {}
        self.users: dict[str, User] = {}
        "By folded nick."
        self.rooms: dict[str, Room] = {}
        "By folded name."
        self.began: Moment | None = None
        "When the first session came."
        self.traits: Counter[Trait] = Counter()
        "How many users have each trait."
        self.door = Door()
        self.most_users = 0
        "How many there have been at the same time at most."
        self.watchers = Watchers()
        self.memory = Memory()
        self._stopping = False
        self._guests = count(1)
        lobby = Room(policy.lobby, permanent=True)
        self.rooms[lobby.key] = lobby
        self.nick_looks = Looks()
        self.room_looks = Looks(lobby.name)

    def begin(self, now: Moment) -> None:
        """Take in when the world began, if that was not known yet: with the first session."""
        if self.began is None:
            self.began = now
            for room in self.rooms.values():
                room.made = now.wall

    # --- coming and going ----------------------------------------------------------------------------------

    def attach(self, session: "Session", you: Identity | None = None, realname: str = "") -> User:
        """Make a user for `session` and welcome it: `you` (whose id does not count), or a guest.

        Raises Refused: ServerFull when the server has as many clients as it may, or like `require_free`; then
        nothing has changed.
        """
        limit = self.policy.max_clients
        if limit and len(self.users) >= limit:
            raise Refused(ServerFull(len(self.users), limit))
        if you is None:
            nick = next(nick for n in self._guests if not self.nick_looks.like(nick := f"guest-{n}"))
            you = Identity("", nick, "plain", session.host)
        self.require_free(you.nick)
        user = User(Identity(self.new_id(), you.nick, you.username, you.host), realname, self.now.wall)
        user.last_spoke = self.now.monotonic
        user.sessions.append(session)
        session.user = user
        self.door.arrived(session)
        self.users[fold(you.nick)] = user
        self.nick_looks.add(you.nick)
        self.most_users = max(self.most_users, len(self.users))
        session.post(self.welcome(user))
        came_online(self, user)
        self.note("user.attached", session=session.id, user=user.id, nick=you.nick)
        return user

    def require_free(self, nick: str, user: User | None = None) -> None:
        """Raise Refused, Nick…, when `nick` can't be a new user's, or `user`'s from now on."""
        if flaw := nick_flaw(nick):
            raise Refused(NickInvalid(printable(nick), flaw, NICK_LENGTH))
        holder = self.users.get(fold(nick))
        if holder is not None and holder is not user:
            raise Refused(NickTaken(holder.nick))
        if other := self.nick_looks.like(nick, but=user.nick if user else ""):
            raise Refused(NickLooksTaken(nick, other))

    def welcome(self, user: User) -> Welcomed:
        """Return what `user` is told about themselves and the server."""
        policy = self.policy
        return Welcomed(user.identity, policy.server_name, policy.description, policy.motd)

    def detach(self, session: "Session", reason: Reason, message: str = "") -> None:
        """Take `session` from its user; the last session takes the user out of the world.

        Everybody who shares a room with the user is told once. Nothing happens when there is no user.
        """
        self.watchers.forget(session)
        user, session.user = session.user, None
        self.door.arrived(session)
        if user is None:
            return
        user.sessions.remove(session)
        for room in user.rooms.values():
            room.changed()
        if user.sessions:
            return
        if not self._stopping:  # when everybody goes, nobody needs to be told who does
            self.post(self.neighbours(user), Gone(user.identity, reason, message))
            went_offline(self, user.nick)
        for room in list(user.rooms.values()):
            self.take_out(user, room)
        for room in user.invitations.values():
            room.invited.discard(user.id)
        del self.users[fold(user.nick)]
        self.nick_looks.remove(user.nick)
        self.traits.subtract(user.traits)
        self.memory.keep(Past(user.identity, user.realname, self.now.wall))

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
        if full := place_refusal(room, self.capacity(room)):
            raise Refused(full)

    def require_entry(self, user: User, name: str, password: str = "", *, leaving: Room | None = None) -> None:
        """Raise Refused when `user` can't enter the room `name`, having left the room `leaving`.

        RoomInvalid, AlreadyInside, TooManyRooms, RoomLooksTaken (a new room), or what the room says.
        """
        if flaw := room_flaw(name):
            raise Refused(RoomInvalid(printable(name), flaw, ROOM_LENGTH))
        key = fold(name)
        if key in user.rooms:
            raise Refused(AlreadyInside(user.rooms[key].name))
        most = self.policy.rooms_per_user
        if len(user.rooms) - (leaving is not None) >= most:
            raise Refused(TooManyRooms(name, most))
        room = self.rooms.get(key)
        if room is None and (other := self.room_looks.like(name)):
            raise Refused(RoomLooksTaken(name, other if may_see(self.rooms[fold(other)], user) else ""))
        if room is not None and (no := entry_refusal(room, user, self.capacity(room), password)):
            raise Refused(no)

    def enter(self, user: User, name: str, password: str = "") -> Room:
        """Let `user` into the room `name`, which is made if it does not exist; tell everybody inside.

        Who makes a room is its operator. Raises Refused like `require_entry`; then nothing has changed.
        """
        self.require_entry(user, name, password)
        key = fold(name)
        room = self.rooms.get(key)
        roles = NO_ROLES
        if room is None:
            room = self.rooms[key] = Room(name, self.now.wall)
            roles = frozenset({Setting.OPERATOR})
            self.room_looks.add(name)
            self.note("room.made", room=name)
        others = room.audience
        room.members[user] = roles
        user.rooms[key] = room
        room.invited.discard(user.id)
        user.invitations.pop(key, None)
        capacity = self.capacity(room)
        self.post(others, Entered(user.identity, room.name, len(room.members), capacity, user.realname))
        if user.away:
            self.post(others, AwayChanged(user.identity, user.away))
        room.changed()
        self.post(user.sessions, Admitted(room.view(capacity), user.identity, user.realname))
        return room

    def leave(self, user: User, room: Room, message: str = "") -> None:
        """Take `user` out of `room` and tell everybody; an empty room ends unless it is permanent.

        Raises Refused(NotInside) when the user is not there.
        """
        if room.key not in user.rooms:
            raise Refused(NotInside())
        self.take_out(user, room)
        event = Left(user.identity, room.name, len(room.members), self.capacity(room), message)
        self.post(room.audience, event)
        self.post(user.sessions, Departed(room.name, user.identity, message))

    def move(self, user: User, room: Room | None, name: str, password: str = "") -> Room:
        """Let `user` go from `room` (None: from nowhere) into the room `name`.

        Raises Refused like `enter`; then the user is still where they were.
        """
        self.require_entry(user, name, password, leaving=room)
        if room is not None:
            self.leave(user, room)
        return self.enter(user, name, password)

    def take_out(self, user: User, room: Room) -> None:
        """Take `user` out of `room` without a word: for verbs that tell it in their own way."""
        del room.members[user]
        del user.rooms[room.key]
        room.changed()
        if not room.members:
            del self.rooms[room.key]
            if room.permanent:
                self.rooms[room.key] = Room(room.name, room.made, permanent=True)
            else:
                self.room_looks.remove(room.name)
                self.note("room.ended", room=room.name)

    # --- talking -------------------------------------------------------------------------------------------

    def say(
        self,
        session: "Session",
        user: User,
        room: Room,
        text: str,
        kind: Kind = Kind.MESSAGE,
        tags: Tags = (),
        only: Setting | None = None,
    ) -> Said:
        """Say `text` to everybody in `room` but the session that says it; return what was said.

        Raises Refused(CannotSpeak).
        """
        if (room.guarded or room.key not in user.rooms) and (no := speech_refusal(room, user, kind)):
            raise Refused(no)
        user.last_spoke = self.now.monotonic
        event = Said(user.identity, room.name, text, self.stamp(), kind, tags, only)
        self.spread(room.audience if only is None else room.those(only), event, session)
        return event

    def say_on(self, session: "Session", text: str) -> bool:
        """Say `text` too, where and how `session` has just said something; False: nothing was said.

        It goes only for what follows at once in the same step: then nothing that the house rules look at can have
        changed, so they need not be asked again, and who hears it is known.
        """
        burst = self.growing
        if burst is None or session is not self.speaker:
            return False
        last = burst.events[-1]
        assert type(last) is Said
        burst.events.append(Said(last.source, last.room, text, self.stamp(), last.kind, last.tags, last.only))
        return True

    def tell(
        self, user: User, nick: str, text: str, kind: Kind = Kind.MESSAGE, tags: Tags = ()
    ) -> tuple[User, Told]:
        """Tell `text` to one user in private; return whom, and what was told.

        Raises Refused: NoSuchNick, NoRequests.
        """
        target = self.find(nick)
        if kind is Kind.REQUEST and Trait.UNREQUESTED in target.traits:
            raise Refused(NoRequests(target.nick))
        user.last_spoke = self.now.monotonic
        event = Told(user.identity, text, self.stamp(), kind, tags, target.nick)
        self.post(target.sessions, event)
        return target, event

    def find(self, nick: str) -> User:
        """Return the user called `nick`. Raises Refused(NoSuchNick)."""
        user = self.users.get(fold(nick))
        if user is None:
            raise Refused(NoSuchNick(printable(nick)))
        return user

    def rename(self, user: User, nick: str) -> None:
        """Give `user` another nick and tell everybody who shares a room with them.

        A change of case only is a change. Raises Refused like `require_free`.
        """
        self.require_free(nick, user)
        before = user.identity
        if nick == before.nick:
            self.post(user.sessions, Named(before, before))
            return
        del self.users[fold(before.nick)]
        self.nick_looks.remove(before.nick)
        user.become(nick=nick)
        self.users[fold(nick)] = user
        self.nick_looks.add(nick)
        self.post(self.neighbours(user), Renamed(before, nick))
        self.post(user.sessions, Named(user.identity, before))
        if fold(before.nick) != fold(nick):
            went_offline(self, before.nick)
            came_online(self, user)
            self.memory.keep(Past(before, user.realname, self.now.wall))

    def set_topic(self, user: User, room: Room, topic: str) -> None:
        """Give `room` another topic (empty: none) and tell all its members.

        Raises Refused: OutsideRoom, NotOperator (where only operators may), TopicTooLong.
        """
        require_inside(room, user)
        if Setting.TOPIC_LOCKED in room.flags:
            require_operator(room, user)
        if len(topic.encode()) > self.policy.topic_length:
            raise Refused(TopicTooLong(self.policy.topic_length))
        room.topic, room.topic_by, room.topic_time = topic, user.identity.full_name, self.now.wall
        self.post(room.audience, TopicChanged(user.identity, room.name, topic))

    def view(self, room: Room) -> RoomView:
        """Return what `room` looks like from inside."""
        return room.view(self.capacity(room))

    def list_rooms(self) -> Iterator[Room]:
        """Yield all rooms in order of name."""
        return iter(sorted(self.rooms.values(), key=lambda room: room.key))
