"""`coliseum join`: opens the client."""

from dataclasses import replace
from pathlib import Path

import click

from coliseum.cli.shared import examples, language_option
from coliseum.config import default_data_dir
from coliseum.i18n import Translate
from coliseum.urls import parse


def join_command(_: Translate) -> click.Command:
    """Return the command."""

    def join(
        url: str, nick: str | None, room: str | None, engine: str, ca: Path | None, fingerprint: str | None
    ) -> int:
        from coliseum.client.app import JoinOptions, run  # noqa: PLC0415 - the terminal's library: servers need it not
        from coliseum.client.wishes import room_of  # noqa: PLC0415

        target = parse(url)
        return run(
            JoinOptions(
                url=replace(target, room=""),
                nick=nick,
                room=room or room_of(target),
                engine=engine,
                ca=ca,
                fingerprint=fingerprint,
                history_file=default_data_dir() / "history",
                translate=_,
            )
        )

    return click.Command(
        "join",
        callback=join,
        short_help=_("Chat: connect to a server."),
        help=_(
            "Connect to a server and chat. The server has to prove who it is: by the local CA of this machine's "
            "server, by --ca, or by --fingerprint. In a pipe, every line of the input is said."
        )
        + examples(
            _,
            "coliseum join",
            "coliseum join tls://chat.example:7000 --fingerprint sha256:…",
            "coliseum join tls://localhost/garden --nick ana",
            "coliseum join ircs://irc.example/#garden --nick ana",
            "echo hi | coliseum join --nick bot",
        ),
        params=[
            click.Argument(["url"], default="tls://localhost:7000"),
            click.Option(["--nick"], metavar=_("NICK"), help=_("What to be called.")),
            click.Option(["--room"], metavar=_("ROOM"), help=_("The room to go into.")),
            click.Option(
                ["--engine"],
                type=click.Choice(["threads", "asyncio"]),
                default="threads",
                help=_("How the client waits: two threads, or tasks on an event loop."),
            ),
            click.Option(
                ["--ca"],
                type=click.Path(path_type=Path),
                metavar=_("FILE"),
                help=_("The CA that has signed the server's certificate."),
            ),
            click.Option(
                ["--fingerprint"],
                metavar="sha256:…",
                help=_("The fingerprint of the server's certificate, as `coliseum serve` prints it."),
            ),
            language_option(_),
        ],
    )
