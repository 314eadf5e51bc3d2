"""What helps with typing a line: completion, and a history that outlives the program.

What must stay true: a line with a password is never kept, neither in the file nor in memory; the file belongs to
its user alone (mode 0600); a disk that is full costs the history, never the conversation.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from coliseum.client.status import State, Status
from coliseum.client.wishes import is_secret
from coliseum.core.names import fold
from coliseum.dialects.plain.cleaning import clean
from coliseum.dialects.plain.parser import BY_NAME, COMMANDS
from coliseum.dialects.plain.phrasebook import as_typed
from coliseum.errors import CannotCreate

_HIDDEN = {"json", "ping"}
"Commands for programs."


class ChatCompleter(Completer):
    """Completes commands (English and Spanish), rooms after /join, nicks everywhere else."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """Yield what the word before the cursor may become."""
        status = self._status()
        text = document.text_before_cursor
        if status.state is State.LOCKED:
            return
        start, _, word = text.rpartition(" ")
        for peers_name in self._candidates(status, start, text):
            candidate = clean(peers_name)
            if fold(candidate.strip().rstrip(":")).startswith(fold(word)):
                yield Completion(candidate, start_position=-len(word), display=candidate.strip())

    def _candidates(self, status: Status, start: str, text: str) -> Iterator[str]:
        if " " not in text and text.startswith("/") and not text.startswith("//"):
            yield from _command_names()
            return
        first, _, more = start.partition(" ")
        command = BY_NAME.get(first[1:].lower()) if first.startswith("/") else None
        if command is not None and command.name == "join":
            if not more:
                yield from map(as_typed, status.rooms)
            return
        others = [nick for nick in status.members if fold(nick) != fold(status.nick)]
        if " " not in text:
            yield from (f"{nick}: " for nick in others)  # addressing somebody
        elif command is not None and command.name == "msg" and not more:
            yield from (f"{nick} " for nick in others)
        else:
            yield from others


def _command_names() -> Iterator[str]:
    for command in COMMANDS:
        if command.name not in _HIDDEN:
            yield from (f"/{name} " for name in (command.name, *command.aliases) if name.isalpha())


class ChatHistory(InMemoryHistory):
    """Lines of this run."""

    def append_string(self, string: str) -> None:
        """Keep a line, unless it has a password in it."""
        if not is_secret(string):
            super().append_string(string)


class ChatFileHistory(FileHistory):
    """Lines of all runs."""

    def append_string(self, string: str) -> None:
        """Keep a line, unless it has a password in it."""
        if not is_secret(string):
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write a line to the file. Where that fails it is in memory, which is enough to go on."""
        with contextlib.suppress(OSError):
            super().store_string(string)


def open_history(path: Path | None) -> tuple[History, CannotCreate | None]:
    """Return the history kept in `path`, or one that is forgotten with the program.

    Where the file cannot be made or read it is the latter too, together with the reason, which the user is told.
    """
    if path is None:
        return ChatHistory(), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.fchmod(handle, 0o600)  # one that is there may have been for everybody's eyes
        finally:
            os.close(handle)
    except OSError as error:
        why = "{path}: the history cannot be kept there: {reason}"
        return ChatHistory(), CannotCreate(why, path=path, reason=error.strerror)
    return ChatFileHistory(path), None
