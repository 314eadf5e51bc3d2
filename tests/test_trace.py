"""The log: one fact a line, written by a thread of its own, and whoever reports never waits."""

import io
import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from coliseum import trace
from coliseum.core.effects import VerifyPassword
from coliseum.core.inbound import Ready
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.i18n import english
from coliseum.trace import Journal, silence
from tests.harness import DEADLINE, at


def facts(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what was written, which must be one JSON object a line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def events(stream: io.StringIO) -> list[str]:
    return [fact["event"] for fact in facts(stream)]


class HeldStream(io.StringIO):
    """A stream whose first write waits until it is let go, like a pipe that nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        assert self.let_go.wait(DEADLINE)
        return super().write(text)


class FailingStream(io.StringIO):
    """A stream that fails until the fact `heals` is written."""

    def __init__(self, error: Exception, heals: str = "never") -> None:
        super().__init__()
        self.error: Exception | None = error
        self.heals = heals

    def write(self, text: str) -> int:
        if json.loads(text)["event"] == self.heals:
            self.error = None
        if self.error is not None:
            raise self.error
        return super().write(text)


def test_facts_are_json_lines_in_their_order() -> None:
    stream = io.StringIO()
    journal = Journal(stream)
    journal.note("session.opened", session="id-1", peer="127.0.0.1:1")
    journal.note("room.made", room="jardín\nde rosas")
    journal.close()
    opened, made = facts(stream)
    assert opened["event"] == "session.opened"
    assert (opened["session"], opened["peer"]) == ("id-1", "127.0.0.1:1")
    assert made["room"] == "jardín\nde rosas"


def test_the_time_is_utc_with_milliseconds() -> None:
    stream = io.StringIO()
    journal = Journal(stream)
    journal.note("x")
    journal.close()
    (fact,) = facts(stream)
    assert datetime.fromisoformat(fact["timestamp"]).utcoffset() == timedelta(0)
    assert len(fact["timestamp"]) == len("2026-01-01T00:00:00.000+00:00")
    assert "time" not in fact


@pytest.mark.parametrize(
    ("event", "level"),
    [
        ("session.opened", "info"),
        ("refused", "info"),
        ("warning", "warning"),
        ("accept.failed", "warning"),
        ("fault", "error"),
    ],
)
def test_every_fact_has_its_level(event: str, level: str) -> None:
    stream = io.StringIO()
    journal = Journal(stream)
    journal.note(event)
    journal.close()
    assert facts(stream)[0]["level"] == level


def test_a_terminal_gets_lines_for_people() -> None:
    stream = io.StringIO()
    journal = Journal(stream, pretty=True)
    journal.note("room.made", room="lobby")
    journal.close()
    assert "room.made" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1
    with pytest.raises(ValueError):
        json.loads(stream.getvalue())


def test_what_is_no_json_is_written_all_the_same() -> None:
    stream = io.StringIO()
    journal = Journal(stream)
    journal.note("reloaded", reason=Reason.QUIT, where=("localhost", 7000), thing=object())
    journal.close()
    (fact,) = facts(stream)
    assert fact["reason"] == "quit"
    assert fact["where"] == ["localhost", 7000]


def test_close_writes_what_is_queued_and_ends_the_thread() -> None:
    stream = io.StringIO()
    before = threading.active_count()
    journal = Journal(stream)
    for number in range(1000):
        journal.note(f"fact {number}")
    journal.close()
    assert events(stream) == [f"fact {number}" for number in range(1000)]
    assert threading.active_count() == before


def test_a_note_after_the_end_is_harmless() -> None:
    journal = Journal(io.StringIO())
    journal.close()
    journal.note("too late")


def test_whoever_reports_never_waits_and_what_does_not_fit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "CAPACITY", 3)
    stream = HeldStream()
    journal = Journal(stream)
    journal.note("first")
    assert stream.entered.wait(DEADLINE)
    for number in range(8):  # three fit, five do not
        journal.note(f"fact {number}")
    stream.let_go.set()
    journal.close()
    assert events(stream) == ["first", "log.dropped", "fact 0", "fact 1", "fact 2"]
    dropped = facts(stream)[1]
    assert (dropped["count"], dropped["level"]) == (5, "warning")


def test_one_event_never_drowns_the_others_and_faults_are_always_written(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.5]
    monkeypatch.setattr("coliseum.trace.time.time", lambda: clock[0])
    stream = io.StringIO()
    journal = Journal(stream)
    for _ in range(trace.PER_SECOND + 7):
        journal.note("session.opened")
    for _ in range(trace.PER_SECOND + 7):
        journal.note("fault")
        journal.note("status")  # somebody waits for every one of them
    journal.note("room.made")
    clock[0] += 1
    journal.note("session.opened")
    journal.close()
    written = Counter(events(stream))
    assert written.pop("log.dropped") in {1, 2}
    many = trace.PER_SECOND + 7
    assert written == {"session.opened": trace.PER_SECOND + 1, "fault": many, "status": many, "room.made": 1}
    assert sum(fact.get("count", 0) for fact in facts(stream)) == 7


def test_what_was_dropped_is_said_though_nothing_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "CONFESSION", 0.01)
    stream, said = io.StringIO(), threading.Event()
    write = stream.write

    def watch(text: str) -> int:
        if "log.dropped" in text:
            said.set()
        return write(text)

    monkeypatch.setattr(stream, "write", watch)
    monkeypatch.setattr("coliseum.trace.time.time", lambda: 1000.0)
    journal = Journal(stream)
    for _ in range(trace.PER_SECOND + 3):
        journal.note("session.opened")
    assert said.wait(DEADLINE)
    journal.close()
    assert sum(fact.get("count", 0) for fact in facts(stream)) == 3


@pytest.mark.parametrize("error", [OSError("no space left"), BrokenPipeError(), ValueError("I/O on closed file")])
def test_a_stream_that_fails_hurts_nobody(error: Exception) -> None:
    journal = Journal(FailingStream(error))
    for _ in range(10):
        journal.note("x")
    journal.close()


def test_a_stream_that_was_closed_hurts_nobody() -> None:
    stream = io.StringIO()
    journal = Journal(stream)
    stream.close()
    journal.note("x")
    journal.close()


def test_what_a_failing_stream_lost_is_said_when_it_works_again() -> None:
    stream = FailingStream(OSError("no space left"), heals="four")
    journal = Journal(stream)
    for name in ("one", "two", "three", "four", "five"):
        journal.note(name)
    journal.close()
    assert events(stream) == ["four", "log.dropped", "five"]
    assert facts(stream)[1]["count"] == 3


def test_no_fact_carries_what_people_said_or_a_password() -> None:
    stream, ids = io.StringIO(), count(1)
    journal = Journal(stream)
    world = World(Policy(password="SECRET-1", flood_control=False), lambda: f"id-{next(ids)}", journal.note)
    sessions = [Session(world, f"127.0.0.1:{port}", "tcp") for port in (1, 2)]
    for session in sessions:
        session.dialect = PlainDialect(session, Voice.speaking(english))
        session.open(at(0))
        lines = [
            "SECRET-2",
            "SECRET-1",
            "SECRET-3",
            "/msg guest-1 SECRET-4",
            "/topic SECRET-5",
            "/SECRET-6",
            "\x1bSECRET-7",
        ]
        effect = session.receive([Ready(), *lines], at(1))
        while effect is not None:
            assert isinstance(effect, VerifyPassword)
            effect = session.resume(effect.password == effect.expected, at(2))
        session.gone(Reason.CONNECTION_LOST, at(3))
    journal.close()
    assert {"session.opened", "user.attached", "refused", "session.closed"} <= set(events(stream))
    assert "SECRET" not in stream.getvalue()


def test_silence_takes_every_fact_and_keeps_none() -> None:
    note: Callable[..., None] = silence
    note("x", anything=1)
