"""The real terminal: `coliseum join` in a pseudo-terminal, read off the screen, on both client engines."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from coliseum.config import Config, Limits
from coliseum.server import Server
from tests.client.support import Puppet, Screen, screen
from tests.harness import Chatter


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[Server]:
    config = Config(
        listen=("tls://localhost:0", "tcp://localhost:0"),
        data_dir=str(data_dir),
        limits=Limits(room_capacity=4, flood_control=False),
    )
    with Server(config, engine="asyncio") as made:
        yield made


@pytest.fixture
def url(server: Server) -> str:
    return f"tls://localhost:{server.address('tls')[1]}"


@pytest.fixture
def arguments(server: Server, url: str, engine: str) -> list[str]:
    assert server.files is not None
    return [url, "--ca", str(server.files.ca), "--engine", engine]


def enter(server: Server, nick: str) -> Chatter:
    chatter = Chatter.connect(server.address("tcp"), None)
    chatter.expect(r"^\* You are in")
    chatter.send(f"/nick {nick}")
    chatter.expect("You are now called")
    return chatter


def entered(view: Screen, nick: str) -> None:
    view.wait_for(f"You are now called {nick}")
    view.wait(lambda: view.prompt.startswith(f"{nick}>"))


def test_a_half_typed_line_and_the_cursor_survive_a_message(server: Server, arguments: list[str]) -> None:
    with enter(server, "luis") as luis, screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.type("half a li\x02\x02\x02")  # three to the left
        view.wait(lambda: view.prompt == "ana> half a li" and view.cursor_column == len("ana> half a"))
        luis.send("do you hear me?")
        view.wait_for("luis: do you hear me?")
        view.wait(lambda: view.prompt == "ana> half a li" and view.cursor_column == len("ana> half a"))
        view.type("X\r")
        luis.expect("^ana: half aX li$")
        view.wait_for("] ana: half aX li")
        view.wait(lambda: view.prompt == "ana>")
        assert sum("half aX li" in line for line in view.lines) == 1
        view.type("\x04")
        assert view.wait_exit() == 0
        assert view.lines[-1].endswith("* Goodbye.")


def test_nothing_typed_or_said_is_lost_under_a_storm_of_messages(server: Server, arguments: list[str]) -> None:
    with enter(server, "luis") as luis, screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        typed = "the quick brown fox"
        for number, key in enumerate(typed):
            luis.send(f"message {number}")
            view.type(key)
        view.wait_for(f"luis: message {len(typed) - 1}")
        view.wait(lambda: view.prompt == f"ana> {typed}")
        numbers = [int(line.rpartition(" ")[2]) for line in view.lines if "luis: message" in line]
        assert numbers == list(range(len(typed)))
        view.type("\r")
        luis.expect(f"^ana: {typed}$")


def test_the_bar_shows_room_members_capacity_and_connection(
    server: Server, url: str, arguments: list[str]
) -> None:
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.wait(lambda: view.lines[-1].startswith(" connected │ lobby (1 of 4): ana │ tls://localhost:"))
        with enter(server, "luis"):
            view.wait(lambda: "lobby (2 of 4): ana, luis" in view.lines[-1])
        view.wait(lambda: "lobby (1 of 4): ana │" in view.lines[-1])
        view.type("/leave\r")
        view.wait(lambda: view.lines[-1] == f" connected │ {url}")


def test_completion_of_commands_nicks_and_rooms(server: Server, arguments: list[str]) -> None:
    with enter(server, "Ludovico") as luis, screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        for keys, completed in {
            "/ni\t": "/nick",
            "/apo\t": "/apodo",
            "lu\t": "Ludovico:",
            "what do you say, LU\t": "what do you say, Ludovico",
            "/join lo\t": "/join lobby",
            "//lu\t": "//lu",
        }.items():
            view.type(f"\x15{keys}")
            view.wait(lambda completed=completed: view.prompt == f"ana> {completed}")  # type: ignore[misc]
        view.type("\x15/msg lu\t")
        view.wait(lambda: view.prompt == "ana> /msg Ludovico")
        view.type("psst\r")
        luis.expect(r"^ana \(in private\): psst$")


def test_history_outlives_the_program_and_knows_no_password(
    server: Server, arguments: list[str], own_home: Path
) -> None:
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.type("a line to remember\r")
        view.wait_for("] ana: a line to remember")
        view.type("/pass s3cret\r")
        view.wait_for("no password is wanted here")
        view.type("\x04")
        assert view.wait_exit() == 0
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.type("\x1b[A")
        view.wait(lambda: view.prompt == "ana> a line to remember")
    histories = [path for path in own_home.rglob("*") if path.name == "history"]
    assert len(histories) == 1
    assert "s3cret" not in histories[0].read_text()
    assert histories[0].stat().st_mode & 0o777 == 0o600


def test_control_c_empties_the_line_and_then_leaves(server: Server, arguments: list[str]) -> None:
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.type("not this")
        view.wait(lambda: view.prompt == "ana> not this")
        view.type("\x03")
        view.wait(lambda: view.prompt == "ana>")
        view.type("\x03")
        assert view.wait_exit() == 0
        assert view.lines[-1].endswith("* Goodbye.")
        assert not any("ana>" in line for line in view.lines)


def test_a_full_room_is_a_refusal_with_its_reason(server: Server, arguments: list[str]) -> None:
    people = [enter(server, f"p{number}") for number in range(4)]
    with screen(arguments) as view:
        assert view.wait_exit() == 69
        assert "the room is full (4 of 4)" in view.lines[-1]
    for person in people:
        person.close()


def test_a_server_that_cannot_be_verified_is_refused(url: str, engine: str) -> None:
    with screen([url, "--engine", engine]) as view:
        assert view.wait_exit() == 76
        assert any("an authority that we do not trust" in line for line in view.lines)


def test_what_a_peer_sends_cannot_move_the_cursor(engine: str) -> None:
    with Puppet() as puppet, screen([str(puppet.url), "--engine", engine], NO_COLOR="1") as view:
        line = puppet.accept()
        line.welcome("ana")
        evil = {"id": "x", "nick": "e\x1b[2Jvil\r"}
        line.tell("said", source=evil, room="lobby", text="a\x1b]0;title\x07b\x9b2J\r\nc\u202ed", time=1)
        view.wait_for("evil : ab cd")
        assert b"\x1b]0;" not in view.raw
        assert "\u202e".encode() not in view.raw
        view.type("\x04")
        assert line.hear() == "/quit"
        line.tell("ended", reason="quit")
        assert view.wait_exit() == 0
        line.close()


def test_colours_where_they_are_wanted(server: Server, arguments: list[str]) -> None:
    with enter(server, "luis") as luis:
        for environment, coloured in ({}, True), ({"NO_COLOR": "1"}, False):
            with screen([*arguments, "--nick", "ana"], **environment) as view:
                entered(view, "ana")
                luis.send("hola")
                view.wait_for("luis: hola")
                assert (b"\x1b[1;38;5;" in view.raw) is coloured
                view.type("\x04")
                assert view.wait_exit() == 0


def test_the_password_is_asked_for_without_echo(engine: str, data_dir: Path, own_home: Path) -> None:
    from coliseum.config import Server as ServerSection  # noqa: PLC0415

    config = Config(
        listen=("tcp://localhost:0",), data_dir=str(data_dir), server=ServerSection(password="open sesame")
    )
    with Server(config, engine="asyncio") as server:
        url = f"tcp://localhost:{server.address('tcp')[1]}"
        with screen([url, "--engine", engine, "--nick", "ana"]) as view:
            view.wait(lambda: view.prompt.startswith("Password:"))
            view.type("wrong\r")
            view.wait_for("wrong password (2 tries left)")
            view.type("open sesame")
            view.wait(lambda: view.prompt == "Password: ***********")
            view.type("\r")
            entered(view, "ana")
            view.type("\x04")
            assert view.wait_exit() == 0
            assert b"sesame" not in view.raw
            assert b"wrong\r" not in view.raw
    for path in own_home.rglob("history"):
        assert "sesame" not in path.read_text()


def test_a_broken_connection_is_followed_by_another(engine: str) -> None:
    puppet = Puppet()
    with puppet, screen([str(puppet.url), "--engine", engine, "--nick", "ana"]) as view:
        line = puppet.accept()
        line.welcome()
        assert line.hear() == "/nick ana"
        line.tell("named", you={"id": "id-1", "nick": "ana"})
        line.tell("heard", lines=2)
        entered(view, "ana")
        view.type("did this arrive?\r")
        assert line.hear() == "did this arrive?"
        view.type("half typed")
        view.wait(lambda: view.prompt == "ana> half typed")
        line.close()
        view.wait_for("! the connection broke")
        view.wait_for("! perhaps not delivered: did this arrive?")
        view.wait_for("* Trying again in 1 s.")
        view.wait(lambda: view.prompt == "ana> half typed")
        again = puppet.accept()
        again.welcome()
        assert again.hear() == "/nick ana"
        again.tell("named", you={"id": "id-2", "nick": "ana"})
        again.tell("heard", lines=2)
        view.wait_for("Connected again.")
        view.wait(lambda: view.prompt == "ana> half typed")
        view.type("\r")
        assert again.hear() == "half typed"
        again.tell("heard", lines=3)
        again.close()


def test_it_speaks_spanish(server: Server, arguments: list[str]) -> None:
    with screen([*arguments, "--nick", "ana", "--lang", "es"]) as view:
        view.wait_for("Ahora te llamas ana")
        view.wait(lambda: "lobby (1 de 4): ana" in view.lines[-1])


def test_a_termination_puts_the_terminal_right_and_says_goodbye(server: Server, arguments: list[str]) -> None:
    with enter(server, "luis") as luis, screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.signal(signal.SIGTERM)
        luis.expect(r"ana is gone \(said goodbye\)")
        assert view.wait_exit() == 128 + signal.SIGTERM


def test_a_history_that_cannot_be_kept_is_said_and_costs_nothing(
    server: Server, arguments: list[str], own_home: Path
) -> None:
    (own_home / ".local").write_text("in the way")
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        assert "thehistorycannotbekept" in "".join(view.lines).replace(" ", "")
