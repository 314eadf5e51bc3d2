"""Rows: any tree of spans comes out as the tree that it was, cut to the scenario; every moment counts once."""

from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from coliseum.lab.tracing import rows, totals
from coliseum.lab.tracing.rows import Row, Slice
from coliseum.lab.tracing.spans import TASKS, Account, Phase, Recording, Run, Span, Track

Tree: TypeAlias = Sequence["Tree"]

nothing: st.SearchStrategy[Tree] = st.just(())
trees = st.recursive(nothing, lambda inner: st.lists(inner, max_size=4), max_leaves=30)


def grow(tree: Tree, start: int, depth: int = 0) -> tuple[list[tuple[Span, int]], int]:
    """Return the spans of a tree, each with its depth, as they end; and when the last one does."""
    found: list[tuple[Span, int]] = []
    now = start
    for branch in tree:
        inner, end = grow(branch, now + 1, depth + 1)
        found += [*inner, (span(now, end + 1), depth)]
        now = end + 1
    return found, now


def span(start: int, end: int, kind: str = "step", session: str = "") -> Span:
    return Span(kind, f"{start}", start, end, 1, 0, session, {})


@given(tree=trees, zero=st.integers(-5, 5))
def test_a_tree_of_spans_comes_out_as_it_was(tree: Tree, zero: int) -> None:
    spans, end = grow(tree, 10)
    found = rows.nested([span for span, _ in spans], zero, {}, "ana")
    assert [(s.start + zero, s.end + zero, s.depth) for s in found] == sorted(
        ((span.start, span.end, depth) for span, depth in spans), key=lambda one: (one[0], -one[1])
    )
    assert {piece.who for piece in found} <= {"ana"}
    assert all(piece.own >= 0 for piece in found)
    assert (
        sum(piece.own for piece in found) == sum(s.end - s.start for s, depth in spans if depth == 0) <= end - 10
    )


def test_who_says_nothing_is_about_whom_the_one_around_is() -> None:
    spans = [span(2, 3), span(1, 4, session="s"), span(0, 5)]
    found = rows.nested(spans, 0, {"s": "luis"}, "ana")
    assert [piece.who for piece in found] == ["ana", "luis", "luis"]


def test_a_sheet_begins_and_ends_with_the_scenario() -> None:
    tracks = [
        Track("accept-tls", [span(0, 5, "accept"), span(20, 30, "accept"), span(1, 900, "life")]),
        Track("client-12345678", [span(25, 60, "read", "123456789")]),
        Track("client-12345678-writer", [span(40, 50, "drain", "123456789")]),
        Track(TASKS, [span(26, 50, "await", "123456789")]),
        Track("MainThread", [span(200, 210)]),
    ]
    recording = Recording(
        engine="threads",
        about="",
        tracks=tracks,
        sessions={"123456789": "127.0.0.1:1"},
        stopping=100,
        overhead=1,
    )
    run = Run("arena", recording, Account({"ana": "127.0.0.1:1"}, [Phase("ComeIn", 10, 70, ["ana"])], []))
    sheet = rows.sheet(run)
    assert [(row.role, row.who) for row in sheet.rows] == [
        ("acceptor", ""),
        ("client", "ana"),
        ("writer", "ana"),
        ("task", "ana"),
    ]
    assert [(s.kind, s.start, s.end) for s in sheet.rows[0].slices] == [("life", 0, 50), ("accept", 10, 20)]
    assert (sheet.end, sheet.phases[0].start, sheet.phases[0].end) == (50, 0, 60)


def test_sums_count_every_moment_once() -> None:
    def piece(kind: str, start: int, end: int, own: int) -> Slice:
        return Slice(kind, "", start, end, 1, 0, own, "", 0, {})

    row = Row("client", "ana", "", [piece("life", 0, 100, 60), piece("read", 0, 40, 10), piece("step", 5, 35, 30)])
    found = totals.of_rows([row, row])
    assert [(sum_.kind, sum_.count, sum_.own, sum_.longest) for sum_ in found] == [
        ("read", 2, 20, 40),
        ("step", 2, 60, 30),
    ]
