"""Lengths and letters: what a line may be, and what happens to those that are something else.

Sources: RFC 2812 section 2.3; modern.ircdocs.horse "Message Format"; IRCv3 Message Tags "Size limit", UTF8ONLY.
"""

import pytest

from tests.irc.behaviour.conftest import Hall


def line_of(length: int, opening: str, filling: str = "x") -> str:
    """Return a line of `length` bytes, without its end."""
    return opening + filling * (length - len(opening.encode()))


def test_510_bytes_are_fine_and_511_are_not(hall: Hall) -> None:
    """512 bytes with CR LF; 417 for more, and the client is kept."""
    ana = hall.enter("ana")
    assert ana.ask(line_of(510, "HELP "))[0].startswith("524 ")
    assert ana.ask(line_of(511, "HELP ")) == ["417"]
    assert ana.ask(line_of(510, "PONG :")) == []
    assert ana.ask(line_of(511, "PONG :")) == ["417"]
    # What counts are bytes.
    assert ana.ask("PONG :" + "ñ" * 252) == []
    assert ana.ask("PONG :" + "ñ" * 253) == ["417"]
    ana.send_bytes(line_of(510, "PONG :").encode() + b"\n" + line_of(511, "PONG :").encode() + b"\n")
    assert ana.seen() == ["417"]  # a line may end with LF alone
    for length in (600, 4000, 4606, 4607, 5000, 9000, 16000):
        assert ana.ask(line_of(length, "PRIVMSG ana :")) == ["417"], length
    assert ana.ask("PRIVMSG ana :still here") == ["ana PRIVMSG ana still here"]


def test_before_the_registration_it_is_the_same(hall: Hall) -> None:
    talker = hall.connect()
    assert talker.ask(line_of(600, "NICK "), "NICK ana") == ["417"]
    talker.send("USER ana 0 * :Ana")
    talker.expect("001", "ana")


def test_tags_have_a_budget_of_their_own(hall: Hall) -> None:
    """4096 bytes with `@` and space, whatever the rest is; 417 for more, nothing is cut or delivered."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=("message-tags",))
    most = line_of(4095, "@+a=", "y")
    rest = line_of(440, "PRIVMSG #r :")
    assert ana.ask(f"{most} {rest}") == []
    heard = luis.expect("PRIVMSG")
    assert heard.tags["+a"] == "y" * 4091
    assert heard.text == "x" * 428
    assert ana.ask(f"{most}y PRIVMSG #r :hi", f"{most}y TAGMSG #r", f"{most}y PING x") == ["417"] * 3
    assert ana.ask(f"@+a=1 {line_of(511, 'PONG :')}", f"{most} {line_of(511, 'PONG :')}") == ["417"] * 2
    assert ana.ask(f"{most} {line_of(510, 'PONG :')}") == []
    assert ana.ask(line_of(4096, "@") + " PRIVMSG #r :x", "@" + "y" * 9000) == ["417"] * 2
    assert luis.seen() == []


def test_the_answer_to_a_long_line_has_its_label(hall: Hall) -> None:
    """IRCv3 Labeled Responses: in any response."""
    ana = hall.enter("ana", "labeled-response", "batch", "message-tags")
    for long in (line_of(600, "@label=one PRIVMSG ana :"), line_of(5000, "@label=one PRIVMSG ana :")):
        (line,) = ana.ask_whole(long)
        assert (line.command, line.tags["label"]) == ("417", "one")


def test_a_line_without_an_end_ends_the_connection(hall: Hall) -> None:
    """Who sends that speaks another language; nobody else notices."""
    ana, luis = hall.gather("#r", "ana", "luis")
    luis.send_bytes(b"PRIVMSG #r :")
    try:
        for _ in range(64):
            luis.send_bytes(b"x" * 1024)
    except OSError:
        pass
    else:
        lines = luis.rest()
        assert [line.command for line in lines if line.command != "417"] in (["ERROR"], [])
    assert ana.expect("QUIT").nick == "luis"
    assert ana.seen() == []


@pytest.mark.parametrize("registered", [False, True])
def test_what_is_not_utf8(hall: Hall, registered: bool) -> None:
    """IRCv3 UTF8ONLY: FAIL with INVALID_UTF8 and the command, `*` when that cannot be read; nobody gets it."""
    talker = hall.enter("ana") if registered else hall.connect()
    luis = hall.enter("luis")
    for line, command in (
        (b"PRIVMSG luis :\xff\xfe", "PRIVMSG"),
        (b"privmsg luis :caf\xe9", "PRIVMSG"),
        (b"USER a 0 * :\xe9", "USER"),
        (b"@+a=\xe9 PRIVMSG luis :x", "PRIVMSG"),
        (b"PRIVMSG \xe9 :x", "PRIVMSG"),
        (b"PRIVMSG luis :\xed\xa0\x80", "PRIVMSG"),  # a surrogate
        (b"PRIVMSG luis :\xc0\xae", "PRIVMSG"),  # longer than it need be
    ):
        talker.send_bytes(line + b"\r\n")
        (answer,) = talker.sync()
        assert (answer.command, answer.params[:2]) == ("FAIL", (command, "INVALID_UTF8")), line
    talker.send_bytes(b"\xff\xfe\xfd\r\n")
    assert [line.command for line in talker.sync()] == ["FAIL"]
    talker.send_bytes("PONG :€".encode()[:-1] + b"\r\nPONG :fine\r\n")
    assert [line.command for line in talker.sync()] == ["FAIL"]
    assert luis.seen() == []


def test_a_notice_is_not_answered_either(hall: Hall) -> None:
    """RFC 2812 section 3.3.2: whatever is wrong with its bytes."""
    ana = hall.enter("ana")
    for notice in (b"NOTICE ana :\xff", b"NOTICE ana :a\0b", b"NOTICE ana :a\rb", b"notice ana :" + b"x" * 600):
        ana.send_bytes(notice + b"\r\n")
        assert ana.seen() == [], notice


def test_cr_and_nul_have_no_place_in_a_line(hall: Hall) -> None:
    """RFC 2812 section 2.3.1: they are refused, and never sent back or on."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=("message-tags", "labeled-response", "batch"))
    for line in (
        b"PRIVMSG #r :a\rb",
        b"PRIVMSG #r :a\0b",
        b"PRIV\rMSG #r :x",
        b"\0",
        b"JOIN #a\rb",
        b"NICK a\0b",
        b"@+a=\0 PRIVMSG #r :x",
        b"@label=\0x PRIVMSG #r :x",
        b"@label=x\ry PRIVMSG #r :x",
        b"\r#r\r",
        b"F\0O \xff",
        b"F\rO \xff",
    ):
        ana.send_bytes(line + b"\r\n")
        assert len(ana.sync()) <= 1, line
    assert luis.seen() == []
    assert ana.ask("NAMES #r")[0] == "353 = #r @ana luis"


def test_however_the_bytes_are_cut(hall: Hall) -> None:
    """A line is a line, in one packet or in many, with others or alone."""
    ana, luis = hall.gather("#r", "ana", "luis")
    for byte in "PRIVMSG #r :señal 🦉\r\n".encode():
        ana.send_bytes(bytes([byte]))
    ana.send_bytes(b"PRIVMSG #r :one\r\nPRIVMSG #r :two\nPRIV")
    ana.send_bytes(b"MSG #r :three\r")
    ana.send_bytes(b"\n")
    ana.sync()
    assert [line.text for line in luis.sync()] == ["señal 🦉", "one", "two", "three"]
