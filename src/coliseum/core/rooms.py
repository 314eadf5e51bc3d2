"""Rooms: where people talk, and what is set about them.

What must stay true: membership is symmetric (`user in room.members` exactly when `room.key in user.rooms`); only
the world and the verbs beside it change either. `audience` and `guarded` are derived and made anew after a change,
so that a message costs one list to walk and one look at a flag.

Not here: who may come in and speak (house_rules.py).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coliseum.core.kinds import LISTS, Setting
from coliseum.core.masks import Mask
from coliseum.core.names import fold
from coliseum.core.vocabulary import RoomSummary, RoomView

if TYPE_CHECKING:
    from coliseum.core.session import Session
    from coliseum.core.users import User

NO_ROLES: frozenset[Setting] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One mask on one of a room's lists."""

    mask: Mask
    by: str
    "Who put it there, as masks are matched."
    time: int
    "Nanoseconds since 1970 UTC."


class Room:
    """A room: its members in order of entry with their roles, its topic, its settings."""

    __slots__ = (
        "_audience",
        "capacity",
        "flags",
        "guarded",
        "invited",
        "key",
        "lists",
        "made",
        "members",
        "name",
        "password",
        "permanent",
        "topic",
        "topic_by",
        "topic_time",
    )

    def __init__(self, name: str, made: int = 0, *, permanent: bool = False) -> None:
        self.name = name
        self.key = fold(name)
        self.made = made
        "When; nanoseconds since 1970 UTC."
        self.members: dict[User, frozenset[Setting]] = {}
        self.topic = ""
        self.topic_by = ""
        "Who set it, as masks are matched; empty when nobody did."
        self.topic_time = 0
        self.capacity: int | None = None
        "How many may be inside; 0: unlimited, None: what the policy says."
        self.password = ""
        self.flags = {Setting.MEMBERS_ONLY}
        self.lists: dict[Setting, dict[str, Entry]] = {kind: {} for kind in LISTS}
        "By the masks' keys, in order of setting."
        self.invited: set[str] = set()
        "Ids of the users whom an operator of the room has invited and who have not come yet."
        self.permanent = permanent
        "It stays when the last one has left."
        self.guarded = False
        "Not every member may say everything: ask the house rules."
        self._audience: list[Session] | None = None

    @property
    def audience(self) -> list["Session"]:
        """All sessions of all members, in order of entry. Not to be changed or kept."""
        if self._audience is None:
            self._audience = [session for user in self.members for session in user.sessions]
        return self._audience

    def those(self, role: Setting) -> list["Session"]:
        """Return the sessions of the members who have `role` or a higher one."""
        wanted = {role, Setting.OPERATOR}
        return [session for user, roles in self.members.items() if roles & wanted for session in user.sessions]

    def changed(self) -> None:
        """Forget what is derived: members, their sessions or the settings have changed."""
        self._audience = None
        guards = {Setting.MODERATED, Setting.NO_REQUESTS}
        self.guarded = bool(self.flags & guards or self.lists[Setting.BAN])

    def roles(self, user: "User") -> frozenset[Setting]:
        """Return what `user` is in the room; nothing when they are not inside."""
        return self.members.get(user, NO_ROLES)

    def view(self, capacity: int) -> RoomView:
        """Return what the room looks like from inside."""
        return RoomView(self.name, tuple(user.nick for user in self.members), capacity, self.topic)

    def summary(self, capacity: int) -> RoomSummary:
        """Return the room's row in a list."""
        return RoomSummary(self.name, len(self.members), capacity, self.topic)
