"""Users: identities in rooms. A user is not a connection.

A user has sessions (one for now; several, or none for a while, once there are accounts), and what is done to a
user reaches all of them.
"""

from typing import TYPE_CHECKING

from coliseum.core.vocabulary import Identity

if TYPE_CHECKING:
    from coliseum.core.rooms import Room
    from coliseum.core.session import Session


class User:
    """Somebody in the world."""

    __slots__ = ("identity", "rooms", "sessions")

    def __init__(self, uuid: str, nick: str) -> None:
        self.identity = Identity(uuid, nick)
        "Frozen, so that events can hold it; replaced when the nick changes."
        self.sessions: list[Session] = []
        self.rooms: dict[str, Room] = {}
        "By key, in order of entry."

    @property
    def id(self) -> str:
        """The uuid."""
        return self.identity.id

    @property
    def nick(self) -> str:
        """What the user is called now."""
        return self.identity.nick

    def rename(self, nick: str) -> None:
        """Take another nick (the world keeps the directory true)."""
        self.identity = Identity(self.identity.id, nick)
