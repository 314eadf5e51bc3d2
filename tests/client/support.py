"""What the client's tests share: a screen that can be read, a server that does as it is told, times by number.

Tests never sleep: they wait for what they expect, with a deadline.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pexpect
import pyte

from coliseum.client import aio, threads
from coliseum.client.link import Target
from coliseum.client.outputs import Changed, End, Show
from coliseum.client.session import Action, ClientSession
from coliseum.client.status import State
from coliseum.client.view import View
from coliseum.client.wishes import Wishes
from coliseum.i18n import english
from coliseum.urls import Url, parse
from tests.harness import Closing

DEADLINE = 20.0
"Seconds after which something expected is missing."
LAUNCH = "import sys; from coliseum.cli import main; main(sys.argv[1:])"


def complaints(stderr: bytes) -> str:
    """Return what a client wrote to stderr, without what asyncio's debug mode says of a machine that was busy."""
    lines = stderr.decode().splitlines(keepends=True)
    return "".join(line for line in lines if not re.fullmatch(r"Executing <.*> took [\d.]+ seconds\n", line))


# --- a server that does as it is told ----------------------------------------------------------------------


class Puppet(Closing):
    """A listening socket, and the connections to it, in the hands of a test. Plain TCP."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(DEADLINE)
        self.port: int = self._listener.getsockname()[1]
        self.url = parse(f"tcp://127.0.0.1:{self.port}")

    def accept(self) -> "Line":
        """Return the next connection."""
        connection, _ = self._listener.accept()
        return Line(connection)

    def close(self) -> None:
        """Accept no more."""
        self._listener.close()


class Line:
    """One connection that a test has accepted."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(DEADLINE)
        self._file = connection.makefile("rb")

    def hear(self) -> str:
        """Return the next line; empty when the client has closed."""
        return self._file.readline().decode().rstrip("\n")

    def say(self, text: str) -> None:
        """Send a line as it is."""
        self._socket.sendall(text.encode() + b"\n")

    def tell(self, event: str, **fields: Any) -> None:
        """Send an event."""
        self.say(json.dumps({"event": event, **fields}))

    def welcome(self, nick: str = "guest-1", room: str = "lobby", lines: int = 1) -> None:
        """Let the client in, as a server does."""
        assert self.hear() == "/json"
        self.tell("welcomed", you={"id": "id-1", "nick": nick}, server="puppet", description="", motd="")
        self.tell("admitted", room={"name": room, "members": [nick], "capacity": 3, "topic": ""})
        self.tell("heard", lines=lines)

    def close(self) -> None:
        """Hang up at once."""
        self._file.close()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


# --- a client without a terminal ---------------------------------------------------------------------------


class AnyRunner(Protocol):
    """What both engines offer to a test."""

    def typed(self, text: str) -> None: ...

    def leave(self) -> None: ...

    def close(self, grace: float) -> None: ...


class LoopRunner:
    """The asyncio runner on a loop in a thread, so that one test can use either engine."""

    def __init__(self, session: ClientSession, target: Target, handler: Callable[[Action], None]) -> None:
        self._made: Future[aio.Runner] = Future()
        self._loop = asyncio.new_event_loop()
        self._loop.set_debug(True)
        self._thread = threading.Thread(target=self._run, args=(session, target, handler), daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()
        self._made.result(DEADLINE)

    def typed(self, text: str) -> None:
        """Say or do what the user typed."""
        self._loop.call_soon_threadsafe(self._made.result().typed, text)

    def leave(self) -> None:
        """Say goodbye."""
        self._loop.call_soon_threadsafe(self._made.result().leave)

    def close(self, grace: float) -> None:
        """End everything; harmless when ended."""
        if self._loop.is_closed():
            return
        done = asyncio.run_coroutine_threadsafe(self._made.result().close(grace), self._loop)
        try:
            done.result(DEADLINE)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(DEADLINE)
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def _run(self, *arguments: Any) -> None:
        asyncio.set_event_loop(self._loop)

        def make() -> None:
            runner = aio.Runner(*arguments)
            runner.start()
            self._made.set_result(runner)

        self._loop.call_soon(make)
        self._loop.run_forever()


class Person:
    """A client in the hands of a test: what it was shown, and what it knows."""

    def __init__(self, engine: str, target: Target, wishes: Wishes, *, chance: float = 1.0) -> None:
        self.session = ClientSession(wishes, lambda: chance)
        self._view = View(english, color=False)
        self._news = threading.Condition()
        self.actions: list[Action] = []
        self.fault: Exception | None = None
        "Raised when something is to be shown."
        kind = threads.Runner if engine == "threads" else LoopRunner
        self.runner: threads.Runner | LoopRunner = kind(self.session, target, self._take)

    def _take(self, action: Action) -> None:
        with self._news:
            self.actions.append(action)
            self._news.notify_all()
        if self.fault is not None and isinstance(action, Show):
            raise self.fault

    def __enter__(self) -> Self:
        self.runner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runner.close(0 if error else 3)

    @property
    def shown(self) -> list[str]:
        """Everything that was shown, as words."""
        return [self._view.text(action.display) for action in list(self.actions) if isinstance(action, Show)]

    @property
    def end(self) -> End | None:
        """How it ended."""
        return next((action for action in self.actions if isinstance(action, End)), None)

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with self._news:
            assert self._news.wait_for(true, DEADLINE), self.actions[-20:]

    def wait_shown(self, text: str) -> None:
        """Wait until words with `text` in them were shown."""
        self.wait(lambda: any(text in words for words in self.shown))

    def wait_state(self, state: State) -> None:
        """Wait until the client was told that it has come so far."""
        self.wait(lambda: any(isinstance(a, Changed) and a.status.state is state for a in self.actions))

    def wait_end(self) -> End:
        """Wait until it is over and return how."""
        self.wait(lambda: self.end is not None)
        assert self.end is not None
        return self.end


def target_of(url: Url, ca: Path | None = None, fingerprint: str | None = None) -> Target:
    """Return a target that trusts no file of this machine."""
    return Target.of(url, ca=ca, fingerprint=fingerprint, data_dir=Path("/nonexistent"))


# --- a terminal that can be read ---------------------------------------------------------------------------


class _Picture(pyte.Screen):
    """A terminal that answers when it is asked where its cursor is; without that there is no bar at the bottom."""

    answer: Callable[[str], object]

    def write_process_input(self, data: str) -> None:
        self.answer(data)


class Screen:
    """`coliseum join` in a pseudo-terminal, and what one sees on it.

    A thread reads what the program writes, like a terminal, which answers at once; what is seen is guarded by
    `_news`.
    """

    def __init__(self, arguments: list[str], environment: dict[str, str], columns: int = 100) -> None:
        rows = 30
        self._picture = _Picture(columns, rows)
        self._stream = pyte.ByteStream(self._picture)
        self._raw = b""
        self._news = threading.Condition(threading.RLock())
        self._ended = False
        self._child = pexpect.spawn(
            sys.executable,
            ["-c", LAUNCH, "join", *arguments],
            env={**os.environ, "TERM": "xterm-256color", **environment},
            dimensions=(rows, columns),
            timeout=DEADLINE,
        )
        self._picture.answer = self._child.send
        self._thread = threading.Thread(target=self._read, name="screen", daemon=True)
        self._thread.start()

    def type(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        self._child.kill(number)

    @property
    def raw(self) -> bytes:
        """All bytes that the program has written."""
        with self._news:
            return self._raw

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without empty lines."""
        with self._news:
            return [line.rstrip() for line in self._picture.display if line.strip()]

    @property
    def cursor_column(self) -> int:
        """Where the cursor stands."""
        with self._news:
            return int(self._picture.cursor.x)

    @property
    def prompt(self) -> str:
        """The line that the cursor is on."""
        with self._news:
            return str(self._picture.display[self._picture.cursor.y]).rstrip()

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something on the screen is so."""
        with self._news:
            assert self._news.wait_for(true, DEADLINE), "\n".join(self.lines)

    def wait_for(self, text: str) -> None:
        """Wait until a line of the screen has `text` in it."""
        self.wait(lambda: any(text in line for line in self.lines))

    def wait_exit(self) -> int:
        """Wait until the program has ended; return its exit code."""
        self.wait(lambda: self._ended)
        self._child.wait()
        assert self._child.exitstatus is not None, self._child.signalstatus
        return int(self._child.exitstatus)

    def close(self) -> None:
        """End the program if it still runs."""
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
        self._thread.join(DEADLINE)
        self._child.close()

    def _read(self) -> None:
        """Show what the program writes, until it has closed its terminal (Linux then says EIO)."""
        data = b"-"
        while data:
            try:
                data = os.read(self._child.child_fd, 65536)
            except OSError:
                data = b""
            with self._news:
                self._raw += data
                self._stream.feed(data)
                self._ended = not data
                self._news.notify_all()


@contextlib.contextmanager
def screen(arguments: list[str], **environment: str) -> Iterator[Screen]:
    """A screen that is put away at the end of a test."""
    made = Screen(arguments, environment)
    try:
        yield made
    finally:
        made.close()
