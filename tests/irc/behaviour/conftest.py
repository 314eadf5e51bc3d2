"""Fixtures of the behavioural suite of IRC: every engine, with and without TLS."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

import coliseum.settings
from coliseum.config import Config, Engine
from coliseum.server import Server
from tests.harness import Chatter
from tests.irc.behaviour.client import Talker


class Hall:
    """A server under test, and the ways to connect to it."""

    def __init__(self, server: Server, scheme: str, stack: ExitStack) -> None:
        self.server = server
        self.scheme = scheme
        self._stack = stack

    def connect(self) -> Talker:
        """Return an IRC connection that has said nothing yet."""
        return self._stack.enter_context(Talker.connect(self.server.address(self.scheme), self._ca(self.scheme)))

    def enter(self, nick: str, *capabilities: str, realname: str = "", password: str = "") -> Talker:
        """Return a registered IRC client."""
        talker = self.connect()
        talker.register(nick, capabilities, realname, password)
        return talker

    def gather(self, room: str, *nicks: str, capabilities: Iterable[str] = ()) -> list[Talker]:
        """Return clients that are in `room` and have seen all who came; the first is its operator."""
        talkers = [self.enter(nick, *capabilities) for nick in nicks]
        for talker in talkers:
            talker.ask(f"JOIN {room}")
        for talker in talkers:
            talker.sync()
        return talkers

    def plain(self, nick: str = "", scheme: str = "tcp") -> Chatter:
        """Return somebody on the plain dialect, in the lobby, called `nick`."""
        chatter = self._stack.enter_context(Chatter.connect(self.server.address(scheme), self._ca(scheme)))
        chatter.expect(r"^\* You are in lobby")
        if nick:
            chatter.send(f"/nick {nick}")
            chatter.expect(f"You are now called {nick}")
        return chatter

    def _ca(self, scheme: str) -> Path | None:
        return self.server.files.ca if self.server.files and scheme in {"ircs", "tls"} else None


OpenHall = Callable[..., Hall]


def quick_hash(password: str) -> str:
    """Return a hash that is checked in no time: that hashes are slow enough is tested elsewhere."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


@pytest.fixture(params=["irc", "ircs"])
def scheme(request: pytest.FixtureRequest) -> str:
    """IRC in clear and over TLS."""
    return request.param  # type: ignore[no-any-return]


def settings_of(listen: Iterable[str], data_dir: Path, **keys: Any) -> Config:
    """Return a configuration for tests; keyword arguments are dotted keys with `__` for the dot."""
    flags = {
        "listen": list(listen),
        "data_dir": str(data_dir),
        "limits.flood_control": False,
        "limits.room_capacity": 0,
        "server.language": "en",
    } | {key.replace("__", "."): value for key, value in keys.items()}
    return coliseum.settings.load(None, flags, environment={})


@pytest.fixture
def open_hall(engine: Engine, scheme: str, data_dir: Path) -> Iterator[OpenHall]:
    """Return a function that starts a server.

    `also`: schemes of further listeners; `reread`: what REHASH reads; the other arguments are configuration keys.
    """
    with ExitStack() as stack:

        def start(*, also: Iterable[str] = (), reread: Callable[[], Config] | None = None, **keys: Any) -> Hall:
            urls = [f"{one}://localhost:0" for one in (scheme, *also)]
            config = settings_of(urls, data_dir, **keys)
            server = stack.enter_context(Server(config, engine=engine, reread=reread))
            return Hall(server, scheme, stack)

        yield start


@pytest.fixture
def hall(open_hall: OpenHall) -> Hall:
    """A server without flood control and without a limit to its rooms."""
    return open_hall()
