"""`coliseum serve`: runs a server until a signal ends it.

TERM and INT stop it cleanly (a second one at once), HUP reads configuration and certificates again, unless it
means that the terminal was closed: then it stops, too. USR1 puts a snapshot of its counters into the log. The main
thread does nothing but wait for signals, whichever engine runs.

What must stay true: what a person reads goes to stdout, the log to stderr; a failed start leaves nothing behind.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Self, get_args

import click

import coliseum
from coliseum import settings
from coliseum.cli.shared import config_option, data_dir_option, examples, language_option, this_program
from coliseum.config import Config, Engine, default_data_dir
from coliseum.errors import ColiseumError
from coliseum.i18n import Translate
from coliseum.interpreter import allow_descriptors, suit_the_interpreter
from coliseum.server import Server
from coliseum.services import certificates, systemd
from coliseum.trace import Journal
from coliseum.urls import is_loopback, parse

RENEWAL = 12 * 3600.0
"Seconds between looks at whether the certificate has to be renewed."


def serve_command(_: Translate) -> click.Command:
    """Return the command."""

    def serve(
        engine: str | None,
        listen: tuple[str, ...],
        host: str | None,
        capacity: int | None,
        max_clients: int | None,
        config_file: Path | None,
        data_dir: str | None,
        show_messages: bool,
    ) -> int:
        flags = {
            "engine": engine,
            "listen": list(listen) or None,
            "limits.room_capacity": capacity,
            "limits.max_clients": max_clients,
            "data_dir": data_dir,
            "server.language": click.get_current_context().find_root().meta.get("lang"),
        }

        def load() -> Config:
            return with_host(settings.load(config_file or settings.config_file(), flags), host)

        return run(load, _, show_messages=show_messages)

    return click.Command(
        "serve",
        callback=serve,
        short_help=_("Run a server."),
        help=_(
            "Run a chat server. Without options it listens on tls://localhost:7000, ircs://localhost:6697 and "
            "udp://localhost:8080, with certificates that it makes by itself. Ctrl-C or SIGTERM stops it, SIGHUP "
            "reads configuration and certificates again, SIGUSR1 writes its counters into the log."
        )
        + examples(
            _,
            "coliseum serve",
            "coliseum serve --engine threads --capacity 10",
            "coliseum serve --host 0.0.0.0",
            "coliseum serve --listen tls://:7000 --listen tcp://localhost:7001",
            "coliseum serve --listen ircs://:6697 --listen irc://localhost",
            "coliseum serve --listen udp://localhost:8080 --show-messages",
        ),
        params=[
            click.Option(
                ["--engine"],
                type=click.Choice(get_args(Engine)),
                help=_(
                    "Who waits for bytes: a thread per client, an event loop, or the event loop of uvloop "
                    "(to be installed)."
                ),
            ),
            click.Option(
                ["--listen"],
                multiple=True,
                metavar="URL",
                help=_("Where to listen: tls://, ircs://, tcp://, irc:// or udp://HOST:PORT. May be repeated."),
            ),
            click.Option(
                ["--host"],
                metavar=_("HOST"),
                help=_("The address to listen on; 0.0.0.0 opens the server. What is in clear stays on localhost."),
            ),
            click.Option(
                ["--capacity"],
                type=int,
                metavar="N",
                help=_("How many people fit into a room (0: unlimited)."),
            ),
            click.Option(
                ["--max-clients"],
                type=int,
                metavar="N",
                help=_("How many people fit into the server (0: unlimited)."),
            ),
            config_option(_),
            data_dir_option(_),
            click.Option(
                ["--show-messages"],
                is_flag=True,
                help=_("Show here what comes over UDP. Off by default: people trust a server not to listen."),
            ),
            language_option(_),
        ],
    )


def with_host(config: Config, host: str | None) -> Config:
    """Return `config` with its listeners on `host` (None: as it is); those in clear stay where they are.

    Raises ConfigError.
    """
    if host is None:
        return config
    urls = [parse(text) for text in config.listen]
    moved = tuple(str(url if url.stays_here else replace(url, host=host)) for url in urls)
    for text in moved:
        parse(text)
    return settings.replace(config, listen=moved)


def run(load: Callable[[], Config], _: Translate, *, show_messages: bool = False) -> int:
    """Run a server with the configuration that `load` reads, until a signal ends it; return the exit code."""
    config = load()
    allow_descriptors()
    journal = Journal()
    server = Server(config, note=journal.note, show_messages=journal.show if show_messages else None, reread=load)
    try:
        with Signals() as signals:
            server.start()
            suit_the_interpreter(server.engine)
            try:
                try:
                    announce(server, _)
                except OSError as error:  # a full disk, say: people chat all the same
                    journal.note("warning", text="the output cannot be written", error=error.strerror)
                systemd.ready()
                at_terminal = _has_terminal()
                for number in signals:
                    if number in {signal.SIGINT, signal.SIGTERM}:
                        break
                    if number == signal.SIGHUP and at_terminal and not _has_terminal():
                        break
                    if number == signal.SIGUSR1:
                        journal.note("status", **server.status())
                        continue
                    systemd.reloading()
                    reload(server, load, journal, _)
                    systemd.ready()
                systemd.stopping()
                with contextlib.suppress(OSError):  # nobody may be left to read it
                    click.echo(_("Stopping: telling everybody."))
                signals.exit_at_next()
            finally:
                server.stop()
    finally:
        journal.close()
    return 0


def _has_terminal() -> bool:
    """Say whether there is a terminal in front of us; one that was closed is none."""
    try:
        return os.tcgetpgrp(0) > 0
    except OSError:
        return False


def reload(server: Server, load: Callable[[], Config], journal: Journal, _: Translate) -> None:
    """Read configuration and certificates again; what is not usable changes nothing and is said."""
    try:
        server.reload(load())
    except ColiseumError as error:
        journal.note("reload.failed", error=error.translated(_))


def announce(server: Server, _: Translate) -> None:
    """Say where the server listens and how to get in."""
    lines = [_("Coliseum {version}, engine: {engine}").format(version=coliseum.__version__, engine=server.engine)]
    lines += [_("Listening on {url}").format(url=url) for url in server.addresses]
    files = server.files
    if files is not None:
        lines.append(_("Certificate {fingerprint}").format(fingerprint=certificates.fingerprint(files.cert)))
    lines += ["", _("To chat, paste this into another terminal:"), f"    {invitation(server)}"]
    if files is not None and not is_loopback(server.addresses[0].host):
        lines += [_("From another machine, with its name for this one:")]
        port, pin = server.addresses[0].port, certificates.fingerprint(files.cert)
        lines += [f"    coliseum join tls://{socket.gethostname()}:{port} --fingerprint {pin}"]
    for url in server.addresses:
        if url.scheme == "ircs":
            line = _("Or with any IRC client, over TLS: {host}, port {port}, room #lobby")
            lines += [line.format(host=_reachable(url.host), port=url.port)]
    lines += ["", _("Ctrl-C stops the server.")]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def invitation(server: Server) -> str:
    """Return the command that joins this server from this machine."""
    url = server.addresses[0]
    words = [this_program(), "join", str(replace(url, host=_reachable(url.host)))]
    files = server.files
    if url.secure and files is not None:
        if files.ca is None:
            words.append(f"--fingerprint {certificates.fingerprint(files.cert)}")
        elif files.ca.parent != default_data_dir():
            words.append(f"--ca {files.ca}")
    return " ".join(words)


def _reachable(host: str) -> str:
    """Return how this machine reaches a listener on `host`."""
    return "localhost" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound


class Signals:
    """The signals that a server listens to, as something to iterate over; main thread only.

    Python runs handlers in the main thread when it is awake. So the handlers do nothing; the number of each signal
    is written into a socket (signal.set_wakeup_fd), and reading that wakes us, whoever got the signal.
    """

    HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in self.HANDLED:
            self._before[number] = signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reader.close()
        self._writer.close()

    def __iter__(self) -> Iterator[int]:
        """Yield signals as they come, and 0 when it is time to look after the certificate."""
        while True:
            readable, _, _ = select.select([self._reader], [], [], RENEWAL)
            yield self._reader.recv(1)[0] if readable else 0

    def exit_at_next(self) -> None:
        """Let the next INT or TERM end the process at once.

        By the kernel's hand: a handler in Python would not run while the main thread is just about to wait.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
