"""What an engine is given and what it promises; the same for both.

An engine is given a world, listeners and services. It promises, for every connection:

* `Listener.open` makes the session and its link, or turns the peer away; from then on the engine moves bytes
  between socket and link and items between link and session, one caller at a time in the world and one in each
  link;
* an effect is performed while the world is not held, the session's next line waits for it, others go on;
* after every batch the mailboxes are flushed: by whoever filled them (threads) or once per turn of the loop;
* `Session.gone` is called exactly once, when the connection no longer exists;
* a fault in the program ends the one session in which it happened, with its traceback in the log;
* stopping goes in this order: stop accepting, tell every session, flush for a grace period, abort, join.

What must stay true: no rule of the chat is in an engine. Nothing here knows which engine runs.
"""

import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from coliseum.core.effects import Effect
from coliseum.core.kinds import Reason
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.core.world import Note, World
from coliseum.engines.datagrams import DatagramListener
from coliseum.wire.contract import Link

Perform: TypeAlias = Callable[[Effect], object]
"Performs an effect by blocking the calling thread; any thread may call it."

READ_SIZE = 64 * 1024
"Bytes taken from a socket at once, and so the size of a batch."

ACCEPT_PAUSE = 0.5
"Seconds without accepting after a failure that is not the peer's (no descriptors or no memory left)."


class Opener(Protocol):
    """Makes the session and the link of a new connection."""

    def __call__(self, peer: str) -> tuple[Session, Link] | bytes:
        """Return them for a connection from `peer`, or what is said to it before it is closed: it is not let in.

        Called with the world held.
        """


@dataclass(frozen=True)
class Listener:
    """Somewhere to accept connections."""

    scheme: str
    "As in its URL: tls, tcp."
    sockets: list[socket.socket]
    "Bound and listening; the engine closes them."
    open: Opener


class Shortage:
    """A failure to accept that is not the peer's: said once when it begins, and once when it is over."""

    def __init__(self, scheme: str, note: Note) -> None:
        self._scheme = scheme
        self._note = note
        self._lasts = False

    def failed(self, error: OSError) -> None:
        """Take in that nobody can be accepted."""
        if not self._lasts:
            self._note("accept.failed", listener=self._scheme, error=error.strerror)
        self._lasts = True

    def accepted(self) -> None:
        """Take in that somebody was."""
        if self._lasts:
            self._note("accept.resumed", listener=self._scheme)
        self._lasts = False


@dataclass(frozen=True)
class Parts:
    """What an engine runs."""

    world: World
    listeners: list[Listener]
    datagrams: list[DatagramListener]
    perform: Perform
    note: Note


def now() -> Moment:
    """Return what time it is."""
    return Moment(time.monotonic(), time.time_ns())


def end_by_fault(session: Session, note: Note, fault: BaseException) -> None:
    """Log a fault of the program and end the one session in which it happened. Call with the world held."""
    trace = "".join(traceback.format_exception(fault))
    note("fault", session=session.id, error=type(fault).__name__, traceback=trace)
    session.close(Reason.INTERNAL_ERROR)
