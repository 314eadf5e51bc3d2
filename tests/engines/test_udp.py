"""Sessions over UDP: the same on both engines, with plain sockets, `nc -u` and our own protocol."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import coliseum.settings
from coliseum.config import Engine
from coliseum.core.inbound import Item
from coliseum.engines.datagrams import Table
from coliseum.engines.threads.endpoint import Worker
from coliseum.server import Server
from coliseum.services.passwords import hash_password
from coliseum.wire.endpoint import Limits
from coliseum.wire.reliable_client import ReliableClient
from tests.harness import DEADLINE, Chatter


class Somebody:
    """A socket that sends datagrams, as `nc -u` does."""

    def __init__(self, port: int, source: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(DEADLINE)
        self.socket.bind(source)
        self.socket.connect(("127.0.0.1", port))
        self._lines: list[str] = []

    def send(self, text: str) -> None:
        self.socket.send(text.encode())

    def hear(self) -> str:
        return self.socket.recv(2000).decode()

    def line(self) -> str:
        """Return the next line; several answers may share a datagram."""
        if not self._lines:
            self._lines = self.hear().splitlines()
        return self._lines.pop(0)

    def ask(self, text: str) -> str:
        self.send(text)
        return self.hear()

    def insist(self, text: str) -> str:
        """Ask until there is an answer: in a flood, datagrams get lost before any server sees them."""
        self.socket.settimeout(0.5)
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            self.send(text)
            with contextlib.suppress(TimeoutError):
                while f": {text}" not in (heard := self.hear()):
                    pass
                return heard
        raise AssertionError(f"no answer to {text!r}")

    def join(self, room: str) -> str:
        word = re.search(r"/yes (\w+)", self.ask(f"/join {room}\n"))
        assert word is not None
        return self.ask(f"/yes {word[1]}\n")


class Program:
    """Our own protocol, driven by hand over a real socket."""

    def __init__(self, port: int) -> None:
        self.somebody = Somebody(port)
        self.link = ReliableClient(os.urandom(8), time.monotonic())
        self.items: list[Item] = []
        self.push()

    def push(self) -> None:
        for datagram in self.link.take():
            self.somebody.socket.send(datagram)

    def say(self, *lines: str) -> None:
        assert self.link.send("".join(f"{line}\n" for line in lines).encode(), time.monotonic())
        self.push()

    def expect(self, pattern: str) -> str:
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            for item in self.items:
                if isinstance(item, str) and re.search(pattern, item):
                    self.items.remove(item)
                    return item
            due = self.link.deadline() or until
            self.somebody.socket.settimeout(max(0.001, min(due, until) - time.monotonic()))
            try:
                self.items += self.link.receive(self.somebody.socket.recv(2000), time.monotonic())
            except TimeoutError:
                self.items += self.link.tick(time.monotonic())
            self.push()
        raise AssertionError(f"{pattern!r} did not come; there was {self.items}")


class House:
    """A server with a UDP and a TCP listener, and what it noted and showed."""

    def __init__(
        self,
        server: Server,
        facts: list[dict[str, Any]],
        news: threading.Condition,
        shown: list[str],
        stack: ExitStack,
    ) -> None:
        self.server = server
        self.facts = facts
        self.news = news
        "Notified when there is another fact."
        self.shown = shown
        self._stack = stack

    @property
    def port(self) -> int:
        return self.server.address("udp")[1]

    def somebody(self, source: tuple[str, int] = ("127.0.0.1", 0)) -> Somebody:
        made = Somebody(self.port, source)
        self._stack.callback(made.socket.close)
        return made

    def program(self) -> Program:
        made = Program(self.port)
        self._stack.callback(made.somebody.socket.close)
        return made

    def enter(self, nick: str, room: str) -> Chatter:
        chatter = self._stack.enter_context(Chatter.connect(self.server.address("tcp")))
        chatter.send(f"/nick {nick}", f"/join {room}")
        chatter.expect(f"You are in {room}")
        return chatter

    def wait_for(self, event: str) -> dict[str, Any]:
        """Return the first fact of that name, which may still have to happen."""
        with self.news:
            assert self.news.wait_for(lambda: any(f["event"] == event for f in self.facts), DEADLINE)
            return next(f for f in self.facts if f["event"] == event)

    def opened(self) -> list[str]:
        return [f["session"] for f in self.facts if f["event"] == "session.opened" and f["listener"] == "udp"]


OpenHouse = Callable[..., House]


@pytest.fixture
def open_house(engine: Engine, data_dir: Path) -> Iterator[OpenHouse]:
    with ExitStack() as stack:

        def start(**keys: Any) -> House:
            flags = {
                "listen": ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"],
                "data_dir": str(data_dir),
                "limits.flood_control": False,
            } | {key.replace("__", "."): value for key, value in keys.items()}
            facts: list[dict[str, Any]] = []
            news = threading.Condition()
            shown: list[str] = []

            def note(event: str, /, **fields: object) -> None:
                with news:
                    facts.append({"event": event} | fields)
                    news.notify_all()

            server = Server(
                coliseum.settings.load(None, flags, environment={}),
                engine=engine,
                note=note,
                show_messages=shown.append,
            )
            return House(stack.enter_context(server), facts, news, shown, stack)

        yield start


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    return open_house()


def with_limits(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    monkeypatch.setattr("coliseum.assembly.datagram_limits", lambda _: Limits(**limits))


def test_each_message_is_answered_and_shown_with_address_and_session(house: House) -> None:
    ana, luis = house.somebody(), house.somebody()
    assert ana.ask("hello\n") == "Your message was: hello\n"
    assert luis.ask("¡hola!") == "Your message was: ¡hola!\n"
    assert ana.ask("again\n") == "Your message was: again\n"
    first, second = house.opened()
    assert first != second
    accepted = [line for line in house.shown if line.startswith("Connection accepted from 127.0.0.1:")]
    assert [line.rpartition(" ")[2] for line in accepted] == [first, second]
    assert [line for line in house.shown if line not in accepted] == [
        f"Message from (127.0.0.1, {first}): hello",
        f"Message from (127.0.0.1, {second}): ¡hola!",
        f"Message from (127.0.0.1, {first}): again",
    ]


def test_the_spanish_server_answers_in_spanish(open_house: OpenHouse) -> None:
    house = open_house(server__language="es")
    assert house.somebody().ask("hola\n") == "Tu mensaje fue: hola\n"
    assert house.shown[0].startswith("Conexión aceptada de 127.0.0.1:")
    assert house.shown[1].startswith("Mensaje de (127.0.0.1, ")


@pytest.mark.parametrize("word", ["quit", "salir", "/quit", "/salir"])
def test_a_goodbye_ends_the_session_and_the_address_starts_afresh(house: House, word: str) -> None:
    ana = house.somebody()
    ana.ask("hello")
    assert ana.ask(word) == "* Goodbye.\n"
    assert ana.ask("hello") == "Your message was: hello\n"
    assert len(set(house.opened())) == 2


def test_a_silent_session_expires(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with_limits(monkeypatch, idle=0.2)
    house = open_house()
    ana = house.somebody()
    ana.ask("hello")
    closed = house.wait_for("session.closed")
    assert (closed["session"], closed["reason"]) == (house.opened()[0], "expired")
    ana.ask("hello again")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", "! that message was empty\n"),
        (b"\n", "! that message was empty\n"),
        (b"\xff\xfe", "! that line was not UTF-8 text; it was not sent\n"),
        (b"a\x00b", "! that line had control characters; it was not sent\n"),
        (b"x" * 1201, "! that line was longer than 1200 bytes; it was not sent\n"),
        (b"x" * 60_000, "! that line was longer than 1200 bytes; it was not sent\n"),
        (b"/bogus", "! there is no command /bogus; /help lists them, // says a line that begins with /\n"),
    ],
    ids=range(7),
)
def test_a_bad_datagram_is_answered_with_what_is_wrong(house: House, data: bytes, answer: str) -> None:
    ana = house.somebody()
    ana.socket.send(data)
    assert ana.hear() == answer
    assert ana.ask("fine") == "Your message was: fine\n"


def test_datagrams_meet_streams_in_a_room_and_leave_again(house: House) -> None:
    ana, luis = house.enter("ana", "garden"), house.somebody()
    assert "You are in garden (2 of 3): ana, guest-" in luis.join("garden")
    ana.expect("entered garden")
    luis.send("hello from a datagram\n")
    ana.expect("^guest-.: hello from a datagram$")
    ana.send("hello from a stream")
    assert luis.hear() == "ana: hello from a stream\n"
    assert luis.ask("/nick luis\n") == "* You are now called luis.\n"
    assert luis.ask("/leave\n").startswith("* You left garden.")
    ana.expect("luis left garden")
    assert luis.ask("anybody?\n") == "Your message was: anybody?\n"
    assert luis.ask("/join garden\n").startswith("* You are in garden")
    luis.send("/quit\n")
    ana.expect(r"luis is gone \(said goodbye\)")


def test_a_full_room_and_a_full_server_refuse_datagrams_too(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=1, limits__max_clients=2)
    house.enter("ana", "garden")
    luis, eva = house.somebody(), house.somebody()
    assert "! the room is full (1 of 1)" in luis.join("garden")
    assert luis.ask("hello?\n") == "Your message was: hello?\n"
    assert "! the server is full (2 of 2)" in eva.join("garden")


def test_nobody_enters_without_having_proved_the_address(house: House) -> None:
    ana, forger = house.enter("ana", "garden"), house.somebody()
    ana.seen()
    assert "type: /yes" in forger.ask("/join garden\n")
    assert forger.ask("/yes 00000000\n") == "! nothing has to be proved here, or no longer so\n"
    assert "type: /yes" in forger.ask("/msg ana hi\n")
    assert "type: /yes" in forger.ask("/help\n")
    assert ana.seen() == []


def test_the_servers_password_guards_rooms_and_not_answers(open_house: OpenHouse) -> None:
    house = open_house(server__password=hash_password("sesame"))
    ana = house.somebody()
    assert ana.ask("hello\n") == "Your message was: hello\n"
    assert "wants a password" in ana.join("garden")
    assert "wrong password" in ana.ask("/pass open\n")
    assert "Welcome" in ana.ask("sesame\n")
    assert "You are in garden" in ana.ask("/join garden\n")


def test_our_own_protocol_carries_a_conversation(house: House) -> None:
    ana, program = house.enter("ana", "garden"), house.program()
    program.say("/json", "/nick luis", "/join garden")
    program.expect('"event":"welcomed"')
    program.expect('"event":"admitted".*"garden"')
    program.say(*(f"line {i}" for i in range(200)))
    assert [ana.expect(r"luis: line (\d+)")[1] for _ in range(200)] == [str(i) for i in range(200)]
    ana.send("x" * 4000)
    program.expect('"text":"x{4000}"')
    program.say("/leave", "echo?")
    program.expect('"event":"echoed","text":"echo\\?"')
    program.say("/quit")
    program.expect('"event":"ended","reason":"quit"')


def test_a_program_that_floods_is_held_back_and_loses_nothing(open_house: OpenHouse) -> None:
    house = open_house(limits__flood_control=True)
    program = house.program()
    program.say("/json", *(str(i) for i in range(25)))
    for i in range(25):
        program.expect(f'"event":"echoed","text":"{i}"')


def test_a_program_that_vanishes_is_found_out_and_its_room_told(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KEEPALIVE", "GIVE_UP"):
        monkeypatch.setattr(f"coliseum.wire.arq.{name}", 0.3)
    house = open_house()
    ana, program = house.enter("ana", "garden"), house.program()
    program.say("/json", "/nick luis", "/join garden")
    program.expect('"event":"admitted".*"garden"')
    ana.expect("luis entered garden")
    program.somebody.socket.close()
    ana.expect(r"luis is gone \(connection lost\)")


def test_an_address_never_gets_two_workers_however_many_first_datagrams_race(house: House) -> None:
    for _ in range(20):
        before = len(house.opened())
        ana = house.somebody()
        start = threading.Barrier(8)

        def race(ana: Somebody = ana, start: threading.Barrier = start) -> None:
            start.wait()
            ana.send("first!")

        threads = [threading.Thread(target=race) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [ana.line() for _ in range(8)] == ["Your message was: first!"] * 8
        assert len(house.opened()) == before + 1


def test_a_thousand_sessions_at_once_and_none_is_left_behind(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    with_limits(monkeypatch, sessions=1100, unproved=1100, text_burst=1100.0)
    house = open_house()
    baseline = threading.active_count()
    crowd = [house.somebody() for _ in range(1000)]
    for number, one in enumerate(crowd):
        assert one.ask(f"number {number}") == f"Your message was: number {number}\n"
    assert len(house.opened()) == 1000
    assert threading.active_count() == baseline + (1000 if engine == "threads" else 0)
    for one in crowd:
        assert one.ask("quit") == "* Goodbye.\n"
    until = time.monotonic() + DEADLINE
    for thread in threading.enumerate():
        if thread.name.startswith("session-"):
            thread.join(until - time.monotonic())
    assert threading.active_count() == baseline


def test_forged_addresses_by_the_hundred_thousand_harm_nobody(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: list[Table] = []
    honest_table = Table.__init__

    def remember(self: Table, *arguments: Any) -> None:
        tables.append(self)
        honest_table(self, *arguments)

    monkeypatch.setattr(Table, "__init__", remember)
    house = open_house()
    honest = house.somebody()
    honest.ask("I was here first")
    baseline = threading.active_count()
    target = ("127.0.0.1", house.port)
    greatest = 0
    for number in range(100_000):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forged:
            forged.bind((f"127.{1 + number // 50_000}.{number // 250 % 200}.{1 + number % 250}", 0))
            forged.sendto(b"flood", target)
        if number % 2_000 == 0:
            honest.insist(f"still {number}?")
            greatest = max(greatest, len(tables[0]))
            assert threading.active_count() <= baseline + Limits().unproved + 1
    assert 1 < greatest <= Limits().unproved + 1
    honest.insist("and after it")


def test_a_stop_ends_all_sessions_and_tells_them(house: House) -> None:
    ana, program = house.somebody(), house.program()
    ana.ask("hello")
    program.say("/json")
    program.expect("welcomed")
    house.server.stop()
    assert ana.hear() == "* The connection ends: the server is stopping.\n"
    program.expect('"reason":"server-stopping"')


@pytest.mark.skipif(shutil.which("nc") is None, reason="nc is not on this machine")
def test_nc_is_a_client(house: House) -> None:
    with subprocess.Popen(
        ["nc", "-u", "127.0.0.1", str(house.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nc:
        assert nc.stdin is not None
        assert nc.stdout is not None
        for line, answer in (("hello", "Your message was: hello\n"), ("salir", "* Goodbye.\n")):
            nc.stdin.write(f"{line}\n")
            nc.stdin.flush()
            assert nc.stdout.readline() == answer
        nc.terminate()


def test_an_address_from_which_too_many_come_is_told_so(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_limits(monkeypatch, per_ip=1, exempt=())
    house = open_house()
    assert "You are in garden" in house.somebody(("127.0.0.2", 0)).join("garden")
    assert house.somebody(("127.0.0.2", 0)).join("garden") == "! too many come from your network address\n"
    assert "You are in garden" in house.somebody(("127.0.0.3", 0)).join("garden")


@pytest.mark.parametrize("engine", ["threads"], indirect=True)
def test_a_lack_of_threads_costs_one_session_and_not_the_listener(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_: Worker) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(Worker, "start", no_more)
        house.somebody().send("hello?")
        assert house.wait_for("accept.failed")["error"] == "can't start new thread"
    assert house.somebody().ask("hello") == "Your message was: hello\n"
