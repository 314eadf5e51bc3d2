"""What is wrapped: it is there, it is put back, and a server that nobody traces has nothing of it."""

from pathlib import Path

import pytest

from coliseum.client import Client
from coliseum.config import Config, Engine, Limits
from coliseum.lab.tracing.recorder import Recorder
from coliseum.lab.tracing.spans import KINDS
from coliseum.lab.tracing.watched import WATCHED, Watched, install
from coliseum.server import Server
from tests.harness import Chatter


def _id(entry: Watched) -> str:
    where = getattr(entry.owner, "__module__", "")
    return f"{where}.{entry.owner.__name__}.{entry.attribute}"


@pytest.mark.parametrize("entry", WATCHED, ids=_id)
def test_everything_in_the_table_is_there(entry: Watched) -> None:
    assert callable(entry.owner.__dict__[entry.attribute])
    assert entry.kind in {"", *KINDS}


def test_nothing_is_in_it_twice() -> None:
    places = [(entry.owner, entry.attribute) for entry in WATCHED]
    assert len(places) == len(set(places))


def test_all_is_put_back() -> None:
    before = [entry.owner.__dict__[entry.attribute] for entry in WATCHED]
    restore = install(Recorder())
    during = [entry.owner.__dict__[entry.attribute] for entry in WATCHED]
    restore()
    assert all(one is not other for one, other in zip(before, during, strict=True))
    assert [entry.owner.__dict__[entry.attribute] for entry in WATCHED] == before


def test_a_server_afterwards_records_nothing(engine: Engine, data_dir: Path) -> None:
    recorder = Recorder()
    install(recorder)()
    config = Config(listen=("tcp://127.0.0.1:0",), data_dir=str(data_dir), limits=Limits(room_capacity=3))
    with Server(config, engine=engine) as server, Chatter.connect(server.address("tcp")) as ana:
        ana.expect("You are in lobby")
    assert recorder.recording(engine, "", stopping=0, overhead=0).tracks == []
    assert recorder.sessions == {}


def test_datagrams_are_recorded_too(engine: Engine, data_dir: Path) -> None:
    recorder = Recorder()
    restore = install(recorder)
    try:
        config = Config(listen=("udp://127.0.0.1:0",), data_dir=str(data_dir))
        with Server(config, engine=engine) as server:
            host, port = server.address("udp")
            with (
                Client(f"udp://{host}:{port}", nick="ana") as one,
                Client(f"udp://{host}:{port}", nick="luis") as two,
            ):
                one.join("lobby")
                two.join("lobby")
                two.say("tangerine")
    finally:
        restore()
    found = [
        span for track in recorder.recording(engine, "", stopping=0, overhead=0).tracks for span in track.spans
    ]
    assert {"read", "step", "flush", "send"} <= {span.kind for span in found}
    said = {str(span.detail["messages"]) for span in found if span.kind == "step" and "messages" in span.detail}
    sent = {str(span.detail["messages"]) for span in found if span.kind == "send" and "messages" in span.detail}
    assert said == sent == {"[1]"}
