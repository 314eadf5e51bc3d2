"""Recording: every thread appends to a list of its own, so nobody waits for anybody and nothing is written.

The idea: what is measured must not be changed by measuring it more than can be helped. A span costs four looks at
clocks and one append; what that is on this machine is measured (`overhead`) and told with every trace.

What must stay true:
* a list is appended to by its thread alone, and read when that thread is over (`tracks`);
* the end of a span is taken before anything is done about it, its beginning after everything: spans are never
  longer than what they say, so two holds of one lock never seem to overlap;
* there are at most so many spans per thread; what is too much is counted and left out.
Not here: what is worth recording (watched).
"""

import statistics
import threading
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from types import TracebackType
from typing import Any, Final, TypeAlias

from coliseum.lab.tracing.spans import TASKS, Detail, Recording, Span, Track

MOST: Final = 50_000
"Spans that are kept of one thread."

Described: TypeAlias = tuple[str, Detail]
"About which session, and what there is to say."
Describe: TypeAlias = Callable[["Own", tuple[Any, ...], Any], Described]
"Makes it, from the arguments of a call and its result (None when it raised); called after the end was taken."


class Own:
    """What one thread has recorded. Only that thread touches it."""

    def __init__(self, recorder: "Recorder", thread: str, most: int) -> None:
        self.recorder = recorder
        self.thread = thread
        self._most = most
        self.spans: list[Span] = []
        self.lost = 0
        self.said: list[int] = []
        "Numbers of the messages that the present step has said."
        self.carried: dict[str, list[int]] = {}
        "What the present delivery has for whom: numbers of messages, by session."

    def add(
        self, kind: str, name: str, start: int, end: int, cpu_start: int, cpu_end: int, about: Described
    ) -> None:
        """Keep a span, or count it when there are too many."""
        if len(self.spans) >= self._most:
            self.lost += 1
            return
        self.spans.append(Span(kind, name, start, end, cpu_start, cpu_end - cpu_start, *about))


class _Local(threading.local):
    """A list for each thread, made when it is first wanted."""

    def __init__(self, recorder: "Recorder") -> None:
        self.own = recorder.begin()


class Recorder:
    """Everything that is recorded of one server."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._owns: list[Own] = []
        self._local = _Local(self)
        self.tasks: list[Span] = []
        "What sessions waited for in tasks; on the loop."
        self.sessions: dict[str, str] = {}
        "Addresses by session; in a step, so one at a time."
        self.numbers: dict[int, tuple[object, int]] = {}
        "Messages by their identity, with themselves, so that no other gets it; in a step."
        self.wanted: dict[int, tuple[object, str]] = {}
        "Effects by their identity, with themselves and the session that wants them; in a step."
        self.awaited: dict[str, int] = {}
        "Since when sessions wait for an effect in a task; on the loop."

    def begin(self) -> Own:
        """Return a list for the calling thread."""
        own = Own(self, threading.current_thread().name, self._most)
        self._owns.append(own)
        return own

    @property
    def own(self) -> Own:
        """The calling thread's list."""
        return self._local.own

    def spanning(
        self, kind: str, name: str, original: Callable[..., Any], describe: Describe
    ) -> Callable[..., Any]:
        """Return a function that does what `original` does and records how long it took."""
        local = self._local

        def recorded(*args: Any, **kwargs: Any) -> Any:
            own = local.own
            result = None
            cpu = thread_time_ns()
            start = perf_counter_ns()
            try:
                result = original(*args, **kwargs)
            finally:
                end = perf_counter_ns()
                cpu_end = thread_time_ns()
                own.add(kind, name, start, end, cpu, cpu_end, describe(own, args, result))
            return result

        return recorded

    def number(self, message: object) -> int:
        """Return the number of a message that was said; a new one, the first time. Call it with the world held."""
        found = self.numbers.setdefault(id(message), (message, len(self.numbers) + 1))
        return found[1]

    def recording(self, engine: str, about: str, *, stopping: int, overhead: int) -> Recording:
        """Return everything; the rest as in `Recording`. Call it when the threads that recorded do so no more."""
        tracks = [Track(own.thread, own.spans, own.lost) for own in self._owns if own.spans]
        return Recording(
            engine=engine,
            about=about,
            tracks=[*tracks, Track(TASKS, self.tasks)] if self.tasks else tracks,
            sessions=dict(self.sessions),
            stopping=stopping,
            overhead=overhead,
        )


class RecordedLock:
    """A lock that records how long it was waited for and, if that is wanted, how long it was held."""

    def __init__(self, lock: Any, name: str, recorder: Recorder, *, holds: bool) -> None:
        self._lock = lock
        self._name = name
        self._recorder = recorder
        self._holds = holds
        self._since = (0, 0)
        "When it was taken, by both clocks; who holds it touches it."

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; as `threading.Lock.acquire`."""
        if not self._lock.acquire(False):
            own = self._recorder.own
            cpu = thread_time_ns()
            start = perf_counter_ns()
            taken = blocking and self._lock.acquire(True, timeout)
            end = perf_counter_ns()
            kind = "wait" if blocking else "missed"
            own.add(kind, self._name, start, end, cpu, thread_time_ns(), ("", {}))
            if not taken:
                return False
        if self._holds:
            cpu = thread_time_ns()
            self._since = (perf_counter_ns(), cpu)
        return True

    def release(self) -> None:
        """Give it back."""
        if self._holds:
            end = perf_counter_ns()
            start, cpu = self._since
            self._recorder.own.add("hold", self._name, start, end, cpu, thread_time_ns(), ("", {}))
        self._lock.release()

    def locked(self) -> bool:
        """Say whether somebody holds it."""
        return bool(self._lock.locked())

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def overhead(samples: int = 2000) -> int:
    """Return what one empty span costs: the median, in nanoseconds, the call of the function included."""

    def nothing(*_: object) -> None:
        """Do nothing."""

    recorder = Recorder(samples)
    spanned = recorder.spanning("step", "nothing", nothing, lambda _own, _args, _result: ("", {}))
    found = []
    for _ in range(samples):
        start = perf_counter_ns()
        spanned()
        found.append(perf_counter_ns() - start)
    return round(statistics.median(found))
