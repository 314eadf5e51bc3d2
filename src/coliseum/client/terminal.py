"""The terminal: a prompt that stays while messages appear above it.

The idea: one prompt for the whole conversation (prompt_toolkit), so there is no moment between two prompts in
which a key or a message could get lost. Enter hands the line on and empties it. What is to be shown waits in a
queue; the prompt's own loop takes the prompt away, writes what waits, and draws the prompt again with the
half-typed line and the cursor where they were.

Why not print through `patch_stdout`: it hands text on from a thread of its own, with a pause, and loses what comes
at the moment when the prompt ends. It is still there for what others print (warnings).

What must stay true: `take` may be called by any thread and never waits; everything else by the thread of the
prompt; every line that was taken is shown, at the latest by `finish`; a password is neither shown nor kept.

Not here: what is said and done (model), how a line looks (view), completion and history (line_tools.py).
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

from coliseum.client.line_tools import ChatCompleter
from coliseum.client.outputs import Changed, End, Show
from coliseum.client.session import Action
from coliseum.client.status import State, Status
from coliseum.client.view import View
from coliseum.dialects.plain.cleaning import clean
from coliseum.dialects.plain.phrases import occupancy
from coliseum.dialects.reasons import Translate

MOST_LINES = 10_000
"Lines that wait for a screen that stands still (Ctrl-S); then the oldest go, and that is said."
MOST_NAMES = 20
"Names in the bar."


class Terminal:
    """The screen and the keyboard of one user."""

    def __init__(
        self,
        view: View,
        translate: Translate,
        place: str,
        history: History,
        *,
        keyboard: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        """`place` names the server, for the bar; keyboard and screen are the process's unless given."""
        self._view = view
        self._translate = translate
        self._place = place
        self._status = Status()
        self._lines: deque[str] = deque()
        "Waiting to be shown. Filled by any thread, emptied by the prompt's."
        self._left_out = 0
        self._printing = False
        self._done = False
        self.code = 1
        "The exit code; true once the engine has ended."
        self._typed: Callable[[str], None] = lambda _: None
        self._leave: Callable[[], None] = lambda: None
        self.session: PromptSession[None] = PromptSession(
            message=self._prompt,
            bottom_toolbar=self._bar,
            is_password=Condition(lambda: self._status.state is State.LOCKED),
            completer=ChatCompleter(lambda: self._status),
            complete_while_typing=False,
            history=history,
            key_bindings=self._keys(),
            enable_suspend=True,
            erase_when_done=True,
            input=keyboard,
            output=screen,
        )
        self.session.default_buffer.accept_handler = self._accept

    def connect(self, typed: Callable[[str], None], leave: Callable[[], None]) -> None:
        """Say who takes what is typed, and the wish to leave. Before the prompt runs."""
        self._typed, self._leave = typed, leave

    def run_arguments(self) -> dict[str, Any]:
        """Return what PromptSession.prompt or prompt_async is called with."""
        return {"pre_run": self._look}

    def take(self, action: Action) -> None:
        """Take in what the engine gives; any thread."""
        match action:
            case Show(display):
                self._lines.extend(self._view.lines(display, time.time_ns()))
                while len(self._lines) > MOST_LINES:
                    self._lines.popleft()
                    self._left_out += 1
            case Changed(status):
                self._status = status
                self._done = self._done or status.state in {State.LEAVING, State.OVER}
            case End(code):
                self._done = True
                self.code = code
        loop = self.session.app.loop
        if loop is not None:
            # A loop that has ended meanwhile shows nothing more: `finish` does.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._look)

    def finish(self) -> None:
        """Show what is left, after the prompt has ended."""
        self._print()

    # --- on the prompt's loop ------------------------------------------------------------------------------

    def _look(self) -> None:
        """Show what is new."""
        app = self.session.app
        if self._lines and not self._printing:
            self._printing = True
            run_in_terminal(self._print)
        app.invalidate()
        if self._done and app.future is not None and not app.future.done():
            app.exit()

    def _print(self) -> None:
        self._printing = False
        output = self.session.output
        output.enable_autowrap()
        if self._left_out:
            text = self._translate("… {count} lines were left out").format(count=self._left_out)
            output.write_raw(text + "\n")
            self._left_out = 0
        while self._lines:
            output.write_raw(self._lines.popleft() + "\n")  # clean already, but for our own colours
        output.flush()

    def _accept(self, buffer: Buffer) -> bool:
        """Take in that Enter was pressed; False empties the line, which is then in the history."""
        text = buffer.text
        if self._status.state is State.LOCKED:
            buffer.reset()  # nothing is left that the history could keep
        self._typed(text)
        return False

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-c")
        @keys.add("<sigint>")
        def _(event: KeyPressEvent) -> None:
            buffer = event.app.current_buffer
            if buffer.text:
                buffer.reset()
            else:
                self._leave()

        @keys.add("c-d", filter=Condition(lambda: not self.session.default_buffer.text))
        def _(_: KeyPressEvent) -> None:
            self._leave()

        return keys

    # --- what is drawn -------------------------------------------------------------------------------------

    def _prompt(self) -> StyleAndTextTuples:
        status = self._status
        if status.state is State.LOCKED:
            return [("bold", self._translate("Password: "))]
        return [("bold", f"{clean(status.nick)}> ")]

    def _bar(self) -> StyleAndTextTuples:
        _ = self._translate
        status = self._status
        parts = [self._state_text(status.state)]
        if status.room:
            members = ", ".join(status.members[:MOST_NAMES]) + ", …" * (len(status.members) > MOST_NAMES)
            people = occupancy(_, len(status.members), status.capacity)
            parts.append(f"{status.room} ({people}): {members}")
        if status.unconfirmed:
            parts.append(_("{count} on the way").format(count=status.unconfirmed))
        parts.append(self._place)
        return [("", clean(" " + " │ ".join(parts)))]

    def _state_text(self, state: State) -> str:
        _ = self._translate
        match state:
            case State.CONNECTING:
                return _("connecting…")
            case State.ENTERING:
                return _("entering…")
            case State.LOCKED:
                return _("password wanted")
            case State.INSIDE:
                return _("connected")
            case State.OFFLINE:
                return _("no connection, trying again")
            case State.LEAVING | State.OVER:
                return _("leaving…")
