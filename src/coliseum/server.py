"""The assembly: a configuration becomes a running server. The only file that names an engine.

::

    Config ──► World, Voice (language), certificates ──► Listener per URL ──► ThreadsEngine | AioEngine

`Server` is used from ordinary code (`with Server(config) as server`) with either engine; the asyncio engine then
runs in a thread of its own. `AsyncServer` runs the asyncio engine on the loop of its user (`async with`).

What must stay true: after `stop` no thread, task, socket or temporary file is left; `start` either succeeds or
leaves nothing behind; a `reload` that fails has changed nothing.
"""

import asyncio
import ssl
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from coliseum import i18n, settings
from coliseum.config import Config
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import Note, World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.engines.aio import AioEngine
from coliseum.engines.contract import Listener, Opener, Parts
from coliseum.engines.sockets import bind
from coliseum.engines.threads import ThreadsEngine
from coliseum.errors import ColiseumError, ConfigError
from coliseum.services import certificates, perform
from coliseum.trace import silence
from coliseum.urls import Url, parse
from coliseum.wire.contract import Link
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import TlsLayer

GRACE = 2.0
"Seconds that stopping gives to peers that are slow to read."

_FIXED = ("listen", "data_dir", "engine", "server.language")
"What a reload leaves as it is."


@dataclass
class Security:
    """The certificate in use; replaced as a whole at a reload, live connections keep the old one."""

    files: certificates.Files
    context: ssl.SSLContext


def policy_of(config: Config) -> Policy:
    """Return the part of the configuration that the core goes by."""
    return Policy(
        server_name=config.server.name,
        network=config.server.network,
        description=config.server.description,
        motd=config.server.motd,
        password=config.server.password,
        room_capacity=config.limits.room_capacity,
        max_clients=config.limits.max_clients,
        flood_control=config.limits.flood_control,
    )


def certificate_files(config: Config, now: datetime, *, renew: bool = False) -> certificates.Files:
    """Return the certificate that `config` says: the operator's own, or one that makes itself.

    Raises CannotCreate or ConfigError; then the files are as they were.
    """
    if config.tls.cert:
        if renew:
            raise ConfigError("tls.cert names your own certificate; renew it where you got it from")
        return certificates.own(Path(config.tls.cert).expanduser(), Path(config.tls.key).expanduser(), now)
    hosts = [parse(text).host for text in config.listen]
    names = certificates.host_names([host for host in hosts if host])
    make = certificates.renew if renew else certificates.ensure
    return make(config.data_path, names, now)


class Assembly:
    """Everything of a server but its engine."""

    def __init__(self, config: Config, note: Note) -> None:
        self.config = config
        self.note = note
        self.urls = [parse(text) for text in config.listen]
        self.security = self._secure(config) if any(url.secure for url in self.urls) else None
        self.world = World(policy_of(config), lambda: str(uuid.uuid4()), note)
        wanted = None if config.server.language == "auto" else config.server.language
        self._voice = Voice.speaking(i18n.translator(i18n.choose(wanted)))
        self._listeners: list[Listener] = []
        self.addresses: list[Url] = []
        "Where the server listens, with the ports that were really taken."
        for key in settings.plain_passwords(config):
            note(
                "warning",
                text="a password stands in the configuration as plain text; use coliseum passwd",
                key=key,
            )

    def parts(self) -> Parts:
        """Bind all listeners and return what an engine runs. Raises CannotCreate; then nothing is left open."""
        try:
            for url in self.urls:
                listener = Listener(url.scheme, bind(url.host, url.port), self._opener(url))
                self._listeners.append(listener)
                host, port = url.host or "localhost", listener.sockets[0].getsockname()[1]
                self.addresses.append(Url(url.scheme, host, port))
        except ColiseumError:
            for listener in self._listeners:
                for made in listener.sockets:
                    made.close()
            raise
        return Parts(self.world, self._listeners, perform, self.note)

    def prepare_reload(self, config: Config) -> Callable[[], None]:
        """Check a new configuration and its certificates; return what puts them in force between two steps.

        Listeners, data directory, language and engine stay as they are until a restart; a note says so.
        Raises ColiseumError; then nothing has changed.
        """
        security = self._secure(config) if self.security else None
        policy = policy_of(config)
        fixed = [key for key in _FIXED if _value(config, key) != _value(self.config, key)]

        def apply() -> None:
            self.security, self.world.policy, self.config = security, policy, config
            self.note("reloaded", **({"needs_restart": fixed} if fixed else {}))

        return apply

    def _secure(self, config: Config) -> Security:
        files = certificate_files(config, datetime.now(UTC))
        return Security(files, certificates.server_context(files))

    def _opener(self, url: Url) -> Opener:
        def open_connection(peer: str) -> tuple[Session, Link]:
            session = Session(self.world, peer, url.scheme)
            session.dialect = PlainDialect(session, self._voice)
            tls = None
            if url.secure:
                assert self.security is not None
                tls = TlsLayer(self.security.context, server_side=True)
            return session, StreamLink(LineReader(self.world.policy.line_bytes), tls)

        return open_connection


def _value(config: Config, key: str) -> object:
    value: object = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


class AsyncServer:
    """A server on the asyncio engine, on the running loop: `async with AsyncServer(config) as server`."""

    def __init__(self, config: Config | None = None, *, note: Note = silence) -> None:
        self.config = config or Config()
        "What the server was made with; a reload does not change it."
        self._note = note
        self._engine: AioEngine | None = None
        self._assembly: Assembly | None = None

    async def start(self) -> None:
        """Make what is missing (certificates), bind and accept. Raises ColiseumError; then nothing is left."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:  # making a key takes a while and writes files
            self._assembly = await loop.run_in_executor(pool, Assembly, self.config, self._note)
        self._engine = AioEngine(self._assembly.parts())
        self._engine.start()

    async def stop(self, grace: float = GRACE) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, close. Harmless when stopped."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.stop(grace)

    def reload(self, config: Config) -> None:
        """Put another configuration in force, as far as that goes while running. Raises ColiseumError."""
        _running(self._assembly)
        _running(self._engine).change(_running(self._assembly).prepare_reload(config))

    def address(self, scheme: str) -> tuple[str, int]:
        """Return host and port of the first listener of `scheme`. Raises KeyError when there is none."""
        return _address(self.addresses, scheme)

    @property
    def addresses(self) -> list[Url]:
        """Where the server listens, with the ports that were really taken."""
        return _running(self._assembly).addresses

    @property
    def files(self) -> certificates.Files | None:
        """The certificate in use; None when no listener speaks TLS."""
        security = _running(self._assembly).security
        return security.files if security else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class Server:
    """A server on either engine, for ordinary code: `with Server(config, engine="threads") as server`.

    `start`, `stop` and `reload` are called by one thread; the rest by any.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        engine: Literal["threads", "asyncio"] | None = None,
        note: Note = silence,
    ) -> None:
        self.config = config or Config()
        "What the server was made with; a reload does not change it."
        self.engine: Literal["threads", "asyncio"] = engine or self.config.engine
        self._note = note
        self._assembly: Assembly | None = None
        self._host: _Host | None = None

    def start(self) -> None:
        """Make what is missing (certificates), bind and accept; returns when connections are taken.

        Raises ColiseumError; then nothing is left behind.
        """
        self._assembly = Assembly(self.config, self._note)
        parts = self._assembly.parts()
        if self.engine == "threads":
            self._host = _ThreadsHost(parts)
        else:
            self._host = _LoopHost(parts)

    def stop(self, grace: float = GRACE) -> None:
        """Stop accepting, tell everybody, flush for at most `grace` seconds, close. Harmless when stopped."""
        if self._host is not None:
            host, self._host = self._host, None
            host.stop(grace)

    def reload(self, config: Config) -> None:
        """Put another configuration in force, as far as that goes while running.

        Raises ColiseumError when it, or its certificate, is not usable; then nothing has changed.
        """
        _running(self._host).change(_running(self._assembly).prepare_reload(config))

    def address(self, scheme: str) -> tuple[str, int]:
        """Return host and port of the first listener of `scheme`. Raises KeyError when there is none."""
        return _address(self.addresses, scheme)

    @property
    def addresses(self) -> list[Url]:
        """Where the server listens, with the ports that were really taken."""
        return _running(self._assembly).addresses

    @property
    def files(self) -> certificates.Files | None:
        """The certificate in use; None when no listener speaks TLS."""
        security = _running(self._assembly).security
        return security.files if security else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Host(Protocol):
    """Where an engine runs."""

    def stop(self, grace: float) -> None: ...

    def change(self, change: Callable[[], None]) -> None: ...


class _ThreadsHost:
    """Where the threads engine runs: anywhere."""

    def __init__(self, parts: Parts) -> None:
        self._engine = ThreadsEngine(parts)
        self._engine.start()

    def stop(self, grace: float) -> None:
        self._engine.stop(grace)

    def change(self, change: Callable[[], None]) -> None:
        self._engine.change(change)


class _LoopHost:
    """Where the asyncio engine runs when its user has no loop: on a loop in a thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._loop = asyncio.new_event_loop()
        self._grace: asyncio.Future[float] = self._loop.create_future()
        self._engine: AioEngine | None = None
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self._thread.start()
        self._started.result()

    def stop(self, grace: float) -> None:
        self._loop.call_soon_threadsafe(self._grace.set_result, grace)
        self._thread.join()

    def change(self, change: Callable[[], None]) -> None:
        done: Future[None] = Future()

        def run() -> None:
            _running(self._engine).change(change)
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
            self._started.set_exception(error)
            raise
        self._started.set_result(None)
        await self._engine.stop(await self._grace)


_T = TypeVar("_T")


def _running(thing: _T | None) -> _T:
    if thing is None:
        raise RuntimeError("the server has not been started")
    return thing


def _address(addresses: list[Url], scheme: str) -> tuple[str, int]:
    for url in addresses:
        if url.scheme == scheme:
            return url.host, url.port
    raise KeyError(scheme)
