"""From the first byte to a nick: every order of the commands, and everything that can go wrong on the way.

Source: modern.ircdocs.horse "Connection Registration".
"""

from dataclasses import replace
from itertools import permutations

import pytest

from coliseum.core.effects import VerifyPassword
from coliseum.core.inbound import Closed
from coliseum.core.kinds import Reason
from coliseum.dialects.irc.command import COMMANDS, When
from coliseum.dialects.irc.registration import _NEXT, Registration, Stage
from tests.irc.support_pure import QUIET, Peer, PureHouse, client_of, commands, parsed

LOCKED = replace(QUIET, password="sesame")
WELCOME = ["001", "002", "003", "004"]


def registered(peer: Peer) -> bool:
    return client_of(peer).client.registration.done


# --- orders --------------------------------------------------------------------------------------------------

PARTS = ("CAP LS 302", "CAP REQ :batch", "CAP END", "PASS sesame", "NICK ana", "USER ana 0 * :Ana")
ORDERS = [order for order in permutations(PARTS) if [w for w in order if w[:3] == "CAP"] == list(PARTS[:3])]


def succeeds(order: tuple[str, ...], *, locked: bool) -> bool:
    """Say whether the password is there by the time when everything else is."""
    seen: set[str] = set()
    for line in order:
        seen.add(line)
        if {"NICK ana", "USER ana 0 * :Ana"} <= seen and ("CAP END" in seen or not {"CAP LS 302"} & seen):
            return not locked or "PASS sesame" in seen
    raise AssertionError("every order comes to its end")


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "line by line"])
@pytest.mark.parametrize("policy", [QUIET, LOCKED], ids=["open", "locked"])
def test_every_order_comes_to_its_end(policy: object, together: bool) -> None:
    for order in ORDERS:
        house = PureHouse(policy)  # type: ignore[arg-type]
        peer = house.connect()
        lines = peer.say(*order) if together else [line for part in order for line in peer.say(part)]
        found = commands(lines)
        if succeeds(order, locked=policy is LOCKED):
            start = found.index("001")
            assert found[start : start + 4] == WELCOME
            assert registered(peer)
            assert house.world.users["ana"].realname == "Ana"
        else:
            assert found[-2:] == ["464", "ERROR"]
            assert peer.finished
            assert house.world.users == {}


def test_the_welcome(house: PureHouse) -> None:
    lines = house.connect().say("NICK Ana", "USER ana 0 * :Ana")
    found = commands(lines)
    assert found[:4] == WELCOME
    assert found[4:7] == ["005"] * 3
    assert found[7:] == ["251", "252", "253", "254", "255", "265", "266", "422", "221"]
    assert all(message.params[0] == "Ana" for message in parsed(lines))
    assert lines[0] == ":irc.example 001 Ana :Welcome to the Coliseum Network, Ana"
    assert house.world.users["ana"].rooms == {}  # nobody is put into the lobby


@pytest.fixture
def house() -> PureHouse:
    return PureHouse()


# --- the password --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [["PASS wrong"], [], ["PASS sesame", "PASS wrong"], ["PASS :"]])
def test_a_wrong_or_missing_password_ends_the_connection(given: list[str]) -> None:
    house = PureHouse(LOCKED)
    peer = house.connect()
    lines = peer.say(*given, "NICK ana", "USER a 0 * :x", "PING too-late")
    assert lines == [":irc.example 464 * :Password incorrect", "ERROR :Closing link: wrong password"]
    assert peer.finished
    assert house.world.users == {}
    assert peer.session.reason is Reason.PASSWORD_FAILED


def test_the_last_password_counts_and_is_forgotten() -> None:
    peer = PureHouse(LOCKED).connect()
    peer.say("PASS wrong", "PASS sesame", "NICK ana", "USER a 0 * :x")
    assert registered(peer)
    assert client_of(peer).client.registration.password == ""


def test_nobody_has_the_nick_while_the_password_is_compared() -> None:
    house = PureHouse(LOCKED)
    one, other = house.connect(), house.connect()
    for peer in (one, other):
        peer.feed("PASS sesame", "NICK ana", "USER a 0 * :x", "PING x")
        assert peer.effect == VerifyPassword("sesame", "sesame")
        assert peer.take() == []
    assert house.world.users == {}
    other.carry_on()
    assert registered(other)
    one.carry_on()  # somebody was faster
    assert commands(one.take()) == ["433", "PONG"]
    assert not registered(one)
    assert commands(one.say("NICK eva"))[0] == "001"


def test_who_leaves_while_the_password_is_compared_is_not_there() -> None:
    house = PureHouse(LOCKED)
    peer = house.connect()
    peer.feed("PASS sesame", "NICK ana", "USER a 0 * :x")
    peer.lose()
    peer.carry_on()
    assert house.world.users == {}
    assert house.world.sessions == {}
    assert len(house.world.door.arriving) == 0


# --- nicks and usernames -------------------------------------------------------------------------------------


def test_a_nick_that_was_taken_meanwhile_is_asked_for_again(house: PureHouse) -> None:
    slow = house.connect()
    assert slow.say("NICK ana") == []
    house.enter("ANA")
    assert slow.say("USER a 0 * :x") == [":irc.example 433 * ANA :Nickname is already in use"]
    assert slow.say("USER a 0 * :x") == []
    assert slow.say("NICK ana") == [":irc.example 433 * ANA :Nickname is already in use"]
    assert commands(slow.say("NICK eva"))[:4] == WELCOME


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NICK", "431 * :No nickname given"),
        ("NICK :", "431 * :No nickname given"),
        ("NICK 1a", "432 * 1a :Erroneous nickname"),
        ("NICK :a b", "432 * a?b :Erroneous nickname"),
        ("NICK ::", "432 * * :Erroneous nickname"),
        (f"NICK {'x' * 33}", f"432 * {'x' * 33} :Erroneous nickname"),
        ("USER", "461 * USER :Not enough parameters"),
        ("USER a 0 *", "461 * USER :Not enough parameters"),
        ("USER a 0 * :", "461 * USER :Not enough parameters"),
        ("PASS", "461 * PASS :Not enough parameters"),
        ("JOIN #a", "451 * :You have not registered"),
        ("DANCE", "421 * DANCE :Unknown command"),
        ("CAP", "461 * CAP :Not enough parameters"),
    ],
)
def test_what_is_not_right_is_said_and_changes_nothing(house: PureHouse, line: str, answer: str) -> None:
    peer = house.connect()
    assert peer.say(line) == [f":irc.example {answer}"]
    assert client_of(peer).client.registration == Registration()


def test_a_username_is_cleaned_and_marked_as_unchecked(house: PureHouse) -> None:
    house.connect().say("NICK ana", "USER ~a!n@a\x01 0 * :x")
    assert house.world.users["ana"].identity.username == "~ana"
    house.connect().say("NICK eva", "USER 李 0 * :x")
    assert house.world.users["eva"].identity.username == "~user"


@pytest.mark.parametrize("line", ["", " ", "  ", ":source", "@tag"])
def test_lines_without_a_command_mean_nothing(house: PureHouse, line: str) -> None:
    assert house.connect().say(line) == []


def test_every_command_knows_its_stage(house: PureHouse) -> None:
    words = "a b c d"
    peer, ana = house.connect(), house.enter("ana")
    for name, row in sorted(COMMANDS.items()):
        if name not in {"QUIT", "NICK", "USER"}:
            assert ("451" in commands(peer.say(f"{name} {words}"))) == (
                (row.when is When.REGISTERED and name != "NOTICE")  # which is never answered
                or name == "AWAY"  # which needs draft/pre-away
            ), name
        if row.when is When.UNREGISTERED:
            assert commands(ana.say(f"{name} {words}")) == ["462"]


def test_quit_before_registration(house: PureHouse) -> None:
    peer = house.connect()
    assert peer.say("NICK ana", "QUIT :bye", "PING x") == ["ERROR :Closing link: Quit: bye"]
    assert peer.finished


def test_a_full_server_says_so_and_closes() -> None:
    house = PureHouse(replace(QUIET, max_clients=1))
    house.enter("ana")
    peer = house.connect()
    assert peer.say("NICK eva", "USER e 0 * :x") == ["ERROR :Closing link: the server is full"]
    assert peer.finished
    assert len(house.world.door.arriving) == 0


def test_a_missing_transition_is_an_error_of_the_program() -> None:
    for stage in Stage:
        for following in set(Stage) - _NEXT[stage]:
            with pytest.raises(AssertionError):
                Registration(stage).become(following)


# --- time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines", [[], ["NICK ana"], ["CAP LS 302", "NICK ana", "USER a 0 * :x"]], ids=["silent", "half", "CAP"]
)
def test_who_does_not_finish_in_time_is_closed(house: PureHouse, lines: list[str]) -> None:
    peer = house.connect()
    house.wait(30)
    peer.say(*lines)
    house.wait(QUIET.registration_timeout - 30 - 0.1)
    assert peer.take() == []
    house.wait(0.2)
    assert peer.take() == ["ERROR :Closing link: did not say who they are in time"]
    assert peer.finished


def test_who_finished_is_not(house: PureHouse) -> None:
    peer = house.enter("ana")
    house.wait(QUIET.registration_timeout + 1)
    assert not peer.finished


def test_a_silent_client_is_asked_once_and_then_closed(house: PureHouse) -> None:
    """modern.ircdocs.horse "PING message"."""
    peer, eva = house.enter("ana"), house.enter("eva")
    peer.say("JOIN #a")
    eva.say("JOIN #a")
    peer.take()
    house.wait(QUIET.quiet - 1)
    assert peer.take() == []
    eva.say("PING x")
    house.wait(1)
    assert peer.take() == [":irc.example PING :irc.example"]
    house.wait(QUIET.quiet - 1)
    assert peer.take() == []
    eva.say("PING x")
    house.wait(1)
    assert peer.take() == ["ERROR :Closing link: nothing was heard for too long"]
    assert peer.finished
    assert eva.take() == [":ana!~ana@localhost QUIT :nothing was heard for too long"]


@pytest.mark.parametrize("sign", ["PONG irc.example", "PONG", "PRIVMSG nobody :x", "garbage", ""])
def test_any_line_is_a_sign_of_life(house: PureHouse, sign: str) -> None:
    peer = house.enter("ana")
    for _ in range(5):
        house.wait(QUIET.quiet)
        assert "PING" in commands(peer.take())
        house.wait(QUIET.quiet - 1)
        peer.say(sign)
    assert not peer.finished


def test_who_talks_is_not_asked(house: PureHouse) -> None:
    peer = house.enter("ana")
    for _ in range(10):
        house.wait(QUIET.quiet - 1)
        assert peer.say("PING x") == [":irc.example PONG irc.example :x"]


@pytest.mark.parametrize("ending", ["QUIT", Closed()], ids=["quit", "closed"])
def test_nothing_is_timed_after_the_end(house: PureHouse, ending: str | Closed) -> None:
    peer = house.enter("ana")
    peer.say(ending)
    peer.lose()
    assert house.world.deadline() is None


# --- other protocols -----------------------------------------------------------------------------------------


def test_who_is_registered_may_say_the_words_of_http(house: PureHouse) -> None:
    """TRACE and CONNECT are commands of other IRC servers."""
    assert commands(house.enter("ana").say("TRACE", "CONNECT a 1", "GET / HTTP/1.1")) == ["421"] * 3


@pytest.mark.parametrize("verb", ["GET / HTTP/1.1", "post /x HTTP/1.0", "CONNECT a:25 HTTP/1.1", "HEAD"])
@pytest.mark.parametrize("before", [[], ["NICK ana"]])
def test_http_ends_the_connection(house: PureHouse, verb: str, before: list[str]) -> None:
    """So that a web page cannot make a browser speak IRC."""
    peer = house.connect()
    lines = peer.say(*before, verb, "Host: x", "", "NICK eva", "USER e 0 * :x")
    assert lines == ["ERROR :Closing link: this is a chat server, not a web server"]
    assert peer.session.reason is Reason.HTTP
    assert house.world.users == {}
