"""A paced load over UDP sessions: messages on a fixed schedule (pacing), and how late each of them arrives.

The idea: our own protocol promises lines exactly once and in order although datagrams get lost, doubled or late
(docs/reference/udp.md). What a client hears is written down as the line that IRC would have for it, so the check
is that of all other loads, byte for byte.

What must stay true: as in a paced load over TCP; nobody hears what they said themselves. Only our own servers
speak the protocol. Not here: sockets, repetition (sessions).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coliseum.lab import LabError
from coliseum.lab.clients import Names
from coliseum.lab.enrolment import Target, all_quiet
from coliseum.lab.flow import Counts, Look, finish
from coliseum.lab.histogram import Histogram
from coliseum.lab.kinds import Datagrams
from coliseum.lab.ledger import Faults
from coliseum.lab.one_sender import OneSender
from coliseum.lab.pacing import Pace, Schedule, Times
from coliseum.lab.records import Texts
from coliseum.lab.sessions import Crowd, DatagramClient


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run brought."""

    counts: Counts
    faults: Faults
    times: Times
    arrivals_per_second: float
    "Sessions that came into their rooms, before anything was said."


class Room:
    """One room; the first of its members speaks."""

    def __init__(self, members: Sequence[DatagramClient], texts: Texts) -> None:
        """Begin the check; all `members` are in the room."""
        self.members = members
        self.senders = members[:1]
        self.check = OneSender(texts, members[0].room, [member.nick for member in members], self._strange)
        self._texts = texts

    def attend(self, index: int, schedule: Schedule, latencies: Histogram) -> None:
        """Check and time what the members hear from now on; this is room number `index` of the schedule."""
        for number, member in enumerate(self.members):
            member.said = self._hearing(number, index, schedule, latencies)

    def say(self, sender: int, count: int) -> None:
        """Let the sender say its next `count` messages."""
        start = self.check.said[sender]
        self.check.said[sender] = end = start + count
        lines = [self._texts.text(sender, number) + b"\n" for number in range(start, end)]
        self.senders[sender].say(b"".join(lines))

    def complete(self) -> bool:
        """Say whether every receiver has got everything that was said."""
        return self.check.floors() == self.check.said

    def close(self) -> Faults:
        """Return all faults, when everything that will come has come."""
        return self.check.close()

    def _hearing(
        self, number: int, index: int, schedule: Schedule, latencies: Histogram
    ) -> Callable[[bytes, bytes, bytes], None]:
        check = self.check

        def said(nick: bytes, room: bytes, text: bytes) -> None:
            now = time.perf_counter_ns()
            before = check.got(number)
            line = b":%s!udp PRIVMSG %s :%s\r\n" % (nick, room, text.replace(b"\n", b"\\n"))
            check.feed(number, memoryview(line))
            if number:  # the sender's place is beyond everything
                for message in range(before, check.got(number)):
                    due = schedule.measured_due(index, message)
                    if due is not None:
                        latencies.add(now - due)

        return said

    def _strange(self, member: int, line: bytes) -> None:
        """Take what was said but has not even the form of a message for what it is."""
        self.check.ledger.garbled(member, line)


def run(workload: Datagrams, target: Target, names: Names, look: Look) -> Ran:
    """Run a paced load over UDP. Raises LabError when it cannot be run to its end."""
    places = [names.room().removeprefix("#") for _ in range(workload.rooms)]
    groups = [[DatagramClient(names.nick(), place) for _ in range(workload.members)] for place in places]
    everybody = [client for group in groups for client in group]
    crowd, times = Crowd(target.address, workload.patience), Times()
    try:
        start = time.perf_counter()
        crowd.enrol(everybody)
        arrivals_per_second = len(everybody) / (time.perf_counter() - start)
        all_quiet(crowd, everybody, workload.patience)
        rooms = [Room(group, Texts(workload.text_bytes, in_flight=1)) for group in groups]
        schedule = Schedule(
            rate=workload.rate, rooms=workload.rooms, warm_up=workload.warm_up, seconds=workload.seconds
        )
        for index, room in enumerate(rooms):
            room.attend(index, schedule, times.latencies)
        pace = Pace(schedule, rooms, crowd.turn, workload.patience)
        counts, times.lateness = pace.run(look), pace.lateness
        faults = finish(crowd, rooms, workload.patience)
        counts.lines = sum(room.check.ledger.lines for room in rooms)
        if not (faults or counts.complete):
            raise LabError(f"nothing moved for {workload.patience:g} s, though nothing was lost in the end")
        return Ran(counts, faults, times, arrivals_per_second)
    finally:
        crowd.close()
