"""A world with people in it who note what they are told: for tests of the verbs."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from coliseum.core.kinds import Reason, Setting
from coliseum.core.limits import Policy
from coliseum.core.refusals import Refusal
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.vocabulary import Event, Identity
from coliseum.core.world import World
from coliseum.errors import Refused
from coliseum.trace import silence
from tests.harness import at
from tests.mailboxes import emptied


class Person:
    """Somebody with one session."""

    def __init__(self, world: World, nick: str, host: str) -> None:
        self.world = world
        self.session = Session(world, "127.0.0.1:1", "tcp", host)
        self.session.open(world.now)
        self.session.satisfied()
        self.user = world.attach(self.session, Identity("", nick, nick.lower(), host), nick.capitalize())

    @property
    def identity(self) -> Identity:
        """Who they are now."""
        return self.user.identity

    def told(self) -> list[Event]:
        """Return what they were told since they were asked last."""
        return emptied(self.session)

    def enter(self, room: str, password: str = "") -> Room:
        """Go into a room."""
        return self.world.enter(self.user, room, password)

    def go(self) -> None:
        """Leave the server."""
        self.session.close(Reason.QUIT)
        self.told()


class Town:
    """A world, and a clock that moves when it is told to."""

    def __init__(self, **policy: Any) -> None:
        ids = count(1)
        self.world = World(Policy(**({"room_capacity": 0} | policy)), lambda: f"id-{next(ids)}", silence)
        self.world.at(at(1))
        self.people: list[Person] = []

    def person(self, nick: str, host: str = "example.org") -> Person:
        """Let somebody come."""
        made = Person(self.world, nick, host)
        made.told()
        self.people.append(made)
        return made

    def quiet(self) -> None:
        """Let everybody forget what they were told so far."""
        for person in self.people:
            person.told()

    def refused(self, call: Callable[[], object]) -> Refusal:
        """Return the refusal that `call` meets, and see that nothing has changed and nobody was told."""
        self.quiet()
        before = state_of(self.world)
        with pytest.raises(Refused) as caught:
            call()
        assert state_of(self.world) == before
        assert [person.told() for person in self.people] == [[] for _ in self.people]
        return caught.value.why


def state_of(world: World) -> object:
    """Return everything about rooms and people that a verb could change."""
    rooms = {
        room.key: (
            dict(room.members),
            (room.topic, room.topic_by, room.topic_time),
            room.capacity,
            room.password,
            set(room.flags),
            {kind: dict(entries) for kind, entries in room.lists.items()},
            set(room.invited),
            room.guarded,
        )
        for room in world.rooms.values()
    }
    users = {
        user.id: (user.identity, user.away, set(user.traits), list(user.rooms), dict(user.invitations))
        for user in world.users.values()
    }
    return rooms, users, list(world.users)


def room_with(town: Town, owner: Person, name: str, *flags: Setting) -> Room:
    """Return a room that `owner` has made, with these flags set besides those that it has anyway."""
    room = owner.enter(name)
    room.flags |= set(flags)
    room.changed()
    town.quiet()
    return room
