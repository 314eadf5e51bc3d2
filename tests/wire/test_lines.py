"""Bytes become lines, however they were cut into pieces, and nothing can make the reader keep much."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.inbound import Broken, Garbled, Item
from coliseum.core.kinds import Reason
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.wire.lines import ENDLESS, LineReader

LIMIT = 8
TOO_LONG = Garbled(LineTooLong(LIMIT))
NOT_TEXT = Garbled(NotText())

Cut = Callable[[bytes], list[bytes]]

streams = st.lists(
    st.one_of(
        st.binary(max_size=2 * LIMIT),
        st.sampled_from([b"\n", b"\r\n", b"\r", b"\r\r\n", b"12345678", b"123456789", "ñandú".encode()]),
    ),
    max_size=12,
).map(b"".join)
"Streams in which ends of lines, and lines of about the greatest length, are frequent."


def read_all(pieces: list[bytes], limit: int = LIMIT, endless: int = ENDLESS) -> list[Item]:
    """Return what a new reader makes of the pieces, and see that it never keeps more than it may."""
    reader = LineReader(limit, endless)
    items = []
    for piece in pieces:
        items += reader.receive(piece)
        assert len(reader._kept) <= limit + 1
    return items


def read(pieces: list[bytes], limit: int = LIMIT, endless: int = ENDLESS) -> list[Item]:
    """Return the same, without the text of lines that could not be read."""
    items = read_all(pieces, limit, endless)
    return [Garbled(item.why) if isinstance(item, Garbled) else item for item in items]


def one_by_one(stream: bytes) -> list[bytes]:
    return [stream[i : i + 1] for i in range(len(stream))]


@given(stream=streams, tail=streams, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_how_the_bytes_were_cut_changes_nothing(stream: bytes, tail: bytes, cuts: list[int]) -> None:
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    pieces = [stream[a:b] for a, b in pairwise(ends)]
    whole = read_all([stream])
    assert read_all(one_by_one(stream)) == whole
    assert read_all(pieces) == whole
    # ... and with a tail in the same piece: a complete line is not changed by what comes behind it.
    assert read_all([stream + b"\n" + tail])[: len(whole)] == whole
    assert read_all([stream + b"\n" + tail]) == read_all([stream, b"\n", tail])


@given(pieces=st.lists(st.binary(max_size=40), max_size=20), limit=st.integers(1, 30))
def test_no_line_is_ever_longer_than_the_limit_and_garbage_raises_nothing(pieces: list[bytes], limit: int) -> None:
    for item in read_all(pieces, limit):
        if isinstance(item, str):
            assert len(item.encode()) <= limit
            assert "\n" not in item
        else:
            assert isinstance(item, Garbled)
            assert item.why in (LineTooLong(limit), NotText())
            assert len(item.text) <= limit
            assert "\n" not in item.text


def longest(raw: bytes) -> list[int]:
    """Return the lengths of the lines in `raw`, without their ends, as a person would count them."""
    return [len(line[:-1] if line.endswith(b"\r") else line) for line in raw.split(b"\n")[:-1]]


@given(streams)
def test_every_line_gives_exactly_one_item(stream: bytes) -> None:
    items = read([stream + b"\n"])
    lengths = longest(stream + b"\n")
    assert len(items) == len(lengths)
    assert [item == TOO_LONG for item in items] == [length > LIMIT for length in lengths]


def test_a_line_ends_with_lf_or_crlf() -> None:
    assert read([b"a\nb\r\nc"]) == ["a", "b"]


def test_an_empty_line_is_a_line() -> None:
    assert read([b"\n\r\n"]) == ["", ""]


def test_only_one_cr_belongs_to_the_end() -> None:
    assert read([b"a\r\r\nb\rc\n"]) == ["a\r", "b\rc"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("cut", [one_by_one, lambda stream: [stream]])
def test_exactly_at_the_limit_passes_and_one_byte_more_does_not(end: bytes, cut: Cut) -> None:
    assert read(cut(b"12345678" + end)) == ["12345678"]
    assert read(cut(b"123456789" + end)) == [TOO_LONG]


def test_the_limit_counts_bytes_not_characters() -> None:
    assert read(["ññññ\n".encode()]) == ["ññññ"]
    assert read(["ñññññ\n".encode()]) == [TOO_LONG]


def test_a_cr_after_the_limit_is_only_forgiven_when_the_line_ends_there() -> None:
    assert read([b"12345678\r", b"\n"]) == ["12345678"]
    assert read([b"12345678\r", b"x\n", b"next\n"]) == [TOO_LONG, "next"]
    assert read([b"12345678\r\r\n"]) == [TOO_LONG]


def test_too_long_is_reported_at_once_and_once_and_dropped_to_its_end() -> None:
    reader = LineReader(LIMIT)
    too_long = Garbled(LineTooLong(LIMIT), "12345678")
    assert reader.receive(b"123456789") == [too_long]
    assert reader.receive(b"123456789" * 100) == []
    assert reader.receive(b"the end\nshort\n") == ["short"]
    assert reader.receive(b"123456789\n123456789\n") == [too_long, too_long]


def test_as_much_of_a_line_as_can_be_read_is_told() -> None:
    assert read_all([b"@a=b X yz\n"]) == [Garbled(LineTooLong(LIMIT), "@a=b X y")]
    assert read_all(["ñññññ\n".encode()]) == [Garbled(LineTooLong(LIMIT), "ññññ")]
    assert read_all(["1234567ñ\n".encode()]) == [Garbled(LineTooLong(LIMIT), "1234567\ufffd")]
    assert read_all([b"ab\xffcd\r\n"]) == [Garbled(NotText(), "ab\ufffdcd")]


def test_what_is_not_utf8_is_reported_and_the_next_line_is_heard() -> None:
    assert read([b"\xff\xfe\nhola\n"]) == [NOT_TEXT, "hola"]
    assert read([b"\xed\xa0\x80\n"]) == [NOT_TEXT]  # a surrogate
    assert read([b"\xc0\xaf\n"]) == [NOT_TEXT]  # longer than need be
    assert read(["ñ".encode()[:1], "ñ".encode()[1:], b"\n"]) == ["ñ"]  # cut inside a character


def test_text_is_not_changed() -> None:
    assert read([b"\xef\xbb\xbfa \t\x00\n"]) == ["\ufeffa \t\x00"]


def test_a_line_without_end_breaks_the_link_exactly_once() -> None:
    broken = Broken(Reason.ENDLESS_LINE)
    assert read([b"x" * 100], endless=100) == [TOO_LONG]
    assert read([b"x" * 101], endless=100) == [TOO_LONG, broken]
    assert read(one_by_one(b"x" * 500), endless=100) == [TOO_LONG, broken]
    assert read([b"x" * 101, b"\n", b"x" * 101], endless=100).count(broken) == 1
    assert read([b"x" * 60, b"\n", b"x" * 60], endless=100) == [TOO_LONG, TOO_LONG]  # each of them has an end


def test_a_megabyte_without_end_is_not_kept() -> None:
    reader = LineReader(4096)
    items = [item for _ in range(17) for item in reader.receive(b"x" * 65536)]
    assert items == [Garbled(LineTooLong(4096), "x" * 4096), Broken(Reason.ENDLESS_LINE)]
    assert reader._kept == b""
