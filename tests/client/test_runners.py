"""Both engines of the client: connecting, talking, breaking, leaving; and nothing is left afterwards."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from coliseum.client import session as session_times
from coliseum.client.displays import Lost
from coliseum.client.outputs import Confirmed, End
from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.config import Config, Limits
from coliseum.server import Server
from coliseum.services import certificates
from coliseum.urls import parse
from tests.client.support import DEADLINE, Person, Puppet, target_of

GUEST = {"id": "id-2", "nick": "luis"}


def person(engine: str, puppet: Puppet, **wishes: object) -> Person:
    return Person(engine, target_of(puppet.url), Wishes(**wishes))  # type: ignore[arg-type]


@pytest.fixture
def puppet() -> Iterator[Puppet]:
    with Puppet() as made:
        yield made


def test_sending_and_receiving_at_the_same_time(engine: str, puppet: Puppet) -> None:
    with person(engine, puppet) as ana:
        line = puppet.accept()
        line.welcome()
        ana.wait_state(State.INSIDE)
        for number in range(100):
            line.tell("said", source=GUEST, room="lobby", text=f"from there {number}", time=number)
            ana.runner.typed(f"from here {number}")
        assert [line.hear() for _ in range(100)] == [f"from here {number}" for number in range(100)]
        ana.wait_shown("luis: from there 99")
        heard = [words for words in ana.shown if words.startswith("luis:")]
        assert heard == [f"luis: from there {number}" for number in range(100)]
        line.tell("heard", lines=101)
        ana.wait(lambda: ana.session.status.unconfirmed == 0)
        confirmed = [text for a in ana.actions if isinstance(a, Confirmed) for text in a.lines]
        assert confirmed == [f"from here {number}" for number in range(100)]
        ana.runner.leave()
        assert line.hear() == "/quit"
        line.tell("ended", reason="quit")
        assert ana.wait_end() == End(0)
        assert line.hear() == ""
        line.close()


def test_a_break_is_followed_by_another_connection(engine: str, puppet: Puppet) -> None:
    with person(engine, puppet, nick="ana", room="garden") as ana:
        line = puppet.accept()
        line.welcome("ana", "garden")
        ana.wait_state(State.INSIDE)
        ana.runner.typed("one\ntwo")
        assert [line.hear(), line.hear()] == ["one", "two"]
        line.tell("heard", lines=2)
        ana.wait(lambda: ana.session.status.unconfirmed == 1)
        line.close()
        ana.wait_shown("the connection broke")
        assert "perhaps not delivered: two" in ana.shown
        ana.runner.typed("three")
        ana.wait_shown("not sent: three")
        again = puppet.accept()
        again.welcome("guest-1")
        assert [again.hear(), again.hear()] == ["/nick ana", "/join garden"]
        again.tell("heard", lines=3)
        ana.wait_shown("Connected again.")
        again.close()
        ana.wait(lambda: ana.session.status.state is State.OFFLINE)
        ana.runner.leave()
        assert ana.wait_end() == End(0)


def test_who_wants_no_second_connection_is_told_what_is_uncertain(engine: str, puppet: Puppet) -> None:
    with person(engine, puppet, reconnect=False) as ana:
        line = puppet.accept()
        line.welcome()
        ana.wait_state(State.INSIDE)
        ana.runner.typed("hello?")
        assert line.hear() == "hello?"
        line.close()
        assert ana.wait_end() == End(1, Lost(None))
        assert "perhaps not delivered: hello?" in ana.shown


def test_nobody_listens(engine: str, puppet: Puppet) -> None:
    puppet.close()
    with person(engine, puppet) as ana:
        assert ana.wait_end().code == 69
        assert f"nobody listens on 127.0.0.1:{puppet.port}" in ana.shown[-1]


def test_there_is_no_such_host(engine: str) -> None:
    with Person(engine, target_of(parse("tls://nowhere.invalid")), Wishes()) as ana:
        assert ana.wait_end().code == 69
    with Person(engine, target_of(parse("tls://" + "x" * 70 + ".invalid")), Wishes()) as ana:
        assert ana.wait_end().code == 69


def test_leaving_while_nobody_answers(engine: str, puppet: Puppet) -> None:
    with Person(engine, target_of(parse(f"tls://127.0.0.1:{puppet.port}")), Wishes()) as ana:
        line = puppet.accept()  # and it says nothing: the handshake hangs
        ana.runner.leave()
        assert ana.wait_end() == End(0)
    line.close()


def test_leaving_while_connecting(engine: str) -> None:
    # A listener whose queue is full answers no further connection.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(deaf.getsockname())
        url = parse(f"tcp://127.0.0.1:{deaf.getsockname()[1]}")
        with Person(engine, target_of(url), Wishes()) as ana:
            ana.runner.leave()
            assert ana.wait_end() == End(0)
        for each in waiting:
            each.close()


def test_a_server_that_never_says_goodbye_is_left_all_the_same(engine: str, puppet: Puppet) -> None:
    with person(engine, puppet) as ana:
        line = puppet.accept()
        line.welcome()
        ana.wait_state(State.INSIDE)
        ana.runner.typed("last words")
        ana.runner.leave()
        assert [line.hear(), line.hear()] == ["last words", "/quit"]
        ana.runner.close(0.01)
        assert ana.end == End(1)
        assert "perhaps not delivered: last words" in ana.shown
        line.close()


def test_a_server_that_does_not_answer_is_given_up(
    engine: str, puppet: Puppet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_times, "ANSWER_TIMEOUT", 0.05)
    with person(engine, puppet) as ana:
        line = puppet.accept()
        assert ana.wait_end().code == 69
        assert "nothing came from the server" in ana.shown[-1]
        line.close()


def test_a_server_that_reads_nothing_keeps_nobody(engine: str, puppet: Puppet) -> None:
    with person(engine, puppet) as ana:
        line = puppet.accept()
        line.welcome()
        ana.wait_state(State.INSIDE)
        for _ in range(20):
            ana.runner.typed("\n".join(["x" * 4000] * 100))
        line.tell("said", source=GUEST, room="lobby", text="still here?", time=1)
        ana.wait_shown("luis: still here?")
        ana.runner.close(0)
        assert ana.end == End(1)
        line.close()


@pytest.mark.parametrize("wishes", [{}, {"room": "garden"}])
def test_a_refusal_is_final(engine: str, puppet: Puppet, wishes: dict[str, str]) -> None:
    with person(engine, puppet, **wishes) as ana:
        line = puppet.accept()
        if wishes:
            line.welcome()
            assert line.hear() == "/join garden"
        line.tell("refused", code="room-full", room="garden", members=3, capacity=3)
        if wishes:
            line.tell("heard", lines=2)
            assert line.hear() == "/quit"
        line.tell("ended", reason="quit" if wishes else "room-full")
        assert ana.wait_end().code == 69
        assert "the room is full (3 of 3)" in ana.shown
        line.close()


# --- the real server ---------------------------------------------------------------------------------------


def config(data_dir: Path, port: int = 0, **limits: int) -> Config:
    listen = (f"tls://localhost:{port}", "tcp://localhost:0")
    return Config(listen=listen, data_dir=str(data_dir), limits=Limits(flood_control=False, **limits))  # type: ignore[arg-type]


def at(server: Server, scheme: str, engine: str, **wishes: object) -> Person:
    host, port = server.address(scheme)
    ca = server.files.ca if server.files else None
    return Person(engine, target_of(parse(f"{scheme}://{host}:{port}"), ca), Wishes(**wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["threads", "asyncio"])
def test_two_people_talk(engine: str, host: str, transport: str, data_dir: Path) -> None:
    with (
        Server(config(data_dir), engine=host) as server,  # type: ignore[arg-type]
        at(server, transport, engine, nick="ana") as ana,
        at(server, transport, engine, nick="luis") as luis,
    ):
        for someone in (ana, luis):
            someone.wait_state(State.INSIDE)
        ana.runner.typed("hola luis")
        luis.wait_shown("ana: hola luis")
        luis.runner.typed("/msg ana psst")
        ana.wait_shown("luis (in private): psst")
        luis.runner.typed("/join garden")
        luis.wait(lambda: luis.session.status.room == "garden")
        ana.wait(lambda: ana.session.status.members == ("ana",))
        luis.runner.leave()
        assert luis.wait_end() == End(0)


def test_one_too_many_is_refused(engine: str, transport: str, data_dir: Path) -> None:
    with (
        Server(config(data_dir, room_capacity=1), engine="threads") as server,
        at(server, transport, engine) as ana,
    ):
        ana.wait_state(State.INSIDE)
        with at(server, transport, engine) as luis:
            assert luis.wait_end().code == 69
            assert any("the room is full (1 of 1)" in words for words in luis.shown)


def test_a_restarted_server_is_found_again(engine: str, data_dir: Path) -> None:
    first = Server(config(data_dir), engine="asyncio")
    first.start()
    port = first.address("tls")[1]
    with at(first, "tls", engine, nick="ana", room="garden") as ana:
        ana.wait_state(State.INSIDE)
        first.stop()
        ana.wait_shown("the connection broke: the server is stopping")
        with Server(config(data_dir, port), engine="threads"):
            ana.wait_shown("Connected again.")
            assert ana.session.status.nick == "ana"
            assert ana.session.status.room == "garden"
            ana.runner.leave()
            assert ana.wait_end() == End(0)


@pytest.mark.parametrize("pinned", [True, False])
def test_who_cannot_be_verified_hears_nothing(engine: str, pinned: bool, data_dir: Path) -> None:
    heard: list[str] = []

    def note(event: str, /, **fields: object) -> None:
        heard.append(event)

    with Server(config(data_dir), engine="threads", note=note) as server:
        url = parse("tls://localhost:{}".format(server.address("tls")[1]))
        target = target_of(url, fingerprint="sha256:" + "0" * 64 if pinned else None)
        with Person(engine, target, Wishes()) as ana:
            assert ana.wait_end().code == 76
    assert "refused" not in heard


def test_a_pinned_server_is_entered(engine: str, data_dir: Path) -> None:
    with Server(config(data_dir), engine="threads") as server:
        assert server.files is not None
        url = parse("tls://localhost:{}".format(server.address("tls")[1]))
        pin = certificates.fingerprint(server.files.cert)
        with Person(engine, target_of(url, fingerprint=pin), Wishes()) as ana:
            ana.wait_state(State.INSIDE)


def test_tls_to_a_port_without_it_and_the_other_way_round(engine: str, data_dir: Path) -> None:
    with Server(config(data_dir), engine="asyncio") as server:
        ports = {scheme: server.address(scheme)[1] for scheme in ("tls", "tcp")}
        with Person(engine, target_of(parse(f"tls://localhost:{ports['tcp']}")), Wishes()) as ana:
            assert ana.wait_end().code == 76
            assert f"say tcp://localhost:{ports['tcp']}" in ana.shown[-1]
        with Person(engine, target_of(parse(f"tcp://localhost:{ports['tls']}")), Wishes()) as ana:
            assert ana.wait_end().code == 69
            assert "this port speaks TLS only" in ana.shown[-1]


def test_any_thread_may_type(data_dir: Path) -> None:
    with Server(config(data_dir), engine="threads") as server, at(server, "tls", "threads") as ana:
        ana.wait_state(State.INSIDE)
        typists = [
            threading.Thread(target=lambda n=n: [ana.runner.typed(f"{n} {i}") for i in range(50)])
            for n in range(8)
        ]
        for typist in typists:
            typist.start()
        for typist in typists:
            typist.join(DEADLINE)
        ana.wait(lambda: ana.session.status.unconfirmed == 0)
        confirmed = [text for a in ana.actions if isinstance(a, Confirmed) for text in a.lines]
        assert sorted(confirmed) == sorted(f"{n} {i}" for n in range(8) for i in range(50))


def test_a_fault_of_ours_ends_it_and_is_not_swallowed(engine: str, puppet: Puppet) -> None:
    faulty = person(engine, puppet)
    faulty.fault = ZeroDivisionError()
    faulty.runner.start()
    line = puppet.accept()
    assert line.hear() == "/json"
    line.tell("welcomed", you=GUEST, server="s", description="", motd="")
    faulty.wait_end()
    with pytest.raises(ZeroDivisionError):
        faulty.runner.close(3)
    line.close()
