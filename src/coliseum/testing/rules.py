"""The rules: reads the logs of a history and says what no correct server could have done.

The idea: three passes. Who said what where; what each client knew by itself, which also gives the arrows ("I heard
this after that") and the *stays* (what somebody had of a room from coming in until going out); then, per room,
whether all arrows agree and whether any stay has a hole.

Arrows, each of them certain: a client hears in the room's order; what it heard before it said something was said
before that; what it says, it says in order; what somebody who was at a barrier said before it was said before the
barrier, and what they said later, after it. (Others may have bytes on their way at that time.)

What must stay true: as in history.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from coliseum.testing.history import (
    Denied,
    Ended,
    Entered,
    Heard,
    History,
    LeftRoom,
    Log,
    Record,
    Rule,
    Said,
    Settled,
    Tried,
    Violation,
)
from coliseum.testing.ordering import Order

Point = str | int
"A message by its text, or a barrier by its number."


@dataclass(slots=True)
class _Saying:
    client: str
    room: str
    number: int
    "Which of the client's sayings."
    accepted: bool
    "The server took it in: somebody heard it, or it must have."


@dataclass(slots=True)
class _Stay:
    log: Log
    room: str
    has: list[Point] = field(default_factory=list)
    "Barriers, what was heard, and what it said itself."
    ends: list[Point] = field(default_factory=list)
    "Those of them up to which everything has certainly come: not what it has just said itself."

    def take(self, point: Point) -> None:
        self.has.append(point)
        self.ends.append(point)

    def close(self) -> None:
        """It has seen the end of its stay, so everything before that."""
        self.ends = self.has


def check(history: History) -> list[Violation]:
    """Return everything that a correct server could not have done; nothing for a correct one."""
    sayings = _sayings(history)
    rooms: dict[str, Order[Point]] = defaultdict(Order)
    barriers = {
        log.client: {record.number for record in log.records if isinstance(record, Settled)}
        for log in history.logs.values()
    }
    readers = [_Reader(log, history, sayings, barriers, rooms) for log in history.logs.values()]
    violations = [violation for reader in readers for violation in reader.read()]
    broken = set()
    for room, order in rooms.items():
        if circle := order.arrange():
            broken.add(room)
            violations.append(_no_order(room, circle, readers))
    for reader in readers:
        for stay in reader.stays:
            if stay.room not in broken:
                violations += _holes(stay, rooms[stay.room], sayings)
    violations += _crowds(history, readers)
    return violations


def _sayings(history: History) -> dict[str, _Saying]:
    """Raises ValueError for a text that was said twice: then the history says nothing."""
    heard = {record.text for log in history.logs.values() for record in log.records if isinstance(record, Heard)}
    sayings: dict[str, _Saying] = {}
    for log in history.logs.values():
        certain = _certain(log)
        texts = (record for record in log.records if isinstance(record, Said))
        for number, record in enumerate(texts):
            if record.text in sayings:
                raise ValueError(f"{record.text!r} was said twice")
            accepted = record.text in certain or record.text in heard
            sayings[record.text] = _Saying(log.client, record.room, number, accepted)
    return sayings


def _certain(log: Log) -> set[str]:
    """Return what the server must have taken in: said inside, and an answer to something later was seen there."""
    certain: set[str] = set()
    denied = {record.what for record in log.records if isinstance(record, Denied)}
    open_: dict[str, list[str]] = {}
    for record in log.records:
        match record:
            case Entered(room):
                open_[room] = []
            case Said(room, text) if room in open_:
                open_[room].append(text)
            case LeftRoom(room, asked):
                texts = open_.pop(room, [])
                if asked:
                    certain.update(texts)
            case Settled():
                for texts in open_.values():
                    certain.update(texts)
                    texts.clear()
            case Ended():
                open_.clear()
    return certain - denied


class _Reader:
    """Reads one log: what it says by itself, its arrows, its stays."""

    def __init__(
        self,
        log: Log,
        history: History,
        sayings: dict[str, _Saying],
        barriers: dict[str, set[int]],
        rooms: dict[str, Order[Point]],
    ) -> None:
        self.log = log
        self.stays: list[_Stay] = []
        self.heard: set[str] = set()
        self.present: list[tuple[int, str]] = []
        "(barrier, room) for every room where this client was at a barrier."
        self._history = history
        self._sayings = sayings
        self._barriers = barriers
        self._rooms = rooms
        self._inside: dict[str, _Stay] = {}
        self._tries: Counter[str] = Counter()
        self._said: set[str] = set()
        self._ended = False
        self._latest: dict[str, int] = {}
        "By sender, the number of what came last."
        self._barrier: int | None = log.since if log.since >= 0 else None
        self._heard_last: dict[str, str] = {}
        "By room."
        self._said_last: dict[str, str] = {}
        "By room, since the last barrier."
        self._since: dict[str, list[str]] = {}
        "By room, what was heard since the last barrier."

    def read(self) -> Iterator[Violation]:
        """Yield what is wrong with it."""
        for record in self.log.records:
            if self._ended and not isinstance(record, Said | Tried):
                yield self._wrong(Rule.NOTHING_AFTER_THE_END, f"saw {record} after the end")
            else:
                yield from self._take(record)

    def _take(self, record: Record) -> Iterator[Violation]:
        match record:
            case Said(room, text):
                yield from self._say(room, text)
            case Tried(room):
                self._tries[room] += not self._ended
            case Heard():
                yield from self._hear(record)
            case Entered(room, members):
                yield from self._enter(room, members)
            case LeftRoom(room):
                yield from self._leave(room)
            case Denied(what):
                yield from self._deny(what)
            case Settled(number):
                yield from self._unanswered("settled")
                self._settle(number)
            case Ended(abrupt):
                yield from self._end(abrupt=abrupt)

    def _say(self, room: str, text: str) -> Iterator[Violation]:
        self._said.add(text)
        if not self._sayings[text].accepted:
            return
        if self._ended:
            yield self._wrong(Rule.NOTHING_AFTER_THE_END, "was heard after its end", text)
        elif room not in self._inside and not self._tries[room]:
            yield self._wrong(Rule.INSIDE_ONLY, f"was heard in {room} without being inside", text)
        order = self._rooms[room]
        order.then(self._heard_last.get(room), text)
        order.then(self._said_last.get(room, self._barrier), text)
        self._said_last[room] = text
        if room in self._inside and not self.log.echoes:
            self._inside[room].has.append(text)

    def _hear(self, heard: Heard) -> Iterator[Violation]:
        room, sender, text = heard.room, heard.sender, heard.text
        saying = self._sayings.get(text)
        if saying is None:
            yield self._wrong(Rule.EXACTLY_ONCE, f"heard {heard}, which nobody said", text)
            return
        if (saying.room, saying.client) != (room, sender):
            yield self._wrong(
                Rule.EXACTLY_ONCE, f"heard {heard}, which {saying.client} said in {saying.room}", text
            )
            return
        own = sender == self.log.client
        if own and not (self.log.echoes and text in self._said):
            yield self._wrong(Rule.EXACTLY_ONCE, "heard its own words", text)
            return
        if text in self.heard:
            yield self._wrong(Rule.EXACTLY_ONCE, f"heard {heard} again", text)
            return
        self.heard.add(text)
        if room not in self._inside:
            yield self._wrong(Rule.INSIDE_ONLY, f"heard {heard} without being inside", text)
        else:
            self._inside[room].take(text)
        if saying.number < self._latest.get(sender, -1):
            yield self._wrong(Rule.SENDER_ORDER, f"heard {heard} after what {sender} said later", text)
        else:
            self._latest[sender] = saying.number
        self._rooms[room].then(self._heard_last.get(room), text)
        if self._barrier is not None and self._was_at(sender, self._barrier):
            self._rooms[room].then(self._barrier, text)
        self._heard_last[room] = text
        self._since.setdefault(room, []).append(text)

    def _enter(self, room: str, members: int) -> Iterator[Violation]:
        if room in self._inside:
            yield self._wrong(Rule.INSIDE_ONLY, f"entered {room} a second time")
            return
        self._inside[room] = _Stay(self.log, room)
        self.stays.append(self._inside[room])
        if self._tries[room]:
            self._tries[room] -= 1
        limit = self._history.limit(room)
        if limit and members > limit:
            yield self._wrong(Rule.CAPACITY, f"found {members} in {room}, where {limit} may be")

    def _leave(self, room: str) -> Iterator[Violation]:
        stay = self._inside.pop(room, None)
        if stay is None:
            yield self._wrong(Rule.INSIDE_ONLY, f"left {room} without being inside")
        else:
            stay.close()

    def _end(self, *, abrupt: bool) -> Iterator[Violation]:
        self._ended = True
        if not abrupt:
            for stay in self._inside.values():
                stay.close()
            yield from self._unanswered("ended")
        self._inside.clear()

    def _deny(self, what: str) -> Iterator[Violation]:
        if self._tries[what]:
            self._tries[what] -= 1
        elif what not in self._said:
            yield self._wrong(Rule.ANSWERED, f"was refused {what}, for which it had not asked")
        elif self._sayings[what].accepted:
            yield self._wrong(Rule.ANSWERED, "was refused to say what was heard all the same", what)

    def _unanswered(self, when: str) -> Iterator[Violation]:
        if open_ := sorted(self._tries.elements()):
            yield self._wrong(Rule.ANSWERED, f"{when} without an answer for {', '.join(open_)}")
        self._tries.clear()

    def _settle(self, number: int) -> None:
        for room in {**self._inside, **self._since, **self._said_last}:
            order = self._rooms[room]
            order.then(self._barrier, number)
            order.then(self._said_last.get(room), number)
            for text in reversed(self._since.get(room, [])):
                if self._was_at(self._sayings[text].client, number):
                    order.then(text, number)
                    break
        self._since.clear()
        self._said_last.clear()
        self._barrier = number
        for room, stay in self._inside.items():
            stay.take(number)
            self.present.append((number, room))

    def _was_at(self, client: str, barrier: int) -> bool:
        """Say whether what `client` said before `barrier`, or after it, was worked on before it, or after it."""
        return barrier in self._barriers[client] or self._history.logs[client].since >= barrier

    def _wrong(self, rule: Rule, sentence: str, *texts: str) -> Violation:
        words = f" ({', '.join(map(repr, texts))})" if texts and repr(texts[0]) not in sentence else ""
        return Violation(rule, f"{self.log.client} {sentence}{words}", (self.log.client,), texts)


def _no_order(room: str, circle: list[Point], readers: list[_Reader]) -> Violation:
    texts = tuple(point for point in circle if isinstance(point, str))
    witnesses = tuple(reader.log.client for reader in readers if not reader.heard.isdisjoint(texts))
    steps = " before ".join(_named(point) for point in [*circle, circle[0]])
    return Violation(Rule.ROOM_ORDER, f"in {room} there was {steps}", witnesses, texts)


def _named(point: Point) -> str:
    return repr(point) if isinstance(point, str) else f"barrier {point}"


def _holes(stay: _Stay, order: Order[Point], sayings: dict[str, _Saying]) -> Iterator[Violation]:
    client = stay.log.client
    lost = tuple(
        point
        for point in order.between(stay.has, stay.ends)
        if isinstance(point, str) and (stay.log.echoes or sayings[point].client != client)
    )
    if lost:
        names = ", ".join(map(repr, lost[:5])) + (", ..." if len(lost) > 5 else "")
        sentence = f"{client} was in {stay.room} all the time and missed {len(lost)}: {names}"
        yield Violation(Rule.NO_LOSS, sentence, (client,), lost)


def _crowds(history: History, readers: list[_Reader]) -> Iterator[Violation]:
    crowds: dict[tuple[int, str], list[str]] = defaultdict(list)
    for reader in readers:
        for where in reader.present:
            crowds[where].append(reader.log.client)
    for (number, room), clients in crowds.items():
        limit = history.limit(room)
        if limit and len(clients) > limit:
            sentence = f"{len(clients)} were in {room} at barrier {number}, where {limit} may be"
            yield Violation(Rule.CAPACITY, sentence, tuple(clients))
