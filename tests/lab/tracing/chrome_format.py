"""What Chrome's Trace Event Format asks of a file, as far as complete events, flows and metadata go.

Written from the format's description, not from what writes our traces.
"""

from collections import defaultdict
from typing import Any

METADATA = {
    "process_name": ("name", str),
    "process_labels": ("labels", str),
    "process_sort_index": ("sort_index", int),
    "thread_name": ("name", str),
    "thread_sort_index": ("sort_index", int),
}


def faults(trace: Any) -> list[str]:
    """Return everything that is wrong with a trace, empty when nothing is."""
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        return ["a trace is an object with traceEvents"]
    found = []
    if trace.get("displayTimeUnit") not in {None, "ms", "ns"}:
        found.append("displayTimeUnit is ms or ns")
    for event in trace["traceEvents"]:
        found += [f"{fault}: {event}" for fault in _faults_of(event)]
    return found or [*_overlaps(trace["traceEvents"]), *_loose_flows(trace["traceEvents"]), *_nameless(trace)]


def _faults_of(event: Any) -> list[str]:
    found = [f"{key} is a number" for key in ("pid", "tid") if type(event.get(key)) is not int]
    found += ["a name is a text"] if not isinstance(event.get("name"), str) or not event["name"] else []
    found += ["ts is a number"] if type(event.get("ts")) not in {int, float} or event["ts"] < 0 else []
    match event.get("ph"):
        case "X":
            for key in ("dur", "tdur", "tts"):
                if key in event or key == "dur":
                    found += (
                        [] if type(event.get(key)) in {int, float} and event[key] >= 0 else [f"{key} is wrong"]
                    )
            found += [] if isinstance(event.get("args", {}), dict) else ["args is an object"]
            found += [] if isinstance(event.get("cat", ""), str) else ["cat is a text"]
        case "s" | "f":
            found += [] if type(event.get("id")) is int else ["a flow has an id"]
            found += [] if event["ph"] == "s" or event.get("bp") == "e" else ["a flow ends in what is around it"]
        case "M":
            key, kind = METADATA.get(event["name"], ("", object))
            found += [] if key and type(event["args"].get(key)) is kind else ["unknown metadata"]
        case _:
            found.append("unknown phase")
    return found


def _nanoseconds(event: Any) -> tuple[int, int]:
    start = round(event["ts"] * 1000)
    return start, start + round(event.get("dur", 0) * 1000)


def _overlaps(events: list[Any]) -> list[str]:
    """Complete events of one thread may nest and follow each other, but not overlap in part."""
    threads = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            threads[event["pid"], event["tid"]].append((*_nanoseconds(event), event["name"]))
    found = []
    for where, spans in threads.items():
        around: list[tuple[int, int, str]] = []
        for span in sorted(spans, key=lambda span: (span[0], -span[1])):
            while around and around[-1][1] <= span[0]:
                around.pop()
            if around and span[1] > around[-1][1]:
                found.append(f"in {where}: {span} overlaps {around[-1]}")
            around.append(span)
    return found


def _loose_flows(events: list[Any]) -> list[str]:
    """A flow begins once, ends once, later, and each end is in a slice."""
    starts, ends = ({e["id"]: e for e in events if e["ph"] == phase} for phase in "sf")
    found = [f"flow {number} has one end" for number in starts.keys() ^ ends.keys()]
    for number in starts.keys() & ends.keys():
        if starts[number]["ts"] > ends[number]["ts"]:
            found.append(f"flow {number} goes back in time")
        for end in (starts[number], ends[number]):
            at = _nanoseconds(end)[0]
            inside = (
                _nanoseconds(e)[0] <= at <= _nanoseconds(e)[1]
                for e in events
                if e["ph"] == "X" and (e["pid"], e["tid"]) == (end["pid"], end["tid"])
            )
            if not any(inside):
                found.append(f"flow {number} is bound to no slice")
    return found


def _nameless(trace: Any) -> list[str]:
    events = trace["traceEvents"]
    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    processes = {e["pid"] for e in events if e["name"] == "process_name"}
    found = [
        f"thread {where} has no name" for where in {(e["pid"], e["tid"]) for e in events if e["ph"] == "X"} - named
    ]
    return found + [f"process {pid} has no name" for pid in {e["pid"] for e in events} - processes]
