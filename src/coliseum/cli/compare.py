"""`coliseum compare`: measures the engines against each other on this machine, and says what came out.

What must stay true: whether the files can be written is found out before anything is measured; results go to
stdout, progress to stderr; servers and generators that were started are ended, whatever ends this command. What
measuring needs beyond the base installation is loaded when it is asked for.
"""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from coliseum.cli.measuring import Signals, require_extras, require_writable, writing
from coliseum.cli.shared import examples, language_option
from coliseum.config import Engine
from coliseum.errors import ColiseumError, Unavailable
from coliseum.i18n import Translate, choose
from coliseum.lab import LabError
from coliseum.lab.compare import plan
from coliseum.lab.comparison import Interruption

if TYPE_CHECKING:
    from coliseum.lab.compare.document import Comparison

REPORT = Path("coliseum-compare.html")
FAILED = 1


def compare_command(_: Translate) -> click.Command:
    """Return the command."""

    def compare(
        quick: bool,
        engine: tuple[str, ...],
        group: tuple[str, ...],
        rounds: int | None,
        report: Path,
        json_file: str | None,
        source: Path | None,
    ) -> int:
        require_extras("jinja2", "matplotlib", "numpy", "rich")
        language = click.get_current_context().find_root().meta.get("lang") or choose()
        for path in [report, *([Path(json_file)] if json_file not in {None, "-"} else [])]:
            require_writable(path)
        if source:
            return show(read(source), _, language, report, json_file)
        interruption = Interruption()
        with Signals(interruption.ask) as signals:
            found = measure(_, interruption, quick=quick, engines=engine, groups=group, rounds=rounds)
            ended = 128 + signals.number if signals.number else 0
            if ended and not any(cell.results for cell in found.cells):
                return ended
            return show(found, _, language, report, json_file) or ended

    return click.Command(
        "compare",
        callback=compare,
        short_help=_("Measure the engines against each other on this machine."),
        help=_(
            "Run the same workloads on every engine that this machine has, check every delivery, and say where "
            "they differ and where no difference can be seen: a table here, and a report with plots as one HTML "
            "file. A full comparison takes about half an hour; leave the machine alone meanwhile. Ctrl-C ends it "
            "with what there is."
        )
        + examples(
            _,
            "coliseum compare --quick",
            "coliseum compare --report engines.html --json engines.json",
            "coliseum compare --engine threads --engine asyncio --group paced --group udp",
            "coliseum compare --from engines.json --report again.html",
        ),
        params=[
            click.Option(["--quick"], is_flag=True, help=_("Less of everything: a minute and a half at most.")),
            click.Option(
                ["--engine"],
                multiple=True,
                type=click.Choice(get_args(Engine)),
                help=_("An engine to measure; by default all that are installed. May be repeated."),
            ),
            click.Option(
                ["--group"],
                multiple=True,
                type=click.Choice(plan.GROUPS),
                metavar=_("NAME"),
                help=_("A group of workloads: {groups}; by default all. May be repeated.").format(
                    groups=", ".join(plan.GROUPS)
                ),
            ),
            click.Option(
                ["--rounds"],
                type=click.IntRange(min=1),
                metavar="N",
                help=_("How often everything is measured: 5 times by default, 3 with --quick; less says nothing."),
            ),
            click.Option(
                ["--report"],
                type=click.Path(path_type=Path, dir_okay=False),
                default=REPORT,
                metavar=_("FILE"),
                show_default=True,
                help=_("Where the report goes."),
            ),
            click.Option(
                ["--json", "json_file"],
                is_flag=False,
                flag_value="-",
                metavar=_("FILE"),
                help=_(
                    "Write everything that was measured as JSON; without a file to stdout, instead of the table."
                ),
            ),
            click.Option(
                ["--from", "source"],
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                metavar=_("FILE"),
                help=_("Measure nothing: make table and report again from such a JSON file."),
            ),
            language_option(_),
        ],
    )


def read(source: Path) -> "Comparison":
    """Return the comparison in a file. Raises ColiseumError."""
    from coliseum.lab.compare import document  # noqa: PLC0415

    try:
        return document.read(source)
    except LabError as error:
        raise ColiseumError("{problem}", problem=error) from error


def measure(
    _: Translate,
    interruption: Interruption,
    *,
    quick: bool,
    engines: tuple[str, ...],
    groups: tuple[str, ...],
    rounds: int | None,
) -> "Comparison":
    """Run the comparison and show how far it is. Raises Unavailable when nothing can be measured."""
    from coliseum.lab.compare import session  # noqa: PLC0415
    from coliseum.lab.compare.progress import Shown  # noqa: PLC0415

    rows = plan.chosen(quick=quick, groups=groups)
    available = session.available()
    missing = [engine for engine in engines if engine not in available]
    if missing:
        raise ColiseumError("the engine {engine} is not installed", engine=missing[0])
    wanted = [engine for engine in available if not engines or engine in engines]
    count = rounds or (plan.QUICK_ROUNDS if quick else plan.ROUNDS)
    try:
        with Shown(rows, wanted, count, _) as shown:
            return session.run(
                rows,
                wanted,
                rounds=count,
                quick=quick,
                most_seconds=plan.QUICK_SECONDS if quick else None,
                command=shlex.join(["coliseum", *sys.argv[1:]]),
                tell=shown.tell,
                interruption=interruption,
            )
    except LabError as error:
        raise Unavailable("nothing was compared: {problem}", problem=error) from error


def show(found: "Comparison", _: Translate, language: str, report: Path, json_file: str | None) -> int:
    """Write and print everything; return the exit code."""
    from coliseum.lab.compare import document, fairness, page, table  # noqa: PLC0415

    text = document.written(found)
    with writing(report):
        report.write_text(page.report(found, _, language), encoding="utf-8")
    if json_file and json_file != "-":
        with writing(Path(json_file)):
            Path(json_file).write_bytes(text)
    if json_file == "-":
        click.echo(text.decode(), nl=False)
    else:
        table.show(found, _)
        click.echo(_("The report: {path}").format(path=report))
    for line in fairness.unfair(found.conditions):
        click.echo(_("NOT FAIR: {condition}").format(condition=line), err=True)
    failed = any(cell.errors for cell in found.cells) or bool(fairness.unfair(found.conditions))
    return FAILED if failed else 0
