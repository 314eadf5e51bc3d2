"""`coliseum trace`: records a short scenario on the engines, and draws what every thread did meanwhile.

What must stay true: whether the files can be written is found out before anything is recorded; the processes that
are started are ended, whatever ends this command. What drawing needs beyond the base installation is loaded here
alone, when it is asked for.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from coliseum.cli.measuring import Signals, require_engines, require_extras, require_writable, writing
from coliseum.cli.shared import examples, language_option
from coliseum.config import Engine
from coliseum.errors import Unavailable
from coliseum.i18n import Translate, choose
from coliseum.interpreter import is_compiled
from coliseum.lab import LabError
from coliseum.lab.comparison import Interruption
from coliseum.lab.tracing.scenarios import CATALOGUE

if TYPE_CHECKING:
    from coliseum.lab.tracing.rows import Sheet

BOTH: tuple[Engine, ...] = ("threads", "asyncio")
STDOUT = "-"


def trace_command(_: Translate) -> click.Command:
    """Return the command."""

    def trace(engine: tuple[Engine, ...], scenario: str, output: Path, json_file: str | None) -> int:
        page, trace_file = destinations(scenario, output, json_file, _)
        if is_compiled():
            raise Unavailable(
                "what is compiled cannot be watched from inside: record with an interpreted Coliseum"
            )
        require_extras("jinja2")
        for path in filter(None, (page, trace_file)):
            require_writable(path)
        interruption = Interruption()
        with Signals(interruption.ask) as signals:
            sheets = record(tuple(dict.fromkeys(engine)) or BOTH, scenario, interruption)
        if signals.number:
            click.echo(_("interrupted"), err=True)
            return 128 + signals.number
        show(sheets, scenario, page, trace_file, _)
        return 0

    return click.Command(
        "trace",
        callback=trace,
        short_help=_("Draw what every thread does in a short scenario, on both engines."),
        help=_(
            "Play a short scenario on a server of its own, on each engine, and draw what every thread did when: "
            "who read, who held the world, who waited for whom, who sent. Writes a page that needs nothing but a "
            "browser, and the trace in Chrome's format, which ui.perfetto.dev opens too. Takes a second or two."
        )
        + examples(
            _,
            "coliseum trace",
            "coliseum trace --scenario password --output /tmp/",
            "coliseum trace --engine threads --engine uvloop --output both.html --json both.json",
        ),
        params=[
            click.Option(
                ["--engine"],
                multiple=True,
                type=click.Choice(get_args(Engine)),
                help=_("An engine to look at; by default threads and asyncio. May be repeated."),
            ),
            click.Option(
                ["--scenario"],
                type=click.Choice(list(CATALOGUE)),
                default="arena",
                show_default=True,
                help=_(
                    "What happens: three in the arena, a password that is checked while others talk, somebody who "
                    "reads too slowly, or 200 lines at once."
                ),
            ),
            click.Option(
                ["--output"],
                type=click.Path(path_type=Path),
                default=Path(),
                metavar=_("PATH"),
                help=_(
                    "Where page and trace go: a directory, or the file of the page, with the trace beside it. By "
                    "default the present directory."
                ),
            ),
            click.Option(
                ["--json", "json_file"],
                metavar=_("FILE"),
                help=_("Where the trace goes instead; - is stdout."),
            ),
            language_option(_),
        ],
    )


def destinations(scenario: str, output: Path, json_file: str | None, _: Translate) -> tuple[Path, Path | None]:
    """Return the files of the page and of the trace; None: the trace goes to stdout."""
    page = output / f"trace-{scenario}.html" if output.is_dir() else output
    if json_file == STDOUT:
        return page, None
    beside = page.with_suffix(".json")
    if json_file is None and beside == page:
        raise click.UsageError(_("--output names the page, which is HTML; --json names the trace"))
    return page, Path(json_file) if json_file else beside


def record(engines: tuple[Engine, ...], scenario: str, interruption: Interruption) -> "list[Sheet]":
    """Play the scenario on each engine; nothing when somebody has interrupted it. Raises ColiseumError."""
    from coliseum.lab.tracing import recording, rows  # noqa: PLC0415

    require_engines(engines)
    try:
        return [
            rows.sheet(recording.record(CATALOGUE[scenario], engine, interruption=interruption))
            for engine in engines
        ]
    except LabError as error:
        if interruption.asked:
            return []
        raise Unavailable("nothing was recorded: {problem}", problem=error) from error


def show(sheets: "list[Sheet]", scenario: str, page: Path, trace_file: Path | None, _: Translate) -> None:
    """Draw, write, and say what was written."""
    from coliseum.lab.tracing import chrome, view  # noqa: PLC0415 - the page needs jinja2

    language = click.get_current_context().find_root().meta.get("lang") or choose()
    with writing(page):
        page.write_text(view.view(scenario, sheets, language, _), encoding="utf-8")
    text = json.dumps(chrome.trace(scenario, sheets), separators=(",", ":"))
    aside = trace_file is None
    for sheet in sheets:
        line = _("{engine}: {milliseconds:.1f} ms, rows: {rows}, slices: {slices}")
        slices = sum(len(row.slices) for row in sheet.rows)
        milliseconds = sheet.end / 1e6
        said = line.format(engine=sheet.engine, rows=len(sheet.rows), slices=slices, milliseconds=milliseconds)
        click.echo(said, err=aside)
    click.echo(_("page:  {path}").format(path=page), err=aside)
    if trace_file is None:
        click.echo(text)
    else:
        with writing(trace_file):
            trace_file.write_text(text + "\n", encoding="utf-8")
        click.echo(_("trace: {path} (for ui.perfetto.dev)").format(path=trace_file))
