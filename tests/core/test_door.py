"""The door: who is turned away, and who has to go."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.door import Door, networks, place_of
from coliseum.core.inbound import Begun, Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import World
from tests.core.noting import Log, Make, NotingCarrier, NotingDialect
from tests.harness import at

TRANSLATED = [ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96")]
LOOPBACK = networks(("127.0.0.0/8", "::1/128"))
POLICY = Policy(max_connections=5, max_clients_per_ip=3, max_arriving=4, max_arriving_per_ip=2)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002::/64"),
        ("64:ff9b::192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::", "20010db800010002::/64"),
        ("fe80::1%eth0", "fe80::1"),
        ("127.3.2.1", ""),
        ("::ffff:127.0.0.1", ""),
        ("::1", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_place_is_what_one_customer_has(address: str, place: str) -> None:
    assert place_of(address, LOOPBACK) == place


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_a_house_shares_its_64_whatever_it_does(ip: ipaddress.IPv6Address, other: int) -> None:
    neighbour = ipaddress.IPv6Address((int(ip) >> 64 << 64) | other)
    if not ip.is_link_local and not any(one in network for one in (ip, neighbour) for network in TRANSLATED):
        assert place_of(str(ip)) == place_of(str(neighbour))


def comes(world: World, place: str | None, log: Log | None = None) -> Session:
    """Return a session from `place`."""
    session = Session(world, "192.0.2.7:1", "tcp", "elsewhere", place)
    session.dialect, session.carrier = NotingDialect(session), NotingCarrier()
    session.open(at(0))
    return session


@pytest.fixture
def strict(world: World) -> World:
    """A world with narrow limits."""
    world.policy = POLICY
    return world


def test_too_many_of_one_place_are_turned_away_and_others_are_not(strict: World) -> None:
    door = strict.door
    for _ in range(2):
        assert door.refusal("a", POLICY) is None
        comes(strict, "a")
    assert door.refusal("a", POLICY) is Reason.TOO_MANY_FROM_ADDRESS  # two of them are still on their way in
    assert door.refusal("b", POLICY) is None
    for session in list(strict.sessions):
        strict.attach(session)
    assert door.refusal("a", POLICY) is None
    strict.attach(comes(strict, "a"))
    assert door.refusal("a", POLICY) is Reason.TOO_MANY_FROM_ADDRESS
    assert door.refusal("", POLICY) is None


def test_too_many_in_all_are_turned_away_exempt_or_not(strict: World) -> None:
    for place in "abcde":
        assert strict.door.refusal(place, POLICY) is None
        strict.attach(comes(strict, place))
    assert strict.door.refusal("f", POLICY) is Reason.TOO_MANY_CONNECTIONS
    assert strict.door.refusal("", POLICY) is Reason.TOO_MANY_CONNECTIONS
    next(iter(strict.sessions)).gone(Reason.PEER_CLOSED, at(1))
    assert strict.door.refusal("f", POLICY) is None


def test_when_too_many_are_on_their_way_in_the_one_goes_that_took_longest(strict: World) -> None:
    first, second, third, fourth = (comes(strict, place) for place in "abcd")
    strict.attach(first)
    comes(strict, "e")
    assert not second.over
    comes(strict, "f")  # all places have one: the oldest goes
    assert (second.reason, first.over, third.over, fourth.over) == (Reason.CROWDED_OUT, False, False, False)
    assert next(iter(strict.door.arriving)) is third


def test_who_comes_alone_stays_while_others_come_by_the_dozen(strict: World) -> None:
    alone = comes(strict, "home")
    crowd = [comes(strict, "a"), comes(strict, "a"), comes(strict, "b")]
    late = [comes(strict, place) for place in "abababab"]
    assert not alone.over
    assert crowd[0].reason is Reason.CROWDED_OUT
    assert sum(session.over for session in (*crowd, *late)) == 8
    assert len(strict.door.arriving) == POLICY.max_arriving


def test_who_is_exempt_stands_for_itself_alone(strict: World) -> None:
    exempt = [comes(strict, "") for _ in range(2)]
    crowd = [comes(strict, "a") for _ in range(2)]
    comes(strict, "b")
    assert [session.over for session in (*exempt, *crowd)] == [False, False, True, False]


@pytest.mark.parametrize("text", ["::ffff:10.0.0.0/104", "10.0.0.0/8"])
def test_an_exempt_network_may_be_written_in_both_ways(text: str) -> None:
    assert place_of("10.1.2.3", networks([text])) == place_of("::ffff:10.1.2.3", networks([text])) == ""


def test_0_is_unlimited(world: World) -> None:
    world.policy = policy = Policy(max_connections=0, max_clients_per_ip=0, max_arriving=0, max_arriving_per_ip=0)
    for _ in range(300):
        assert world.door.refusal("a", policy) is None
        comes(world, "a")
    assert len(world.door.arriving) == 300


def test_datagrams_are_not_counted_here(strict: World) -> None:
    for _ in range(10):
        comes(strict, None)
    assert (strict.door.connections, len(strict.door.arriving)) == (0, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["come", "attach", "close", "gone"]), st.integers(0, 9), st.sampled_from("ab")),
        max_size=60,
    )
)
def test_whatever_happens_the_counts_are_true_and_a_place_is_forgotten_with_its_last(
    steps: list[tuple[str, int, str]],
) -> None:
    world = World(Policy(), iter(map(str, range(1000))).__next__, Log())
    door: Door = world.door
    for step, number, place in steps:
        sessions = list(world.sessions)
        if step == "come":
            comes(world, place)
        elif sessions:
            session = sessions[number % len(sessions)]
            if step == "attach" and session.user is None and not session.over:
                world.attach(session)
            elif step == "close":
                session.close(Reason.QUIT)
            elif step == "gone":
                session.gone(Reason.PEER_CLOSED, at(1))
        everybody = list(world.sessions)
        assert door.connections == len(everybody)
        assert list(door.arriving) == [s for s in everybody if s.user is None and not s.over]
        for name in "ab":
            assert door._here.get(name, 0) == sum(s.place == name for s in everybody)
            assert door._arriving_here.get(name, 0) == sum(s.place == name for s in door.arriving)
    for session in list(world.sessions):
        session.gone(Reason.PEER_CLOSED, at(2))
    assert (door.connections, door.arriving, dict(door._here), dict(door._arriving_here)) == (0, {}, {}, {})


# --- lines that never end ----------------------------------------------------------------------------------

LIMIT = Policy().line_timeout


def test_a_line_that_never_ends_ends_the_session(make: Make, world: World) -> None:
    session = make()
    session.receive([Ready(), Begun()], at(10))
    world.tick(at(10 + LIMIT - 1))
    assert not session.over
    world.tick(at(10 + LIMIT))
    assert session.reason is Reason.LINE_TIMEOUT


def test_a_line_that_ends_stops_its_clock_and_the_next_one_has_its_own(make: Make, world: World) -> None:
    session = make()
    session.receive([Ready(), Begun()], at(10))
    session.receive(["one"], at(20))
    world.tick(at(10 + LIMIT))
    assert not session.over
    session.receive(["two", Begun()], at(500))
    world.tick(at(500 + LIMIT - 1))
    assert not session.over
    session.receive(["three", Begun()], at(500 + LIMIT - 1))
    world.tick(at(500 + LIMIT))
    assert not session.over
    world.tick(at(500 + 2 * LIMIT))
    assert session.reason is Reason.LINE_TIMEOUT


def test_many_lines_that_come_in_pieces_keep_one_clock(make: Make, world: World) -> None:
    session = make()
    session.receive([Ready()], at(0))
    for number in range(1000):
        session.receive(["line", Begun()], at(1 + number / 1000))
    assert len(world.timers._heap) <= 2
    session.gone(Reason.PEER_CLOSED, at(3))
    assert world.deadline() is None
