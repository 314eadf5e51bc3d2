"""A small IRC client for these tests: it knows IRC, and nothing of Coliseum.

It parses by itself, and it is strict: every line that it receives must be UTF-8, end with CR LF and keep to the
lengths that the specifications allow (RFC 1459 section 2.3, IRCv3 Message Tags "Size limit").

Tests never sleep. `ask` sends lines and a PING behind them: what comes before the PONG is the answer. `seen` is
what has come without being asked for. `expect` waits for one line, with a deadline.
"""

import itertools
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType, TracebackType
from typing import Self

DEADLINE = 20.0
"Seconds until a test gives up waiting; far more than anything takes on a busy machine."

_WITH_WORDS = """
    001 002 003 219 242 251 252 253 254 255 256 265 266 305 306 313 315 317 318 323 331 335 337 347 349 365 366
    368 369 374 375 376 381 671 696 706 733 734
"""
SPOKEN = frozenset(_WITH_WORDS.split())
"Replies whose last parameter are words for people; of errors (400 to 599) it always is."

_tokens = itertools.count(1)
_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


@dataclass(frozen=True)
class Line:
    """One message from the server."""

    raw: str
    tags: dict[str, str]
    source: str
    command: str
    params: tuple[str, ...]

    @property
    def nick(self) -> str:
        """Who it comes from, if it comes from a user."""
        return self.source.partition("!")[0] if "!" in self.source else ""

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1]

    @property
    def brief(self) -> str:
        """`482 #room`, `ana JOIN #room`: without tags, words for people and, in numerics, who is answered."""
        if self.command.isdigit():
            spoken = self.command in SPOKEN or "400" <= self.command < "600"
            params = self.params[1:-1] if spoken else self.params[1:]
            return " ".join([self.command, *params])
        return " ".join([*([self.nick] if self.nick else []), self.command, *self.params])


def parse(raw: str) -> Line:
    """Return what a line says (modern.ircdocs.horse, Message Format)."""
    tags: dict[str, str] = {}
    source, rest = "", raw
    if rest.startswith("@"):
        written, _, rest = rest[1:].partition(" ")
        for tag in written.split(";"):
            name, _, value = tag.partition("=")
            assert name, f"a tag without a name: {raw!r}"
            assert name not in tags, f"a tag that comes twice: {raw!r}"
            tags[name] = _unescaped(value)
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    head, colon, last = rest.partition(" :")
    command, *params = head.split(" ")
    assert command, f"no command: {raw!r}"
    assert all(params), f"an empty parameter in the middle: {raw!r}"
    return Line(raw, tags, source, command, (*params, last) if colon else tuple(params))


def _unescaped(value: str) -> str:
    found, letters = "", iter(value)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters, "")
            found += _ESCAPES.get(escaped, escaped)
        else:
            found += letter
    return found


def checked(raw: bytes) -> str:
    """Return a line without its end, once it has the form that it must have."""
    assert raw.endswith(b"\r"), f"a line that does not end with CR LF: {raw!r}"
    line = raw[:-1]
    assert b"\r" not in line, f"CR inside: {raw!r}"
    assert b"\0" not in line, f"NUL inside: {raw!r}"
    tags, rest = b"", line
    if line.startswith(b"@"):
        tags, _, rest = line.partition(b" ")
        assert len(tags) + 1 <= 4607, f"too much tag data: {len(tags)}"
    assert len(rest) <= 510, f"{len(rest)} bytes without CR LF: {rest!r}"
    return line.decode()


def briefly(lines: Iterable[Line]) -> list[str]:
    """Return the brief forms."""
    return [line.brief for line in lines]


class Talker:
    """One connection, used by one thread."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.nick = "*"
        self.welcome: list[Line] = []
        self._rest = b""

    @classmethod
    def connect(cls, address: tuple[str, int], ca: Path | None = None) -> "Talker":
        """Connect; with `ca` over TLS, verifying the server."""
        connection = socket.create_connection(address, timeout=DEADLINE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca is not None:
            context = ssl.create_default_context(cafile=str(ca))
            try:
                connection = context.wrap_socket(connection, server_hostname=address[0])
            except BaseException:
                connection.close()
                raise
        return cls(connection)

    def register(
        self, nick: str, capabilities: Iterable[str] = (), realname: str = "", password: str = ""
    ) -> None:
        """Become `nick`; what the server says first is kept in `welcome`."""
        wish = " ".join(capabilities)
        self.send("CAP LS 302", *([f"PASS :{password}"] if password else []))
        if wish:
            self.send(f"CAP REQ :{wish}")
        username = nick if nick.isascii() else "user"
        self.send(f"NICK {nick}", f"USER {username} 0 * :{realname or nick.title()}", "CAP END")
        if wish:
            self.expect("CAP", "*", "ACK", wish)
        first = self.expect("001", nick)
        self.nick = nick
        self.welcome = [first, *self.sync()]

    # --- sending -------------------------------------------------------------------------------------------

    def send(self, *lines: str) -> None:
        """Send lines, all in one piece."""
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    # --- receiving -----------------------------------------------------------------------------------------

    def line(self, deadline: float | None = None) -> Line | None:
        """Return the next line, or None when the server has closed; AssertionError when neither comes."""
        deadline = deadline or time.monotonic() + DEADLINE
        while b"\n" not in self._rest:
            self.connection.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.connection.recv(65536)
            except TimeoutError:
                raise AssertionError("nothing came before the deadline") from None
            except (ConnectionResetError, ssl.SSLError):
                data = b""
            if not data:
                assert not self._rest, f"closed in the middle of a line: {self._rest!r}"
                return None
            self._rest += data
        raw, _, self._rest = self._rest.partition(b"\n")
        return parse(checked(raw))

    def expect(self, command: str, *params: str | EllipsisType) -> Line:
        """Read lines until one has this command and begins with these parameters (`...`: any)."""
        seen: list[str] = []
        deadline = time.monotonic() + DEADLINE
        try:
            while (line := self.line(deadline)) is not None:
                seen.append(line.raw)
                if line.command == command and _fits(line.params, params):
                    return line
        except AssertionError as error:
            raise AssertionError(f"{command} {params}: {error}; seen: {seen}") from error
        raise AssertionError(f"closed before {command} {params} came; seen: {seen}")

    def sync(self) -> list[Line]:
        """Return the lines that came before the answer to a PING that is sent now."""
        token = f"token-{next(_tokens)}"
        self.send(f"PING {token}")
        lines: list[Line] = []
        deadline = time.monotonic() + DEADLINE
        while (line := self.line(deadline)) is not None:
            if line.command == "PONG" and line.text == token:
                return lines
            lines.append(line)
        raise AssertionError(f"closed before the PONG came; seen: {[line.raw for line in lines]}")

    def seen(self) -> list[str]:
        """Return, in brief, what has come since the last question."""
        return briefly(self.sync())

    def ask(self, *lines: str) -> list[str]:
        """Send lines and return, in brief, what comes before they have been dealt with."""
        return briefly(self.ask_whole(*lines))

    def ask_whole(self, *lines: str) -> list[Line]:
        """Send lines and return all of what comes before they have been dealt with."""
        self.send(*lines)
        return self.sync()

    def rest(self) -> list[Line]:
        """Return all lines until the server closes."""
        return list(iter(self.line, None))

    # --- the end -------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close at once."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _fits(params: tuple[str, ...], wanted: tuple[str | EllipsisType, ...]) -> bool:
    return len(params) >= len(wanted) and all(
        want is ... or param == want for param, want in zip(params, wanted, strict=False)
    )
