"""The client on threads: one receives, one sends, and whoever types is a third.

The idea: the receiving thread makes the connections, one after another, and everything it ever waits for is one
`poll`: the socket, its next deadline, or a byte in the wake-up pipe. Lines to be sent are put into the link by
whoever has them; the sending thread, one per connection, brings to the wire what the link has, and may block there
for as long as the server does not read, without keeping anybody.

What must stay true:
* the lock is held for every touch of session and link, so records go out in order and outputs are given out in
  order; never while waiting, and never across a socket call;
* only the sending thread writes to the socket, only the receiving thread reads from it and closes it;
* after `close` no thread and no socket is left. (One exception, a doubt: looking up a host's name cannot be
  interrupted; the receiving thread is a daemon so that this at least cannot keep the program from ending.)
Beside it: aio.py, where the loop itself is the lock.
"""

import contextlib
import errno
import math
import os
import select
import socket
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeAlias

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
"""Takes what is not the engine's to do: Show, Confirmed, Changed, End. Called in order, with the engine's lock
held: it must neither block nor call the engine."""


class Runner:
    """Runs one client session on threads. Its methods may be called by any thread."""

    def __init__(self, session: ClientSession, target: Target, handler: Handler) -> None:
        self._session = session
        self._target = target
        self._handler = handler
        # guards: session, link, the flags below. rank: leaf, no other lock of ours is taken while it is held but
        # those inside `handler`. never while held: waiting, socket calls.
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        "Notified when the sending thread may have something to do."
        self._link: Link | None = None
        self._connect_after: float | None = 0.0
        self._closing = False
        "The connection is to be closed after what is in the link."
        self._broken = False
        "The connection is to be closed at once."
        self._finished = False
        "Nobody reads from the connection any more."
        self._said_goodbye = False
        self._awaited = math.inf
        "What the receiving thread waits for besides bytes."
        self._aborted = False
        self._fault: BaseException | None = None
        self._over = threading.Event()
        self._waker_out, self._waker_in = os.pipe()
        os.set_blocking(self._waker_in, False)
        self._thread = threading.Thread(target=self._run, name="client-receiver", daemon=True)

    # --- any thread ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def typed(self, text: str) -> None:
        """Say or do what the user typed. Never waits for the network."""
        with self._lock:
            self._obey(self._session.typed(text))

    def leave(self) -> None:
        """Say goodbye; `End` follows when the server has answered."""
        with self._lock:
            self._obey(self._session.leave())

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most so long; return whether it is."""
        return self._over.wait(seconds)

    def close(self, grace: float) -> None:
        """Say goodbye, wait for the server's answer at most `grace` seconds, end everything. Harmless when over.

        Raises what went wrong inside, if it was a fault of this program.
        """
        if self._waker_in < 0:
            return
        self.leave()
        if self._thread.ident is not None:  # an interruption can come before it was started
            self._over.wait(grace)
            with self._lock:
                self._aborted = True
                self._wake()
            self._thread.join()
        with self._lock:
            os.close(self._waker_in)
            os.close(self._waker_out)
            self._waker_in = -1
        if self._fault is not None:
            raise self._fault

    # --- the receiving thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            try:
                self._connections()
            finally:
                with self._lock:
                    self._link = None
                    self._perform(self._session.aborted())
        except BaseException as fault:  # noqa: BLE001 - kept for `close`, which raises it
            self._fault = fault
        finally:
            self._over.set()

    def _connections(self) -> None:
        """Make one connection after another, until it is over."""
        while (delay := self._next_delay()) is not None and self._pause(delay):
            error: ColiseumError | None = None
            try:
                with self._connect() as connection:
                    self._converse(connection)
            except ColiseumError as failure:
                error = failure
            with self._lock:
                self._link = None
                if not self._aborted:
                    self._perform(self._session.lost(error, monotonic()))

    def _next_delay(self) -> float | None:
        """Wait until another connection is wanted; return after how long, or None: there will be none."""
        while not self._unwanted():
            with self._lock:
                delay, self._connect_after = self._connect_after, None
            if delay is not None:
                return delay
            self._wait(None, 0, math.inf)
        return None

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; return False when it is not wanted any more."""
        until = monotonic() + seconds
        while not self._unwanted():
            if monotonic() >= until:
                return True
            self._wait(None, 0, until)
        return False

    def _connect(self) -> socket.socket:
        """Return a connection to the first address that answers. Raises Unavailable."""
        url = self._target.url
        deadline = monotonic() + CONNECT_TIMEOUT
        failure: OSError = TimeoutError()
        try:
            kind = socket.SOCK_DGRAM if url.datagrams else socket.SOCK_STREAM
            infos = socket.getaddrinfo(url.host, url.port, type=kind)
        except (OSError, UnicodeError) as error:
            raise failures.unreachable(url, error) from error
        for place, (family, kind, protocol, _, address) in enumerate(infos):
            # Each address gets its share of the time that is left, so that a dead one does not use up all of it.
            share = (deadline - monotonic()) / (len(infos) - place)
            try:
                connection = socket.socket(family, kind, protocol)
                try:
                    self._connect_to(connection, address, monotonic() + share)
                except BaseException:
                    connection.close()
                    raise
            except OSError as error:
                failure = error
            else:
                prepare(connection)
                return connection
        raise failures.unreachable(url, failure) from failure

    def _connect_to(self, connection: socket.socket, address: Any, deadline: float) -> None:
        """Connect; can be interrupted, unlike a blocking `connect`. Raises OSError."""
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.connect(address)
        while not self._wait(connection, select.POLLOUT, deadline):
            if self._unwanted():
                raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED))
            if monotonic() >= deadline:
                raise TimeoutError
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        connection.setblocking(True)

    def _converse(self, connection: socket.socket) -> None:
        """Use a connection until it ends. Raises ColiseumError when there is no talking over it."""
        with self._lock:
            self._link = link = self._target.link()
            self._closing = self._broken = self._finished = self._said_goodbye = False
            self._session.opened(monotonic())
            self._perform(self._session.received(link.start(monotonic()), monotonic()))
        sender = threading.Thread(target=self._send, args=(connection, link), name="client-sender", daemon=True)
        sender.start()
        try:
            self._receive(connection, link)
        except LinkFailed as failed:
            raise failed.error from failed
        finally:
            self._finish(connection, sender)

    def _receive(self, connection: socket.socket, link: Link) -> None:
        """Read until the connection is over, for whatever reason. Raises LinkFailed."""
        linger = math.inf
        while not link.over:
            with self._lock:
                if self._broken or self._aborted:
                    return
                if self._closing:
                    linger = min(linger, monotonic() + LINGER)
                deadline = self._awaited = min(self._session.deadline(), link.deadline(), linger)
            data = self._read(connection, deadline)
            with self._lock:
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

    def _read(self, connection: socket.socket, until: float) -> bytes | OSError | None:
        """Return what came, empty when nothing more will; None when it is time, or somebody woke us."""
        if not self._wait(connection, select.POLLIN, until):
            return None
        try:
            # Never blocking: a refusal (ICMP) that woke us may have been told to the sending thread meanwhile.
            return connection.recv(READ_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError as error:
            return error

    def _finish(self, connection: socket.socket, sender: threading.Thread) -> None:
        """End the sending thread: it may bring out what is left, but not for long."""
        with self._lock:
            self._closing = self._finished = True
            self._work.notify_all()
            hurry = self._broken or self._aborted
        if not hurry:
            sender.join(LINGER)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)  # wakes the sending thread out of a send
        sender.join()

    # --- the sending thread --------------------------------------------------------------------------------

    def _send(self, connection: socket.socket, link: Link) -> None:
        """Bring what the link has to the wire, until the end; then say goodbye."""
        while pieces := self._next_pieces(link):
            try:
                for piece in pieces:
                    connection.sendall(piece)
            except OSError:
                # The receiving thread meets the same broken connection and reports it; one that only takes
                # nothing more is ended by the signs of life that fail to come. A lost datagram is repeated.
                if link.stream:
                    return
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)

    def _next_pieces(self, link: Link) -> list[bytes]:
        """Wait for something to send and return it; empty when everything was sent, the goodbye as well."""
        with self._lock:
            while not (pieces := link.take()):
                if self._closing and not self._said_goodbye:
                    self._said_goodbye = True
                    link.close(monotonic())
                elif self._said_goodbye and (link.stream or link.over or self._finished):
                    break
                else:
                    self._work.wait()
            return pieces

    # --- waiting -------------------------------------------------------------------------------------------

    def _wait(self, connection: socket.socket | None, events: int, until: float) -> bool:
        """Wait for the socket, a wake-up, or until then; return whether it was the socket."""
        poll = select.poll()
        poll.register(self._waker_out, select.POLLIN)
        if connection is not None:
            poll.register(connection, events)
        seconds = until - monotonic()
        ready = poll.poll(None if seconds == math.inf else max(0, math.ceil(seconds * 1000)))
        if any(fd == self._waker_out for fd, _ in ready):
            os.read(self._waker_out, 4096)
        return any(fd != self._waker_out for fd, _ in ready)

    def _unwanted(self) -> bool:
        with self._lock:
            return self._aborted or self._session.over

    # --- with the lock held --------------------------------------------------------------------------------

    def _obey(self, actions: list[Action]) -> None:
        """Do what the user's wish led to; if that was all, nobody waits for a connection any more."""
        self._perform(actions)
        if any(isinstance(action, End) for action in actions):
            self._broken = True
            self._wake()

    def _wake(self) -> None:
        """Let the receiving thread look again at what it waits for."""
        if self._waker_in >= 0:
            # A full pipe is as good as another byte.
            with contextlib.suppress(BlockingIOError):
                os.write(self._waker_in, b"\0")

    def _perform(self, actions: list[Action]) -> None:
        """Do what the session says, in order."""
        for action in actions:
            match action:
                case Send(line):
                    assert self._link is not None
                    self._link.send(line, monotonic())
                    if self._link.deadline() < self._awaited:
                        self._wake()
                case Connect(after):
                    self._connect_after = after
                    self._wake()
                case Disconnect(abrupt):
                    self._broken = self._broken or abrupt
                    self._closing = True
                case _:
                    if isinstance(action, End):
                        self._closing = True
                    self._handler(action)
        self._work.notify_all()
