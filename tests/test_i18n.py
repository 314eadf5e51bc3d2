"""Which language is spoken, and that asking for one changes nothing else."""

import locale

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.i18n import LANGUAGES, LOCALE, choose, english, translator


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": ""}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es_MX"}, "es"),
        ({"LANG": "es-AR"}, "es"),
        ({"LANG": "es@euro"}, "es"),
        ({"LANG": "est_EE.UTF-8"}, "en"),  # not Spanish but a language whose code begins so
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "es_ES.UTF-8", "LANG": "en_GB.UTF-8"}, "es"),
        ({"LC_MESSAGES": "es_ES", "LANG": "en_GB"}, "es"),
        ({"LC_ALL": "en_GB", "LC_MESSAGES": "es_ES"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "es_ES"}, "es"),
        ({"LC_ALL": "fr_FR", "LANG": "es_ES"}, "en"),  # the first that is set, not the first that we know
        ({"LANGUAGE": "es", "LC_ALL": "en_GB"}, "es"),
        ({"LANGUAGE": "fr:es:en", "LANG": "en_GB"}, "es"),
        ({"LANGUAGE": "fr:de", "LANG": "es_ES"}, "en"),
    ],
)
def test_the_locale_says_which_language_is_spoken(environment: dict[str, str], language: str) -> None:
    assert choose(environment=environment) == language


@pytest.mark.parametrize("wanted", LANGUAGES)
def test_who_says_a_language_gets_it(wanted: str) -> None:
    assert choose(wanted, {"LC_ALL": "fr_FR"}) == wanted
    assert choose(wanted, {"LC_ALL": "es_ES"}) == wanted


def test_a_language_that_we_do_not_speak_is_what_the_locale_says() -> None:
    assert choose("fr", {"LC_ALL": "es_ES"}) == "es"
    assert choose("", {"LC_ALL": "es_ES"}) == "es"
    assert choose(None, {}) == "en"


def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert choose() == "es"


def test_english_is_the_text_itself() -> None:
    assert translator("en") is english
    assert english("Goodbye.") == "Goodbye."


@pytest.mark.parametrize("language", ["fr", "xx", "../en"])
def test_a_language_that_is_not_there_is_english(language: str) -> None:
    assert translator(language)("Goodbye.") == "Goodbye."


@pytest.mark.skipif(
    not (LOCALE / "es" / "LC_MESSAGES" / "coliseum.mo").exists(), reason="the Spanish catalogue is not compiled"
)
def test_spanish_is_spanish() -> None:
    assert translator("es")("Goodbye.") != "Goodbye."
    assert translator("es")("nobody has ever said this") == "nobody has ever said this"


def test_asking_for_a_language_does_not_change_the_process() -> None:
    before = locale.setlocale(locale.LC_ALL)
    translator("es")("Goodbye.")
    choose("es")
    assert locale.setlocale(locale.LC_ALL) == before


@given(
    st.dictionaries(st.sampled_from(["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"]), st.text()),
    st.none() | st.text(),
)
def test_whatever_the_environment_says_it_is_a_language_of_ours(
    environment: dict[str, str], wanted: str | None
) -> None:
    assert choose(wanted, environment) in LANGUAGES
