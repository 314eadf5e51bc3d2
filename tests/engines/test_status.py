"""The status: what there is now, and how often what happened since the server began."""

import time
from pathlib import Path
from typing import Any

from coliseum.config import Config
from coliseum.server import AsyncServer
from tests.conftest import House, OpenHouse, run_async
from tests.harness import DEADLINE


def noted(house: House) -> Any:
    return house.server.status()["noted"]


def test_it_counts_who_came_who_was_refused_and_how_sessions_ended(open_house: OpenHouse, transport: str) -> None:
    house = open_house(limits__max_clients=2)
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.send("/nick luis")
    ana.expect("somebody else is called luis")  # not "guest1 is now called luis", which comes before
    house.connect().rest()  # the server is full
    luis.send("/quit")
    luis.rest()
    luis.close()
    ana.expect("luis is gone")
    deadline = time.monotonic() + DEADLINE
    while sum(noted(house).get("session.closed", {}).values()) < 2:  # the one that was refused lingers, too
        assert time.monotonic() < deadline
    status = house.server.status()
    assert (status["users"], status["most_users"], status["rooms"], status["engine"]) == (
        1,
        2,
        1,
        house.server.engine,
    )
    counts = noted(house)
    assert counts["session.opened"] == {transport: 3}
    assert counts["refused"] == {"nick-taken": 1, "server-full": 1}
    assert counts["session.closed"] == {"server-full": 1, "quit": 1}


def test_it_knows_how_long_steps_take_and_wait(house: House) -> None:
    house.enter("ana").seen()
    status = house.server.status()
    for key in ("world_wait_seconds", "world_hold_seconds"):
        durations: Any = status[key]
        assert durations["count"] > 0
        assert 0 < durations["sum"] < DEADLINE
        assert durations["p50"] <= durations["p99"] <= durations["max"]


def test_it_knows_what_waits_for_who_does_not_read(open_house: OpenHouse) -> None:
    house = open_house(limits__room_capacity=0)
    house.enter("sleeper")
    speaker, reader = house.enter("speaker"), house.enter("reader")
    for _ in range(5000):
        speaker.send("x" * 4000)
        reader.expect("speaker: ")
        if house.server.status()["mailbox_bytes"]:
            return
    raise AssertionError("20 MB found their way to somebody who does not read")


def test_the_asyncio_twin_tells_it_too(data_dir: Path) -> None:
    async def use() -> dict[str, object]:
        async with AsyncServer(Config(listen=("tcp://localhost:0",), data_dir=str(data_dir))) as server:
            return server.status()

    assert run_async(use())["users"] == 0
