"""IRC messages: one line to its parts and back.

::

    @time=2026-01-01T00:00:00.000Z;+typing=active :nick!user@host PRIVMSG #room :hello there
     └────────── tags ──────────────────────────┘  └── source ──┘ command └─── params ────┘

What must stay true: pure; every line that `parse` takes comes out of `Message.line` with the same meaning;
whatever a peer sends gives a Message or ValueError, never another exception. A last parameter is written with a
colon only where it needs one, as clients have always been sent it.

Sources: RFC 1459 and 2812 section 2.3.1, modern.ircdocs.horse "Message Format", IRCv3 "Message Tags".
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

TAGS_BYTES = 4096
"What a client may send as tags, with the `@` and the space (IRCv3 Message Tags, Size limit)."
LINE_BYTES = 512
"The rest of a line, with CR LF (RFC 1459 section 2.3)."

_ESCAPES = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_PLAIN = {":": ";", "s": " ", "r": "\r", "n": "\n"}

Tags = Mapping[str, str]
"A tag without a value has an empty one."


_NO_TAGS: Tags = MappingProxyType({})


class Message(NamedTuple):
    """One line."""

    command: str
    "As it was written; compare it in capitals."
    params: tuple[str, ...] = ()
    source: str = ""
    "Without its colon; empty for none."
    tags: Tags = _NO_TAGS

    @property
    def line(self) -> str:
        """The message as it is sent, without CR LF.

        Raises ValueError when a parameter that is not the last one is empty, has a space or begins with a colon.
        """
        words = []
        if self.tags:
            words.append("@" + format_tags(self.tags.items()))
        if self.source:
            words.append(f":{self.source}")
        words.append(self.command)
        if self.params:
            *middle, last = self.params
            if not all(map(_is_middle, middle)):
                raise ValueError(f"only the last parameter may be empty or have spaces: {self.params}")
            words += middle
            words.append(last if _is_middle(last) else f":{last}")
        return " ".join(words)


def parse(line: str) -> Message:
    """Return the message that `line` (without its end) is. Raises ValueError when it has no command."""
    tags, source, rest = _NO_TAGS, "", line
    if rest[:1] in {"@", ":", " "}:
        tags, source, rest = _parse_head(line)
    words, colon, last = rest.partition(" :")
    params = words.split(" ")
    if "" in params:
        params = [word for word in params if word]
    if not params:
        raise ValueError("a message needs a command")
    command = params.pop(0)
    if colon:
        params.append(last)
    return Message(command, tuple(params), source, tags)


def _parse_head(line: str) -> tuple[Tags, str, str]:
    """Return tags and source, which seldom come from clients, and the rest of the line."""
    tags, source, rest = _NO_TAGS, "", line
    if rest.startswith("@"):
        text, _, rest = rest[1:].partition(" ")
        tags = parse_tags(text)
    rest = rest.lstrip(" ")
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        rest = rest.lstrip(" ")
    return tags, source, rest


def parse_tags(text: str) -> dict[str, str]:
    """Return the tags in `text`, which is what stands between `@` and the space; of equal ones the last counts."""
    pairs = (tag.partition("=") for tag in text.split(";"))
    return {name: unescape(value) for name, _, value in pairs if name}


def format_tags(tags: Iterable[tuple[str, str]]) -> str:
    """Return tags as they stand between `@` and the space."""
    return ";".join(f"{name}={escape(value)}" if value else name for name, value in tags)


def escape(value: str) -> str:
    """Return a tag's value as it is written (IRCv3 Message Tags, Escaping values)."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value)


def unescape(value: str) -> str:
    """Return what a tag's written value means; a lone backslash at its end is dropped."""
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda found: _PLAIN.get(found[1], found[1]), value)


def split_source(source: str) -> tuple[str, str, str]:
    """Return nick, user and host of `nick!user@host`; what is missing is empty."""
    rest, _, host = source.partition("@")
    nick, _, user = rest.partition("!")
    return nick, user, host


def cut(text: str, limit: int) -> str:
    """Return as much of the beginning of `text` as fits into `limit` bytes; no character is cut in two."""
    if size(text) <= limit:
        return text
    return text.encode()[:limit].decode(errors="ignore")


def size(text: str) -> int:
    """Return how many bytes `text` has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def pieces(text: str, limit: int) -> list[str]:
    """Return `text` in pieces of at most `limit` bytes each.

    Cut at a space where there is one in the last third.
    """
    found: list[str] = []
    while size(text) > limit:
        piece = cut(text, limit)
        space = piece.rfind(" ", len(piece) * 2 // 3)
        if space > 0:
            piece = piece[:space]
        found.append(piece)
        text = text[len(piece) :].removeprefix(" ") if space > 0 else text[len(piece) :]
    return [*found, text]


def _is_middle(word: str) -> bool:
    return bool(word) and " " not in word and not word.startswith(":")
