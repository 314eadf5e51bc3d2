"""What a bot has been told and not looked at yet: the common half of Client and AsyncClient.

The idea: an engine's outputs go in one by one; the questions that both clients wait for ("are we inside?", "was my
line dealt with?", "is there an event?") are plain methods, so the two clients differ only in how they wait.

What must stay true: pure; the caller sees to it that one at a time is inside.
"""

from collections import deque
from collections.abc import Iterable

from coliseum.client.displays import Failed, Happened, Lost, NotSent, Unconfirmed
from coliseum.client.outputs import Changed, Confirmed, End, Show
from coliseum.client.session import Action
from coliseum.client.status import State
from coliseum.client.view import View
from coliseum.core.refusals import Refusal, RoomFull, ServerFull
from coliseum.core.vocabulary import Event
from coliseum.dialects.reasons import Translate
from coliseum.errors import ColiseumError, Unavailable, Unverified

KEPT_REFUSALS = 20
"Refusals of one command; there is one, or two."
KEPT_EVENTS = 10_000
"Events that wait for a bot that does not look; then the oldest go, so that it cannot fill the memory."
_ERRORS: dict[int, type[ColiseumError]] = {Unavailable.exit_code: Unavailable, Unverified.exit_code: Unverified}


class Inbox:
    """Takes a session's outputs."""

    def __init__(self, translate: Translate) -> None:
        self._state = State.CONNECTING
        self._view = View(translate, color=False)
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._refusals: deque[Refusal] = deque(maxlen=KEPT_REFUSALS)
        self._settled = 0
        "Lines of ours whose fate is known."
        self._end: End | None = None

    def take(self, action: Action) -> None:
        """Take in what the engine gives."""
        match action:
            case Show(Happened(event)):
                self._events.append(event)
                if isinstance(event, Refusal):
                    self._refusals.append(event)
            case Confirmed(lines) | Show(NotSent(lines)) | Show(Unconfirmed(lines)):
                self._settled += len(lines)
            case Changed(status):
                self._state = status.state
            case End():
                self._end = action

    # --- entering ------------------------------------------------------------------------------------------

    def decided(self) -> bool:
        """Say whether we are inside, or never will be."""
        return self._state is State.INSIDE or self._end is not None

    def require_entry(self) -> None:
        """Raise what kept us from being inside as we wished; for when `decided`, or when that took too long."""
        if self._end is not None:
            raise self._error(self._end)
        if self._refusals:
            raise self._refused(self._refusals)
        if self._state is not State.INSIDE:
            raise Unavailable("the server did not let us in, and did not say why")

    # --- one command at a time -----------------------------------------------------------------------------

    def expect(self) -> int:
        """Begin a command: forget earlier refusals; return what `settled` wants."""
        self._refusals.clear()
        return self._settled

    def settled(self, before: int) -> bool:
        """Say whether the command's line was dealt with, or never will be."""
        return self._settled > before or self._end is not None

    def require_success(self, *, in_time: bool) -> None:
        """Raise what the command met: a refusal, the end of the connection, or no answer."""
        if self._refusals:
            raise self._refused(self._refusals)
        if self._end is not None:
            raise self._error(self._end)
        if not in_time:
            raise Unavailable("the server did not confirm the line in time; perhaps it was delivered")

    # --- events --------------------------------------------------------------------------------------------

    def has_event(self) -> bool:
        """Say whether `next_event` has an answer."""
        return bool(self._events) or self._end is not None

    def next_event(self) -> Event | None:
        """Return the oldest event that was not looked at, or None when there will be no more.

        Raises ColiseumError after the last one, when the connection broke.
        """
        if self._events:
            return self._events.popleft()
        if self._end is not None and self._end.code:
            raise self._error(self._end)
        return None

    # --- errors --------------------------------------------------------------------------------------------

    def _error(self, end: End) -> ColiseumError:
        match end.why:
            case None:
                return Unavailable("the connection has ended")
            case Lost():
                return Unavailable(self._view.text(end.why))
            case Failed(error):
                return error
            case _:
                return _ERRORS.get(end.code, ColiseumError)(self._view.text(end.why))

    def _refused(self, refusals: Iterable[Refusal]) -> ColiseumError:
        text = "; ".join(self._view.text(Happened(refusal)) for refusal in refusals)
        full = any(isinstance(refusal, RoomFull | ServerFull) for refusal in refusals)
        return Unavailable(text) if full else ColiseumError(text)
