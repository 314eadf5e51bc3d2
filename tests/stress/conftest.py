"""What the stress tests share: a seed that a test that fails shows, and towns: a server with its crowd."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

import coliseum.settings
from coliseum.config import Engine
from coliseum.server import Server
from coliseum.testing.crowd import Crowd, Manners, ways
from coliseum.testing.history import History, Violation
from coliseum.testing.rules import check

CAPACITY = 4
ROUNDS = 3


@pytest.fixture
def seed() -> int:
    """Return another number every time; COLISEUM_STRESS_SEED chooses it."""
    chosen = int(os.environ.get("COLISEUM_STRESS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"to do the same again: COLISEUM_STRESS_SEED={chosen}")
    return chosen


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Town:
    """A server with its crowd."""

    def __init__(self, server: Server, crowd: Crowd) -> None:
        self.server = server
        self.crowd = crowd

    def live(self, actions: int) -> list[Violation]:
        """Let the crowd act, with a barrier now and then, and go; return what was wrong."""
        for _ in range(ROUNDS):
            self.crowd.act(actions // ROUNDS)
            self.crowd.settle()
        self.crowd.leave()
        violations = check(self.crowd.history)
        if violations:
            print(self.crowd.history)
        return violations


class Found(Protocol):
    """Makes towns."""

    def __call__(self, engine: Engine, seed: int, *schemes: str) -> Town:
        """Return a town where one comes in by any of these schemes."""


@pytest.fixture
def found(data_dir: Path) -> Iterator[Found]:
    """Return a function that founds a town; it is gone after the test, with everybody in it."""
    towns: list[Town] = []

    def start(engine: Engine, seed: int, *schemes: str) -> Town:
        flags = {
            "listen": [f"{scheme}://localhost:0" for scheme in schemes],
            "data_dir": str(data_dir),
            "limits.flood_control": False,
            "limits.room_capacity": CAPACITY,
        }
        server = Server(coliseum.settings.load(None, flags, environment={}), engine=engine)
        server.start()
        doors = ways(server.addresses, server.files.ca if server.files else None)
        towns.append(Town(server, Crowd(random.Random(seed), doors, Manners(), History(CAPACITY))))
        return towns[-1]

    yield start
    for town in towns:
        town.crowd.close()
        town.server.stop()
