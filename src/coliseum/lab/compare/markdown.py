"""The report as a page in Markdown with its pictures beside it: for a repository, or a wiki.

The idea: the same contents as the HTML report, said in the same words. What the main figures show is in sight;
the rest unfolds.

What must stay true: pure; a name of a picture is that of its file. Not here: all figures, the conditions and the
data, which are in the HTML report.
"""

from collections.abc import Iterator, Sequence

from coliseum.i18n import Translate
from coliseum.lab.compare import contents, losses, method, sentences
from coliseum.lab.compare.catalogue import names, pairs
from coliseum.lab.compare.contents import Block, Row, Section
from coliseum.lab.compare.document import Comparison
from coliseum.lab.compare.page import words
from coliseum.lab.compare.sentences import SIGNS


def markdown(
    comparison: Comparison, sections: Sequence[Section], _: Translate, *, pictures: str, report: str
) -> str:
    """Return the page; `sections` are the comparison's contents.

    `pictures` is the directory of the pictures and `report` the HTML report, as links.
    """
    return "\n".join(_lines(comparison, sections, _, pictures, report)).rstrip() + "\n"


def _lines(
    comparison: Comparison, sections: Sequence[Section], _: Translate, pictures: str, report: str
) -> Iterator[str]:
    said = words(comparison, _)
    yield from (f"# {said['title']}", "", said["measured"], "")
    yield from (f"* **{engine.name}**: {engine.about}" for engine in comparison.engines)
    yield from (f"* {name}: {value}" for name, value in comparison.machine.items())
    yield from ("", f"`{comparison.command}`", "")
    everything = _("All figures, conditions and data, in one file to open in a browser: [{file}]({file}).")
    yield everything.format(file=report)
    yield from ("", f"## {said['short']}", "", said["short_about"], "")
    yield ", ".join(f"{sign} {sentences.name_of(mark, _)}" for mark, sign in SIGNS.items())
    yield ""
    for section in sections:
        yield from (f"**{section.about.title}**", "", *_table(comparison, section.main, said), "")
    yield from _lost(comparison, _)
    for section in sections:
        yield from _section(section, said, pictures)
    yield from (f"## {said['method']}", "")
    for paragraph in [*method.measuring(_), *method.noise(comparison, contents.verdicts(sections), _)]:
        yield from (paragraph, "")
    yield from (f"## {said['purpose']}", "", *(f"* {text}" for text in method.on_purpose(_)))


def _table(comparison: Comparison, rows: Sequence[Row], said: dict[str, str]) -> Iterator[str]:
    heads = [said["workload"], said["figure"], *(f"{one} / {other}" for one, other in pairs(comparison))]
    heads += names(comparison)
    yield _row(heads)
    yield "|---|---|" + "---:|" * (len(heads) - 2)
    for row in rows:
        cells = [row.load, row.figure]
        cells += [_ranged(f"{verdict.sign} {verdict.text}", verdict.range) for verdict in row.verdicts]
        cells += [_ranged(text, found) for text, found in row.engines]
        yield _row(cells)


def _row(cells: Sequence[str]) -> str:
    """Return a row of a table; what a cell says cannot end it."""
    return f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in cells)} |"


def _ranged(text: str, found: str) -> str:
    return f"{text} ({found})" if found else text


def _lost(comparison: Comparison, _: Translate) -> Iterator[str]:
    said = losses.words(_)
    yield from (f"## {said['title']}", "", said["about"], "")
    for loss in losses.losses(comparison, _):
        yield f"**{loss.title}**: " + ("" if loss.lines else said["nothing"])
        yield ""
        yield from (f"* {line}" for line in loss.lines)
        if loss.lines:
            yield ""


def _section(section: Section, said: dict[str, str], pictures: str) -> Iterator[str]:
    yield from (f"## {section.about.title}", "", section.about.load, "")
    yield from (f"**{said['why']}** {section.about.why}", "")
    yield from (f"* **{said['failures']}**: {text}" for text in section.failures)
    for block in section.blocks:
        if block.main:
            yield from (f"### {block.meaning.label}", "", *_block(block, pictures))
        else:
            yield from (f"<details><summary>{block.meaning.label}</summary>", "", *_block(block, pictures))
            yield from ("</details>", "")


def _block(block: Block, pictures: str) -> Iterator[str]:
    yield from (f"{block.meaning.shows} {block.better}".strip(), "")
    if block.meaning.why:
        yield from (block.meaning.why, "")
    yield " ".join(f"![{block.meaning.label}]({pictures}/{name}.svg)" for name, _svg in block.pictures)
    yield ""
    yield from (f"* {each.sign} {each.text}" for each in block.said)
    yield ""
