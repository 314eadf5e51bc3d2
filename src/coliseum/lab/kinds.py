"""The kinds of workloads: what is done to a server, with every parameter in sight.

A *flow* keeps senders as busy as the server allows: each has at most so many messages in flight, that is, said but
not yet with every receiver of its room. *Paced* says messages on a fixed schedule, however the server fares, and
takes the time from the moment a message should have been said, so that a stall is not left out. A *storm* is
everybody coming at once, or coming back. *Idle* is people who are there and say nothing; so they are at a *stop*,
when the server is ended.

What must stay true: a workload is a frozen value that says everything about the load; its `label` is unique.
Not here: which there are (workloads), what is said (records), how it is run (flow, paced, gatherings).
"""

from dataclasses import dataclass

from coliseum.lab import LabError
from coliseum.lab.records import LEAST_TEXT, MOST_SENDERS
from coliseum.wire.endpoint import Limits

SESSIONS = Limits().sessions
"Of one UDP socket of our servers."


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise LabError(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every workload has."""

    name: str
    "What it is called, without its options."
    tls: bool = False
    "Whether everybody connects over TLS."
    quick_ack: bool = False
    """Whether receivers acknowledge TCP segments at once (TCP_QUICKACK). The kernel's own way is to wait up to
    40 ms for something to send along; a server that leaves Nagle's algorithm on waits for it."""
    patience: float = 10.0
    "Seconds without any progress after which a run is given up."

    @property
    def label(self) -> str:
        """The name with its options, as `named` takes it."""
        return self.name + "+tls" * self.tls + "+ack" * self.quick_ack


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(_Common):
    """Senders that are as busy as the server lets them be. Measured: deliveries per second."""

    rooms: int
    "Rooms with traffic."
    members: int
    "Clients in each of them."
    senders: int = 1
    "How many of the members say something; the others only hear."
    in_flight: int = 4
    "Messages of a sender that not all receivers have got, at most."
    text_bytes: int = 100
    "Length of a message's text."
    idle_users: int = 0
    "Further clients, who say nothing, in other rooms."
    idle_rooms: int = 0
    "How many rooms those are in."
    warm_up: float = 0.5
    "Seconds of load before anything is measured."
    seconds: float = 3.0
    "Seconds that are measured."

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.rooms >= 1 and self.members >= 2, "a flow needs a room with two members")
        _require(1 <= self.senders <= min(self.members, MOST_SENDERS), "senders: between 1 and all members")
        _require(self.in_flight >= 1, "in_flight: at least 1")
        _require(LEAST_TEXT <= self.text_bytes <= 400, f"text_bytes: between {LEAST_TEXT} and 400")
        _require(not self.idle_users or self.idle_rooms >= 1, "idle_users need idle_rooms")
        _require(self.seconds > 0, "seconds: more than 0")

    @property
    def clients(self) -> int:
        """How many clients connect."""
        return self.rooms * self.members + self.idle_users


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheduled(_Common):
    """What loads on a fixed schedule have: one sender in each room, who says a message whenever one is due."""

    rooms: int
    members: int
    rate: float
    "Messages per second, in all rooms together; the rooms take turns."
    text_bytes: int = 100
    warm_up: float = 0.5
    seconds: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.rooms >= 1 and self.members >= 2, "a paced load needs a room with two members")
        _require(self.rate > 0 and self.seconds > 0, "rate and seconds: more than 0")
        _require(LEAST_TEXT <= self.text_bytes <= 400, f"text_bytes: between {LEAST_TEXT} and 400")

    @property
    def clients(self) -> int:
        """How many clients connect."""
        return self.rooms * self.members


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced(_Scheduled):
    """One sender in each room, on a fixed schedule. Measured: latency, the server's CPU time per delivery.

    How many messages are said depends on these numbers alone, so it is the same for every server.
    """

    slow: int = 0
    """Further members of each room who stop reading once everybody is in. What is for them waits, in buffers and
    then in the server, which cuts them off when it is too much. Not they are checked and timed, but the `members`:
    what do the slow cost them?"""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _Scheduled.__post_init__(self)  # not `super()`: a class with slots is not the one that was written here
        _require(self.slow >= 0, "slow: at least 0")

    @property
    def clients(self) -> int:
        """How many clients connect."""
        return self.rooms * (self.members + self.slow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Datagrams(_Scheduled):
    """The same over our own protocol on UDP, which servers of others do not have (docs/reference/udp.md)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(
            not self.tls and not self.quick_ack, f"{self.name} has neither TLS nor the kernel's acknowledgements"
        )
        _Scheduled.__post_init__(self)
        _require(self.clients <= SESSIONS, f"one socket for UDP has {SESSIONS} sessions at most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm(_Common):
    """Everybody comes at once. Measured: arrivals per second, how long each took.

    Over TLS every connection is a full handshake: nobody resumes an earlier session (Result.tls would say so).
    """

    clients: int
    at_once: int
    "How many are on their way in at any time."
    rooms: int = 0
    """0: who is registered has arrived. Else client number i also joins room i % rooms, and has arrived when that
    was answered; those who are there already are told."""
    again: int = 0
    """1: they come back. Everybody is in, which is not measured, when all connections break at one moment (a
    reset, as when a network fails); all come again, with new nicks, because the old ones may still be there. Times
    are taken from that moment, for each of them, so they say how long a person is away."""

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.clients >= 1 and self.at_once >= 1, "clients and at_once: at least 1")
        _require(self.rooms >= 0, "rooms: at least 0")
        _require(self.again in {0, 1}, "again: 0 or 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(_Common):
    """People who are there and say nothing. Measured: memory of the server for each."""

    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(_Common):
    """People who say nothing, and a server that is told to end. Measured: how long it takes to, with all told."""

    clients: int
    members: int = 10
    "How many of them are in a room."

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        _require(self.clients >= 1 and self.members >= 1, "clients and members: at least 1")


Workload = Flow | Paced | Datagrams | Storm | Idle | Stop
