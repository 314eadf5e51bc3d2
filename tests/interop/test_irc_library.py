"""Bots made with the Python library `irc`, in clear and over TLS: what they are told, and what others see."""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from coliseum.services.passwords import hash_password
from tests.conftest import run_async
from tests.interop.conftest import OpenTown
from tests.interop.support import DEADLINE, Town

pytest.importorskip("irc", reason="the library irc is not installed")

import irc.bot
import irc.client
import irc.client_aio
import irc.connection


class Stay(irc.bot.ReconnectStrategy):  # type: ignore[misc]
    """Never connect again."""

    def run(self, bot: object) -> None:
        """Do nothing."""


class Bot(irc.bot.SingleServerIRCBot):  # type: ignore[misc]
    """A bot in the hands of a test: the library reads whenever the test waits, and only then."""

    def __init__(self, port: int, context: ssl.SSLContext | None, nick: str, password: str) -> None:
        super().__init__([irc.bot.ServerSpec("localhost", port, password)], nick, "A bot", recon=Stay())
        self._context = context
        self._wrapped: socket.socket | None = None
        self.events: list[Any] = []
        self.connection.add_global_handler("all_events", lambda _, event: self.events.append(event), -30)

    def begin(self) -> None:
        """Connect. Raises ServerConnectionError."""
        spec, factory = self.servers.peek(), irc.connection.Factory(wrapper=self._wrap)
        self.connect(
            spec.host, spec.port, self._nickname, spec.password, ircname=self._realname, connect_factory=factory
        )

    def _wrap(self, raw: socket.socket) -> socket.socket:
        """Return what the library connects, and keep it: the library does not close it when that fails."""
        self._wrapped = self._context.wrap_socket(raw, server_hostname="localhost") if self._context else raw
        return self._wrapped

    def close(self) -> None:
        """Go, if it is still there."""
        self.connection.disconnect()
        if self._wrapped is not None:
            self._wrapped.close()

    def wait(self, true: Callable[[], bool]) -> None:
        """Read until something is so."""
        deadline = time.monotonic() + DEADLINE
        while not true():
            assert time.monotonic() < deadline, "\n".join(map(str, self.events))
            self.reactor.process_once(1)

    def wait_for(self, kind: str, text: str = "") -> Any:
        """Read until there is an event of a kind whose last argument has `text`; return it."""

        def find() -> list[Any]:
            return [e for e in self.events if e.type == kind and text in (e.arguments or [""])[-1]]

        self.wait(lambda: bool(find()))
        return find()[0]


class Bots:
    """Makes bots of one server, and puts them away."""

    def __init__(self, stack: ExitStack, scheme: str) -> None:
        self._stack = stack
        self.scheme = scheme

    def make(self, town: Town, nick: str = "bot", password: str = "", ca: Path | None = None) -> Bot:
        """Return a bot that connects, verifying with `ca` (the server's own, if none is given)."""
        context = ssl.create_default_context(cafile=str(ca or town.ca)) if self.scheme == "ircs" else None
        bot = Bot(town.server.address(self.scheme)[1], context, nick, password)
        self._stack.callback(bot.close)
        bot.begin()
        return bot

    def come_in(self, town: Town, room: str = "") -> Bot:
        """Return a bot that is inside, and in a room."""
        bot = self.make(town)
        bot.wait_for("welcome")
        if room:
            bot.connection.join(room)
            bot.wait_for("endofnames")
        return bot


@pytest.fixture(params=["irc", "ircs"])
def bots(request: pytest.FixtureRequest) -> Iterator[Bots]:
    """Return a maker of bots, in clear and over TLS."""
    with ExitStack() as stack:
        yield Bots(stack, request.param)


def picture(bot: Bot, room: str) -> tuple[set[str], set[str]]:
    """Return who the bot believes to be in a room, and who to be its operators."""
    channel = bot.channels[room]
    return set(channel.users()), set(channel.opers())


def test_an_evening_in_a_room(bots: Bots, town: Town) -> None:
    bot = bots.come_in(town, "#garden")
    ana, luis = town.peer("ana", "#garden"), town.plain("luis", "garden")
    bot.wait(lambda: picture(bot, "#garden") == ({"bot", "ana", "luis"}, {"bot"}))
    ana.send("PRIVMSG #garden :¡hola desde IRC!", "PRIVMSG #garden :\x01ACTION waves\x01")
    assert bot.wait_for("pubmsg", "hola").source.nick == "ana"
    assert bot.wait_for("action", "waves").target == "#garden"
    luis.send("and from the plain dialect")
    assert bot.wait_for("pubmsg", "dialect").source.nick == "luis"
    bot.connection.privmsg("#garden", "hello, both")
    bot.connection.action("#garden", "waves")
    ana.expect(r"^:bot!~bot@localhost PRIVMSG #garden :hello, both$")
    ana.expect(r"^:bot!~bot@localhost PRIVMSG #garden :\x01ACTION waves\x01$")
    luis.expect(r"^bot: hello, both$")
    luis.expect(r"bot waves")
    bot.connection.mode("#garden", "+o ana")
    ana.expect(r" MODE #garden \+o ana$")
    ana.send("NICK anna")
    luis.send("/nick lucho")
    bot.wait(lambda: picture(bot, "#garden") == ({"bot", "anna", "lucho"}, {"bot", "anna"}))
    bot.connection.nick("robot")
    ana.expect(r"^:bot!~bot@localhost NICK robot$")
    luis.expect(r"^\* bot is now called robot\.$")
    bot.wait(lambda: bot.connection.get_nickname() == "robot")
    ana.send("PRIVMSG robot :\x01VERSION\x01")
    bot.wait_for("ctcp", "VERSION")
    ana.expect(r"^:robot!~bot@localhost NOTICE anna :\x01VERSION ")
    ana.send("QUIT :good night")
    assert bot.wait_for("quit").arguments == ["Quit: good night"]
    luis.send("/leave")
    bot.wait(lambda: picture(bot, "#garden")[0] == {"robot"})
    luis.send("/join garden")
    bot.wait(lambda: picture(bot, "#garden")[0] == {"robot", "lucho"})
    bot.connection.quit("see you")
    bot.wait_for("disconnect")
    assert bot.wait_for("error").target == "Closing link: Quit: see you"
    luis.expect(r"^\* robot is gone \(said goodbye\): see you$")


def test_what_it_is_told_about_the_server(bots: Bots, town: Town) -> None:
    bot = bots.come_in(town)
    bot.wait_for("nomotd")
    features = bot.connection.features
    assert features.network == "Coliseum"
    assert features.prefix == {"@": "o", "+": "v"}
    assert features.chantypes == "#"
    assert features.chanlimit == {"#": 100}
    assert [len(modes) for modes in features.chanmodes] == [3, 1, 1, 6]
    assert bot.connection.get_server_name() == "coliseum.local"


def test_a_full_room(bots: Bots, town: Town) -> None:
    luis = town.plain("luis", "full")
    for nick in "ana", "eva":
        town.peer(nick, "#full")
    bot = bots.come_in(town)
    bot.connection.join("#full")
    assert bot.wait_for("channelisfull").arguments == ["#full", "Cannot join channel (+l)"]
    assert "#full" not in bot.channels
    luis.send("/leave")
    luis.expect(r"^\* You left full")
    bot.connection.join("#full")
    bot.wait(lambda: "#full" in bot.channels and picture(bot, "#full")[0] == {"ana", "eva", "bot"})


def test_capabilities(bots: Bots, town: Town) -> None:
    bot = bots.come_in(town, "#garden")
    ana = town.peer("ana", "#garden")
    bot.connection.cap("REQ", "server-time", "message-tags", "echo-message")
    assert bot.wait_for("cap").arguments == ["ACK", "server-time message-tags echo-message"]
    bot.connection.privmsg("#garden", "one")
    ana.expect("PRIVMSG #garden :one")
    ana.send("PRIVMSG #garden :two")
    tags = [{tag["key"]: tag["value"] for tag in bot.wait_for("pubmsg", text).tags} for text in ("one", "two")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["time"]) for each in tags)
    assert tags[0]["msgid"] != tags[1]["msgid"]


def test_a_taken_nick(bots: Bots, town: Town) -> None:
    town.peer("bot")
    bot = bots.make(town)
    assert bot.wait_for("nicknameinuse").arguments == ["bot", "Nickname is already in use"]
    bot.connection.nick("robot")
    bot.wait_for("welcome", "robot")
    assert bot.connection.get_nickname() == "robot"


def test_the_servers_password(bots: Bots, open_town: OpenTown) -> None:
    town = open_town(server__password=hash_password("sesame"))
    wrong = bots.make(town, password="parsley")
    wrong.wait_for("passwdmismatch")
    wrong.wait_for("disconnect")
    bots.make(town, password="sesame").wait_for("welcome")


def test_a_certificate_of_another_authority_is_refused(town: Town, stranger: Path) -> None:
    with ExitStack() as stack, pytest.raises(irc.client.ServerConnectionError, match="certificate verify failed"):
        Bots(stack, "ircs").make(town, ca=stranger)


def test_it_gives_signs_of_life(bots: Bots, open_town: OpenTown) -> None:
    town = open_town(quiet=0.7)
    bot = bots.come_in(town)
    bot.wait(lambda: len([event for event in bot.events if event.type == "ping"]) >= 2)
    assert bot.connection.is_connected()


def test_questions_that_servers_know_end_no_connection(bots: Bots, town: Town) -> None:
    bot = bots.come_in(town)
    bot.connection.trace("bot")  # TRACE and CONNECT are words of IRC too, not of HTTP alone
    bot.connection.send_raw("CONNECT elsewhere 6667")
    bot.connection.userhost(["bot"])
    bot.wait(lambda: any(event.type in {"userhost", "disconnect"} for event in bot.events))
    assert bot.connection.is_connected()
    assert [event.arguments[0] for event in bot.events if event.type == "unknowncommand"] == ["TRACE", "CONNECT"]


def test_the_server_stops(bots: Bots, town: Town) -> None:
    bot = bots.come_in(town)
    town.server.stop()
    assert bot.wait_for("error").target == "Closing link: the server is stopping"
    bot.wait_for("disconnect")


def test_the_librarys_asyncio_side(town: Town) -> None:
    async def chat() -> list[str]:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        reactor = irc.client_aio.AioReactor(loop=asyncio.get_running_loop())
        connection = reactor.server()
        for kind in "welcome", "endofnames", "pubmsg", "disconnect":
            connection.add_global_handler(kind, lambda _, event: heard.put_nowait(event))

        async def until(kind: str) -> Any:
            while (event := await heard.get()).type != kind:
                pass
            return event

        factory = irc.connection.AioFactory(ssl=ssl.create_default_context(cafile=str(town.ca)))
        await connection.connect("localhost", town.port, "bot", connect_factory=factory)
        await until("welcome")
        connection.join("#garden")
        await until("endofnames")
        ana = await asyncio.to_thread(town.peer, "ana", "#garden")
        ana.send("PRIVMSG #garden :hello")
        heard_words = (await until("pubmsg")).arguments
        connection.privmsg("#garden", "hello, ana")
        await asyncio.to_thread(ana.expect, r"^:bot!~bot@localhost PRIVMSG #garden :hello, ana$")
        connection.quit("see you")
        await until("disconnect")
        await asyncio.to_thread(ana.expect, r"^:bot!~bot@localhost QUIT :Quit: see you$")
        return list(heard_words)

    assert run_async(chat()) == ["hello"]
