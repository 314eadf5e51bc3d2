"""The command line: `coliseum serve | join | compare | trace | config | cert | passwd`.

Thin: every command reads its options, calls one function, and turns errors into one readable line and an exit code
(errors.py). The commands are built when they are needed, because their help speaks the user's language.
"""

import errno
import gettext
import os
import platform
import ssl
import sys
from collections.abc import Sequence

import click

import coliseum
from coliseum import i18n
from coliseum.cli.cert import cert_command
from coliseum.cli.compare import compare_command
from coliseum.cli.config import config_command
from coliseum.cli.join import join_command
from coliseum.cli.passwd import passwd_command
from coliseum.cli.serve import serve_command
from coliseum.cli.shared import language_option
from coliseum.cli.trace import trace_command
from coliseum.errors import CannotCreate, ColiseumError
from coliseum.i18n import Translate
from coliseum.interpreter import has_gil, is_compiled

INTERRUPTED = 130
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO}
"The disk under the output is full or broken."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    language = i18n.choose(_wanted_language(arguments))
    _teach_click(language)
    translate = i18n.translator(language)
    sys.exit(run(build(translate), arguments, translate))


def run(command: click.Command, arguments: Sequence[str], translate: Translate) -> int:
    """Run `command` and return its exit code; errors are said on stderr in one line."""
    try:
        result = command.main(list(arguments), prog_name="coliseum", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(translate("interrupted"), err=True)
        return INTERRUPTED
    except ColiseumError as error:
        click.echo(f"coliseum: {error.translated(translate)}", err=True)
        return error.exit_code
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _say_no_more()
        sentence = translate("the output cannot be written: {reason}").format(reason=error.strerror)
        click.echo(f"coliseum: {sentence}", err=True)
        return CannotCreate.exit_code
    return result if isinstance(result, int) else 0


def _say_no_more() -> None:
    """Drop what waits for stdout: the interpreter would try once more to write it, and complain, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def build(translate: Translate) -> click.Group:
    """Return the commands, speaking the language of `translate`."""
    _ = translate
    group = click.Group(
        "coliseum",
        help=_("Secure chat for small groups: a server and a client, on two engines.")
        + "\n\n\b\n"
        + _("Examples:")
        + "\n  coliseum serve\n  coliseum join --nick ana\n  coliseum join tls://localhost:7000/lobby",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        params=[
            language_option(_),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help=_("Show the versions of Coliseum and of what it runs on."),
            ),
        ],
    )
    everyday = (serve_command, join_command, config_command, cert_command, passwd_command)
    for command in (*everyday, compare_command, trace_command):
        group.add_command(command(_))
    for speaking in (group, *group.commands.values()):
        speaking.options_metavar = _("[OPTIONS]")
        if isinstance(speaking, click.Group):
            speaking.subcommand_metavar = _("COMMAND [ARGS]...")
    return group


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(
            f"coliseum {coliseum.__version__}{', compiled' if is_compiled() else ''} "
            f"(Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, GIL {'on' if has_gil() else 'off'})"
        )
        context.exit()


def _wanted_language(arguments: Sequence[str]) -> str | None:
    """Return what --lang says, before anything is parsed: the help depends on it."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--lang":
            return following
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None


def _teach_click(language: str) -> None:
    """Let click say its own sentences in `language`: it asks gettext's default domain, by the environment."""
    gettext.bindtextdomain("click", i18n.LOCALE)
    gettext.textdomain("click")
    os.environ["LANGUAGE"] = language
