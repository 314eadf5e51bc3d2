"""The client on real IRC servers, others' and ours, on both of its engines: from the first word to the last."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from coliseum.client import AsyncClient, Client
from coliseum.client.outputs import Confirmed, End
from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.config import Config, Limits
from coliseum.core.kinds import Kind
from coliseum.errors import ColiseumError, Unavailable
from coliseum.server import Server
from coliseum.services import tls_contexts
from coliseum.urls import parse
from tests.client.irc_support import OTHERS, OURS, Raw, RealServer, real_server
from tests.client.support import Person, target_of
from tests.conftest import run_async

KINDS = [*OTHERS, *OURS]
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(request.param, tmp_path_factory.mktemp("irc")) as made:
        yield made


@pytest.fixture
def room() -> str:
    """A room that no other test uses."""
    return f"room{next(_numbers)}"


def person(engine: str, server: RealServer, **wishes: object) -> Person:
    return Person(engine, target_of(parse(server.url)), Wishes(**wishes))  # type: ignore[arg-type]


def inside(someone: Person) -> Person:
    someone.wait_state(State.INSIDE)
    return someone


@contextlib.contextmanager
def inside_as(engine: str, server: RealServer, nick: str, room: str) -> Iterator[Person]:
    """Somebody who is inside a room; who comes first is its operator."""
    with person(engine, server, nick=nick, room=room) as someone:
        yield inside(someone)


# --- talking -----------------------------------------------------------------------------------------------


def test_two_people_talk(engine: str, server: RealServer, room: str) -> None:
    with inside_as(engine, server, "ana", room) as ana, inside_as(engine, server, "luis", f"#{room}") as luis:
        assert luis.session.status.room == room
        for someone in (ana, luis):
            someone.wait(lambda one=someone: set(one.session.status.members) == {"ana", "luis"})  # type: ignore[misc]
        ana.runner.typed("hola, ¿qué tal?")
        luis.wait_shown("ana: hola, ¿qué tal?")
        luis.runner.typed("/me saluda")
        ana.wait_shown("~ luis saluda ~")
        luis.runner.typed("/msg ana a secret")
        ana.wait_shown("luis (in private): a secret")
        luis.wait_shown("To ana (in private): a secret")
        ana.runner.typed("/topic cats, mostly")
        luis.wait_shown(f"ana set the topic of {room}: cats, mostly")
        luis.runner.typed("/topic")
        luis.wait_shown(f"The topic of {room}: cats, mostly")
        luis.runner.typed("/nick Luisa")
        ana.wait_shown("luis is now called Luisa")
        luis.wait_shown("You are now called Luisa")
        ana.runner.typed("/who\n/rooms")
        ana.wait_shown(f"In {room} (2): ")
        ana.wait_shown(f"{room} (2)")
        luis.runner.typed("/leave")
        ana.wait_shown(f"Luisa left {room} (1)")
        luis.runner.typed(f"hello?\n/join {room}")
        luis.wait_shown("you are in no room")
        ana.wait_shown(f"Luisa entered {room} (2)")
        luis.runner.leave()
        assert luis.wait_end() == End(0)
        ana.wait_shown("Luisa is gone")
        assert luis.shown[-1] == "Goodbye."
        for someone in (ana, luis):
            someone.wait(lambda someone=someone: someone.session.status.unconfirmed == 0)  # type: ignore[misc]
        assert sum("hola, ¿qué tal?" in words for words in ana.shown) == 1


def test_long_texts_and_many_lines_arrive_whole_and_in_order(engine: str, server: RealServer, room: str) -> None:
    with inside_as(engine, server, "ana", room) as ana, inside_as(engine, server, "luis", room) as luis:
        text = " ".join(f"palabra-ñ-{number}" for number in range(200))
        ana.runner.typed(text + "\n" + "\n".join(f"line {number}" for number in range(100)))
        luis.wait_shown("line 99")
        heard = [words.removeprefix("ana: ") for words in luis.shown if words.startswith("ana: ")]
        assert heard[-100:] == [f"line {number}" for number in range(100)]
        assert " ".join(heard[:-100]) == text
        ana.wait(lambda: ana.session.status.unconfirmed == 0)
        confirmed = [line for action in ana.actions if isinstance(action, Confirmed) for line in action.lines]
        assert len(confirmed) == 101


def test_a_client_that_writes_as_in_the_old_days_can_be_read(engine: str, server: RealServer, room: str) -> None:
    if server.kind in OURS:
        pytest.skip("our server takes nothing but UTF-8, and says so to whoever writes something else")
    with Raw(server.port, "pepe") as pepe, person(engine, server, nick="ana", room=room) as ana:
        inside(ana)
        pepe.send(f"JOIN #{room}", b"PRIVMSG #" + room.encode() + b" :caf\xe9 \x0304rojo\x03")
        ana.wait_shown("pepe: café rojo")
        pepe.send(f"NOTICE #{room} :beep", f"PRIVMSG #{room} :\x01VERSION\x01", f"PRIVMSG #{room} :end")
        ana.wait_shown("pepe: end")
        assert "pepe (notice): beep" in ana.shown
        assert not any("VERSION" in words for words in ana.shown)


@pytest.mark.parametrize("kind", OURS)
def test_people_on_both_dialects_meet(engine: str, kind: str, data_dir: Path) -> None:
    config = Config(
        listen=("irc://127.0.0.1:0", "tcp://127.0.0.1:0"),
        data_dir=str(data_dir),
        limits=Limits(room_capacity=2, flood_control=False),
    )
    with Server(config, engine=kind.removeprefix("coliseum-")) as server:  # type: ignore[arg-type]
        urls = {scheme: f"{scheme}://127.0.0.1:{server.address(scheme)[1]}" for scheme in ("irc", "tcp")}
        irc, plain = (target_of(parse(urls[scheme])) for scheme in ("irc", "tcp"))
        with (
            Person(engine, irc, Wishes(nick="ana", room="lobby")) as ana,
            Person(engine, plain, Wishes(nick="luis")) as luis,
        ):
            inside(ana)
            inside(luis)
            ana.wait(lambda: set(ana.session.status.members) == {"ana", "luis"})
            assert ana.session.status.capacity == luis.session.status.capacity == 2
            ana.runner.typed("hola\n/me saluda\n/msg luis psst\n/topic gatos")
            luis.wait_shown("ana: hola")
            luis.wait_shown("~ ana saluda ~")
            luis.wait_shown("ana (in private): psst")
            luis.wait_shown("ana set the topic of lobby: gatos")
            luis.runner.typed("qué tal\n/me también\n/msg ana psst\n/away lunch\n/nick Luis")
            ana.wait_shown("luis: qué tal")
            ana.wait_shown("~ luis también ~")
            ana.wait_shown("luis (in private): psst")
            ana.wait_shown("luis is away: lunch")
            ana.wait_shown("luis is now called Luis")
            for target in (irc, plain):
                with Person(engine, target, Wishes(nick="eva", room="lobby")) as eva:
                    assert eva.wait_end().code == 69
                    assert any("full" in words for words in eva.shown)
            luis.runner.leave()
            ana.wait_shown("Luis is gone (said goodbye)")


# --- refusals ----------------------------------------------------------------------------------------------


def test_one_too_many_is_refused(engine: str, server: RealServer, room: str) -> None:
    with Raw(server.port, "op") as op, person(engine, server, nick="ana", room=room) as ana:
        inside(ana)
        op.send(f"JOIN #{room}-2", f"MODE #{room}-2 +l 1")
        op.settle()
        with person(engine, server, nick="luis", room=f"{room}-2") as luis:
            assert luis.wait_end().code == 69
            assert f"{room}-2 is full" in luis.shown
        # Who is somewhere stays there.
        ana.runner.typed(f"/join {room}-2\nstill here")
        ana.wait_shown(f"{room}-2 is full")
        op.send(f"JOIN #{room}")
        ana.wait_shown(f"op entered {room}")
        assert ana.session.status.room == room


def test_the_capacity_is_shown(engine: str, server: RealServer, room: str) -> None:
    with Raw(server.port, "op") as op:
        op.send(f"JOIN #{room}", f"MODE #{room} +l 2")
        op.settle()
        with person(engine, server, nick="ana", room=room) as ana:
            inside(ana)
            assert ana.session.status.capacity == 2
            op.send(f"MODE #{room} +l 7")
            ana.wait(lambda: ana.session.status.capacity == 7)


@pytest.mark.parametrize(
    ("mode", "words"),
    [("+i", "only who was invited"), ("+k key", "has a password"), ("+b *!*@*", "do not let you in")],
)
def test_rooms_that_are_closed(engine: str, server: RealServer, room: str, mode: str, words: str) -> None:
    with Raw(server.port, "op") as op:
        op.send(f"JOIN #{room}", f"MODE #{room} {mode}")
        op.settle()
        with person(engine, server, nick="ana", room=room) as ana:
            assert ana.wait_end().code == 69
            assert any(words in shown for shown in ana.shown)
        if mode == "+k key":
            with person(engine, server, nick="ana", room=f"{room} key") as ana:
                inside(ana)
                assert ana.session.status.room == room


def test_a_room_in_which_one_is_not_heard(engine: str, server: RealServer, room: str) -> None:
    with Raw(server.port, "op") as op:
        op.send(f"JOIN #{room}", f"MODE #{room} +m")
        op.settle()
        with person(engine, server, nick="ana", room=room) as ana:
            inside(ana)
            ana.runner.typed("hello?\n/topic mine\n/msg nobody x\n/msg op x")
            ana.wait_shown("To op (in private): x")
            shown = " | ".join(ana.shown)
            assert "those with a voice are heard" in shown or "annot send" in shown
            assert "nobody here is called nobody" in shown
            assert "To nobody" not in shown


def test_a_nick_that_is_in_use(engine: str, server: RealServer, room: str) -> None:
    with inside_as(engine, server, "ana", room) as ana, inside_as(engine, server, "eva", room) as eva:
        with person(engine, server, nick="ana", room=room) as other:
            inside(other)
            assert other.session.status.nick == "ana_"
            assert "somebody else is called ana" in other.shown
            ana.wait_shown("ana_ entered")
        eva.runner.typed("/nick ana\n/nick 9!\n/nick Eva2")
        eva.wait_shown("You are now called Eva2")
        assert "somebody else is called ana" in eva.shown
        assert any("cannot be a nick" in words for words in eva.shown)


def test_whoever_has_no_room_is_told_how_to_come_into_one(engine: str, server: RealServer, room: str) -> None:
    with person(engine, server) as guest:
        inside(guest)
        assert guest.session.status.nick.startswith("guest")
        assert "You are in no room; /join ROOM takes you into one." in guest.shown
        guest.runner.typed(f"anybody?\n/join {room}\nhello")
        guest.wait_shown(f"You are in {room} (1)")
        assert any("nobody can hear you" in words for words in guest.shown)


@pytest.mark.parametrize("kind", KINDS)
def test_being_put_out_and_killed(engine: str, kind: str, room: str, tmp_path: Path) -> None:
    # A server of its own: checking a password starts a thread in ours, and it is to end with the test.
    with real_server(kind, tmp_path) as server, Raw(server.port, "op") as op:
        op.send(f"JOIN #{room}", "OPER root root")
        op.expect(" 381 ")
        with person(engine, server, nick="ana", room=room) as ana:
            inside(ana)
            op.send(f"KICK #{room} ana :enough")
            ana.wait_shown("op put ana out of")
            ana.wait_shown("You are in no room")
            assert ana.session.status.room == ""
            ana.runner.typed(f"/join {room}")
            ana.wait_shown(f"You are in {room} (2)")
            op.send("KILL ana :go away")
            assert ana.wait_end().code == 69
            assert any("go away" in words for words in ana.shown)


# --- passwords ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_with_a_password(engine: str, kind: str, tmp_path: Path) -> None:
    with real_server(kind, tmp_path, password="sesame") as server:
        with person(engine, server, nick="ana", room="x", password="sesame") as ana:
            inside(ana)
        with person(engine, server, nick="ana", room="x", password="wrong", may_ask=False) as ana:
            assert ana.wait_end().code == 69
            assert "wrong password" in ana.shown[0] or "Access denied" in ana.shown[0]


def test_a_password_is_asked_for_and_asked_for_again(engine: str, tmp_path: Path) -> None:
    # (InspIRCd does not say that it is the password; it denies access.)
    with real_server("ngircd", tmp_path, password="sesame") as server:
        with person(engine, server, nick="ana", room="x", password="sesame") as ana:
            inside(ana)
        with person(engine, server, nick="ana", room="x", password="wrong", may_ask=False) as ana:
            assert ana.wait_end().code == 69
            assert ana.shown == ["wrong password"]
        with person(engine, server, nick="ana", room="x", may_ask=False) as ana:
            assert ana.wait_end().code == 69
            assert ana.shown == ["This server wants a password: type it, or /pass PASSWORD."]
        with person(engine, server, nick="ana", room="x") as ana:
            ana.wait_state(State.LOCKED)
            ana.runner.typed("wrong")
            ana.wait_shown("wrong password")
            ana.wait(lambda: ana.session.status.state is State.LOCKED)
            ana.runner.typed("sesame")
            inside(ana)
            assert not any("sesame" in repr(action) for action in ana.actions)
        with person(engine, server, nick="ana", room="x") as ana:
            ana.wait_state(State.LOCKED)
            ana.runner.leave()
            assert ana.wait_end().code == 0


# --- breaks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_restarted_server_is_found_again(engine: str, kind: str, tmp_path: Path) -> None:
    with real_server(kind, tmp_path) as first:
        port = first.port
        with (
            person(engine, first, nick="ana", room="garden key") as ana,
            person(engine, first, reconnect=False) as bot,
        ):
            inside(ana)
            inside(bot)
            first.stop()
            ana.wait_shown("the connection broke")
            assert bot.wait_end().code == 1
            with real_server(kind, tmp_path, port=port):
                ana.wait_shown("Connected again.")
                assert ana.session.status.nick == "ana"
                assert ana.session.status.room == "garden"
                ana.runner.leave()
                assert ana.wait_end() == End(0)


# --- TLS ---------------------------------------------------------------------------------------------------


def test_over_tls(engine: str, server: RealServer, room: str) -> None:
    url = parse(f"ircs://localhost:{server.tls_port}/#{room}")
    with Person(engine, target_of(url, ca=server.ca), Wishes(nick="ana", room=room)) as ana:
        inside(ana)
    pin = tls_contexts.fingerprint(server.ca.with_name("server.pem"))
    with Person(engine, target_of(url, fingerprint=pin), Wishes(nick="ana", room=room)) as ana:
        inside(ana)
    with Person(engine, target_of(url), Wishes(nick="ana")) as ana:
        assert ana.wait_end().code == 76


# --- bots --------------------------------------------------------------------------------------------------


def test_a_bot_that_waits(server: RealServer, room: str) -> None:
    with (
        Client(f"{server.url}/#{room}", nick="echo") as bot,
        Client(server.url, nick="ana", room=room) as ana,
    ):
        ana.say("hello\n/not a command")
        ana.tell("echo", "psst")
        heard = list(itertools.islice(bot.messages(timeout=10), 3))
        assert [(message.source.nick, message.text, message.kind) for message in heard] == [
            ("ana", "hello", Kind.MESSAGE),
            ("ana", "/not a command", Kind.MESSAGE),
            ("ana", "psst", Kind.MESSAGE),
        ]
        with pytest.raises(ColiseumError, match="nobody here is called nobody"):
            ana.tell("nobody", "x")
        with pytest.raises(ColiseumError, match="somebody else is called echo"):
            ana.nick("echo")
        ana.join(f"{room}-2")
        assert (ana.room, ana.name, ana.members) == (f"{room}-2", "ana", ("ana",))
    with Raw(server.port, "op") as op:
        op.send(f"JOIN #{room}", f"MODE #{room} +l 1")
        op.settle()
        with pytest.raises(Unavailable, match="is full"):
            Client(f"{server.url}/{room}").open()


def test_a_bot_on_a_loop(server: RealServer, room: str) -> None:
    async def talk() -> None:
        async with (
            AsyncClient(f"{server.url}/%23{room}", nick="echo") as bot,
            AsyncClient(server.url, nick="ana", room=room) as ana,
        ):
            await ana.say("hello")
            async for message in bot.messages(timeout=10):
                assert message.text == "hello"
                break
            with pytest.raises(ColiseumError, match="nobody here is called nobody"):
                await ana.tell("nobody", "x")

    run_async(talk())
