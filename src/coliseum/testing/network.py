"""The network: streams that bring bytes late and in pieces, and datagrams that get lost.

The idea: a `Pipe` is one direction of a stream. What goes in at one end comes out at the other after a while, in
order, cut wherever the seed likes; it holds a bounded number of bytes, so a slow reader makes a writer stall. A
`Wire` is two pipes, which can be cut together. `Air` carries datagrams: late, in another order, twice, never.

What must stay true: a pipe loses, doubles and reorders nothing until it is cut; after the cut nothing comes out
but the news of it. Where bytes are cut depends on how many they are only in proportion.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from coliseum.testing.scheduler import Scheduler
from coliseum.wire.contract import Address


class End(Protocol):
    """Whoever reads from one pipe and writes to another."""

    def arrived(self, data: bytes) -> None:
        """Take in what came out; empty: nothing more will."""

    def writable(self) -> None:
        """Write on: there is room again in what was full."""

    def lost(self) -> None:
        """Take in that the connection was cut."""


class Pipe:
    """One direction of a stream."""

    def __init__(self, scheduler: Scheduler, latency: float, room: int, cutting: float) -> None:
        """`room` is how many bytes fit; `cutting` the share of deliveries that bring only a piece."""
        self.reader: End
        self.writer: End
        self._scheduler = scheduler
        self._latency = latency
        self._room = room
        self._cutting = cutting
        self._inside = b""
        self._ending = False
        "Nothing more will be put in."
        self._refused = False
        "The writer waits for room."
        self._coming = False
        "A delivery is on the agenda."
        self._paused = False
        self._broken = False

    def put(self, data: bytes) -> int:
        """Take in as much of `data` as there is room for; return how many bytes."""
        if self._broken or self._ending:
            return len(data)  # into the void; the news is on its way
        taken = max(0, min(len(data), self._room - len(self._inside)))
        self._inside += data[:taken]
        self._refused = taken < len(data)
        self._look()
        return taken

    def end(self) -> None:
        """Put in nothing more: when all has come out, the reader is told."""
        if not self._ending:
            self._ending = True
            self._look()

    def pause(self) -> None:
        """Bring the reader nothing for now."""
        self._paused = True

    def resume(self) -> None:
        """Bring the reader what there is again."""
        self._paused = False
        self._look()

    def broke(self) -> None:
        """Lose what is inside; both ends are told, at different times."""
        self._broken = True
        self._inside = b""

    def _look(self) -> None:
        """See to it that what is inside comes out."""
        if not self._coming and not self._paused and (self._inside or self._ending):
            self._coming = True
            self._scheduler.soon(self._deliver, self._latency)

    def _deliver(self) -> None:
        self._coming = False
        if self._broken or self._paused:
            return
        data = self._inside
        if data and self._cutting and self._scheduler.chance(self._cutting):
            data = data[: 1 + int(len(data) * self._scheduler.random.random())]
        self._inside = self._inside[len(data) :]
        if not data:
            self._broken = True  # it is over, in good order
            self.reader.arrived(b"")
            return
        if self._refused:
            self._refused = False
            self._scheduler.soon(self._tell_writer, self._latency)
        self.reader.arrived(data)
        self._look()

    def _tell_writer(self) -> None:
        if not self._broken:
            self.writer.writable()


class Wire:
    """A stream between a client and the server."""

    def __init__(self, scheduler: Scheduler, *, latency: float, room: int, cutting: float) -> None:
        self._scheduler = scheduler
        self.up = Pipe(scheduler, latency, room, cutting)
        "From the client to the server."
        self.down = Pipe(scheduler, latency, room, cutting)
        self._cut = False

    def join(self, client: End, server: End) -> None:
        """Say who is at the ends."""
        self.up.writer = self.down.reader = client
        self.up.reader = self.down.writer = server

    def cut(self) -> None:
        """End it at once, from either side: what is under way is lost, and the ends find out by and by."""
        if not self._cut:
            self._cut = True
            self.up.broke()
            self.down.broke()
            for end in (self.up.reader, self.down.reader):
                self._scheduler.soon(end.lost, 0.05)


class Air:
    """What datagrams fly through."""

    def __init__(self, scheduler: Scheduler, *, trouble: float) -> None:
        """`trouble` is the share that is lost, that of those which come twice, and that of late ones."""
        self._scheduler = scheduler
        self._trouble = trouble
        self.receivers: dict[Address, Callable[[bytes, Address], None]] = {}
        "Who gets what is sent to an address."

    def send(self, data: bytes, source: Address, to: Address) -> None:
        """Send one datagram, or lose it."""
        chance = self._scheduler.chance
        for _ in range(1 + chance(self._trouble)):
            if not chance(self._trouble):
                late = 0.3 if chance(self._trouble) else 0.02
                self._scheduler.soon(partial(self._arrive, data, source, to), late)

    def _arrive(self, data: bytes, source: Address, to: Address) -> None:
        receiver = self.receivers.get(to)
        if receiver is not None:
            receiver(data, source)


@dataclass(frozen=True)
class Weather:
    """How bad the network is in one run."""

    latency: float = 0.01
    room: int = 65536
    "Bytes that a pipe holds."
    cutting: float = 0.0
    trouble: float = 0.0
