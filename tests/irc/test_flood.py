"""Flood control: whoever sends too much is read more slowly; nobody is thrown out, nothing is lost.

The core's own tests are in tests/core/test_session.py and test_limits.py; here is what IRC makes of it.
"""

from dataclasses import replace

import pytest

from coliseum.core.effects import Pause
from coliseum.core.inbound import Garbled, Item
from coliseum.core.refusals import NotText
from tests.irc.support_pure import QUIET, Peer, PureHouse, client_of, commands, parsed

POLICY = replace(QUIET, flood_control=True, opers=(("root", "sesame"),))
BURST, RATE = int(POLICY.flood_lines_burst), POLICY.flood_lines


@pytest.fixture
def house() -> PureHouse:
    return PureHouse(POLICY)


@pytest.fixture
def ana(house: PureHouse) -> Peer:
    """Somebody whose bucket is full."""
    peer = house.enter("ana", "labeled-response", "batch")
    house.wait(60)
    return peer


def waits(peer: Peer) -> bool:
    """Say whether the next line of somebody is held back."""
    return isinstance(peer.effect, Pause)


def pings(count: int) -> list[Item]:
    return [f"PING {i}" for i in range(count)]


def tokens(lines: list[str]) -> list[str]:
    return [message.params[1] for message in parsed(lines)]


def test_a_burst_is_answered_at_once(house: PureHouse, ana: Peer) -> None:
    ana.feed(*pings(BURST))
    assert not waits(ana)
    assert len(ana.take()) == BURST


def test_what_is_more_than_a_burst_waits_its_turn(house: PureHouse, ana: Peer) -> None:
    ana.feed(*pings(BURST + 2))
    assert tokens(ana.take()) == [str(i) for i in range(BURST)]
    assert isinstance(ana.effect, Pause)
    assert ana.effect.seconds == pytest.approx(1 / RATE)
    ana.carry_on()
    assert tokens(ana.take()) == [str(BURST)]
    ana.carry_on()
    assert tokens(ana.take()) == [str(BURST + 1)]
    assert not waits(ana)


def test_a_flood_is_read_at_its_rate_and_nothing_is_lost(house: PureHouse, ana: Peer) -> None:
    before = house.seconds
    assert tokens(ana.say(*pings(BURST + 100))) == [str(i) for i in range(BURST + 100)]
    assert house.seconds - before == pytest.approx(100 / RATE)
    assert not ana.finished


def test_bytes_count_too(house: PureHouse, ana: Peer) -> None:
    before = house.seconds
    tags = "@+x=" + "y" * 4000
    lines = [f"{tags} PING {i}" for i in range(15)]
    assert tokens(ana.say(*lines)) == [str(i) for i in range(15)]
    total = sum(map(len, lines))
    assert house.seconds - before == pytest.approx(
        (total - POLICY.flood_bytes_burst) / POLICY.flood_bytes, rel=1e-3
    )
    assert not ana.finished


@pytest.mark.parametrize("line", ["DANCE", "", "PONG x", "WHOIS", f"PRIVMSG ana :{'x' * 600}"])
def test_every_line_counts_whatever_it_is(house: PureHouse, ana: Peer, line: str) -> None:
    ana.feed(*[line] * (BURST + 1))
    assert waits(ana)


def test_lines_that_cannot_be_read_count_too(house: PureHouse, ana: Peer) -> None:
    ana.feed(*[Garbled(NotText(), "\ufffd")] * 1000)
    assert len(ana.take()) < 1000


def test_others_are_not_kept_waiting(house: PureHouse, ana: Peer) -> None:
    eva = house.enter("eva")
    ana.feed(*pings(BURST + 50))
    assert eva.say("PING x") == [":irc.example PONG irc.example :x"]
    eva.say("PRIVMSG ana :hi")
    assert commands(ana.take())[-1] == "PRIVMSG"  # reading slowly is not writing slowly


def test_time_fills_the_bucket_again(house: PureHouse, ana: Peer) -> None:
    ana.say(*pings(BURST))
    house.wait(BURST / RATE)
    ana.feed(*pings(BURST))
    assert not waits(ana)


def test_operators_of_the_server_are_exempt_as_long_as_they_are(house: PureHouse, ana: Peer) -> None:
    ana.say("OPER root sesame")
    ana.feed(*pings(500))
    assert not waits(ana)
    assert len(ana.take()) == 500
    assert commands(ana.say("MODE ana -o")) == ["MODE"]
    ana.feed(*pings(BURST + 1))
    assert waits(ana)


def test_who_becomes_an_operator_in_the_middle_of_a_flood_waits_no_more(house: PureHouse, ana: Peer) -> None:
    ana.feed(*pings(BURST), "OPER root sesame", *pings(300))
    assert waits(ana)
    ana.carry_on()
    ana.carry_on()
    assert not waits(ana)
    assert len(ana.take()) == BURST + 2 + 300


def test_labels_are_answered_in_a_flood(house: PureHouse, ana: Peer) -> None:
    lines = ana.say(*[f"@label={i} PING x" for i in range(BURST + 30)])
    assert [message.tags["label"] for message in parsed(lines)] == [str(i) for i in range(BURST + 30)]


def test_who_ends_is_not_read_on(house: PureHouse, ana: Peer) -> None:
    ana.feed(*pings(BURST + 50))
    ana.lose()
    ana.carry_on()
    assert ana.take() == []
    assert house.world.users == {}


def test_a_long_flood_is_a_sign_of_life(house: PureHouse, ana: Peer) -> None:
    """Lines that wait are heard one by one, so nobody is asked for a sign of life meanwhile."""
    found = commands(ana.say(*pings(BURST + int(3 * POLICY.quiet * RATE))))
    assert "PING" not in found
    assert not ana.finished


def test_registration_is_a_part_of_it(house: PureHouse) -> None:
    peer = house.connect()
    peer.feed(*["NICK ana"] * BURST, "USER a 0 * :x")
    assert waits(peer)
    assert not client_of(peer).client.registration.done
    peer.carry_on()
    assert client_of(peer).client.registration.done
