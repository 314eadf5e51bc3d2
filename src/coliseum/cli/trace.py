"""`coliseum trace`: records a short scenario on the engines, and draws what every thread did meanwhile.

What must stay true: whether the files can be written is found out before anything is recorded; the processes that
are started are ended, whatever ends this command. What drawing needs beyond the base installation is loaded here
alone, when it is asked for.
"""

import importlib.util
import json
from pathlib import Path
from typing import get_args

import click

from coliseum.cli.compare import ended_by_signals, require_writable
from coliseum.cli.shared import examples, language_option
from coliseum.config import Engine
from coliseum.errors import CannotCreate, ColiseumError, Unavailable
from coliseum.i18n import Translate, choose
from coliseum.lab import LabError
from coliseum.lab.tracing.scenarios import CATALOGUE

BOTH: tuple[Engine, ...] = ("threads", "asyncio")
STDOUT = "-"


def trace_command(_: Translate) -> click.Command:
    """Return the command."""

    def trace(engine: tuple[Engine, ...], scenario: str, output: Path, json_file: str | None) -> None:
        page, trace_file = destinations(scenario, output, json_file, _)
        require_jinja()
        for path in filter(None, (page, trace_file)):
            require_writable(path)
        with ended_by_signals():
            record(tuple(dict.fromkeys(engine)) or BOTH, scenario, page, trace_file, _)

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


def require_jinja() -> None:
    """Find out whether what pages are made with is installed. Raises Unavailable, with what to do."""
    if importlib.util.find_spec("jinja2") is None:
        raise Unavailable(
            "drawing needs {module}, which is not installed: pip install 'coliseum[bench]'", module="jinja2"
        )


def write(path: Path, text: str) -> None:
    """Write a file. Raises CannotCreate."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotCreate("cannot write {path}: {reason}", path=path, reason=error.strerror) from error


def record(engines: tuple[Engine, ...], scenario: str, page: Path, trace_file: Path | None, _: Translate) -> None:
    """Record, draw, write, and say what was written."""
    from coliseum.lab.tracing import chrome, recording, rows, view  # noqa: PLC0415 - the page needs jinja2

    missing = [engine for engine in engines if engine not in recording.available()]
    if missing:
        raise ColiseumError("the engine {engine} is not installed", engine=missing[0])
    try:
        sheets = [rows.sheet(recording.record(CATALOGUE[scenario], engine)) for engine in engines]
    except LabError as error:
        raise Unavailable("nothing was recorded: {problem}", problem=error) from error
    language = click.get_current_context().find_root().meta.get("lang") or choose()
    write(page, view.view(scenario, sheets, language, _))
    text = json.dumps(chrome.trace(scenario, sheets), separators=(",", ":"))
    if trace_file is None:
        click.echo(text)
    else:
        write(trace_file, text + "\n")
    aside = trace_file is None
    for sheet in sheets:
        line = _("{engine}: {rows} rows, {slices} slices, {milliseconds:.1f} ms")
        slices = sum(len(row.slices) for row in sheet.rows)
        milliseconds = sheet.end / 1e6
        said = line.format(engine=sheet.engine, rows=len(sheet.rows), slices=slices, milliseconds=milliseconds)
        click.echo(said, err=aside)
    click.echo(_("page:  {path}").format(path=page), err=aside)
    if trace_file is not None:
        click.echo(_("trace: {path} (for ui.perfetto.dev)").format(path=trace_file))
