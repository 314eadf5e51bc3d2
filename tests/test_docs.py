"""The documentation's links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for pattern in ("*.md", "docs/**/*.md") for path in ROOT.glob(pattern))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"(?<![\w/])(docs/[\w./-]+\.md)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [page.parent / link for link in LINK.findall(text) if "://" not in link]
    named = [ROOT / name for name in NAMED.findall(re.sub(LINK, "", text))]
    assert [str(path) for path in (*links, *named) if not path.exists()] == []


def test_the_source_names_pages_that_exist() -> None:
    for file in (ROOT / "src").rglob("*.py"):
        for name in NAMED.findall(file.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{file}: {name}"
