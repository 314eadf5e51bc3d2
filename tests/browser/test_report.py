"""The report in a real browser: on a desk, on a phone, by day and by night."""

from typing import Any

import pytest
from playwright.sync_api import Page

from coliseum.i18n import english, translator
from coliseum.lab.compare import contents, page
from tests.browser.conftest import Open
from tests.lab.compare.samples import sample

SAMPLE = sample(rounds=3)
HTML = page.report(SAMPLE, english, "en")
SPANISH = page.report(SAMPLE, translator("es"), "es")
PICTURE = contents.files(contents.sections(SAMPLE, english))["fan-out-deliveries-per-second"]

CONTRAST = """() => {
  const light = (channel) => (channel /= 255) <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const paper = (element) => {
    for (; element; element = element.parentElement) {
      const found = numbers(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let looked = 0;
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !element.getClientRects().length) continue;
    if (element.closest("script, style, title, desc")) continue;
    const style = getComputedStyle(element);
    const ink = luminance(numbers(element.closest("svg") ? style.fill : style.color));
    const behind = luminance(paper(element));
    const ratio = (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05);
    looked += 1;
    if (ratio < 4.5) faint.push([words.currentNode.data.trim().slice(0, 40), Math.round(ratio * 100) / 100]);
  }
  return [looked, faint];
}"""
"All visible text whose contrast is less than WCAG's AA asks of small text."

BOXES = """() => [...document.querySelectorAll("svg.plot")].map((svg) => {
  const box = svg.getBoundingClientRect();
  const small = Math.min(...[...svg.querySelectorAll("text")].map((text) =>
    parseFloat(getComputedStyle(text).fontSize) * box.width / svg.viewBox.baseVal.width));
  return {left: box.left, right: box.right, width: box.width, height: box.height, small};
})"""

OUTSIDE = """() => [...document.querySelectorAll("svg.plot")].flatMap((svg) => {
  const paper = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < paper.left - 1 || box.right > paper.right + 1 || box.top < paper.top - 1
      || box.bottom > paper.bottom + 1;
  }).map((text) => [svg.querySelector("title").textContent, text.textContent]);
})"""

both = pytest.mark.parametrize("scheme", ["light", "dark"])
everywhere = pytest.mark.parametrize("size", ["desk", "phone", "small phone"])


@everywhere
@both
def test_a_report_is_readable_everywhere_and_asks_nobody(opened: Open, size: str, scheme: str) -> None:
    found = opened(HTML, size, scheme)
    assert (found.requests, found.complaints, found.overflow()) == ([], [], 0)
    looked, faint = found.do(lambda page: page.evaluate(CONTRAST))
    assert looked > 2000
    assert faint == []


@everywhere
def test_every_picture_is_there_in_a_size_that_can_be_read(opened: Open, size: str) -> None:
    found = opened(HTML, size, "light")
    width = found.evaluate("window.innerWidth")
    boxes: list[dict[str, Any]] = found.do(lambda page: page.evaluate(BOXES))
    assert len(boxes) > 80
    for box in boxes:
        assert box["left"] >= 0
        assert box["right"] <= width
        assert box["height"] > 150
        assert box["small"] > 9.5
    if size != "desk":
        assert all(box["width"] > 0.85 * width for box in boxes)


@pytest.mark.parametrize("html", [HTML, SPANISH], ids=["English", "Spanish"])
def test_no_text_of_a_picture_is_cut_off(opened: Open, html: str) -> None:
    assert opened(html, "desk", "light").do(lambda page: page.evaluate(OUTSIDE)) == []


@pytest.mark.parametrize(
    ("scheme", "ink", "paper"),
    [("light", "rgb(27, 31, 36)", "rgb(255, 255, 255)"), ("dark", "rgb(230, 237, 243)", "rgb(13, 17, 23)")],
)
def test_the_night_is_dark_and_the_day_is_light(opened: Open, scheme: str, ink: str, paper: str) -> None:
    found = opened(HTML, "desk", scheme)
    assert found.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    inks = "[...document.querySelectorAll('svg.plot text')].map((text) => getComputedStyle(text).fill)"
    assert ink in found.evaluate(inks)


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")])
def test_a_picture_by_itself_has_paper_of_its_own(opened: Open, scheme: str, paper: str) -> None:
    found = opened(PICTURE, "desk", scheme)
    assert found.evaluate("getComputedStyle(document.querySelector('svg > rect')).fill") == paper
    alone = CONTRAST.replace("paper(element)", f"numbers('{paper}')")
    looked, faint = found.do(lambda page: page.evaluate(alone))
    assert looked > 10
    assert faint == []
    assert (found.requests, found.complaints) == ([], [])


def test_the_data_can_be_saved(opened: Open) -> None:
    found = opened(HTML, "desk", "light")

    def save(page: Page) -> str:
        with page.expect_download() as download:
            page.click("#save")
        return download.value.path().read_text(encoding="utf-8")

    assert found.do(save) == found.evaluate("document.getElementById('comparison').textContent")
    assert (found.requests, found.complaints) == ([], [])


def test_without_a_script_there_is_no_button_that_does_nothing(opened: Open) -> None:
    html = HTML.replace("<script>\n", '<script type="text/plain">')
    found = opened(html, "phone", "dark")
    assert found.evaluate("document.getElementById('save').getClientRects().length") == 0
    assert found.evaluate("document.querySelectorAll('svg.plot').length") > 80


def test_wide_tables_scroll_by_themselves_and_with_the_keyboard(opened: Open) -> None:
    found = opened(HTML, "small phone", "light")
    boxes = "[...document.querySelectorAll('.scroll')].filter((box) => box.getClientRects().length)"
    assert found.evaluate(f"{boxes}.some((box) => box.scrollWidth > box.clientWidth)") is True
    assert found.evaluate(f"{boxes}.every((box) => box.tabIndex === 0 && box.getAttribute('aria-label'))") is True


def test_on_paper_it_is_light_and_everything_is_open(opened: Open) -> None:
    found = opened(HTML, "desk", "dark")

    def on_paper(page: Page) -> list[Any]:
        page.emulate_media(media="print", color_scheme="dark")
        heights = "[...document.querySelectorAll('details ul, details table')].map((each) => each.offsetHeight)"
        paper = "getComputedStyle(document.body).backgroundColor"
        return [page.evaluate(paper), min(page.evaluate(heights)), page.is_visible("#save")]

    paper, least, button = found.do(on_paper)
    assert paper == "rgb(255, 255, 255)"
    assert least > 15
    assert button is False


def test_headings_link_and_details_open(opened: Open) -> None:
    found = opened(HTML, "phone", "light")

    def open_all(page: Page) -> int:
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    assert found.do(open_all) == 0
    _looked, faint = found.do(lambda page: page.evaluate(CONTRAST))
    assert faint == []
