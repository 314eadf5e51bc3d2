"""One TLS connection, used by two threads at once: one writes, one reads the echo. How many survive it?

Usage: python two_threads_one_tls.py alone|socket|layer
alone: one thread does both in turn, for comparison. socket: two threads use one SSLSocket. layer: two threads use
Coliseum's TlsLayer under a lock that nobody holds while waiting for the peer. Each connection has a process of its
own, because the interpreter itself may crash.
"""

import os
import platform
import signal
import socket
import ssl
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from stage import chosen

from coliseum.services import certificates
from coliseum.wire.tls import TlsLayer

CONNECTIONS, MESSAGES, MESSAGE = 40, 300, b"x" * 64
PATIENCE = {"alone": 20, "socket": 3, "layer": 20}  # seconds until a connection counts as standing still
STANDING = 2  # so many of those are enough


class Layered:
    """A socket and a TlsLayer, to be used by two threads."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        self._socket, self._lock = connection, threading.Lock()
        self._layer = TlsLayer(context, server_side=False, server_hostname="localhost")
        self._layer.start()
        connection.sendall(self._layer.take())
        while not self._layer.ready:
            self._take_in(connection.recv(4096))

    def recv(self, size: int) -> bytes:
        """Wait without the lock, decrypt with it."""
        while data := self._socket.recv(size):
            if plain := self._take_in(data):
                return plain
        return b""

    def sendall(self, data: bytes) -> None:
        """Encrypt and send with the lock: records have to go out in order."""
        with self._lock:
            self._layer.send(data)
            self._socket.sendall(self._layer.take())

    def _take_in(self, data: bytes) -> bytes:
        with self._lock:
            plain = self._layer.receive(data)
            self._socket.sendall(self._layer.take())
            return plain


def echo(connection: socket.socket, files: certificates.Files) -> None:
    """Be the peer: send back what comes. One thread, so nothing is wrong here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    with context.wrap_socket(connection, server_side=True) as peer:
        while data := peer.recv(4096):
            peer.sendall(data)


def one_connection(kind: str, files: certificates.Files) -> None:
    """Write and read at once, in a process of its own; the exit code is 0 when all came back."""
    signal.alarm(PATIENCE[kind])  # ends the process
    near, far = socket.socketpair()
    threading.Thread(target=echo, args=(far, files), daemon=True).start()
    context = certificates.client_context(files.ca)
    shared = Layered(near, context) if kind == "layer" else context.wrap_socket(near, server_hostname="localhost")
    if kind != "alone":
        threading.Thread(target=lambda: [shared.sendall(MESSAGE) for _ in range(MESSAGES)], daemon=True).start()
    missing = MESSAGES * len(MESSAGE)
    while missing:
        if kind == "alone":
            shared.sendall(MESSAGE)
        data = shared.recv(4096)
        if not data:
            break
        missing -= len(data)
    os._exit(0 if missing == 0 else 1)


kind = chosen(*PATIENCE)
with tempfile.TemporaryDirectory() as directory:
    files = certificates.ensure(Path(directory), ["localhost"], datetime.now(UTC))
    codes: list[int] = []
    while len(codes) < CONNECTIONS and codes.count(-signal.SIGALRM) < STANDING:
        child = os.fork()
        if not child:
            os.close(2)  # the tracebacks of broken connections
            try:
                one_connection(kind, files)
            finally:
                os._exit(1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
print(f"{sum(map(bool, codes))} of {len(codes)} connections broke", end=": ")
print(f"{codes.count(-signal.SIGALRM)} stood still, {codes.count(-signal.SIGSEGV)} crashed the interpreter")
