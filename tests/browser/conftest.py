"""A real browser for pages: the system's Chromium, driven by playwright, that is allowed to fetch nothing.

Playwright's blocking interface runs a loop of its own in the thread that uses it, and no other loop can run there
any more. So it lives in a thread of its own, and tests hand it what to do with a page.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

T = TypeVar("T")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SIZES = {"desk": (1280, 800), "phone": (390, 844), "small phone": (360, 640)}


@pytest.fixture(autouse=True)
def no_loop_is_blocked() -> None:
    """Take the place of the trap for blocking calls: the loop here is playwright's, and it may block."""


class Opened:
    """A page, and everything that it did which a page of ours must not do."""

    def __init__(self, thread: ThreadPoolExecutor, page: Page) -> None:
        self._thread = thread
        self._page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def do(self, action: Callable[[Page], T]) -> T:
        """Do something with the page, in the browser's thread; return what came out."""
        return self._thread.submit(action, self._page).result()

    def evaluate(self, script: str) -> Any:
        """Return what an expression is in the page."""
        return self.do(lambda page: page.evaluate(script))

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width = self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert isinstance(width, int)
        return width


@dataclass
class Chromium:
    """The browser and its thread."""

    thread: ThreadPoolExecutor
    playwright: Playwright
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, file: Path, size: str, scheme: str) -> Opened:
        """Open a file; in the browser's thread."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=size != "desk",
        )
        self.contexts.append(context)
        page = context.new_page()
        found = Opened(self.thread, page)

        def refuse(route: Route) -> None:
            found.requests.append(route.request.url)
            route.abort()

        context.route(lambda url: not url.startswith((file.as_uri(), "data:", "blob:")), refuse)
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.goto(file.as_uri())
        return found

    def forget(self) -> None:
        """Close all pages; in the browser's thread."""
        while self.contexts:
            self.contexts.pop().close()

    def close(self) -> None:
        """End the browser; in its thread."""
        self.browser.close()
        self.playwright.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")

    def launch() -> tuple[Playwright, Browser]:
        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

    with ThreadPoolExecutor(1, thread_name_prefix="browser") as thread:
        browser = Chromium(thread, *thread.submit(launch).result())
        yield browser
        thread.submit(browser.close).result()


Open = Callable[[str, str, str], Opened]


@pytest.fixture
def opened(chromium: Chromium, tmp_path: Path) -> Iterator[Open]:
    """Return what opens a page of a given text, in a window of one of SIZES, `light` or `dark`."""

    def open_it(html: str, size: str = "desk", scheme: str = "light") -> Opened:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        return chromium.thread.submit(chromium.open, file, size, scheme).result()

    yield open_it
    chromium.thread.submit(chromium.forget).result()
