"""The people: they come in, talk, move, keep order, are refused, and go in every way there is.

The idea: a person wants something at random, says it in a tongue, and puts a question behind it (a ping) whose
answer says that all of it was dealt with; so every refusal is known to belong to what was asked first. What was
said and seen goes into the person's log (history.py).

What must stay true: a person says nothing to a room while on the way into it or out of it, so that every message
has one room; the same text is never said twice.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import partial

from coliseum.testing.ends import ClientEnd
from coliseum.testing.history import Denied, Ended, Entered, Heard, LeftRoom, Log, Said, Settled, Tried
from coliseum.testing.scheduler import Scheduler
from coliseum.testing.speech import LOBBY, Irc, Tongue

ROOMS = (LOBBY, "garden", "kitchen")
NICKS = ("ana", "Ana", "luis", "eva", "guest-1")
OPER = "root"
ROOM_PASSWORD = "open"  # noqa: S105 - of pretended rooms, and of a pretended operator
WRONG = "wrong"


@dataclass(frozen=True)
class Habits:
    """What people do in one run."""

    password: str = ""
    "The server's; empty: it has none."
    moderated: bool = False
    "Rooms are silenced, closed and limited now and then."
    actions: int = 10
    "How many each does."
    pace: float = 0.1
    "Seconds between two, at most."
    talking: float = 0.5
    "The share that is talk."


@dataclass
class _Asked:
    """What one question stands behind."""

    token: str
    room: str = ""
    "The room that one tries to enter; empty: none, or that is settled."
    texts: list[str] = field(default_factory=list)
    moves: bool = False
    "It leads into a room or out of one."
    refusals: int = 0


class Person:
    """One client with one connection."""

    def __init__(self, log: Log, scheduler: Scheduler, tongue: Tongue, habits: Habits, *, recorded: bool) -> None:
        """`recorded`: what is said arrives for sure and in order, so a log is kept and rooms are spoken to."""
        self.name = log.client
        self.log = log
        self.end: ClientEnd
        self.everybody: list[Person] = [self]
        "Whom we may do something to."
        self.inside: list[str] = []
        self.arrived = False
        self.said = 0
        "How many messages."
        self.known = False
        "The server has made a user for us."
        self.gone = False
        "We read no more."
        self.finished = False
        "We have done what we wanted, or cannot go on."
        self.complaints: list[str] = []
        "What no server should do."
        self._scheduler = scheduler
        self._random = scheduler.random
        self.tongue = tongue
        self._habits = habits
        self._recorded = recorded
        self._asked: deque[_Asked] = deque()
        self._questions = 0
        self._over = False
        "The server has said so."
        self._locked = False
        self._enters = False
        "Coming in leads into the lobby."
        self._actions_left = habits.actions

    # --- coming and going ----------------------------------------------------------------------------------

    def arrive(self, end: ClientEnd, *, enters: bool) -> None:
        """Begin to talk over a connection; `enters`: connecting leads into the lobby."""
        self.end, self.arrived, self._enters = end, True, enters
        password = self._habits.password
        given = password if not password or self._random.random() < 0.8 else WRONG
        greeting = self.tongue.greeting(self._random.choice(NICKS), given)
        self._ask(greeting, LOBBY if enters and not password else "")
        self._scheduler.soon(self._act, self._habits.pace)

    def leave_for_good(self) -> None:
        """Go, in one of the ways people go."""
        if self.gone:
            return
        way = self._random.choice(("quit", "quit", "cut", "half-close", "mid-line"))
        self._tell(f"goes: {way}")
        self.finished = True
        if way == "quit":
            self.end.send(self.tongue.quit() + "\n")
        elif way == "half-close":
            self.end.finish()
        else:
            if way == "mid-line":
                self.end.send(self.tongue.say(LOBBY, "never finis"))
            self._cut()

    def hear(self, line: str) -> None:
        """Take in a line."""
        if self.gone:
            return
        if self._scheduler.traced:
            self._tell(f"<- {line.rstrip()}")
        if self._over and self._recorded:
            self.complaints.append(f"{self.name} read {line!r} after the end")
        self.tongue.understand(line, self)

    def disconnected(self) -> None:
        """Take in that no more will come."""
        if not self.gone:
            self._tell("is disconnected")
        self.gone = self.finished = True

    @property
    def present(self) -> bool:
        """Whether we have come, and the session goes on."""
        return self.arrived and not self.gone and not self._over

    @property
    def quiet(self) -> bool:
        """Whether every question has been answered."""
        return not self._asked

    def question(self) -> None:
        """Ask whether everything was dealt with."""
        self._ask([])

    def settle(self, number: int) -> None:
        """Everybody was answered twice: nothing is under way."""
        if self._recorded:
            self.log.add(Settled(number))

    def _cut(self) -> None:
        self.gone = self.finished = True
        self.end.cut()

    # --- wishes --------------------------------------------------------------------------------------------

    def _act(self) -> None:
        if self.finished:
            return
        if self._actions_left == 0:
            self.finished = True
            return
        self._actions_left -= 1
        self._scheduler.soon(self._act, self._habits.pace)
        if self._locked:
            self._give_password()
        elif not self.known:
            if self._random.random() < 0.1:
                self.leave_for_good()
        else:
            self._want()

    def _give_password(self) -> None:
        self._locked = False
        if self._random.random() < 0.25:
            self._ask([WRONG], moves=True)
            return
        more = [self.tongue.quit()] if self._random.random() < 0.1 else []
        self._ask([self._habits.password, *more], LOBBY if self._enters else "", moves=True)

    def _want(self) -> None:
        if self._random.random() < self._habits.talking:
            self._speak()
            return
        chosen = self._random.random()
        if chosen < 0.35:
            self._enter()
        elif chosen < 0.45:
            self._leave()
        elif chosen < 0.55:
            self._ask([self.tongue.rename(self._random.choice(NICKS))])
        elif chosen < 0.80:
            self._keep_order()
        elif chosen < 0.90:
            self.end.stop_reading()
            self._scheduler.soon(self.end.read_on, 2.0)
        elif chosen < 0.95:
            self.leave_for_good()
        else:
            self._ask([])

    def _speak(self) -> None:
        if self._moving or not self.inside or not self._recorded:
            self._ask(["hello?"] if not self._recorded else [])
            return
        room = self._random.choice(self.inside)
        # Where a room may be silenced and heard again in between, nobody could tell which of several were refused.
        many = 1 if self._habits.moderated else self._random.choice((1, 1, 2, 6))
        texts = []
        for _ in range(many):
            self.said += 1
            texts.append(f"{self.name}.{self.said}")
            self.log.add(Said(room, texts[-1]))
        self._ask([self.tongue.say(room, text) for text in texts], texts=texts)

    def _enter(self) -> None:
        free = [room for room in ROOMS if room not in self.inside]
        if self._moving or not free:
            return
        room = self._random.choice(free)
        password = ROOM_PASSWORD if self._habits.moderated and self._random.random() < 0.7 else ""
        self._ask([self.tongue.enter(room, password)], room)

    def _leave(self) -> None:
        if not self._moving and self.inside:
            self._ask([self.tongue.leave(self._random.choice(self.inside))], moves=True)

    def _keep_order(self) -> None:
        room = self._random.choice([room for room in self.inside if room != LOBBY] or ROOMS)
        lines = [self.tongue.topic(room, f"topic of {self.name}")]
        if isinstance(self.tongue, Irc):
            nick = self._random.choice(self.everybody).tongue.nick
            near = [one for one in self.everybody if room in one.inside] or self.everybody
            lines += [f"KICK #{room} {self._random.choice(near).tongue.nick} :out", f"INVITE {nick} #{room}"] * 2
            lines += self._settings(room, nick) if self._habits.moderated else self._other_words(room, nick)
        self._ask([self._random.choice(lines)])

    def _settings(self, room: str, nick: str) -> list[str]:
        sign = self._random.choice("++-")
        limit = self._random.randint(1, 4)
        changes = (
            f"{sign}m",
            f"{sign}i",
            f"{sign}k {ROOM_PASSWORD}",
            f"+l {limit}",
            f"{sign}o {nick}",
            f"{sign}v {nick}",
        )
        return [f"MODE #{room} {change}" for change in changes]

    def _other_words(self, room: str, nick: str) -> list[str]:
        given = self._random.choice((ROOM_PASSWORD, WRONG))
        lines = [f"NAMES #{room}", f"MONITOR + {nick}", f"AWAY :{nick} knows", "AWAY", f"OPER {OPER} {given}"]
        return [*lines, f"KILL {nick} :enough", "WALLOPS :hear", f"WHOIS {nick}", "REHASH"]

    @property
    def _moving(self) -> bool:
        """A room was asked for, or left, and it is not known yet what came of it."""
        return any(asked.moves for asked in self._asked)

    def _ask(
        self, lines: list[str], room: str = "", *, moves: bool = False, texts: list[str] | None = None
    ) -> None:
        """Send lines, with a question behind them; `room` is what they try to enter."""
        if room and self._recorded:
            self.log.add(Tried(room))
        self._questions += 1
        token = f"{self.name}-{self._questions}"
        self._asked.append(_Asked(token, room, texts or [], moves or bool(room)))
        if self._scheduler.traced:
            self._tell("-> " + " | ".join(lines or ["(a question)"]))
        self.end.send("".join(f"{line}\n" for line in (*lines, self.tongue.ask(token))))

    # --- what the server says ------------------------------------------------------------------------------

    def welcomed(self) -> None:
        """We are known."""
        self.known = True

    def admitted(self, room: str, members: int) -> None:
        """We are inside."""
        self._settle_try(room)
        self.inside.append(room)
        if self._recorded:
            self.log.add(Entered(room, members))

    def out(self, room: str, *, asked: bool) -> None:
        """We are outside."""
        if room in self.inside:
            self.inside.remove(room)
        if self._recorded:
            self.log.add(LeftRoom(room, asked))

    def heard(self, room: str, text: str) -> None:
        """Somebody has said something."""
        if self._recorded and "." in text:
            self.log.add(Heard(room, text.rpartition(".")[0], text))

    def refused(self, why: str) -> None:
        """What was asked first is refused."""
        if why == "433" and not self.known:  # somebody else has the nick
            self.end.send(self.tongue.rename(f"{self._random.choice(NICKS)}-{self.name}") + "\n")
            return
        if not self.known:
            self._locked = bool(self._habits.password)
        if not self._asked:
            if self.known:
                self.complaints.append(f"{self.name} was refused ({why}) and had asked nothing")
            return
        asked = self._asked[0]
        asked.refusals += 1
        if asked.room:
            room, asked.room = asked.room, ""
            if self._recorded:
                self.log.add(Denied(room))

    def answered(self, token: str) -> None:
        """Everything up to a question was dealt with."""
        if not self._recorded:  # over an unreliable wire answers get lost
            while self._asked and self._asked.popleft().token != token:
                pass
            return
        if not self._asked or self._asked[0].token != token:
            expected = self._asked[0].token if self._asked else "nothing"
            self.complaints.append(f"{self.name} got the answer {token} instead of {expected}")
            return
        asked = self._asked.popleft()
        for text in asked.texts[len(asked.texts) - asked.refusals :]:
            self.log.add(Denied(text))

    def wanted(self, word: str) -> None:
        """A password is wanted, or the proof that we read here."""
        if word:
            self._scheduler.soon(partial(self.end.send, f"/yes {word}\n"), 0.1)
        else:
            self._locked = not self._moving  # it may be said a second time when we have given it

    def over(self, *, quit_: bool) -> None:
        """The session has ended."""
        self.finished = self._over = True
        self._asked.clear()
        if self._recorded:
            self.log.add(Ended(abrupt=not quit_))

    def _settle_try(self, room: str) -> None:
        for asked in self._asked:
            if asked.room == room:
                asked.room = ""
                return

    def _tell(self, what: str) -> None:
        self._scheduler.tell(self.name, what)
