"""`coliseum join`: one function that chats until it is over and returns the exit code.

Who sits in front of a terminal gets a prompt (terminal.py); in a pipe every line of the input is said, and what
arrives goes to the output (pipe.py). Each on both engines: app_threads.py and app_aio.py, side by side.

What must stay true: the engine is named here and nowhere else in the client; a server that cannot be verified is
told nothing (link.py).
"""

import contextlib
import os
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from coliseum.client import failures
from coliseum.client.link import Target
from coliseum.client.session import ClientSession
from coliseum.client.view import View
from coliseum.client.wishes import Wishes, room_of
from coliseum.config import default_data_dir
from coliseum.i18n import Translate, english
from coliseum.urls import Url

GRACE = 3.0
"Seconds that leaving waits for the server's goodbye."
PASSWORD_VARIABLE = "COLISEUM_PASSWORD"  # noqa: S105 - its name


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """What the user asked for on the command line."""

    url: Url
    nick: str | None = None
    room: str | None = None
    engine: str = "threads"
    '"threads" or "asyncio".'
    ca: Path | None = None
    "The CA that vouches for the server; None: that of this machine's own server, or the system's."
    fingerprint: str | None = None
    'The only certificate that is accepted, as "sha256:…".'
    password: str | None = field(default=None, repr=False)
    "None: what the environment's COLISEUM_PASSWORD says, or the user when the server asks."
    history_file: Path | None = None
    "None: the history is forgotten at the end."
    translate: Translate = english
    color: bool = True
    "Colours may be used, where they can be seen and NO_COLOR is not set."
    reconnect: bool = True
    "At a prompt a broken connection is followed by another."


@dataclass(frozen=True)
class Parts:
    """What both engines' halves are given."""

    session: ClientSession
    target: Target
    view: View
    translate: Translate
    place: str
    "The server, for the bar."
    history_file: Path | None


class Half(Protocol):
    """One engine's half of `coliseum join`; both functions return the exit code."""

    def interactive(self, parts: Parts) -> int:
        """Chat at a terminal until the user leaves or it is over."""

    def pipe(self, parts: Parts) -> int:
        """Say what comes in and write what arrives, until all is said."""


def run(options: JoinOptions) -> int:
    """Chat until it is over; return the exit code. What goes wrong on the way is shown, not raised.

    Raises ConfigError when the CA or the fingerprint is no such thing; then nothing was done. KeyboardInterrupt in
    a pipe, after saying goodbye. To be called by the main thread.
    """
    at_terminal = _at_terminal()
    target = Target.of(options.url, ca=options.ca, fingerprint=options.fingerprint, data_dir=default_data_dir())
    wishes = Wishes(
        nick=options.nick,
        room=options.room or room_of(options.url),
        password=options.password or os.environ.get(PASSWORD_VARIABLE) or None,
        may_ask=at_terminal,
        # A script would not know what was lost in between: it decides for itself.
        reconnect=options.reconnect and at_terminal,
    )
    color = options.color and at_terminal and not os.environ.get("NO_COLOR")
    parts = Parts(
        session=ClientSession(wishes, random.random),
        target=target,
        view=View(options.translate, color=color),
        translate=options.translate,
        place=f"{options.url.scheme}://{failures.place(options.url)}",
        history_file=options.history_file,
    )
    half = _half(options.engine)
    with _polite_termination():
        return half.interactive(parts) if at_terminal else half.pipe(parts)


@contextlib.contextmanager
def _polite_termination() -> Iterator[None]:
    """Let SIGTERM unwind the program instead of killing it: the terminal is put right and goodbye is said."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _half(engine: str) -> Half:
    # Imported when needed: prompt_toolkit takes longer to load than a whole `coliseum cert` to run.
    if engine == "asyncio":
        from coliseum.client import app_aio  # noqa: PLC0415

        return app_aio
    from coliseum.client import app_threads  # noqa: PLC0415

    return app_threads


def _at_terminal() -> bool:
    """Say whether somebody is there: a keyboard and a screen that can move its cursor."""
    return (
        sys.stdin is not None
        and sys.stdin.isatty()
        and sys.stdout is not None
        and sys.stdout.isatty()
        and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}
    )
