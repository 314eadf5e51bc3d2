"""Users: identities in rooms. A user is not a connection.

A user has sessions (one for now; several, or none for a while, once there are accounts), and what is done to a
user reaches all of them.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coliseum.core.kinds import Trait
from coliseum.core.vocabulary import Identity

if TYPE_CHECKING:
    from coliseum.core.rooms import Room
    from coliseum.core.session import Session


class User:
    """Somebody in the world."""

    __slots__ = (
        "away",
        "identity",
        "invitations",
        "last_spoke",
        "realname",
        "rooms",
        "sessions",
        "since",
        "traits",
    )

    def __init__(self, identity: Identity, realname: str = "", since: int = 0) -> None:
        self.identity = identity
        "Frozen, so that events can hold it; replaced when the nick changes."
        self.realname = realname
        self.since = since
        "When they came; nanoseconds since 1970 UTC."
        self.last_spoke = 0.0
        "Monotonic seconds."
        self.away = ""
        "Why they are away; empty when they are not."
        self.traits: frozenset[Trait] = frozenset()
        self.sessions: list[Session] = []
        self.rooms: dict[str, Room] = {}
        "By key, in order of entry."
        self.invitations: dict[str, Room] = {}
        "Rooms they were asked into, by key; one may have ended since."

    @property
    def id(self) -> str:
        """The uuid."""
        return self.identity.id

    @property
    def nick(self) -> str:
        """What the user is called now."""
        return self.identity.nick

    def become(self, **changes: Any) -> None:
        """Change fields of the identity (the world keeps the directory true)."""
        self.identity = replace(self.identity, **changes)
