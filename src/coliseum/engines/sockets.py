"""Sockets that both engines use in the same way: the same options, so that comparing them is fair.

TCP_NODELAY: a chat line must not wait for the acknowledgement of the one before. Keepalive and TCP_USER_TIMEOUT: a
peer that vanished without a word (a closed laptop) is found in about two minutes, whether the line was silent
(probes) or not (bytes that nobody acknowledges, which the kernel would otherwise repeat for a quarter of an hour).
"""

import contextlib
import errno
import resource
import socket

from coliseum.errors import CannotCreate

BACKLOG = 1024
_VANISHED = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 120_000}
"Seconds of silence before the first probe, seconds between probes, probes; milliseconds without acknowledgement."

_UNHEARD = 4096
"Bytes that somebody may have sent before they were turned away."

SPARE = 64
"Descriptors that are not for connections: listeners, the log, files that are read, whoever is being turned away."

_DATAGRAM_BUFFER = 1024 * 1024
"Bytes of datagrams that the kernel keeps while we are busy (it may allow less): a burst is not lost."


def bind(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[socket.socket]:
    """Return sockets bound to every address of `host` (empty: all of this machine); those for streams listen.

    Port 0 takes a free one, the same for all addresses. Raises CannotCreate with the reason; then nothing is
    left open.
    """
    try:
        infos = socket.getaddrinfo(host or None, port, type=kind, flags=socket.AI_PASSIVE)
    except OSError as error:
        where = f"{host}:{port}"
        raise CannotCreate("cannot listen on {where}: {reason}", where=where, reason=error.strerror) from error
    # Each address once; IPv4 first, so that port 0 is chosen there and taken over for the others.
    found = dict.fromkeys((family, address) for family, _, _, _, address in infos)
    addresses = sorted(found, key=lambda a: a[0] != socket.AF_INET)
    sockets: list[socket.socket] = []
    try:
        for family, address in addresses:
            chosen = sockets[0].getsockname()[1] if sockets else port
            try:
                sockets.append(_bind(family, kind, (address[0], chosen, *address[2:])))
            except OSError as error:
                # A machine without IPv6 still has the name ::1 for localhost.
                if sockets and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    continue
                raise
    except OSError as error:
        for made in sockets:
            made.close()
        where = f"{host or '*'}:{port}"
        if error.errno == errno.EADDRINUSE:
            raise CannotCreate(
                "cannot listen on {where}: the port is in use (another server? --listen takes another port)",
                where=where,
            ) from error
        raise CannotCreate("cannot listen on {where}: {reason}", where=where, reason=error.strerror) from error
    return sockets


def prepare(connection: socket.socket) -> None:
    """Set what every accepted or made connection has; a peer that is gone already does no harm."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _VANISHED.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def turn_away(connection: socket.socket, words: bytes) -> None:
    """Say `words` to a peer that is not let in, and close; never waits."""
    connection.setblocking(False)
    with contextlib.suppress(OSError):
        connection.send(words)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(_UNHEARD)  # what is closed unread makes the kernel reset the connection, words and all
    connection.close()


def most_connections() -> int:
    """Return how many connections this process has descriptors for, with some to spare for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if soft == resource.RLIM_INFINITY else max(1, soft - SPARE)


def peer_name(address: tuple[str, int]) -> str:
    """Return an address as people write it: `127.0.0.1:4711`, `[::1]:4711`."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address_of(peer: str) -> str:
    """Return the address in what `peer_name` returned, without the port."""
    return peer.rpartition(":")[0].strip("[]")


def _bind(family: int, kind: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:  # for datagrams it would let two servers share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _DATAGRAM_BUFFER)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        if kind == socket.SOCK_STREAM:
            made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made
