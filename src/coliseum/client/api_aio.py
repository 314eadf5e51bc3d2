"""Bots on asyncio: a client for programs with an event loop.

::

    async with AsyncClient("tls://localhost:7000", nick="echo") as bot:
        async for message in bot.messages():
            await bot.say(f"{message.source.nick} said {message.text}")

What must stay true: `say` returns when the server has dealt with the line, and raises when it did not; a bot that
never looks at its messages fills no memory. Beside it: api.py, the same without `await`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from coliseum.client import commands
from coliseum.client.aio import Runner
from coliseum.client.commands import BotOptions
from coliseum.client.inbox import Inbox
from coliseum.client.session import Action
from coliseum.core.vocabulary import Event, Said, Told
from coliseum.errors import Unavailable
from coliseum.i18n import Translate, english

GRACE = 3.0
"Seconds that leaving waits for the server's goodbye."


class AsyncClient:
    """One bot on one connection, used on one loop; commands go out one at a time."""

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
        """Say where to go and as whom; nothing happens before `async with` or `open`.

        `url` is any that `coliseum join` takes: `tls://` or `ircs://`, say, with a room if you like.
        The server proves who it is by `fingerprint` ("sha256:…"), by the CA in the file `ca`, or else by the CA
        of this machine's own server. `timeout`: seconds that entering and each command may take.
        """
        self._options = BotOptions(url, nick, room, ca, fingerprint, password)
        self._timeout = timeout
        self._session = self._options.session()
        self._inbox = Inbox(translate)
        self._waiters: list[asyncio.Event] = []
        "One for each caller that waits for news of the inbox."
        # One command at a time is under way, because refusals do not say what they answer.
        self._turn = asyncio.Lock()
        self._runner: Runner | None = None

    async def open(self) -> None:
        """Connect and enter; returns when we are inside, under the nick and in the room that were asked for.

        Raises Unverified, Unavailable or another ColiseumError with the reason; then nothing is left open.
        """
        self._runner = Runner(self._session, self._options.target(), self._take)
        self._runner.start()
        try:
            await self._wait(self._inbox.decided, self._timeout)
            self._inbox.require_entry()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Say goodbye and end everything; harmless when closed."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.close(GRACE)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- talking -------------------------------------------------------------------------------------------

    async def say(self, text: str) -> None:
        """Say `text` in the room, each of its lines as a message; returns when the server has dealt with it.

        Raises Unavailable when the connection broke (the text was perhaps delivered), ColiseumError with the
        server's reason when it refused.
        """
        await self._command(commands.say_lines(text))

    async def tell(self, nick: str, text: str) -> None:
        """Tell `text` to one user in private. Otherwise as `say`."""
        await self._command(commands.tell_lines(nick, text))

    async def join(self, room: str) -> None:
        """Go into another room. Raises Unavailable when it is full; then we are where we were."""
        await self._command([commands.join_line(room)])

    async def nick(self, nick: str) -> None:
        """Take another nick. Raises ColiseumError when it is taken or cannot be one."""
        await self._command([commands.nick_line(nick)])

    # --- listening -----------------------------------------------------------------------------------------

    async def messages(self, timeout: float | None = None) -> AsyncIterator[Said | Told]:  # noqa: ASYNC109
        """Yield what is said in the room (Said) and in private (Told), each once.

        Ends when nothing came for `timeout` seconds (None: waits for ever) or after our own goodbye; raises
        Unavailable when the connection broke. An IRC server need not say when: then `time` is 0.
        """
        async for event in self.events(timeout):
            if isinstance(event, Said | Told):
                yield event

    async def events(self, timeout: float | None = None) -> AsyncIterator[Event]:  # noqa: ASYNC109
        """Yield everything that the server tells us (core.vocabulary, core.refusals). Otherwise as `messages`."""
        while await self._wait(self._inbox.has_event, timeout):
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
        self._inbox.take(action)
        for waiter in self._waiters:
            waiter.set()

    async def _wait(self, true: Callable[[], bool], timeout: float | None) -> bool:  # noqa: ASYNC109 - an answer
        news = asyncio.Event()
        self._waiters.append(news)
        try:
            async with asyncio.timeout(timeout):
                while not true():
                    news.clear()
                    await news.wait()
        except TimeoutError:
            return true()
        finally:
            self._waiters.remove(news)
        return True

    async def _command(self, lines: list[str]) -> None:
        async with self._turn:
            for line in lines:
                if self._runner is None:
                    raise Unavailable("not connected; use the client in `async with`")
                before = self._inbox.expect()
                self._runner.typed(line)
                in_time = await self._wait(partial(self._inbox.settled, before), self._timeout)
                self._inbox.require_success(in_time=in_time)
