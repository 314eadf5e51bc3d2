"""Whoever has gone leaves nothing for the collector of cycles: a busy server looks for those seldom."""

import gc
from collections.abc import Iterator

import pytest

from coliseum.assembly import Assembly
from coliseum.config import Config, Limits
from coliseum.core.delivery import deliver
from coliseum.core.inbound import Ready
from coliseum.core.kinds import Reason
from coliseum.core.session import Session
from coliseum.trace import silence
from coliseum.urls import parse
from tests.core.noting import NotingCarrier
from tests.harness import at

LISTEN = ("tcp://localhost:1", "irc://localhost:1")
VISITS = {
    "tcp": [["hello", "/nick ana", "/join garden", "/json", "/who", "/nick"], ["/quit"]],
    "irc": [
        ["NICK ana", "USER ana 0 * :Ana", "JOIN #garden", "PRIVMSG #garden :hi", "MONITOR + eva", "BOGUS"],
        ["QUIT"],
    ],
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Have cycles collected only when a test says so."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def visit(assembly: Assembly, scheme: str, batches: list[list[str]]) -> None:
    world = assembly.world
    opened = assembly.opener(parse(f"{scheme}://localhost:1"))("127.0.0.1:1")
    assert not isinstance(opened, bytes)
    session: Session = opened[0]
    session.carrier = NotingCarrier()
    session.open(at(0))
    session.receive([Ready()], at(0))
    for batch in batches:
        session.receive(batch, at(1))
        deliver(world.collect(), lambda *_: None)
    session.gone(Reason.PEER_CLOSED, at(2))
    deliver(world.collect(), lambda *_: None)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("scheme", VISITS)
def test_who_has_gone_leaves_nothing_for_the_collector(scheme: str, ends: bool) -> None:
    assembly = Assembly(Config(listen=LISTEN, limits=Limits(flood_control=False)), silence)
    batches = VISITS[scheme] if ends else VISITS[scheme][:1]
    visit(assembly, scheme, batches)  # what is made once is made
    gc.collect()
    for _ in range(3):
        visit(assembly, scheme, batches)
    assert gc.collect() == 0
