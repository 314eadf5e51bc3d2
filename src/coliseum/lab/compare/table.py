"""The table that `coliseum compare` ends with: the main figures of every workload, in the terminal.

What must stay true: every workload is in it, also where we could not measure; the signs and words of verdicts are
those of the report. Not here: all other figures (the report has them), progress.
"""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coliseum.i18n import Translate
from coliseum.lab.compare import contents
from coliseum.lab.compare.catalogue import pairs
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.sentences import SIGNS, Said, name_of

_STYLES = {"better": "green", "worse": "red", "nothing": "dim", "unknown": "dim"}


def show(comparison: Comparison, _: Translate, console: Console | None = None) -> None:
    """Print the table, and what went wrong; to stdout, or `console`."""
    console = console or Console()
    for section in contents.sections(comparison, _, pictures=False):
        table = Table(title=section.about.title, title_justify="left", title_style="bold", box=box.SIMPLE)
        table.add_column(_("Workload"), ratio=3)
        table.add_column(_("Figure"), ratio=2)
        for engine in comparison.engines:
            table.add_column(engine.name, justify="right")
        for one, other in pairs(comparison):
            table.add_column(f"{one} / {other}", justify="right")
        for row in section.main:
            cells = [_small(*each) for each in row.engines] + [_verdict(said) for said in row.verdicts]
            table.add_row(Text(row.load), Text(row.figure), *cells)
        console.print(table)
        for text in section.failures:
            console.print(Text(f"{_('FAILED')}: {text}", style="red"))
    legend = ", ".join(f"{sign} {name_of(mark, _)}" for mark, sign in SIGNS.items())
    console.print(Text(legend, style="dim"))


def _verdict(said: Said) -> Text:
    found = Text(f"{said.text} {said.sign}", style=_STYLES.get(said.mark, ""))
    return found.append(f" ({said.range})", style="dim") if said.range else found


def _small(text: str, small: str) -> Text:
    return Text(text).append(f" ({small})", style="dim") if small else Text(text)
