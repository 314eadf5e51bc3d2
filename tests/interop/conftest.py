"""Fixtures of the tests with real clients: a tapped server on every engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

import coliseum.settings
from coliseum import assembly
from coliseum.config import Config, Engine
from coliseum.core.limits import Policy
from coliseum.server import Server
from tests.interop.support import Tap, Town

OpenTown = Callable[..., Town]


@pytest.fixture
def open_town(engine: Engine, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenTown]:
    """Return a function that starts a server; keyword arguments are dotted configuration keys with `__`.

    `quiet`: after how many silent seconds the server asks for a sign of life.
    """
    policy_of = assembly.policy_of
    faults: list[dict[str, object]] = []

    def note(event: str, /, **fields: object) -> None:
        if event == "fault":
            faults.append(fields)

    with ExitStack() as stack:

        def start(*, quiet: float = Policy().quiet, **keys: Any) -> Town:
            def hurried(config: Config) -> Policy:
                return replace(policy_of(config), quiet=quiet)

            tap = Tap()
            monkeypatch.setattr(assembly, "StreamLink", tap.link)
            monkeypatch.setattr(assembly, "policy_of", hurried)
            flags = {
                "listen": ["ircs://localhost:0", "irc://localhost:0", "tls://localhost:0"],
                "data_dir": str(data_dir),
            } | {key.replace("__", "."): value for key, value in keys.items()}
            config = coliseum.settings.load(None, flags, environment={})
            return Town(stack.enter_context(Server(config, engine=engine, note=note)), tap, stack)

        yield start
    assert not faults, faults[0]["traceback"]


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    """A server as it is by default."""
    return open_town()


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority that has nothing to do with the server."""
    path = tmp_path_factory.mktemp("stranger") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path
