"""Accepting, with asyncio: the loop accepts and makes a protocol for each connection.

What must stay true: a lack of descriptors pauses accepting (asyncio does that for a second, and says so).
Beside it: threads/acceptor.py.
"""

import asyncio
from typing import TYPE_CHECKING

from coliseum.engines.aio.stream import Stream
from coliseum.engines.contract import Listener
from coliseum.engines.sockets import BACKLOG

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine


class Acceptor:
    """The loop's side of one listener."""

    def __init__(self, engine: "AioEngine", listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Begin to accept."""
        for made in self._listener.sockets:
            server = await self._engine.loop.create_server(
                lambda: Stream(self._engine, self._listener), sock=made, backlog=BACKLOG
            )
            self._servers.append(server)

    def stop(self) -> None:
        """Accept no more; the listening sockets are closed."""
        # Not wait_closed(): since Python 3.12.1 it waits for idle clients too (cpython#104344). The engine
        # follows its connections itself.
        for server in self._servers:
            server.close()
