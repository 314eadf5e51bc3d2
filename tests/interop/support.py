"""What the tests with real clients share: what goes over the wire, a server with people, terminals and log files.

The idea: the client under test is a program that others wrote, as Debian has it. What it *shows* is read where
people read it (the screen, the log); what it *says* is heard by others in the room, and by a tap behind the
server's TLS, which also keeps everything that the server answered.

Nothing sleeps blindly: the screen and the tap wake who waits for them; only log files are looked at again and
again, see `eventually`.
"""

import contextlib
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pexpect
import pyte
import pytest

from coliseum.core.inbound import Item
from coliseum.server import Server
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import TlsLayer
from tests.harness import Chatter

DEADLINE = 20.0
"Seconds after which something expected is missing."

LOOK_AGAIN = 0.02
"Seconds between two looks at a file."

HEAD = re.compile(r"(?:@\S+ )?:\S+ ")
"What stands before the command of a line: tags and source."

COMPLAINT = re.compile(r"[45]\d\d |FAIL |WARN ")
"How an answer begins to something that the server does not understand, or does not do."

T = TypeVar("T")


def needs(program: str) -> pytest.MarkDecorator:
    """Skip the test where `program` is missing; .ci/run installs it."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not on this machine")


def eventually(look: Callable[[], T | None], what: Callable[[], object]) -> T:
    """Return what `look` returns as soon as that is something; fail with `what` when it takes too long.

    It looks again and again, with short pauses: a file that another program writes wakes nobody. Where there is an
    event (a screen, a connection, the tap), wait for that instead.
    """
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, what()
        time.sleep(LOOK_AGAIN)
    return found


# --- the tap -----------------------------------------------------------------------------------------------


class Tape:
    """What one connection to the server said (`> `) and heard (`< `), in order, behind TLS."""

    def __init__(self, news: threading.Condition) -> None:
        self._news = news
        self.lines: list[str] = []

    def record(self, mark: str, lines: list[str]) -> None:
        """Keep lines. Called by the engine while it holds whatever it holds: never waits for anything but us."""
        with self._news:
            self.lines += [f"{mark} {line}" for line in lines]
            self._news.notify_all()

    @property
    def said(self) -> list[str]:
        """What the client sent."""
        return [line[2:] for line in list(self.lines) if line.startswith("> ")]

    @property
    def heard(self) -> list[str]:
        """What the server sent."""
        return [line[2:] for line in list(self.lines) if line.startswith("< ")]

    @property
    def complaints(self) -> list[str]:
        """What the server answered to what it did not understand, or did not do: without tags and source."""
        bare = [HEAD.sub("", line, count=1) for line in self.heard]
        return [line for line in bare if COMPLAINT.match(line)]

    @property
    def capabilities(self) -> set[str]:
        """What the client asked for and got."""
        acknowledged = [line for line in self.heard if re.search(r" CAP \S+ ACK :", line)]
        return {name for line in acknowledged for name in line.partition(" ACK :")[2].split()}

    def wait_said(self, pattern: str, times: int = 1) -> str:
        """Wait until the client has sent so many lines like `pattern`; return the last."""
        return self._wait("> ", pattern, times)

    def wait_heard(self, pattern: str, times: int = 1) -> str:
        """Wait until the server has sent so many lines like `pattern`; return the last."""
        return self._wait("< ", pattern, times)

    def _wait(self, mark: str, pattern: str, times: int) -> str:
        def find() -> str | None:
            found = [x[2:] for x in self.lines if x.startswith(mark) and re.search(pattern, x[2:])]
            return found[times - 1] if len(found) >= times else None

        with self._news:
            found = self._news.wait_for(find, DEADLINE)
            assert found is not None, f"{mark}{pattern!r} did not come:\n" + "\n".join(self.lines)
            return found


class Tap:
    """The tapes of all connections to one server, in the order in which they came."""

    def __init__(self) -> None:
        self._news = threading.Condition(threading.RLock())
        self.tapes: list[Tape] = []

    def link(self, reader: LineReader, tls: TlsLayer | None = None) -> StreamLink:
        """Make a link that is recorded; stands where the server makes its own."""
        tape = Tape(self._news)
        with self._news:
            self.tapes.append(tape)
        return _TappedLink(reader, tls, tape)

    def tape(self, nick: str) -> Tape:
        """Return the tape of the client that came in as `nick`; wait for it to do so."""
        with self._news:
            found = self._news.wait_for(
                lambda: next((tape for tape in self.tapes if f"NICK {nick}" in tape.said), None), DEADLINE
            )
            assert found is not None, f"{nick} did not come: {[tape.lines for tape in self.tapes]}"
            return found


class _TappedLink(StreamLink):
    """A link that keeps what it carries."""

    def __init__(self, reader: LineReader, tls: TlsLayer | None, tape: Tape) -> None:
        super().__init__(reader, tls)
        self._tape = tape

    def receive(self, data: bytes) -> list[Item]:
        items = super().receive(data)
        self._tape.record(">", [item if isinstance(item, str) else f"({item})" for item in items])
        return items

    def send(self, data: bytes) -> bytes:
        self._tape.record("<", data.decode().splitlines())
        return super().send(data)


# --- the server and its people -----------------------------------------------------------------------------


class Peer(Chatter):
    """Somebody else on IRC, in the hands of a test, without capabilities."""

    def line(self) -> str | None:
        """Return the next line without its end, or None when the server has closed."""
        line = super().line()
        return None if line is None else line.removesuffix("\r")


def whole(listener: Chatter, head: str, last: str) -> str:
    """Return what was said in lines that begin with `head`, up to the one that ends with the word `last`."""
    pieces: list[str] = []
    while not pieces or not pieces[-1].endswith(last):
        line = listener.line()
        assert line is not None, pieces
        assert len(line.encode()) <= 510 or not isinstance(listener, Peer)
        if line.startswith(head):
            pieces.append(line.removeprefix(head).strip())
    return " ".join(pieces)


class Town:
    """A server with an IRC and a plain listener, its tap, and ways in."""

    def __init__(self, server: Server, tap: Tap, stack: ExitStack) -> None:
        self.server = server
        self.tap = tap
        self._stack = stack

    @property
    def port(self) -> int:
        """Where IRC is spoken over TLS."""
        return self.server.address("ircs")[1]

    @property
    def ca(self) -> Path:
        """The local authority's certificate."""
        assert self.server.files is not None
        assert self.server.files.ca is not None
        return self.server.files.ca

    def peer(self, nick: str, *rooms: str) -> Peer:
        """Return somebody on IRC who is in `rooms`."""
        made = Peer(Chatter.connect(self.server.address("irc")).connection)
        peer = self._stack.enter_context(made)
        peer.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", *(f"JOIN {room}" for room in rooms))
        for room in rooms or ("",):
            peer.expect(rf" 366 {nick} {room} " if room else rf" 221 {nick} ")
        return peer

    def plain(self, nick: str, room: str) -> Chatter:
        """Return somebody on the plain dialect who is in `room` (without `#`)."""
        chatter = self._stack.enter_context(Chatter.connect(self.server.address("tls"), self.ca))
        chatter.expect(r"^\* You are in lobby")
        chatter.send(f"/nick {nick}")
        chatter.expect(f"You are now called {nick}")
        chatter.send(f"/join {room}")
        chatter.expect(rf"^\* You are in {room}")
        return chatter


# --- a terminal --------------------------------------------------------------------------------------------


class Terminal:
    """A program in a pseudo-terminal, and what one sees on it.

    A thread reads what the program writes, so that the program never waits; what is seen is guarded by `_news`.
    """

    def __init__(self, program: str, arguments: list[str], rows: int = 100, columns: int = 160) -> None:
        self._picture = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._picture)
        self._news = threading.Condition(threading.RLock())
        self._ended = False
        self._child = pexpect.spawn(
            program,
            arguments,
            env={**os.environ, "TERM": "xterm-256color"},
            dimensions=(rows, columns),
            timeout=DEADLINE,
        )
        self._thread = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._thread.start()

    def enter(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        for line in lines:
            self._child.send(f"{line}\r")

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without empty lines."""
        with self._news:
            return [line.rstrip() for line in self._picture.display if line.strip()]

    def wait(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something on the screen is so; `what` says what, if it never is."""
        with self._news:
            assert self._news.wait_for(true, DEADLINE), f"{what!r} did not appear:\n" + "\n".join(self.lines)

    def wait_for(self, *texts: str) -> None:
        """Wait until each of `texts` stands in a line of the screen."""
        for text in texts:
            self.wait(lambda text=text: any(text in line for line in self.lines), text)  # type: ignore[misc]

    def wait_exit(self) -> int:
        """Wait until the program has ended; return its exit code."""
        self.wait(lambda: self._ended, "the end")
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
                self._stream.feed(data)
                self._ended = not data
                self._news.notify_all()


@contextlib.contextmanager
def terminal(program: str, arguments: list[str]) -> Iterator[Terminal]:
    """A terminal that is put away at the end."""
    made = Terminal(program, arguments)
    try:
        yield made
    finally:
        made.close()
