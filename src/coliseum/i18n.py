"""Languages: which one, and the function that turns our English sentences into it.

Every text a user sees is written in English in the code, inside `_("...")`, and translated by gettext from
`locale/<language>/LC_MESSAGES/coliseum.mo` (compiled from the .po beside it when Coliseum is installed).

What must stay true: a language that is not there is English; nothing here changes the process's locale.
"""

import gettext
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

Translate: TypeAlias = Callable[[str], str]

DOMAIN = "coliseum"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("en", "es")


def english(text: str) -> str:
    """Return the text as it is."""
    return text


def translator(language: str) -> Translate:
    """Return the function that translates into `language` ("en", "es")."""
    if language == "en":
        return english
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True).gettext


def choose(wanted: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the language to speak: `wanted` if it is one of ours, else what the locale says, else English.

    The locale is read as gettext reads it: LANGUAGE, LC_ALL, LC_MESSAGES, LANG, the first that is set.
    """
    if wanted in LANGUAGES:
        return wanted
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(variable):
            for name in value.split(":"):
                if name[:2] in LANGUAGES and not name[2:3].isalpha():
                    return name[:2]
            return "en"
    return "en"
