"""`coliseum cert`: shows the server's certificate, or makes a new one."""

from datetime import UTC, datetime
from pathlib import Path

import click

from coliseum import settings
from coliseum.assembly import certificate_files
from coliseum.cli.shared import config_option, data_dir_option, examples, language_option
from coliseum.i18n import Translate
from coliseum.services import certificates


def cert_command(_: Translate) -> click.Command:
    """Return the command."""

    def cert(config_file: Path | None, data_dir: str | None, renew: bool) -> None:
        config = settings.load(config_file or settings.config_file(), {"data_dir": data_dir})
        files = certificate_files(config, datetime.now(UTC), renew=renew)
        about = certificates.describe(files)
        rows = [
            (_("file"), str(files.cert)),
            (_("names"), ", ".join(about.names)),
            (_("issuer"), about.issuer),
            (_("valid until"), about.not_after.strftime("%Y-%m-%d %H:%M UTC")),
            (_("fingerprint"), about.fingerprint),
        ]
        if files.ca is not None:
            rows.append((_("CA"), str(files.ca)))
        width = max(len(name) for name, _value in rows)
        click.echo("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
        if renew:
            click.echo(_("A running server takes the new certificate when it gets SIGHUP."))

    return click.Command(
        "cert",
        callback=cert,
        short_help=_("Show the server's certificate and its fingerprint."),
        help=_("Show the server's certificate; make it if there is none yet.")
        + examples(_, "coliseum cert", "coliseum cert --renew"),
        params=[
            click.Option(["--renew"], is_flag=True, help=_("Make a new certificate, signed by the same CA.")),
            config_option(_),
            data_dir_option(_),
            language_option(_),
        ],
    )
