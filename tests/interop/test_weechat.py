"""WeeChat without a terminal, over TLS with a verified certificate: what it shows, says, and what others see."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import pytest

from coliseum.services.passwords import hash_password
from coliseum.services.tls_contexts import fingerprint
from tests.interop.conftest import OpenTown
from tests.interop.support import DEADLINE, Town, eventually, needs, whole

pytestmark = needs("weechat-headless")

SETTINGS = (
    "/set logger.file.flush_delay 0",
    # No pauses between commands: the first two are version 3's, the third is version 4's. WeeChat minds no others.
    "/set irc.server_default.anti_flood_prio_high 0",
    "/set irc.server_default.anti_flood_prio_low 0",
    "/set irc.server_default.anti_flood 0",
)
"Otherwise WeeChat is as it comes."

SERVER = "server.local"
"The buffer of the connection."

INSIDE = "User mode for"
"What WeeChat shows last when it has come in: 221."


class Weechat:
    """The program: what people type goes into its pipe, what it shows is read from its logs."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process = subprocess.Popen(
            ["weechat-headless", "-d", str(home), "-P", "irc,logger,fifo", "-r", ";".join(SETTINGS)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # One pipe for all the time: what is written after another writer has closed may get lost.
        self._pipe: TextIO | None = None

    @property
    def tls(self) -> str:
        """What its options about TLS begin with: that has changed with version 4."""
        version = subprocess.run(["weechat-headless", "--version"], capture_output=True, text=True, check=True)
        return "tls" if int(version.stdout.split(".")[0]) >= 4 else "ssl"

    def enter(self, buffer: str, *lines: str) -> None:
        """Type lines into a buffer: `SERVER`, `local.#room` or `local.nick`."""
        self._write(f"irc.{buffer}", lines)

    def command(self, *lines: str) -> None:
        """Type lines into the main buffer."""
        self._write("core.weechat", lines)

    def _write(self, buffer: str, lines: tuple[str, ...]) -> None:
        if self._pipe is None:
            pipe = eventually(
                lambda: next(self._home.glob("weechat_fifo_*"), None), lambda: "WeeChat made no pipe"
            )
            self._pipe = pipe.open("w")
        self._pipe.write("".join(f"{buffer} *{line}\n" for line in lines))
        self._pipe.flush()

    def lines(self, buffer: str) -> list[str]:
        """Return what was shown in a buffer: prefix (`-->`, a nick, …) and text, with `…` for who people are."""
        try:
            log = (self._home / "logs" / f"irc.{buffer}.weechatlog").read_text(errors="replace")
        except FileNotFoundError:
            return []
        shown = [" ".join(line.split("\t")[1:]).strip() for line in log.splitlines()]
        return [re.sub(r"(\([^()]*\) )?\(\S+@\S+\)", "(…)", line) for line in shown]

    def wait_for(self, buffer: str, *texts: str) -> None:
        """Wait until each of `texts` stands in a line of a buffer."""
        for text in texts:
            eventually(
                lambda text=text: any(text in line for line in self.lines(buffer)),  # type: ignore[misc]
                lambda text=text: f"{text!r} did not appear:\n" + "\n".join(self.lines(buffer)),  # type: ignore[misc]
            )

    def wait_exit(self) -> int:
        """Wait until it has ended; return its exit code."""
        return self._process.wait(DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._process.kill()
        self._process.wait(DEADLINE)


@pytest.fixture
def weechat(own_home: Path) -> Iterator[Weechat]:
    """Return WeeChat, connected to nothing."""
    with Weechat(own_home / "weechat") as made:
        yield made


def connect(weechat: Weechat, town: Town, *options: str, ca: Path | None = None) -> None:
    """Let WeeChat connect, verifying with `ca` (the server's own, if none is given)."""
    weechat.command(
        f"/set weechat.network.gnutls_ca_user {ca or town.ca}",
        f"/server add local localhost/{town.port} -{weechat.tls} -nicks=wee,wie -username=wee -realname=WeeChat",
        *(f"/set irc.server.local.{option}" for option in options),
        "/connect local",
    )


def come_in(weechat: Weechat, town: Town, room: str = "") -> None:
    """Let WeeChat come in, and into a room."""
    connect(weechat, town)
    weechat.wait_for(SERVER, INSIDE)
    if room:
        weechat.enter(SERVER, f"/join {room}")
        weechat.wait_for(f"local.{room}", "Channel created on")


def test_an_evening_in_a_room(weechat: Weechat, town: Town) -> None:
    garden = "local.#garden"
    come_in(weechat, town, "#garden")
    ana = town.peer("ana", "#garden")
    weechat.wait_for(garden, "ana (…) has joined")
    luis = town.plain("luis", "garden")
    weechat.wait_for(garden, "luis (…) has joined")
    ana.send("PRIVMSG #garden :¡hola desde IRC!")
    weechat.wait_for(garden, "ana ¡hola")
    luis.send("and from the plain dialect")
    weechat.wait_for(garden, "luis and")
    weechat.enter(garden, "hello, both", "/me waves")
    ana.expect(r"^:wee!~wee@localhost PRIVMSG #garden :hello, both$")
    ana.expect(r"^:wee!~wee@localhost PRIVMSG #garden :\x01ACTION waves\x01$")
    luis.expect(r"^wee: hello, both$")
    luis.expect(r"wee waves")
    ana.send("NICK anna")
    weechat.wait_for(garden, "now known as anna")
    luis.send("/nick lucho")
    weechat.wait_for(garden, "now known as lucho")
    weechat.enter(SERVER, "/nick weewee")
    ana.expect(r"^:wee!~wee@localhost NICK weewee$")
    luis.expect(r"^\* wee is now called weewee\.$")
    weechat.wait_for(garden, "You are now known as weewee")
    weechat.enter(SERVER, "/query anna psst")
    ana.expect(r"^:weewee!~wee@localhost PRIVMSG anna :psst$")
    luis.send("/msg weewee between us")
    weechat.wait_for("local.lucho", "lucho between us")
    ana.send("QUIT :good night")
    weechat.wait_for(garden, "anna (…) has quit")
    shown = weechat.lines(garden)
    assert shown[shown.index("--> ana (…) has joined #garden") :] == [
        "--> ana (…) has joined #garden",
        "--> luis (…) has joined #garden",
        "ana ¡hola desde IRC!",
        "luis and from the plain dialect",
        "@wee hello, both",
        "* wee waves",
        "-- ana is now known as anna",
        "-- luis is now known as lucho",
        "-- You are now known as weewee",
        "<-- anna (…) has quit (Quit: good night)",
    ]
    assert weechat.lines("local.anna") == ["weewee psst", "<-- anna (…) has quit (Quit: good night)"]
    weechat.enter(SERVER, "/quit see you")
    luis.expect(r"^\* weewee is gone \(said goodbye\): see you$")
    assert weechat.wait_exit() == 0


def test_what_it_asks_on_the_way_in_is_answered(weechat: Weechat, town: Town) -> None:
    come_in(weechat, town, "#garden")
    tape = town.tap.tape("wee")
    tape.wait_heard(" 315 wee #garden ")  # WHO, the last thing that WeeChat asks about a room
    assert any(re.search(" 354 wee #garden .* wee H@ 0 0 :WeeChat$", line) for line in tape.heard)  # WHOX
    assert tape.complaints == ["422 wee :There is no message of the day"]
    assert tape.capabilities >= {"server-time", "message-tags", "multi-prefix", "extended-join", "away-notify"}
    weechat.wait_for(SERVER, "peer's certificate is trusted", "client capability, enabled: ")
    times = [line for line in tape.heard if " 001 " in line or " JOIN " in line]
    assert all(re.match(r"@time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", line) for line in times)


def test_a_full_room(weechat: Weechat, town: Town) -> None:
    luis = town.plain("luis", "full")
    for nick in "ana", "eva":
        town.peer(nick, "#full")
    come_in(weechat, town)
    weechat.enter(SERVER, "/join #full")
    weechat.wait_for(SERVER, "#full: Cannot join channel (+l)")
    luis.send("/leave")
    luis.expect(r"^\* You left full")
    weechat.enter(SERVER, "/join #full")
    weechat.wait_for("local.#full", "wee (…) has joined #full", "3 nicks")


def test_a_room_with_a_limit_of_its_own(weechat: Weechat, town: Town) -> None:
    come_in(weechat, town)
    ana = town.peer("ana", "#small")
    ana.send("MODE #small +l 1")
    ana.expect(r" MODE #small \+l 1$")
    weechat.enter(SERVER, "/join #small")
    weechat.wait_for(SERVER, "#small: Cannot join channel (+l)")
    ana.send("INVITE wee #small")
    weechat.wait_for(SERVER, "You have been invited to #small by ana")
    weechat.enter(SERVER, "/join #small")
    weechat.wait_for("local.#small", "wee (…) has joined #small")


def test_a_long_text_arrives_whole(weechat: Weechat, town: Town) -> None:
    text = "ñandú " * 150 + "fin"
    come_in(weechat, town, "#jardín")
    ana, luis = town.peer("ana", "#jardín"), town.plain("luis", "jardín")
    weechat.wait_for("local.#jardín", "luis (…) has joined")
    weechat.enter("local.#jardín", text)
    assert whole(ana, ":wee!~wee@localhost PRIVMSG #jardín :", "fin") == text
    assert whole(luis, "wee: ", "fin") == text
    luis.send(text)
    eventually(
        lambda: " ".join(line[5:] for line in weechat.lines("local.#jardín") if line.startswith("luis ")) == text,
        lambda: weechat.lines("local.#jardín"),
    )


def test_an_operator_at_work(weechat: Weechat, town: Town) -> None:
    garden = "local.#garden"
    come_in(weechat, town, "#garden")
    ana, luis = town.peer("ana", "#garden"), town.plain("luis", "garden")
    weechat.wait_for(garden, "luis (…) has joined")
    weechat.enter(garden, "/topic roses and tulips")
    luis.expect(r"^\* wee set the topic of garden: roses and tulips$")
    weechat.enter(garden, "/op ana")
    ana.expect(r"^:wee!\S+ MODE #garden \+o ana$")
    weechat.enter(garden, "/names")
    weechat.wait_for(garden, "Nicks #garden: [@ana @wee luis]")
    weechat.enter(garden, "/whois ana")
    weechat.wait_for(SERVER, "[ana] @#garden", "[ana] End of /WHOIS list")
    weechat.enter(SERVER, "/list")
    weechat.wait_for(SERVER, "#garden(3): roses and tulips")
    weechat.enter(garden, "/ban *!*@bad.example", "/ban")
    weechat.wait_for(garden, "[#garden] [1] *!*@bad.example banned by wee (…)")
    weechat.enter(garden, "/unban *!*@bad.example")
    weechat.wait_for(garden, "Mode #garden [-b *!*@bad.example] by wee")
    weechat.enter(garden, "/kick luis enough")
    weechat.wait_for(garden, "wee has kicked luis (enough)")
    luis.expect(r"^\* wee put luis out of garden \(enough\)\.$")
    weechat.enter(SERVER, "/away gone fishing")
    weechat.wait_for(SERVER, "You have been marked as being away")
    ana.send("PRIVMSG wee :are you there?")
    ana.expect(r" 301 ana wee :gone fishing$")
    weechat.enter(SERVER, "/notify add ana")  # MONITOR
    weechat.wait_for(SERVER, "notify: ana (…) is connected")
    assert town.tap.tape("wee").complaints[1:] == []


def test_a_certificate_of_another_authority_is_refused(weechat: Weechat, town: Town, stranger: Path) -> None:
    connect(weechat, town, ca=stranger)
    weechat.wait_for(SERVER, "peer's certificate is NOT trusted", "TLS handshake failed")
    assert [line for tape in town.tap.tapes for line in tape.said if not line.startswith("(")] == []


def test_a_pinned_certificate(weechat: Weechat, town: Town, stranger: Path) -> None:
    assert town.server.files is not None
    pin = fingerprint(town.server.files.cert).removeprefix("sha256:")
    connect(weechat, town, f"{weechat.tls}_fingerprint {pin}", ca=stranger)
    weechat.wait_for(SERVER, "certificate fingerprint matches", INSIDE)


def test_a_taken_nick(weechat: Weechat, town: Town) -> None:
    town.peer("wee")
    come_in(weechat, town)
    weechat.wait_for(SERVER, 'nickname "wee" is already in use', "Welcome to the Coliseum Network, wie")


def test_the_servers_password(weechat: Weechat, open_town: OpenTown) -> None:
    town = open_town(server__password=hash_password("sesame"))
    connect(weechat, town, "password parsley")
    weechat.wait_for(SERVER, "Password incorrect", "disconnected from server")
    weechat.command("/set irc.server.local.password sesame", "/connect local")
    weechat.wait_for(SERVER, INSIDE)


def test_it_gives_signs_of_life(weechat: Weechat, open_town: OpenTown) -> None:
    town = open_town(quiet=0.7)
    come_in(weechat, town)
    town.tap.tape("wee").wait_said("^PONG ", times=2)


def test_the_server_stops(weechat: Weechat, town: Town) -> None:
    come_in(weechat, town, "#garden")
    town.server.stop()
    weechat.wait_for(SERVER, "Closing link: the server is stopping", "disconnected from server")
