"""The table that `coliseum compare` ends with: the main figures of every workload, in the terminal.

The idea: one block for each figure of each group, whose columns are the same in all of them, so that the eye goes
down: the engines, then the ratios of two of them with their verdicts. Where the terminal is wide enough, the
lowest and the highest round stand beside each.

What must stay true: every workload is in it, also where we could not measure; the signs and words of verdicts are
those of the report; 80 columns are enough. Not here: all other figures (the report has them), progress.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coliseum.i18n import Translate
from coliseum.lab.compare import contents
from coliseum.lab.compare.catalogue import pairs
from coliseum.lab.compare.contents import Row
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.sentences import SIGNS, Said, name_of

_STYLES = {"better": "green", "worse": "red", "nothing": "dim", "unknown": "dim"}
_LOAD, _ENGINE, _PAIR, _RANGE = 22, 8, 9, 17
"Columns for the workload, for an engine, for two of them, and for a range beside either."


def show(comparison: Comparison, _: Translate, console: Console | None = None) -> None:
    """Print the table, and what went wrong; to stdout, or `console`."""
    console = console or Console()
    engines = [engine.name for engine in comparison.engines]
    together = pairs(comparison)
    everything = _LOAD + len(engines) * (_ENGINE + _RANGE) + len(together) * (_PAIR + _RANGE)
    wide = console.width >= everything + len(engines) + len(together)
    for section in contents.sections(comparison, _, pictures=False):
        console.print(Text(f"\n{section.about.title}", style="bold"))
        for figure in dict.fromkeys(row.figure for row in section.main):
            heads = [*engines, *(f"{one}\n/ {other}" for one, other in together)]
            rows = [row for row in section.main if row.figure == figure]
            console.print(_block(figure, heads, len(engines), rows, wide=wide))
        for text in section.failures:
            console.print(Text(_("FAILED: {what}").format(what=text), style="red"))
    legend = ", ".join(f"{sign} {name_of(mark, _)}" for mark, sign in SIGNS.items())
    console.print(Text(f"\n{legend}", style="dim"))


def _block(figure: str, heads: Sequence[str], engines: int, rows: Sequence[Row], *, wide: bool) -> Table:
    """Return the rows of one figure; the first `engines` of `heads` are engines, the others pairs of them."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(figure, width=_LOAD, header_style="italic")
    for index, head in enumerate(heads):
        width = (_ENGINE if index < engines else _PAIR) + _RANGE * wide
        table.add_column(head, width=width, justify="right", vertical="bottom")
    for row in rows:
        cells = [_with_range(text, small, wide=wide) for text, small in row.engines]
        table.add_row(Text(row.load), *cells, *(_verdict(said, wide=wide) for said in row.verdicts))
    return table


def _verdict(said: Said, *, wide: bool) -> Text:
    text = _with_range(f"{said.text} {said.sign}", said.range, wide=wide)
    text.stylize(_STYLES.get(said.mark, ""))
    return text


def _with_range(text: str, found: str, *, wide: bool) -> Text:
    return Text(text).append(f" ({found})", style="dim") if wide and found else Text(text)
