"""`coliseum join` on threads: the main thread has the keyboard, two others the connection.

Beside it: app_aio.py.
"""

import contextlib
import math
import os
import select
import sys
from time import monotonic

from prompt_toolkit.patch_stdout import patch_stdout

from coliseum.client.app import GRACE, Parts
from coliseum.client.displays import Failed
from coliseum.client.line_tools import open_history
from coliseum.client.outputs import Show
from coliseum.client.pipe import Pipe
from coliseum.client.session import Action
from coliseum.client.terminal import Terminal
from coliseum.client.threads import Runner


def interactive(parts: Parts) -> int:
    """Chat at a terminal until the user leaves or it is over; return the exit code."""
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
            terminal.session.prompt(**terminal.run_arguments())
    finally:
        _close(runner)
        terminal.finish()
    return terminal.code


def pipe(parts: Parts) -> int:
    """Say what comes in and write what arrives, until all is said; return the exit code."""
    desk = Pipe(parts.view, stdin=sys.stdin.fileno() if sys.stdin else -1, now=monotonic())
    news_out, news_in = os.pipe()
    os.set_blocking(news_in, False)

    def take(action: Action) -> None:
        desk.take(action)
        with contextlib.suppress(BlockingIOError):  # a full pipe is as good as another byte
            os.write(news_in, b"\0")

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
            _wait(news_out, desk)
    finally:
        _close(runner)
        code = desk.finish()
        os.close(news_in)
        os.close(news_out)
    return code


def _wait(news: int, desk: Pipe) -> None:
    """Wait for news, for input if it is wanted, or until the desk's deadline."""
    poll = select.poll()
    poll.register(news, select.POLLIN)
    if desk.wants_input:
        poll.register(desk.stdin, select.POLLIN)
    seconds = desk.seconds_left(monotonic())
    ready = poll.poll(None if seconds is None else math.ceil(seconds * 1000))
    if any(fd == news for fd, _ in ready):
        os.read(news, 4096)


def _close(runner: Runner) -> None:
    """End the engine politely; an impatient user gets it at once."""
    try:
        runner.close(GRACE)
    except KeyboardInterrupt:
        runner.close(0)
        raise
