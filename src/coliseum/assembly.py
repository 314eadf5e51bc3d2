"""The assembly: a configuration becomes everything that an engine runs.

::

    Config ──► World, Voice (language), certificates ──► a Listener per URL ──► Parts

What must stay true: binding either succeeds or leaves no socket open; a reload that fails has changed nothing; a
certificate in use is replaced as a whole, live connections keep the old one.
Not here: engines (server.py), reading settings (settings.py).
"""

import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coliseum import i18n, settings
from coliseum.config import Config
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.world import Note, World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.engines.contract import Listener, Opener, Parts
from coliseum.engines.sockets import bind
from coliseum.errors import ColiseumError, ConfigError
from coliseum.services import certificates, perform
from coliseum.urls import Url, parse
from coliseum.wire.contract import Link
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import TlsLayer

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
