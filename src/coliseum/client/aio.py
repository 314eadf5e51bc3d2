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
from coliseum.client.link import ClientLink, LinkFailed, Target
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
        self._link: ClientLink | None = None
        self._connect_after: float | None = 0.0
        self._closing = False
        "The connection is to be closed after what is in the link."
        self._broken = False
        "The connection is to be closed at once."
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
        while (delay := self._take_delay()) is not None:
            await asyncio.sleep(delay)
            error: ColiseumError | None = None
            try:
                await self._converse(*await self._connect())
            except ColiseumError as failure:
                error = failure
            self._link = None
            self._perform(self._session.lost(error, monotonic()))

    def _take_delay(self) -> float | None:
        """Return how long to wait before the next connection, or None: there will be none."""
        delay, self._connect_after = self._connect_after, None
        return None if self._session.over else delay

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection to the first address that answers. Raises Unavailable."""
        url = self._target.url
        loop = asyncio.get_running_loop()
        deadline = monotonic() + CONNECT_TIMEOUT
        failure: OSError = TimeoutError()
        try:
            infos = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
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
                return await asyncio.open_connection(sock=connection)
        raise failures.unreachable(url, failure) from failure

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Use a connection until it ends. Raises ColiseumError when there is no talking over it."""
        writer.transport.set_write_buffer_limits(high=0)  # `drain` then means: the kernel has it
        self._link = link = self._target.link()
        self._closing = self._broken = False
        self._session.opened(monotonic())
        self._perform(self._session.received(link.start(), monotonic()))
        sender = asyncio.create_task(self._send(writer, link), name="client-sender")
        try:
            await self._receive(reader, link)
        except LinkFailed as failed:
            raise failed.error from failed
        finally:
            await self._finish(writer, sender)

    async def _receive(self, reader: asyncio.StreamReader, link: ClientLink) -> None:
        """Read until the connection is over, for whatever reason. Raises LinkFailed."""
        linger = math.inf
        while not link.over:
            if self._broken:
                return
            if self._closing:
                linger = min(linger, monotonic() + LINGER)
            deadline = min(self._session.deadline(), linger)
            data = await self._read(reader, deadline)
            now = monotonic()
            if data is not None:
                self._perform(self._session.received(link.receive(data), now))
            elif now >= linger:
                return
            else:
                self._perform(self._session.tick(now))

    async def _read(self, reader: asyncio.StreamReader, until: float) -> bytes | None:
        """Return what came, empty when nothing more will; None when it is time."""
        limit = asyncio.timeout(None if until == math.inf else max(0.0, until - monotonic()))
        try:
            async with limit:
                return await reader.read(READ_SIZE)
        except OSError:
            # A timeout of ours, or one of the network: then broken is as good as closed.
            return None if limit.expired() else b""

    async def _finish(self, writer: asyncio.StreamWriter, sender: asyncio.Task[None]) -> None:
        """End the sending task: it may bring out what is left, but not for long."""
        self._closing = True
        self._work.set()
        try:
            if not self._broken:
                await asyncio.wait([sender], timeout=LINGER)
        finally:
            sender.cancel()
            writer.transport.abort()
            await asyncio.wait([sender])
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    # --- the sending task ----------------------------------------------------------------------------------

    async def _send(self, writer: asyncio.StreamWriter, link: ClientLink) -> None:
        """Bring what the link has to the wire, until the end; then say goodbye."""
        last = False
        while not last:
            while not (wire := link.take()) and not self._closing:
                self._work.clear()
                await self._work.wait()
            if not wire:
                last = True
                link.close()
                wire = link.take()
            try:
                writer.write(wire)
                await writer.drain()
                if last:
                    writer.write_eof()
            except OSError:
                # The receiving task meets the same broken connection and reports it; one that only takes
                # nothing more is ended by the signs of life that fail to come.
                return

    # --- on the loop, without waiting ----------------------------------------------------------------------

    def _perform(self, actions: list[Action]) -> None:
        """Do what the session says, in order."""
        for action in actions:
            match action:
                case Send(line):
                    assert self._link is not None
                    self._link.send(line)
                case Connect(after):
                    self._connect_after = after
                case Disconnect(abrupt):
                    self._broken = self._broken or abrupt
                    self._closing = True
                case _:
                    if isinstance(action, End):
                        self._closing = True
                    self._handler(action)
        self._work.set()
