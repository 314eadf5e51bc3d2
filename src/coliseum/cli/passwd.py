"""`coliseum passwd`: asks for a password and prints its hash for the configuration."""

import sys

import click

from coliseum.cli.shared import examples, language_option
from coliseum.i18n import Translate
from coliseum.services import passwords


def passwd_command(_: Translate) -> click.Command:
    """Return the command."""

    def passwd() -> None:
        if sys.stdin.isatty():
            text = click.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Once more"), err=True)
        else:
            text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise click.UsageError(_("an empty password protects nothing"))
        click.echo(passwords.hash_password(text))

    return click.Command(
        "passwd",
        callback=passwd,
        short_help=_("Print the hash of a password for the configuration."),
        help=_("Ask for a password (or read one line of the input) and print its hash for the configuration.")
        + examples(_, "coliseum passwd"),
        params=[language_option(_)],
    )
