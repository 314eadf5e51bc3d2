"""Lock ranks: a wrong order is found by one thread, long before two of them wait for each other."""

import subprocess
import sys
import threading

import pytest

from coliseum.engines.ranks import RankedLock, RankError, ranked_lock
from coliseum.engines.threads.engine import ThreadsEngine
from tests.conftest import OpenHouse


def test_going_up_is_right_and_going_down_is_found() -> None:
    baton, world, link = RankedLock("baton", 0), RankedLock("world", 1), RankedLock("link", 2)
    with baton, world, link:
        pass
    with link, pytest.raises(RankError, match=r"world \(rank 1\) is taken while link \(rank 2\) is held"):
        world.acquire()
    with world, pytest.raises(RankError, match="baton"):
        baton.acquire(blocking=False)
    assert world.acquire(blocking=False)
    world.release()


def test_two_of_the_same_rank_are_never_held_together() -> None:
    one, other = RankedLock("one", 2), RankedLock("other", 2)
    with one, pytest.raises(RankError, match="other"):
        other.acquire()
    with other:
        pass


def test_each_thread_holds_its_own() -> None:
    low, high = RankedLock("low", 1), RankedLock("high", 2)
    with high:
        taken = []

        def take() -> None:
            with low:
                taken.append(low)

        other = threading.Thread(target=take)
        other.start()
        other.join()
        assert taken == [low]


def test_what_is_tried_in_vain_is_not_held() -> None:
    low, high = RankedLock("low", 1), RankedLock("high", 2)
    high._lock.acquire()
    assert not high.acquire(blocking=False)
    with low:
        pass


def test_ordinary_servers_have_ordinary_locks_and_tests_do_not() -> None:
    assert type(ranked_lock("any", 1)).__name__ == "RankedLock"
    code = "from coliseum.engines.ranks import ranked_lock; print(type(ranked_lock('any', 1)).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.strip() == "lock"


@pytest.mark.parametrize("engine", ["threads"], indirect=True)
@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_the_servers_locks_are_ranked_in_tests(open_house: OpenHouse) -> None:
    house = open_house()
    engine = house.server._host
    assert isinstance(engine, ThreadsEngine)
    assert type(engine.world_lock).__name__ == "RankedLock"
    house.enter("ana").seen()
