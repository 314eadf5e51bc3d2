"""What a peer may not do to a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.sanitise import clean

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x9d\x07\\[]0;mHJ?\u202e\u2066\u200b\u200d\u200e\ufeff\x00\x7f\n\r👩🔬\ufe0f"),
    )
)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("hola, ¿qué tal? ñandú 日本", "hola, ¿qué tal? ñandú 日本"),
        ("a\x1b[31;1mred\x1b[0m", "ared"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("a\x9b2Jb", "ab"),
        ("a\x1b]0;my title\x07b", "ab"),
        ("a\x1b]52;c;aGk=\x1b\\b", "ab"),
        ("a\x1bPdevice\x1b\\b", "ab"),
        ("a\x1bcb", "ab"),
        ("a\x1b(0b", "ab"),
        ("a\x1b", "a"),
        ("a\x1b]0;no end", "a0;no end"),
        ("a\x1b\x1b[0m[31mb", "a[31mb"),
        ("one\ntwo\r\nthree\rfour\u2028five", "one two three four five"),
        ("tab\there", "tab here"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("\u2066a\u2069\u200e\u200fb\u061c", "ab"),
        ("a\u200bd\u2060m\ufeffi\u00adn", "admin"),
        ("a\u200db", "ab"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("\U0001f469\u200d\u200d\U0001f52c\u200d", "\U0001f469\U0001f52c"),
        ("half \ud83d pair", "half  pair"),
        ("a\x00b\x7fc\x85", "abc "),
    ],
)
def test_only_text_is_left(sent: str, shown: str) -> None:
    assert clean(sent) == shown


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert clean("one\r\ntwo\nthree\x1b[A", newlines=True) == "one\ntwo\nthree"


@given(NASTY, st.booleans())
def test_no_control_character_ever_comes_out(text: str, newlines: bool) -> None:
    cleaned = clean(text, newlines=newlines)
    for c in cleaned.replace("\n", "") if newlines else cleaned:
        assert unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"}
        assert c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\ufeff"
    cleaned.encode()  # can be printed
    assert clean(cleaned, newlines=newlines) == cleaned


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert clean(text) == text
