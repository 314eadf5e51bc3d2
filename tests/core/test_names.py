"""Which names there are, and when two are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.names import Flaw, fold, nick_flaw, printable, room_flaw, room_name


@pytest.mark.parametrize(
    "nick",
    ["ana", "Ñandú", "guest-1", "_x_", "[bot]", "李雷", "Ольга", "ひとカナ漢字", "a" * 32, "О" * 32, "李" * 21],
)
def test_good_nicks(nick: str) -> None:
    assert nick_flaw(nick) is None


@pytest.mark.parametrize(
    ("nick", "flaw"),
    [
        ("", Flaw.EMPTY),
        ("a" * 33, Flaw.TOO_LONG),
        ("李" * 22, Flaw.TOO_LONG),  # 66 bytes; two for each character are allowed
        ("a b", Flaw.CHARACTERS),
        ("a\x00", Flaw.CHARACTERS),
        ("\x1b[31mred", Flaw.CHARACTERS),
        ("a\u202eb", Flaw.CHARACTERS),
        ("a\u200bb", Flaw.CHARACTERS),
        ("a\u0301", Flaw.CHARACTERS),  # not in its normal form
        ("ａna", Flaw.CHARACTERS),  # full width
        ("a:b", Flaw.CHARACTERS),
        ("@ana", Flaw.CHARACTERS),
        ("*", Flaw.CHARACTERS),
        ("1ana", Flaw.FIRST),
        ("-ana", Flaw.FIRST),
        ("аna", Flaw.SCRIPTS),  # a Cyrillic letter first
    ],
)
def test_bad_nicks(nick: str, flaw: Flaw) -> None:
    assert nick_flaw(nick) is flaw


@pytest.mark.parametrize("name", ["lobby", "c++", "9to5", "a.b/c", "#x", "salón"])
def test_good_rooms(name: str) -> None:
    assert room_flaw(name) is None


@pytest.mark.parametrize("name", ["", "a b", "a,b", "a\x07b", "a\u202e", "x" * 51, "gаrden"])
def test_bad_rooms(name: str) -> None:
    assert room_flaw(name) is not None


def test_case_folding_is_ascii_only() -> None:
    assert fold("ANA") == fold("ana")
    assert fold("Ñ") != fold("ñ")
    assert fold("[x]") != fold("{x}")


def test_a_hash_in_front_is_how_irc_says_room() -> None:
    assert room_name("#lobby") == "lobby"
    assert room_name("##lobby") == "#lobby"


@given(st.text())
def test_any_text_is_judged_and_can_be_repeated_safely(text: str) -> None:
    nick_flaw(text)
    room_flaw(text)
    shown = printable(text)
    assert len(shown) <= 40
    assert all(c.isprintable() or c == "…" for c in shown)
