"""The frame of all pages: it fetches nothing, and the policy in it is what forbids that."""

from coliseum.lab import pages
from tests.browser.conftest import Open


def _shell() -> str:
    return pages.page("shell.html", language="en", title="a <title> & more")


def test_a_page_asks_nobody_for_anything(opened: Open) -> None:
    found = opened(_shell(), "phone", "dark")
    assert found.do(lambda page: page.title()) == "a <title> & more"
    assert (found.requests, found.complaints, found.overflow()) == ([], [], 0)


def test_the_policy_keeps_a_page_from_fetching(opened: Open) -> None:
    wanting = _shell().replace(
        "</body>", '<img src="http://127.0.0.1:9/a.png"><script src="b.js"></script></body>'
    )
    found = opened(wanting, "desk", "light")
    assert found.requests == []
    assert len(found.complaints) == 2
    assert all("Content Security Policy" in text for text in found.complaints)


def test_data_cannot_leave_its_element(opened: Open) -> None:
    hostile = {"a": "</script><script>document.title='taken'</script>", "b": "\u2028<!--"}
    element = f'<script type="application/json" id="data">{pages.data(hostile)}</script></body>'
    found = opened(_shell().replace("</body>", element), "desk", "light")
    assert found.evaluate("JSON.parse(document.getElementById('data').textContent)") == hostile
    assert found.do(lambda page: page.title()) == "a <title> & more"
