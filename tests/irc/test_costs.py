"""What messages and commands cost: bounds for the way of a message, and what nothing may depend on.

Counted in instructions (tests/costs.py), so nothing here is about time. When a bound is passed for a good reason,
raise it, and say in docs/performance.md what it buys.
"""

from collections.abc import Callable

import pytest

from coliseum.core.delivery import deliver
from tests.costs import instructions
from tests.irc.support_pure import Peer, PureHouse

pytestmark = pytest.mark.interpreted


class Nowhere:
    """A carrier that costs nothing."""

    def transmit(self, data: bytes) -> None:
        """Drop it."""

    def finish(self, *, abrupt: bool) -> None:
        """Drop it."""


def town(members: int, elsewhere: int = 0) -> tuple[PureHouse, list[Peer]]:
    """Return a server and who is in #a; `elsewhere` are others, two in each of their rooms."""
    house = PureHouse()
    for number in range(elsewhere):
        house.enter(f"far{number}").say(f"JOIN #far{number // 2}")
    peers = [house.enter(f"near{number}") for number in range(members)]
    for peer in peers:
        peer.say("JOIN #a")
    for peer in peers:
        peer.session.carrier = Nowhere()
    return house, peers


def cost(peer: Peer, *lines: str) -> int:
    """Return what it costs to take lines in and to deliver what they cause."""
    session, world, now = peer.session, peer.house.world, peer.house.now()

    def act() -> None:
        session.receive(lines, now)
        deliver(world.collect(), lambda *_: None)

    act()  # what is made once, and remembered, is made
    return instructions(act)


LINE = f"PRIVMSG #a :{'x' * 100}"


def test_a_message_that_goes_on_is_cheap_however_many_hear_it() -> None:
    """The way of nearly all messages of a busy server: taken in, said, stamped, written once."""
    each = {}
    for members in (3, 50):
        _, (ana, *_) = town(members)
        each[members] = (cost(ana, *[LINE] * 60) - cost(ana, *[LINE] * 20)) / 40
    assert each[3] == each[50]
    assert each[3] <= 300


def test_a_batch_costs_each_hearer_the_same_however_long_it_is() -> None:
    """For whom a batch is, is walked through once, and so is the flush."""
    per_hearer = {}
    for length in (4, 40):
        _, (few, *_) = town(3)
        _, (many, *_) = town(43)
        per_hearer[length] = (cost(many, *[LINE] * length) - cost(few, *[LINE] * length)) / 40
    assert per_hearer[4] == per_hearer[40]
    assert per_hearer[4] <= 90


def test_a_message_by_itself_has_a_bounded_cost() -> None:
    _, (ana, *_) = town(3)
    assert cost(ana, LINE) <= 850
    assert cost(ana, "PRIVMSG near1 :x") <= 1200


COMMANDS = [
    "PRIVMSG #a :x",
    "PRIVMSG near1 :x",
    "TOPIC #a",
    "NAMES #a",
    "WHO #a",
    "MODE #a",
    "WHOIS near1",
    "PING x",
]


@pytest.mark.parametrize("line", COMMANDS)
def test_what_a_command_does_not_touch_costs_it_nothing(line: str) -> None:
    """Five hundred others in rooms of their own make no difference at all."""
    _, (alone, *_) = town(4)
    _, (among_others, *_) = town(4, elsewhere=200)
    assert cost(alone, line) == cost(among_others, line)


def come_and_go(peer: Peer) -> int:
    return cost(peer, "PART #a", "JOIN #a")


@pytest.mark.parametrize(
    "act", [come_and_go, lambda peer: cost(peer, "NAMES #a"), lambda peer: cost(peer, "WHO #a")]
)
def test_who_is_in_the_room_counts_once(act: Callable[[Peer], int]) -> None:
    """Coming, leaving, NAMES and WHO are linear in the room, and do not know the rest of the server."""
    alone = {members: act(town(members)[1][0]) for members in (10, 20, 40)}
    among_others = {members: act(town(members, elsewhere=200)[1][0]) for members in (10, 40)}
    assert all(alone[members] == among_others[members] for members in among_others)
    assert alone[40] - alone[20] <= 2.2 * (alone[20] - alone[10])
