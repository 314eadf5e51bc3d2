"""The servers: an assembly on an engine. The only file that names an engine.

`Server` is used from ordinary code (`with Server(config) as server`) with either engine; the asyncio engine then
runs in a thread of its own. `AsyncServer` runs the asyncio engine on the loop of its user (`async with`).

What must stay true: after `stop` no thread, task or socket is left; `start` either succeeds or leaves none behind.
"""

import asyncio
import importlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self, TypeVar

from coliseum.assembly import Assembly
from coliseum.config import Config, Engine
from coliseum.core.world import Note
from coliseum.engines.aio import AioEngine
from coliseum.engines.contract import Parts
from coliseum.engines.threads import ThreadsEngine
from coliseum.errors import ConfigError
from coliseum.services.certificates import Files
from coliseum.trace import silence
from coliseum.urls import Url

GRACE = 2.0
"Seconds that stopping gives to peers that are slow to read."

_T = TypeVar("_T")


class _Running:
    """What both servers tell about themselves; any thread may ask, once the server has been started."""

    _assembly: Assembly | None = None

    @property
    def addresses(self) -> list[Url]:
        """Where the server listens, with the ports that were really taken."""
        return _started(self._assembly).addresses

    def address(self, scheme: str) -> tuple[str, int]:
        """Return host and port of the first listener of `scheme`. Raises KeyError when there is none."""
        for url in self.addresses:
            if url.scheme == scheme:
                return url.host, url.port
        raise KeyError(scheme)

    @property
    def files(self) -> Files | None:
        """The certificate in use; None when no listener speaks TLS."""
        security = _started(self._assembly).security
        return security.files if security else None


class AsyncServer(_Running):
    """A server on the asyncio engine, on the running loop: `async with AsyncServer(config) as server`.

    `note` gets the facts for a log (see trace.Journal), `show_messages` what comes over UDP, for a console; both
    are called while the world is held and must not block. `reread` reads the configuration again when a server
    operator says REHASH over IRC; it may block, and raise ColiseumError.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        note: Note = silence,
        show_messages: Callable[[str], None] | None = None,
        reread: Callable[[], Config] | None = None,
    ) -> None:
        self.config = config or Config()
        "What the server was made with; a reload does not change it."
        self._note = note
        self._show = show_messages
        self._reread = reread
        self._engine: AioEngine | None = None

    async def start(self) -> None:
        """Make what is missing (certificates), bind and accept. Raises ColiseumError; then nothing is open."""
        self._assembly = await _aside(lambda: Assembly(self.config, self._note, self._show, self._reread))
        self._engine = AioEngine(self._assembly.parts())
        self._engine.start()

    async def stop(self, grace: float = GRACE) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, close. Harmless when stopped."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.stop(grace)

    def status(self) -> dict[str, object]:
        """Return counts and durations (docs/reference/status.md). Call it on the loop."""
        found: dict[str, object] = {"engine": "asyncio"}
        return found | _started(self._assembly).status() | _started(self._engine).status()

    async def reload(self, config: Config) -> None:
        """Put another configuration in force, as far as that goes while running.

        Raises ColiseumError when it, or its certificate, is not usable; then nothing has changed.
        """
        change = await _aside(lambda: _started(self._assembly).prepare_reload(config))
        _started(self._engine).change(change)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class Server(_Running):
    """A server on either engine, for ordinary code: `with Server(config, engine="threads") as server`.

    `start`, `stop` and `reload` are called by one thread; the rest by any.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        engine: Engine | None = None,
        note: Note = silence,
        show_messages: Callable[[str], None] | None = None,
        reread: Callable[[], Config] | None = None,
    ) -> None:
        self.config = config or Config()
        "What the server was made with; a reload does not change it."
        self.engine: Engine = engine or self.config.engine
        self._note = note
        self._show = show_messages
        self._reread = reread
        self._host: _Host | None = None

    def start(self) -> None:
        """Make what is missing (certificates), bind and accept; returns when connections are taken.

        Raises ColiseumError; then nothing is left behind.
        """
        new_loop = _uvloop() if self.engine == "uvloop" else asyncio.new_event_loop
        self._assembly = Assembly(self.config, self._note, self._show, self._reread)
        parts = self._assembly.parts()
        host: _Host = ThreadsEngine(parts) if self.engine == "threads" else _LoopHost(parts, new_loop())
        host.start()
        self._host = host

    def stop(self, grace: float = GRACE) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, close. Harmless when stopped."""
        if self._host is not None:
            host, self._host = self._host, None
            host.stop(grace)

    def status(self) -> dict[str, object]:
        """Return counts and durations (docs/reference/status.md); any thread, once the server was started."""
        host, assembly = _started(self._host), _started(self._assembly)
        found: dict[str, object] = {"engine": self.engine}
        host.change(lambda: found.update(assembly.status() | host.status()))
        return found

    def reload(self, config: Config) -> None:
        """Put another configuration in force, as far as that goes while running.

        Raises ColiseumError when it, or its certificate, is not usable; then nothing has changed.
        """
        _started(self._host).change(_started(self._assembly).prepare_reload(config))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Host(Protocol):
    """An engine, as ordinary code uses it."""

    def start(self) -> None: ...

    def stop(self, grace: float) -> None: ...

    def change(self, change: Callable[[], None]) -> None: ...

    def status(self) -> dict[str, object]: ...


class _LoopHost:
    """The asyncio engine on a loop in a thread of its own, for who has no loop."""

    def __init__(self, parts: Parts, loop: asyncio.AbstractEventLoop) -> None:
        self._parts = parts
        self._loop = loop
        self._grace: asyncio.Future[float] = self._loop.create_future()
        self._engine: AioEngine | None = None
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.result()

    def stop(self, grace: float) -> None:
        self._loop.call_soon_threadsafe(self._grace.set_result, grace)
        self._thread.join()

    def status(self) -> dict[str, object]:
        return _started(self._engine).status()

    def change(self, change: Callable[[], None]) -> None:
        done: Future[None] = Future()

        def run() -> None:
            try:
                _started(self._engine).change(change)
            except BaseException as error:  # noqa: BLE001 - it is raised where it can be dealt with
                done.set_exception(error)
            else:
                done.set_result(None)

        self._loop.call_soon_threadsafe(run)
        done.result()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            self._engine = AioEngine(self._parts)
            self._engine.start()
        except BaseException as error:
            self._ready.set_exception(error)
            raise
        self._ready.set_result(None)
        await self._engine.stop(await self._grace)


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        return importlib.import_module("uvloop").new_event_loop  # type: ignore[no-any-return]
    except ImportError:
        raise ConfigError("the engine uvloop needs the package uvloop: pip install uvloop") from None


async def _aside(work: Callable[[], _T]) -> _T:
    """Do what reads and writes files in a thread, so that the loop goes on; no thread is left afterwards."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def _started(thing: _T | None) -> _T:
    if thing is None:
        raise RuntimeError("the server has not been started")
    return thing
