"""What people read: every fact has its sentence in every language, and nobody has the server's voice."""

import dataclasses
import gettext
import io
import types
import typing
from functools import cache
from inspect import getmembers, isclass
from string import Formatter
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from coliseum.core import refusals, vocabulary
from coliseum.core.names import Flaw, nick_flaw
from coliseum.core.refusals import NickInvalid, NoSuchNick, Refusal, RoomInvalid, UnknownCommand
from coliseum.core.requests import Say, Tell
from coliseum.core.vocabulary import (
    Admitted,
    Delivered,
    Echoed,
    Ended,
    Event,
    Heard,
    Identity,
    Ponged,
    Reason,
    RoomView,
    Said,
    Told,
    TopicChanged,
    Welcomed,
    rendered,
)
from coliseum.dialects.plain import phrases
from coliseum.dialects.plain.parser import FORBIDDEN, parse
from coliseum.dialects.plain.phrases import occupancy, reason_text, sentence
from coliseum.dialects.plain.render import TextRenderer
from coliseum.errors import Refused
from coliseum.i18n import DOMAIN, LANGUAGES, LOCALE, Translate, english, translator

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


def classes(module: types.ModuleType) -> list[type[Event]]:
    """Return the kinds of event that `module` declares."""
    found = [kind for _, kind in getmembers(module, isclass) if issubclass(kind, Event)]
    return [kind for kind in found if kind not in {Event, Refusal}]


KINDS = classes(vocabulary) + classes(refusals)

texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
nicks = st.text(st.sampled_from("aBñ*!:#@/ _-[{|^`李1"), min_size=1, max_size=6).filter(lambda n: not nick_flaw(n))


def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Return the values that the field `name` can have."""
    if name == "why":
        return st.sampled_from([str(flaw) for flaw in Flaw])
    if name == "nick":
        return nicks
    if dataclasses.is_dataclass(hint):
        return instances(hint)
    if isinstance(hint, types.GenericAlias):  # tuple[X, ...]
        return st.lists(values(name, typing.get_args(hint)[0]), min_size=1, max_size=3).map(tuple)
    return {str: texts, int: st.integers(0, 10**18), Reason: st.sampled_from(Reason)}[hint]


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Return the instances of a dataclass that can come about."""
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind, **{field.name: values(field.name, hints[field.name]) for field in dataclasses.fields(kind)}
    )


ana = Identity("id-1", "ana")

# --- every fact has a sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_fact_is_lines_with_the_right_mark(kind: type[Event], language: str, data: st.DataObject) -> None:
    event = data.draw(instances(kind))
    shown = TextRenderer(speaking(language)).render([event]).decode()
    if kind is Heard:
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


def test_what_people_write_is_never_taken_for_a_template() -> None:
    for text in ("{nick}", "{", "}{", "{0.__class__}", "%s"):
        assert sentence(english, Said(ana, "lobby", text, 1)) == f"ana: {text}"
        assert sentence(english, Told(ana, text, 1)) == f"ana (in private): {text}"
        assert sentence(english, TopicChanged(ana, text, text)).endswith(f"{text}: {text}")
        assert text in sentence(english, UnknownCommand(text))
        assert text in sentence(english, NoSuchNick(text))
        shown = sentence(english, Admitted(RoomView(text, (text,), 3, text)))
        assert shown == f"You are in {text} (1 of 3): {text}\nTopic: {text}"


def test_a_capacity_is_only_mentioned_where_there_is_one() -> None:
    assert occupancy(english, 2, 3) == "2 of 3"
    assert occupancy(english, 2, 0) == "2"


def test_the_topic_stands_on_a_line_of_its_own_if_there_is_one() -> None:
    assert (
        sentence(english, Admitted(RoomView("lobby", ("ana", "luis"), 3)))
        == "You are in lobby (2 of 3): ana, luis"
    )


def test_every_line_of_the_welcome_is_marked() -> None:
    event = Welcomed(ana, "coliseum", "the arena", "one\ntwo\r\nthree")
    lines = TextRenderer(english).render([event]).decode().splitlines()
    assert lines[0] == "* Welcome to coliseum. You are ana, id id-1."
    assert lines[1:5] == ["* the arena", "* one", "* two", "* three"]
    assert all(line.startswith("* ") for line in lines)


def test_saying_goodbye_is_answered_and_every_other_end_has_its_reason() -> None:
    assert sentence(english, Ended(Reason.QUIT)) == "Goodbye."
    assert sentence(english, Ended(Reason.SERVER_STOPPING)) == "The connection ends: the server is stopping."


def test_a_ping_without_text_is_answered_without_text() -> None:
    assert TextRenderer(english).render([Ponged("")]) == b"* pong\n"
    assert TextRenderer(english).render([Ponged("x y")]) == b"* pong x y\n"


# --- rendered once -----------------------------------------------------------------------------------------


def test_an_event_is_rendered_once_per_renderer() -> None:
    one, other = TextRenderer(english), TextRenderer("«{}»".format)
    said, entered = Said(ana, "lobby", "hola", 1), vocabulary.Entered(ana, "lobby", 1, 3)
    asked = []

    def counting(text: str) -> str:
        asked.append(text)
        return text

    third = TextRenderer(counting)
    for event in (said, entered):
        assert one.render([event]) is one.render([event])
        assert rendered(event, one, TextRenderer._lines) is one.render([event])
    assert one.render([entered]) != other.render([entered])
    assert third.render([entered, said, entered]) == one.render([entered, said, entered])
    third.render([entered])
    assert asked.count("{nick} entered {room} ({occupancy}).") == 1


def test_equal_events_are_equal_also_when_one_was_rendered() -> None:
    one, other = Said(ana, "lobby", "hola", 1), Said(ana, "lobby", "hola", 1)
    TextRenderer(english).render([one])
    assert one == other
    assert hash(one) == hash(other)


def test_nothing_is_rendered_as_nothing() -> None:
    assert TextRenderer(english).render([]) == b""


# --- nobody can imitate the server -------------------------------------------------------------------------


@pytest.mark.parametrize("nick", ["*", "!", "* x", "! x", "a b", "a:", "", "\n*"])
def test_no_nick_looks_like_a_mark(nick: str) -> None:
    assert nick_flaw(nick) is not None


@pytest.mark.parametrize("language", LANGUAGES)
@given(nick=nicks, prefix=st.sampled_from(["", "//", "/msg x "]), text=st.text(max_size=30) | texts)
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
        assert shown == f"{nick}: {request.text}\n"
    elif isinstance(request, Tell):
        shown = renderer.render([Told(source, request.text, 1)]).decode()
        assert shown.startswith(f"{nick} (")
        assert shown.endswith(f": {request.text}\n")
    else:
        return
    assert shown.count("\n") == 1
    assert not shown.startswith(("* ", "! "))


# --- the catalogue -----------------------------------------------------------------------------------------


def sentences() -> list[str]:
    """Return everything that phrases.py says, in English."""
    found = extract_from_file("python", phrases.__file__, keywords={"_": None})
    return sorted({str(message) for _, message, _, _ in found})


def fields(template: str) -> list[str]:
    """Return the names between braces."""
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def test_the_sentences_are_found() -> None:
    assert "Goodbye." in sentences()
    assert len(sentences()) > 60


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
