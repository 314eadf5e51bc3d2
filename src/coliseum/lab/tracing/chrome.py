"""The trace for other programs: Chrome's Trace Event Format (JSON), for ui.perfetto.dev and chrome://tracing.

Every engine is a process, every row a thread of it; the first row of each tells what the people were doing. A
slice is a complete event ("X") with the time of the clock and of its thread; the way of a message from the step in
which it was said to each send is a flow ("s" to "f").

What must stay true: pure; times are microseconds with three decimals, so that no nanosecond is lost and slices
still nest; what readers of the format do not know stands in `args` and `otherData`, where they ignore it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from coliseum.lab.tracing.rows import Row, Sheet, Slice

Event: TypeAlias = dict[str, Any]

_PEOPLE = 1
"The thread number of the row that tells what the people were doing."
_MANY = 1_000_000
"More than the arrows of one engine, so that the numbers of flows differ."


def trace(scenario: str, sheets: Sequence[Sheet]) -> Event:
    """Return the trace, to be written as JSON."""
    events = [event for pid, sheet in enumerate(sheets, 1) for event in _events(pid, sheet)]
    return {
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "program": "coliseum trace",
            "scenario": scenario,
            "engines": [
                {
                    "engine": sheet.engine,
                    "runs on": sheet.about,
                    "overhead of one span in ns": sheet.overhead,
                    "spans left out": sheet.lost,
                }
                for sheet in sheets
            ],
        },
    }


def title(row: Row) -> str:
    """Return what a row is called, in English."""
    whose = f" of {row.who}" if row.who else ""
    match row.role:
        case "client":
            return row.who or row.thread
        case "loop":
            return "event loop"
        case "effects":
            return f"effects ({row.thread})"
        case "main":
            return "main thread"
        case "acceptor" | "dispatcher":
            return f"{row.role} ({row.thread.partition('-')[2]})"
        case _:
            return row.role + whose


def _events(pid: int, sheet: Sheet) -> Iterator[Event]:
    yield _meta(pid, 0, "process_name", name=f"engine: {sheet.engine}")
    yield _meta(pid, 0, "process_labels", labels=sheet.about)
    yield _meta(pid, 0, "process_sort_index", sort_index=pid)
    yield _meta(pid, _PEOPLE, "thread_name", name="the people")
    yield _meta(pid, _PEOPLE, "thread_sort_index", sort_index=0)
    for phase in sheet.phases:
        times = {"ts": phase.start / 1e3, "dur": (phase.end - phase.start) / 1e3}
        about = {"names": ", ".join(phase.names)}
        yield {"name": phase.act, "cat": "people", "ph": "X", "pid": pid, "tid": _PEOPLE, **times, "args": about}
    for tid, row in enumerate(sheet.rows, _PEOPLE + 1):
        yield _meta(pid, tid, "thread_name", name=title(row))
        yield _meta(pid, tid, "thread_sort_index", sort_index=tid)
        for piece in row.slices:
            yield _slice(pid, tid, piece)
    for number, arrow in enumerate(sheet.arrows, pid * _MANY):
        yield _flow(pid, sheet, arrow.said) | {"ph": "s", "id": number}
        yield _flow(pid, sheet, arrow.sent) | {"ph": "f", "id": number, "bp": "e"}


def _flow(pid: int, sheet: Sheet, end: tuple[int, int]) -> Event:
    """Return one end of a flow; it belongs to the slice that begins at the same time."""
    row, at = end
    place = {"pid": pid, "tid": row + _PEOPLE + 1, "ts": sheet.rows[row].slices[at].start / 1e3}
    return {"name": "message", "cat": "message"} | place


def _meta(pid: int, tid: int, name: str, /, **args: object) -> Event:
    return {"name": name, "ph": "M", "pid": pid, "tid": tid, "ts": 0, "args": args}


def _slice(pid: int, tid: int, piece: Slice) -> Event:
    event: Event = {
        "name": piece.kind if piece.name == piece.kind else f"{piece.kind}: {piece.name}",
        "cat": piece.kind,
        "ph": "X",
        "pid": pid,
        "tid": tid,
        "ts": piece.start / 1e3,
        "dur": piece.duration / 1e3,
        "args": ({"who": piece.who} if piece.who else {}) | piece.detail,
    }
    if piece.cpu_start:
        event |= {"tts": piece.cpu_start / 1e3, "tdur": piece.cpu / 1e3}
    return event
