"""The contract between links, endpoints and engines.

A *layer* turns the bytes from below into the bytes for above and back. A *link* is the stack of layers under one
session: bytes from the peer go in, items for the session come out; bytes for the peer go in, wire bytes come out.

What must stay true: no method waits, sleeps or touches a socket; a link is used by one caller at a time (threads:
under the link's lock); wire bytes go onto the wire in the order in which the calls returned them.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from coliseum.core.inbound import Item

Address: TypeAlias = tuple[str, int]
"Host and port, as a socket says them."
T = TypeVar("T", bound=Hashable)
T_co = TypeVar("T_co", covariant=True)


class Link(Protocol):
    """Everything between a transport's bytes and a session's items."""

    def start(self) -> list[Item]:
        """Begin; returns [Ready] at once when nothing has to be negotiated."""

    def receive(self, data: bytes) -> list[Item]:
        """Take in bytes from the peer (empty: the peer will send no more) and return what they say.

        Raises nothing: whatever a peer sends is an item (`Garbled`, `Broken`, `Closed`). What the link itself
        has to answer is in `take`.
        """

    def send(self, data: bytes) -> bytes:
        """Return the wire bytes that bring `data` to the peer; nothing when the link is broken or not ready."""

    def take(self) -> bytes:
        """Return, once, what the link itself has to say to the peer (a handshake)."""

    def close(self) -> bytes:
        """Return the wire bytes that say goodbye to the peer (TLS: close_notify)."""


# --- datagrams -----------------------------------------------------------------------------------------------


class DatagramLink(Protocol):
    """Everything between the datagrams of one address and a session's items; the first item is Ready."""

    repeats: bool
    "What got lost is sent again, and an end is agreed upon; or else a datagram is a datagram."
    holding: bool
    "Set it while the session has enough to do: no new lines come out, and the peer is not given up for it."

    @property
    def unsent(self) -> int:
        """Bytes that wait, or that the peer has not acknowledged."""

    def receive(self, datagram: bytes, now: float) -> list[Item]:
        """Take in a datagram; return what it says. Raises nothing."""

    def send(self, data: bytes, now: float) -> bool:
        """Take in bytes for the peer (whole lines); False: the bound is passed, end the session."""

    def take(self) -> list[bytes]:
        """Return, once, the datagrams that are to go out now."""

    def deadline(self) -> float | None:
        """Return when `tick` is due; None: never."""

    def tick(self, now: float) -> list[Item]:
        """Do what is due; return what became of it (`Broken`). Harmless when nothing is due."""

    def close(self, now: float) -> None:
        """Say goodbye after what was sent; harmless when repeated."""

    @property
    def finished(self) -> bool:
        """Nothing will go out any more, and nothing need be answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Send this to the address; no session is concerned."""

    data: bytes
    reason: str = ""
    "As in Nothing, when it is a no."


@dataclass(frozen=True, slots=True)
class Nothing:
    """Drop it; the reason is for the log's counters."""

    reason: str


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """Give the datagram to the link of this conversation."""

    conversation: T_co


@dataclass(frozen=True, slots=True)
class Made(Generic[T_co]):
    """A new conversation: start it, then give it the datagram. End the evicted; the table has forgotten them."""

    conversation: T_co
    evicted: list[T_co]


class Endpoint(Protocol[T]):
    """Many sessions on one socket: says which conversation a datagram belongs to. One caller at a time."""

    def __len__(self) -> int:
        """Return how many conversations there are."""

    def sort(self, data: bytes, address: Address, now: float) -> Reply | Known[T] | Made[T] | Nothing:
        """Say what to do with a datagram that came from `address`."""

    def drop(self, conversation: T) -> None:
        """Forget a conversation that has ended; harmless when it is forgotten already."""

    def expire(self, now: float) -> list[T]:
        """Forget and return the conversations that were silent for too long: end them."""

    def deadline(self) -> float | None:
        """Return when `expire` is due; None: never."""
