"""Going on: lines that begin like the one before take a shorter way, and nobody can tell the difference.

The reference is the same server without the shorter way, which gets its lines one by one.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.inbound import Item
from coliseum.dialects.irc import dialect
from coliseum.dialects.irc.commands.talk import SURELY_FITS
from tests.irc.support_pure import Peer, PureHouse, parsed

LINES = [
    *(f"{verb} {target} :{text}" for verb in ("PRIVMSG", "NOTICE") for target in ("#a", "#b") for text in "xy"),
    "PRIVMSG #a :",
    "PRIVMSG #a x",
    "PRIVMSG #a more :x",
    "PRIVMSG #A :x",
    "privmsg #a :x",
    "PRIVMSG #a,#b :x",
    "PRIVMSG #nowhere :x",
    "NOTICE #nowhere :x",
    "NOTICE #nowhere :y",
    "PRIVMSG luis :x",
    "NOTICE luis :x",
    "PRIVMSG @#a :x",
    "PRIVMSG #a :\x01ACTION waves\x01",
    "PRIVMSG #a :\x01VERSION\x01",
    "PRIVMSG #a :a\0b",
    f"PRIVMSG #a :{'x' * SURELY_FITS}",
    f"PRIVMSG #a :{'x' * 495}",
    f"PRIVMSG #a :{'é' * 247}",
    "PRIVMSG #a :é",
    "@+typing=done PRIVMSG #a :x",
    "@label=7 PRIVMSG #a :x",
    "TAGMSG #a",
    "TAGMSG #a :x",
    " :x",
    ":x",
    "",
    "MODE #a +m",
    "MODE #a -m",
    "MODE #a -n",
    "MODE #a +s",
    "MODE #a +C",
    "MODE #b +b ana!*@*",
    "PART #a",
    "JOIN #a",
    "KICK #a luis",
    "NICK ana2",
    "AWAY :tea",
    "PING x",
    "CAP REQ echo-message",
    "CAP REQ message-tags",
    "CAP REQ :labeled-response batch",
]


def hall(*rooms: str) -> tuple[PureHouse, Peer, list[Peer]]:
    """Return a server, somebody who speaks, and others in the same rooms, who read in different ways."""
    house = PureHouse()
    peers = [
        house.enter("ana"),
        house.enter("luis"),
        house.enter("eva", "message-tags", "server-time"),
        house.enter("kim"),
    ]
    for room in rooms:
        for peer in peers:
            peer.say(f"JOIN {room}")
    for peer in peers:
        peer.take()
    return house, peers[0], peers[1:]


def heard(lines: list[list[str]], *, in_batches: bool) -> list[list[str]]:
    """Return what everybody, the speaker first, is told when the lines are sent."""
    house, ana, others = hall("#a", "#b")
    for batch in lines:
        items: list[Item] = list(batch)
        for some in [items] if in_batches else [[item] for item in items]:
            ana.feed(*some)
        house.flush()
    return [peer.take() for peer in (ana, *others)]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("first", ["", "CAP REQ message-tags", "CAP REQ echo-message", "MODE #a +C", "MODE #a -n"])
def test_nobody_can_tell_the_difference_after_any_line(line: str, first: str) -> None:
    said = [[first, "PRIVMSG #a :1", line, line, "PRIVMSG #a :2", line, "PRIVMSG #a :3", "NOTICE #a :4"]]
    said += [[line], [line], ["NOTICE #a :5"], ["PART #a"], ["NOTICE #a :6"]]
    quick = heard(said, in_batches=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "go_on", lambda *_: False)
        assert heard(said, in_batches=False) == quick


batches = st.lists(st.lists(st.sampled_from(LINES) | st.sampled_from(LINES[:4]), max_size=8), max_size=4)


@given(batches)
def test_nobody_can_tell_the_difference(lines: list[list[str]]) -> None:
    quick = heard(lines, in_batches=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "go_on", lambda *_: False)
        assert heard(lines, in_batches=False) == quick


def test_what_is_said_in_one_go_is_one_burst_for_all_who_hear_it() -> None:
    _, ana, others = hall("#a")
    ana.feed(*(f"PRIVMSG #a :{number}" for number in range(10)))
    assert not ana.session.mailbox
    bursts = [peer.session.mailbox for peer in others]
    assert [len(mailbox) for mailbox in bursts] == [1, 1, 1]
    assert bursts[0][0] is bursts[1][0] is bursts[2][0]
    assert len(bursts[0][0].events) == 10


@pytest.mark.parametrize("between", ["PING x", "PRIVMSG #b :x", "PRIVMSG luis :x", "MODE #a +t", "NICK ana2"])
def test_whatever_comes_between_ends_the_burst(between: str) -> None:
    _, ana, (_, _, kim) = hall("#a", "#b")
    ana.feed("PRIVMSG #a :1", between, "PRIVMSG #a :2")
    assert len(kim.session.mailbox) >= 2
    assert [message.params[-1] for message in parsed(kim.take()) if message.params[0] == "#a"][-1] == "2"


def test_a_step_ends_the_burst() -> None:
    """What is flushed, perhaps by another thread, must not grow any more."""
    _, ana, (luis, *_) = hall("#a")
    ana.feed("PRIVMSG #a :1")
    ana.feed("PRIVMSG #a :2")
    assert [len(burst.events) for burst in luis.session.mailbox] == [1, 1]


def test_a_rule_that_came_meanwhile_counts() -> None:
    house, ana, (luis, *_) = hall("#a")
    ana.say("PRIVMSG #a :1")
    ana.say("MODE #a +o luis", "MODE #a -o ana")
    ana.say("PRIVMSG #a :2")
    luis.take()
    luis.say("MODE #a +m")
    house.flush()
    ana.take()
    assert [message.command for message in parsed(ana.say("PRIVMSG #a :3", "PRIVMSG #a :4"))] == ["404", "404"]
    assert luis.take() == []
