"""What people read: every fact has its sentence in every language, and nobody has the server's voice."""

import gettext
import io
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from coliseum.core import vocabulary
from coliseum.core.kinds import Kind, Reason, Setting
from coliseum.core.mailbox import Burst
from coliseum.core.names import Flaw, nick_flaw
from coliseum.core.refusals import NickInvalid, Refusal, RoomInvalid
from coliseum.core.requests import Act, Say, Tell
from coliseum.core.vocabulary import (
    Delivered,
    Echoed,
    Event,
    Heard,
    Identity,
    Said,
    Told,
)
from coliseum.dialects.plain import phrases
from coliseum.dialects.plain.cleaning import clean
from coliseum.dialects.plain.parser import FORBIDDEN, parse
from coliseum.dialects.plain.phrases import sentence
from coliseum.dialects.plain.render import TextRenderer
from coliseum.dialects.reasons import reason_text
from coliseum.errors import Refused
from coliseum.i18n import DOMAIN, LANGUAGES, LOCALE, Translate, english, translator
from tests.dialects.facts import KINDS, instances

CATALOGUE = LOCALE / "es" / "LC_MESSAGES" / f"{DOMAIN}.po"
needs_catalogue = pytest.mark.skipif(not CATALOGUE.exists(), reason="the Spanish catalogue is not written yet")


@cache
def speaking(language: str) -> Translate:
    """Return the translation as the catalogue's source has it, compiled or not."""
    if language == "en" or not CATALOGUE.exists():
        return translator(language)
    compiled = io.BytesIO()
    with CATALOGUE.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled).gettext


texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
nicks = st.builds(
    "{}{}".format, st.sampled_from("aBñ_[{|^`\\"), st.text(st.sampled_from("aBñ_-[{}]|^`1"), max_size=5)
) | st.sampled_from(["李", "_李-1"])
flaws = st.sampled_from([*map(str, Flaw), *map(str, Setting), "a newer one"])


def facts(kind: Any) -> st.SearchStrategy[Any]:
    """Return the instances of an event that can come about."""
    return instances(kind, texts, some=1, nick=nicks, why=flaws)


ana = Identity("id-1", "ana")
FOR_CLIENTS = {Kind.REQUEST, Kind.ANSWER, Kind.SIGNAL}

# --- every fact has a sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_fact_is_lines_with_the_right_mark(kind: type[Event], language: str, data: st.DataObject) -> None:
    event = data.draw(facts(kind))
    shown = TextRenderer(speaking(language)).render([event]).decode()
    if kind is Heard or getattr(event, "kind", None) in FOR_CLIENTS:
        assert shown == ""
        return
    assert shown.endswith("\n")
    lines = shown.removesuffix("\n").split("\n")
    assert all(lines)
    if issubclass(kind, Refusal):
        assert len(lines) == 1
        assert lines[0].startswith("! ")
    elif kind in {Said, Told, Delivered, Echoed}:
        assert len(lines) == 1
        assert not lines[0].startswith(("* ", "! "))
    else:
        assert all(line.startswith("* ") for line in lines)
    assert not FORBIDDEN.search(shown.replace("\n", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_of_its_own(language: str) -> None:
    words = {reason_text(speaking(language), reason) for reason in Reason}
    assert all(words)
    assert len(words) == len(Reason)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_of_a_name_has_words(flaw: Flaw, language: str) -> None:
    translate = speaking(language)
    nick = sentence(translate, NickInvalid("x", str(flaw), 32))
    room = sentence(translate, RoomInvalid("x", str(flaw), 50))
    assert nick != room
    assert "{limit}" not in nick
    assert ("32" in nick) == ("50" in room) == (flaw is Flaw.TOO_LONG)


# --- rendered once -----------------------------------------------------------------------------------------


def test_a_burst_is_rendered_once_per_renderer() -> None:
    one, other = TextRenderer(english), TextRenderer("«{}»".format)
    burst = Burst(vocabulary.Entered(ana, "lobby", 1, 3), 0)
    assert burst.form(one) == one.render(burst.events)
    assert burst.form(other) == other.render(burst.events) != burst.form(one)
    assert burst.form(one) is burst.form(one)


def test_nothing_is_rendered_as_nothing() -> None:
    assert TextRenderer(english).render([]) == b""


# --- nobody can imitate the server -------------------------------------------------------------------------


@given(nick=nicks, text=texts, kind=st.sampled_from(Kind), only=st.sampled_from([None, *Setting]))
def test_how_something_is_said_can_be_told_from_what_is_said(
    nick: str, text: str, kind: Kind, only: Setting | None
) -> None:
    """Nobody can say with words what the server says with signs and brackets."""
    source = Identity("id-1", nick)
    said = [Said(source, "lobby", text, 1, kind, (), only), Told(source, text, 1, kind)]
    for event in said:
        shown = sentence(english, event)
        if kind in FOR_CLIENTS:
            assert shown == ""
        elif kind is Kind.ACTION:
            before, sign, rest = shown.partition("~ ")
            assert sign
            assert not before or (before.startswith("(") and before.endswith(") "))
            assert rest == f"{nick} {clean(text)} ~"
        else:
            before, sign, rest = shown.partition(": ")
            assert (sign, rest) == (": ", clean(text))
            assert before == nick or (before.startswith(f"{nick} (") and before.endswith(")"))


@given(nicks)
def test_the_nicks_that_are_tried_here_are_nicks(nick: str) -> None:
    assert nick_flaw(nick) is None


@pytest.mark.parametrize("nick", ["*", "!", "* x", "! x", "a b", "a:", "", "\n*", "~", "~x", "(x", "(x)"])
def test_no_nick_looks_like_a_mark(nick: str) -> None:
    assert nick_flaw(nick) is not None


@pytest.mark.parametrize("language", LANGUAGES)
@given(nick=nicks, prefix=st.sampled_from(["", "//", "/msg x ", "/me "]), text=st.text(max_size=30) | texts)
def test_what_is_said_always_stands_behind_the_name_of_who_says_it(
    language: str, nick: str, prefix: str, text: str
) -> None:
    try:
        request = parse(prefix + text)
    except Refused:
        return
    source, renderer = Identity("id-1", nick), TextRenderer(speaking(language))
    if isinstance(request, Say):
        shown = renderer.render([Said(source, "lobby", request.text, 1)]).decode()
        assert shown == f"{nick}: {clean(request.text, tabs=True)}\n"
    elif isinstance(request, Act):
        shown = renderer.render([Said(source, "lobby", request.text, 1, Kind.ACTION)]).decode()
        assert shown == f"~ {nick} {clean(request.text, tabs=True)} ~\n"
    elif isinstance(request, Tell):
        shown = renderer.render([Told(source, request.text, 1)]).decode()
        assert shown.startswith(f"{nick} (")
        assert shown.endswith(f": {clean(request.text, tabs=True)}\n")
    else:
        return
    assert shown.count("\n") == 1
    assert not shown.startswith(("* ", "! "))


# --- the catalogue -----------------------------------------------------------------------------------------


def sentences() -> list[str]:
    """Return everything that the plain dialect says, in English."""
    files = sorted(Path(phrases.__file__).parent.glob("*.py"))
    found = [row for file in files for row in extract_from_file("python", file, keywords={"_": None})]
    return sorted({str(message) for _, message, _, _ in found})


def fields(template: str) -> list[str]:
    """Return the names between braces."""
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def test_the_sentences_are_found() -> None:
    assert "Goodbye." in sentences()
    assert len(sentences()) > 120


@needs_catalogue
def test_every_sentence_is_translated_with_the_same_fields() -> None:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="es")
    wrong = []
    for text in sentences():
        message = catalogue.get(text)
        if message is None or message.fuzzy or not message.string:
            wrong.append(f"not translated: {text}")
        elif fields(str(message.string)) != fields(text):
            wrong.append(f"other fields: {text} -> {message.string}")
    assert not wrong
