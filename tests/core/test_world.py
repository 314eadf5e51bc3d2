"""The world's verbs, with nothing around them."""

from collections.abc import Callable
from itertools import count, pairwise

import pytest

from coliseum.core.kinds import Kind, Reason, Setting, Trait
from coliseum.core.limits import Policy
from coliseum.core.post import AHEAD, MILLISECOND
from coliseum.core.presence import set_trait
from coliseum.core.refusals import (
    AlreadyInside,
    NickInvalid,
    NickTaken,
    NoRequests,
    NoSuchNick,
    NotOperator,
    OutsideRoom,
    RoomFull,
    RoomInvalid,
    ServerFull,
    TopicTooLong,
)
from coliseum.core.session import Session
from coliseum.core.users import User
from coliseum.core.vocabulary import (
    Admitted,
    Departed,
    Ended,
    Entered,
    Event,
    Gone,
    Identity,
    Left,
    Named,
    Ponged,
    Renamed,
    Said,
    TopicChanged,
)
from coliseum.core.world import World
from coliseum.errors import Refused
from coliseum.trace import silence
from tests.harness import at
from tests.mailboxes import emptied

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
    return emptied(session)


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


def test_times_differ_by_a_millisecond_while_that_keeps_within_a_second_of_the_clock(world: World) -> None:
    world.at(at(5))
    times = [world.stamp() for _ in range(1500)]
    gaps = [after - before for before, after in pairwise(times)]
    assert times[0] == at(5).wall
    assert gaps == [MILLISECOND] * 1000 + [1] * 499
    assert times[1000] - times[0] == AHEAD
    world.at(at(5.5))
    assert world.stamp() == times[-1] + MILLISECOND
    world.at(at(9))
    assert world.stamp() == at(9).wall


def test_what_is_posted_keeps_the_time_of_that(world: World, somebody: People) -> None:
    (ana_session, _), (luis_session, _) = somebody(), somebody()
    emptied(ana_session), emptied(luis_session)
    world.at(at(7))
    world.post([ana_session, luis_session], Ponged("x"))
    world.at(at(8))
    luis_session.post(Ponged("x"))
    assert [burst.time for burst in ana_session.mailbox] == [at(7).wall]
    assert [burst.time for burst in luis_session.mailbox] == [at(7).wall, at(8).wall]


def test_what_is_said_to_operators_reaches_them_alone(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis), (eva_session, eva) = somebody(), somebody(), somebody()
    room = world.enter(ana, "garden")
    for user in (luis, eva):
        world.enter(user, "garden")
    room.members[luis] = frozenset({Setting.VOICE})
    heard = {}
    for only in (Setting.OPERATOR, Setting.VOICE, None):
        for session in (ana_session, luis_session, eva_session):
            take(session)
        event = world.say(eva_session, eva, room, "psst", Kind.NOTICE, (("+x", "y"),), only)
        assert (event.kind, event.tags, event.only) == (Kind.NOTICE, (("+x", "y"),), only)
        heard[only] = [take(session) == [event] for session in (ana_session, luis_session, eva_session)]
    assert heard == {
        Setting.OPERATOR: [True, False, False],
        Setting.VOICE: [True, True, False],
        None: [True, True, False],
    }


def test_leaving_tells_both_sides_and_ends_an_empty_room(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    world.set_topic(ana, room, "roses")
    take(ana_session), take(luis_session)
    world.leave(luis, room)
    assert take(ana_session) == [Left(luis.identity, "garden", 1, 3)]
    assert take(luis_session) == [Departed("garden", luis.identity)]
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


def test_last_words_are_told(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    world.enter(luis, "kitchen")
    take(ana_session), take(luis_session)
    world.leave(luis, room, "see you")
    assert take(ana_session) == [Left(luis.identity, "garden", 1, 3, "see you")]
    assert take(luis_session) == [Departed("garden", luis.identity, "see you")]
    world.enter(luis, "garden")
    take(ana_session)
    luis_session.close(Reason.KILLED, message="eva (spam)")
    assert take(ana_session) == [Gone(luis.identity, Reason.KILLED, "eva (spam)")]
    assert take(luis_session)[-1] == Ended(Reason.KILLED, "eva (spam)")


def test_a_topic_is_kept_with_who_set_it_and_when(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis) = somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    take(ana_session), take(luis_session)
    world.set_topic(luis, room, "roses")
    assert take(ana_session) == take(luis_session) == [TopicChanged(luis.identity, "garden", "roses")]
    assert (room.topic, room.topic_by, room.topic_time) == ("roses", luis.identity.full_name, world.now.wall)


def test_who_may_not_set_the_topic_changes_nothing(world: World, somebody: People) -> None:
    (_, ana), (_, luis), (_, eva) = somebody(), somebody(), somebody()
    room = world.enter(ana, "garden")
    world.enter(luis, "garden")
    assert refusal(lambda: world.set_topic(eva, room, "x")) == OutsideRoom("garden")
    assert refusal(lambda: world.set_topic(luis, room, "ñ" * 196)) == TopicTooLong(390)
    room.flags.add(Setting.TOPIC_LOCKED)
    assert refusal(lambda: world.set_topic(luis, room, "x")) == NotOperator("garden")
    assert room.topic == ""
    world.set_topic(ana, room, "x")


def test_who_comes_with_a_name_of_their_own_has_it_if_it_is_free(world: World, somebody: People) -> None:
    session, other = Session(world, "127.0.0.1:1", "irc", "abc.example"), Session(world, "127.0.0.1:2", "irc")
    user = world.attach(session, Identity("ignored", "Ana", "~ana", "abc.example"), "Ana M.")
    assert user.identity == Identity(user.id, "Ana", "~ana", "abc.example")
    assert user.id != "ignored"
    assert (user.realname, user.since) == ("Ana M.", world.now.wall)
    assert refusal(lambda: world.attach(other, Identity("", "ANA"))) == NickTaken("Ana")
    assert isinstance(refusal(lambda: world.attach(other, Identity("", "1x"))), NickInvalid)
    assert other.user is None
    assert list(world.users) == ["ana"]


def test_a_guest_comes_from_where_their_session_says(world: World, somebody: People) -> None:
    session, user = somebody()
    assert user.identity == Identity(user.id, "guest-1", "plain", session.host)


def test_the_most_users_at_a_time_are_remembered(world: World, somebody: People) -> None:
    sessions = [somebody()[0] for _ in range(3)]
    for session in sessions:
        world.detach(session, Reason.QUIT)
    somebody()
    assert world.most_users == 3


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
    assert take(ana_session) == [Named(ana.identity, before)]
    assert ana.identity.id == before.id


def test_a_private_message_reaches_one_user(world: World, somebody: People) -> None:
    (ana_session, ana), (luis_session, luis), (eva_session, _) = somebody(), somebody(), somebody()
    for session in (ana_session, luis_session, eva_session):
        take(session)
    target, event = world.tell(ana, luis.nick.upper(), "psst")
    assert target is luis
    assert take(luis_session) == [event]
    assert (event.source, event.text, event.kind, event.nick) == (ana.identity, "psst", Kind.MESSAGE, luis.nick)
    assert take(ana_session) == take(eva_session) == []
    assert refusal(lambda: world.tell(ana, "nobody", "psst")) == NoSuchNick("nobody")


def test_who_wants_no_requests_gets_none_and_everything_else(world: World, somebody: People) -> None:
    (_, ana), (luis_session, luis) = somebody(), somebody()
    set_trait(world, luis, Trait.UNREQUESTED, on=True)
    take(luis_session)
    assert refusal(lambda: world.tell(ana, luis.nick, "VERSION", Kind.REQUEST)) == NoRequests(luis.nick)
    assert take(luis_session) == []
    for kind in set(Kind) - {Kind.REQUEST}:
        world.tell(ana, luis.nick, "x", kind)
    assert len(take(luis_session)) == len(Kind) - 1


def test_guests_get_nicks_that_nobody_has(world: World, somebody: People) -> None:
    _, first = somebody()
    world.rename(first, "guest-2")
    _, second = somebody()
    assert second.nick == "guest-3"
