"""`coliseum join` in a pipe: every line of the input is said, what arrives goes to the output."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coliseum.client.displays import Happened, OwnSaid, Unconfirmed
from coliseum.client.outputs import Changed, Confirmed, End, Show
from coliseum.client.pipe import PATIENCE, WINDOW, Pipe
from coliseum.client.status import State, Status
from coliseum.client.view import View
from coliseum.config import Config, Limits
from coliseum.config import Server as ServerSection
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.vocabulary import Identity
from coliseum.i18n import english
from coliseum.server import Server
from tests.client.support import DEADLINE, Puppet, complaints
from tests.harness import Chatter


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    config = Config(
        listen=("tls://localhost:0", "tcp://localhost:0"),
        data_dir=str(data_dir),
        limits=Limits(room_capacity=2, flood_control=False),
    )
    with Server(config, engine="threads") as made:
        yield made


@pytest.fixture
def arguments(server: Server, engine: str) -> list[str]:
    assert server.files is not None
    url = f"tls://localhost:{server.address('tls')[1]}"
    return [url, "--ca", str(server.files.ca), "--engine", engine]


def command(arguments: list[str]) -> list[str]:
    # Not -X dev: on a busy machine asyncio then writes about slow callbacks.
    return [sys.executable, "-W", "always::ResourceWarning", "-m", "coliseum", "join", *arguments]


def join(arguments: list[str], text: bytes, **environment: str) -> tuple[int, str, str]:
    """Run the command with `text` as its input; return exit code, output and errors."""
    done = subprocess.run(
        command(arguments),
        input=text,
        capture_output=True,
        timeout=DEADLINE * 2,
        check=False,
        env=os.environ | environment,
    )
    return done.returncode, done.stdout.decode(), complaints(done.stderr)


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def listen(server: Server) -> Chatter:
    chatter = Chatter.connect(server.address("tcp"), None)
    chatter.expect(r"^\* You are in")
    return chatter


def test_a_line_is_said_and_that_was_all(server: Server, arguments: list[str]) -> None:
    with listen(server) as luis:
        code, output, errors = join([*arguments, "--nick", "bot"], b"hola, \xc2\xbfqu\xc3\xa9 tal?\nno end")
        assert (code, errors) == (0, "")
        luis.expect("^bot: hola, ¿qué tal\\?$")
        luis.expect("^bot: no end$")
        assert "You are now called bot" in output
        assert "bot: hola" not in output
        assert "\x1b" not in output


def test_many_lines_arrive_in_order(server: Server, arguments: list[str], tmp_path: Path) -> None:
    count = 5 * WINDOW
    lines = tmp_path / "lines"
    lines.write_text("".join(f"line {number}\n" for number in range(count)))
    with listen(server) as luis, lines.open("rb") as file:
        done = subprocess.run(command(arguments), stdin=file, capture_output=True, timeout=60, check=False)
        assert (done.returncode, complaints(done.stderr)) == (0, "")
        for number in range(count):
            luis.expect(f": line {number}$")


def test_what_arrives_goes_to_the_output(server: Server, arguments: list[str]) -> None:
    with listen(server) as luis:
        process = start(arguments)
        luis.expect("entered lobby")
        luis.send("hello out there")
        assert process.stdout is not None
        while line := process.stdout.readline():
            if b"hello out there" in line:
                break
        else:
            pytest.fail("it did not arrive")
        output, errors = process.communicate(b"hello back\n", timeout=DEADLINE)
        assert (process.returncode, complaints(errors)) == (0, "")
        luis.expect("hello back$")
        assert b"Goodbye" in output


def test_refused_lines_are_errors(server: Server, arguments: list[str]) -> None:
    long = b"x" * 5000
    code, _, errors = join(arguments, b"/no-such\nfine\n" + long + b"\n\xff\n")
    assert code == 1
    assert "there is no command /no-such" in errors
    assert "longer than 4096 bytes" in errors
    assert "not UTF-8" in errors


def test_a_full_room_is_exit_code_69(server: Server, arguments: list[str]) -> None:
    with listen(server), listen(server):
        code, output, errors = join(arguments, b"hello\n")
        assert code == 69
        assert "the room is full (2 of 2)" in errors
        assert "not sent: hello" not in output


def test_who_cannot_be_verified_is_exit_code_76(server: Server, engine: str) -> None:
    port = server.address("tls")[1]
    code, output, errors = join([f"tls://localhost:{port}", "--engine", engine], b"hello\n")
    assert (code, output) == (76, "")
    assert "an authority that we do not trust" in errors
    assert "Traceback" not in errors


def test_a_break_is_exit_code_1_and_says_what_is_uncertain(engine: str) -> None:
    with Puppet() as puppet:
        process = start([str(puppet.url), "--engine", engine])
        line = puppet.accept()
        line.welcome()
        assert process.stdin is not None
        process.stdin.write(b"one\ntwo\n")
        process.stdin.flush()
        assert [line.hear(), line.hear()] == ["one", "two"]
        line.tell("heard", lines=2)
        line.tell("ended", reason="server-stopping")
        line.close()
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 1
        assert b"perhaps not delivered: two" in errors
        assert b"not delivered: one" not in errors
        assert b"the connection broke: the server is stopping" in errors


def test_what_was_read_and_not_sent_is_reported(engine: str) -> None:
    with Puppet() as puppet:
        process = start([str(puppet.url), "--engine", engine])
        line = puppet.accept()
        line.welcome()
        assert process.stdin is not None
        process.stdin.write(b"".join(b"line %d\n" % number for number in range(WINDOW + 5)))
        process.stdin.flush()
        assert [line.hear() for _ in range(WINDOW)] == [f"line {number}" for number in range(WINDOW)]
        line.close()
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 1
        assert errors.count(b"perhaps not delivered: line") == WINDOW
        assert errors.count(b"not sent: line") == 5


def test_an_output_that_nobody_reads_costs_only_the_output(server: Server, arguments: list[str]) -> None:
    with listen(server) as luis:
        process = start([*arguments, "--nick", "bot"])
        assert process.stdout is not None
        process.stdout.close()
        luis.expect("is now called bot")
        luis.send("anybody?")
        assert process.stdin is not None
        process.stdin.write(b"said all the same\n")
        process.stdin.close()
        luis.expect("^bot: said all the same$")
        luis.expect("bot is gone")
        assert process.wait(DEADLINE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()


def interrupt(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)


def interrupted(process: subprocess.Popen[bytes]) -> bool:
    _, errors = process.communicate(timeout=DEADLINE)
    return (process.returncode, errors.strip()) == (130, b"interrupted")


def test_an_interruption_says_goodbye(server: Server, arguments: list[str]) -> None:
    with listen(server) as luis:
        process = start([*arguments, "--nick", "bot"])
        luis.expect("is now called bot")
        interrupt(process)
        luis.expect(r"bot is gone \(said goodbye\)")
        assert interrupted(process)


def test_an_interruption_on_the_way_in(engine: str) -> None:
    with Puppet() as puppet:
        process = start([str(puppet.url), "--engine", engine])
        line = puppet.accept()
        assert line.hear() == "/json"
        interrupt(process)
        assert line.hear() == "/quit"
        line.tell("ended", reason="quit")
        line.close()
        assert interrupted(process)


def test_a_closed_input_is_an_empty_one(arguments: list[str]) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command(arguments)],
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, complaints(done.stderr)) == (0, "")


@pytest.mark.parametrize(("password", "code"), [("open sesame", 0), ("wrong", 69), ("", 69)])
def test_the_password_comes_from_the_environment(engine: str, data_dir: Path, password: str, code: int) -> None:
    section = ServerSection(password="open sesame")
    config = Config(listen=("tcp://localhost:0",), data_dir=str(data_dir), server=section)
    with Server(config, engine="asyncio") as server:
        url = f"tcp://localhost:{server.address('tcp')[1]}"
        done, _, errors = join([url, "--engine", engine], b"hello\n", COLISEUM_PASSWORD=password)
        assert done == code
        assert "sesame" not in errors


# --- without a process -------------------------------------------------------------------------------------


def test_a_server_that_confirms_nothing_is_given_up(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("coliseum.client.pipe.monotonic", lambda: now)
    reading, writing = os.pipe()
    os.write(writing, b"one\n\ntwo\n")
    os.close(writing)
    desk = Pipe(View(english, color=False), stdin=reading, now=now)
    assert not desk.wants_input
    assert desk.seconds_left(now + 1) == PATIENCE - 1
    now += 10
    desk.take(Changed(Status(State.INSIDE)))
    assert desk.seconds_left(now) is None
    desk.read()
    assert [desk.next_line(), desk.next_line()] == ["one", "two"]
    assert desk.next_line() is None
    desk.take(Changed(Status(State.INSIDE, unconfirmed=2)))
    assert desk.seconds_left(now + 1) == PATIENCE - 1
    now += 20
    desk.take(Confirmed(("one",)))
    assert not desk.is_late(now + PATIENCE - 1)
    assert desk.is_late(now + PATIENCE)
    desk.take(Show(OwnSaid("me", "one")))
    desk.take(Show(Happened(fact.Said(Identity("1", "ana"), "lobby", "hi", 1))))
    desk.take(Show(Happened(no.NickTaken("x"))))
    desk.take(Show(Unconfirmed(("two",))))
    assert desk.finish() == 1
    desk.take(End(0))
    assert desk.over
    assert desk.finish() == 1  # something was refused
    output, errors = capfd.readouterr()
    assert "ana: hi" in output
    assert "me: one" not in output
    assert "somebody else is called x" in errors
    assert "perhaps not delivered: two" in errors
    os.close(reading)
