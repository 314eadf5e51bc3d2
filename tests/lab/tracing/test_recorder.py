"""The recorder: functions do what they did, locks say who waited, and threads keep to their own lists."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from coliseum.engines.ranks import RankError, ranked_lock
from coliseum.lab.tracing.recorder import RecordedLock, Recorder, overhead
from coliseum.lab.tracing.spans import Span
from tests.harness import DEADLINE


def spans(recorder: Recorder) -> dict[str, list[Span]]:
    found = recorder.recording("", "", stopping=0, overhead=0).tracks
    return {track.thread: track.spans for track in found}


def nothing(*_: Any) -> tuple[str, dict[str, Any]]:
    return "", {}


def test_a_function_does_what_it_did() -> None:
    recorder = Recorder()
    wrapped = recorder.spanning("step", "add", lambda a, b=1: a + b, lambda _o, args, result: ("s", {"n": result}))
    assert (wrapped(1), wrapped(1, b=2)) == (2, 3)
    (found,) = spans(recorder).values()
    assert [(span.kind, span.name, span.session, span.detail) for span in found] == [
        ("step", "add", "s", {"n": 2}),
        ("step", "add", "s", {"n": 3}),
    ]
    assert found[0].start <= found[0].end <= found[1].start


def test_an_exception_comes_out_and_is_recorded() -> None:
    recorder = Recorder()

    def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        recorder.spanning("read", "fail", fail, nothing)()
    assert [span.name for span in next(iter(spans(recorder).values()))] == ["fail"]


def test_every_thread_has_its_own() -> None:
    recorder = Recorder()
    work = recorder.spanning("step", "work", lambda: None, nothing)
    threads = [threading.Thread(target=work, name=f"t{number}") for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert {name: len(found) for name, found in spans(recorder).items()} == {f"t{n}": 1 for n in range(8)}


def test_a_lock_says_who_waited_and_how_long_it_was_held() -> None:
    recorder = Recorder()
    lock = RecordedLock(ranked_lock("the world", 1), "the world", recorder, holds=True)
    assert asked(lock, recorder, lock.__enter__)
    found = spans(recorder)
    assert [span.kind for span in found["MainThread"]] == ["hold"]
    assert [span.kind for span in found["other"]] == ["wait", "hold"]
    (mine,), (wait, theirs) = found["MainThread"], found["other"]
    assert mine.end <= theirs.start
    assert wait.start <= mine.end
    assert wait.end <= theirs.start


def asked(lock: RecordedLock, recorder: Recorder, ask: Callable[[], bool]) -> bool:
    """Have another thread ask for a lock that is held, until it waits; then let go. Return what it got."""
    answers = []
    begun = threading.Event()
    inner = lock._lock

    class Watching:
        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            if blocking:
                begun.set()
            return inner.acquire(blocking, timeout)  # type: ignore[no-any-return]

        def release(self) -> None:
            inner.release()

    def other() -> None:
        answers.append(ask())
        lock.release()

    thread = threading.Thread(target=other, name="other")
    with lock:
        lock._lock = Watching()
        thread.start()
        assert begun.wait(DEADLINE)
    thread.join(DEADLINE)
    return answers == [True]


def test_a_lock_that_is_only_tried_says_that_it_was_not_to_be_had() -> None:
    recorder = Recorder()
    lock = RecordedLock(threading.Lock(), "the baton", recorder, holds=False)
    assert lock.acquire(blocking=False)
    assert lock.locked()
    assert not lock.acquire(blocking=False)
    lock.release()
    assert lock.acquire()
    lock.release()
    assert not lock.locked()
    (found,) = spans(recorder).values()
    assert [(span.kind, span.name) for span in found] == [("missed", "the baton")]


def test_ranks_are_still_asserted() -> None:
    recorder = Recorder()
    inner = RecordedLock(ranked_lock("a link", 2), "a link", recorder, holds=False)
    outer = RecordedLock(ranked_lock("the world", 1), "the world", recorder, holds=True)
    with inner, pytest.raises(RankError):
        outer.acquire()


def test_a_message_has_one_number() -> None:
    recorder = Recorder()
    one, two = object(), object()
    assert [recorder.number(message) for message in (one, two, one)] == [1, 2, 1]


def test_what_recording_costs_is_measured() -> None:
    assert overhead(50) > 0
