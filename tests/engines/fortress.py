"""A server with every kind of listener, somebody in it who must not notice anything, and what it logged."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import coliseum.settings
from coliseum.config import Engine
from coliseum.server import Server
from tests.harness import Chatter

STREAMS = ("tcp", "tls", "irc", "ircs")


class Fortress:
    """A running server; `whole` says whether it still is what it was."""

    def __init__(self, engine: Engine, data_dir: Path, stack: ExitStack, **keys: object) -> None:
        self.noted: list[tuple[str, dict[str, object]]] = []
        flags = {
            "listen": [f"{scheme}://localhost:0" for scheme in (*STREAMS, "udp")],
            "data_dir": str(data_dir),
            "limits.flood_control": False,
            "limits.room_capacity": 0,
        } | {key.replace("__", "."): value for key, value in keys.items()}
        config = coliseum.settings.load(None, flags, environment={})
        self._stack = stack
        self.server = stack.enter_context(Server(config, engine=engine, note=self._note))
        self.witness = self.connect("tcp")
        self.witness.expect(r"^\* You are in lobby")
        self.witness.send("/nick witness", "/join tower")
        self.witness.expect(r"^\* You are in tower")

    def _note(self, event: str, /, **fields: object) -> None:
        self.noted.append((event, fields))

    @property
    def ca(self) -> Path:
        """The authority of the server's certificate."""
        files = self.server.files
        assert files is not None
        assert files.ca is not None
        return files.ca

    def address(self, scheme: str) -> tuple[str, int]:
        """Where it listens."""
        return self.server.address(scheme)

    def connect(self, scheme: str) -> Chatter:
        """Return an honest connection."""
        ca = self.ca if scheme in {"tls", "ircs"} else None
        return self._stack.enter_context(Chatter.connect(self.address(scheme), ca))

    def reasons(self) -> set[object]:
        """Why sessions ended so far."""
        return {fields["reason"] for event, fields in self.noted if event == "session.closed"}

    def require_whole(self) -> None:
        """See that the witness noticed nothing, that newcomers are served, and that nothing went wrong inside."""
        assert self.witness.seen() == []
        for scheme in ("tcp", "tls"):
            with self.connect(scheme) as newcomer:
                newcomer.expect(r"^\* You are in lobby")
                newcomer.send("/join tower", "good evening")
                self.witness.expect("good evening")
            self.witness.expect("is gone")
        faults = [fields for event, fields in self.noted if event == "fault"]
        assert faults == []


Build = Callable[..., Fortress]
