"""`coliseum compare`: measures the engines against each other on this machine, and says what came out.

What must stay true: whether the files can be written is found out before anything is measured; results go to
stdout, progress to stderr; servers and generators that were started are ended, whatever ends this command. What
measuring needs beyond the base installation is loaded when it is asked for.
"""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from coliseum.cli.measuring import Signals, require_engines, require_extras, require_writable, writing
from coliseum.cli.shared import examples, language_option
from coliseum.config import Engine
from coliseum.errors import ColiseumError, Unavailable
from coliseum.i18n import Translate, choose
from coliseum.lab import LabError, recipes
from coliseum.lab.compare import plan
from coliseum.lab.comparison import Interruption

if TYPE_CHECKING:
    from coliseum.lab.compare.document import Comparison

REPORT = Path("coliseum-compare.html")
FAILED = 1


@dataclass(frozen=True)
class Files:
    """Where results go."""

    report: Path
    _json: str | None
    docs: Path | None
    "A directory that is there."

    @property
    def json_to_stdout(self) -> bool:
        """Whether the data go to stdout, instead of the table."""
        return self._json == "-"

    @property
    def json(self) -> Path | None:
        """The file for the data, if there is to be one."""
        return None if self._json is None or self.json_to_stdout else Path(self._json)

    def named(self) -> list[Path]:
        """Return the files that are named."""
        return [self.report] + ([] if self.json is None else [self.json])


def compare_command(_: Translate) -> click.Command:
    """Return the command."""

    def compare(
        quick: bool,
        engine: tuple[Engine, ...],
        group: tuple[str, ...],
        rounds: int | None,
        report: Path,
        json_file: str | None,
        docs: Path | None,
        source: Path | None,
    ) -> int:
        require_extras("jinja2", "matplotlib", "numpy", "rich")
        language = click.get_current_context().find_root().meta.get("lang") or choose()
        files = Files(report, json_file, docs)
        for path in files.named():
            require_writable(path)
        if source:
            return show(read(source), _, language, files)
        interruption = Interruption()
        with Signals(interruption.ask) as signals:
            found = measure(_, interruption, quick=quick, engines=engine, groups=group, rounds=rounds)
            ended = 128 + signals.number if signals.number else 0
            if ended and not any(cell.results for cell in found.cells):
                return ended
            code = show(found, _, language, files)
            return ended or code

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
            "coliseum compare --from engines.html --report informe.html --lang es",
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
                help=_(
                    "How often everything is measured: 5 times, or 3 with --quick. "
                    "With fewer than 3 nothing is judged."
                ),
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
                ["--docs"],
                type=click.Path(path_type=Path, file_okay=False, exists=True),
                metavar=_("DIR"),
                help=_("Write the report also as a page in Markdown, with its pictures, into a directory."),
            ),
            click.Option(
                ["--from", "source"],
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                metavar=_("FILE"),
                help=_("Measure nothing: make table and report again from such a JSON file, or from a report."),
            ),
            language_option(_),
        ],
    )


def write_docs(found: "Comparison", _: Translate, language: str, directory: Path, report: Path) -> None:
    """Write the page in Markdown and its pictures. Raises CannotCreate."""
    from coliseum.lab.compare import contents, markdown  # noqa: PLC0415

    suffix = "" if language == "en" else f".{language}"
    pictures = directory / f"pictures{suffix}"
    link = os.path.relpath(report, directory)
    sections = contents.sections(found, _)
    with writing(directory):
        pictures.mkdir(exist_ok=True)
        text = markdown.markdown(found, sections, _, pictures=pictures.name, report=link)
        (directory / f"README{suffix}.md").write_text(text, encoding="utf-8")
        for name, svg in contents.files(sections).items():
            (pictures / f"{name}.svg").write_text(svg, encoding="utf-8")


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
    engines: tuple[Engine, ...],
    groups: tuple[str, ...],
    rounds: int | None,
) -> "Comparison":
    """Run the comparison and show how far it is. Raises Unavailable when nothing can be measured."""
    from coliseum.lab.compare import session  # noqa: PLC0415
    from coliseum.lab.compare.progress import Shown  # noqa: PLC0415

    rows = plan.chosen(quick=quick, groups=groups)
    require_engines(engines)
    wanted = [engine for engine in recipes.engines() if not engines or engine in engines]
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


def show(found: "Comparison", _: Translate, language: str, files: Files) -> int:
    """Write and print everything; return the exit code."""
    from coliseum.lab.compare import document, fairness, page, table  # noqa: PLC0415

    text = document.written(found)
    with writing(files.report):
        files.report.write_text(page.report(found, _, language), encoding="utf-8")
    if files.json is not None:
        with writing(files.json):
            files.json.write_bytes(text)
    if files.docs is not None:
        write_docs(found, _, language, files.docs, files.report)
    if files.json_to_stdout:
        click.echo(text.decode(), nl=False)
    else:
        table.show(found, _)
        click.echo(_("The report: {path}").format(path=files.report))
    for line in fairness.unfair(found.conditions):
        click.echo(_("NOT FAIR: {condition}").format(condition=line), err=True)
    failed = any(cell.errors for cell in found.cells) or bool(fairness.unfair(found.conditions))
    return FAILED if failed else 0
