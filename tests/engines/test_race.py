"""Races: the check and the entry are one step, whatever the interleaving."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from coliseum import settings
from tests.conftest import House, OpenHouse
from tests.harness import Chatter


@pytest.fixture(autouse=True)
def tiny_switch_interval() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_of_200_who_race_for_the_lobby_exactly_3_get_in(house: House) -> None:
    for _ in range(3):
        start = threading.Barrier(20)

        def race(_: int, start: threading.Barrier = start) -> tuple[Chatter, bool]:
            start.wait()
            chatter = house.connect()
            line = chatter.line()
            assert line is not None
            if line.startswith("* Welcome"):
                return chatter, True
            assert line == "! the room is full (3 of 3)"
            assert chatter.rest() == ["* The connection ends: the room is full."]
            return chatter, False

        with ThreadPoolExecutor(20) as pool:
            results = list(pool.map(race, range(200)))
        inside = [chatter for chatter, got_in in results if got_in]
        assert len(inside) == 3
        for chatter in inside:
            assert len(chatter.seen()) <= 4
        for chatter in inside:
            chatter.send("/quit")
            chatter.rest()


def test_of_200_inside_who_race_for_another_room_exactly_3_get_in(open_house: OpenHouse) -> None:
    house = open_house(limits__max_clients=0, limits__room_capacity=0)
    with ThreadPoolExecutor(20) as pool:
        people = list(pool.map(lambda i: house.enter(f"p{i}"), range(200)))
        # A reload changes the rule while everybody is inside.
        keys = {"listen": [f"{house.transport}://localhost:0"], "limits.flood_control": False}
        data_dir = house.server.config.data_dir
        house.server.reload(settings.load(None, keys | {"data_dir": data_dir}, environment={}))
        for attempt in range(3):
            start = threading.Barrier(20)

            def race(chatter: Chatter, room: str = f"garden{attempt}", start: threading.Barrier = start) -> bool:
                start.wait()
                chatter.send(f"/join {room}")
                return "You are in" in chatter.expect(r"You are in garden|! the room is full \(3 of 3\)").string

            results = list(pool.map(race, people))
            assert results.count(True) == 3
            for chatter, got_in in zip(people, results, strict=True):
                chatter.send("/who")
                where = rf"garden{attempt} \(3 of 3\)" if got_in else r"(lobby|garden\d) "
                chatter.expect(f"In {where}")
