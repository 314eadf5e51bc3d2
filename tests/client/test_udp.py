"""The client over UDP, on both client engines, through a network that loses, doubles and delays."""

import random
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from coliseum.client.outputs import Confirmed
from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.config import Config, Limits
from coliseum.server import Server
from coliseum.urls import parse
from tests.client.support import Person, target_of
from tests.harness import DEADLINE, Chatter


class BadNetwork:
    """A relay between a client and a server that loses, doubles and delays datagrams, by a seeded die."""

    def __init__(self, port: int, badness: float, seed: int) -> None:
        self._inside, self._outside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._inside.bind(("127.0.0.1", 0))
        self._outside.connect(("127.0.0.1", port))
        self.port = self._inside.getsockname()[1]
        self._badness = badness
        self._die = random.Random(seed)
        self._client: tuple[str, int] | None = None
        self._late: list[tuple[float, socket.socket, bytes]] = []
        self._stopping = False
        self.relayed = self.lost = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._inside.close()
        self._outside.close()

    def _run(self) -> None:
        while not self._stopping:
            wait = max(0.0, min(late[0] for late in self._late) - time.monotonic()) if self._late else None
            ready, _, _ = select.select([self._inside, self._outside], [], [], wait)
            for came in ready:
                data, address = came.recvfrom(2000)
                if came is self._inside:
                    self._client = address
                self._pass_on(self._outside if came is self._inside else self._inside, data)
            due = [late for late in self._late if late[0] <= time.monotonic()]
            self._late = [late for late in self._late if late not in due]
            for _, through, data in due:
                self._send(through, data)

    def _pass_on(self, through: socket.socket, data: bytes) -> None:
        self.relayed += 1
        if self._die.random() < self._badness:
            self.lost += 1
            return
        for _ in range(2 if self._die.random() < self._badness else 1):
            if self._die.random() < self._badness:
                self._late.append((time.monotonic() + self._die.random() * 0.05, through, data))
            else:
                self._send(through, data)

    def _send(self, through: socket.socket, data: bytes) -> None:
        try:
            if through is self._outside:
                through.send(data)
            elif self._client is not None:
                through.sendto(data, self._client)
        except OSError:
            self.lost += 1


@pytest.fixture
def server(data_dir: Path) -> Iterator[Server]:
    config = Config(
        listen=("udp://127.0.0.1:0", "tcp://127.0.0.1:0"),
        data_dir=str(data_dir),
        limits=Limits(flood_control=False),
    )
    with Server(config, engine="asyncio") as made:
        yield made


def enter(engine: str, port: int, wishes: Wishes) -> Person:
    return Person(engine, target_of(parse(f"udp://127.0.0.1:{port}")), wishes)


def test_messages_are_answered_and_rooms_meet_streams(engine: str, server: Server) -> None:
    port = server.address("udp")[1]
    with Chatter.connect(server.address("tcp")) as ana, enter(engine, port, Wishes(nick="luis")) as luis:
        ana.send("/nick ana", "/join garden")
        ana.expect("You are in garden")
        luis.wait_state(State.INSIDE)
        luis.runner.typed("hello")
        luis.wait_shown("Server reply: Your message was: hello")
        luis.runner.typed("/join garden")
        luis.wait_shown("You are in garden (2 of 3): ana, luis")
        luis.runner.typed("hello, room")
        ana.expect("^luis: hello, room$")
        ana.send("hello, datagram")
        luis.wait_shown("ana: hello, datagram")
        luis.runner.leave()
        ana.expect(r"luis is gone \(said goodbye\)")
        assert luis.wait_end().code == 0


def test_through_a_bad_network_everything_comes_once_and_in_order(engine: str, server: Server) -> None:
    # Worse networks are for virtual time (tests/wire/test_udp.py): there, waiting costs nothing.
    with (
        BadNetwork(server.address("udp")[1], badness=0.1, seed=7) as network,
        Chatter.connect(server.address("tcp")) as ana,
        enter(engine, network.port, Wishes(nick="luis", room="garden")) as luis,
    ):
        ana.send("/nick ana", "/join garden")
        luis.wait_state(State.INSIDE)
        ana.expect("luis")
        for number in range(50):
            luis.runner.typed(f"up {number}")
            ana.send(f"down {number}")
        heard = [ana.expect(r"^luis: up (\d+)$")[1] for _ in range(50)]
        assert heard == [str(number) for number in range(50)]
        luis.wait_shown("ana: down 49")
        downs = [line.rsplit(" ", 1)[1] for line in luis.shown if "ana: down" in line]
        assert downs == [str(number) for number in range(50)]
        luis.wait(lambda: sum(len(a.lines) for a in luis.actions if isinstance(a, Confirmed)) == 50)
        assert network.lost > 0


def test_nobody_there_is_said_at_once(engine: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with enter(engine, port, Wishes()) as nobody:
        end = nobody.wait_end()
    assert end.code == 69
    assert "nobody listens on" in nobody.shown[-1]


def test_a_silent_machine_is_given_up(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coliseum.client.datagram_link.PATIENCE", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 0))
        with enter(engine, hole.getsockname()[1], Wishes()) as nobody:
            assert nobody.wait_end().code == 69
    assert "does not answer" in nobody.shown[-1]


def test_another_kind_of_server_is_told_apart(engine: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))
        echo.settimeout(DEADLINE)

        def answer() -> None:
            _, address = echo.recvfrom(2000)
            echo.sendto(b"what do you want?\x1b[2J", address)

        thread = threading.Thread(target=answer)
        thread.start()
        with enter(engine, echo.getsockname()[1], Wishes()) as nobody:
            assert nobody.wait_end().code == 69
        thread.join()
    assert "answers, but not as a Coliseum server: what do you want?" in nobody.shown[-1]
    assert "\x1b" not in nobody.shown[-1]


def test_a_server_that_went_and_came_back_is_found_again(engine: str, server: Server, data_dir: Path) -> None:
    port = server.address("udp")[1]
    with enter(engine, port, Wishes(nick="luis", room="garden")) as luis:
        luis.wait_state(State.INSIDE)
        server.stop()
        luis.wait_state(State.OFFLINE)
        config = Config(listen=(f"udp://127.0.0.1:{port}",), data_dir=str(data_dir))
        with Server(config, engine="threads"):
            luis.wait_shown("Connected again.")
            luis.runner.typed("/who")
            luis.wait_shown("In garden (1 of 3): luis")
