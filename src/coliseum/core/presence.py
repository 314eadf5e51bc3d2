"""Presence: who is away, who watches whom, who was here; and what a user says about themselves.

What must stay true: whoever shares a room with a user is told once, by the neighbours' event; whoever watches
their nick and shares none is told of away and real name by the watcher's event; nobody is told both. What is
remembered of who has left is bounded.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coliseum.core.kinds import Trait
from coliseum.core.names import fold
from coliseum.core.vocabulary import (
    Announced,
    AwayChanged,
    CameOnline,
    Event,
    Identity,
    RealnameChanged,
    WatchedAway,
    WatchedRealname,
    WentOffline,
)

if TYPE_CHECKING:
    from coliseum.core.session import Session
    from coliseum.core.users import User
    from coliseum.core.world import World

REMEMBERED = 1000
"How many who have left, or changed their nick, are remembered."
WATCH_LENGTH = 100
"Nicks that one session may watch."


@dataclass(frozen=True, slots=True)
class Past:
    """Somebody who was here, under a nick they no longer have."""

    identity: Identity
    realname: str
    time: int
    "When they left it; nanoseconds since 1970 UTC."


class Memory:
    """Who was here: the last `REMEMBERED` of them, the latest first."""

    def __init__(self) -> None:
        self._all: deque[Past] = deque(maxlen=REMEMBERED)

    def keep(self, past: Past) -> None:
        """Remember one more."""
        self._all.appendleft(past)

    def find(self, nick: str) -> list[Past]:
        """Return who was called `nick`, the latest first."""
        key = fold(nick)
        return [past for past in self._all if fold(past.identity.nick) == key]


class Watchers:
    """Which sessions watch which nicks."""

    def __init__(self) -> None:
        self._sessions: dict[str, dict[Session, None]] = {}
        "By folded nick."
        self._nicks: dict[Session, dict[str, str]] = {}
        "By session: folded nick to nick as it was written, in order."

    def add(self, session: "Session", nick: str) -> bool:
        """Watch `nick`; False: the session watches as many as it may, and this one not."""
        nicks = self._nicks.setdefault(session, {})
        if fold(nick) not in nicks and len(nicks) >= WATCH_LENGTH:
            return False
        nicks.setdefault(fold(nick), nick)
        self._sessions.setdefault(fold(nick), {})[session] = None
        return True

    def remove(self, session: "Session", nick: str) -> None:
        """Watch `nick` no more; nothing happens when it was not watched."""
        key = fold(nick)
        if self._nicks.get(session, {}).pop(key, None) is not None:
            del self._sessions[key][session]
            if not self._sessions[key]:
                del self._sessions[key]

    def forget(self, session: "Session") -> None:
        """Watch nobody."""
        for nick in list(self._nicks.get(session, ())):
            self.remove(session, nick)
        self._nicks.pop(session, None)

    def watched_by(self, session: "Session") -> list[str]:
        """Return the nicks that `session` watches, as they were written."""
        return list(self._nicks.get(session, {}).values())

    def of(self, nick: str) -> Iterable["Session"]:
        """Return the sessions that watch `nick`."""
        return tuple(self._sessions.get(fold(nick), ()))


def came_online(world: "World", user: "User") -> None:
    """Tell who watches `user`'s nick that they are here."""
    for session in world.watchers.of(user.nick):
        if session.user is not None:
            session.post(CameOnline(user.identity, session.user.nick))


def went_offline(world: "World", nick: str) -> None:
    """Tell who watches `nick` that nobody is called so any more."""
    for session in world.watchers.of(nick):
        if session.user is not None:
            session.post(WentOffline(nick, session.user.nick))


def set_away(world: "World", user: "User", message: str) -> None:
    """Say that `user` is away (empty: back); nobody is told when nothing changes."""
    if user.away != message:
        user.away = message
        _tell(world, user, AwayChanged(user.identity, message), WatchedAway(user.identity, message))


def set_realname(world: "World", user: "User", realname: str) -> None:
    """Give `user` another real name; their own sessions are told too."""
    user.realname = realname
    event = RealnameChanged(user.identity, realname)
    world.post(user.sessions, event)
    _tell(world, user, event, WatchedRealname(user.identity, realname))


def set_trait(world: "World", user: "User", trait: Trait, *, on: bool) -> bool:
    """Set a trait of `user`; return whether that changed anything. The caller says whether they may."""
    if (trait in user.traits) == on:
        return False
    user.traits ^= {trait}
    world.traits[trait] += 1 if on else -1
    if trait is Trait.BOT:
        user.become(bot=on)
    return True


def announce(world: "World", user: "User", text: str) -> None:
    """Tell `text` to everybody who listens for what server operators announce."""
    event = Announced(user.identity, text)
    for one in world.users.values():
        if Trait.LISTENER in one.traits:
            world.post(one.sessions, event)


def _tell(world: "World", user: "User", event: Event, watched: Event) -> None:
    neighbours = dict.fromkeys(world.neighbours(user))
    world.post(neighbours, event)
    own = dict.fromkeys(user.sessions)
    world.post([one for one in world.watchers.of(user.nick) if one not in neighbours and one not in own], watched)
