"""A paced load over TCP: messages on a fixed schedule (pacing), and how late each of them arrives.

Beside those who hear everything there may be some who stop reading: their connections are narrow, so that the
kernel's buffers for them are soon full, and the server has to decide what becomes of them. That it has cut one off
is known from the others in the room, who are told.

What must stay true: the same check as in a flow; every delivery whose message was measured is in the histogram,
unless it went to somebody who does not read.
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
from coliseum.lab.pacing import Pace, Schedule, Times
from coliseum.lab.records import Texts
from coliseum.lab.rooms import Room


def run(workload: Paced, target: Target, names: Names, look: Look) -> tuple[Counts, Faults, Times]:
    """Run a paced load. Raises LabError when it cannot be run to its end."""
    groups = [names.group(workload.members) for _ in range(workload.rooms)]
    slow = [names.client(group[0].room.decode(), narrow=True) for group in groups for _ in range(workload.slow)]
    everybody = [client for group in groups for client in group] + slow
    poller, times = Poller(), Times()
    try:
        enrol(poller, target, everybody, patience=workload.patience, quick_ack=workload.quick_ack)
        all_quiet(poller, everybody, workload.patience)
        for sleeper in slow:
            sleeper.sleep()
        rooms = [Room(group, 1, Texts(workload.text_bytes, in_flight=1)) for group in groups]
        schedule = Schedule(
            rate=workload.rate, rooms=workload.rooms, warm_up=workload.warm_up, seconds=workload.seconds
        )
        for index, room in enumerate(rooms):
            room.attend(lambda _: None)
            for number, member in enumerate(room.members):
                if number:
                    member.handle(_timing(room, index, number, member, schedule, times.latencies))
        pace = Pace(schedule, rooms, poller.turn, workload.patience)
        counts, times.lateness = pace.run(look), pace.lateness
        faults = finish(poller, rooms, workload.patience)
        counts.lines = sum(room.check.ledger.lines for room in rooms)
        counts.cut_off = len({client.nick for client in slow} & {nick for room in rooms for nick in room.gone})
        if not (faults or counts.complete):
            raise LabError(f"nothing moved for {workload.patience:g} s, though nothing was lost in the end")
        return counts, faults, times
    finally:
        for client in everybody:
            client.close()
        poller.close()


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
            due = schedule.measured_due(index, message)
            if due is not None:
                latencies.add(now - due)

    return receive
