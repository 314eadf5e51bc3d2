"""Recordings of every scenario on every engine: what must be in them, and what the picture promises."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from coliseum.config import Engine
from coliseum.lab.tracing.rows import Row, Slice
from coliseum.lab.tracing.scenarios import ALWAYS, CATALOGUE
from coliseum.lab.tracing.spans import BACKGROUND, KINDS, TASKS, Span
from tests.lab.tracing.runs import ALL, run, sheet

everywhere = pytest.mark.parametrize(("scenario", "engine"), ALL)


def inside(row: Row, kind: str, name: str = "") -> Iterator[tuple[Slice, list[Slice]]]:
    """Yield the slices of a kind, each with those around it."""
    around: list[Slice] = []
    for piece in row.slices:
        del around[piece.depth :]
        if piece.kind == kind and name in {"", piece.name}:
            yield piece, list(around)
        around.append(piece)


@everywhere
def test_every_kind_that_must_occur_occurs(scenario: str, engine: Engine) -> None:
    found = {span.kind for track in run(scenario, engine).recording.tracks for span in track.spans}
    wanted = ALWAYS | CATALOGUE[scenario].shows
    wanted |= {"hold", "clock"} if engine == "threads" else {"await"} if CATALOGUE[scenario].password else set()
    assert wanted <= found <= set(KINDS)
    assert run(scenario, engine).recording.lost == 0


@everywhere
def test_the_spans_of_a_thread_nest(scenario: str, engine: Engine) -> None:
    for track in run(scenario, engine).recording.tracks:
        if track.thread == TASKS:
            continue
        open_ends: list[int] = []
        for span in sorted(track.spans, key=lambda span: (span.start, -span.end)):
            while open_ends and open_ends[-1] <= span.start:
                open_ends.pop()
            assert span.start <= span.end
            assert not open_ends or span.end <= open_ends[-1]
            open_ends.append(span.end)


@pytest.mark.parametrize("scenario", CATALOGUE)
def test_no_two_threads_hold_the_world_at_a_time(scenario: str) -> None:
    tracks = run(scenario, "threads").recording.tracks
    holds = sorted(
        (span.start, span.end, track.thread)
        for track in tracks
        for span in track.spans
        if span.kind == "hold" and span.name == "the world"
    )
    assert len({thread for _, _, thread in holds}) > 2
    for before, after in pairwise(holds):
        assert before[1] <= after[0], f"{before} and {after}"


@pytest.mark.parametrize("scenario", CATALOGUE)
def test_whatever_touches_the_world_holds_it(scenario: str) -> None:
    count = 0
    for row in sheet(scenario, "threads").rows:
        touching = [*inside(row, "step"), *inside(row, "clock"), *inside(row, "flush", "collect")]
        for piece, around in touching:
            assert [outer.name for outer in around if outer.kind == "hold"] == ["the world"], piece
        count += len(touching)
    assert count > 10


@everywhere
def test_nobody_blocks_or_sends_while_the_world_is_held(scenario: str, engine: Engine) -> None:
    for row in sheet(scenario, engine).rows:
        for kind in ("effect", "send", "drain"):
            for piece, around in inside(row, kind):
                assert not {"hold", "step"} & {outer.kind for outer in around}, piece
                assert kind != "effect" or row.role != "loop", "the loop did what blocks"


@everywhere
def test_every_message_is_in_it_from_its_step_to_each_who_heard_it(scenario: str, engine: Engine) -> None:
    said: dict[int, tuple[str, Slice]] = {}
    sent: dict[int, dict[str, Slice]] = defaultdict(dict)
    for row in sheet(scenario, engine).rows:
        for piece in row.slices:
            for number in piece.messages:
                if piece.kind == "step":
                    assert number not in said
                    said[number] = piece.who, piece
                else:
                    assert piece.kind == "send"
                    assert piece.who not in sent[number], "sent twice to the same"
                    sent[number][piece.who] = piece
    account = run(scenario, engine).account
    assert len(said) == sum(part.count for part in account.said)
    for speaker in account.people:
        mine = sorted(number for number, (who, _) in said.items() if who == speaker)
        hearers = [part.hearers for part in account.said if part.speaker == speaker for _ in range(part.count)]
        assert len(mine) == len(hearers)
        for number, heard in zip(mine, hearers, strict=True):
            assert set(heard) <= sent[number].keys()
            assert speaker not in sent[number]
            for piece in sent[number].values():
                assert said[number][1].end <= piece.start


@everywhere
def test_every_message_has_arrows_to_all_who_got_it(scenario: str, engine: Engine) -> None:
    drawn = sheet(scenario, engine)
    arrows = defaultdict(set)
    for arrow in drawn.arrows:
        step = drawn.rows[arrow.said[0]].slices[arrow.said[1]]
        send = drawn.rows[arrow.sent[0]].slices[arrow.sent[1]]
        assert (step.kind, send.kind) == ("step", "send")
        assert set(step.messages) & set(send.messages)
        for number in step.messages:
            arrows[number].add(send.who)
    for part in run(scenario, engine).account.said:
        assert any(set(part.hearers) <= who for who in arrows.values())


@everywhere
def test_rows_are_whose_they_are(scenario: str, engine: Engine) -> None:
    drawn = sheet(scenario, engine)
    people = list(CATALOGUE[scenario].people)
    assert drawn.people == people
    assert {row.who for row in drawn.rows} <= {"", *people}
    if engine == "threads":
        assert [row.who for row in drawn.rows if row.role == "client"] == people
        for row in drawn.rows:
            if row.role == "client":
                about = {piece.who for piece, _ in inside(row, "read")}
                assert about == {row.who}, "a client's thread reads for its client alone"
    else:
        assert [row.role for row in drawn.rows].count("loop") == 1
        loop = next(row for row in drawn.rows if row.role == "loop")
        assert {piece.who for piece, _ in inside(loop, "read")} == set(people)


@pytest.mark.parametrize("engine", ["threads", "asyncio"])
def test_a_slow_reader_has_a_way_of_its_own(engine: Engine) -> None:
    drawn = sheet("slow-reader", engine)
    draining = {row.role for row in drawn.rows for _ in inside(row, "drain")}
    assert draining == {"writer" if engine == "threads" else "loop"}
    waiting = [piece for row in drawn.rows for piece, _ in inside(row, "send") if "waiting bytes" in piece.detail]
    assert {piece.who for piece in waiting} == {"eva"}


@everywhere
def test_own_times_are_parts_of_a_row_and_never_more_than_it(scenario: str, engine: Engine) -> None:
    for row in sheet(scenario, engine).rows:
        assert all(0 <= piece.own <= piece.duration for piece in row.slices)
        outer = sum(piece.duration for piece in row.slices if piece.depth == 0)
        assert sum(piece.own for piece in row.slices) == outer


def test_the_recording_says_what_it_cost() -> None:
    assert run("arena", "threads").recording.overhead > 0


def test_a_detail_is_one_of_our_own_words_or_a_number() -> None:
    words = {"VerifyPassword", "Pause"}
    for scenario in CATALOGUE:
        for engine in ("threads", "asyncio"):
            for span in spans(scenario, engine):
                for value in span.detail.values():
                    assert isinstance(value, int | list) or value in words


def spans(scenario: str, engine: Engine) -> list[Span]:
    return [span for track in run(scenario, engine).recording.tracks for span in track.spans]


def test_what_is_only_there_is_known() -> None:
    assert set(KINDS) > BACKGROUND
