"""The baton of the threads engine is given away in time: who delivers for others is somebody's thread, too."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from coliseum.engines.threads.flusher import ROUNDS, Flusher
from tests.harness import DEADLINE

pytestmark = pytest.mark.interpreted


class Busy:
    """A world in which something is to be delivered, again and again, with a moment of quiet after each round."""

    def __init__(self, rounds: int, *, quiet: bool) -> None:
        self.collected = 0
        self._rounds = rounds
        self._quiet = quiet
        self._pause = False

    @property
    def dirty(self) -> bool:
        """Whether there is something; who has just delivered finds nothing, and then there is something again."""
        pause, self._pause = self._pause, False
        return self.collected < self._rounds and not pause

    def collect(self) -> list[Any]:
        self.collected += 1
        self._pause = self._quiet
        return []


def flusher(world: Busy) -> Flusher:
    """Return a flusher whose relief thread does not run."""
    engine = SimpleNamespace(world=world, world_lock=threading.Lock())
    return Flusher(cast("Any", engine))


def relieved(found: Flusher) -> bool:
    return found._relief.acquire(blocking=False)


def test_who_never_finds_a_moment_of_quiet_hands_over() -> None:
    world = Busy(1000, quiet=False)
    found = flusher(world)
    found.flush()
    assert (world.collected, relieved(found)) == (ROUNDS, True)


def test_who_finds_moments_of_quiet_hands_over_just_the_same() -> None:
    """Each time the mailboxes were empty, counting began anew."""
    world = Busy(1000, quiet=True)
    found = flusher(world)
    found.flush()
    assert (world.collected, relieved(found)) == (ROUNDS, True)


def test_who_is_done_in_time_wakes_nobody() -> None:
    for quiet in (False, True):
        world = Busy(ROUNDS - 1, quiet=quiet)
        found = flusher(world)
        found.flush()
        assert (world.collected, relieved(found)) == (ROUNDS - 1, False)


def test_who_has_handed_over_does_not_get_the_baton_again_at_once() -> None:
    """Its client has more to say, and is read again before the relief thread is awake."""
    world = Busy(1000, quiet=False)
    found = flusher(world)
    found.flush()
    found.flush()
    assert world.collected == ROUNDS
    assert relieved(found)
    found.relieve()
    assert (world.collected, relieved(found)) == (2 * ROUNDS, True)
    found.flush()
    assert world.collected == 2 * ROUNDS, "the relief thread goes on"


def test_when_the_relief_is_done_it_looks_again_and_others_deliver_for_themselves() -> None:
    world = Busy(ROUNDS + 3, quiet=False)
    found = flusher(world)
    found.flush()
    assert relieved(found)
    found.relieve()
    assert (world.collected, relieved(found)) == (ROUNDS + 3, False)
    world.collected -= 1  # somebody has something again
    found.flush()
    assert world.collected == ROUNDS + 3


def test_a_step_while_the_relief_says_that_it_is_done_is_not_lost() -> None:
    """Somebody who had looked before the hand-over has the baton: the relief thread leaves it to them."""
    world = Busy(ROUNDS + 1, quiet=False)
    found = flusher(world)
    found.flush()
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with found._baton:
            taken.set()
            assert done.wait(DEADLINE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(DEADLINE)
    assert relieved(found)
    found.relieve()
    assert world.collected == ROUNDS
    done.set()
    holder.join()
    found.flush()  # who lets go looks again
    assert world.collected == ROUNDS + 1
