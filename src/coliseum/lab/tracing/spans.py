"""What is recorded: spans of time in which a thread did something, and moments.

A *span* has a kind (see KINDS), a beginning and an end on the machine's monotonic clock, and the processor time
that its thread had used until then: what took long and cost little was waiting. Spans of one thread nest.

What must stay true: pure data, written and read as JSON; times are nanoseconds; a detail is a number or one of our
own words, never anything that a peer sent.
"""

from typing import Final, TypeAlias

import msgspec

Detail: TypeAlias = dict[str, int | str | list[int]]

KINDS: Final = (
    "life",
    "accept",
    "read",
    "wire",
    "wait",
    "hold",
    "step",
    "flush",
    "render",
    "send",
    "drain",
    "effect",
    "await",
    "clock",
    "end",
    "missed",
)
"In the order of a legend; `wording` says what each of them means."

TASKS: Final = "tasks"
"In the place of a thread's name: what tasks of the loop wait for."

BACKGROUND: Final = frozenset({"life", "await"})
"Kinds that say how long something was there, not what somebody was busy with."


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Something that a thread did."""

    kind: str
    name: str
    "What it was called in the source: receive, transmit."
    start: int
    end: int
    cpu_start: int
    "Of the thread, at the beginning; 0 for an `await`, which no thread does."
    cpu: int
    "What it cost."
    session: str
    "About whom, by the session's id; empty: nobody, or everybody."
    detail: Detail


class Track(msgspec.Struct, frozen=True):
    """Everything that one thread did, in the order in which it came to its end."""

    thread: str
    "The thread's name."
    spans: list[Span]
    lost: int = 0
    "How many more there were than are kept."


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What one server did."""

    engine: str
    about: str
    "What it ran on, with versions."
    tracks: list[Track]
    sessions: dict[str, str]
    "The address of every session's peer, by id, in the order in which they came."
    stopping: int
    "When the server was told to stop; what came later is not the scenario's."
    overhead: int
    "What recording one empty span costs on this machine at this moment; nanoseconds."

    @property
    def lost(self) -> int:
        """How many spans are missing because there were too many."""
        return sum(track.lost for track in self.tracks)


class Phase(msgspec.Struct, frozen=True):
    """What the people were doing, from when to when."""

    act: str
    "Which kind of act (see scenarios)."
    start: int
    end: int
    names: list[str]


class Said(msgspec.Struct, frozen=True):
    """Messages of one speaker that the people really heard."""

    speaker: str
    count: int
    hearers: list[str]


class Account(msgspec.Struct, frozen=True):
    """What the people did and heard."""

    people: dict[str, str]
    "Their addresses, by name, in the order of the scenario."
    phases: list[Phase]
    said: list[Said]


class Run(msgspec.Struct, frozen=True):
    """One scenario on one engine."""

    scenario: str
    recording: Recording
    account: Account
