"""Bots, blocking and asyncio, and the examples."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import coliseum
from coliseum.client import commands
from coliseum.client.displays import Happened
from coliseum.client.inbox import KEPT_EVENTS, Inbox
from coliseum.client.outputs import Show
from coliseum.config import Config, Limits
from coliseum.core import refusals as no
from coliseum.core.vocabulary import Heard, Said, Told
from coliseum.errors import ColiseumError, ConfigError, Unavailable, Unverified
from coliseum.i18n import english
from coliseum.server import Server
from tests.client.support import DEADLINE, Puppet
from tests.conftest import run_async

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    listen = ("tls://localhost:0", "tcp://localhost:0")
    limits = Limits(flood_control=False)
    with Server(Config(listen=listen, data_dir=str(data_dir), limits=limits), engine="asyncio") as made:
        yield made


@pytest.fixture
def where(server: Server) -> dict[str, Any]:
    assert server.files is not None
    return {"url": f"tls://localhost:{server.address('tls')[1]}", "ca": server.files.ca}


# --- blocking ----------------------------------------------------------------------------------------------


def test_a_bot_talks_and_listens(where: dict[str, Any]) -> None:
    with coliseum.Client(**where, nick="ana") as ana, coliseum.Client(**where, nick="luis") as luis:
        assert (ana.name, ana.room) == ("ana", "lobby")
        assert ana.id
        assert luis.members == ("ana", "luis")
        ana.say("hola\n/slash")
        ana.tell("luis", "psst")
        messages = luis.messages(timeout=DEADLINE)
        heard = [next(messages) for _ in range(3)]
        assert [type(message) for message in heard] == [Said, Said, Told]
        assert [message.text for message in heard] == ["hola", "/slash", "psst"]
        assert {message.source.id for message in heard} == {ana.id}


def test_messages_end_when_nothing_comes(where: dict[str, Any]) -> None:
    with coliseum.Client(**where) as bot:
        assert list(bot.messages(timeout=0.01)) == []


def test_commands_are_carried_out_or_refused(where: dict[str, Any]) -> None:
    with coliseum.Client(**where, nick="ana") as ana, coliseum.Client(**where) as bot:
        bot.nick("luis")
        bot.join("garden")
        assert (bot.name, bot.room, bot.members) == ("luis", "garden", ("luis",))
        with pytest.raises(ColiseumError, match="somebody else is called ana"):
            bot.nick("ana")
        with pytest.raises(ColiseumError, match="nobody here is called nobody"):
            bot.tell("nobody", "hello")
        with pytest.raises(ColiseumError, match="longer than 4096 bytes"):
            bot.say("x" * 5000)
        with pytest.raises(ColiseumError, match="cannot be a nick"):
            bot.nick("two words")
        bot.say("")
        ana.say("everything is fine")


def test_a_full_room_is_unavailable(where: dict[str, Any]) -> None:
    with coliseum.Client(**where) as one, coliseum.Client(**where), coliseum.Client(**where):
        with pytest.raises(Unavailable, match="the room is full"), coliseum.Client(**where):
            pass
        one.say("still here")


def test_a_nick_that_is_taken_is_an_error_at_the_door(where: dict[str, Any]) -> None:
    with (
        coliseum.Client(**where, nick="ana"),
        pytest.raises(ColiseumError, match="somebody else is called ana"),
        coliseum.Client(**where, nick="ana"),
    ):
        pass


def test_who_cannot_be_verified(where: dict[str, Any]) -> None:
    for wrong in {"ca": None}, {"fingerprint": "sha256:" + "0" * 64}:
        with pytest.raises(Unverified), coliseum.Client(**(where | wrong)):
            pass
    with pytest.raises(ConfigError), coliseum.Client("tls://localhost", fingerprint="x"):
        pass


def test_the_ca_of_the_local_server_is_found(
    where: dict[str, Any], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(data_dir))
    with coliseum.Client(where["url"]) as bot:
        assert bot.room == "lobby"


def test_a_broken_connection_is_an_error() -> None:
    with Puppet() as puppet:
        bot = coliseum.Client(str(puppet.url), timeout=DEADLINE)
        opening = threading.Thread(target=bot.open)
        opening.start()
        line = puppet.accept()
        line.welcome()
        opening.join(DEADLINE)
        line.close()
        with pytest.raises(Unavailable, match="the connection broke"):
            list(bot.messages())
        with pytest.raises(Unavailable):
            bot.say("anybody?")
        bot.close()
        bot.close()
        with pytest.raises(Unavailable, match="not connected"):
            bot.say("anybody?")


# --- asyncio -----------------------------------------------------------------------------------------------


def test_a_bot_on_a_loop(where: dict[str, Any]) -> None:
    async def talk() -> None:
        async with (
            coliseum.AsyncClient(**where, nick="ana") as ana,
            coliseum.AsyncClient(**where, nick="luis") as luis,
        ):
            assert (luis.name, luis.room, luis.members) == ("luis", "lobby", ("ana", "luis"))
            assert luis.id != ana.id
            await asyncio.gather(*[ana.say(f"number {i}") for i in range(20)])
            await ana.tell("luis", "psst")
            heard = []
            async for message in luis.messages(timeout=DEADLINE):
                heard.append(message.text)
                if isinstance(message, Told):
                    break
            assert heard == [*(f"number {i}" for i in range(20)), "psst"]
            with pytest.raises(ColiseumError, match="somebody else is called ana"):
                await luis.nick("ana")
            await luis.nick("lucho")
            await luis.join("garden")
            assert [event async for event in luis.messages(timeout=0.01)] == []
            assert (luis.name, luis.room) == ("lucho", "garden")
        await ana.close()
        with pytest.raises(Unavailable, match="not connected"):
            await ana.say("anybody?")

    run_async(talk())


def test_errors_on_a_loop(where: dict[str, Any]) -> None:
    async def fail() -> None:
        with pytest.raises(Unverified):
            await coliseum.AsyncClient(where["url"]).open()
        async with coliseum.AsyncClient(**where, nick="ana"):
            with pytest.raises(ColiseumError, match="somebody else is called ana"):
                await coliseum.AsyncClient(**where, nick="ana").open()

    run_async(fail())


def test_a_cancelled_bot_leaves_nothing(where: dict[str, Any]) -> None:
    async def cancel() -> None:
        async def listen() -> None:
            async with coliseum.AsyncClient(**where) as bot:
                async for _ in bot.messages():
                    pass

        task = asyncio.create_task(listen())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_async(cancel())


# --- the parts ---------------------------------------------------------------------------------------------


def test_a_bot_that_does_not_look_fills_no_memory() -> None:
    inbox = Inbox(english)
    for number in range(KEPT_EVENTS + 5):
        inbox.take(Show(Happened(Heard(number))))
    assert inbox.next_event() == Heard(5)


def test_several_refusals_are_one_error() -> None:
    inbox = Inbox(english)
    for refusal in (no.NickTaken("ana"), no.RoomFull("garden", 3, 3)):
        inbox.take(Show(Happened(refusal)))
    with pytest.raises(Unavailable, match="somebody else is called ana; the room is full"):
        inbox.require_entry()
    inbox.expect()
    with pytest.raises(Unavailable, match="did not confirm the line in time"):
        inbox.require_success(in_time=False)
    with pytest.raises(Unavailable, match="did not let us in"):
        inbox.require_entry()


def test_a_text_is_never_a_command() -> None:
    assert commands.say_lines("hola\n\n/quit\r\n//x") == ["hola", "//quit", "///x"]
    assert commands.tell_lines("ana", "a\nb") == ["/msg ana a", "/msg ana b"]
    assert commands.tell_lines("ana\n/quit", "a") == ["/msg ana?/quit a"]
    assert commands.join_line("a b") == "/join a?b"
    assert commands.nick_line("") == "/nick ?"


# --- the examples ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["echo_bot.py", "echo_bot_async.py"])
def test_the_examples_run(server: Server, where: dict[str, Any], data_dir: Path, example: str) -> None:
    lines = (EXAMPLES / example).read_text().splitlines()
    assert len(lines) < 25
    with coliseum.Client(**where, nick="ana") as ana:
        process = subprocess.Popen(
            [sys.executable, "-X", "dev", str(EXAMPLES / example), where["url"]],
            env=os.environ | {"STATE_DIRECTORY": str(data_dir)},
            stderr=subprocess.PIPE,
        )
        try:
            messages = ana.messages(timeout=DEADLINE)
            assert next(messages).text == "Tell me something: /msg echo hello"
            ana.tell("echo", "hola")
            assert next(messages).text == "you said: hola"
            server.stop()
            _, errors = process.communicate(timeout=DEADLINE)
            assert b"Unavailable: the connection broke: the server is stopping" in errors
        finally:
            process.kill()
            process.communicate()
