"""A paced load: messages on a fixed schedule, however the server fares, and how late each of them arrives.

The idea: the schedule is an open loop. A message counts from the moment when it should have been said, not from
when the generator got round to it, so a server that stalls pays for every message of the stall (nothing is left
out by "coordinated omission"). The rooms take turns. The loop never sleeps: waking up takes longer than what is
measured here. So the generator always uses its whole core, and says by its own lateness whether it kept up.

What must stay true: the same check as in a flow; every delivery whose message was due in the measured time is in
the histogram.
"""

import time
from select import EPOLLIN

from coliseum.lab import LabError
from coliseum.lab.clients import Client, Handler, Names, Poller
from coliseum.lab.enrolment import Target, all_quiet, enrol
from coliseum.lab.flow import Counts, Look, finish
from coliseum.lab.histogram import Histogram
from coliseum.lab.kinds import Paced
from coliseum.lab.ledger import Faults
from coliseum.lab.records import Texts
from coliseum.lab.rooms import Room


class Schedule:
    """When each message of each room is due; times are those of perf_counter_ns."""

    def __init__(self, workload: Paced, start: int) -> None:
        self._interval = 1e9 / workload.rate
        self._rooms = workload.rooms
        self.start = start
        self.measured = start + round(workload.warm_up * 1e9)
        "What is due from here on is measured."
        self.end = self.measured + round(workload.seconds * 1e9)
        "Nothing is due from here on."

    def due(self, index: int) -> int:
        """Return when the message number `index` of all rooms is due."""
        return self.start + round(index * self._interval)

    def due_in(self, room: int, number: int) -> int:
        """Return when the message `number` of the room number `room` is due."""
        return self.due(number * self._rooms + room)


def run(workload: Paced, target: Target, names: Names, look: Look) -> tuple[Counts, Faults, Histogram, Histogram]:
    """Run a paced load. Return counts, faults, latencies, and how late the generator was, both in nanoseconds.

    Raises LabError when it cannot be run to its end.
    """
    groups = [names.group(workload.members) for _ in range(workload.rooms)]
    everybody = [client for group in groups for client in group]
    poller, latencies, lateness = Poller(), Histogram(), Histogram()
    try:
        enrol(poller, target, everybody, patience=workload.patience, quick_ack=workload.quick_ack)
        all_quiet(poller, everybody, workload.patience)
        rooms = [Room(group, 1, Texts(workload.text_bytes, in_flight=1)) for group in groups]
        schedule = Schedule(workload, time.perf_counter_ns() + 1_000_000)
        for index, room in enumerate(rooms):
            room.attend(lambda _: None)
            for number, member in enumerate(room.members):
                if number:
                    member.handle(_timing(room, index, number, member, schedule, latencies))
        counts = _drive(workload, poller, rooms, schedule, lateness, look)
        faults = finish(poller, rooms, workload.patience)
        counts.lines = sum(room.check.ledger.lines for room in rooms)
        if not (faults or counts.complete):
            raise LabError(f"nothing moved for {workload.patience:g} s, though nothing was lost in the end")
        return counts, faults, latencies, lateness
    finally:
        for client in everybody:
            client.close()
        poller.close()


def _drive(
    workload: Paced, poller: Poller, rooms: list[Room], schedule: Schedule, lateness: Histogram, look: Look
) -> Counts:
    counts, index, looked = Counts(), 0, False
    last = now = time.perf_counter_ns()
    patience, deliveries, messages = round(workload.patience * 1e9), 0, 0
    while (due := schedule.due(index)) < schedule.end:
        if due > now:
            if poller.turn(0):
                last = time.perf_counter_ns()
            now = time.perf_counter_ns()
            if now - last > patience or any(room.check.ledger.faulty for room in rooms):
                return counts
            continue
        if due >= schedule.measured:
            if not looked:
                look()
                looked, now = True, time.perf_counter_ns()
                messages, deliveries = index, _delivered(rooms)
            lateness.add(now - due)
        rooms[index % len(rooms)].say(0, 1)
        index += 1
    counts.seconds = (time.perf_counter_ns() - schedule.measured) / 1e9
    counts.messages, counts.deliveries = index - messages, _delivered(rooms) - deliveries
    counts.complete = looked
    look()
    return counts


def _timing(
    room: Room, index: int, number: int, member: Client, schedule: Schedule, latencies: Histogram
) -> Handler:
    """Return what reads for one receiver, and takes the time of what came."""
    check, read, buffer = room.check, member.wire.read, member.buffer

    def receive(mask: int) -> None:
        if mask != EPOLLIN and not member.flush(mask):
            return
        size = read(buffer)
        now = time.perf_counter_ns()
        if not size:
            member.wire.nothing()
        before = check.got(number)
        check.feed(number, buffer[:size])
        for message in range(before, check.got(number)):
            due = schedule.due_in(index, message)
            if due >= schedule.measured:
                latencies.add(now - due)

    return receive


def _delivered(rooms: list[Room]) -> int:
    return sum(room.check.delivered() for room in rooms)
