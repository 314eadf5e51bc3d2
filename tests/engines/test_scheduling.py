"""The requests to the operating system: where it knows them, for the threads that they are meant for."""

import os
import threading

import pytest

from coliseum.engines.scheduling import be_patient, give_way
from coliseum.server import Server
from tests.conftest import OpenHouse

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system has no SCHED_BATCH")


def policies() -> dict[str, int]:
    """Return how each thread of this process is scheduled, by its name."""
    return {thread.name: os.sched_getscheduler(thread.native_id or 0) for thread in threading.enumerate()}


def test_a_thread_and_those_that_it_starts_are_patient_others_are_not() -> None:
    found: list[int] = []

    def run() -> None:
        be_patient()
        inner = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0)))
        inner.start()
        inner.join()

    outer = threading.Thread(target=run)
    outer.start()
    outer.join()
    assert found == [os.SCHED_BATCH]
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_where_it_is_forbidden_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    be_patient()
    give_way()


@pytest.mark.parametrize("engine", ["threads"], indirect=True)
@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_clients_threads_are_patient(open_house: OpenHouse) -> None:
    house = open_house()
    assert isinstance(house.server, Server)
    house.enter("ana")
    now = policies()
    assert {policy for name, policy in now.items() if name.startswith("client-")} == {os.SCHED_BATCH}
    assert now["MainThread"] == os.SCHED_OTHER
