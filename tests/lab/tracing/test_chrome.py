"""The trace and the page: the format's rules, nothing of what people said, and what was left out is told."""

import json
import secrets

import pytest

from coliseum.config import Engine
from coliseum.i18n import english
from coliseum.lab.tracing import chrome, crowd, rows, view
from coliseum.lab.tracing.recording import record
from coliseum.lab.tracing.scenarios import CATALOGUE
from tests.lab.tracing.chrome_format import faults
from tests.lab.tracing.runs import ALL, sheet


@pytest.mark.parametrize(("scenario", "engine"), ALL)
def test_a_trace_keeps_the_formats_rules(scenario: str, engine: Engine) -> None:
    trace = json.loads(json.dumps(chrome.trace(scenario, [sheet(scenario, engine)])))
    assert faults(trace) == []


def test_two_engines_lie_side_by_side() -> None:
    sheets = [sheet("arena", "threads"), sheet("arena", "asyncio")]
    trace = json.loads(json.dumps(chrome.trace("arena", sheets)))
    assert faults(trace) == []
    names = {e["pid"]: e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "process_name"}
    assert names == {1: "engine: threads", 2: "engine: asyncio"}
    threads = [e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "thread_name" and e["pid"] == 1]
    assert threads[:6] == ["the people", "acceptor (tls)", "ana", "luis", "eva", "hugo"]
    for pid, drawn in enumerate(sheets, 1):
        slices = [e for e in trace["traceEvents"] if e["ph"] == "X" and e["pid"] == pid and e["cat"] != "people"]
        assert len(slices) == sum(len(row.slices) for row in drawn.rows)
        assert all("tdur" in event for event in slices)


def test_the_validator_finds_what_is_wrong() -> None:
    def broken(**changes: object) -> list[str]:
        event = {"name": "a", "ph": "X", "pid": 1, "tid": 1, "ts": 1.0, "dur": 2.0}
        names = [
            {"name": f"{what}_name", "ph": "M", "pid": 1, "tid": 1, "ts": 0, "args": {"name": "a"}}
            for what in ("process", "thread")
        ]
        return faults({"traceEvents": [event, {**event, "ts": 1.5, "dur": 1.0, **changes}, *names]})

    assert broken() == []
    assert "overlaps" in broken(dur=3.0)[0]
    assert "dur is wrong" in broken(dur=-1)[0]
    assert "unknown phase" in broken(ph="Q")[0]
    assert "a number" in broken(pid="1")[0]
    assert any("has no name" in fault for fault in broken(tid=2))
    assert "one end" in broken(ph="s", id=1)[0]


@pytest.mark.parametrize("engine", ["threads", "asyncio"])
@pytest.mark.parametrize("scenario", CATALOGUE)
def test_nothing_that_was_said_is_in_it_and_no_secret(
    scenario: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "open-pomegranate")
    drawn = rows.sheet(record(CATALOGUE[scenario], engine))
    trace = json.dumps(chrome.trace(scenario, [drawn]))
    page = view.view(scenario, [drawn], "en", english)
    for text in (trace, page):
        assert "ana" in text
        for secret in (crowd.WORD, "pomegranate", "$argon2", "xxxx", "127.0.0.1"):
            assert secret not in text


def test_what_is_too_much_is_left_out_and_told() -> None:
    run = record(CATALOGUE["arena"], "asyncio", most=30)
    assert [len(track.spans) for track in run.recording.tracks] == [30]
    assert run.recording.lost > 0
    drawn = rows.sheet(run)
    trace = chrome.trace("arena", [drawn])
    assert faults(json.loads(json.dumps(trace))) == []
    assert trace["otherData"]["engines"][0]["spans left out"] == run.recording.lost
    assert f"{run.recording.lost} slices are missing" in view.view("arena", [drawn], "en", english)
    assert "slices are missing" not in view.view("arena", [sheet("arena", "asyncio")], "en", english)
