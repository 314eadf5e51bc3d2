"""A session: one attached connection, as the core sees it.

The idea: the engine brings items in order (`receive`); the session hands them to its dialect one by one. A line
whose answer would block gives an effect back: the engine performs it, without holding the world, and brings the
result (`resume`); until then the lines behind it wait here. So pipelined lines act as if sent one by one.

What must stay true:
* at most one script is suspended, and none once the session is over;
* the first reason to close is the one that counts, and the last event in the mailbox is `Ended`;
* every method is called with the world held.

Not here: bytes (links), waiting (engines), the meaning of a line (dialects).
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Protocol, TypeAlias

from coliseum.core.effects import Effect, Pause, Script
from coliseum.core.inbound import Begun, Broken, Closed, Garbled, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import FloodControl
from coliseum.core.mailbox import SILENT, Burst, Renderer
from coliseum.core.refusals import Refusal
from coliseum.core.timers import Moment, Timer
from coliseum.core.users import User
from coliseum.core.vocabulary import Ended, Event
from coliseum.core.world import World
from coliseum.errors import Refused


class Dialect(Protocol):
    """One session's way of reading; the methods raise Refused when the answer is no.

    It says in `Session.renderer` how the session is written for, from its making on.
    """

    def greet(self) -> Script | None:
        """Text can flow: say hello."""

    def hear(self, line: str) -> Script | None:
        """Deal with one line."""

    def garbled(self, why: Refusal, text: str) -> None:
        """Deal with a line that could not be read; `text` is as much of it as could."""

    def settled(self) -> None:
        """Everything that came so far has been dealt with."""


class Carrier(Protocol):
    """What brings a session's bytes to its peer; made by an engine, never waits."""

    def transmit(self, data: bytes) -> None:
        """Send `data` after everything before it."""

    def finish(self, *, abrupt: bool) -> None:
        """Close after what was transmitted, or at once and without it."""


class _Nowhere:
    """The carrier of a session whose connection is gone."""

    def transmit(self, data: bytes) -> None:
        """Drop it."""

    def finish(self, *, abrupt: bool) -> None:
        """Do nothing: everything is over."""


NOWHERE = _Nowhere()


class _Deaf:
    """The dialect of a session whose connection is gone."""

    def greet(self) -> None:
        """Do nothing: everything is over."""

    def hear(self, line: str) -> None:
        """Do nothing."""

    def garbled(self, why: Refusal, text: str) -> None:
        """Do nothing."""

    def settled(self) -> None:
        """Do nothing."""


DEAF = _Deaf()


class Ending(Enum):
    """How a session ends."""

    GRACEFUL = "graceful"
    "What is in the mailbox still goes out."
    ABRUPT = "abrupt"
    "Nothing more goes out."


Parcel: TypeAlias = "tuple[Session, Renderer, list[Burst], Ending | None]"
"""What one flush does for one session: who wrote for it when its mailbox was emptied (that may change before it is
delivered), what was in it, and how the session ends, if it does."""


class Session:
    """One connection of one peer."""

    __slots__ = (
        "_begun",
        "_detail",
        "_flood",
        "_inbox",
        "_line_timer",
        "_reminder",
        "_script",
        "_timer",
        "carrier",
        "dialect",
        "ending",
        "exempt",
        "heard",
        "host",
        "id",
        "listener",
        "mailbox",
        "peer",
        "place",
        "reason",
        "renderer",
        "security",
        "user",
        "world",
    )

    def __init__(
        self, world: World, peer: str, listener: str, host: str = "localhost", place: str | None = ""
    ) -> None:
        self.world = world
        self.id = world.new_id()
        self.peer = peer
        "The peer's address, for the log."
        self.host = host
        "Where it comes from, as others see it."
        self.place = place
        "What its connection shares limits with (door.py); empty: nothing; None: it is not counted at the door."
        self.listener = listener
        self.security = ""
        self.user: User | None = None
        self.mailbox: list[Burst] = []
        self.dialect: Dialect
        self.renderer: Renderer = SILENT
        "Writes for this session from now on."
        self.carrier: Carrier
        self.ending: Ending | None = None
        self.reason: Reason | None = None
        self._detail = ""
        self._inbox: list[Item] = []
        "What is still to be dealt with, the last first."
        self._script: Script | None = None
        self._flood: FloodControl | None = None
        "Made with the first line that it looks at."
        self.heard = 0.0
        "When something that came from the peer was dealt with last; monotonic seconds."
        self.exempt = False
        "Never read more slowly, however much it sends: a server operator."
        self._timer: Timer | None = None
        "What is wanted of the peer, or the end of the farewell."
        self._reminder: Timer | None = None
        self._begun: float | None = None
        "When the line was begun whose end has not come yet; monotonic seconds."
        self._line_timer: Timer | None = None
        "Looks after it. Kept when the line ends, for the next one: lines are many, and the clock is slow."

    # --- what the engine calls -----------------------------------------------------------------------------

    def open(self, now: Moment) -> None:
        """Begin: the connection was accepted. From here to `gone` the world knows this session."""
        self.world.at(now)
        self.world.begin(now)
        self.world.sessions[self] = None
        if self.place is not None:
            longest = self.world.door.came(self, self.world.policy)
            if longest is not None:
                longest.close(Reason.CROWDED_OUT)
        self.world.note("session.opened", session=self.id, peer=self.peer, listener=self.listener)
        self.expect(self.world.policy.handshake_timeout, Reason.HANDSHAKE_TIMEOUT)

    def receive(self, items: Iterable[Item], now: Moment) -> Effect | None:
        """Take in what the link made of the peer's bytes and deal with it as far as possible.

        Returns an effect to perform; its result goes to `resume`, and until then the engine reads no more.
        Returns None when everything has been dealt with.
        """
        self.world.at(now)
        if self.ending is not None:
            return None
        self.heard = now.monotonic
        self._begun = None
        self._inbox[:0] = [*items][::-1]
        return self._run()

    def resume(self, result: object, now: Moment) -> Effect | None:
        """Bring the result of the effect that was asked for last; returns like `receive`.

        Harmless when the session has ended meanwhile: the script is gone, nothing happens.
        """
        self.world.at(now)
        self.heard = now.monotonic
        script, self._script = self._script, None
        effect = self._advance(script, result) if script is not None else None
        return effect or self._run()

    def gone(self, reason: Reason, now: Moment) -> None:
        """End: the connection no longer exists, for `reason` if nobody gave one before."""
        self.world.at(now)
        self.close(reason, ending=Ending.ABRUPT)
        self._cancel_timer()
        if self._line_timer is not None:
            self._line_timer.cancel()
        self.mailbox.clear()
        # What is large, or knows us, shall not wait for the collector of cycles.
        self.carrier, self.dialect = NOWHERE, DEAF
        if self in self.world.sessions:
            del self.world.sessions[self]
            if self.place is not None:
                self.world.door.left(self)
            detail = {"detail": self._detail} if self._detail else {}
            self.world.note("session.closed", session=self.id, reason=str(self.reason), **detail)

    def empty(self) -> Parcel:
        """Take everything out of the mailbox, for the flush."""
        bursts, self.mailbox = self.mailbox, []
        return self, self.renderer, bursts, self.ending

    # --- what the world and the dialects call --------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Nothing that this session says counts any more."""
        return self.ending is not None

    def post(self, event: Event) -> None:
        """Tell this session alone."""
        self.world.post((self,), event)

    def close(
        self, reason: Reason, *, ending: Ending = Ending.GRACEFUL, detail: str = "", message: str = ""
    ) -> None:
        """End the session: its user leaves, it is told why, the flush closes the connection.

        `message` are the words of who ends it, told to all concerned; `detail` is for the log. The first reason
        counts; a later call can only turn a graceful end into an abrupt one.
        """
        if self.ending is None:
            self.ending, self.reason, self._detail = ending, reason, detail
            self._inbox.clear()
            if self._script is not None:
                self._script.close()
                self._script = None
            if self._reminder is not None:
                self._reminder.cancel()
            self.world.detach(self, reason, message)
            self.post(Ended(reason, message))
            self._cancel_timer()
            due = self.world.now.monotonic + self.world.policy.linger
            self._timer = self.world.timers.at(due, self.abort)
        elif ending is Ending.ABRUPT:
            self.abort()

    def abort(self) -> None:
        """End at once, without what is still in the mailbox."""
        self.ending = Ending.ABRUPT
        if not self.mailbox:
            self.world.dirty.append(self)

    def expect(self, seconds: float, otherwise: Reason) -> None:
        """Give the peer `seconds` for what is wanted of it; `satisfied` stops the clock."""
        self._cancel_timer()
        due = self.world.now.monotonic + seconds
        self._timer = self.world.timers.at(due, lambda: self.close(otherwise))

    def satisfied(self) -> None:
        """What was expected has come."""
        self._cancel_timer()

    def remind(self, due: float, action: Callable[[], None]) -> None:
        """Have `action` called at `due` (monotonic seconds), instead of what was to be called before.

        Not after the end.
        """
        if self.over:
            return
        if self._reminder is not None:
            self._reminder.cancel()
        self._reminder = self.world.timers.at(due, action)

    # --- inside --------------------------------------------------------------------------------------------

    def _run(self) -> Effect | None:
        inbox = self._inbox
        if self._script is not None:
            return None
        flood_control = self.world.policy.flood_control
        while inbox:
            if flood_control and not self.exempt and (wait := self._too_fast(inbox[-1])):
                return self._advance(_held_back(wait), None)
            script = self._deal_with(inbox.pop())
            if script is not None and (effect := self._advance(script, None)) is not None:
                return effect
        if self.ending is None:
            self.dialect.settled()
        return None

    def _line_begun(self) -> None:
        self._begun = self.world.now.monotonic
        if self._line_timer is None:
            self._watch_line(self._begun)

    def _watch_line(self, begun: float) -> None:
        self._line_timer = self.world.timers.at(begun + self.world.policy.line_timeout, self._look_at_line)

    def _look_at_line(self) -> None:
        """End the session whose line takes too long, or look again later."""
        self._line_timer = None
        if self._begun is None:
            return
        if self.world.now.monotonic >= self._begun + self.world.policy.line_timeout:
            self.close(Reason.LINE_TIMEOUT)
        else:
            self._watch_line(self._begun)

    def _too_fast(self, item: Item) -> float:
        """Return how many seconds a line has to wait; 0: it counts now. What is no line never waits."""
        match item:
            case str():
                line = item
            case Garbled(_, text):
                line = text  # it is answered too
            case _:
                return 0.0
        if self._flood is None:
            self._flood = FloodControl(self.world.policy)
        return self._flood.wait(line, self.world.now.monotonic)

    def _deal_with(self, item: Item) -> Script | None:
        try:
            match item:
                case str():
                    return self.dialect.hear(item)
                case Ready(security):
                    self.security = security
                    self.satisfied()
                    return self.dialect.greet()
                case Garbled(why, text):
                    self.dialect.garbled(why, text)
                case Begun():
                    self._line_begun()
                case Broken(reason, detail):
                    self.close(reason, detail=detail)
                case Closed():
                    self.close(Reason.PEER_CLOSED)
        except Refused as refused:
            self.refuse(refused)
        return None

    def _advance(self, script: Script, result: Any) -> Effect | None:
        try:
            effect = script.send(result)
        except StopIteration:
            return None
        except Refused as refused:
            self.refuse(refused)
            return None
        if self.over:
            script.close()
            return None
        self._script = script
        return effect

    def refuse(self, refused: Refused) -> None:
        """Tell the peer no, and the log that it was told."""
        self.post(refused.why)
        self.world.note("refused", session=self.id, code=refused.why.code)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _held_back(seconds: float) -> Script:
    """Flood control: the next line waits, nothing else happens."""
    yield Pause(seconds)
