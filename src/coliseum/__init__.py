"""Coliseum: a self-hosted, secure chat server and client; one core, two engines.

::

    import coliseum

    with coliseum.Server(coliseum.Config(listen=("tcp://localhost:0",)), engine="threads") as server:
        with coliseum.Client(f"tcp://localhost:{server.address('tcp')[1]}", nick="bot") as bot:
            bot.say("hello")

The names below are imported when they are first used: `import coliseum.core` loads neither sockets nor an engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coliseum.client.api import Client as Client
    from coliseum.client.api_aio import AsyncClient as AsyncClient
    from coliseum.config import Config as Config
    from coliseum.errors import CannotCreate as CannotCreate
    from coliseum.errors import ColiseumError as ColiseumError
    from coliseum.errors import ConfigError as ConfigError
    from coliseum.errors import Unavailable as Unavailable
    from coliseum.errors import Unverified as Unverified
    from coliseum.server import AsyncServer as AsyncServer
    from coliseum.server import Server as Server

__version__ = "0.1.0"

_HOMES = {
    "AsyncClient": "coliseum.client.api_aio",
    "AsyncServer": "coliseum.server",
    "CannotCreate": "coliseum.errors",
    "Client": "coliseum.client.api",
    "ColiseumError": "coliseum.errors",
    "Config": "coliseum.config",
    "ConfigError": "coliseum.errors",
    "Server": "coliseum.server",
    "Unavailable": "coliseum.errors",
    "Unverified": "coliseum.errors",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604 - the names are strings


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'coliseum' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
