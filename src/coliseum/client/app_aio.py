"""`coliseum join` on asyncio: one loop has the keyboard and the connection.

Beside it: app_threads.py.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from prompt_toolkit.patch_stdout import patch_stdout

from coliseum.client.aio import Runner
from coliseum.client.app import GRACE, Parts
from coliseum.client.displays import Failed
from coliseum.client.line_tools import open_history
from coliseum.client.outputs import Show
from coliseum.client.pipe import Pipe
from coliseum.client.session import Action
from coliseum.client.terminal import Terminal


def interactive(parts: Parts) -> int:
    """Chat at a terminal until the user leaves or it is over; return the exit code."""
    return _run(_interactive(parts))


def pipe(parts: Parts) -> int:
    """Say what comes in and write what arrives, until all is said; return the exit code."""
    return _run(_pipe(parts))


def _run(half: Coroutine[Any, Any, int]) -> int:
    """Run one half; SIGTERM cancels it, so that it alone decides in which order things end."""

    async def run() -> int:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await half

    try:
        return asyncio.run(run())
    except asyncio.CancelledError as cancelled:
        raise SystemExit(128 + signal.SIGTERM) from cancelled


async def _interactive(parts: Parts) -> int:
    history, trouble = open_history(parts.history_file)
    terminal = Terminal(parts.view, parts.translate, parts.place, history)
    if trouble is not None:
        terminal.take(Show(Failed(trouble)))
    runner = Runner(parts.session, parts.target, terminal.take)
    terminal.connect(runner.typed, runner.leave)
    try:
        runner.start()
        # The end of the input means that the terminal is gone: leave, as if asked to.
        with patch_stdout(raw=True), contextlib.suppress(EOFError):
            await terminal.session.prompt_async(**terminal.run_arguments())
    finally:
        await _close(runner)
        terminal.finish()
    return terminal.code


async def _pipe(parts: Parts) -> int:
    desk = Pipe(parts.view, stdin=sys.stdin.fileno() if sys.stdin else -1, now=monotonic())
    news = asyncio.Event()

    def take(action: Action) -> None:
        desk.take(action)
        news.set()

    runner = Runner(parts.session, parts.target, take)
    try:
        runner.start()
        while not desk.over and not desk.is_late(monotonic()):
            desk.read()
            while (line := desk.next_line()) is not None:
                runner.typed(line)
            desk.write()
            if desk.all_said:
                runner.leave()
            await _wait(news, desk)
    finally:
        await _close(runner)
        code = desk.finish()
    return code


async def _wait(news: asyncio.Event, desk: Pipe) -> None:
    """Wait for news, for input if it is wanted, or until the desk's deadline."""
    loop = asyncio.get_running_loop()
    watching = False
    if desk.wants_input:
        try:
            loop.add_reader(desk.stdin, news.set)
            watching = True
        except PermissionError:
            news.set()  # a file: it always has something to read, and epoll will not watch it
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(desk.seconds_left(monotonic())):
                await news.wait()
    finally:
        if watching:
            loop.remove_reader(desk.stdin)
    news.clear()
    await asyncio.sleep(0)  # also when news never ends, the connection has its turn


async def _close(runner: Runner) -> None:
    """End the engine politely; an impatient user gets it at once."""
    try:
        await runner.close(GRACE)
    except asyncio.CancelledError:
        await runner.close(0)
        raise
