"""Order, floods, strangers and the end: what the engines promise, seen from outside."""

import contextlib
import time

import pytest

from tests.irc.behaviour.client import DEADLINE, Talker, briefly
from tests.irc.behaviour.conftest import Hall, OpenHall, quick_hash


def test_pipelined_lines_act_as_if_sent_one_by_one(hall: Hall) -> None:
    """A whole session in one packet."""
    talker = hall.connect()
    lines = talker.ask_whole(
        "CAP LS 302",
        "CAP REQ :message-tags echo-message",
        "NICK ana",
        "USER ana 0 * :Ana",
        "CAP END",
        "JOIN #a,#b",
        "PRIVMSG #a :one",
        "PART #a",
        "PRIVMSG #a :not any more",
        "NICK luis",
        "PRIVMSG #b :two",
        "MODE #b +m",
        "QUITE wrong",
    )
    wanted = ["001", "ana JOIN #a", "ana JOIN #b", "ana PRIVMSG #a one", "ana PART #a", "403 #a", "ana NICK luis"]
    wanted += ["luis PRIVMSG #b two", "luis MODE #b +m", "421 QUITE"]
    assert [line.brief for line in lines if line.brief in wanted] == wanted


def test_pipelined_lines_wait_for_a_password_check_and_others_do_not(open_hall: OpenHall) -> None:
    hashed = quick_hash("sesame")
    hall = open_hall(server__password=hashed, opers=[{"name": "root", "password": hashed}])
    ana = hall.enter("ana", password="sesame")
    ana.ask("JOIN #r")
    others = [hall.connect() for _ in range(3)]
    for i, other in enumerate(others):
        other.send("PASS sesame", f"NICK other{i}", "USER o 0 * :O", "JOIN #r", "OPER root no", "OPER root sesame")
        other.send("PRIVMSG #r :first", "PRIVMSG #r :second")
    heard = ana.ask_whole("PRIVMSG ana :nobody waits for them")
    assert "ana PRIVMSG ana nobody waits for them" in briefly(heard)
    for other in others:
        seen = [line.command for line in other.sync() if line.command in {"001", "JOIN", "464", "381", "MODE"}]
        assert [command for command in seen if command != "JOIN"] == ["001", "464", "381", "MODE"]
    heard += ana.sync()
    for i in range(3):
        assert [line for line in briefly(heard) if line.startswith(f"other{i}")] == [
            f"other{i} JOIN #r",
            f"other{i} PRIVMSG #r first",
            f"other{i} PRIVMSG #r second",
        ]


def test_what_one_causes_for_another_is_there_before_the_next_answer(hall: Hall) -> None:
    """The order that people rely on who talk about the same thing in two ways."""
    ana, luis = hall.gather("#r", "ana", "luis")
    for number in range(100):
        ana.ask(f"PRIVMSG #r :{number}")
        assert luis.seen() == [f"ana PRIVMSG #r {number}"]


def test_everybody_sees_the_messages_of_a_room_in_the_same_order(hall: Hall) -> None:
    speakers = hall.gather("#r", *(f"speaker{number}" for number in range(4)))
    watchers = [hall.enter(f"watcher{number}", *wishes) for number, wishes in enumerate([(), ("message-tags",)])]
    for watcher in watchers:
        watcher.ask("JOIN #r")
    for speaker in speakers:
        speaker.send(*(f"PRIVMSG #r :line {number}" for number in range(100)))
    views = []
    for watcher in watchers:
        view: list[str] = []
        while len(view) < 400:
            line = watcher.line()
            assert line is not None
            view += [line.brief] if line.command == "PRIVMSG" else []
        views.append(view)
    assert views[0] == views[1]
    for number in range(4):
        assert [line for line in views[0] if line.startswith(f"speaker{number} ")] == [
            f"speaker{number} PRIVMSG #r line {i}" for i in range(100)
        ]


def test_one_who_does_not_read_holds_nobody_up(hall: Hall) -> None:
    """And is cut off, with a reason, when too much is waiting."""
    ana, luis, sleeper = hall.gather("#r", "ana", "luis", "sleeper")
    text = "x" * 400
    gone = None
    for _ in range(400):
        for line in ana.ask_whole(*(f"PRIVMSG #r :{text}" for _ in range(50))):
            gone = gone or (line if line.command == "QUIT" else None)
        luis.sync()
        if gone is not None:
            break
    assert gone is not None
    assert gone.nick == "sleeper"
    assert gone.text
    with contextlib.suppress(AssertionError):  # what it gets may end in the middle of a line
        sleeper.rest()


@pytest.mark.parametrize(
    "request_line", ["GET / HTTP/1.1", "POST /x HTTP/1.1", "HEAD / HTTP/1.0", "OPTIONS * HTTP/1.1"]
)
def test_a_browser_is_told_off(hall: Hall, request_line: str) -> None:
    """A web page must not make anybody's browser speak IRC."""
    ana, stranger = hall.enter("ana"), hall.connect()
    stranger.send(request_line, "Host: localhost", "", "NICK eve", "USER e 0 * :E", "PRIVMSG ana :spam")
    assert [line.command for line in stranger.rest()] == ["ERROR"]
    assert ana.seen() == []


def test_commands_of_irc_that_browsers_know_too_are_harmless(hall: Hall) -> None:
    """RFC 2812 sections 3.4.7 and 3.4.8: who is registered is no browser."""
    ana = hall.enter("ana")
    assert [line[:1] for line in ana.ask("TRACE", "TRACE luis", "CONNECT irc.example.com 6667")] == ["4"] * 3


def test_who_mistakes_the_port_is_told(hall: Hall) -> None:
    """In clear to a port that speaks TLS, and the other way round; nobody else notices."""
    ana = hall.enter("ana")
    address = hall.server.address(hall.scheme)
    if hall.scheme == "ircs":
        with Talker.connect(address) as stranger:
            stranger.send("NICK eve", "USER e 0 * :E")
            (line,) = stranger.rest()
            assert line.command == "ERROR"
            assert "TLS" in line.text
    else:
        with Talker.connect(address) as stranger:
            stranger.send_bytes(bytes.fromhex("16030100c8010000c403"))  # the beginning of a TLS handshake
            (line,) = stranger.rest()
            assert line.command == "ERROR"
            assert "TLS" in line.text
    assert ana.ask("ISON eve") == ["303 "]


def test_a_flood_is_held_back_and_nothing_of_it_is_lost(open_hall: OpenHall) -> None:
    """20 lines at once pass; the rest is read more slowly; nobody is disconnected, nobody else waits."""
    hall = open_hall(limits__flood_control=True, limits__lines_per_second=15.0)
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.send("JOIN #r")
    luis.send("JOIN #r")
    ana.expect("JOIN"), luis.expect("366")
    start = time.monotonic()
    ana.send(*(f"PRIVMSG #r :{number}" for number in range(40)))
    arrivals = []
    for number in range(40):
        assert luis.expect("PRIVMSG").text == str(number)
        arrivals.append(time.monotonic() - start)
        if number == 10:
            luis.send("PRIVMSG #r :not held back")
    assert arrivals[-1] > 1.0  # 40 - 20 lines at 15 a second; some of the burst was used for coming in
    assert arrivals[-1] - arrivals[10] > 0.8
    ana.expect("PRIVMSG", "#r", "not held back")
    assert luis.ask("PRIVMSG ana :hello?") == []
    ana.expect("PRIVMSG", "ana", "hello?")


def test_everybody_is_told_that_the_server_stops_and_it_takes_no_time(hall: Hall) -> None:
    talkers = [*hall.gather("#r", "ana", "luis", "eva"), hall.connect()]
    talkers[-1].ask("NICK pia")
    silent = hall.connect()  # whether it has been heard at all is not sure
    start = time.monotonic()
    hall.server.stop()
    assert time.monotonic() - start < 1.5  # it takes less than half a second; machines may be busy
    for talker in talkers:
        (line,) = talker.rest()
        assert line.command == "ERROR"
        assert "stopping" in line.text
    assert [line.command for line in silent.rest()] in ([], ["ERROR"])


def test_connections_that_come_and_go_leave_nothing(hall: Hall) -> None:
    ana = hall.enter("ana")
    for number in range(10):
        talkers = [hall.enter(f"luis{number}x{i}") for i in range(3)]
        for talker in talkers:
            talker.send("JOIN #r", f"NICK other{number}")
            talker.close()
    deadline = time.monotonic() + DEADLINE
    while ana.ask_whole("LUSERS")[0].text != "There are 1 users and 0 invisible on 1 servers":
        assert time.monotonic() < deadline
    assert ana.ask("LIST") == ["321 Channel Users  Name", "323"]
