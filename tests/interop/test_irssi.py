"""irssi, over TLS with a verified certificate: what it shows, what it says, and what others see of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coliseum.services.passwords import hash_password
from tests.interop.conftest import OpenTown
from tests.interop.support import Terminal, Town, needs, terminal, whole

pytestmark = needs("irssi")

CONFIG = """
settings = {
  core = { nick = "irssi"; user_name = "irssi"; real_name = "Irssi of Debian"; };
  "fe-common/core" = { autocreate_windows = "no"; autocreate_own_query = "no"; };
  "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "1000"; };
};
"""
"One window for everything, and no pauses between commands; otherwise irssi is as it comes."

INSIDE = "Your user mode is"
"What irssi shows last when it has come in: 221."


@pytest.fixture
def irssi(own_home: Path) -> Iterator[Terminal]:
    """Return irssi in a terminal, connected to nothing."""
    (own_home / "config").write_text(CONFIG)
    with terminal("irssi", [f"--home={own_home}"]) as made:
        made.wait_for("https://irssi.org")
        yield made


def connect(irssi: Terminal, town: Town, *more: str, ca: Path | None = None) -> None:
    """Let irssi connect, verifying with `ca` (the server's own, if none is given); `more`: password and nick."""
    irssi.enter(f"/connect -tls -tls_verify -tls_cafile {ca or town.ca} localhost {town.port} {' '.join(more)}")


def come_in(irssi: Terminal, town: Town, room: str = "") -> None:
    """Let irssi come in, and into a room."""
    connect(irssi, town)
    irssi.wait_for(INSIDE)
    if room:
        irssi.enter(f"/join {room}")
        irssi.wait_for(f"Channel {room} created")


def shown(irssi: Terminal, since: str) -> list[str]:
    """Return the lines since the first that has `since`, without the time, and with `…` for who people are.

    That irssi has learned everything about a room is left out: it says so on slow machines only.
    """
    lines = [line[6:] for line in irssi.lines if re.match(r"\d\d:\d\d (?!.* was synced in )", line)]
    first = next(i for i, line in enumerate(lines) if since in line)
    return [re.sub(r"\[\S+@\S+\]", "[…]", line) for line in lines[first:]]


def test_an_evening_in_a_room(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town, "#garden")
    ana = town.peer("ana", "#garden")
    irssi.wait_for("ana [")
    luis = town.plain("luis", "garden")
    irssi.wait_for("luis [")
    ana.send("PRIVMSG #garden :¡hola desde IRC!")
    irssi.wait_for("< ana> ¡hola")
    luis.send("and from the plain dialect")
    irssi.wait_for("< luis> and")
    irssi.enter("hello, both", "/me waves")
    ana.expect(r"^:irssi!~irssi@localhost PRIVMSG #garden :hello, both$")
    ana.expect(r"^:irssi!~irssi@localhost PRIVMSG #garden :\x01ACTION waves\x01$")
    luis.expect(r"^irssi: hello, both$")
    luis.expect(r"irssi waves")
    ana.send("NICK anna")
    irssi.wait_for("now known as anna")
    luis.send("/nick lucho")
    irssi.wait_for("now known as lucho")
    irssi.enter("/nick sissi")
    ana.expect(r"^:irssi!~irssi@localhost NICK sissi$")
    luis.expect(r"^\* irssi is now called sissi\.$")
    irssi.enter("/msg anna psst")
    ana.expect(r"^:sissi!~irssi@localhost PRIVMSG anna :psst$")
    luis.send("/msg sissi between us")
    irssi.wait_for("between us")
    ana.send("QUIT :good night")
    irssi.wait_for("anna [~ana@localhost] has quit")
    assert shown(irssi, "ana [") == [
        "-!- ana […] has joined #garden",
        "-!- luis […] has joined #garden",
        "< ana> ¡hola desde IRC!",
        "< luis> and from the plain dialect",
        "<@irssi> hello, both",
        " * irssi waves",
        "-!- ana is now known as anna",
        "-!- luis is now known as lucho",
        "-!- You're now known as sissi",
        "[msg(anna)] psst",
        "-!- Irssi: Starting query in localhost with lucho",
        "<lucho> between us",
        "-!- anna […] has quit [Quit: good night]",
    ]
    irssi.enter("/quit see you")
    luis.expect(r"^\* sissi is gone \(said goodbye\): see you$")
    assert irssi.wait_exit() == 0


def test_what_it_asks_on_the_way_in_is_answered(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town, "#garden")
    tape = town.tap.tape("irssi")
    tape.wait_heard(" 315 irssi #garden ")  # WHO, the last thing that irssi asks about a room
    assert tape.complaints == [
        # irssi tries to join before it has come in, to find out early that a server knows no CAP.
        "451 * :You have not registered",
        "422 irssi :There is no message of the day",
    ]
    assert tape.capabilities >= {"server-time", "multi-prefix", "extended-join", "away-notify", "setname"}
    assert "Capabilities acknowledged: " in "\n".join(irssi.lines)
    times = [line for line in tape.heard if " 001 " in line or " JOIN " in line]
    assert all(re.match(r"@time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in times)


def test_a_full_room(irssi: Terminal, town: Town) -> None:
    luis = town.plain("luis", "full")
    for nick in "ana", "eva":
        town.peer(nick, "#full")
    come_in(irssi, town)
    irssi.enter("/join #full")
    irssi.wait_for("Cannot join to channel #full (Channel is full)")
    luis.send("/leave")
    luis.expect(r"^\* You left full")
    irssi.enter("/join #full")
    irssi.wait_for("irssi [~irssi@localhost] has joined #full")


def test_a_room_with_a_limit_of_its_own(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town)
    ana = town.peer("ana", "#small")
    ana.send("MODE #small +l 1")
    ana.expect(r" MODE #small \+l 1$")
    irssi.enter("/join #small")
    irssi.wait_for("Cannot join to channel #small (Channel is full)")
    ana.send("INVITE irssi #small")
    irssi.wait_for("ana invites you to #small")
    irssi.enter("/join #small")
    irssi.wait_for("Channel #small created")


def test_a_long_text_arrives_whole(irssi: Terminal, town: Town) -> None:
    text = "ñandú " * 150 + "fin"
    come_in(irssi, town, "#jardín")
    ana, luis = town.peer("ana", "#jardín"), town.plain("luis", "jardín")
    irssi.enter(text)
    assert whole(ana, ":irssi!~irssi@localhost PRIVMSG #jardín :", "fin") == text
    assert whole(luis, "irssi: ", "fin") == text
    luis.send(text)
    # Both texts are on the screen, wrapped: irssi's own, and luis'.
    irssi.wait(lambda: " ".join(irssi.lines).count("ñandú") == 2 * 150, "the two long texts")


def test_an_operator_at_work(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town, "#garden")
    ana, luis = town.peer("ana", "#garden"), town.plain("luis", "garden")
    irssi.wait_for("luis [")
    irssi.enter("/topic roses and tulips")
    luis.expect(r"^\* irssi set the topic of garden: roses and tulips$")
    irssi.enter("/op ana")
    ana.expect(r"^:irssi!\S+ MODE #garden \+o ana$")
    irssi.enter("/names -ops")
    irssi.wait_for("[@ana] [@irssi]")
    irssi.enter("/whois ana")
    irssi.wait_for("ircname  : Ana", "channels : @#garden", "End of WHOIS")
    irssi.enter("/list -yes")
    irssi.wait_for("#garden 3 roses and tulips")
    irssi.enter("/ban *!*@bad.example")
    irssi.wait_for("mode/#garden [+b *!*@bad.example] by irssi")
    irssi.enter("/mode #garden b")
    irssi.wait_for("1 - #garden: ban *!*@bad.example [by irssi!~irssi@localhost")
    irssi.enter("/unban 1")
    irssi.wait_for("mode/#garden [-b *!*@bad.example] by irssi")
    irssi.enter("/kick luis enough")
    irssi.wait_for("luis was kicked from #garden by irssi [enough]")
    luis.expect(r"^\* irssi put luis out of garden \(enough\)\.$")
    irssi.enter("/away gone fishing")
    irssi.wait_for("You have been marked as being away")
    ana.send("PRIVMSG irssi :are you there?")
    ana.expect(r" 301 ana irssi :gone fishing$")
    assert town.tap.tape("irssi").complaints[2:] == []


def test_a_certificate_of_another_authority_is_refused(irssi: Terminal, town: Town, stranger: Path) -> None:
    connect(irssi, town, ca=stranger)
    irssi.wait_for("Could not verify TLS servers certificate", "Connection lost to localhost")
    assert [line for tape in town.tap.tapes for line in tape.said if not line.startswith("(")] == []


def test_a_taken_nick(irssi: Terminal, town: Town) -> None:
    town.peer("irssi")
    come_in(irssi, town)
    irssi.wait_for("Welcome to the Coliseum Network, irssi_", "Your nick is in use by Irssi")


def test_the_servers_password(irssi: Terminal, open_town: OpenTown) -> None:
    town = open_town(server__password=hash_password("sesame"))
    connect(irssi, town, "parsley")
    irssi.wait_for("Password incorrect", "Connection lost to localhost")
    connect(irssi, town, "sesame", "ali")
    irssi.wait_for("Welcome to the Coliseum Network, ali")


def test_it_gives_signs_of_life(irssi: Terminal, open_town: OpenTown) -> None:
    town = open_town(quiet=0.7)
    come_in(irssi, town)
    town.tap.tape("irssi").wait_said("^PONG ", times=2)


def test_it_dies(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town, "#garden")
    ana, luis = town.peer("ana", "#garden"), town.plain("luis", "garden")
    irssi.close()
    ana.expect(r"^:irssi!~irssi@localhost QUIT :(connection lost|closed the connection)$")
    luis.expect(r"^\* irssi is gone \((connection lost|closed the connection)\)\.$")


def test_the_server_stops(irssi: Terminal, town: Town) -> None:
    come_in(irssi, town, "#garden")
    town.server.stop()
    irssi.wait_for("ERROR Closing link: the server is stopping", "Connection lost to localhost")
