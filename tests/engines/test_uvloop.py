"""The asyncio engine on uvloop's loop: what is different there. All other tests run on it with
COLISEUM_TEST_ENGINES=uvloop."""

import sys
from pathlib import Path

import pytest

import coliseum.settings
from coliseum.config import Config
from coliseum.errors import ConfigError
from coliseum.server import Server
from tests.harness import Chatter


def config(data_dir: Path) -> Config:
    flags = {
        "listen": ["tls://localhost:0", "tcp://localhost:0"],
        "data_dir": str(data_dir),
        "engine": "uvloop",
        "limits.flood_control": False,
    }
    return coliseum.settings.load(None, flags, environment={})


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_people_talk_on_it(data_dir: Path, scheme: str) -> None:
    pytest.importorskip("uvloop")
    with Server(config(data_dir)) as server:
        assert server.files is not None
        ca = server.files.ca if scheme == "tls" else None
        with (
            Chatter.connect(server.address(scheme), ca) as ana,
            Chatter.connect(server.address(scheme), ca) as luis,
        ):
            for one in (ana, luis):
                one.expect(r"^\* You are in lobby")
            ana.send(*(f"number {number}" for number in range(100)))
            luis.expect("number 99")
            server.stop()
            luis.expect("stopping")


def test_without_it_the_server_says_what_is_missing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(ConfigError, match="pip install uvloop"):
        Server(config(data_dir)).start()
