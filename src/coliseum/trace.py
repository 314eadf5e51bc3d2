"""The log: structured facts to stderr, written by a thread of its own.

Why a thread: a fact is reported while the world is held, and stderr may be a pipe that nobody reads; whoever
reports must never wait. `note` puts the fact into a queue, the thread writes it. When the queue is full, facts are
dropped and counted, and the count is written soon, at most once a second. So is what would drown everything else:
of one event at most so many facts a second are written, because strangers decide how often somebody connects.

What must stay true: `note` never blocks and never raises; no fact carries what people said, or a secret (the core
does not give any); `close` writes what is queued and ends the thread.
"""

import io
import math
import queue
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

CAPACITY = 10_000
"Facts that may wait to be written."

PER_SECOND = 200
"Facts of one event that are written in one second; faults, and what the operator asks for, always are."

ASKED_FOR = frozenset({"status"})
"The operator waits for these (SIGUSR1), and strangers cannot cause them."

CONFESSION = 1.0
"Seconds after which it is said how many facts were dropped."

PATIENCE = 2.0
"Seconds that closing gives a stream which takes nothing."

LEVELS = {
    "refused": "info",
    "fault": "error",
    "accept.failed": "warning",
    "warning": "warning",
    "reload.failed": "error",
}


class Journal:
    """Writes facts to a stream: coloured lines for a terminal, JSON for everything else."""

    def __init__(self, stream: TextIO | None = None, *, pretty: bool | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        terminal = self._stream.isatty() if pretty is None else pretty
        self._render: Any = (
            structlog.dev.ConsoleRenderer(colors=terminal) if terminal else structlog.processors.JSONRenderer()
        )
        self._queue: queue.Queue[dict[str, Any] | str | None] = queue.Queue(CAPACITY)
        self._dropped = 0
        self._second = 0
        self._seen: Counter[str] = Counter()
        "How often each event was reported in that second."
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def note(self, event: str, /, **fields: object) -> None:
        """Report a fact. Any thread may call it, also one that holds locks."""
        moment = time.time()
        if self._drowns(event, int(moment)):
            self._dropped += 1
            return
        fact = {"event": event, "level": LEVELS.get(event, "info"), **fields, "time": moment}
        try:
            self._queue.put_nowait(fact)
        except queue.Full:
            self._dropped += 1  # inexact when two threads do it at once: it is a hint, not an account

    def _drowns(self, event: str, second: int) -> bool:
        """Say whether there were too many of these in this second. Two threads at once may count one too few."""
        if second != self._second:
            self._second = second
            self._seen = Counter()
        self._seen[event] += 1
        always = event in ASKED_FOR or LEVELS.get(event) == "error"
        return self._seen[event] > PER_SECOND and not always

    def show(self, line: str) -> None:
        """Show a line on stdout, for whoever sits in front of the server. Any thread, never blocks; as `note`."""
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what is queued and end; a stream that takes nothing any more is given up after a while."""
        try:
            self._queue.put(None, timeout=PATIENCE)
        except queue.Full:
            return  # nobody reads: the thread is a daemon and ends with the process
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        confessed = -math.inf
        while True:
            try:
                fact = self._queue.get(timeout=CONFESSION if self._dropped else None)
            except queue.Empty:
                self._confess()
                continue
            if fact is None:
                break
            written = _print(fact) if isinstance(fact, str) else self._write(fact)
            if not written:
                self._dropped += 1
            elif self._dropped and time.monotonic() >= confessed + CONFESSION:
                confessed = time.monotonic()
                self._confess()
        if self._dropped:
            self._confess()

    def _confess(self) -> None:
        """Write how many facts were dropped, if that can be written."""
        dropped = self._dropped
        lost = {"event": "log.dropped", "level": "warning", "time": time.time(), "count": dropped}
        if self._write(lost):
            self._dropped -= dropped

    def _write(self, fact: dict[str, Any]) -> bool:
        """Write one line; return whether it went out: nobody but the log itself could be told."""
        moment = datetime.fromtimestamp(fact["time"], UTC).isoformat(timespec="milliseconds")
        line = str(self._render(None, "", {"timestamp": moment} | {k: v for k, v in fact.items() if k != "time"}))
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, io.UnsupportedOperation, ValueError):
            return False
        return True


def _print(line: str) -> bool:
    """Write a line to stdout; return whether it went out."""
    try:
        print(line, flush=True)
    except (OSError, ValueError):
        return False
    return True


def silence(event: str, /, **fields: object) -> None:
    """Report nothing: the `note` of an embedded server that keeps no log."""
