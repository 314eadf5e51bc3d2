"""The client on asyncio: one task receives, one sends.

The idea: the receiving task makes the connections, one after another, and waits for bytes or its next deadline.
Lines to be sent are put into the link by whoever has them; the sending task, one per connection, brings to the
wire what the link has, and may wait there for as long as the server does not read, without keeping anybody.

What must stay true:
* no `await` between asking the session and doing what it says, so outputs are given out in order; the loop is
  the lock;
* only the sending task writes to the connection, only the receiving task reads from it and closes it;
* after `close` no task and no connection is left.
Beside it: threads.py.
"""

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from coliseum.client import failures
from coliseum.client.link import Link, LinkFailed, Target
from coliseum.client.outputs import Disconnect, End, Send
from coliseum.client.session import Action, ClientSession, Connect
from coliseum.engines.sockets import prepare
from coliseum.errors import ColiseumError

CONNECT_TIMEOUT = 10.0
"Seconds for all addresses of the host together."
LINGER = 2.0
"Seconds that closing waits for the server's last words, and for a server that does not read."
READ_SIZE = 64 * 1024

Handler: TypeAlias = Callable[[Action], None]
"""Takes what is not the engine's to do: Show, Confirmed, Changed, End. Called in order, on the loop: it must
neither block nor call the engine."""


class Runner:
    """Runs one client session on the running loop. Its methods are called on that loop."""

    def __init__(self, session: ClientSession, target: Target, handler: Handler) -> None:
        self._session = session
        self._target = target
        self._handler = handler
        self._work = asyncio.Event()
        "Set when the sending task may have something to do."
        self._wanted = asyncio.Event()
        "Set when another connection is wanted."
        self._link: Link | None = None
        self._connect_after: float | None = 0.0
        self._closing = False
        "The connection is to be closed after what is in the link."
        self._broken = False
        "The connection is to be closed at once."
        self._finished = False
        "Nobody reads from the connection any more."
        self._said_goodbye = False
        self._limit: asyncio.Timeout | None = None
        "What the receiving task waits for besides bytes."
        self._task: asyncio.Task[None] | None = None

    # --- the user of the runner ----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._task = asyncio.create_task(self._run(), name="client-receiver")

    def typed(self, text: str) -> None:
        """Say or do what the user typed. Never waits for the network."""
        self._obey(self._session.typed(text))

    def leave(self) -> None:
        """Say goodbye; `End` follows when the server has answered."""
        self._obey(self._session.leave())

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most so long; return whether it is."""
        assert self._task is not None
        done, _ = await asyncio.wait([self._task], timeout=seconds)
        return bool(done)

    async def close(self, grace: float) -> None:
        """Say goodbye, wait for the server's answer at most `grace` seconds, end everything. Harmless when over.

        Raises what went wrong inside, if it was a fault of this program.
        """
        assert self._task is not None
        self.leave()
        await self.wait(grace)
        self._broken = True
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _obey(self, actions: list[Action]) -> None:
        """Do what the user's wish led to; if that was all, nobody waits for a connection any more."""
        self._perform(actions)
        if self._task is not None and any(isinstance(action, End) for action in actions):
            self._broken = True
            self._task.cancel()

    # --- the receiving task --------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._connections()
        finally:
            self._link = None
            self._perform(self._session.aborted())

    async def _connections(self) -> None:
        """Make one connection after another, until it is over."""
        while (delay := await self._next_delay()) is not None:
            await asyncio.sleep(delay)
            error: ColiseumError | None = None
            try:
                with await self._connect() as connection:
                    await self._converse(connection)
            except ColiseumError as failure:
                error = failure
            self._link = None
            self._perform(self._session.lost(error, monotonic()))

    async def _next_delay(self) -> float | None:
        """Wait until another connection is wanted; return after how long, or None: there will be none."""
        while not self._session.over:
            delay, self._connect_after = self._connect_after, None
            if delay is not None:
                return delay
            self._wanted.clear()
            await self._wanted.wait()
        return None

    async def _connect(self) -> socket.socket:
        """Return a connection to the first address that answers. Raises Unavailable."""
        url = self._target.url
        loop = asyncio.get_running_loop()
        deadline = monotonic() + CONNECT_TIMEOUT
        failure: OSError = TimeoutError()
        try:
            kind = socket.SOCK_DGRAM if url.datagrams else socket.SOCK_STREAM
            infos = await loop.getaddrinfo(url.host, url.port, type=kind)
        except (OSError, UnicodeError) as error:
            raise failures.unreachable(url, error) from error
        for place, (family, kind, protocol, _, address) in enumerate(infos):
            # Each address gets its share of the time that is left, so that a dead one does not use up all of it.
            share = (deadline - monotonic()) / (len(infos) - place)
            try:
                connection = socket.socket(family, kind, protocol)
                try:
                    connection.setblocking(False)
                    async with asyncio.timeout(share):
                        await loop.sock_connect(connection, address)
                except BaseException:
                    connection.close()
                    raise
            except OSError as error:
                failure = error
            else:
                prepare(connection)
                return connection
        raise failures.unreachable(url, failure) from failure

    async def _converse(self, connection: socket.socket) -> None:
        """Use a connection until it ends. Raises ColiseumError when there is no talking over it."""
        self._link = link = self._target.link()
        self._closing = self._broken = self._finished = self._said_goodbye = False
        self._session.opened(monotonic())
        self._perform(self._session.received(link.start(monotonic()), monotonic()))
        sender = asyncio.create_task(self._send(connection, link), name="client-sender")
        try:
            await self._receive(connection, link)
        except LinkFailed as failed:
            raise failed.error from failed
        finally:
            await self._finish(sender)

    async def _receive(self, connection: socket.socket, link: Link) -> None:
        """Read until the connection is over, for whatever reason. Raises LinkFailed."""
        linger = math.inf
        while not link.over:
            if self._broken:
                return
            if self._closing:
                linger = min(linger, monotonic() + LINGER)
            data = await self._read(connection, min(self._session.deadline(), link.deadline(), linger))
            now = monotonic()
            if isinstance(data, OSError):
                self._perform(self._session.received(link.failed(data, now), now))
            elif data is not None:
                self._perform(self._session.received(link.receive(data, now), now))
            elif now >= linger:
                return
            else:
                if items := link.tick(now):
                    self._perform(self._session.received(items, now))
                self._perform(self._session.tick(now))

    async def _read(self, connection: socket.socket, until: float) -> bytes | OSError | None:
        """Return what came, empty when nothing more will; None when it is time, or something is due earlier."""
        loop = asyncio.get_running_loop()
        # loop.time() is time.monotonic() (asyncio.BaseEventLoop.time), the clock of our deadlines.
        self._limit = limit = asyncio.timeout_at(None if until == math.inf else until)
        try:
            async with limit:
                return await loop.sock_recv(connection, READ_SIZE)
        except OSError as error:
            return None if limit.expired() else error
        finally:
            self._limit = None

    async def _finish(self, sender: asyncio.Task[None]) -> None:
        """End the sending task: it may bring out what is left, but not for long."""
        self._closing = self._finished = True
        self._work.set()
        try:
            if not self._broken:
                await asyncio.wait([sender], timeout=LINGER)
        finally:
            sender.cancel()
            await asyncio.wait([sender])

    # --- the sending task ----------------------------------------------------------------------------------

    async def _send(self, connection: socket.socket, link: Link) -> None:
        """Bring what the link has to the wire, until the end; then say goodbye."""
        loop = asyncio.get_running_loop()
        while pieces := await self._next_pieces(link):
            try:
                for piece in pieces:
                    await loop.sock_sendall(connection, piece)
            except OSError:
                # The receiving task meets the same broken connection and reports it; one that only takes
                # nothing more is ended by the signs of life that fail to come. A lost datagram is repeated.
                if link.stream:
                    return
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)

    async def _next_pieces(self, link: Link) -> list[bytes]:
        """Wait for something to send and return it; empty when everything was sent, the goodbye as well."""
        while not (pieces := link.take()):
            if self._closing and not self._said_goodbye:
                self._said_goodbye = True
                link.close(monotonic())
            elif self._said_goodbye and (link.stream or link.over or self._finished):
                break
            else:
                self._work.clear()
                await self._work.wait()
        return pieces

    def _look_again(self, due: float) -> None:
        """Let the receiving task wait no longer than until `due`."""
        if self._limit is not None and not self._limit.expired():
            until = self._limit.when()
            if due < (math.inf if until is None else until):
                self._limit.reschedule(due)

    # --- on the loop, without waiting ----------------------------------------------------------------------

    def _perform(self, actions: list[Action]) -> None:
        """Do what the session says, in order."""
        for action in actions:
            match action:
                case Send(line):
                    assert self._link is not None
                    self._link.send(line, monotonic())
                    self._look_again(self._link.deadline())
                case Connect(after):
                    self._connect_after = after
                    self._wanted.set()
                case Disconnect(abrupt):
                    self._broken = self._broken or abrupt
                    self._closing = True
                case _:
                    if isinstance(action, End):
                        self._closing = True
                    self._handler(action)
        self._work.set()
