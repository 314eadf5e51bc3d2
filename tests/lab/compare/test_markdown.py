"""The page in Markdown: what it says is what the report says, its pictures are there, and every loss is named."""

import re
from itertools import product

from hypothesis import given

from coliseum.i18n import english
from coliseum.lab.compare import catalogue, contents, plots
from coliseum.lab.compare.catalogue import FIGURES, judged
from coliseum.lab.compare.document import Cell, Comparison, Engine
from coliseum.lab.compare.losses import losses
from coliseum.lab.compare.markdown import markdown
from coliseum.lab.compare.noise import Seen
from coliseum.lab.results import Result
from tests.lab.compare.samples import ANY, comparison_of, comparisons, sample


def two(threads: list[float], asyncio: list[float]) -> Comparison:
    """Return a comparison of one workload: so many deliveries per second in each round."""

    def cell(engine: str, values: list[float]) -> Cell:
        results: list[Result | None] = [Result(workload="w", deliveries_per_second=value) for value in values]
        return Cell(workload="w", group="fan-out", size=100, tls=False, engine=engine, results=results)

    engines = [Engine(name="threads", about=""), Engine(name="asyncio", about="")]
    return comparison_of(engines, [cell("threads", threads), cell("asyncio", asyncio)])


def test_a_loss_is_named_with_its_ratio_and_the_winner_has_none() -> None:
    found = {(loss.engine, loss.other): loss.lines for loss in losses(two([80, 82, 84], [100, 100, 100]), english)}
    assert found == {
        ("threads", "asyncio"): [
            "Fan-out: one speaks, many hear, 100 clients, in clear: Deliveries per second × 0.82 (0.80–0.84)"
        ],
        ("asyncio", "threads"): [],
    }
    within = losses(two([99, 101, 100], [100, 100, 100]), english)
    assert [loss.lines for loss in within] == [[], []]


def test_every_row_that_somebody_wins_is_lost_by_somebody() -> None:
    comparison = sample()
    engines = catalogue.names(comparison)
    won = {
        (other, one, name, cell.workload, key)
        for name in catalogue.groups(comparison)
        for cell in comparison.group(name)
        for key in catalogue.group(name).main
        for one, other in product(engines, engines)
        if judged(comparison, cell.workload, FIGURES[key], one, other).seen is Seen.BETTER
    }
    assert len(won) == sum(len(loss.lines) for loss in losses(comparison, english)) > 50


def test_pictures_and_headings_of_a_whole_comparison() -> None:
    comparison = sample()
    sections = contents.sections(comparison, english)
    text = markdown(comparison, sections, english, pictures="drawn", report="report.html")
    linked = re.findall(r"!\[[^\]]*\]\(drawn/([\w-]+)\.svg\)", text)
    drawn = [
        each.name for name in catalogue.groups(comparison) for each in plots.of_group(comparison, name, english)
    ]
    assert sorted(linked) == sorted(contents.files(sections)) == sorted(drawn)
    assert "[report.html](report.html)" in text
    assert text.count("<details>") == text.count("</details>") > 20
    widths = {(line.count("|"), line[:12]) for line in text.splitlines() if line.startswith("|")}
    assert {count for count, _ in widths} == {9}, "every row of every table has as many columns as its head"


@ANY
@given(comparison=comparisons())
def test_any_comparison_becomes_a_page_whose_tables_hold_together(comparison: Comparison) -> None:
    sections = contents.sections(comparison, english)
    text = markdown(comparison, sections, english, pictures="p", report="r.html")
    assert text.startswith("# ")
    engines = len(catalogue.names(comparison))
    columns = 2 + engines + engines * (engines - 1) // 2
    for line in text.split("\n"):
        if line.startswith("|"):
            assert line.count("|") == columns + 1
