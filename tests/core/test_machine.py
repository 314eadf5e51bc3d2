"""Anybody may do anything in any order: what must stay true, and every client's own view, after each step.

The clients are programs (`/json`, see witness.py). What the plain dialect has no words for (settings, kicks,
invitations, several rooms at a time) they do by the world's verbs, as IRC does. Scripts that are suspended (a
password, a flood) are resumed, and mailboxes are flushed, whenever the machine likes: that is all that an engine
can decide.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import count, pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from coliseum.core import moderation, presence
from coliseum.core.delivery import deliver
from coliseum.core.effects import Effect, VerifyPassword
from coliseum.core.inbound import Closed, Item, Ready
from coliseum.core.kinds import FLAGS, LISTS, ROLES, Kind, Reason, Setting, Trait
from coliseum.core.limits import Policy
from coliseum.core.masks import parse
from coliseum.core.moderation import Changes
from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.core.users import User
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.errors import Refused
from coliseum.i18n import english
from tests.core.town import state_of
from tests.core.witness import SECRET, Client, NotedWorld, log_nothing
from tests.harness import at

pytestmark = pytest.mark.interpreted

VOICE = Voice.speaking(english)
ROOMS = ["lobby", "LOBBY", "garden", "#Garden", "kitchen", "kitchen sesame", "n,t", ""]
NICKS = ["ana", "ANA", "luis", "guest-2", "GUEST-2", "1x"]
MASKS = ["*", "ana", "~m:*", "guest-*", "*@localhost"]
PEOPLE = st.integers(0, 5)
"Whom something is done to, by their place in the directory."


class Arena(RuleBasedStateMachine):
    """A world, its sessions, and their clients."""

    clients = Bundle("clients")

    def __init__(self) -> None:
        super().__init__()
        ids = count(1)
        self.seconds = 0.0
        self.texts = (f"text-{n}" for n in count(1))
        self.world = NotedWorld(Policy(), lambda: f"id-{next(ids)}", log_nothing)
        self.connected: dict[Client, None] = {}
        self.lazy = False

    @initialize(
        target=clients,
        capacity=st.sampled_from([3, 1, 2, 0]),
        most=st.sampled_from([0, 0, 4]),
        password=st.sampled_from(["", "", SECRET]),
        flood=st.booleans(),
        people=st.integers(2, 5),
    )
    def open_house(
        self, capacity: int, most: int, password: str, flood: bool, people: int
    ) -> MultipleResults[Client]:
        self.world.policy = Policy(
            room_capacity=capacity, max_clients=most, password=password, flood_control=flood, password_timeout=8
        )
        found = [self.connect_one(knows=True) for _ in range(people)]
        for number, who in enumerate(found):  # so that many are somewhere, and not all in the same place
            self.receive(who, f"/join {['garden', 'lobby'][number % 2]}")
        return multiple(*found)

    # --- what people do --------------------------------------------------------------------------------------

    @rule(target=clients, knows=st.booleans())
    def connect(self, knows: bool) -> Client:
        return self.connect_one(knows=knows)

    def connect_one(self, *, knows: bool) -> Client:
        session = Session(self.world, "127.0.0.1:1", "tcp")
        session.dialect = PlainDialect(session, VOICE)
        made = Client(session, VOICE.text)
        session.carrier = made
        session.open(self.now())
        self.connected[made] = None
        self.receive(made, Ready(), "/json")
        if knows and self.world.policy.password:
            self.receive(made, SECRET)
            self.carry_on(made)
        return made

    @rule(who=clients, times=st.sampled_from([1, 1, 2, 30]))
    def say(self, who: Client, times: int) -> None:
        self.receive(who, *(next(self.texts) for _ in range(times)))

    @rule(who=clients, room=st.sampled_from(ROOMS))
    def join(self, who: Client, room: str) -> None:
        self.receive(who, f"/join {room}")

    @rule(who=clients, room=st.sampled_from(ROOMS))
    def do_much_in_one_batch(self, who: Client, room: str) -> None:
        lines = [
            next(self.texts),
            f"/join {room}",
            f"/me {next(self.texts)}",
            "/who",
            "/topic",
            "/rooms",
            "/dance",
        ]
        self.receive(who, *lines)

    @rule(who=clients, line=st.sampled_from(["/leave", "/away lunch", "/away", "/nick guest-2", "/topic -"]))
    def do(self, who: Client, line: str) -> None:
        self.receive(who, line)

    @rule(who=clients, nick=st.sampled_from(NICKS))
    def rename(self, who: Client, nick: str) -> None:
        self.receive(who, f"/nick {nick}")

    @rule(who=clients, nick=st.sampled_from(NICKS))
    def tell(self, who: Client, nick: str) -> None:
        self.receive(who, f"/msg {nick} {next(self.texts)}")

    @rule(who=clients, topic=st.sampled_from(["roses", "", "x" * 301]))
    def change_topic(self, who: Client, topic: str) -> None:
        self.receive(who, f"/topic {topic}")

    @rule(who=clients, how=st.sampled_from(["quit", "close", "overflow"]))
    def end(self, who: Client, how: str) -> None:
        match how:
            case "quit":
                self.receive(who, next(self.texts), "/quit", "too late")
            case "close":
                self.receive(who, next(self.texts), Closed(), "too late")
            case _:
                who.session.close(Reason.SENDQ_EXCEEDED)

    # --- what people do by the verbs -------------------------------------------------------------------------

    def attempt(self, who: Client, verb: Callable[[User], object]) -> None:
        """Do something as this client; who is refused has changed nothing."""
        self.world.at(self.now())
        if user := who.session.user:
            before = state_of(self.world)
            try:
                verb(user)
            except Refused:
                assert state_of(self.world) == before

    def attempt_inside(self, who: Client, verb: Callable[[User, Room], object]) -> None:
        """Do something in a room where the client is, one that it rules if there is any."""
        user = who.session.user
        if user and user.rooms:
            ruled = [room for room in user.rooms.values() if Setting.OPERATOR in room.members[user]]
            room = (ruled or list(user.rooms.values()))[-1]
            self.attempt(who, lambda user: verb(user, room))

    def nick_of(self, number: int) -> str:
        """Return somebody's nick, or sometimes nobody's."""
        nicks = [user.nick for user in self.world.users.values()]
        return nicks[number] if number < len(nicks) else "nobody"

    @rule(
        who=clients, name=st.sampled_from(["lobby", "garden", "kitchen"]), password=st.sampled_from(["", SECRET])
    )
    def enter_one_more(self, who: Client, name: str, password: str) -> None:
        self.attempt(who, lambda user: self.world.enter(user, name, password))

    @rule(
        who=clients,
        name=st.sampled_from(["lobby", "garden"]),
        kind=st.sampled_from(Kind),
        only=st.sampled_from([None, None, *sorted(ROLES)]),
    )
    def speak(self, who: Client, name: str, kind: Kind, only: Setting | None) -> None:
        """Speak into a room, perhaps from outside."""
        if room := self.world.rooms.get(name):
            text = next(self.texts)
            self.attempt(who, lambda user: self.world.say(who.session, user, room, text, kind, (), only))

    @rule(who=clients, number=PEOPLE)
    def kick(self, who: Client, number: int) -> None:
        nick, text = self.nick_of(number), next(self.texts)
        self.attempt_inside(who, lambda user, room: moderation.kick(self.world, user, room, nick, text))

    @rule(who=clients, number=PEOPLE, comes=st.booleans())
    def invite(self, who: Client, number: int, comes: bool) -> None:
        nick = self.nick_of(number)

        def verb(user: User, room: Room) -> None:
            target = moderation.invite(self.world, user, room, nick)
            if comes:
                with suppress(Refused):
                    self.world.enter(target, room.name, room.password)

        self.attempt_inside(who, verb)

    @rule(
        who=clients,
        settings=st.lists(st.sampled_from(sorted(Setting)), min_size=1, max_size=4),
        on=st.booleans(),
        number=PEOPLE,
        mask=st.sampled_from(MASKS),
    )
    def change_settings(self, who: Client, settings: list[Setting], on: bool, number: int, mask: str) -> None:
        parsed = parse(mask)
        assert parsed
        nick = self.nick_of(number)

        def verb(user: User, room: Room) -> None:
            changes = Changes(self.world, user, room)
            for setting in settings:
                with suppress(Refused):
                    if setting in FLAGS:
                        changes.flag(setting, on=on)
                    elif setting in LISTS:
                        changes.mask(setting, parsed, on=on)
                    elif setting in ROLES:
                        changes.role(setting, nick, on=on)
                    elif setting is Setting.PASSWORD:
                        changes.password(SECRET if on else "")
                    else:
                        changes.capacity(number)
            changes.tell()

        self.attempt_inside(who, verb)

    @rule(who=clients, nick=st.sampled_from(NICKS), trait=st.sampled_from(Trait), on=st.booleans())
    def be(self, who: Client, nick: str, trait: Trait, on: bool) -> None:
        def verb(user: User) -> None:
            presence.set_trait(self.world, user, trait, on=on)
            presence.set_realname(self.world, user, nick)
            presence.announce(self.world, user, nick)
            if on:
                self.world.watchers.add(who.session, nick)
            else:
                self.world.watchers.remove(who.session, nick)

        self.attempt(who, verb)

    # --- what engines do -------------------------------------------------------------------------------------

    @rule(who=clients)
    def go_on(self, who: Client) -> None:
        self.carry_on(who)

    def carry_on(self, who: Client) -> None:
        """Bring the result of an effect, perhaps long after its session has ended."""
        effect, who.effect = who.effect, None
        if effect is not None:
            result = effect.password == effect.expected if isinstance(effect, VerifyPassword) else None
            self.note_effect(who, who.session.resume(result, self.now()))

    @rule(who=consumes(clients), reason=st.sampled_from([Reason.CONNECTION_LOST, Reason.PEER_CLOSED]))
    def lose(self, who: Client, reason: Reason) -> None:
        self.drop(who, reason)

    def drop(self, who: Client, reason: Reason) -> None:
        who.session.gone(reason, self.now())
        self.connected.pop(who, None)

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.world.tick(self.now())

    @rule(lazy=st.booleans())
    def flush_later(self, lazy: bool) -> None:
        self.lazy = lazy

    # --- inside ----------------------------------------------------------------------------------------------

    def now(self) -> Moment:
        return at(self.seconds)

    def receive(self, who: Client, *items: Item) -> None:
        self.note_effect(who, who.session.receive(items, self.now()))

    def note_effect(self, who: Client, effect: Effect | None) -> None:
        if effect is not None:
            assert who.effect is None  # a session asks for one thing at a time
            who.effect = effect

    def flush(self) -> None:
        def failed(session: Session, fault: Exception) -> None:
            raise fault

        deliver(self.world.collect(), failed)

    # --- what must stay true ---------------------------------------------------------------------------------

    @invariant()
    def no_room_and_no_server_is_overcrowded(self) -> None:
        policy = self.world.policy
        assert not policy.max_clients or len(self.world.users) <= policy.max_clients
        for room in self.world.rooms.values():
            if room.capacity is None and policy.room_capacity:
                assert len(room.members) <= policy.room_capacity

    @invariant()
    def membership_is_symmetric(self) -> None:
        inside = {(user, room) for room in self.world.rooms.values() for user in room.members}
        assert inside == {(user, room) for user in self.world.users.values() for room in user.rooms.values()}
        for room in self.world.rooms.values():
            assert room.audience == [session for user in room.members for session in user.sessions]
            assert room.guarded == bool(
                room.flags & {Setting.MODERATED, Setting.NO_REQUESTS} or room.lists[Setting.BAN]
            )

    @invariant()
    def who_is_invited_is_here_and_not_inside(self) -> None:
        for room in self.world.rooms.values():
            assert room.invited <= {user.id for user in self.world.users.values() if user not in room.members}
            for user in self.world.users.values():
                assert user.id not in room.invited or user.invitations[room.key] is room

    @invariant()
    def a_room_exists_when_it_is_permanent_or_somebody_is_inside(self) -> None:
        assert "lobby" in self.world.rooms
        for key, room in self.world.rooms.items():
            assert key == room.key == fold(room.name)
            assert room.permanent or room.members
            assert room.members or not (room.topic or room.password or any(room.lists.values()))

    @invariant()
    def the_directory_holds_exactly_those_who_are_here(self) -> None:
        sessions = [session for user in self.world.users.values() for session in user.sessions]
        assert all(key == fold(user.nick) for key, user in self.world.users.items())
        assert all(session.user is user for user in self.world.users.values() for session in user.sessions)
        assert set(sessions) == {who.session for who in self.connected if who.session.user}
        assert set(self.world.sessions) == {who.session for who in self.connected}
        assert all(session.user is None for session in self.world.sessions if session.over)
        for trait in Trait:
            assert self.world.traits[trait] == sum(trait in user.traits for user in self.world.users.values())

    @invariant()
    def a_mailbox_with_something_in_it_will_be_flushed(self) -> None:
        assert {session for session in self.world.sessions if session.mailbox} <= set(self.world.dirty)

    @invariant()
    def every_client_knows_what_is_true(self) -> None:
        if self.lazy:
            return
        self.flush()
        for who in self.connected:
            assert who.heard == (who.expected[: len(who.heard)] if who.aborted else who.expected)
            assert all(before < after for before, after in pairwise(who.times))
            assert who.ended or who.finished or not who.session.over
            for known, true in who.truth():
                assert known == true

    def teardown(self) -> None:
        for who in list(self.connected):
            self.drop(who, Reason.CONNECTION_LOST)
            self.carry_on(who)
        self.flush()
        assert self.world.sessions == {}
        assert self.world.users == {}
        assert list(self.world.rooms) == ["lobby"]
        assert not any(self.world.traits.values())
        assert not any(list(self.world.watchers.of(nick)) for nick in NICKS)
        assert len(self.world.door.arriving) == 0
        assert self.world.deadline() is None
        assert self.world.collect() == []


TestArena = Arena.TestCase
TestArena.settings = settings(max_examples=250, stateful_step_count=60, deadline=None)
