"""The checker of histories: passes what is right, and finds each way of being wrong."""

import time
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coliseum.testing.history import (
    Denied,
    Ended,
    Entered,
    Heard,
    History,
    LeftRoom,
    Log,
    Record,
    Rule,
    Said,
    Settled,
    Tried,
    count,
)
from coliseum.testing.rules import check
from tests.testing.pretence import Pretence

ROOM = "hall"
SEEDS = st.integers(0, 2**32)


def history(capacity: int = 0, echoes: str = "", **logs: list[Record]) -> History:
    """Return a history; a client named in `echoes` asked for them."""
    made = History(capacity)
    for client, records in logs.items():
        made.client(client, echoes=client in echoes.split()).records += records
    return made


def inside(*records: Record) -> list[Record]:
    """Return the records of somebody who is in the room from the first barrier to the second."""
    return [Entered(ROOM), Settled(0), *records, Settled(1)]


def said(*texts: str) -> list[Record]:
    return [Said(ROOM, text) for text in texts]


def heard(sender: str, *texts: str) -> list[Record]:
    return [Heard(ROOM, sender, text) for text in texts]


ana_says_two = inside(*said("1", "2"))

WRONG: dict[str, tuple[Rule, History]] = {
    "twice": (
        Rule.EXACTLY_ONCE,
        history(ana=ana_says_two, luis=inside(*heard("ana", "1", "2", "1"))),
    ),
    "never said": (Rule.EXACTLY_ONCE, history(ana=inside(), luis=inside(*heard("ana", "1")))),
    "of another sender": (
        Rule.EXACTLY_ONCE,
        history(ana=ana_says_two, eva=inside(*heard("ana", "1", "2")), luis=inside(*heard("eva", "1", "2"))),
    ),
    "in another room": (
        Rule.EXACTLY_ONCE,
        history(ana=inside(*said("1")), luis=[Entered("yard"), *inside(Heard("yard", "ana", "1"))]),
    ),
    "own words": (Rule.EXACTLY_ONCE, history(ana=inside(*said("1"), *heard("ana", "1")))),
    "own words twice": (
        Rule.EXACTLY_ONCE,
        history(echoes="ana", ana=inside(*said("1"), *heard("ana", "1", "1"))),
    ),
    "own words before they were said": (
        Rule.EXACTLY_ONCE,
        history(echoes="ana", ana=inside(*heard("ana", "1"), *said("1"))),
    ),
    "own words not at all": (Rule.NO_LOSS, history(echoes="ana", ana=inside(*said("1")))),
    "lost in the middle": (
        Rule.NO_LOSS,
        history(
            ana=[Entered(ROOM), *said("1", "2", "3")],
            luis=[Entered(ROOM), *heard("ana", "1", "2", "3")],
            eva=[Entered(ROOM), *heard("ana", "1", "3")],
        ),
    ),
    "lost at the end": (Rule.NO_LOSS, history(ana=ana_says_two, luis=inside(*heard("ana", "1")))),
    "lost by everybody": (Rule.NO_LOSS, history(ana=ana_says_two, luis=inside())),
    "lost before a wanted leave": (
        Rule.NO_LOSS,
        history(
            ana=inside(*said("1"), *heard("luis", "before", "after")),
            luis=[Entered(ROOM), *said("before", "after"), LeftRoom(ROOM)],
            eva=inside(*heard("luis", "before"), *heard("ana", "1"), *heard("luis", "after")),
        ),
    ),
    "lost by who quit": (
        Rule.NO_LOSS,
        history(
            ana=inside(*said("1")),
            eva=inside(*heard("luis", "before"), *heard("ana", "1"), *heard("luis", "after")),
            luis=[Entered(ROOM), *said("before", "after"), Ended()],
        ),
    ),
    "one sender, another order": (
        Rule.SENDER_ORDER,
        history(ana=ana_says_two, luis=inside(*heard("ana", "2", "1"))),
    ),
    "two orders": (
        Rule.ROOM_ORDER,
        history(
            ana=inside(*said("1"), *heard("eva", "2")),
            eva=inside(*said("2"), *heard("ana", "1")),
            luis=inside(*heard("ana", "1"), *heard("eva", "2")),
            tom=inside(*heard("eva", "2"), *heard("ana", "1")),
        ),
    ),
    "the answer before the question": (
        Rule.ROOM_ORDER,
        history(
            ana=inside(*said("why"), *heard("eva", "because")),
            eva=inside(*heard("ana", "why"), *said("because")),
            luis=inside(*heard("eva", "because"), *heard("ana", "why")),
        ),
    ),
    "later than the barrier": (
        Rule.ROOM_ORDER,
        history(ana=inside(*said("1")), luis=[*inside(), *heard("ana", "1"), Settled(2)]),
    ),
    "after leaving": (
        Rule.INSIDE_ONLY,
        history(ana=inside(*said("1")), luis=[Entered(ROOM), LeftRoom(ROOM), *heard("ana", "1")]),
    ),
    "before entering": (
        Rule.INSIDE_ONLY,
        history(ana=inside(*said("1")), luis=[Tried(ROOM), *heard("ana", "1"), Entered(ROOM)]),
    ),
    "said from outside": (
        Rule.INSIDE_ONLY,
        history(ana=[*said("1")], luis=inside(*heard("ana", "1"))),
    ),
    "left from outside": (Rule.INSIDE_ONLY, history(ana=[LeftRoom(ROOM)])),
    "in twice": (Rule.INSIDE_ONLY, history(ana=[Entered(ROOM), Entered(ROOM)])),
    "never answered": (Rule.ANSWERED, history(ana=[Tried(ROOM), Settled(0)])),
    "ended unanswered": (Rule.ANSWERED, history(ana=[Tried(ROOM), Ended()])),
    "refused for nothing": (Rule.ANSWERED, history(ana=[Denied(ROOM)])),
    "refused twice": (Rule.ANSWERED, history(ana=[Tried(ROOM), Denied(ROOM), Denied(ROOM)])),
    "refused and heard": (
        Rule.ANSWERED,
        history(ana=inside(*said("1"), Denied("1")), luis=inside(*heard("ana", "1"))),
    ),
    "heard after the end": (
        Rule.NOTHING_AFTER_THE_END,
        history(ana=inside(*said("1")), luis=[Entered(ROOM), Ended(), *heard("ana", "1")]),
    ),
    "said after the end": (
        Rule.NOTHING_AFTER_THE_END,
        history(ana=[Entered(ROOM), Ended(), *said("1")], luis=inside(*heard("ana", "1"))),
    ),
    "too many found": (Rule.CAPACITY, history(capacity=3, ana=[Tried(ROOM), Entered(ROOM, 4)])),
    "too many at the barrier": (Rule.CAPACITY, history(capacity=1, ana=inside(), luis=inside())),
}


@pytest.mark.parametrize("name", WRONG)
def test_finds_what_is_wrong(name: str) -> None:
    rule, wrong = WRONG[name]
    assert rule in {violation.rule for violation in check(wrong)}


def test_a_shortest_circle_is_told_with_those_who_saw_it() -> None:
    wrong = history(
        ana=inside(*said("1", "2", "3")),
        eva=inside(*said("4"), *heard("ana", "1", "2", "3")),
        luis=inside(*heard("ana", "1", "2"), *heard("eva", "4"), *heard("ana", "3")),
        tom=inside(*heard("eva", "4"), *heard("ana", "1", "2", "3")),
        zoe=inside(*heard("ana", "1"), *heard("eva", "4"), *heard("ana", "2", "3")),
    )
    (violation,) = check(wrong)
    assert violation.rule is Rule.ROOM_ORDER
    assert set(violation.texts) in ({"2", "4"}, {"1", "4"})
    assert {"luis", "tom"} <= set(violation.clients)
    assert "before" in str(violation)


def test_a_text_can_be_said_only_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        check(history(ana=inside(*said("1", "1"))))
    with pytest.raises(ValueError, match="already"):
        history(ana=[]).client("ana")


RIGHT = {
    "nobody": history(),
    "two who cross": history(
        ana=inside(*said("1"), *heard("luis", "2")), luis=inside(*said("2"), *heard("ana", "1"))
    ),
    "an echo": history(echoes="ana", ana=inside(*said("1"), *heard("ana", "1")), luis=inside(*heard("ana", "1"))),
    "a refusal": history(capacity=1, ana=inside(), luis=[Tried(ROOM), Denied(ROOM), Ended()]),
    "a try cut off": history(ana=[Tried(ROOM), Ended(abrupt=True)]),
    "words refused": history(ana=inside(*said("1"), Denied("1")), luis=inside()),
    "put out before it was said": history(
        ana=[Entered(ROOM), Settled(0), *said("1"), LeftRoom(ROOM, asked=False), Settled(1)], luis=inside()
    ),
    "cut off before it read what it had answered": history(
        ana=[Entered(ROOM), *said("mine")],
        luis=inside(*said("missed"), *heard("ana", "mine")),
        eva=inside(*heard("luis", "missed"), *heard("ana", "mine")),
    ),
    "words of a dead client, on both sides of a barrier": history(
        ana=[Entered(ROOM), *said("1")],
        luis=[*inside(*heard("ana", "1")), Settled(2)],
        eva=[*inside(), *heard("ana", "1"), Settled(2)],
    ),
    "came later": history(
        ana=inside(*said("1", "2")),
        luis=inside(*heard("ana", "1", "2")),
        eva=[Settled(0), Tried(ROOM), Entered(ROOM), *heard("ana", "2"), Settled(1)],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_lets_pass_what_is_right(name: str) -> None:
    assert check(RIGHT[name]) == []


@given(SEEDS, st.booleans())
def test_any_right_run_passes(seed: int, echoes: bool) -> None:
    run = Pretence(seed, echoes=echoes).run(300)
    assert check(run) == [], run


@given(SEEDS, st.booleans())
def test_any_right_run_passes_in_windows_too(seed: int, echoes: bool) -> None:
    pretence = Pretence(seed, echoes=echoes)
    pretence.run(100)
    for _ in range(4):
        assert check(pretence.history) == [], pretence.history
        pretence.history = pretence.history.following()
        for peer in pretence.peers:
            if not peer.over:
                peer.log = pretence.history.logs[peer.log.client]
        for _ in range(100):
            pretence.step()
        pretence.settle()
    assert check(pretence.history) == [], pretence.history


# --- one thing changed in a right run ------------------------------------------------------------------------


def places(run: History, fits: Callable[[Log, int, Heard], bool]) -> list[tuple[Log, int, Heard]]:
    """Return where something was heard, and `fits`."""
    return [
        (log, index, record)
        for log in run.logs.values()
        for index, record in enumerate(log.records)
        if isinstance(record, Heard) and fits(log, index, record)
    ]


def stay(log: Log, index: int, room: str) -> tuple[list[Record], list[Record]]:
    """Return what `log` has of `room`, before and after `index`, as long as it was inside; barriers too."""
    before, after = log.records[:index], log.records[index + 1 :]
    for part in (before, after):
        if part is before:
            part.reverse()
        for at, record in enumerate(part):
            if isinstance(record, Entered | LeftRoom) and record.room == room:
                del part[at:]
                break
        part[:] = [
            one for one in part if isinstance(one, Settled) or (isinstance(one, Heard) and one.room == room)
        ]
    return before, after


def order(log: Log, *records: Record) -> bool:
    """Say whether `log` has all these, in this order."""
    rest = iter(log.records)
    return all(record in rest for record in records)


def provably_lost(run: History) -> Callable[[Log, int, Heard], bool]:
    def fits(log: Log, index: int, heard: Heard) -> bool:
        # A barrier says nothing about the words of somebody who was not there.
        there = run.logs[heard.sender].records
        before, after = (
            [one for one in part if isinstance(one, Heard) or one in there][:3]
            for part in stay(log, index, heard.room)
        )
        others = [other for other in run.logs.values() if other is not log]
        return any(order(other, one, heard, two) for other in others for one in before for two in after)

    return fits


def provably_swapped(run: History) -> Callable[[Log, int, Heard], bool]:
    def fits(log: Log, index: int, heard: Heard) -> bool:
        following = log.records[index + 1] if index + 1 < len(log.records) else None
        if not isinstance(following, Heard) or following.room != heard.room:
            return False
        others = [other for other in run.logs.values() if other is not log]
        return following.sender == heard.sender or any(order(other, heard, following) for other in others)

    return fits


def drop(run: History, random: Random) -> bool:
    where = places(run, provably_lost(run))
    if where:
        log, index, _ = random.choice(where)
        del log.records[index]
    return bool(where)


def double(run: History, random: Random) -> bool:
    where = places(run, lambda *_: True)
    if where:
        log, index, record = random.choice(where)
        log.records.insert(random.randint(index + 1, len(log.records)), record)
    return bool(where)


def swap(run: History, random: Random) -> bool:
    where = places(run, provably_swapped(run))
    if where:
        log, index, record = random.choice(where)
        log.records[index : index + 2] = [log.records[index + 1], record]
    return bool(where)


def move(run: History, random: Random) -> bool:
    """Let something come only after its room was left, or before it was entered, or after the end."""

    def borders(log: Log, index: int, heard: Heard) -> list[int]:
        return [
            at
            for at, record in enumerate(log.records)
            if (isinstance(record, LeftRoom) and record.room == heard.room and at > index)
            or (isinstance(record, Ended) and at > index)
            or (isinstance(record, Entered) and record.room == heard.room and at < index)
        ]

    where = places(run, lambda *place: bool(borders(*place)))
    if where:
        log, index, record = random.choice(where)
        at = random.choice(borders(log, index, record))
        del log.records[index]
        log.records.insert(at, record)
    return bool(where)


@pytest.mark.parametrize("corrupt", [drop, double, swap, move])
@given(seed=SEEDS, echoes=st.booleans())
def test_one_change_in_a_right_run_is_found(
    corrupt: Callable[[History, Random], bool], seed: int, echoes: bool
) -> None:
    run = Pretence(seed, echoes=echoes).run(300)
    assume(corrupt(run, Random(seed)))
    assert check(run), run


# --- cost ----------------------------------------------------------------------------------------------------


def crowded(rooms: int, members: int, messages: int) -> History:
    """Return a history in which everybody in every room hears everybody else, with a barrier now and then."""
    made = History()
    for room in (f"room{number}" for number in range(rooms)):
        logs = [made.client(f"{room}-{number}") for number in range(members)]
        for log in logs:
            log.add(Entered(room))
        for number in range(messages):
            speaker = logs[number % members]
            speaker.add(Said(room, f"{room}-{number}"))
            for log in logs:
                if log is not speaker:
                    log.add(Heard(room, speaker.client, f"{room}-{number}"))
                if number % 100 == 99:
                    log.add(Settled(number))
    return made


def test_a_hundred_thousand_records_take_seconds() -> None:
    run = crowded(rooms=10, members=20, messages=500)
    assert sum(count(run).values()) >= 100_000
    begin = time.process_time()
    assert check(run) == []
    assert time.process_time() - begin < 10


def test_of_who_is_gone_a_history_that_goes_on_keeps_nothing_for_long() -> None:
    run = history(
        ana=inside(*heard("luis", "1")),
        luis=[Entered(ROOM), *said("1")],
        eva=[Entered(ROOM), *said("2")],
    )
    kept = []
    for _ in range(5):
        run = run.following()
        assert check(run) == []
        kept.append(" ".join(run.logs))
    assert kept == ["ana luis eva", "ana eva", "ana eva", "ana", "ana"]
