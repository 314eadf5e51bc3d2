"""Random clients on real connections, engine by engine and way by way: what each saw fits what all others saw."""

import os

import pytest

from coliseum.config import Engine
from coliseum.testing.history import count
from tests.stress.conftest import Found

ACTIONS = int(os.environ.get("COLISEUM_STRESS_ACTIONS", "1500"))
"For each cell: a second or two."
WAYS = ["tcp", "tls", "irc", "ircs", "udp", "tcp tls irc ircs udp"]


@pytest.mark.usefixtures("eager_threads")
@pytest.mark.parametrize("way", WAYS)
def test_what_random_clients_saw_is_one_story(engine: Engine, way: str, seed: int, found: Found) -> None:
    town = found(engine, seed, *way.split())
    assert town.live(ACTIONS) == []
    assert town.crowd.cut_off == 0
    happened = count(town.crowd.history)
    assert min(happened[kind] for kind in ("Heard", "Entered", "Denied", "LeftRoom", "Ended")) > 5, happened
