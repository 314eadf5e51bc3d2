"""The page of a trace in a real browser: it loads nothing, fits every window, and can be used without a mouse."""

from functools import cache
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Page

from coliseum.config import Engine
from coliseum.i18n import english, translator
from coliseum.lab.tracing import view
from coliseum.lab.tracing.scenarios import CATALOGUE
from tests.browser.conftest import SIZES, Open, Opened
from tests.lab.tracing.runs import sheet

BOARDS = ["#engine-0", "#engine-1"]


@cache
def page_of(scenario: str, language: str = "en") -> str:
    sheets = [sheet(scenario, "threads"), sheet(scenario, "asyncio")]
    return view.view(scenario, sheets, language, translator(language) if language != "en" else english)


def colours(found: Opened, board: str) -> int:
    """Return how many colours a drawing has."""
    number = found.evaluate(
        f"""new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {{
            const canvas = document.querySelector("{board}");
            const pixels = new Uint32Array(
                canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
            done(new Set(pixels).size);
        }})))"""
    )
    assert isinstance(number, int)
    return number


def told(found: Opened) -> str:
    text = found.evaluate("document.getElementById('about').textContent")
    assert isinstance(text, str)
    return text


def picture(found: Opened, board: str = "#engine-0") -> Any:
    """Return a drawing, when all that was asked for has been drawn."""
    return found.evaluate(
        f"""new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
            done(document.querySelector("{board}").toDataURL()))))"""
    )


def press(found: Opened, *keys: str) -> None:
    for key in keys:
        found.do(lambda page, key=key: page.keyboard.press(key))  # type: ignore[misc]


def click(found: Opened, selector: str) -> None:
    found.do(lambda page: page.click(selector))


@pytest.mark.parametrize("scenario", CATALOGUE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_window_and_asks_nobody_for_anything(
    opened: Open, scenario: str, size: str, scheme: str
) -> None:
    found = opened(page_of(scenario), size, scheme)
    for board in BOARDS:
        assert colours(found, board) > 8
    assert (found.requests, found.complaints, found.overflow()) == ([], [], 0)


def test_dark_is_dark(opened: Open) -> None:
    def corner(scheme: str) -> int:
        found = opened(page_of("arena"), "desk", scheme)
        picture(found)
        light = found.evaluate(
            """(() => { const canvas = document.getElementById("engine-0");
            return [...canvas.getContext("2d").getImageData(canvas.width - 3, 3, 1, 1).data].slice(0, 3)
                .reduce((sum, one) => sum + one, 0); })()"""
        )
        assert isinstance(light, int)
        return light

    assert corner("light") > 600
    assert corner("dark") < 150


def test_every_slice_can_be_reached_by_keys(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    found.do(lambda page: page.focus(BOARDS[0]))
    press(found, "ArrowRight")
    before = told(found)
    assert "threads / " in before
    seen = {before}
    for _ in range(400):
        press(found, "ArrowRight")
        if told(found) == before:
            break
        before = told(found)
        seen.add(before)
    press(found, "ArrowDown")
    assert told(found) not in seen
    press(found, "ArrowUp", "ArrowLeft")
    assert "threads / " in told(found)
    press(found, "Escape")
    assert "Choose a slice" in told(found)
    assert found.complaints == []


def test_zooming_and_moving_change_the_drawings_and_come_back(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    click(found, "#phases button:first-child")
    whole = [picture(found, board) for board in BOARDS]
    for key in ("+", "Shift+ArrowRight", "-", "0"):
        before = [picture(found, board) for board in BOARDS]
        found.do(lambda page: page.focus(BOARDS[1]))
        press(found, key)
        after = [picture(found, board) for board in BOARDS]
        assert after != before
    assert [picture(found, board) for board in BOARDS] == whole
    for button in ("#in", "#right", "#left", "#out"):
        before = [picture(found, board) for board in BOARDS]
        click(found, button)
        assert [picture(found, board) for board in BOARDS] != before


def test_the_wheel_zooms_until_everything_is_seen(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    before = picture(found)

    def wheel(amount: int) -> None:
        def turn(page: Page) -> None:
            page.hover(BOARDS[0])
            page.mouse.wheel(0, amount)

        found.do(turn)

    wheel(-300)
    assert picture(found) != before
    for _ in range(30):
        wheel(300)
    assert found.evaluate("scrollY") > 0, "the page scrolls on when there is nothing left to zoom out"


def test_a_click_on_a_slice_tells_of_it_and_of_the_ways_of_its_messages(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    drawn = sheet("arena", "asyncio")
    arrow = drawn.arrows[0]
    found.do(lambda page: page.focus(BOARDS[1]))
    press(found, "ArrowRight")
    for _ in range(len(drawn.rows[0].slices)):
        if "sent to" in told(found):
            break
        press(found, "ArrowRight")
    text = told(found)
    assert text.startswith("step · ")
    assert "messages" in text
    step = drawn.rows[arrow.said[0]].slices[arrow.said[1]]
    hearers = {drawn.rows[a.sent[0]].slices[a.sent[1]].who for a in drawn.arrows if a.said == arrow.said}
    assert step.who in text
    assert all(name in text for name in hearers)


def test_a_tap_chooses(opened: Open) -> None:
    found = opened(page_of("password"), "phone", "dark")
    # On threads the check of the password fills most of its client's row in the act that is shown at first.
    drawn = sheet("password", "threads")
    row = next(n for n, row in enumerate(drawn.rows) if row.who == "eva")

    def tap(page: Page) -> None:
        box = page.locator(BOARDS[0]).bounding_box()
        assert box is not None
        # When it began depends on how busy this machine was.
        for across, down in product((250, 330, 170, 290, 210, 130), range(0, int(box["height"]), 5)):
            page.touchscreen.tap(box["x"] + across, box["y"] + down)
            if "effect" in page.locator("#about").inner_text():
                return

    assert row
    found.do(tap)
    assert "effect" in told(found)
    assert "eva" in told(found)
    assert "VerifyPassword" in told(found)


def test_buttons_choose_what_is_shown(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    plain = picture(found)
    for selector in ("[data-kind=step]", "[data-who='0']", "#by-who", "#ways"):
        before = found.evaluate(f'document.querySelector("{selector}").getAttribute("aria-pressed")')
        click(found, selector)
        assert picture(found) != plain
        assert found.evaluate(f'document.querySelector("{selector}").getAttribute("aria-pressed")') != before
        click(found, selector)
        found.do(lambda page: page.mouse.move(1, 1))
        assert picture(found) == plain


def test_each_act_is_shown_on_all_engines(opened: Open) -> None:
    found = opened(page_of("arena"), "desk", "light")
    seen = set()
    for number in range(1, len(CATALOGUE["arena"].acts) + 2):
        click(found, f"#phases button:nth-child({number})")
        seen.add((picture(found, BOARDS[0]), picture(found, BOARDS[1])))
        pressed = (
            "[...document.querySelectorAll('#phases button')].map(b => b.getAttribute('aria-pressed') === 'true')"
        )
        assert found.evaluate(pressed).index(True) == number - 1
    assert len(seen) == len(CATALOGUE["arena"].acts) + 1


def test_the_tables_say_what_the_drawing_shows(opened: Open) -> None:
    found = opened(page_of("password"), "desk", "light")
    rows = found.evaluate(
        """[...document.querySelectorAll('#sums tbody tr')]
            .map(row => [...row.cells].map(cell => cell.textContent.trim()))"""
    )
    by_kind = {row[0]: row[1:3] for row in rows}
    engines: tuple[Engine, ...] = ("threads", "asyncio")
    for at, engine in enumerate(engines):
        count = sum(piece.kind == "effect" for row in sheet("password", engine).rows for piece in row.slices)
        assert by_kind["effect"][at].endswith(f"({count})")
    assert by_kind["world held"][1] == "–"


def test_it_speaks_spanish(opened: Open) -> None:
    found = opened(page_of("arena", "es"), "desk", "light")
    assert found.evaluate("document.documentElement.lang") == "es"
    assert "Choose a slice" not in told(found)
    assert found.complaints == []


@pytest.mark.parametrize("gesture", ["pinch", "drag"])
def test_fingers_zoom_and_move(opened: Open, gesture: str) -> None:
    found = opened(page_of("arena"), "phone", "light")
    before = picture(found)

    def move(page: Page) -> None:
        box = page.locator(BOARDS[0]).bounding_box()
        assert box is not None
        middle, down = box["x"] + 220, box["y"] + 100
        fingers = [-20, 20] if gesture == "pinch" else [0]
        session = page.context.new_cdp_session(page)

        def touch(kind: str, apart: float, along: float) -> None:
            points = [{"x": middle + apart * at + along, "y": down, "id": n} for n, at in enumerate(fingers)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 1, 0)
        for step in range(1, 6):
            touch("touchMove", 1 + step / 2, 0 if gesture == "pinch" else -12 * step)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    found.do(move)
    assert picture(found) != before
    assert found.evaluate("visualViewport.scale") == 1, "the page itself stays as large as it is"
    assert "Choose a slice" in told(found), "moving chooses nothing"
    assert found.complaints == []
