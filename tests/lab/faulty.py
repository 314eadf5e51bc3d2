"""A tiny IRC server that does one thing wrong, on a thread of its own: what a load generator has to notice."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Fault = Callable[[int, list[bytes]], list[bytes]]
"Gets the number of a delivery and the lines for one receiver; returns what is sent instead."


def drop(every: int) -> Fault:
    return lambda number, lines: lines[1:] if number % every == 0 else lines


def double(every: int) -> Fault:
    return lambda number, lines: [lines[0], *lines] if number % every == 0 else lines


def change(every: int) -> Fault:
    """Change the text alone: a changed name or room would be a message that strayed."""

    def changed(line: bytes) -> bytes:
        head, colon, text = line.partition(b" :")
        return head + colon + text.replace(b"c", b"x")

    return lambda number, lines: [changed(lines[0]), *lines[1:]] if number % every == 0 else lines


def reorder(every: int) -> Fault:
    """Swap two lines, as soon as a receiver gets two at once."""
    due = False

    def fault(number: int, lines: list[bytes]) -> list[bytes]:
        nonlocal due
        due = due or number % every == 0
        if not due or len(lines) < 2:
            return lines
        due = False
        return [lines[1], lines[0], *lines[2:]]

    return fault


class Background:
    """Something that serves on a thread of its own while the context lasts, until `_wake` can be read."""

    def __init__(self) -> None:
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waker.send(b"x")
        self._thread.join()
        for one in (self._wake, self._waker):
            one.close()
        self._close()

    def _serve(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        """Close everything else."""
        raise NotImplementedError


class FaultyServer(Background):
    """Serves on `port` while the context lasts."""

    def __init__(self, fault: Fault = lambda _, lines: lines, *, echo: bool = False, pongs: int = 1 << 30) -> None:
        """`echo`: senders get their own messages, too. `pongs`: how many PINGs are answered."""
        super().__init__()
        self._fault = fault
        self._echo = echo
        self._pongs = pongs
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._rooms: dict[bytes, list[socket.socket]] = {}
        self._nicks: dict[socket.socket, bytes] = {}
        self._rests: dict[socket.socket, bytes] = {}
        self._delivered = 0

    def _close(self) -> None:
        for connection in (*self._rests, self._listener):
            connection.close()
        self._selector.close()

    def _serve(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake:
                    return
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._selector.register(connection, selectors.EVENT_READ)
                    self._rests[connection] = b""
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._read(key.fileobj)

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._selector.unregister(connection)
            connection.close()
            del self._rests[connection]
            for members in self._rooms.values():
                if connection in members:
                    members.remove(connection)
            return
        *lines, self._rests[connection] = (self._rests[connection] + data).split(b"\r\n")
        said: dict[bytes, list[bytes]] = {}
        for line in lines:
            command, _, rest = line.partition(b" ")
            if command == b"PRIVMSG":
                full = b":" + self._nicks[connection] + b"!u@h " + line + b"\r\n"
                said.setdefault(rest.partition(b" ")[0], []).append(full)
            else:
                self._command(connection, command, rest)
        for room, messages in said.items():
            for member in self._rooms[room]:
                if member is not connection or self._echo:
                    self._delivered += 1
                    self._send(member, *self._fault(self._delivered, messages))

    def _command(self, connection: socket.socket, command: bytes, rest: bytes) -> None:
        if command == b"NICK":
            self._nicks[connection] = rest
        elif command == b"USER":
            self._send(connection, b"PING :are you there\r\n:s 001 x :hi\r\n:s 422 x :no motd\r\n")
        elif command == b"JOIN":
            self._rooms.setdefault(rest, []).append(connection)
            self._send(connection, b":s 366 x " + rest + b" :end\r\n")
        elif command == b"PING" and self._pongs > 0:
            self._pongs -= 1
            self._send(connection, b":s PONG s " + rest + b"\r\n")

    @staticmethod
    def _send(connection: socket.socket, *lines: bytes) -> None:
        with contextlib.suppress(OSError):  # the generator has seen enough, and left
            connection.sendall(b"".join(lines))
