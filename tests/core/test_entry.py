"""The way in: with and without a password, for the last place, and for one too many."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from coliseum.core.effects import VerifyPassword
from coliseum.core.inbound import Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.refusals import (
    NoPasswordWanted,
    PasswordFirst,
    Refusal,
    RoomFull,
    ServerFull,
    UnknownCommand,
    WrongPassword,
)
from coliseum.core.session import Session
from coliseum.core.vocabulary import (
    Admitted,
    Ended,
    Entered,
    Event,
    Gone,
    Heard,
    HelpShown,
    PasswordWanted,
    Ponged,
    Said,
    Welcomed,
)
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.i18n import english
from coliseum.trace import silence
from tests.harness import at, kinds
from tests.mailboxes import emptied

VOICE = Voice.speaking(english)
SECRET = "sésamo ábrete"

Arrive = Callable[[], Session]


@pytest.fixture
def world() -> World:
    ids = count(1)
    return World(Policy(flood_control=False, password=SECRET), lambda: f"id-{next(ids)}", silence)


@pytest.fixture
def arrive(world: World) -> Arrive:
    def make() -> Session:
        session = Session(world, "127.0.0.1:1", "tcp")
        session.dialect = PlainDialect(session, VOICE)
        session.open(at(0))
        session.receive([Ready()], at(0))
        return session

    return make


def take(session: Session) -> list[Event]:
    return emptied(session)


def say(session: Session, *lines: str, seconds: float = 1) -> list[Event]:
    """Have the session hear lines, verify passwords at once, and return what it is told."""
    effect = session.receive(lines, at(seconds))
    while effect is not None:
        assert isinstance(effect, VerifyPassword)
        effect = session.resume(effect.password == effect.expected, at(seconds))
    return take(session)


def open_door(world: World, **policy: Any) -> None:
    """Want no password."""
    world.policy = Policy(flood_control=False, **policy)


# --- without a password ------------------------------------------------------------------------------------


def test_without_a_password_one_is_in_the_lobby_at_once(world: World, arrive: Arrive) -> None:
    open_door(world, server_name="arena", description="for all", motd="be kind")
    session = arrive()
    assert session.user is not None
    welcomed, admitted = take(session)
    assert welcomed == Welcomed(session.user.identity, "arena", "for all", "be kind")
    assert isinstance(admitted, Admitted)
    assert (admitted.room.name, admitted.room.members) == ("lobby", (session.user.nick,))
    assert world.deadline() is None


def test_a_password_that_nobody_wants_is_refused_and_not_said(world: World, arrive: Arrive) -> None:
    open_door(world)
    session, witness = arrive(), arrive()
    take(session), take(witness)
    assert say(session, f"/pass {SECRET}") == [NoPasswordWanted()]
    assert take(witness) == []


def test_a_full_lobby_refuses_and_closes_and_nobody_notices(world: World, arrive: Arrive) -> None:
    open_door(world)
    inside = [arrive() for _ in range(3)]
    for session in inside:
        take(session)
    late = arrive()
    assert take(late) == [RoomFull("lobby", 3, 3), Ended(Reason.ROOM_FULL)]
    assert late.user is None
    assert [take(session) for session in inside] == [[], [], []]
    assert len(world.users) == 3


def test_a_full_server_refuses_and_closes_and_nobody_notices(world: World, arrive: Arrive) -> None:
    open_door(world, room_capacity=0, max_clients=2)
    inside = [arrive() for _ in range(2)]
    for session in inside:
        take(session)
    late = arrive()
    assert take(late) == [ServerFull(2, 2), Ended(Reason.SERVER_FULL)]
    assert late.reason is Reason.SERVER_FULL
    assert [take(session) for session in inside] == [[], []]
    inside[0].gone(Reason.PEER_CLOSED, at(1))
    assert kinds(take(arrive())) == ["Welcomed", "Admitted"]


def test_a_web_browser_is_told_that_this_is_no_web_server(world: World, arrive: Arrive) -> None:
    open_door(world)
    session, witness = arrive(), arrive()
    take(session), take(witness)
    assert say(session, "GET / HTTP/1.1", "Host: localhost") == [Ended(Reason.HTTP)]
    assert kinds(take(witness)) == ["Gone"]


def test_a_first_line_only_makes_a_web_browser(world: World, arrive: Arrive) -> None:
    open_door(world)
    session, witness = arrive(), arrive()
    take(witness)
    say(session, "hola", "GET / HTTP/1.1")
    assert [event.text for event in take(witness) if isinstance(event, Said)] == ["hola", "GET / HTTP/1.1"]


# --- with a password ---------------------------------------------------------------------------------------


def test_the_password_is_asked_for_and_nobody_is_in_before(world: World, arrive: Arrive) -> None:
    session = arrive()
    assert take(session) == [PasswordWanted()]
    assert session.user is None
    assert world.users == {}


@pytest.mark.parametrize("line", [SECRET, f"/pass {SECRET}", f"/CLAVE {SECRET}"])
def test_who_gives_the_right_password_is_in_the_lobby(world: World, arrive: Arrive, line: str) -> None:
    session = arrive()
    take(session)
    assert kinds(say(session, line)) == ["Welcomed", "Admitted"]
    assert world.deadline() is None
    assert say(session, f"/pass {SECRET}") == [NoPasswordWanted()]


def test_verifying_is_asked_of_the_engine_and_the_lines_behind_it_wait(world: World, arrive: Arrive) -> None:
    witness = arrive()
    say(witness, SECRET)
    session = arrive()
    take(session)
    assert session.receive([SECRET, "hola"], at(1)) == VerifyPassword(SECRET, SECRET)
    assert take(session) == []
    assert take(witness) == []
    assert session.resume(True, at(2)) is None
    assert kinds(take(session)) == ["Welcomed", "Admitted"]
    assert kinds(take(witness)) == ["Entered", "Said"]


def test_three_wrong_passwords_end_the_connection(world: World, arrive: Arrive) -> None:
    session = arrive()
    take(session)
    assert say(session, "wrong") == [WrongPassword(2)]
    assert say(session, "/pass wrong again") == [WrongPassword(1)]
    assert say(session, "wrong for good", SECRET) == [WrongPassword(0), Ended(Reason.PASSWORD_FAILED)]
    assert session.reason is Reason.PASSWORD_FAILED
    assert world.users == {}


def test_pipelined_tries_are_counted_one_by_one(world: World, arrive: Arrive) -> None:
    session = arrive()
    take(session)
    told = say(session, "a", "b", "c", "d", SECRET)
    assert told == [WrongPassword(2), WrongPassword(1), WrongPassword(0), Ended(Reason.PASSWORD_FAILED)]
    other = arrive()
    take(other)
    assert kinds(say(other, "a", "b", SECRET)) == ["WrongPassword", "WrongPassword", "Welcomed", "Admitted"]


def test_who_gives_no_password_in_time_is_out(world: World, arrive: Arrive) -> None:
    session = arrive()
    take(session)
    timeout = world.policy.password_timeout
    say(session, "wrong", seconds=timeout - 2)  # trying does not stop the clock
    assert world.deadline() == timeout
    world.tick(at(timeout - 1))
    assert take(session) == []
    world.tick(at(timeout))
    assert take(session) == [Ended(Reason.PASSWORD_TIMEOUT)]


def test_a_password_that_is_verified_too_late_opens_nothing(world: World, arrive: Arrive) -> None:
    session = arrive()
    take(session)
    timeout = world.policy.password_timeout
    session.receive([SECRET], at(timeout - 1))
    world.tick(at(timeout))
    assert session.resume(True, at(timeout + 1)) is None
    assert take(session) == [Ended(Reason.PASSWORD_TIMEOUT)]
    assert world.users == {}


@pytest.mark.parametrize(
    "line",
    [
        "/join garden",
        "/join garden key",
        "/leave",
        "/rooms",
        "/who",
        "/topic",
        "/topic x",
        "/nick ana",
        "/msg ana hola",
        "/me waves",
        "/away",
        "/away lunch",
    ],
)
def test_everything_else_comes_after_the_password(arrive: Arrive, line: str) -> None:
    session = arrive()
    take(session)
    assert say(session, line) == [PasswordFirst()]


def test_help_ping_and_going_away_need_no_password(arrive: Arrive) -> None:
    session = arrive()
    take(session)
    assert say(session, "/help", "/ping x", "", "/dance") == [HelpShown(), Ponged("x"), UnknownCommand("dance")]
    assert say(session, "/quit") == [Ended(Reason.QUIT)]


def test_what_is_not_the_password_is_never_said_to_anybody(world: World, arrive: Arrive) -> None:
    witness = arrive()
    say(witness, SECRET)
    session = arrive()
    say(session, "almost the password", "/dance", "/join garden", "still not", "nor this")
    assert take(witness) == []


def test_a_program_may_say_json_before_the_password_and_hears_how_far_its_lines_came(arrive: Arrive) -> None:
    session = arrive()
    told = say(session, "/json", f"/pass {SECRET}")
    assert kinds(told) == ["PasswordWanted", "Welcomed", "Admitted", "Heard"]
    assert told[-1] == Heard(2)


def test_a_program_that_comes_later_is_told_where_it_stands(arrive: Arrive) -> None:
    session = arrive()
    take(session)
    assert say(session, "/json") == [PasswordWanted(), Heard(1)]
    say(session, SECRET)
    told = say(session, "/json")
    assert kinds(told) == ["Welcomed", "Admitted", "Heard"]
    assert session.user is not None
    assert isinstance(told[1], Admitted)
    assert told[1].you == session.user.identity
    say(session, "/leave")
    assert kinds(say(session, "/json")) == ["Welcomed", "Heard"]


# --- a yield is a door -------------------------------------------------------------------------------------


def refusals(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Refusal)]


def test_the_lobby_may_be_full_when_the_password_turns_out_right(arrive: Arrive) -> None:
    session = arrive()
    take(session)
    session.receive([SECRET, "hola"], at(1))
    others = [arrive() for _ in range(3)]
    for other in others:
        say(other, SECRET)
        take(other)
    session.resume(True, at(2))
    assert take(session) == [RoomFull("lobby", 3, 3), Ended(Reason.ROOM_FULL)]
    assert [event for other in others for event in take(other) if not isinstance(event, Entered)] == []


def test_the_server_may_be_full_when_the_password_turns_out_right(world: World, arrive: Arrive) -> None:
    world.policy = Policy(flood_control=False, password=SECRET, room_capacity=0, max_clients=1)
    session, other = arrive(), arrive()
    take(session)
    session.receive([SECRET], at(1))
    say(other, SECRET)
    session.resume(True, at(2))
    assert take(session) == [ServerFull(1, 1), Ended(Reason.SERVER_FULL)]


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_who_are_verified_for_the_last_place_exactly_one_gets_in(
    world: World, arrive: Arrive, first: int
) -> None:
    inside = [arrive() for _ in range(2)]
    for session in inside:
        say(session, SECRET)
    pair = [arrive(), arrive()]
    for session in pair:
        take(session)
        assert isinstance(session.receive([SECRET], at(1)), VerifyPassword)
    winner, loser = pair[first], pair[1 - first]
    winner.resume(True, at(2))
    loser.resume(True, at(2))
    assert kinds(take(winner)) == ["Welcomed", "Admitted"]
    assert take(loser) == [RoomFull("lobby", 3, 3), Ended(Reason.ROOM_FULL)]
    assert len(world.rooms["lobby"].members) == 3
    assert loser.user is None


def test_a_place_that_becomes_free_meanwhile_is_taken(world: World, arrive: Arrive) -> None:
    inside = [arrive() for _ in range(3)]
    for session in inside:
        say(session, SECRET)
    session = arrive()
    take(session)
    session.receive([SECRET], at(1))
    inside[0].gone(Reason.CONNECTION_LOST, at(2))
    session.resume(True, at(3))
    assert kinds(take(session)) == ["Welcomed", "Admitted"]


def test_who_is_gone_while_their_password_is_verified_takes_no_place(world: World, arrive: Arrive) -> None:
    witness = arrive()
    say(witness, SECRET)
    session = arrive()
    session.receive([SECRET], at(1))
    session.gone(Reason.CONNECTION_LOST, at(2))
    assert session.resume(True, at(3)) is None
    assert take(witness) == []
    assert len(world.users) == 1
    assert list(world.sessions) == [witness]


def test_who_was_inside_is_told_of_as_gone_once(world: World, arrive: Arrive) -> None:
    session, witness = arrive(), arrive()
    say(session, SECRET)
    say(witness, SECRET)
    say(session, "/quit")
    session.gone(Reason.PEER_CLOSED, at(2))
    assert [event.reason for event in take(witness) if isinstance(event, Gone)] == [Reason.QUIT]


def test_the_password_is_in_no_repr(arrive: Arrive) -> None:
    session = arrive()
    assert SECRET not in repr(session.receive([f"/pass {SECRET}"], at(1)))
