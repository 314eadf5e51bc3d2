"""Looking at the sockets of a running server, as the kernel has them (Linux).

The idea: what options a socket has is what the kernel says of it, not what a source says. A process may have
another's descriptor duplicated if it may trace it, as a parent may its child (pidfd_getfd(2)), and then ask.

What must stay true: nothing is changed, and what was duplicated is closed at once. Not here: what it means
(compare/fairness.py).
"""

import contextlib
import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from coliseum.lab import LabError

_PIDFD_GETFD: Final = 438
"The number of the call, the same on every architecture (linux/unistd.h)."

OPTIONS: Final = {
    "TCP_NODELAY": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "TCP_CORK": (socket.IPPROTO_TCP, 3),
    "TCP_NOTSENT_LOWAT": (socket.IPPROTO_TCP, 25),
    "TCP_USER_TIMEOUT": (socket.IPPROTO_TCP, 18),
    "TCP_KEEPIDLE": (socket.IPPROTO_TCP, 4),
    "TCP_KEEPINTVL": (socket.IPPROTO_TCP, 5),
    "TCP_KEEPCNT": (socket.IPPROTO_TCP, 6),
    "SO_KEEPALIVE": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "SO_SNDBUF": (socket.SOL_SOCKET, socket.SO_SNDBUF),
    "SO_RCVBUF": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "SO_PRIORITY": (socket.SOL_SOCKET, 12),
    "IP_TOS": (socket.IPPROTO_IP, socket.IP_TOS),
}
"By name; numbers where Python has no name for one on every system that it runs on (linux/tcp.h, linux/socket.h)."


@contextlib.contextmanager
def sockets(pid: int) -> Iterator[list[socket.socket]]:
    """Give the sockets of a process while the context lasts, as duplicates. Raises LabError when it may not."""
    library = ctypes.CDLL(None, use_errno=True)
    found: list[socket.socket] = []
    try:
        process = os.pidfd_open(pid)
        try:
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                    if not str(entry.readlink()).startswith("socket:"):
                        continue
                    number = library.syscall(_PIDFD_GETFD, process, int(entry.name), 0)
                    if number < 0:
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                    found.append(socket.socket(fileno=number))
        finally:
            os.close(process)
        yield found
    except (OSError, AttributeError) as error:
        raise LabError(f"cannot look at the sockets of process {pid}: {error}") from error
    finally:
        for one in found:
            one.close()


def options(found: socket.socket) -> dict[str, str]:
    """Return what the kernel says of a socket, by the name of the option; those that its kind has."""
    values = {}
    for name, (level, number) in OPTIONS.items():
        with contextlib.suppress(OSError):  # a socket of another kind
            values[name] = str(found.getsockopt(level, number))
    with contextlib.suppress(OSError):
        congestion = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
        values["TCP_CONGESTION"] = congestion.rstrip(b"\0").decode()
    on, seconds = struct.unpack("ii", found.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
    values["SO_LINGER"] = f"{seconds} s" if on else "off"
    return values


def backlog(listening: socket.socket) -> int:
    """Return how many connections may wait to be accepted (of a listening socket, tcp_info says: tcpi_sacked)."""
    info = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
    return int(struct.unpack_from("I", info, 28)[0])


def is_listening(found: socket.socket) -> bool:
    """Say whether connections are accepted on it."""
    return found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) != 0
