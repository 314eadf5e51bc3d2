"""Texts and streams: what is written is read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.lab.records import LEAST_TEXT, MOST_SENDERS, Stream, Texts
from tests.lab.streams import head

sizes = st.integers(LEAST_TEXT, 400)


@given(sizes, st.integers(0, MOST_SENDERS - 1), st.integers(0, 10**8 - 1))
def test_a_text_is_read_as_what_it_was_written(size: int, sender: int, number: int) -> None:
    texts = Texts(size)
    text = texts.text(sender, number)
    assert len(text) == size
    said = texts.read(head(7) + text)
    assert said is not None
    assert (said.nick, said.target, said.head) == (b"u007", b"#lab", head(7))
    assert (said.sender, said.number) == (sender, number)


@given(sizes, st.integers(0, 99), st.integers(0, 10**8 - 1), st.data())
def test_a_text_with_another_byte_is_not_the_same_message(
    size: int, sender: int, number: int, data: st.DataObject
) -> None:
    texts = Texts(size)
    text = bytearray(texts.text(sender, number))
    place = data.draw(st.integers(0, size - 1))
    text[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[place]))
    said = texts.read(head(0) + bytes(text))
    assert said is None or (said.sender, said.number) != (sender, number)


@pytest.mark.parametrize("line", [b"PING :x", b":irc.lab.test 001 u001 :hi", b"", b":u000!u@h NOTICE #lab :text"])
def test_other_lines_are_no_messages(line: bytes) -> None:
    assert Texts(20).read(line) is None


@given(st.integers(0, 4000), st.integers(0, 4000), st.sampled_from([1, 4, 64]))
def test_any_part_of_a_stream_is_the_records_put_together(one: int, two: int, in_flight: int) -> None:
    texts, start, end = Texts(LEAST_TEXT, in_flight), min(one, two), max(one, two)
    stream = Stream(texts, b"x:", 5)
    far = 98_900 * stream.record
    records = b"".join(b"x:" + texts.text(5, 98_900 + number) + b"\r\n" for number in range(300))
    assert stream.part(far + start, far + end) == records[start:end]


def test_numbers_end_with_an_error_and_not_from_the_beginning_again() -> None:
    stream = Stream(Texts(20), b"x:", 0)
    assert stream.part((10**8 - 1) * stream.record, 10**8 * stream.record).startswith(b"x:0099999999")
    with pytest.raises(OverflowError):
        stream.part(10**8 * stream.record, 10**8 * stream.record + 1)
