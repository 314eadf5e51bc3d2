"""The Spanish of Coliseum and of click: complete, and what is heard when it is asked for."""

import ast
import gettext
import re
import runpy
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from coliseum.dialects.plain.parser import BY_NAME
from coliseum.i18n import DOMAIN, LOCALE
from tests.harness import DEADLINE

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "coliseum"
ERRORS = ("ColiseumError", "ConfigError", "CannotCreate", "Unavailable", "Unverified")
KEYWORDS = ("_option", "_unit", "translate", "_translate", *ERRORS)
"Whose first argument is a sentence, besides `_`; `make messages` has the same list."


def catalogue(domain: str) -> Catalog:
    with (LOCALE / "es" / "LC_MESSAGES" / f"{domain}.po").open("rb") as text:
        return read_po(text, locale="es", domain=domain)


def messages(domain: str) -> list[Message]:
    return [message for message in catalogue(domain) if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """Return every English form of a message with its Spanish one."""
    both = (message.id, message.string)
    english, spanish = ([text] if isinstance(text, str) else list(text or ()) for text in both)
    return list(zip(english, spanish, strict=True))


def fields(text: str) -> set[str]:
    return {f"{name}!{how}" for _, name, _, how in string.Formatter().parse(text) if name is not None}


def commands(text: str) -> list[str]:
    """Return the commands that a text names, by their first names."""
    return [BY_NAME[name].name for name in re.findall(r"(?<![^\s(])/([^\W\d]\w*)", text)]


def found_by_babel() -> set[str]:
    """Return the sentences that `make messages` finds."""
    found = extract_from_dir(SOURCE, keywords=DEFAULT_KEYWORDS | dict.fromkeys(KEYWORDS))
    return {text for _file, _line, text, _comments, _context in found if isinstance(text, str)}


def arguments() -> Iterator[tuple[str, ast.expr]]:
    """Yield the first argument of every call that takes a sentence, with its place in the code."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in {"_", *KEYWORDS}:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node.args[0]


def sentences() -> dict[str, str]:
    """Return all sentences of the code, each with one of its places."""
    return {
        argument.value: place
        for place, argument in arguments()
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


# --- the files ---------------------------------------------------------------------------------------------


def test_every_sentence_of_the_code_has_its_spanish_and_nothing_is_left_over() -> None:
    spanish = {message.id for message in messages(DOMAIN)}
    code = sentences().keys() | found_by_babel()
    assert code - spanish == set(), "make messages, then translate"
    assert spanish - code == set(), "make messages"
    assert not catalogue(DOMAIN).obsolete


def test_babel_finds_every_sentence() -> None:
    """On Python 3.11 it does not look into f-strings; a sentence in one would silently be English again."""
    found = found_by_babel()
    assert not {place: text for text, place in sentences().items() if text not in found}


def test_no_sentence_is_put_together_before_it_is_translated() -> None:
    assert not [place for place, argument in arguments() if isinstance(argument, ast.JoinedStr | ast.BinOp)]


@pytest.mark.parametrize("domain", [DOMAIN, "click"])
def test_every_message_is_translated(domain: str) -> None:
    assert not [m.id for m in messages(domain) if m.fuzzy or not all(spanish for _, spanish in forms(m))]


def test_a_translation_has_the_fields_the_lines_and_the_commands_of_its_sentence() -> None:
    for message in messages(DOMAIN):
        for english, spanish in forms(message):
            assert fields(spanish) == fields(english), english
            assert spanish.count("\n") == english.count("\n"), english
            assert commands(spanish) == commands(english), english
            edges = [
                (text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]) for text in (english, spanish)
            ]
            assert edges[0] == edges[1], english


def test_the_plural_forms_of_click_use_no_field_that_click_does_not_give() -> None:
    for message in messages("click"):
        given = set[str]().union(*(fields(english) for english, _ in forms(message)))
        for english, spanish in forms(message):
            assert fields(spanish) <= given, english
            assert isinstance(message.id, tuple) or fields(spanish) == given, english
            assert "%(" not in english or re.findall(r"%\(\w+\)s", english) == re.findall(r"%\(\w+\)s", spanish)


# --- what is made of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", [DOMAIN, "click"])
def test_what_is_installed_says_what_the_catalogue_says(domain: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(domain))
    compiled.seek(0)
    fresh = gettext.GNUTranslations(compiled)
    installed = gettext.translation(domain, LOCALE, ["es"])
    for message in messages(domain):
        (english, spanish), *plural = forms(message)
        assert installed.gettext(english) == fresh.gettext(english) == spanish
        for one_more, several in plural:
            assert installed.ngettext(english, one_more, 2) == fresh.ngettext(english, one_more, 2) == several


def test_the_build_compiles_every_catalogue(tmp_path: Path) -> None:
    copy = tmp_path / "src" / "coliseum" / "locale"
    shutil.copytree(LOCALE, copy, ignore=shutil.ignore_patterns("*.mo"))
    written = runpy.run_path(str(ROOT / "hatch_build.py"))["compile_catalogues"](tmp_path)
    folder = copy / "es" / "LC_MESSAGES"
    assert written == [folder / "click.mo", folder / "coliseum.mo"]
    for file in written:
        spanish = gettext.translation(file.stem, copy, ["es"])
        assert all(spanish.gettext(forms(m)[0][0]) == forms(m)[0][1] for m in messages(file.stem))


# --- what is heard -----------------------------------------------------------------------------------------


def coliseum(*arguments: str) -> tuple[int, str]:
    """Run the program and return its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "coliseum", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )
    return done.returncode, done.stdout


HEARD = [
    (
        ["--help"],
        0,
        ["Usage:", "Options:", "Commands:", "Examples:", "Show this message and exit.", "Run a server."],
        [
            "Uso:",
            "Opciones:",
            "Comandos:",
            "Ejemplos:",
            "Muestra este mensaje y termina.",
            "Pone en marcha un servidor.",
        ],
    ),
    (
        ["serve", "--help"],
        0,
        ["Usage:", "Options:", "Run a chat server.", "a thread per client"],
        ["Uso:", "Opciones:", "Pone en marcha un servidor de chat.", "un hilo por cliente"],
    ),
    (
        ["serve", "--lions"],
        2,
        ["Usage:", "Try 'coliseum serve --help' for help.", "Error: No such option"],
        ["Uso:", "Prueba 'coliseum serve --help' para ver la ayuda.", "Error: No existe la opción"],
    ),
    (
        ["serve", "--capacity", "lions"],
        2,
        ["Error: Invalid value for '--capacity':"],
        ["Error: Valor no válido para '--capacity':"],
    ),
    (
        ["serve", "--listen", "lions"],
        78,
        ["coliseum: --listen: listen: 'lions' does not begin with one of"],
        ["coliseum: --listen: listen: 'lions' no empieza por ninguno de"],
    ),
]


@pytest.mark.parametrize(("arguments", "code", "english", "spanish"), HEARD, ids=lambda value: str(value)[:30])
def test_it_speaks_the_language_that_is_asked_for(
    arguments: list[str], code: int, english: list[str], spanish: list[str]
) -> None:
    assert_heard(coliseum(*arguments, "--lang", "es"), code, spanish, english)
    assert_heard(coliseum(*arguments), code, english, spanish)


def test_the_locale_chooses_the_language_and_lang_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, code, english, spanish = HEARD[0]
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert_heard(coliseum(*arguments), code, spanish, english)
    assert_heard(coliseum("--lang=en", *arguments), code, english, spanish)


def assert_heard(result: tuple[int, str], code: int, said: list[str], unsaid: list[str]) -> None:
    assert result[0] == code, result[1]
    text = " ".join(result[1].split())
    assert not [words for words in said if words not in text], text
    assert not [words for words in unsaid if words in text], text
