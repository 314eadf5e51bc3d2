"""Bad input: a named answer to the one who sent it, and nobody else notices."""

import json
import shutil
import socket
import ssl
import struct
import subprocess

import pytest

from coliseum.core.limits import Policy
from tests.conftest import House, OpenHouse
from tests.harness import DEADLINE, Chatter

tls_only = pytest.mark.parametrize("transport", ["tls"], indirect=True)
tcp_only = pytest.mark.parametrize("transport", ["tcp"], indirect=True)


@pytest.fixture
def witness(house: House) -> Chatter:
    """Somebody in the lobby who must not notice anything."""
    chatter = house.enter("witness")
    chatter.seen()
    return chatter


BAD_LINES = [
    (b"\xff\xfe\n", "! that line was not UTF-8 text"),
    (b"caf\xe9\n", "! that line was not UTF-8 text"),
    (b"nul \x00 inside\n", "! that line had control characters"),
    (b"\x1b[2Jcleared\n", "! that line had control characters"),
    (b"\x7f\n", "! that line had control characters"),
    ("\u2028\n".encode(), "! that line had control characters"),
    (b"x" * 4097 + b"\n", "! that line was longer than 4096 bytes"),
    (b"/nick\n", "! /nick needs something more"),
    (b"/bo\x1bgus\n", "! that line had control characters"),
    (b"/frobnicate\n", "! there is no command /frobnicate"),
    (b"/join a,b\n", "! a,b cannot be a room's name"),
    (b"/topic " + b"x" * 391 + b"\n", "! a topic has at most 390 characters"),
]


@pytest.mark.parametrize(("data", "answer"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_answered_dropped_and_the_session_goes_on(
    house: House, witness: Chatter, data: bytes, answer: str
) -> None:
    sender = house.enter("sender")
    assert witness.seen() != []
    sender.send_bytes(data)
    sender.expect(answer)
    assert witness.seen() == []
    sender.send("fine again")
    witness.expect("sender: fine again")


def test_a_mebibyte_without_a_newline_is_answered_once_and_then_cut_off(house: House, witness: Chatter) -> None:
    sender = house.enter("sender")
    witness.seen()
    sender.send_bytes(b"x" * (1024 * 1024))
    sender.expect("! that line was longer than 4096 bytes")
    sender.send_bytes(b"x" * 65536)
    assert sender.rest()[-1] == "* The connection ends: a line without an end."
    witness.expect(r"sender is gone \(a line without an end\)")


@tcp_only
def test_who_says_something_and_is_cut_off_at_once_is_heard_and_gone(house: House, witness: Chatter) -> None:
    """Bytes and the end of the connection come together; a loop may say both with one word, and once."""
    busy = house.enter("busy")
    for number in range(20):
        sender = house.enter(f"sender{number}")
        witness.expect(f"is now called sender{number}")
        sender.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        busy.send(*["/who"] * 50)  # so the server is busy when it happens
        sender.send("last words")
        sender.connection.close()
        witness.expect(f"sender{number} is gone")


def test_bytes_one_by_one_are_as_good_as_at_once(house: House, witness: Chatter) -> None:
    sender = house.enter("sender")
    for byte in "¡hola!\r\n".encode():
        sender.send_bytes(bytes([byte]))
    witness.expect("^sender: ¡hola!$")


NASTY = [
    ("\x02bold\x02 and \x0304,12colour\x03", "bold and colour"),
    ("\x1b[2J\x1b[Hcleared", "cleared"),
    ("\x9b2Jalso \u202eturned", "also turned"),
    ("bell\x07 tab\t\u2028* the server", "bell tab\t * the server"),
]


def test_nothing_from_irc_harms_the_terminal_of_a_plain_reader(open_house: OpenHouse, transport: str) -> None:
    irc = {"tcp": "irc", "tls": "ircs"}[transport]
    house = open_house(listen=[f"{transport}://localhost:0", f"{irc}://localhost:0"])
    reader, program = house.enter("reader"), house.enter("program")
    program.send("/json")
    program.expect('"event":"heard"')
    ca = house.server.files.ca if house.server.files else None
    with Chatter.connect(house.server.address(irc), ca) as sender:
        sender.send("NICK sender", "USER sender 0 * :Sender", "JOIN #lobby")
        sender.expect("JOIN #lobby")
        for sent, shown in NASTY:
            sender.send(f"PRIVMSG #lobby :{sent}")
            assert reader.expect("^sender: (.*)$")[1] == shown
            assert json.loads(program.expect('^{"event":"said".*}$')[0])["text"] == sent
        sender.send("PRIVMSG #lobby :\x01ACTION \x02waves\x01", "PRIVMSG #lobby :\x01VERSION\x01")
        sender.send("PART #lobby :\x1b[31mred")
        lines = [reader.line() for _ in range(2)]
    assert lines == ["~ sender waves ~", "* sender left lobby (2 of 3): red"]


def test_a_web_browser_is_sent_away(house: House) -> None:
    browser = house.connect()
    browser.send_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert browser.rest()[-1] == "* The connection ends: this is a chat server, not a web server."


def test_who_vanishes_is_gone_for_the_others(house: House, witness: Chatter) -> None:
    lost = house.enter("lost")
    witness.seen()
    # A reset instead of a goodbye.
    lost.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    lost.close()
    witness.expect(r"lost is gone \((connection lost|closed the connection)\)")


@tcp_only
def test_who_closes_only_their_sending_side_still_gets_the_answers(open_house: OpenHouse) -> None:
    house = open_house()
    chatter = house.connect()
    chatter.send("/rooms", "/who")
    chatter.connection.shutdown(socket.SHUT_WR)
    lines = chatter.rest()
    assert any(line.startswith("* Rooms:") for line in lines)
    assert any(line.startswith("* In lobby") for line in lines)


@tls_only
def test_plain_text_to_the_tls_port_is_answered_in_clear(house: House, witness: Chatter) -> None:
    with Chatter.connect(house.address) as stray:
        stray.send("hello?")
        assert stray.rest() == [
            "* The connection ends: this port speaks TLS only (tls://), and what came was not TLS."
        ]
    assert witness.seen() == []


@tcp_only
def test_tls_to_the_plain_port_is_answered_in_clear(house: House, witness: Chatter) -> None:
    with socket.create_connection(house.address, timeout=DEADLINE) as connection:
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLError, match=r"WRONG_VERSION_NUMBER|record layer failure"):
            context.wrap_socket(connection, server_hostname="localhost")
    with Chatter.connect(house.address) as stray:
        stray.send_bytes(b"\x16\x03\x01\x02\x00")
        stray.expect(r"this port speaks without TLS \(tcp://\)")
    assert [line for line in witness.seen() if "entered" not in line and "is gone" not in line] == []


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x00\x05hello", b"\x16" + b"\xff" * 200, b"\x16\x03\x03\x00\x01\x01"]
)
@tls_only
def test_a_broken_handshake_hurts_nobody(house: House, witness: Chatter, garbage: bytes) -> None:
    with Chatter.connect(house.address) as stray:
        stray.send_bytes(garbage)
        stray.connection.shutdown(socket.SHUT_WR)
        while stray.connection.recv(4096):
            pass
    assert witness.seen() == []


@tls_only
def test_old_tls_is_refused(house: House, witness: Chatter) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(house.address, timeout=DEADLINE) as connection,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(connection, server_hostname="localhost")
    assert witness.seen() == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@tls_only
def test_openssl_is_a_client(house: House, witness: Chatter, version: str) -> None:
    files = house.server.files
    assert files is not None
    host, port = house.address
    process = subprocess.Popen(
        [
            *("openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", str(files.ca), version),
            *("-verify_hostname", host, "-connect", f"{host}:{port}"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("/apodo openssl\n¡hola!\n")
        process.stdin.flush()
        witness.expect("^openssl: ¡hola!$")
        witness.send("welcome, openssl")
        assert any("witness: welcome, openssl" in line for line in iter(process.stdout.readline, ""))
        process.stdin.write("/salir\n")
        process.stdin.close()
        assert process.stdout.read().endswith("Goodbye.\n")
        process.wait(DEADLINE)


@pytest.mark.skipif(shutil.which("nc") is None, reason="nc is not on this machine")
@tcp_only
def test_nc_is_a_client(house: House, witness: Chatter) -> None:
    host, port = house.address
    done = subprocess.run(
        ["nc", "-N", host, str(port)],
        input="/nick netcat\nhello from nc\n",
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    witness.expect("^netcat: hello from nc$")
    assert "You are now called netcat" in done.stdout


def test_a_reader_who_stops_reading_is_cut_off_and_holds_nobody_up(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=0)
    house.enter("sleeper")
    speaker, reader = house.enter("speaker"), house.enter("reader")
    # More than the kernel's buffers and the bound together; the sleeper takes in none of it.
    line = "x" * 4000
    rounds = (Policy().send_queue + 16 * 1024 * 1024) // 4000
    got = 0
    for _ in range(rounds // 16):
        speaker.send(*[line] * 16)
        while got < 16:
            text = reader.line()
            assert text is not None
            got += text.startswith("speaker: ")
            if text.startswith("* sleeper is gone"):
                assert text == "* sleeper is gone (too much was waiting to be read)."
                return
        got = 0
    raise AssertionError("the sleeper was not cut off")


@tls_only
def test_a_handshake_that_never_ends_is_ended(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coliseum.assembly.Policy", lambda **keys: Policy(**keys, handshake_timeout=0.2))
    house = open_house()
    with Chatter.connect(house.address) as silent:
        assert silent.rest() == []


def test_a_password_that_never_comes_ends_the_connection(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coliseum.assembly.Policy", lambda **keys: Policy(**keys, password_timeout=0.2))
    house = open_house(server__password="sesame")
    assert house.connect().rest()[-1] == "* The connection ends: no password was given in time."


def test_a_stalled_reader_is_ended_even_when_little_waits(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coliseum.assembly.Policy", lambda **keys: Policy(**keys, stall_timeout=0.3))
    house = open_house(limits__room_capacity=0, limits__sendq=1 << 30)
    house.enter("sleeper")
    speaker, reader = house.enter("speaker"), house.enter("reader")
    line = "x" * 4000
    speaker.connection.settimeout(DEADLINE)
    gone = r"sleeper is gone \(nothing was read for too long\)"
    for _ in range(1200):  # 5 MiB: the kernel's buffers are full, the bound is far
        speaker.send(*[line])
        if reader.expect(f"^speaker: |{gone}")[0] != "speaker: ":
            break  # on a busy machine it comes before we are done
    else:
        reader.expect(gone)


def test_a_fault_of_the_program_ends_one_session_only(
    house: House, witness: Chatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    victim = house.enter("victim")
    witness.seen()
    monkeypatch.setattr("coliseum.core.world.World.list_rooms", broken)
    victim.send("/rooms")
    assert victim.rest()[-1] == "* The connection ends: an error in the server."
    witness.expect(r"victim is gone \(an error in the server\)")
    monkeypatch.undo()
    house.enter("next")
