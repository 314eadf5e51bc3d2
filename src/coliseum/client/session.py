"""The session: the model with clock times. What an engine talks to, over as many connections as it takes.

The idea: an engine tells what happened and when, and does what it is told, in order. Delays between tries,
signs of life, the patience with a server that does not answer: all of it is decided here, and tested with
numbers for times.

What must stay true: pure; one caller at a time; times are monotonic seconds. After `End` nothing is to be done.

Not here: bytes (link.py), waiting (threads.py, aio.py).
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from coliseum.client.arrivals import Arrival, Introduce
from coliseum.client.displays import Failed, Retrying, Silent
from coliseum.client.model import PING_TOKEN, ClientModel
from coliseum.client.outputs import Disconnect, Output, Retry, Show
from coliseum.client.retry import PATIENCE, QUIET, Backoff, Keepalive, Sign
from coliseum.client.status import State, Status
from coliseum.client.wishes import Wishes
from coliseum.core.inbound import Garbled, Ready
from coliseum.core.vocabulary import Event
from coliseum.errors import ColiseumError

ANSWER_TIMEOUT = 10.0
"Seconds that a server may take, once connected, for TLS and its first word to us."
INTRODUCTION_TIMEOUT = 30.0
"The same for a server that we have to introduce ourselves to: many look up names before they say anything."


@dataclass(frozen=True, slots=True)
class Connect:
    """Make a connection after so many seconds; then `opened` or `lost`."""

    after: float


Action: TypeAlias = Output | Connect
"What an engine is told; Retry is not among it, it became Connect."


class ClientSession:
    """One user's client and its times."""

    def __init__(self, wishes: Wishes, chance: Callable[[], float]) -> None:
        """`chance` gives numbers from 0 to 1 (`random.random`)."""
        self._model = ClientModel(wishes)
        self._chance = chance
        self._backoff = Backoff()
        self._keepalive = Keepalive()
        self._pings = count(1)
        self._opened: float | None = None
        self._answer_due = math.inf
        self._silent: Silent | None = None

    @property
    def status(self) -> Status:
        """What we know now; any thread may ask."""
        return self._model.status

    # --- the connection ------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """Take in that there is a connection, on which nothing has been said yet."""
        self._opened = now
        self._silent = None
        self._answer_due = now + ANSWER_TIMEOUT
        self._keepalive.heard(now)

    def received(self, items: Iterable[Arrival], now: float) -> list[Action]:
        """Take in what the link made of bytes that came."""
        self._keepalive.heard(now)
        outputs: list[Output] = []
        for item in items:
            match item:
                case Introduce():
                    self._answer_due = now + INTRODUCTION_TIMEOUT
                    outputs += self._model.connected(introduce=True)
                case Ready():
                    outputs += self._model.connected()
                case str() | Event():
                    outputs += self._model.received(item)
                case Garbled():
                    outputs += self._model.garbled()
        if self._model.answered:
            self._answer_due = math.inf
        return self._timed(outputs)

    def lost(self, error: ColiseumError | None, now: float) -> list[Action]:
        """Take in that the connection ended, or could not be made, for this error if there was one."""
        if self._opened is not None:
            self._backoff.lasted(now - self._opened)
            self._opened = None
        self._answer_due = math.inf
        self._keepalive.stop()
        failure = self._silent if error is None else Failed(error)
        self._silent = None
        return self._timed(self._model.lost(failure))

    # --- the user ------------------------------------------------------------------------------------------

    def typed(self, text: str) -> list[Action]:
        """Take in what the user typed."""
        return self._timed(self._model.typed(text))

    def leave(self) -> list[Action]:
        """Say goodbye."""
        return self._timed(self._model.leave())

    def aborted(self) -> list[Action]:
        """Take in that everything was given up."""
        return self._timed(self._model.aborted())

    # --- time ----------------------------------------------------------------------------------------------

    def deadline(self) -> float:
        """Return when the next `tick` is due, infinity for never.

        Only `opened`, `received`, `lost` and `tick` change it.
        """
        return min(self._answer_due, self._keepalive.deadline())

    def tick(self, now: float) -> list[Action]:
        """Do what is due. Spurious calls are harmless."""
        if now >= self._answer_due:
            return self._give_up(round(ANSWER_TIMEOUT))
        match self._keepalive.tick(now):
            case Sign.ASK:
                return self._timed(self._model.ping(f"{PING_TOKEN}{next(self._pings)}"))
            case Sign.GIVE_UP:
                return self._give_up(round(QUIET + PATIENCE))
            case None:
                return []

    def _give_up(self, seconds: int) -> list[Action]:
        self._answer_due = math.inf
        self._keepalive.stop()
        self._silent = Silent(seconds)
        return [Disconnect(abrupt=True)]

    def _timed(self, outputs: list[Output]) -> list[Action]:
        """Give the model's wish for another try its delay."""
        actions: list[Action] = []
        for output in outputs:
            if isinstance(output, Retry):
                delay = self._backoff.delay(self._chance())
                actions += [Connect(delay), Show(Retrying(delay))]
            else:
                actions.append(output)
        return actions

    @property
    def over(self) -> bool:
        """Nothing happens any more."""
        return self._model.status.state is State.OVER
