"""What clients did and saw, and whether a correct server could have been at the other end.

The idea: every client keeps a log of its own, in the order in which *it* knew things; there is no common clock,
and none is needed. What one client saw must be true by itself (nothing twice, nothing after the end), and all logs
together must be parts of one story (one order per room, nobody misses what others have around it).

How to keep a log:
* a text is said once in the whole history; a client is one connection; a sender is the client, whatever its nick;
* `Said` and `Tried` are added before they are sent, all others when the line that says so has been read;
* who has asked to go out of a room says nothing more there;
* `Settled(n)` is the barrier: every client of it has been answered to a question, and then, when all were, to a
  second one; the answers came after everything before them. So what they had said was worked on, and what they
  had said in each other's rooms has come. Nobody of them sends anything else from the first question until all
  logs have the record;
* a client that is cut off just has no more records.

What must stay true: a correct server never gives a violation (what logs leave open, nothing is claimed about);
pure; near linear in the number of records. Not here: who keeps logs, and how; the rules (rules.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

KEPT = 3
"Barriers after which nothing of who is gone is still on its way."


@dataclass(frozen=True, slots=True)
class Said:
    """This client says something in a room, as a member of it."""

    room: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """This client asks to be let into a room; also by connecting, where that leads into one."""

    room: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A message has come."""

    room: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Entered:
    """This client was let in."""

    room: str
    members: int = 0
    "How many were inside then, this client included, as far as it was told; 0: it was not."


@dataclass(frozen=True, slots=True)
class LeftRoom:
    """This client is out of a room."""

    room: str
    asked: bool = True
    "It asked for that itself, so everything it had said before was worked on; False: it was put out."


@dataclass(frozen=True, slots=True)
class Denied:
    """A try was refused: `what` is the room of the oldest open `Tried`, or the text of a `Said`."""

    what: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The server has said that this session is over."""

    abrupt: bool = False
    "It was cut off from outside, so what it had asked for just before may be without an answer."


@dataclass(frozen=True, slots=True)
class Settled:
    """The barrier `number` (rising): see the head of this file."""

    number: int


Record = Said | Tried | Heard | Entered | LeftRoom | Denied | Ended | Settled


class Rule(StrEnum):
    """What a server promises."""

    EXACTLY_ONCE = "exactly once"
    NO_LOSS = "no loss on a live session"
    SENDER_ORDER = "per-sender order"
    ROOM_ORDER = "one order per room"
    INSIDE_ONLY = "nothing before entering or after leaving"
    ANSWERED = "every try is answered"
    NOTHING_AFTER_THE_END = "nothing after the end"
    CAPACITY = "capacity is never exceeded"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken."""

    rule: Rule
    sentence: str
    clients: tuple[str, ...]
    texts: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.rule}: {self.sentence}"


@dataclass(slots=True)
class Log:
    """One client's records. Only the thread that is the client adds to it."""

    client: str
    echoes: bool = False
    "It asked to be told what it says itself."
    since: int = -1
    "It connected when all had passed this barrier; -1: before the first, or nobody knows."
    age: int = 0
    "Histories that have followed since the client was at a barrier for the last time."
    records: list[Record] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Add what is known now."""
        self.records.append(record)

    @property
    def settled(self) -> bool:
        """Whether the last thing known is a barrier."""
        return bool(self.records) and isinstance(self.records[-1], Settled)


class History:
    """The logs of everybody who talked with one server."""

    def __init__(self, capacity: int = 0, capacities: dict[str, int] | None = None) -> None:
        """`capacity` is that of all rooms but those in `capacities`; 0: unlimited."""
        self.logs: dict[str, Log] = {}
        self.capacity = capacity
        self.capacities = capacities or {}
        self._late: set[str] = set()
        "What clients that are not settled said and somebody had heard when this history began."

    def client(self, name: str, *, echoes: bool = False, since: int = -1) -> Log:
        """Return a new client's log. One thread at a time; raises ValueError for a name that is there already."""
        if name in self.logs:
            raise ValueError(f"there is a client {name} already")
        log = self.logs[name] = Log(name, echoes, since)
        return log

    def limit(self, room: str) -> int:
        """Return how many may be in `room`; 0: unlimited."""
        return self.capacities.get(room, self.capacity)

    def following(self) -> "History":
        """Return the history that goes on from the last barrier, so that a long run needs no long memory.

        Who is settled begins it inside the same rooms and with the same barrier. Of the others what they said is
        kept until the barrier after the one before which it was first heard: it may still be on its way; but not
        for more than a few barriers.
        """
        heard = {record.text for log in self.logs.values() for record in log.records if isinstance(record, Heard)}
        further = History(self.capacity, self.capacities)
        further._late = heard
        for log in self.logs.values():
            if log.settled:
                kept = [*(Entered(room) for room in _inside(log)), log.records[-1]]
                age = 0
            else:
                kept = _on_their_way(log, self._late)
                age = log.age + 1
            if kept and age <= KEPT:
                further.logs[log.client] = Log(log.client, log.echoes, age=age, records=kept)
        return further

    def __str__(self) -> str:
        """Return all records, client by client: what to print when a run has to be looked at."""
        return "\n".join(f"{log.client}: {record}" for log in self.logs.values() for record in log.records)


def count(history: History) -> Counter[str]:
    """Return how many records of each kind there are."""
    return Counter(type(record).__name__ for log in history.logs.values() for record in log.records)


def _inside(log: Log) -> dict[str, None]:
    rooms: dict[str, None] = {}
    for record in log.records:
        if isinstance(record, Entered):
            rooms[record.room] = None
        elif isinstance(record, LeftRoom):
            rooms.pop(record.room, None)
    return rooms


def _on_their_way(log: Log, arrived: set[str]) -> list[Record]:
    """Return what `log` said but `arrived`; as said on the way in, so nothing is claimed about where it was."""
    kept: list[Record] = []
    rooms: set[str] = set()
    for record in log.records:
        if isinstance(record, Said) and record.text not in arrived:
            if record.room not in rooms:
                rooms.add(record.room)
                kept.append(Tried(record.room))
            kept.append(record)
    return kept
