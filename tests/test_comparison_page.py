"""The comparison that is shown in docs/comparison/: its pages say what its data say, in both languages."""

import re
from functools import cache
from pathlib import Path

import pytest

from coliseum.i18n import translator
from coliseum.lab.compare import contents, fairness, plan
from coliseum.lab.compare.contents import Section
from coliseum.lab.compare.document import Comparison, read
from coliseum.lab.compare.markdown import markdown

DOCS = Path(__file__).parents[1] / "docs" / "comparison"
SUFFIXES = {"en": "", "es": ".es"}


@cache
def measured() -> Comparison:
    """Return the data, as the report carries them."""
    return read(DOCS / "report.html")


@cache
def drawn(language: str) -> list[Section]:
    """Return what is in the report in a language."""
    return contents.sections(measured(), translator(language))


@pytest.mark.parametrize("language", SUFFIXES)
def test_the_page_is_what_its_data_say(language: str) -> None:
    """`coliseum --lang … compare --from docs/comparison/report.html --docs docs/comparison` makes them again."""
    suffix = SUFFIXES[language]
    made = markdown(
        measured(), drawn(language), translator(language), pictures=f"pictures{suffix}", report="report.html"
    )
    assert (DOCS / f"README{suffix}.md").read_text(encoding="utf-8") == made


@pytest.mark.parametrize("language", SUFFIXES)
def test_every_picture_is_there_and_none_is_left_over(language: str) -> None:
    suffix = SUFFIXES[language]
    linked = re.findall(
        rf"\(pictures{re.escape(suffix)}/([\w-]+\.svg)\)", (DOCS / f"README{suffix}.md").read_text()
    )
    there = {path.name for path in (DOCS / f"pictures{suffix}").iterdir()}
    assert set(linked) == there
    assert {name.removesuffix(".svg") for name in there} == set(contents.files(drawn(language)))


def test_it_is_a_full_comparison_under_the_same_conditions() -> None:
    found = measured()
    assert not found.quick
    assert not found.interrupted
    assert found.rounds == found.planned_rounds == plan.ROUNDS
    assert [engine.name for engine in found.engines] == ["threads", "asyncio", "uvloop"]
    assert {cell.group for cell in found.cells} == set(plan.GROUPS)
    assert fairness.unfair(found.conditions) == []
    assert [cell.errors for cell in found.cells if cell.errors] == []
