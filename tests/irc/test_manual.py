"""The reference page says what the code does."""

import re
from pathlib import Path

from coliseum.core.limits import Policy
from coliseum.dialects.irc import isupport, manual
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.command import COMMANDS
from coliseum.dialects.irc.modes import LETTERS, ROOM_MODES, USER_LETTERS, USER_MODES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "irc.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == manual.page(), (
        "run: python -m coliseum.dialects.irc.manual > docs/reference/irc.md"
    )


def test_every_mode_and_every_token_has_its_words() -> None:
    assert set(manual.ROOM_MODES) == set(LETTERS)
    assert set(manual.USER_MODES) == set(USER_LETTERS)
    assert set(manual.TOKENS) == set(isupport.tokens(Policy()))


def test_everything_is_on_the_page_with_its_specification() -> None:
    rows = [line for line in manual.page().splitlines() if line.startswith("| `")]
    names = [found[1] for row in rows if (found := re.match(r"\| `([^`]+)`", row))]
    tokens = [f"{name}={value}" if value else name for name, value in isupport.tokens(Policy()).items()]
    modes = [LETTERS[setting] for setting in manual.ROOM_MODES] + [
        USER_LETTERS[trait] for trait in manual.USER_MODES
    ]
    assert sorted(names) == sorted([*COMMANDS, *modes, *(c.name for c in CAPABILITIES), *tokens])
    assert len(modes) == len(ROOM_MODES) + len(USER_MODES)
    for row in rows:
        assert re.search(r"\| https://(modern\.ircdocs\.horse|ircv3\.net/specs)/\S+ \|$", row), row
