"""Threads that take turns by seed: one at a time, the same again, and no deadlock without a word."""

import pytest

from coliseum.core.limits import TokenBucket
from coliseum.testing.interleave import Deadlock, Interleaver, Lock, NoLock

SEEDS = range(50)


def crossing(seed: int) -> str:
    """Have two threads take two locks, each in its own order; return how that went."""
    interleaver = Interleaver(seed, share=0.3)
    left, right = interleaver.lock("left"), interleaver.lock("right")

    def take(first: Lock, second: Lock) -> None:
        with first, second:
            interleaver.point()

    interleaver.spawn("ana", lambda: take(left, right))
    interleaver.spawn("eva", lambda: take(right, left))
    try:
        interleaver.run()
    except Deadlock as deadlock:
        return str(deadlock)
    return ""


def test_a_deadlock_is_found_and_says_who_waits_for_what() -> None:
    ways = [crossing(seed) for seed in SEEDS]
    assert set(ways) == {
        "",
        "everybody waits: ana for right (held by eva), eva for left (held by ana)",
    }
    assert ways == [crossing(seed) for seed in SEEDS]


def spent(seed: int, *, locked: bool) -> float:
    """Have three threads take ten tokens each out of a bucket of the core; return how many are gone."""
    interleaver = Interleaver(seed, share=0.1, opcodes=True)
    lock = interleaver.lock("bucket") if locked else NoLock()
    bucket = TokenBucket(rate=0.0, burst=100.0)

    def take() -> None:
        for _ in range(10):
            with lock:
                bucket.wait(0.0)

    for name in ("ana", "luis", "eva"):
        interleaver.spawn(name, take)
    interleaver.run()
    assert not (isinstance(lock, Lock) and lock.locked())
    return 100.0 - bucket.tokens


def test_threads_change_over_inside_a_line_and_a_lock_keeps_them_out() -> None:
    assert {spent(seed, locked=True) for seed in SEEDS} == {30.0}
    without = [spent(seed, locked=False) for seed in SEEDS]
    assert min(without) < 30.0
    assert without == [spent(seed, locked=False) for seed in SEEDS]


def test_a_lock_is_as_that_of_threading() -> None:
    interleaver = Interleaver(1, share=1.0)
    lock = interleaver.lock("world")
    seen: list[object] = []

    def hold() -> None:
        with lock:
            seen.append(lock.acquire(blocking=False))
            interleaver.give_way("to somebody who wants it too")
            seen.append("held")

    def want() -> None:
        lock.acquire()
        seen.append(lock.locked())
        lock.release()

    interleaver.spawn("hold", hold)
    interleaver.spawn("want", want)
    interleaver.run()
    assert sorted(map(str, seen)) == ["False", "True", "held"]
    assert seen.index(False) + 1 == seen.index("held")
    with pytest.raises(RuntimeError, match="world is not held"):
        lock.release()


def test_what_a_thread_raises_ends_the_run() -> None:
    interleaver = Interleaver(1, share=0.5)
    lock = interleaver.lock("world")

    def fail() -> None:
        with lock:
            interleaver.give_way("")
            raise LookupError("lost")

    def wait() -> None:
        while True:
            interleaver.give_way("")

    interleaver.spawn("fail", fail)
    interleaver.spawn("wait", wait)
    with pytest.raises(LookupError, match="lost"):
        interleaver.run()
