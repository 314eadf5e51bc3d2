"""The contract between links and engines.

A *layer* turns the bytes from below into the bytes for above and back. A *link* is the stack of layers under one
session: bytes from the peer go in, items for the session come out; bytes for the peer go in, wire bytes come out.

What must stay true: no method waits, sleeps or touches a socket; a link is used by one caller at a time (threads:
under the link's lock); after every call that may have produced something, `take` is emptied onto the wire before
anything that a later call produced.
"""

from typing import Protocol

from coliseum.core.inbound import Item


class Link(Protocol):
    """Everything between a transport's bytes and a session's items."""

    def start(self) -> list[Item]:
        """Begin; returns [Ready] at once when nothing has to be negotiated."""

    def receive(self, data: bytes) -> list[Item]:
        """Take in bytes from the peer (empty: the peer will send no more) and return what they say.

        Raises nothing: whatever a peer sends is an item (`Garbled`, `Broken`, `Closed`).
        """

    def send(self, data: bytes) -> None:
        """Take in bytes for the peer; ignored when the link is broken or not ready."""

    def take(self) -> bytes:
        """Return, once, the bytes that are to go onto the wire now."""

    def close(self) -> None:
        """Say goodbye to the peer (TLS: close_notify); `take` returns the bytes for it."""


class Layer(Protocol):
    """One transformation in a link."""

    ready: bool
    "It has negotiated what it needs: bytes from above can pass."

    def start(self) -> None:
        """Begin; what is to be said first is in `take`."""

    def receive(self, data: bytes) -> bytes:
        """Turn bytes from below into bytes for above; answers to below are in `take`.

        Raises LayerBroken when the peer sent what cannot be recovered from.
        """

    def send(self, data: bytes) -> None:
        """Turn bytes from above into bytes for below, in `take`."""

    def take(self) -> bytes:
        """Return, once, the bytes for below."""

    def close(self) -> None:
        """Say goodbye in this layer's way, in `take`."""
