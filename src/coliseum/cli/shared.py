"""What several commands share: options, and how a command is written for the user to paste."""

import shlex
import shutil
import sys
from pathlib import Path

import click

from coliseum.i18n import LANGUAGES, Translate


def language_option(_: Translate) -> click.Option:
    """Return --lang. Its value was used before anything was parsed (see cli.main); a server takes it too."""

    def remember(context: click.Context, __: click.Parameter, language: str | None) -> None:
        if language is not None:
            context.find_root().meta["lang"] = language

    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        callback=remember,
        help=_("The language to speak; by default the one of the locale."),
    )


def data_dir_option(_: Translate) -> click.Option:
    """Return --data-dir."""
    return click.Option(
        ["--data-dir", "data_dir"],
        metavar=_("DIR"),
        help=_("Where the server keeps its certificates."),
    )


def config_option(_: Translate) -> click.Option:
    """Return --config."""
    return click.Option(
        ["--config", "config_file"],
        metavar=_("FILE"),
        type=click.Path(path_type=Path),
        help=_("The configuration file; by default the user's or the system's, if there is one."),
    )


def examples(_: Translate, *lines: str) -> str:
    """Return a paragraph of examples for a command's help."""
    return "\n\n\b\n" + "\n".join([_("Examples:"), *(f"  {line}" for line in lines)])


def this_program() -> str:
    """Return how the user calls this program: `coliseum` where the shell finds it, else its path."""
    own = Path(sys.argv[0]).absolute()
    found = shutil.which("coliseum")
    if found and Path(found).absolute() == own:
        return "coliseum"
    if own.name != "coliseum":
        return f"{shlex.quote(sys.executable)} -m coliseum"
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))
