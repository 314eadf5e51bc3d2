"""Telling systemd how far the server is (Type=notify): a datagram to the socket that $NOTIFY_SOCKET names.

What must stay true: elsewhere nothing happens; a message that cannot be sent ends nobody's chat (systemd notices
by itself that it waits in vain, and says so).

Source: sd_notify(3), "Well-known assignments".
"""

import contextlib
import os
import socket
import time

_PATIENCE = 1.0
"Seconds, should the socket's queue be full."


def ready() -> None:
    """Say that the server listens, or that a reload is over. May block for a second, as the others here."""
    _notify("READY=1")


def reloading() -> None:
    """Say that the configuration is being read again; `ready` says the end."""
    _notify(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def stopping() -> None:
    """Say that the server is stopping."""
    _notify("STOPPING=1")


def _notify(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # how the abstract namespace is written; its addresses begin with NUL
        address = f"\0{address[1:]}"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
        teller.settimeout(_PATIENCE)
        teller.sendto(state.encode(), address)
