"""Accepting, with asyncio: the loop says when somebody knocks; who is let in gets a stream.

Why not `loop.create_server`: a connection that it has accepted, but not yet given to its protocol, outlives
`Server.close()`; nobody would tell it that the server stops.

What must stay true: after `stop` every accepted connection is one of the engine's streams; a lack of descriptors
is said once, pauses accepting for a moment, and is over by itself.
Beside it: threads/acceptor.py.
"""

import asyncio
import socket
from typing import TYPE_CHECKING

from coliseum.engines.aio.stream import Stream
from coliseum.engines.contract import ACCEPT_PAUSE, Listener, Shortage
from coliseum.engines.sockets import peer_name, prepare, turn_away

if TYPE_CHECKING:
    from coliseum.engines.aio.engine import AioEngine

_AT_ONCE = 64
"Connections accepted per turn of the loop, so that a storm of them does not starve who is inside."


class Acceptor:
    """The loop's side of one listener."""

    def __init__(self, engine: "AioEngine", listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._shortage = Shortage(listener.scheme, engine.parts.note)
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Begin to accept."""
        for listening in self._listener.sockets:
            listening.setblocking(False)
            self._watch(listening)

    def stop(self) -> None:
        """Accept no more."""
        for pause in self._pauses.values():
            pause.cancel()
        for listening in self._listener.sockets:
            self._engine.loop.remove_reader(listening)
            listening.close()

    def _watch(self, listening: socket.socket) -> None:
        self._engine.loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        loop = self._engine.loop
        for _ in range(_AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return  # nobody is left, or the peer has gone again
            except OSError as error:
                self._shortage.failed(error)
                loop.remove_reader(listening)
                self._pauses[listening] = loop.call_later(ACCEPT_PAUSE, self._watch, listening)
                return
            self._shortage.accepted()
            opened = self._listener.open(peer_name(address))
            if isinstance(opened, bytes):
                turn_away(connection, opened)
                continue
            connection.setblocking(False)
            prepare(connection)
            Stream(self._engine, connection, *opened)
