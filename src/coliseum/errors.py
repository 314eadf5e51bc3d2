"""The errors of Coliseum: whose fault it is and what the caller must do decide the class.

::

    ColiseumError                 1   something failed
    ├── ConfigError              78   a setting is wrong: mend the file, the variable or the flag
    ├── CannotCreate             73   a port in use, a directory that cannot be written
    ├── Unavailable              69   nobody answered, or the room or the server is full
    ├── Unverified               76   the server could not prove who it is
    └── Refused                   -   a verb of the world said no; never leaves the core

The number is the exit code of the command line (sysexits.h); 2 is a usage error, 130 an interruption.
What must stay true: an error that a *peer* can cause is a reply to that peer (`core.refusals`), never an
exception that reaches an engine.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from coliseum.core.refusals import Refusal


class ColiseumError(Exception):
    """The root of all errors that Coliseum raises on purpose; its text is one readable line.

    The sentence is given as a template and its fields, so that the command line can say it in the user's
    language: `CannotCreate("cannot listen on {where}", where=url)`.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, template: str, /, **fields: object) -> None:
        super().__init__(template.format(**fields) if fields else template)
        self.template = template
        self.fields = fields

    def translated(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in the language of `translate`; a field that is an error is translated too."""
        if not self.fields:
            return translate(self.template)
        fields = {
            name: value.translated(translate) if isinstance(value, ColiseumError) else value
            for name, value in self.fields.items()
        }
        return translate(self.template).format(**fields)


class ConfigError(ColiseumError):
    """A setting is missing, unknown or has a bad value; the text names where, what and the remedy."""

    exit_code = 78


class CannotCreate(ColiseumError):
    """Something could not be made: a port is in use, a directory or file cannot be written or read."""

    exit_code = 73


class Unavailable(ColiseumError):
    """The server cannot be reached, or it has no place for us; trying again later may help."""

    exit_code = 69


class Unverified(ColiseumError):
    """The server did not prove its identity; nothing was sent to it."""

    exit_code = 76


class Refused(Exception):
    """A verb of the world declined; `why` is told to the session that asked, and nothing has changed."""

    def __init__(self, why: "Refusal") -> None:
        super().__init__(why.code)
        self.why = why
