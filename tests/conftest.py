"""Fixtures of all tests: every engine, every transport, servers that leave nothing behind."""

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

import coliseum.settings
from coliseum.config import Config, Engine
from coliseum.interpreter import is_compiled
from coliseum.server import Server
from tests.harness import DEADLINE, Chatter
from tests.watchdog import nothing_blocks, report_hang

hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background so, and children inherit it: Ctrl-C would do nothing to them.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ENGINES = os.environ.get("COLISEUM_TEST_ENGINES", "threads asyncio").split()
"Those that every test of behaviour is run on; uvloop is the asyncio engine, and has tests of its own otherwise."


OUTPUT = pytest.StashKey[int]()
"Where stderr went before pytest began to capture it."


def pytest_configure(config: pytest.Config) -> None:
    """Remember where stderr goes."""
    config.stash[OUTPUT] = os.dup(2)
    config.addinivalue_line(
        "markers", "interpreted: puts something of its own in the place of what may be compiled"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what cannot be asked of a compiled Coliseum, whose parts are what they are."""
    assert is_compiled() == ("COLISEUM_TEST_COMPILED" in os.environ)  # make suite-compiled sets it
    if is_compiled():
        compiled = pytest.mark.skip(reason="nothing can be put in the place of a part that is compiled")
        for item in items:
            if item.get_closest_marker("interpreted"):
                item.add_marker(compiled)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget it."""
    os.close(config.stash[OUTPUT])


def pytest_collection_finish() -> None:
    """Have the collector of cycles pass over what is there before the first test: it runs after every one."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, object, object]:
    """Let a test that hangs show what waits."""
    result = yield
    report_hang(item.config.stash[OUTPUT], item.nodeid, settings.timeout)
    return result


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail the test that leaves a thread behind (sockets and tasks are warnings, and those are errors)."""
    before = set(threading.enumerate())
    yield
    gc.collect()
    deadline = time.monotonic() + 5
    for thread in set(threading.enumerate()) - before:
        if not thread.name.startswith("execnet"):
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), f"the test left the thread {thread.name}"


@pytest.fixture(autouse=True)
def no_loop_is_blocked() -> Iterator[None]:
    """Fail the test in which something of Coliseum blocks a running loop."""
    with nothing_blocks() as caught:
        yield
    assert not caught, caught[0]


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep tests away from the files of the one who runs them, and speak English."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "STATE_DIRECTORY", "LANGUAGE", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return home


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Every engine."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["tcp", "tls"])
def transport(request: pytest.FixtureRequest) -> str:
    """Every transport."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose certificates all tests of one process share: making them takes a while."""
    return tmp_path_factory.mktemp("data")


class House:
    """A server under test, and the way to connect to it."""

    def __init__(self, server: Server, transport: str, stack: ExitStack) -> None:
        self.server = server
        self.transport = transport
        self._stack = stack

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens with the transport under test."""
        return self.server.address(self.transport)

    def connect(self, source: str = "") -> Chatter:
        """Return a connection that has said nothing yet; from the address `source`, if it matters."""
        files = self.server.files
        ca = files.ca if files and self.transport == "tls" else None
        return self._stack.enter_context(Chatter.connect(self.address, ca, source))

    def enter(self, nick: str | None = None, source: str = "") -> Chatter:
        """Return a connection that is in the lobby, called `nick`."""
        chatter = self.connect(source)
        chatter.expect(r"^\* You are in lobby")
        if nick:
            chatter.send(f"/nick {nick}")
            chatter.expect(f"You are now called {nick}")
        return chatter


OpenHouse = Callable[..., House]


@pytest.fixture
def open_house(engine: Engine, transport: str, data_dir: Path) -> Iterator[OpenHouse]:
    """Return a function that starts a server; keyword arguments are dotted configuration keys with `__`."""
    with ExitStack() as stack:

        def start(**keys: Any) -> House:
            flags = {
                "listen": [f"{transport}://localhost:0"],
                "data_dir": str(data_dir),
                "limits.flood_control": False,
            } | {key.replace("__", "."): value for key, value in keys.items()}
            config = coliseum.settings.load(None, flags, environment={})
            server = stack.enter_context(Server(config, engine=engine))
            return House(server, transport, stack)

        yield start


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    """A server as it is by default, but without flood control."""
    return open_house()


def run_async(coroutine: Any) -> Any:
    """Run a coroutine to its end, with a deadline and asyncio's debug mode."""

    async def bounded() -> Any:
        async with asyncio.timeout(DEADLINE * 2):
            return await coroutine

    return asyncio.run(bounded(), debug=True)


__all__ = ["Config", "Engine", "House", "OpenHouse", "run_async"]
