"""The assembly: a configuration becomes everything that an engine runs.

::

    Config ──► World, Voice (language), certificates ──► a Listener per URL ──► Parts

What must stay true: binding either succeeds or leaves no socket open; a reload that fails has changed nothing; a
certificate in use is replaced as a whole, live connections keep the old one.
Not here: engines (server.py), reading settings (settings.py).
"""

import secrets
import socket
import ssl
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import coliseum
from coliseum import i18n, settings
from coliseum.config import Config
from coliseum.core.commands.answering import Proof
from coliseum.core.door import networks, place_of
from coliseum.core.effects import Effect, ReadConfiguration
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.refusals import EmptyMessage
from coliseum.core.session import Session
from coliseum.core.vocabulary import Ended
from coliseum.core.world import Note, World
from coliseum.dialects.irc.client import Common, server_name
from coliseum.dialects.irc.dialect import ENDLESS, LINE_LIMIT, IrcDialect
from coliseum.dialects.plain import DatagramDialect, PlainDialect, Voice
from coliseum.dialects.plain.cleaning import clean
from coliseum.engines.contract import Listener, Opener, Parts
from coliseum.engines.datagrams import Conversation, DatagramListener, Table
from coliseum.engines.sockets import address_of, bind, most_connections, peer_name
from coliseum.errors import ColiseumError, ConfigError
from coliseum.services import certificates, perform
from coliseum.services.cloaks import Cloaks
from coliseum.tally import Tally
from coliseum.urls import Url, parse
from coliseum.wire.contract import Address, DatagramLink, Link
from coliseum.wire.datagram_links import TextLink
from coliseum.wire.datagrams import Cookies
from coliseum.wire.endpoint import DatagramEndpoint
from coliseum.wire.endpoint import Limits as DatagramLimits
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import TURNED_AWAY, TlsLayer

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
        max_connections=config.limits.max_connections or most_connections(),
        max_clients_per_ip=config.limits.max_clients_per_ip,
        max_arriving=config.limits.max_arriving,
        max_arriving_per_ip=config.limits.max_arriving_per_ip,
        send_queue=config.limits.sendq,
        flood_control=config.limits.flood_control,
        flood_lines=config.limits.lines_per_second,
        flood_lines_burst=config.limits.lines_at_once,
        flood_bytes=config.limits.bytes_per_second,
        flood_bytes_burst=config.limits.bytes_at_once,
        admins=config.server.admin,
        opers=tuple((oper.name, oper.password) for oper in config.opers),
    )


def datagram_limits(config: Config) -> DatagramLimits:
    """Return the part of the configuration that sessions over UDP go by. Raises ConfigError."""
    limits = DatagramLimits()
    try:
        exempt = networks(config.limits.exempt)
    except ValueError as error:
        raise ConfigError("limits.exempt: {error}", error=error) from error
    return replace(
        limits,
        per_ip=config.limits.max_clients_per_ip or limits.sessions,
        exempt=exempt,
        send_queue=min(config.limits.sendq, limits.send_queue),
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

    def __init__(
        self,
        config: Config,
        note: Note,
        show: Callable[[str], None] | None = None,
        reread: Callable[[], Config] | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`show` gets a line for every message that comes over UDP, for the console; None: nobody looks.

        `reread` reads the configuration again, for REHASH over IRC; None: there is nothing to read.
        `random_bytes` makes ids, tokens and keys: unpredictable ones, but in a simulation.
        """
        self.config = config
        self.tally = Tally(note)
        self.note: Note = self.tally
        self._random_bytes = random_bytes
        self._show = show
        self._reread = reread
        self.urls = [parse(text) for text in config.listen]
        self.security = self._secure(config) if any(url.secure for url in self.urls) else None
        self.world = World(policy_of(config), lambda: str(uuid.UUID(bytes=random_bytes(16), version=4)), self.note)
        wanted = None if config.server.language == "auto" else config.server.language
        self._translate = i18n.translator(i18n.choose(wanted))
        self._voice = Voice.speaking(self._translate)
        began = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        self._irc = Common(f"coliseum-{coliseum.__version__}", began)
        self._cloaks = Cloaks()
        self._listeners: list[Listener] = []
        self._datagrams: list[DatagramListener] = []
        self._endpoints: list[DatagramEndpoint[Conversation]] = []
        self._datagram_limits = datagram_limits(config)
        "Those of datagrams; who is exempt from limits per address is the same for streams."
        self.addresses: list[Url] = []
        "Where the server listens, with the ports that were really taken."
        for key in settings.plain_passwords(config):
            self.note(
                "warning",
                text="a password stands in the configuration as plain text; use coliseum passwd",
                key=key,
            )

    def parts(self) -> Parts:
        """Bind all listeners and return what an engine runs. Raises CannotCreate; then nothing is left open."""
        try:
            for url in self.urls:
                kind = socket.SOCK_DGRAM if url.datagrams else socket.SOCK_STREAM
                sockets = bind(url.host, url.port, kind)
                if url.datagrams:
                    self._datagrams += [DatagramListener(url.scheme, made, self.table(url)) for made in sockets]
                else:
                    self._listeners.append(Listener(url.scheme, sockets, self.opener(url)))
                port = sockets[0].getsockname()[1]
                self.addresses.append(Url(url.scheme, url.host or "localhost", port))
        except ColiseumError:
            for listener in self._listeners:
                for made in listener.sockets:
                    made.close()
            for datagrams in self._datagrams:
                datagrams.socket.close()
            raise
        return Parts(self.world, self._listeners, self._datagrams, self.perform, self.note)

    def status(self) -> dict[str, object]:
        """Return how many there are now, and how often what was noted. Call it with the world held."""
        world = self.world
        dropped = sum((listener.table.dropped for listener in self._datagrams), Counter[str]())
        return {
            "users": len(world.users),
            "most_users": world.most_users,
            "rooms": len(world.rooms),
            "connections": world.door.connections,
            "arriving": len(world.door.arriving),
            "datagram_sessions": sum(len(listener.table) for listener in self._datagrams),
            "datagrams_dropped": dict(dropped),
            "noted": self.tally.counts(),
        }

    def prepare_reload(self, config: Config) -> Callable[[], None]:
        """Check a new configuration and its certificates; return what puts them in force between two steps.

        Listeners, data directory, language and engine stay as they are until a restart; a note says so.
        Raises ColiseumError; then nothing has changed.
        """
        security = self._secure(config) if self.security else None
        policy, limits = policy_of(config), datagram_limits(config)
        fixed = [key for key in _FIXED if _value(config, key) != _value(self.config, key)]

        def apply() -> None:
            self.security, self.world.policy, self.config = security, policy, config
            self._datagram_limits = limits
            for endpoint in self._endpoints:
                endpoint.limits = limits
            self.note("reloaded", **({"needs_restart": fixed} if fixed else {}))

        return apply

    def perform(self, effect: Effect) -> object:
        """Do what an effect asks for; any thread may call it, the world is not held."""
        if not isinstance(effect, ReadConfiguration):
            return perform(effect)
        if self._reread is None:
            return "this server was started without a configuration to read again"
        try:
            return self.prepare_reload(self._reread())
        except ColiseumError as error:
            return str(error)

    def _secure(self, config: Config) -> Security:
        files = certificate_files(config, datetime.now(UTC))
        return Security(files, certificates.server_context(files))

    def opener(self, url: Url) -> Opener:
        """Return what makes the session and the link of each connection to `url`."""

        def open_connection(peer: str) -> tuple[Session, Link] | bytes:
            address = address_of(peer)
            place = place_of(address, self._datagram_limits.exempt)
            if why := self.world.door.refusal(place, self.world.policy):
                self.note("turned-away", peer=peer, listener=url.scheme, reason=str(why))
                return TURNED_AWAY if url.secure else self._last_words(url, why)
            session = Session(self.world, peer, url.scheme, self._cloaks.host(address), place)
            if url.irc:
                session.dialect = IrcDialect(session, self._irc)
                lines = LineReader(LINE_LIMIT, ENDLESS)
            else:
                session.dialect = PlainDialect(session, self._voice)
                lines = LineReader(self.world.policy.line_bytes)
            tls = None
            if url.secure:
                assert self.security is not None
                tls = TlsLayer(self.security.context, server_side=True)
            return session, StreamLink(lines, tls)

        return open_connection

    def _last_words(self, url: Url, why: Reason) -> bytes:
        """Return what somebody reads who is not let in."""
        server = server_name(self.world.policy.server_name)
        renderer = self._irc.renderer(frozenset(), server) if url.irc else self._voice.text
        return renderer.render([Ended(why)])

    def table(self, url: Url) -> Table:
        """Return the table of the sessions of one socket, which `url` says."""

        def make(address: Address, link: DatagramLink, proved: bool) -> Conversation:
            session = Session(self.world, peer_name(address), url.scheme, self._cloaks.host(address[0]), None)
            conversation = Conversation(session, link, address)
            proof = None if proved else self._proof(endpoint, conversation)
            session.dialect = DatagramDialect(session, self._voice, proof, self._shown(address))
            if self._show is not None:
                accepted = self._translate("Connection accepted from {address}, session {id}")
                self._show(accepted.format(address=session.peer, id=session.id))
            return conversation

        cookies = Cookies(self._random_bytes(32))
        endpoint: DatagramEndpoint[Conversation] = DatagramEndpoint(
            make,
            cookies,
            lambda: self._random_bytes(8),
            self._datagram_limits,
            empty=EmptyMessage(),
            busy=self._busy,
        )
        self._endpoints.append(endpoint)
        return Table(self.world, endpoint)

    def _proof(self, endpoint: DatagramEndpoint[Conversation], conversation: Conversation) -> Proof:
        def make_word() -> str:
            return endpoint.cookies.word(conversation.address, self.world.now.monotonic)

        def is_word(word: str) -> bool:
            return endpoint.cookies.good_word(word, conversation.address, self.world.now.monotonic)

        def accept() -> bool:
            accepted = endpoint.prove(conversation)
            if accepted and isinstance(conversation.link, TextLink):
                conversation.link.proved = True  # from now on it may say more than it hears
            return accepted

        return Proof(make_word, is_word, accept)

    def _shown(self, address: Address) -> Callable[[Session, str], None] | None:
        if self._show is None:
            return None
        show, sentence = self._show, self._translate("Message from ({ip}, {id}): {text}")
        return lambda session, text: show(sentence.format(ip=address[0], id=session.id, text=clean(text)))

    def _busy(self, word: str) -> bytes:
        if not word:
            return self._translate("! the server is busy").encode() + b"\n"
        return self._translate("! the server is busy; send {word} to come in").format(word=word).encode() + b"\n"


def _value(config: Config, key: str) -> object:
    value: object = config
    for name in key.split("."):
        value = getattr(value, name)
    return value
