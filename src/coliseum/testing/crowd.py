"""A crowd: random clients on real connections, whose logs make a history.

The idea: one thread, one poller, many clients. `act` lets random clients do random things, several before anybody
reads what came of it, so a server on threads has many of them at once. `settle` brings everybody to the barrier of
history.py. Nothing is timed: a run is a number of actions.

What must stay true: a log has its records in the order in which its client knew them; the same seed does the same
things as far as the server answers in the same order; after `close` no connection is left.
"""

import math
import select
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from coliseum.testing.history import Denied, Ended, Entered, History, LeftRoom, Log, Record, Said, Settled, Tried
from coliseum.testing.lines import Connection, connect
from coliseum.testing.tongues import LOBBY, Irc, Lines, Tongue
from coliseum.urls import Url

PATIENCE = 30.0
"Seconds that a crowd waits for an answer by default; then the server has failed."


@dataclass(frozen=True, slots=True)
class Way:
    """A way to come in."""

    connect: Callable[[], Connection]
    tongue: Callable[[Random], Tongue]


@dataclass(frozen=True, slots=True)
class Manners:
    """What a crowd does: how many clients, which rooms, and how often each thing happens, of all actions."""

    clients: int = 12
    rooms: tuple[str, ...] = ("den", "hall", "yard")
    rooms_each: int = 2
    "In how many rooms somebody is at most, where that is up to them."
    at_once: int = 6
    "Actions before anybody reads."
    speeches: tuple[int, ...] = (1, 1, 1, 2, 5)
    "How many messages somebody says in one go."
    leaves: float = 0.04
    renames: float = 0.04
    kicks: float = 0.02
    pauses: float = 0.02
    "Somebody reads nothing for a while."
    quits: float = 0.01
    vanishes: float = 0.01
    ghosts: bool = False
    "Also over UDP, where the server misses nobody before a minute has passed; until then they fill the rooms."
    half_closes: float = 0.005
    patience: float = PATIENCE
    "Seconds."


class Unanswered(Exception):
    """The server owes an answer."""


@dataclass(eq=False, slots=True)
class Person:
    """One client."""

    name: str
    connection: Connection
    tongue: Tongue
    log: Log
    inside: dict[str, None] = field(default_factory=dict)
    asking: str | None = None
    "The room that it is on its way into or out of; it does not talk meanwhile."
    events: int = 0
    "What the poller waits for."
    deaf: int = 0
    "Actions until it reads again."
    closing: bool = False
    "It has said its last word."
    over: bool = False
    said: int = 0
    renamed: int = 0

    @property
    def nick(self) -> str:
        """The present nick."""
        return f"{self.name}_{self.renamed}"


class Crowd:
    """Random clients of one server."""

    def __init__(self, random: Random, ways: Sequence[Way], manners: Manners, history: History) -> None:
        self.history = history
        self.people: dict[int, Person] = {}
        "By file descriptor: those who are connected."
        self.cut_off = 0
        "Clients that the server let go of without a word, or with one that nobody had asked for."
        self.came = 0
        self.manners = manners
        "May be changed between two calls."
        self._random = random
        self._ways = ways
        self._poll = select.epoll()
        self._barriers = 0

    def act(self, actions: int) -> None:
        """Let so many things happen. Raises Unanswered when everybody waits for the server in vain."""
        done, end = 0, time.monotonic() + self.manners.patience
        while done < actions:
            if self._do_something():
                done, end = done + 1, time.monotonic() + self.manners.patience
                if done % self.manners.at_once:
                    continue
            elif time.monotonic() > end:
                raise Unanswered(f"nobody could do anything for {self.manners.patience:.0f} seconds")
            self._turn(0.0 if done % 2 else 0.001)

    def _do_something(self) -> bool:
        """Let somebody do something, and say whether it was anything."""
        if len(self.people) < self.manners.clients and self._random.random() < 0.3:
            self._connect()
            return True
        return bool(self.people) and self._let_act(self._random.choice(list(self.people.values())))

    def settle(self) -> None:
        """Bring everybody to a barrier. Raises Unanswered."""
        for person in self.people.values():
            person.deaf = 0
            self._watch(person)
        self._wait("to come in", lambda person: person.tongue.ready and person.asking is None)
        for half in ("first", "second"):
            token = f"{half}-{self._barriers}"
            for person in self._living():
                self._send(person, person.tongue.ask(token))
            self._wait(f"for the {half} answer", partial(_answered, token))
        for person in self._living():
            person.log.add(Settled(self._barriers))
        self._barriers += 1

    def go_on(self) -> None:
        """Forget what was before the last barrier."""
        self.history = self.history.following()
        for person in self._living():
            person.log = self.history.logs[person.name]

    def leave(self) -> None:
        """Let everybody quit, and wait until the server has let go of all. Raises Unanswered."""
        for person in self._living():
            self._quit(person)
        self._wait("to be let go", lambda _: False)

    def close(self) -> None:
        """Let go of every connection."""
        for person in list(self.people.values()):
            self._forget(person)
        self._poll.close()

    # --- what people do --------------------------------------------------------------------------------------

    def _connect(self) -> None:
        way = self._random.choice(self._ways)
        tongue = way.tongue(self._random)
        name = f"c{self.came}"
        self.came += 1
        log = self.history.client(name, echoes=tongue.echoes, since=self._barriers - 1)
        if tongue.enters:
            log.add(Tried(tongue.enters))
        person = Person(name, way.connect(), tongue, log, asking=tongue.enters or None)
        self.people[person.connection.fileno()] = person
        person.events = person.connection.events
        self._poll.register(person.connection.fileno(), person.events)
        self._send(person, *tongue.hello(person.nick))

    def _let_act(self, person: Person) -> bool:
        """Let somebody do something, and say whether it was anything."""
        person.deaf = max(0, person.deaf - 1)
        self._watch(person)
        manners, chance = self.manners, self._random.random()
        if person.closing:
            return False
        vanishes = manners.vanishes if person.connection.missed or manners.ghosts else 0.0
        if chance >= vanishes and (not person.tongue.ready or person.asking is not None):
            return False
        for share, do in (
            (vanishes, self._forget),
            (manners.quits, self._quit),
            (manners.half_closes, self._half_close),
            (manners.kicks, self._kick),
            (manners.renames, self._rename),
            (manners.pauses, self._pause),
            (manners.leaves, self._leave),
            (1.0, self._talk_or_enter),
        ):
            if chance < share:
                do(person)
                break
            chance -= share
        return True

    def _talk_or_enter(self, person: Person) -> None:
        most = 1 if person.tongue.one_room else self.manners.rooms_each
        room = self._random.choice(list(person.inside)) if person.inside else ""
        eager = 0.3 if room == LOBBY else 0.1 if len(person.inside) < most or person.tongue.one_room else 0.0
        if not room or self._random.random() < eager:
            self._enter(person, self._random.choice(self.manners.rooms))
            return
        lines = []
        for _ in range(self._random.choice(self.manners.speeches)):
            person.said += 1
            text = f"{person.name}.{person.said}"
            person.log.add(Said(room, text))
            lines.append(person.tongue.say(room, text))
        self._send(person, *lines)

    def _enter(self, person: Person, room: str) -> None:
        if room not in person.inside:
            person.asking = room
            person.log.add(Tried(room))
            self._send(person, person.tongue.enter(room))

    def _leave(self, person: Person) -> None:
        if person.inside:
            person.asking = self._random.choice(list(person.inside))
            self._send(person, person.tongue.leave(person.asking))

    def _rename(self, person: Person) -> None:
        person.renamed += 1
        self._send(person, person.tongue.rename(person.nick))

    def _kick(self, person: Person) -> None:
        other = self._random.choice(list(self.people.values()))
        shared = [room for room in person.inside if room in other.inside]
        if shared and other is not person and (line := person.tongue.kick(shared[0], other.nick)):
            self._send(person, line)

    def _pause(self, person: Person) -> None:
        person.connection.slow_down()
        person.deaf = self._random.randint(2, 20)
        self._watch(person)

    def _quit(self, person: Person) -> None:
        person.closing = True
        self._send(person, person.tongue.quit())

    def _half_close(self, person: Person) -> None:
        person.closing = person.connection.end_sending()

    # --- what comes of it ------------------------------------------------------------------------------------

    def _living(self) -> list[Person]:
        return [person for person in self.people.values() if not person.closing and not person.over]

    def _wait(self, for_what: str, done: Callable[[Person], bool]) -> None:
        """Read until it is `done` for everybody who stays, and those who are going are gone."""
        end = time.monotonic() + self.manners.patience
        while waiting := [person for person in self.people.values() if person.closing or not done(person)]:
            left = end - time.monotonic()
            if left < 0:
                names = ", ".join(person.name for person in waiting)
                raise Unanswered(f"waited {self.manners.patience:.0f} seconds {for_what}: {names}")
            self._turn(min(left, 1.0))

    def _turn(self, seconds: float) -> None:
        """Read and write what goes, waiting for at most so long."""
        dues = {number: person.connection.deadline() for number, person in self.people.items()}
        soonest = min(dues.values(), default=math.inf) - time.monotonic()
        events = dict.fromkeys((number for number, due in dues.items() if due <= time.monotonic()), 0)
        events.update(self._poll.poll(max(0.0, min(seconds, soonest))))
        for number, mask in events.items():
            person = self.people[number]
            try:
                lines = person.connection.ready(mask)
                for line in lines:
                    self._hear(person, line)
                if person.tongue.replies:
                    replies, person.tongue.replies = person.tongue.replies, []
                    self._send(person, *replies)
                self._watch(person)
            except (OSError, EOFError):
                self._end(person)
                self._forget(person)

    def _hear(self, person: Person, line: str) -> None:
        for record in person.tongue.read(line):
            if isinstance(record, Ended):
                self._end(person)
            else:
                person.log.add(record)
                self._learn(person, record)

    def _learn(self, person: Person, record: Record) -> None:
        match record:
            case Entered(room):
                person.inside[room] = None
            case LeftRoom(room):
                person.inside.pop(room, None)
            case Denied(room) if not person.tongue.ready:
                person.closing = True  # who is refused at the door has to go
        match record:
            case Entered(room) | LeftRoom(room) | Denied(room) if room == person.asking:
                person.asking = None

    def _end(self, person: Person) -> None:
        """Take in that the session is over, said by the server or seen from its closing the connection."""
        if not person.over:
            person.log.add(Ended(abrupt=not person.closing))
            self.cut_off += not person.closing
        person.over = person.closing = True

    def _forget(self, person: Person) -> None:
        person.over = True
        number = person.connection.fileno()
        del self.people[number]
        self._poll.unregister(number)
        person.connection.reset()

    def _send(self, person: Person, *lines: str) -> None:
        try:
            person.connection.send(list(lines))
            self._watch(person)
        except OSError:  # it is broken: what has come is still read
            person.closing = True

    def _watch(self, person: Person) -> None:
        """Tell the poller what to wait for."""
        events = person.connection.events & ~(select.EPOLLIN if person.deaf else 0)
        if events != person.events:
            person.events = events
            self._poll.modify(person.connection.fileno(), events)


def ways(urls: Iterable[Url], ca: Path | None) -> list[Way]:
    """Return the ways into a server that listens at `urls`; `ca` vouches for it where it speaks TLS."""
    return [Way(partial(connect, url, ca), partial(_tongue, url)) for url in urls]


def _tongue(url: Url, random: Random) -> Tongue:
    if url.irc:
        return Irc(echoes=random.random() < 0.3)
    return Lines("") if url.datagrams else Lines()


def _answered(token: str, person: Person) -> bool:
    return person.tongue.answer == token
