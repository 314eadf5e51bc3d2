"""The page of a comparison: everything is in it, nothing in it can do anything, and it needs nobody."""

import json
import re
from html.parser import HTMLParser

import msgspec
from hypothesis import given

from coliseum.i18n import english, translator
from coliseum.lab.compare import contents, meanings, page, texts
from coliseum.lab.compare.catalogue import FIGURES, GROUPS, failures, groups
from coliseum.lab.compare.document import Comparison, Condition
from coliseum.lab.compare.sentences import SIGNS
from coliseum.lab.results import Result
from tests.lab.compare.samples import ANY, ENGINES, HOSTILE, comparison_of, comparisons, sample

VOID = {"meta", "link", "br", "img", "input", "hr"}
KNOWN = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "style",
    "body",
    "script",
    "header",
    "main",
    "nav",
    "section",
} | {
    *("h1", "h2", "h3", "p", "ul", "li", "a", "span", "strong", "small", "div", "article", "figure", "details"),
    *("summary", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "pre", "code", "button"),
    *("svg", "desc", "g", "path", "text", "use", "defs", "clippath", "rect", "pattern"),
}
"All elements that our templates and pictures have."


class Reader(HTMLParser):
    """Reads a page, and insists that it is well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self.text: list[str] = []
        self.scripts: dict[str, str] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self._script = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, tag
        found = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in found.items()]
        if "id" in found:
            self.ids.append(found["id"])
        if "href" in found:
            self.links.append(found["href"])
        if tag == "script":
            self._script = found.get("id", "")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)


def sound(html: str) -> Reader:
    """Insist on everything that is true of every page."""
    found = Reader(html)
    assert len(found.ids) == len(set(found.ids))
    assert all(link == "data:," or link[1:] in found.ids for link in found.links), "links lead into the page"
    assert all(not name.startswith("on") for _tag, name, _value in found.attributes)
    assert {name for _tag, name, value in found.attributes if "//" in value} <= {"xmlns", "title", "aria-label"}
    assert all(value == "http://www.w3.org/2000/svg" for _tag, name, value in found.attributes if name == "xmlns")
    assert found.levels[0] == 1
    assert found.levels.count(1) == 1
    pairs = zip(found.levels, found.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in pairs), "no heading is left out"
    referred = [value for _tag, name, value in found.attributes if name == "aria-labelledby"]
    assert {word for value in referred for word in value.split()} <= set(found.ids)
    return found


SAMPLE = sample(rounds=3)
HTML = page.report(SAMPLE, english, "en")


@ANY
@given(comparisons())
def test_a_page_of_any_comparison_is_sound(found: Comparison) -> None:
    read = sound(page.report(found, english, "en"))
    assert json.loads(read.scripts["comparison"]) == json.loads(msgspec.json.encode(found))


def test_hostile_names_are_text_and_nothing_else() -> None:
    everywhere = [*SAMPLE.cells[:3]]
    for name in HOSTILE:
        found = comparison_of(
            [], [msgspec.structs.replace(cell, engine=name, errors=[name]) for cell in everywhere]
        )
        found.command, found.began, found.machine = name, name, {name: name}
        found.conditions = [Condition(about=name, what=name, values={name: name})]
        read = sound(page.report(found, english, "en"))
        shown = "".join(read.text)
        assert name in shown
        assert json.loads(read.scripts["comparison"])["command"] == name


def test_the_data_are_in_the_page_as_they_were_measured() -> None:
    read = sound(HTML)
    assert msgspec.json.decode(read.scripts["comparison"], type=Comparison) == SAMPLE


def test_every_cell_is_in_a_table_and_every_failure_is_named() -> None:
    sections = contents.sections(SAMPLE, english, pictures=False)
    text = " ".join(sound(HTML).text)
    assert [section.about.title for section in sections] == [texts.group(name, english).title for name in GROUPS]
    for section, name in zip(sections, groups(SAMPLE), strict=True):
        shown = {row.workload for row in section.main}
        assert shown == {cell.workload for cell in SAMPLE.group(name)}
        assert all(len(row.engines) == len(ENGINES) and len(row.verdicts) == 3 for row in section.main)
    for cell in SAMPLE.cells:
        for failure in failures(cell):
            assert f"{cell.workload}, {cell.engine}: {failure}" in text
    assert "Of 123 runs of a workload on an engine, 2 had failures" in text


def test_a_failed_cell_says_so_and_one_that_was_not_run_too() -> None:
    found = comparison_of(SAMPLE.engines, [cell for cell in SAMPLE.cells if cell.group == "join-storm"])
    found.cells = [cell for cell in found.cells if (cell.workload, cell.engine) != ("join-storm,n=200", "asyncio")]
    (section,) = contents.sections(found, english, pictures=False)
    rows = {row.workload: row for row in section.main if row.figure == "Arrivals per second"}
    assert rows["join-storm,n=200"].engines[1] == ("not run", "")
    assert rows["join-storm+tls,n=1000"].engines[2] == ("failed", "")
    assert [said.mark for said in rows["join-storm+tls,n=1000"].verdicts] == ["better", "unknown", "unknown"]


def test_bounds_are_marked_in_the_table() -> None:
    (section, *_) = contents.sections(SAMPLE, english, pictures=False)
    row = next(row for row in section.main if row.workload == "fan,n=1000")
    assert [text.startswith("≥ ") for text, _range in row.engines] == [False, False, True]
    assert row.verdicts[1].text.startswith("≥ ")


def test_what_makes_a_comparison_worth_less_is_said_first() -> None:
    def notices(found: Comparison) -> list[str]:
        html = page.report(found, english, "en")
        return re.findall(r'<p class="notice (?:bad|note)">([^<]*)</p>', html[: html.index("<nav")])

    found = comparison_of([], [], rounds=5)
    assert notices(found) == []
    found.rounds, found.quick = 2, True
    assert notices(found) == [
        "There was no time for more than 2 of 5 rounds.",
        "A quick comparison: short runs and few rounds. It shows where to look, not more.",
    ]
    found.quick = False
    found.cells = [
        msgspec.structs.replace(SAMPLE.cells[0], results=[Result(workload="w", others_cores=0.5), None])
    ]
    assert notices(found)[1].startswith("In 1 of 1 measurements, other programs used more than a tenth of a core")
    found.interrupted, found.cells = True, []
    found.conditions = [Condition(about="limits", what="limits.sendq", values={"threads": "1", "asyncio": "2"})]
    assert notices(found) == [
        "Engines ran under different conditions, so this is no comparison: limits.sendq.",
        "It was interrupted when 2 of 5 rounds were complete.",
    ]


def test_conditions_are_all_shown_and_judged() -> None:
    text = "".join(sound(HTML).text)
    for condition in SAMPLE.conditions:
        assert condition.what in text
        assert all(value in text for value in condition.values.values())
    assert text.count("differs on purpose") == 1 + 1  # the heading says "What differs on purpose"
    assert "this comparison is not fair" not in text
    assert SAMPLE.command in text


def test_every_figure_and_every_group_has_words() -> None:
    for key in FIGURES:
        meaning = meanings.figure(key, english)
        assert meaning.title != key
        assert meaning.shows
    for name in GROUPS:
        about = texts.group(name, english)
        assert about.title != name
        assert about.load
        assert about.why
    for words in (texts.group("fan-out", english), *(texts.group(name, english) for name in GROUPS)):
        assert not re.search(r"\b(faster|slower|wins|loses|winner)\b", words.why), "a mechanism has no winner"


def test_signs_are_explained_where_they_are_used() -> None:
    legend = re.search(r'<ul class="signs">(.*?)</ul>', HTML, re.DOTALL)
    assert legend
    assert all(sign in legend[1] for sign in SIGNS.values())


def test_a_page_in_spanish_says_so() -> None:
    html = page.report(comparison_of([], []), translator("es"), "es")
    assert '<html lang="es">' in html
