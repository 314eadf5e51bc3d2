"""Rooms: where people talk.

What must stay true: membership is symmetric (`user in room.members` exactly when `room.key in user.rooms`);
only the world changes either. `audience` is derived from the members and made anew after a change, so that a
message costs one list to walk.
"""

from typing import TYPE_CHECKING

from coliseum.core.names import fold
from coliseum.core.vocabulary import RoomSummary, RoomView

if TYPE_CHECKING:
    from coliseum.core.session import Session
    from coliseum.core.users import User


class Room:
    """A room: its members in order of entry, its topic, its capacity."""

    __slots__ = ("_audience", "capacity", "key", "members", "name", "permanent", "topic")

    def __init__(self, name: str, *, permanent: bool = False) -> None:
        self.name = name
        self.key = fold(name)
        self.members: dict[User, None] = {}
        self.topic = ""
        self.capacity: int | None = None
        "How many may be inside; 0: unlimited, None: what the policy says."
        self.permanent = permanent
        "It stays when the last one has left."
        self._audience: list[Session] | None = None

    @property
    def audience(self) -> list["Session"]:
        """All sessions of all members, in order of entry. Not to be changed or kept."""
        if self._audience is None:
            self._audience = [session for user in self.members for session in user.sessions]
        return self._audience

    def changed(self) -> None:
        """Forget the audience: members or their sessions have changed."""
        self._audience = None

    def view(self, capacity: int) -> RoomView:
        """Return what the room looks like from inside."""
        return RoomView(self.name, tuple(user.nick for user in self.members), capacity, self.topic)

    def summary(self, capacity: int) -> RoomSummary:
        """Return the room's row in a list."""
        return RoomSummary(self.name, len(self.members), capacity, self.topic)
