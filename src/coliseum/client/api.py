"""Bots, blocking: a client for programs that wait.

::

    with Client("tls://localhost:7000", nick="echo") as bot:
        for message in bot.messages():
            bot.say(f"{message.source.nick} said {message.text}")

What must stay true: `say` returns when the server has dealt with the line, and raises when it did not; a bot that
never looks at its messages fills no memory. Beside it: api_aio.py, the same with `await`.
"""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from coliseum.client import commands
from coliseum.client.commands import BotOptions
from coliseum.client.inbox import Inbox
from coliseum.client.session import Action
from coliseum.client.threads import Runner
from coliseum.core.vocabulary import Event, Said, Told
from coliseum.errors import Unavailable
from coliseum.i18n import Translate, english

GRACE = 3.0
"Seconds that leaving waits for the server's goodbye."


class Client:
    """One bot on one connection. Its methods may be called by any thread; commands go out one at a time."""

    def __init__(
        self,
        url: str = "tls://localhost:7000",
        *,
        nick: str | None = None,
        room: str | None = None,
        ca: Path | str | None = None,
        fingerprint: str | None = None,
        password: str | None = None,
        timeout: float = 30.0,
        translate: Translate = english,
    ) -> None:
        """Say where to go and as whom; nothing happens before `with` or `open`.

        `url` is any that `coliseum join` takes: `tls://` or `ircs://`, say, with a room if you like.
        The server proves who it is by `fingerprint` ("sha256:…"), by the CA in the file `ca`, or else by the CA
        of this machine's own server. `timeout`: seconds that entering and each command may take.
        """
        self._options = BotOptions(url, nick, room, ca, fingerprint, password)
        self._timeout = timeout
        self._session = self._options.session()
        self._inbox = Inbox(translate)
        # guards: inbox. rank 2, after the engine's lock (under which `_take` is called). never while held: a call
        # of the engine, waiting for anything but this condition.
        self._news = threading.Condition(threading.Lock())
        # guards: that one command at a time is under way, because refusals do not say what they answer. rank 0.
        # held while waiting for the server, by the very callers who wait.
        self._turn = threading.Lock()
        self._runner: Runner | None = None

    def open(self) -> None:
        """Connect and enter; returns when we are inside, under the nick and in the room that were asked for.

        Raises Unverified, Unavailable or another ColiseumError with the reason; then nothing is left open.
        """
        self._runner = Runner(self._session, self._options.target(), self._take)
        self._runner.start()
        try:
            self._wait(self._inbox.decided, self._timeout)
            with self._news:
                self._inbox.require_entry()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Say goodbye and end everything; harmless when closed."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            runner.close(GRACE)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- talking -------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Say `text` in the room, each of its lines as a message; returns when the server has dealt with it.

        Raises Unavailable when the connection broke (the text was perhaps delivered), ColiseumError with the
        server's reason when it refused.
        """
        self._command(commands.say_lines(text))

    def tell(self, nick: str, text: str) -> None:
        """Tell `text` to one user in private. Otherwise as `say`."""
        self._command(commands.tell_lines(nick, text))

    def join(self, room: str) -> None:
        """Go into another room. Raises Unavailable when it is full; then we are where we were."""
        self._command([commands.join_line(room)])

    def nick(self, nick: str) -> None:
        """Take another nick. Raises ColiseumError when it is taken or cannot be one."""
        self._command([commands.nick_line(nick)])

    # --- listening -----------------------------------------------------------------------------------------

    def messages(self, timeout: float | None = None) -> Iterator[Said | Told]:
        """Yield what is said in the room (Said) and in private (Told), each once.

        Ends when nothing came for `timeout` seconds (None: waits for ever) or after our own goodbye; raises
        Unavailable when the connection broke. An IRC server need not say when: then `time` is 0.
        """
        for event in self.events(timeout):
            if isinstance(event, Said | Told):
                yield event

    def events(self, timeout: float | None = None) -> Iterator[Event]:
        """Yield everything that the server tells us (core.vocabulary, core.refusals). Otherwise as `messages`."""
        while self._wait(self._inbox.has_event, timeout):
            with self._news:
                event = self._inbox.next_event()
            if event is None:
                return
            yield event

    # --- knowing -------------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Our own id, as the server gave it; empty while we do not know it."""
        you = self._session.status.you
        return you.id if you else ""

    @property
    def name(self) -> str:
        """What we are called."""
        return self._session.status.nick

    @property
    def room(self) -> str:
        """The room we are in; empty for none."""
        return self._session.status.room

    @property
    def members(self) -> tuple[str, ...]:
        """The nicks of all who are in our room, ourselves among them."""
        return self._session.status.members

    # --- inside --------------------------------------------------------------------------------------------

    def _take(self, action: Action) -> None:
        with self._news:
            self._inbox.take(action)
            self._news.notify_all()

    def _wait(self, true: Callable[[], bool], timeout: float | None) -> bool:
        with self._news:
            return self._news.wait_for(true, timeout)

    def _command(self, lines: list[str]) -> None:
        with self._turn:
            for line in lines:
                if self._runner is None:
                    raise Unavailable("not connected; use the client in `with`")
                with self._news:
                    before = self._inbox.expect()
                self._runner.typed(line)
                in_time = self._wait(partial(self._inbox.settled, before), self._timeout)
                with self._news:
                    self._inbox.require_success(in_time=in_time)
