"""The pace of an open loop: when each message is due, and saying it then, however the server fares.

The idea: a message counts from the moment when it should have been said, not from when the generator got round to
it, so a server that stalls pays for every message of the stall (nothing is left out by "coordinated omission").
Rooms take turns. Looking at what the server has used takes milliseconds, in which nothing could be said on time;
so the schedule pauses between warm-up and what is measured, and begins anew after the look.

The loop never sleeps: waking up takes longer than what is measured here. So the generator always uses its whole
core, and says by its own lateness whether it kept up.

What must stay true: how many messages are said, in the warm-up and measured, depends on the workload alone, so it
is the same whatever server it is. Not here: what carries the messages (paced, datagrams).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from coliseum.lab.flow import Counts, Look
from coliseum.lab.histogram import Histogram
from coliseum.lab.many_senders import ManySenders
from coliseum.lab.one_sender import OneSender

_NS = 10**9
_LEAD = 1_000_000
"Nanoseconds from the beginning of the schedule, or its second part, to the first message."


@dataclass(slots=True)
class Times:
    """How late things were, in nanoseconds."""

    latencies: Histogram = field(default_factory=Histogram)
    "From when each message should have been said to each delivery."
    lateness: Histogram = field(default_factory=Histogram)
    "From when each message should have been said to when the generator did."


class Speaking(Protocol):
    """A room in which the first member speaks."""

    @property
    def check(self) -> OneSender | ManySenders:
        """Who got what."""

    def say(self, sender: int, count: int) -> None:
        """Let a sender say its next messages."""


class Schedule:
    """When each message of each room is due; times are those of perf_counter_ns."""

    def __init__(self, *, rate: float, rooms: int, warm_up: float, seconds: float) -> None:
        """`rate` is messages per second in all rooms together; the rest is that of the workload."""
        self._interval = _NS / rate
        self._rooms = rooms
        self.warming = round(warm_up * rate)
        "How many messages are said before anything is measured."
        self.measured = max(1, round(seconds * rate))
        "How many of them are measured; all that come after the warm-up."
        self._start = self._second = 0

    def begin(self, now: int) -> None:
        """Let the warm-up begin."""
        self._start = now + _LEAD

    def go_on(self, now: int) -> None:
        """Let begin what is measured."""
        self._second = now + _LEAD

    @property
    def messages(self) -> int:
        """How many there are in all."""
        return self.warming + self.measured

    def due(self, index: int) -> int:
        """Return when the message number `index` of all rooms is due; one that is measured: after `go_on`."""
        if index < self.warming:
            return self._start + round(index * self._interval)
        return self._second + round((index - self.warming) * self._interval)

    def measured_due(self, room: int, number: int) -> int | None:
        """Return when message `number` of room number `room` was due; None when it is not measured."""
        index = number * self._rooms + room
        return self.due(index) if index >= self.warming else None


class Pace:
    """The loop: wait, check, say what is due."""

    def __init__(
        self, schedule: Schedule, rooms: Sequence[Speaking], turn: Callable[[float], int], patience: float
    ) -> None:
        """`turn` lets everything happen that can happen at once, and returns how much that was."""
        self._schedule = schedule
        self._rooms = rooms
        self._turn = turn
        self._patience = round(patience * _NS)
        self._last = 0
        "When something happened last."
        self.lateness = Histogram()
        "How late the generator said what is measured, in nanoseconds."

    def run(self, look: Look) -> Counts:
        """Say everything. The counts are not complete after a fault, or when nothing happened any more."""
        schedule, counts = self._schedule, Counts()
        self._last = time.perf_counter_ns()
        schedule.begin(self._last)
        if not self._say(range(schedule.warming), Histogram()) or not self._all_there():
            return counts
        look()
        before = self._delivered()
        began = time.perf_counter_ns()
        schedule.go_on(began)
        if self._say(range(schedule.warming, schedule.messages), self.lateness) and self._until(
            schedule.due(schedule.messages)  # the last message's time belongs to what is measured
        ):
            counts.seconds = (time.perf_counter_ns() - began) / _NS
            counts.messages = schedule.measured
            counts.rooms = [now - then for now, then in zip(self._delivered(), before, strict=True)]
            counts.complete = True
        look()
        return counts

    def _say(self, messages: range, lateness: Histogram) -> bool:
        for index in messages:
            due = self._schedule.due(index)
            if not self._until(due):
                return False
            lateness.add(time.perf_counter_ns() - due)
            self._rooms[index % len(self._rooms)].say(0, 1)
        return True

    def _until(self, due: int) -> bool:
        """Let happen what happens until `due`; return whether all is well: no fault, no standstill.

        Something may happen also when `due` is past: who only spoke, because it is late, would read ever later.
        """
        while self._well():
            if time.perf_counter_ns() >= due:
                return True
        return False

    def _all_there(self) -> bool:
        """Let everything that was said arrive; return whether it did."""
        while any(room.check.floors() != room.check.said for room in self._rooms):
            if not self._well():
                return False
        return True

    def _well(self) -> bool:
        """Let happen what happens; return whether nothing went wrong, and something moves."""
        now = time.perf_counter_ns()
        if self._turn(0):
            self._last = now
        still = now - self._last > self._patience
        return not still and not any(room.check.ledger.faulty for room in self._rooms)

    def _delivered(self) -> list[int]:
        return [room.check.delivered() for room in self._rooms]
