"""Interleaving: threads that change over where a seed says so, also between two of their lines.

The idea: real threads, of which exactly one runs at a time. A trace function is called before every line of the
files that matter; there the seed may stop the thread and let another one go on. So a race that the operating
system shows once in a million runs is shown by a seed, each time, with the lines between which it happened.

What must stay true: a thread waits for nothing but its turn, so locks are those of `Interleaver.lock`; if all wait
for locks, that is a deadlock and is said so. The same seed gives the same run, as long as what runs is
deterministic itself.

Not here: what the threads do (steps.py).
"""

import linecache
import random
import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

import coliseum

_SOURCE = Path(coliseum.__file__).parent
EVERYWHERE: tuple[str, ...] = ("core", "dialects", "engines/threads")
"Where threads change over, as paths in the package."


class Deadlock(Exception):
    """All threads wait for locks."""


class _Abandoned(BaseException):
    """Ends a thread whose run has failed elsewhere."""


class _Task:
    """One thread and its turn."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.turn = threading.Event()
        self.waits_for: Lock | None = None
        self.thread: threading.Thread


class Interleaver:
    """Runs threads one at a time, in an order that a seed chooses."""

    def __init__(
        self,
        seed: int,
        *,
        share: float = 0.05,
        places: Collection[str] = EVERYWHERE,
        opcodes: bool = False,
        traced: bool = False,
    ) -> None:
        """`share` is that of the lines before which threads change over; `traced`: note where they did.

        `opcodes`: of the bytecodes, so that a line like `n += 1` has places inside, too. It takes longer.
        """
        self._random = random.Random(seed)
        self._share = share
        self._prefixes = tuple(str(_SOURCE / place) for place in places)
        self._matters: dict[CodeType, bool] = {}
        self._tasks: list[_Task] = []
        self._current: _Task | None = None
        "Whose turn it is; None before the run and after it."
        self._finished = threading.Event()
        self._failure: BaseException | None = None
        self._event = "opcode" if opcodes else "line"
        self._traced = traced
        self.trace: list[tuple[str, str]] = []
        "Who, what."

    def spawn(self, name: str, work: Callable[[], None]) -> None:
        """Have a thread do `work` in the run."""
        task = _Task(name)
        task.thread = threading.Thread(target=self._live, args=(task, work), name=name, daemon=True)
        self._tasks.append(task)

    def run(self) -> None:
        """Run all threads to their ends. Raises Deadlock, or what one of them raised first."""
        threads = [task.thread for task in self._tasks]
        for thread in threads:
            thread.start()
        self._hand_over()
        self._finished.wait()
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def lock(self, name: str) -> "Lock":
        """Return a lock for the threads of this run."""
        return Lock(self, name)

    def tell(self, what: str) -> None:
        """Put a happening into the trace, as the thread whose turn it is."""
        if self._traced:
            self.trace.append((self._current.name if self._current else "main", what))

    # --- taking turns --------------------------------------------------------------------------------------

    def point(self) -> None:
        """Perhaps let another thread go on here."""
        if self._current is not None and self._random.random() < self._share:
            self._change_over("")

    def give_way(self, why: str) -> None:
        """Let another thread go on here, if chance does not choose this one again."""
        if self._current is not None:
            self._change_over(why)

    def block(self, lock: "Lock") -> None:
        """Let others go on until `lock` may be free."""
        task = self._mine()
        task.waits_for = lock
        self._change_over(f"waits for {lock.name}")

    def wake(self, lock: "Lock") -> None:
        """Let those try again who wait for `lock`."""
        for task in self._tasks:
            if task.waits_for is lock:
                task.waits_for = None

    @property
    def name(self) -> str:
        """Whose turn it is."""
        return self._current.name if self._current else "main"

    def _mine(self) -> _Task:
        assert self._current is not None
        return self._current

    def _change_over(self, where: str) -> None:
        task = self._mine()
        if self._failure is not None:
            raise _Abandoned
        if where:
            self.tell(where)
        self._hand_over()
        self._take_turn(task)

    def _take_turn(self, task: _Task) -> None:
        task.turn.wait()
        task.turn.clear()
        if self._failure is not None:
            raise _Abandoned

    def _hand_over(self) -> None:
        """Choose who goes on; that may be who ran before."""
        if not self._tasks:
            self._current = None
            self._finished.set()
            return
        ready = [task for task in self._tasks if task.waits_for is None]
        if not ready and self._failure is None:
            waiting = ", ".join(f"{task.name} for {task.waits_for}" for task in self._tasks)
            self._failure = Deadlock(f"everybody waits: {waiting}")
        chosen = self._random.choice(ready or self._tasks)
        self._current = chosen
        chosen.turn.set()

    def _live(self, task: _Task, work: Callable[[], None]) -> None:
        try:
            self._take_turn(task)
            sys.settrace(self._called)
            work()
        except _Abandoned:
            pass  # the failure of another is raised by `run`
        except BaseException as failure:  # noqa: BLE001 - `run` raises it
            self._failure = self._failure or failure
        finally:
            sys.settrace(None)
            self._tasks.remove(task)
            self._hand_over()

    # --- the trace function --------------------------------------------------------------------------------

    def _called(self, frame: FrameType, _: str, __: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        matters = self._matters.get(code)
        if matters is None:
            matters = self._matters[code] = code.co_filename.startswith(self._prefixes)
        if not matters:
            return None
        frame.f_trace_opcodes = self._event == "opcode"
        return self._line

    def _line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == self._event and self._random.random() < self._share and self._failure is None:
            self._change_over(_described(frame) if self._traced else "")
        return self._line


class Lock:
    """A lock whose waiting is a change of turns; as `threading.Lock`."""

    def __init__(self, interleaver: Interleaver, name: str) -> None:
        self.name = name
        self._interleaver = interleaver
        self._holder = ""

    def __str__(self) -> str:
        """Return its name, and who holds it."""
        return f"{self.name} (held by {self._holder})"

    def acquire(self, blocking: bool = True) -> bool:
        """Take it, after waiting for it if need be; False: it was not to be had without."""
        self._interleaver.point()
        while self._holder:
            if not blocking:
                return False
            self._interleaver.block(self)
        self._holder = self._interleaver.name
        return True

    def release(self) -> None:
        """Let it go."""
        if not self._holder:
            raise RuntimeError(f"{self.name} is not held")
        self._holder = ""
        self._interleaver.wake(self)

    def locked(self) -> bool:
        """Return whether somebody has it."""
        return bool(self._holder)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class NoLock:
    """What looks like a lock and holds nobody back: for showing what a lock is for."""

    def acquire(self, blocking: bool = True) -> bool:  # noqa: ARG002 - as `threading.Lock` has it
        """Let everybody pass."""
        return True

    def release(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def _described(frame: FrameType) -> str:
    """Return where a thread stops: the line it was about to do."""
    code = frame.f_code
    place = Path(code.co_filename).relative_to(_SOURCE)
    line = linecache.getline(code.co_filename, frame.f_lineno).strip()
    return f"stops in {place}:{frame.f_lineno}, {code.co_name}, before: {line}"
