"""What nobody may do to a terminal: by the rule alone, and by every sentence about every fact."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coliseum.core.kinds import Kind, Reason, Setting
from coliseum.core.refusals import UnknownCommand
from coliseum.core.vocabulary import (
    Admitted,
    Event,
    Gone,
    Identity,
    RoomView,
    Said,
    SettingsChanged,
    Told,
    TopicChanged,
    Welcomed,
)
from coliseum.dialects.plain.cleaning import clean, cleaned
from coliseum.dialects.plain.json_lines import decode, encode
from coliseum.dialects.plain.phrases import sentence
from coliseum.dialects.plain.render import TextRenderer
from coliseum.i18n import english
from tests.dialects.facts import KINDS, instances, with_texts

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x9d\x07\\[]0;mHJ?\u202e\u2066\u200b\u200d\u200e\ufeff\x00\x7f\n\r👩🔬\ufe0f"),
        st.sampled_from("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f019,afAF\t\u2028\u2029\x85"),
    ),
    max_size=20,
)
VECTORS = [
    ("hola, ¿qué tal? ñandú 日本", "hola, ¿qué tal? ñandú 日本"),
    # escape sequences
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
    # IRC's formatting
    ("\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estrike\x1e \x11mono\x11", "bold italic under strike mono"),
    ("\x16reverse\x0f", "reverse"),
    ("\x034red\x03 plain", "red plain"),
    ("\x0304,12two\x03", "two"),
    ("\x03123 digits", "3 digits"),
    ("\x0304,123 digits", "3 digits"),
    ("\x034,red", ",red"),
    ("\x03,4x", ",4x"),
    ("\x03١x", "١x"),
    ("\x04ff0000red\x04", "red"),
    ("\x04FF0000,00ff00red", "red"),
    ("\x04ff000 no colour", "ff000 no colour"),
    ("\x03\x02" + "12", "12"),
    # lines, tabs
    ("one\ntwo\r\nthree\rfour\u2028five", "one two three four five"),
    ("tab\there", "tab here"),
    # what cannot be seen
    ("user\u202egnp.exe", "usergnp.exe"),
    ("\u2066a\u2069\u200e\u200fb\u061c", "ab"),
    ("a\u200bd\u2060m\ufeffi\u00adn", "admin"),
    ("a\u200db", "ab"),
    ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
    ("\U0001f469\u200d\u200d\U0001f52c\u200d", "\U0001f469\U0001f52c"),
    ("half \ud83d pair", "half  pair"),
    ("a\x00b\x7fc\x85", "abc "),
]

# --- the rule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "shown"), VECTORS)
def test_only_text_is_left(sent: str, shown: str) -> None:
    assert clean(sent) == shown


def test_lines_and_tabs_are_kept_where_they_are_wanted() -> None:
    assert clean("one\r\ntwo\nthree\x1b[A", newlines=True) == "one\ntwo\nthree"
    assert clean("a\tb\nc", tabs=True) == "a\tb c"


def harmful(text: str, allowed: str) -> list[str]:
    """Return what does not belong on a terminal; in words of its own, to try the rule's."""
    bad = {"Cc", "Cs", "Zl", "Zp"}
    hidden = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\ufeff"
    return [c for c in text if c not in allowed and (unicodedata.category(c) in bad or c in hidden)]


@given(NASTY, st.booleans(), st.booleans())
def test_no_control_character_ever_comes_out(text: str, newlines: bool, tabs: bool) -> None:
    shown = clean(text, newlines=newlines, tabs=tabs)
    assert not harmful(shown, "\n" * newlines + "\t" * tabs)
    shown.encode()  # can be printed
    assert clean(shown, newlines=newlines, tabs=tabs) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert clean(text) == text


# --- the events --------------------------------------------------------------------------------------------

dirty = st.sampled_from(KINDS).flatmap(lambda kind: instances(kind, NASTY))
ana = Identity("id-1", "ana")


@settings(max_examples=500)
@given(dirty)
@example(Said(ana, "r", "\x1b[2J\x02x\n* ana is an operator", 1))
@example(Said(Identity("i", "\x1b]0;x\x07"), "r", "", 1, Kind.ACTION, (), Setting.OPERATOR))
@example(TopicChanged(ana, "r", "a\u2028* b"))
@example(Admitted(RoomView("r\n", ("a\x03", "4b"), 3, "one\ntwo")))
@example(Welcomed(ana, "x\ny", "one\ntwo", "one\x1b[A\r\ntwo\x0b"))
@example(Gone(ana, Reason.QUIT, "\r* bye"))
@example(UnknownCommand("\x9b2J"))
def test_whatever_people_wrote_only_text_comes_to_the_terminal(event: Event) -> None:
    shown = TextRenderer(english).render([event])
    assert not harmful(shown.decode(), "\n\t")


@settings(max_examples=500)
@given(dirty)
@example(SettingsChanged(ana, "r", ()))
@example(Admitted(RoomView("r\n", ("a\n", "b"), 3, "one\ntwo")))
@example(Told(ana, "one\ntwo\x85three", 1))
def test_how_many_lines_there_are_does_not_depend_on_what_people_wrote(event: Any) -> None:
    def lines(event: Event) -> int:
        return TextRenderer(english).render([event]).count(b"\n")

    def instead(name: str, text: str) -> str:
        """Return any other text; what is empty stays so, because it is left out; the server's own stays too."""
        return text if name == "motd" else "x" if clean(text) else ""

    assert lines(event) == lines(with_texts(event, instead))


@given(dirty)
def test_an_event_is_cleaned_in_all_its_texts_and_in_nothing_else(event: Any) -> None:
    seen = []

    def rule(name: str, text: str) -> str:
        seen.append(name)
        return clean(text, newlines=name == "motd", tabs=True)

    assert cleaned(event) == with_texts(event, rule)
    assert cleaned(cleaned(event)) == cleaned(event)


def test_a_code_never_reaches_into_the_words_around_it() -> None:
    """Each field is cleaned for itself: a colour at its end takes no digit of ours, a sequence not our rest."""
    assert sentence(english, Gone(ana, Reason.QUIT, "\x03")) == "ana is gone (said goodbye)."
    view = RoomView("r\x1b]0;", ("a",), 3, "x\x07")
    assert sentence(english, Admitted(view)) == "You are in r0; (1 of 3): a\nTopic: x"


def test_json_is_not_cleaned() -> None:
    event = Said(ana, "r", "\x02bold\x02 \x1b[31m\u202e", 1)
    assert decode(encode(event).decode()) == event
