"""Moderation: the verbs of those who keep order in a room (and of everybody who invites).

Like the verbs of the world, each one checks, changes and tells in one step; one that raises Refused has changed
nothing. Settings are changed one after the other and told together, as one event.

Not here: who may (house_rules.py); how a change is written (dialects).
"""

from coliseum.core.house_rules import is_operator, require_inside, require_operator
from coliseum.core.kinds import FLAGS, LISTS, Change, Setting
from coliseum.core.masks import Mask
from coliseum.core.names import fold, printable
from coliseum.core.refusals import AlreadyMember, ListFull, NotMember
from coliseum.core.rooms import Entry, Room
from coliseum.core.users import User
from coliseum.core.vocabulary import Invited, InviteSeen, Kicked, SettingsChanged
from coliseum.core.world import World
from coliseum.errors import Refused

LIST_LENGTH = 100
"Masks on all lists of one room together."


def kick(world: World, user: User, room: Room, nick: str, message: str) -> None:
    """Put somebody out of `room` and tell everybody inside, them too.

    Raises Refused: OutsideRoom, NotOperator, NotMember.
    """
    require_operator(room, user)
    target = world.users.get(fold(nick))
    if target is None or target not in room.members:
        raise Refused(NotMember(target.nick if target else printable(nick), room.name))
    audience = room.audience
    world.take_out(target, room)
    event = Kicked(user.identity, room.name, target.identity, message, len(room.members), world.capacity(room))
    world.post(audience, event)


def invite(world: World, user: User, room: Room, nick: str) -> User:
    """Ask somebody into `room`: they are told; return who it was.

    The invitation of an operator of the room overrules what operators have set: invite-only, a ban, their own
    limit. The operators of the room are told too. Raises Refused: OutsideRoom, NotOperator (where only operators
    may), NoSuchNick, AlreadyMember.
    """
    require_inside(room, user)
    if Setting.INVITE_ONLY in room.flags:
        require_operator(room, user)
    target = world.find(nick)
    if target in room.members:
        raise Refused(AlreadyMember(target.nick, room.name))
    if is_operator(room, user):
        room.invited.add(target.id)
    alive = {key: old for key, old in target.invitations.items() if world.rooms.get(key) is old}
    target.invitations = alive | {room.key: room}
    world.post(target.sessions, Invited(user.identity, room.name, target.nick))
    operators = [one for one, roles in room.members.items() if Setting.OPERATOR in roles and one is not user]
    seen = InviteSeen(user.identity, room.name, target.nick)
    for one in operators:
        world.post(one.sessions, seen)
    return target


class Changes:
    """Changes one user makes to one room: applied at once, one by one; told together by `tell`."""

    def __init__(self, world: World, user: User, room: Room) -> None:
        self._world = world
        self._user = user
        self._room = room
        self._made: list[Change] = []

    def flag(self, setting: Setting, *, on: bool) -> None:
        """Switch one of FLAGS. Raises Refused like `require_operator`, as all of these do."""
        assert setting in FLAGS
        room = self._permitted()
        if (setting in room.flags) != on:
            room.flags ^= {setting}
            self._note(Change(setting, on))

    def password(self, password: str) -> None:
        """Set the room's password; empty: none."""
        room = self._permitted()
        if room.password != password:
            before, room.password = room.password, password
            self._note(Change(Setting.PASSWORD, bool(password), password or before))

    def capacity(self, capacity: int) -> None:
        """Set how many may be inside, 0: unlimited; whoever is inside stays."""
        room = self._permitted()
        before = self._world.capacity(room)
        room.capacity = capacity
        if before != capacity:
            self._note(Change(Setting.CAPACITY, bool(capacity), str(capacity) if capacity else ""))

    def role(self, role: Setting, nick: str, *, on: bool) -> None:
        """Give or take a role of a member. Raises Refused: NoSuchNick, NotMember too."""
        room = self._permitted()
        target = self._world.find(nick)
        if target not in room.members:
            raise Refused(NotMember(target.nick, room.name))
        roles = room.members[target]
        if (role in roles) != on:
            room.members[target] = roles ^ {role}
            self._note(Change(role, on, target.nick))

    def mask(self, setting: Setting, mask: Mask, *, on: bool) -> None:
        """Put a mask on one of LISTS, or take it away. Raises Refused(ListFull) too."""
        assert setting in LISTS
        room = self._permitted()
        entries = room.lists[setting]
        if (mask.key in entries) == on:
            return
        if on:
            if sum(map(len, room.lists.values())) >= LIST_LENGTH:
                raise Refused(ListFull(room.name, setting, mask.text, LIST_LENGTH))
            entries[mask.key] = Entry(mask, self._user.identity.full_name, self._world.now.wall)
            self._note(Change(setting, True, mask.text))
        else:
            self._note(Change(setting, False, entries.pop(mask.key).mask.text))

    def tell(self) -> None:
        """Tell all members what has changed."""
        if self._made:
            self._room.changed()
            event = SettingsChanged(self._user.identity, self._room.name, tuple(self._made))
            self._world.post(self._room.audience, event)
            self._made = []

    def _permitted(self) -> Room:
        require_operator(self._room, self._user)
        return self._room

    def _note(self, change: Change) -> None:
        self._made.append(change)
