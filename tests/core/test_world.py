"""The world's verbs, with nothing around them."""

from collections.abc import Callable
from itertools import count

import pytest

from coliseum.core.limits import Policy
from coliseum.core.refusals import (
    AlreadyInside,
    NickInvalid,
    NickTaken,
    NoSuchNick,
    RoomFull,
    RoomInvalid,
    ServerFull,
)
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    Departed,
    Entered,
    Event,
    Gone,
    Left,
    Named,
    Reason,
    Renamed,
    Said,
    Told,
)
from coliseum.core.world import World
from coliseum.errors import Refused
from coliseum.trace import silence
from tests.harness import at, kinds

People = Callable[[], tuple[Session, User]]


@pytest.fixture
def world() -> World:
    ids = count(1)
    world = World(Policy(max_clients=10), lambda: f"id-{next(ids)}", silence)
    world.at(at(1))
    return world


@pytest.fixture
def somebody(world: World) -> People:
    def make() -> tuple[Session, User]:
        session = Session(world, "127.0.0.1:1", "tcp")
        return session, world.attach(session)

    return make


def take(session: Session) -> list[Event]:
    return session.empty().events


def refusal(call: Callable[[], object]) -> object:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.why


def test_who_enters_is_admitted_and_the_others_are_told(world: World, somebody: People) -> None:
    ana_session, ana = somebody()
    luis_session, luis = somebody()
    world.enter(ana, "garden")
    take(ana_session), take(luis_session)
    world.enter(luis, "Garden")
    assert take(ana_session) == [Entered(luis.identity, "garden", 2, 3)]
    (admitted,) = take(luis_session)
    assert isinstance(admitted, Admitted)
    assert admitted.room.members == (ana.nick, luis.nick)
    assert admitted.room.name == "garden"


def test_a_room_never_has_more_members_than_its_capacity(world: World, somebody: People) -> None:
    people = [somebody()[1] for _ in range(4)]
    for user in people[:3]:
        world.enter(user, "garden")
    assert refusal(lambda: world.enter(people[3], "garden")) == RoomFull("garden", 3, 3)
    assert not people[3].rooms
    world.leave(people[0], world.rooms["garden"])
    world.enter(people[3], "garden")


def test_who_is_refused_elsewhere_stays_where_they_are(world: World, somebody: People) -> None:
    for _ in range(3):
        world.enter(somebody()[1], "garden")
    session, user = somebody()
    lobby = world.enter(user, "lobby")
    take(session)
    assert isinstance(refusal(lambda: world.move(user, lobby, "garden")), RoomFull)
    assert isinstance(refusal(lambda: world.move(user, lobby, "a b")), RoomInvalid)
    assert isinstance(refusal(lambda: world.move(user, lobby, "LOBBY")), AlreadyInside)
    assert list(user.rooms) == ["lobby"]
    assert user in lobby.members
    assert take(session) == []


def test_capacity_zero_is_unlimited(world: World, somebody: People) -> None:
    world.policy = Policy(room_capacity=0)
    for _ in range(20):
        world.enter(somebody()[1], "garden")
    assert len(world.rooms["garden"].members) == 20


def test_the_server_has_a_capacity_too(world: World, somebody: People) -> None:
    for _ in range(10):
        somebody()
    assert refusal(somebody) == ServerFull(10, 10)


def test_what_is_said_reaches_all_others_and_never_the_one_who_says_it(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis), (far_session, far) = somebody(), somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    world.enter(far, "kitchen")
    for session in (ana_session, luis_session, far_session):
        take(session)
    world.say(ana_session, ana, room, "hola")
    (said,) = take(luis_session)
    assert isinstance(said, Said)
    assert (said.source, said.room, said.text) == (ana.identity, "garden", "hola")
    assert take(ana_session) == []
    assert take(far_session) == []


def test_times_rise_strictly_also_when_the_clock_jumps_back(world: World) -> None:
    times = []
    for seconds in (5, 5, 3, 4, 9):
        world.at(at(seconds))
        times.append(world.stamp())
    assert times == sorted(set(times))
    assert times[-1] == at(9).wall


def test_leaving_tells_both_sides_and_ends_an_empty_room(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    world.set_topic(ana, room, "roses")
    take(ana_session), take(luis_session)
    world.leave(luis, room)
    assert take(ana_session) == [Left(luis.identity, "garden", 1, 3)]
    assert take(luis_session) == [Departed("garden")]
    world.leave(ana, room)
    assert "garden" not in world.rooms
    assert world.enter(ana, "garden").topic == ""


def test_the_lobby_stays_when_it_is_empty_but_forgets_its_topic(world: World, somebody: People) -> None:
    _, ana = somebody()
    lobby = world.enter(ana, "lobby")
    world.set_topic(ana, lobby, "hello")
    world.leave(ana, lobby)
    assert world.rooms["lobby"].topic == ""


def test_who_is_gone_is_told_once_to_each_neighbour(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    for name in ("garden", "kitchen"):
        world.enter(ana, name)
        world.enter(luis, name)
    take(ana_session), take(luis_session)
    world.detach(luis_session, Reason.CONNECTION_LOST)
    assert take(ana_session) == [Gone(luis.identity, Reason.CONNECTION_LOST)]
    assert take(luis_session) == []
    assert list(world.rooms["garden"].members) == [ana]
    assert luis.nick not in world.users


def test_a_nick_is_unique_whatever_its_case(world: World, somebody: People) -> None:
    (_, ana), (_, luis) = somebody(), somebody()
    world.rename(ana, "Ana")
    assert refusal(lambda: world.rename(luis, "aNA")) == NickTaken("Ana")
    assert isinstance(refusal(lambda: world.rename(luis, "a\x1bb")), NickInvalid)
    world.rename(ana, "ANA")
    assert world.find("ana") is ana


def test_a_new_nick_is_told_to_the_neighbours_and_to_oneself(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    world.enter(ana, "garden")
    world.enter(luis, "garden")
    take(ana_session), take(luis_session)
    before = ana.identity
    world.rename(ana, "ana")
    assert take(luis_session) == [Renamed(before, "ana")]
    assert take(ana_session) == [Named(ana.identity)]
    assert ana.identity.id == before.id


def test_a_private_message_reaches_one_user(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis), (eva_session, _) = somebody(), somebody(), somebody()
    for session in (ana_session, luis_session, eva_session):
        take(session)
    world.tell(ana_session, ana, luis.nick.upper(), "psst")
    assert kinds(take(ana_session)) == ["Delivered"]
    (told,) = take(luis_session)
    assert isinstance(told, Told)
    assert told.text == "psst"
    assert take(eva_session) == []
    assert refusal(lambda: world.tell(ana_session, ana, "nobody", "psst")) == NoSuchNick("nobody")


def test_guests_get_nicks_that_nobody_has(world: World, somebody: People) -> None:
    _, first = somebody()
    world.rename(first, "guest-2")
    _, second = somebody()
    assert second.nick == "guest-3"
