"""Sessions whose dialects and carriers take notes; test files that need other worlds make their own."""

from itertools import count

import pytest

from coliseum.core.inbound import Ready
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import World
from tests.core.noting import Log, Make, NotingCarrier, NotingDialect, notes
from tests.harness import at


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def world(log: Log) -> World:
    ids = count(1)
    return World(Policy(flood_control=False), lambda: f"id-{next(ids)}", log)


@pytest.fixture
def make(world: World) -> Make:
    def session() -> Session:
        made = Session(world, "127.0.0.1:1", "tcp")
        made.dialect, made.carrier = NotingDialect(made), NotingCarrier()
        made.open(at(0))
        return made

    return session


@pytest.fixture
def session(make: Make) -> Session:
    """A session whose link is ready."""
    made = make()
    made.receive([Ready("TLSv1.3")], at(0))
    notes(made).clear()
    return made
