"""Connections of the generator: plain and TLS, never waiting, one thread.

The idea: a wire reads into somebody else's buffer and takes all that it is given to write; what the kernel does
not take is kept, and the poller tells when it goes on. TLS is OpenSSL between two memory buffers, as in
coliseum.wire.tls, but made for this: one read per readiness, decrypted straight into the buffer of the check.

What must stay true: `read` leaves nothing behind that the poller does not know about, when `into` has LARGEST
bytes; nothing here blocks; `events` is what the poller has to wait for.
"""

import contextlib
import os
import select
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Final

READ: Final = 128 * 1024
"Bytes of TLS that are read from the kernel at once, at most."
LARGEST: Final = READ + 32 * 1024
"Bytes that a read needs room for: with TLS, a record that had begun before may become complete."

_IN: Final = select.EPOLLIN
_IN_AND_OUT: Final = select.EPOLLIN | select.EPOLLOUT
_NARROW_BUFFER: Final = 4096
"Bytes of SO_RCVBUF; the kernel doubles it."
_NARROW_SEGMENT: Final = 536
"Bytes of TCP_MAXSEG: what everybody must accept (RFC 9293). With loopback's 64 KiB much more would be on its way."
_RESET: Final = struct.pack("ii", 1, 0)
_BIND_ADDRESS_NO_PORT: Final = 24
"IP_BIND_ADDRESS_NO_PORT (linux/in.h): the port is chosen when connecting, so that many targets can share it."


class Plain:
    """A TCP connection that is being made, or is made. All methods raise OSError when it is broken."""

    def __init__(
        self, address: tuple[str, int], source: str = "", *, quick_ack: bool = False, narrow: bool = False
    ) -> None:
        """Begin to connect to a numeric address; from the address `source`, if it is not empty.

        `narrow`: little fits into the connection, so that a server soon notices when nobody reads.
        """
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.events = _IN_AND_OUT
        self.read: Callable[[memoryview], int] = self._receive_and_ack if quick_ack else self.socket.recv_into
        """Reads what has come; returns how many bytes; 0: see `nothing`. Raises BlockingIOError when there is
        nothing. The socket's own method where that will do: it is called for everything that comes."""
        self._backlog = b""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if narrow:  # before connecting: the window and the size of segments are agreed upon then
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW_BUFFER)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _NARROW_SEGMENT)
            if source:
                self.socket.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
                self.socket.bind((source, 0))
            with contextlib.suppress(BlockingIOError):
                self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    @property
    def agreed(self) -> str:
        """What a handshake led to: version and cipher of TLS, "(resumed)" if it was none; empty without TLS."""
        return ""

    def advance(self) -> bool:
        """Go on connecting, when the poller reports something; say whether data may be written from now on."""
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        self.events = _IN
        return True

    def nothing(self) -> None:
        """Deal with a `read` that returned 0. Raises EOFError when that is the end."""
        raise EOFError("the server closed the connection")

    def write(self, data: bytes) -> None:
        """Send, and keep what cannot be sent yet."""
        if self._backlog:
            self._backlog += data
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._backlog = data[sent:]
            self.events = _IN_AND_OUT

    def flush(self) -> None:
        """Send what was kept, as far as it goes, when the poller reports that it does."""
        data, self._backlog, self.events = self._backlog, b"", _IN
        self.write(data)

    def _receive_and_ack(self, into: memoryview) -> int:
        size = self.socket.recv_into(into)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return size

    def close(self) -> None:
        """Close at once (with a reset, so that the port is free again)."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.socket.close()


class Secure(Plain):
    """The same over TLS; connecting includes the handshake."""

    _raw = memoryview(bytearray(READ))  # one for all: it is used within `read` alone

    def __init__(
        self,
        context: ssl.SSLContext,
        hostname: str,
        address: tuple[str, int],
        source: str = "",
        *,
        quick_ack: bool = False,
        narrow: bool = False,
    ) -> None:
        """Begin to connect; the server must prove to be `hostname`, unless `context` says that it need not."""
        super().__init__(address, source, quick_ack=quick_ack, narrow=narrow)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        self._connected = False
        self._receive, self.read = self.read, self._decrypt

    @property
    def agreed(self) -> str:
        """What the handshake led to."""
        cipher = self._object.cipher()
        resumed = " (resumed)" if self._object.session_reused else ""
        return f"{self._object.version()} {cipher[0]}{resumed}" if cipher else ""

    def advance(self) -> bool:
        """Go on with connection and handshake; say whether data may be written from now on."""
        if not self._connected:
            self._connected = super().advance()
        else:
            if self.events & select.EPOLLOUT:
                self.flush()
            with contextlib.suppress(BlockingIOError):
                size = self._receive(self._raw)
                if not size:
                    super().nothing()
                self._incoming.write(self._raw[:size])
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            ready = False
        else:
            ready = True
        if self._outgoing.pending:
            super().write(self._outgoing.read())
        return ready

    def nothing(self) -> None:
        """Go on: 0 bytes were read because no whole record had come."""

    def write(self, data: bytes) -> None:
        """Encrypt, send, and keep what cannot be sent yet."""
        self._object.write(data)
        super().write(self._outgoing.read())

    def flush(self) -> None:
        """Send what was kept, as far as it goes."""
        data, self._backlog, self.events = self._backlog, b"", _IN
        if data:
            super().write(data)

    def _decrypt(self, into: memoryview) -> int:
        """Read and decrypt; return 0 when no whole record has come. Raises EOFError at the end."""
        size = self._receive(self._raw)
        if not size:
            super().nothing()
        self._incoming.write(self._raw[:size])
        total = 0
        try:
            while self._incoming.pending:
                # typeshed knows `read` without a buffer only to return bytes; with one it returns their number.
                total += self._object.read(len(into) - total, into[total:])  # type: ignore[operator]
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            if not total:
                super().nothing()
        return total
