"""`coliseum join irc://…`, in a pipe and at a terminal, on a server of others."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.irc_support import Raw, RealServer, real_server
from tests.client.support import DEADLINE, Screen, complaints, screen
from tests.client.test_pipe import command, join


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server("ngircd", tmp_path_factory.mktemp("irc")) as made:
        yield made


@pytest.fixture
def arguments(server: RealServer, engine: str) -> list[str]:
    return [f"{server.url}/#garden", "--engine", engine]


@pytest.fixture
def listener(server: RealServer) -> Iterator[Raw]:
    with Raw(server.port, "pepe") as raw:
        raw.send("JOIN #garden")
        raw.settle()
        yield raw


# --- in a pipe ---------------------------------------------------------------------------------------------


def test_lines_are_said_and_that_was_all(listener: Raw, arguments: list[str]) -> None:
    code, output, errors = join([*arguments, "--nick", "bot"], "hola, ¿qué tal?\n/me saluda\nno end".encode())
    assert (code, errors) == (0, "")
    listener.expect(r"^:bot!\S+ PRIVMSG #garden :hola, ¿qué tal\?$")
    listener.expect("^:bot!\\S+ PRIVMSG #garden :\x01ACTION saluda\x01$")
    listener.expect(r"^:bot!\S+ PRIVMSG #garden :no end$")
    assert "You are bot." in output
    assert "You are in garden (2)" in output
    assert "hola" not in output
    assert "\x1b" not in output


def test_many_lines_arrive_in_order(listener: Raw, arguments: list[str], tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text("".join(f"line {number}\n" for number in range(200)))
    with lines.open("rb") as file:
        done = subprocess.run(command(arguments), stdin=file, capture_output=True, timeout=60, check=False)
    assert (done.returncode, complaints(done.stderr)) == (0, "")
    for number in range(200):
        listener.expect(f"PRIVMSG #garden :line {number}$")


def test_what_is_refused_is_an_error(listener: Raw, arguments: list[str]) -> None:
    code, output, errors = join([*arguments, "--nick", "pepe"], b"/no-such\n/msg nobody hello\nfine\n\xff\n")
    assert code == 1
    assert "You are pepe_." in output
    for words in ("somebody else is called pepe", "there is no command /no-such", "nobody here is called nobody"):
        assert words in errors
    assert "not UTF-8" in errors
    listener.expect("PRIVMSG #garden :?fine")


def test_a_full_room_is_exit_code_69(listener: Raw, server: RealServer, engine: str) -> None:
    listener.send("JOIN #small", "MODE #small +l 1")
    listener.settle()
    code, output, errors = join([server.url, "--room", "small", "--engine", engine], b"hello\n")
    assert code == 69
    assert "small is full" in errors
    assert "hello" not in output


def test_a_room_may_be_written_in_every_way(listener: Raw, server: RealServer, engine: str) -> None:
    for room in ("garden", "#garden", "%23garden"):
        code, output, errors = join([f"{server.url}/{room}", "--engine", engine], b"")
        assert (code, errors) == (0, "")
        assert "You are in garden" in output


def test_who_cannot_be_verified_is_exit_code_76(server: RealServer, engine: str) -> None:
    url = f"ircs://localhost:{server.tls_port}/#garden"
    code, output, errors = join([url, "--engine", engine], b"hello\n")
    assert (code, output) == (76, "")
    assert "an authority that we do not trust" in errors
    code, output, errors = join([url, "--engine", engine, "--ca", str(server.ca)], b"hello\n")
    assert (code, errors) == (0, "")


def test_a_password_comes_from_the_environment(engine: str, tmp_path: Path) -> None:
    with real_server("ngircd", tmp_path, password="sesame") as server:
        for password, code in {"sesame": 0, "wrong": 69, "": 69}.items():
            done, _, errors = join([f"{server.url}/x", "--engine", engine], b"hi\n", COLISEUM_PASSWORD=password)
            assert done == code, errors
            assert "sesame" not in errors


# --- at a terminal -----------------------------------------------------------------------------------------


def entered(view: Screen, nick: str) -> None:
    view.wait(lambda: view.prompt.startswith(f"{nick}>"))
    view.wait_for(f"You are {nick}.")


def test_a_conversation_at_a_terminal(listener: Raw, server: RealServer, arguments: list[str]) -> None:
    with screen([*arguments, "--nick", "ana"]) as view:
        entered(view, "ana")
        view.wait_for("You are in garden (2)")
        view.wait(lambda: "connected │ garden (2)" in view.lines[-1] and "irc://127.0.0.1" in view.lines[-1])
        listener.send("PRIVMSG #garden :\x02hola\x02 \x1b[2J\x07")
        view.wait_for("pepe: hola")
        view.type("hola, pe\t")
        view.wait(lambda: view.prompt == "ana> hola, pepe")
        view.type("\r")
        listener.expect(r"^:ana!\S+ PRIVMSG #garden :hola, pepe$")
        view.wait(lambda: view.prompt == "ana>")
        assert sum("] ana: hola, pepe" in line for line in view.lines) == 1
        view.type("/nick ana2\r")
        view.wait(lambda: view.prompt == "ana2>")
        listener.send("KICK #garden ana2 :enough")
        view.wait_for("pepe put ana2 out of garden (enough).")
        view.wait_for("You are in no room; /join ROOM takes you into one.")
        view.wait(lambda: view.lines[-1].startswith(" connected │ irc://"))
        view.type("/join garden\r")
        view.wait(lambda: "garden (2)" in view.lines[-1])
        view.type("\x04")
        assert view.wait_exit() == 0
        assert view.lines[-1].endswith("* Goodbye.")
        assert b"\x07" not in view.raw


def test_the_password_is_asked_for_without_echo(engine: str, tmp_path: Path, own_home: Path) -> None:
    with (
        real_server("ngircd", tmp_path, password="open sesame") as server,
        screen([f"{server.url}/#garden", "--engine", engine, "--nick", "ana"]) as view,
    ):
        view.wait(lambda: view.prompt.startswith("Password:"))
        view.type("wrong\r")
        view.wait_for("! wrong password")
        view.wait(lambda: view.prompt == "Password:")
        view.type("open sesame")
        view.wait(lambda: view.prompt == "Password: ***********")
        view.type("\r")
        entered(view, "ana")
        view.wait_for("You are in garden")
        view.type("/join other key\r")
        view.wait_for("You are in other")
        view.type("\x04")
        assert view.wait_exit() == 0
        assert b"sesame" not in view.raw
    for path in own_home.rglob("history"):
        assert "sesame" not in path.read_text()
        assert "key" not in path.read_text()


def test_a_server_that_stops_and_comes_back(engine: str, tmp_path: Path) -> None:
    with (
        real_server("ngircd", tmp_path) as first,
        screen([f"{first.url}/#garden", "--engine", engine, "--nick", "ana"]) as view,
    ):
        entered(view, "ana")
        view.wait_for("You are in garden")
        view.type("half typed")
        view.wait(lambda: view.prompt == "ana> half typed")
        first.stop()
        view.wait_for("! the connection broke")
        with real_server("ngircd", tmp_path, port=first.port):
            view.wait_for("Connected again.")
            view.wait(lambda: view.prompt == "ana> half typed")
            view.type("\r")
            view.wait_for("] ana: half typed")
            view.type("\x04")
            assert view.wait_exit() == 0


def test_it_speaks_spanish(arguments: list[str]) -> None:
    with screen([*arguments, "--nick", "ana", "--lang", "es"]) as view:
        view.wait_for("Estás en garden")
        view.type("/salir\r")
        assert view.wait_exit() == 0


def test_help_names_irc() -> None:
    done = subprocess.run(command(["--help"]), capture_output=True, timeout=DEADLINE, check=False, env=os.environ)
    assert "ircs://" in done.stdout.decode()
