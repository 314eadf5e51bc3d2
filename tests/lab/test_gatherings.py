"""Storms: from when each arrival is timed."""

import time

import pytest

from coliseum.lab import gatherings
from coliseum.lab.clients import Client, State
from coliseum.lab.workloads import Storm, named


@pytest.mark.parametrize(("name", "from_the_cut"), [("join-storm", False), ("reconnect-storm", True)])
def test_who_comes_back_is_timed_from_the_cut_and_who_comes_first_from_its_own_beginning(
    name: str, from_the_cut: bool
) -> None:
    workload = named(name)
    assert isinstance(workload, Storm)
    an_hour = 3600 * 10**9
    arrivals, moved = gatherings._timed(workload, time.perf_counter_ns() - an_hour)
    client = Client("u1")
    for state in (State.CONNECTING, State.REGISTERING, State.JOINING, State.HERE):
        client.state = state
        moved(client)
    assert len(arrivals.times) == 1
    assert (arrivals.times.percentile(100) > an_hour / 2) == from_the_cut
