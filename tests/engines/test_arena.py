"""What people do in the arena: the same on every engine and every transport."""

import uuid

import pytest

from coliseum.services.passwords import hash_password
from tests.conftest import House, OpenHouse


def test_who_connects_gets_an_identifier_a_nick_and_enters_the_lobby(house: House) -> None:
    chatter = house.connect()
    welcome = chatter.expect(r"You are (\S+), id (\S+)\.")
    uuid.UUID(welcome[2])
    assert welcome[1].startswith("guest-")
    chatter.expect(rf"You are in lobby \(1 of 3\): {welcome[1]}")


def test_everybody_has_an_identifier_of_their_own(house: House) -> None:
    chatters = [house.connect() for _ in range(3)]
    assert len({chatter.expect(r"id (\S+)\.")[1] for chatter in chatters}) == 3


def test_what_is_said_reaches_all_others_and_never_the_sender(house: House) -> None:
    ana, luis, eva = (house.enter(nick) for nick in ("ana", "luis", "eva"))
    for chatter in (ana, luis, eva):
        chatter.seen()
    ana.send("hola a todos")
    luis.send("hola ana")
    for chatter in (ana, luis):
        chatter.expect("hola")
    assert sorted(eva.seen()) == ["ana: hola a todos", "luis: hola ana"]
    assert ana.seen() == []
    assert luis.seen() == []


def test_everybody_sees_the_messages_of_a_room_in_the_same_order(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=0)
    watchers = [house.enter(f"watcher{i}") for i in range(2)]
    speakers = [house.enter(f"speaker{i}") for i in range(4)]
    for speaker in speakers:
        speaker.send(*(f"line {i}" for i in range(100)))
    views = []
    for watcher in watchers:
        said: list[str] = []
        while len(said) < 400:
            line = watcher.line()
            assert line is not None
            said += [line] if ": line " in line else []
        views.append(said)
    assert views[0] == views[1]
    for i in range(4):
        assert [line for line in views[0] if line.startswith(f"speaker{i}:")] == [
            f"speaker{i}: line {n}" for n in range(100)
        ]


def test_one_too_many_is_told_that_the_room_is_full_and_closed(house: House) -> None:
    inside = [house.enter() for _ in range(3)]
    for chatter in inside:
        chatter.seen()
    late = house.connect()
    assert late.rest()[0] == "! the room is full (3 of 3)"
    for chatter in inside:
        assert chatter.seen() == []
    inside[0].send("/quit")
    assert inside[0].rest()[-1] == "* Goodbye."
    inside[1].expect("is gone")
    house.enter()


def test_a_full_server_says_so_and_closes(open_house: OpenHouse) -> None:
    house = open_house(limits__max_clients=2, limits__room_capacity=0)
    house.enter(), house.enter()
    assert house.connect().rest()[0] == "! the server is full (2 of 2)"


def test_who_is_refused_by_another_room_stays_where_they_are(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=2)
    first, second = house.enter("first"), house.enter("second")
    for chatter in (first, second):
        chatter.send("/join garden")
        chatter.expect("You are in garden")
    third, fourth = house.enter("third"), house.enter("fourth")
    third.send("/join garden")
    third.expect(r"! the room is full \(2 of 2\)")
    third.send("still here")
    fourth.expect("third: still here")


def test_rooms_are_apart_and_a_room_that_is_left_by_all_is_gone(house: House) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.send("/join garden")
    luis.expect(r"ana left lobby \(1 of 3\)")
    ana.send("only for me")
    ana.send("/rooms")
    ana.expect(r"Rooms: garden \(1 of 3\), lobby \(1 of 3\)")
    assert luis.seen() == []
    ana.send("/leave")
    ana.expect("You left garden")
    ana.send("anybody?")
    ana.expect("! you are in no room")
    ana.send("/rooms")
    ana.expect(r"Rooms: lobby \(1 of 3\)")


def test_a_nick_that_is_taken_too_long_or_malicious_is_refused_and_nobody_notices(house: House) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.seen()
    for nick, answer in (
        ("ANA", "! somebody else is called ana"),
        ("x" * 33, "! x+ cannot be a nick: it is too long: at most 32 characters"),
        ("two words", "! two\\?words cannot be a nick: it has a character that names may not have"),
        ("a\u202eb", "! a\\?b cannot be a nick"),
        ("аna", "! .* cannot be a nick: it mixes letters of several scripts"),
        ("9lives", "! 9lives cannot be a nick: it must begin with a letter"),
        ("\x1b[2J", "! that line had control characters"),
    ):
        luis.send(f"/nick {nick}")
        luis.expect(answer)
    luis.send("/who")
    luis.expect(r"In lobby \(2 of 3\): ana, luis")
    assert ana.seen() == []


def test_private_messages_and_topics(house: House) -> None:
    ana, luis, eva = (house.enter(nick) for nick in ("ana", "luis", "eva"))
    eva.seen()
    ana.send("/msg LUIS psst, you")
    ana.expect(r"To luis \(in private\): psst, you")
    luis.expect(r"ana \(in private\): psst, you")
    assert eva.seen() == []
    ana.send("/msg nobody hello?")
    ana.expect("! nobody here is called nobody")
    ana.send("/topic Roses")
    for chatter in (ana, luis, eva):
        chatter.expect("ana set the topic of lobby: Roses")
    luis.send("/topic")
    luis.expect("The topic of lobby: Roses")
    luis.send("/topic -")
    eva.expect("luis removed the topic of lobby")


def test_doing_something_and_being_away(house: House) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.send("/me waves")
    luis.expect("^~ ana waves ~$")
    ana.send("/away lunch")
    for chatter in (ana, luis):
        chatter.expect(r"^\* ana is away: lunch$")
    ana.send("/ausente")
    luis.expect(r"^\* ana is back\.$")


@pytest.mark.parametrize(
    ("command", "answer"), [("/ayuda", "Commands:"), ("/salas", "Rooms:"), ("/quién", "In lobby")]
)
def test_commands_have_spanish_names_too(house: House, command: str, answer: str) -> None:
    chatter = house.enter()
    chatter.send(command)
    chatter.expect(answer)


def test_the_spanish_server_speaks_spanish(open_house: OpenHouse) -> None:
    house = open_house(server__language="es")
    chatter = house.connect()
    chatter.expect(r"Estás en lobby \(1 de 3\)")
    chatter.send("/entrar jardín")
    chatter.expect(r"Estás en jardín \(1 de 3\)")
    chatter.send("/salir")
    chatter.expect("Adiós")


def test_a_line_that_begins_with_a_slash_can_be_said(house: House) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.send("//nick is a command")
    luis.expect("^ana: /nick is a command$")


def test_a_program_gets_json_and_acknowledgements(house: House) -> None:
    ana, bot = house.enter("ana"), house.connect()
    bot.send("/json", "/nick bot", "hi")
    ana.expect("bot: hi")
    ana.send("hello bot")
    bot.expect(r'"event":"said".*"text":"hello bot"')
    bot.send("bye")
    bot.expect(r'"event":"heard","lines":4')


def test_the_password_lets_in_and_three_wrong_ones_do_not(open_house: OpenHouse) -> None:
    house = open_house(server__password="open sesame")
    right = house.connect()
    right.expect("This server wants a password")
    right.send("/nick early")
    right.expect("! first the password")
    right.send("open sesame")
    right.expect("You are in lobby")
    by_command = house.connect()
    by_command.send("/pass open sesame", "hello")
    right.expect(": hello")
    wrong = house.connect()
    wrong.send("a", "/clave b", "open SESAME", "open sesame")
    assert wrong.rest()[-1] == "* The connection ends: wrong password."
    assert len([line for line in right.seen() if "entered" in line]) == 0


def test_pipelined_lines_wait_for_a_password_check_and_others_do_not(open_house: OpenHouse) -> None:
    house = open_house(server__password=hash_password("sesame"))
    ana = house.connect()
    ana.send("sesame")
    ana.expect("You are in lobby")
    others = [house.connect() for _ in range(2)]
    for i, other in enumerate(others):
        other.send("sesame", f"/nick other{i}", "first", "second")
    said = [ana.expect("other.: ").string for _ in range(4)]
    for i in range(2):
        assert [line for line in said if f"other{i}" in line] == [f"other{i}: first", f"other{i}: second"]


def test_a_flood_is_held_back_and_nothing_of_it_is_lost(open_house: OpenHouse) -> None:
    house = open_house(limits__flood_control=True)
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.send(*(str(i) for i in range(25)))
    luis.send("not held back")
    ana.expect("luis: not held back")
    assert [luis.expect(r"ana: (\d+)")[1] for _ in range(25)] == [str(i) for i in range(25)]


def test_much_text_is_held_back_and_nothing_of_it_is_lost(open_house: OpenHouse) -> None:
    house = open_house(
        limits__flood_control=True, limits__bytes_at_once=4096.0, limits__bytes_per_second=100_000.0
    )
    ana, luis = house.enter("ana"), house.enter("luis")
    lines = [str(i) * 2000 for i in range(8)]
    ana.send(*lines)
    assert [luis.expect(r"ana: (\d+)")[1] for _ in lines] == lines


def test_a_program_is_told_where_it_stands_whenever_it_says_that_it_is_one(house: House) -> None:
    early, late = house.connect(), house.enter("late")
    early.send("/json")
    late.send("/json")
    for program in (early, late):
        seen = [program.expect('"event":"([a-z]+)"')[1] for _ in range(2)]
        assert seen == ["welcomed", "admitted"]
        program.expect('"event":"heard","lines":')


def test_a_program_is_asked_for_the_password_in_json(open_house: OpenHouse) -> None:
    program = open_house(server__password="sesame").connect()
    program.expect("This server wants a password")
    program.send("/json")
    program.expect('"event":"password-wanted"')


def test_a_line_that_cannot_be_read_is_acknowledged_all_the_same(house: House) -> None:
    bot = house.connect()
    bot.send("/json")
    bot.expect('"event":"heard","lines":1')
    bot.send_bytes(b"\xff\n" + b"x" * 5000 + b"\nfine\n")
    bot.expect('"code":"not-text"')
    bot.expect('"code":"line-too-long"')
    bot.expect('"event":"heard","lines":4')
