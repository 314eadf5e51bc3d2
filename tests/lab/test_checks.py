"""The two checks: what is right always passes, in any chunks; any fault anywhere is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coliseum.lab.one_sender import OneSender
from coliseum.lab.records import Stream, Texts
from tests.lab.streams import ROOM, Traffic, chunks, head, nick, spoiled, traffic

pytest.importorskip("numpy")

from coliseum.lab.many_senders import ManySenders

Check = OneSender | ManySenders


def checked(made: Traffic, data: st.DataObject) -> tuple[Check, dict[int, list[bytes]]]:
    """Feed everything to a check; return it, and the lines that it passed on."""
    foreign: dict[int, list[bytes]] = {member: [] for member in range(made.members)}
    nicks = [nick(member) for member in range(made.members)]
    check: Check
    if made.senders == 1:
        check = OneSender(made.texts, ROOM, nicks, lambda member, line: foreign[member].append(line))
    else:
        check = ManySenders(
            made.texts, ROOM, nicks, made.senders, lambda member, line: foreign[member].append(line)
        )
    check.said[:] = [made.messages] * made.senders
    often = data.draw(st.sampled_from([1, 3, 1000]))
    for number, (member, chunk) in enumerate(data.draw(chunks(made))):
        check.feed(member, memoryview(chunk))
        if number % often == 0:
            check.settle()
    check.settle()
    return check, foreign


@pytest.mark.parametrize("senders", [1, None])
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_right_passes_in_any_chunks(senders: int | None, data: st.DataObject) -> None:
    made = data.draw(traffic(senders=senders))
    check, foreign = checked(made, data)
    assert not check.ledger.faulty
    assert foreign == made.foreign
    assert check.floors() == [made.messages] * made.senders
    assert check.delivered() == made.messages * made.senders * (made.members - 1)
    faults = check.close()
    assert not faults, str(faults)


@pytest.mark.parametrize("senders", [1, None])
@settings(max_examples=60)
@given(data=st.data())
def test_any_fault_is_found(senders: int | None, data: st.DataObject) -> None:
    made, kind = data.draw(spoiled(senders=senders))
    check, _ = checked(made, data)
    faults = check.close()
    assert faults, kind
    assert faults.examples
    assert str(faults)


def fed(check: Check, member: int, *records: tuple[int, int], texts: Texts) -> None:
    for sender, number in records:
        check.feed(member, memoryview(head(sender) + texts.text(sender, number) + b"\r\n"))


def test_each_kind_of_fault_has_its_name() -> None:
    texts = Texts(20)
    check = OneSender(texts, ROOM, [nick(0), nick(1), nick(2)], lambda *_: None)
    check.said[0] = 8
    fed(check, 1, (0, 0), (0, 1), (0, 3), (0, 2), (0, 4), (0, 4), (0, 7), texts=texts)
    fed(check, 2, *((0, number) for number in range(8)), texts=texts)
    fed(check, 0, (0, 0), texts=texts)
    check.feed(1, memoryview(b"no end"))
    faults = check.close()
    assert (faults.lost, faults.reordered, faults.doubled, faults.garbled, faults.strayed) == (2, 1, 1, 1, 1)
    assert "never got 5 to 6 of u000" in str(faults) or any("5 to 6" in text for text in faults.examples)


def test_a_message_that_was_never_said_is_a_fault() -> None:
    texts = Texts(20)
    check = OneSender(texts, ROOM, [nick(0), nick(1)], lambda *_: None)
    check.said[0] = 3
    stream = Stream(texts, head(0), 0)
    check.feed(1, memoryview(stream.part(0, stream.record)))
    check.feed(1, memoryview(stream.part(stream.record, 4 * stream.record)))
    assert check.close().garbled == 1


def test_a_message_far_ahead_of_what_was_said_lets_nobody_go_on() -> None:
    texts = Texts(20)
    check = OneSender(texts, ROOM, [nick(0), nick(1)], lambda *_: None)
    check.said[0] = 3
    fed(check, 1, (0, 0), (0, 90_000_000), texts=texts)
    assert check.floors() == [1]
    assert check.ledger.faulty


@pytest.mark.parametrize("strange", [b"", head(1) + b"01" + bytes(8)])
def test_bytes_that_look_like_the_inside_of_the_check_are_found(strange: bytes) -> None:
    texts = Texts(20)
    check = ManySenders(texts, ROOM, [nick(0), nick(1)], 2, lambda *_: None)
    check.said[:] = [3, 3]
    for number in range(3):
        fed(check, 0, (1, number), texts=texts)
        fed(check, 1, (0, number), texts=texts)
    check.settle()
    size = len(head(1)) + texts.size + 2
    check.feed(1, strange + (texts.filling() + b"\r\n" if strange else b"").rjust(size - len(strange), b"\0"))
    check.settle()
    assert check.close()


@pytest.mark.parametrize("number", [10**7, 99_999_999])
def test_a_gap_of_any_size_takes_no_room(number: int) -> None:
    texts = Texts(20)
    check = OneSender(texts, ROOM, [nick(0), nick(1)], lambda *_: None)
    check.said[0] = 10**8
    fed(check, 1, (0, 0), (0, number), texts=texts)
    assert check.floors() == [number + 1]
    assert check.close().lost == 10**8 - 2


def test_nothing_is_read_line_by_line_once_a_sender_is_known() -> None:
    texts, members, count = Texts(100), 20, 51
    one = OneSender(texts, ROOM, [nick(member) for member in range(members)], lambda *_: None)
    many = ManySenders(texts, ROOM, [nick(member) for member in range(members)], members, lambda *_: None)
    one.said[0], many.said[:] = count, [count] * members
    for start in range(0, count, 3):
        for member in range(1, members):
            fed(one, member, *((0, number) for number in range(start, start + 3)), texts=texts)
        for member in range(members):
            others = [sender for sender in range(members) if sender != member]
            fed(many, member, *((sender, start + more) for more in range(3) for sender in others), texts=texts)
        many.settle()
    assert one.ledger.lines == members - 1
    assert many.ledger.lines <= 2 * 3 * (members - 1)
    assert not one.close()
    assert not many.close()


def test_heads_of_different_lengths_are_checked_all_the_same() -> None:
    texts = Texts(20)
    check = ManySenders(texts, ROOM, [b"u1", b"u10", b"u100"], 3, lambda *_: None)
    check.said[:] = [2, 2, 2]
    for member, name in enumerate([b"u1", b"u10", b"u100"]):
        for number in range(2):
            for sender, other in enumerate([b"u1", b"u10", b"u100"]):
                if other != name:
                    line = b":" + other + b"!u@h PRIVMSG #lab :" + texts.text(sender, number) + b"\r\n"
                    check.feed(member, line)
    check.settle()
    assert check.delivered() == 12
    assert [check.got(member) for member in range(3)] == [4, 4, 4]
    assert not check.close()


def test_bytes_without_end_are_not_kept() -> None:
    texts = Texts(20)
    for check in (
        OneSender(texts, ROOM, [nick(0), nick(1)], lambda *_: None),
        ManySenders(texts, ROOM, [nick(0), nick(1)], 2, lambda *_: None),
    ):
        for _ in range(300):
            check.feed(1, memoryview(b"x" * 1000))
        assert check.close().garbled > 20
