"""Who is who in a recording: a row for each thread and each waiting task, its spans nested, its people by name.

The idea: threads are named after sessions, sessions are known by where their peers are, and the scenario's people
know their own addresses; so nothing but a scenario's names comes into a picture.

What must stay true: pure; times begin with the scenario's first act; what the server did before it, or after it
was told to stop, is not in the picture; of each row a slice is either inside another or beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from coliseum.lab.tracing.spans import TASKS, Detail, Phase, Run, Span, Track

ROLES: Final = (
    "loop",
    "acceptor",
    "client",
    "writer",
    "task",
    "effects",
    "dispatcher",
    "worker",
    "flusher",
    "clock",
    "main",
)
"In the order in which rows stand; a client's writer and task stand with the client."

_BY_BEGINNING: Final = {
    "loop": "loop",
    "accept-": "acceptor",
    "effect": "effects",
    "dispatch-": "dispatcher",
    "flusher": "flusher",
    "clock": "clock",
    "MainThread": "main",
}
_ID_SHOWN: Final = 8
"Characters of a session's id in the name of its thread."


@dataclass(frozen=True, slots=True)
class Slice:
    """A span in its row."""

    kind: str
    name: str
    start: int
    "Nanoseconds since the scenario began."
    end: int
    cpu_start: int
    cpu: int
    own: int
    "Nanoseconds that no slice inside it took."
    who: str
    "About whom, by name; empty: nobody, or everybody."
    depth: int
    "0: in no other."
    detail: Detail

    @property
    def duration(self) -> int:
        """Nanoseconds."""
        return self.end - self.start

    @property
    def messages(self) -> list[int]:
        """The numbers of the messages that it said or carried."""
        found = self.detail.get("messages", [])
        return found if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Row:
    """One thread, or one task that waits."""

    role: str
    who: str
    "Whose it is, by name; empty: nobody's."
    thread: str
    slices: list[Slice]
    "By beginning; a slice comes before those in it."


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message's way: from the slice in which it was said to the one that sent it to a hearer."""

    said: tuple[int, int]
    "Row and number in the row."
    sent: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A recording as it is drawn."""

    engine: str
    about: str
    rows: list[Row]
    arrows: list[Arrow]
    phases: list[Phase]
    "Their times since the scenario began."
    people: list[str]
    end: int
    "When the last slice ends."
    overhead: int
    lost: int


def sheet(run: Run) -> Sheet:
    """Return what is drawn of a run."""
    recording, account = run.recording, run.account
    zero = account.phases[0].start
    by_address = {address: name for name, address in account.people.items()}
    names = {session: by_address.get(peer, "") for session, peer in recording.sessions.items()}
    people = list(account.people)
    kept = [
        (track, shown)
        for track in (part for track in recording.tracks for part in _parts(track))
        if (shown := _within(track.spans, zero, recording.stopping))
    ]
    end = max(span.end for _, spans in kept for span in spans if span.kind != "life")
    rows = []
    for track, spans in kept:
        role, who = _place(track, names)
        cut = [_cut(span, zero, end) for span in spans if span.start < end]
        rows.append(Row(role, who, track.thread, nested(cut, zero, names, who)))
    rows.sort(key=lambda row: _order(row, people))
    return Sheet(
        recording.engine,
        recording.about,
        rows,
        _arrows(rows),
        [Phase(phase.act, phase.start - zero, phase.end - zero, phase.names) for phase in account.phases],
        people,
        end - zero,
        recording.overhead,
        recording.lost,
    )


def nested(spans: Sequence[Span], zero: int, names: dict[str, str], who: str) -> list[Slice]:
    """Return spans of one thread as slices in each other. `who`: about whom those are that say nothing themselves.

    A span that says nothing is about whom the one around it is about.
    """
    found: list[Slice] = []
    around: list[tuple[int, Span, str]] = []
    own: list[int] = []
    # Of two that begin together the longer is outside; of two equal ones the later in the list, which ended later.
    order = sorted(range(len(spans)), key=lambda at: (spans[at].start, -spans[at].end, -at))
    for span in (spans[at] for at in order):
        while around and around[-1][1].end <= span.start:
            around.pop()
        about = names.get(span.session, "") or (around[-1][2] if around else who)
        if around:
            own[around[-1][0]] -= span.end - span.start
        around.append((len(own), span, about))
        own.append(span.end - span.start)
        found.append(
            Slice(
                span.kind,
                span.name,
                span.start - zero,
                span.end - zero,
                span.cpu_start,
                span.cpu,
                0,
                about,
                len(around) - 1,
                span.detail,
            )
        )
    return [replace(piece, own=left) for piece, left in zip(found, own, strict=True)]


def _parts(track: Track) -> Iterable[Track]:
    """Return a thread as it is; tasks apart, because they overlap."""
    if track.thread != TASKS:
        return [track]
    sessions = dict.fromkeys(span.session for span in track.spans)
    return [
        Track(f"{TASKS}-{session}", [span for span in track.spans if span.session == session])
        for session in sessions
    ]


def _within(spans: Sequence[Span], zero: int, stopping: int) -> list[Span]:
    """Return what belongs to the scenario, or a part of it."""
    return [span for span in spans if span.end > zero and span.start < stopping]


def _cut(span: Span, zero: int, end: int) -> Span:
    """Let a span that began before the scenario begin with it, and one that goes on end with it."""
    if span.start >= zero and span.end <= end:
        return span
    return msgspec.structs.replace(span, start=max(span.start, zero), end=min(span.end, end))


def _place(track: Track, names: dict[str, str]) -> tuple[str, str]:
    """Return the role of a thread, by its name, and whose it is."""
    thread = track.thread
    for beginning, role in _BY_BEGINNING.items():
        if thread.startswith(beginning):
            return role, ""
    kind, _, rest = thread.partition("-")
    role = {"client": "client", "session": "worker", TASKS: "task"}.get(kind, "main")
    if rest.endswith("-writer"):
        role = "writer"
    for session, name in names.items():
        if rest.startswith(session[:_ID_SHOWN]):
            return role, name
    return role, ""


def _order(row: Row, people: list[str]) -> tuple[int, int, int]:
    role = ROLES.index(row.role)
    if row.role in {"client", "writer", "task", "worker"}:
        return ROLES.index("client"), people.index(row.who) if row.who in people else len(people), role
    return role, 0, 0


def _arrows(rows: list[Row]) -> list[Arrow]:
    """Return how messages went: an arrow for each pair of a step that said some and a slice that sent them."""
    said: dict[int, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        for at, piece in enumerate(row.slices):
            if piece.kind == "step":
                said |= dict.fromkeys(piece.messages, (number, at))
    found: dict[Arrow, None] = {}
    for number, row in enumerate(rows):
        for at, piece in enumerate(row.slices):
            if piece.kind == "send":
                for message in piece.messages:
                    if message in said:
                        found[Arrow(said[message], (number, at))] = None
    return list(found)
