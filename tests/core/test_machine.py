"""Anybody may do anything in any order: what must stay true, and every client's own view, after each step.

The clients are programs (`/json`) that keep a model of the room they are in from what they are told, and from
nothing else. Scripts that are suspended (a password, a flood) are resumed, and mailboxes are flushed, whenever the
machine likes: that is all that an engine can decide.
"""

from itertools import count, pairwise

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

from coliseum.core.delivery import deliver
from coliseum.core.effects import Effect, VerifyPassword
from coliseum.core.inbound import Closed, Item, Ready
from coliseum.core.limits import Policy
from coliseum.core.names import fold
from coliseum.core.rooms import Room
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    Departed,
    Ended,
    Entered,
    Event,
    Gone,
    Left,
    Named,
    Reason,
    Renamed,
    RoomShown,
    Said,
    Told,
    TopicChanged,
    Welcomed,
)
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.dialects.plain.json_lines import decode
from coliseum.i18n import english
from tests.harness import at

VOICE = Voice.speaking(english)
ROOMS = ["lobby", "LOBBY", "garden", "#Garden", "kitchen", "not a room", ""]
NICKS = ["ana", "ANA", "luis", "guest-2", "GUEST-2", "1x"]
SECRET = "sesame"


def log_nothing(event: str, /, **fields: object) -> None:
    """Take no notes, but see that nobody's words are among the fields."""
    assert not any("text-" in str(value) or SECRET in str(value) for value in fields.values())


class Client:
    """A carrier at the server's side, and what a program at the other side knows."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.effect: Effect | None = None
        self.finished = False
        self.aborted = False
        self.ended = False
        self.me = ""
        self.room: str | None = None
        self.members: list[str] = []
        self.topic = ""
        self.heard: list[str] = []
        self.expected: list[str] = []
        "What it had to hear: noted when it was said, of those who were members then."
        self.times: list[int] = []

    def transmit(self, data: bytes) -> None:
        assert not self.finished
        for line in data.decode().splitlines():
            assert not self.ended
            if self.session.dialect.renderer is VOICE.text:  # it was refused before it could say /json
                assert line.startswith(("* ", "! "))
                continue
            event = decode(line)
            assert event is not None
            self.learn(event)

    def finish(self, *, abrupt: bool) -> None:
        assert abrupt or not self.finished
        self.finished = True
        self.aborted |= abrupt

    def learn(self, event: Event) -> None:
        """Change the model as `event` says. An event about a room where we are not is a fault."""
        if isinstance(event, Said | Entered | Left | TopicChanged | Departed):
            assert event.room == self.room
        match event:
            case Welcomed(you) | Named(you):
                self.replace(self.me, you.nick)
                self.me = you.nick
            case Said(source, _, text, time):
                assert source.nick in self.members
                assert source.nick != self.me
                self.heard.append(text)
                self.times.append(time)
            case Told(_, text, time):
                self.heard.append(text)
                self.times.append(time)
            case TopicChanged(source, _, topic):
                assert source.nick in self.members
                self.topic = topic
            case Ended():
                self.ended = True
            case _:
                self.learn_of_people(event)

    def learn_of_people(self, event: Event) -> None:
        match event:
            case Admitted(view):
                assert self.room is None
                self.room, self.members, self.topic = view.name, list(view.members), view.topic
                assert self.members[-1] == self.me
            case RoomShown(view):
                assert (view.name, list(view.members), view.topic) == (self.room, self.members, self.topic)
            case Departed():
                self.room, self.members, self.topic = None, [], ""
            case Entered(source, _, members):
                self.members.append(source.nick)
                assert members == len(self.members)
            case Left(source, _, members):
                self.members.remove(source.nick)
                assert members == len(self.members)
            case Gone(source):
                self.members.remove(source.nick)
            case Renamed(source, nick):
                assert source.nick in self.members
                self.replace(source.nick, nick)

    def replace(self, old: str, new: str) -> None:
        self.members = [new if member == old else member for member in self.members]


class NotedWorld(World):
    """A world that notes, when something is said, who has to hear it."""

    def say(self, session: Session, user: User, room: Room, text: str) -> None:
        for member in room.members:
            for other in member.sessions:
                if other is not session:
                    client(other).expected.append(text)
        super().say(session, user, room, text)

    def tell(self, session: Session, user: User, nick: str, text: str) -> None:
        super().tell(session, user, nick, text)
        for other in self.users[fold(nick)].sessions:
            client(other).expected.append(text)


def client(session: Session) -> Client:
    assert isinstance(session.carrier, Client)
    return session.carrier


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
        made = Client(session)
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
        self.receive(
            who, next(self.texts), f"/join {room}", next(self.texts), "/who", "/topic", "/rooms", "/dance"
        )

    @rule(who=clients)
    def leave(self, who: Client) -> None:
        self.receive(who, "/leave")

    @rule(who=clients, nick=st.sampled_from(NICKS))
    def rename(self, who: Client, nick: str) -> None:
        self.receive(who, f"/nick {nick}")

    @rule(who=clients, nick=st.sampled_from(NICKS))
    def tell(self, who: Client, nick: str) -> None:
        self.receive(who, f"/msg {nick} {next(self.texts)}")

    @rule(who=clients, topic=st.sampled_from(["roses", "-", "", "x" * 301]))
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
            assert not policy.room_capacity or len(room.members) <= policy.room_capacity

    @invariant()
    def membership_is_symmetric(self) -> None:
        inside = {(user, room) for room in self.world.rooms.values() for user in room.members}
        assert inside == {(user, room) for user in self.world.users.values() for room in user.rooms.values()}
        for room in self.world.rooms.values():
            assert room.audience == [session for user in room.members for session in user.sessions]

    @invariant()
    def a_room_exists_when_it_is_permanent_or_somebody_is_inside(self) -> None:
        assert "lobby" in self.world.rooms
        for key, room in self.world.rooms.items():
            assert key == room.key == fold(room.name)
            assert room.permanent or room.members
            assert room.members or not room.topic

    @invariant()
    def the_directory_holds_exactly_those_who_are_here(self) -> None:
        sessions = [session for user in self.world.users.values() for session in user.sessions]
        assert all(key == fold(user.nick) for key, user in self.world.users.items())
        assert all(session.user is user for user in self.world.users.values() for session in user.sessions)
        assert set(sessions) == {who.session for who in self.connected if who.session.user}
        assert set(self.world.sessions) == {who.session for who in self.connected}
        assert all(session.user is None for session in self.world.sessions if session.over)

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
            if user := who.session.user:
                assert who.me == user.nick
                room = next(iter(user.rooms.values()), None)
                assert who.room == (room.name if room else None)
                assert who.members == ([member.nick for member in room.members] if room else [])
                assert who.topic == (room.topic if room else "")

    def teardown(self) -> None:
        for who in list(self.connected):
            self.drop(who, Reason.CONNECTION_LOST)
            self.carry_on(who)
        self.flush()
        assert self.world.sessions == {}
        assert self.world.users == {}
        assert list(self.world.rooms) == ["lobby"]
        assert self.world.deadline() is None
        assert self.world.collect() == []


TestArena = Arena.TestCase
TestArena.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
