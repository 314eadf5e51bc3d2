"""Parsers of text: any line gives a meaning or the one error that is promised, and what is read can be written."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from coliseum import settings
from coliseum.core import vocabulary as fact
from coliseum.core.looks import skeleton
from coliseum.core.names import nick_flaw, printable, room_flaw
from coliseum.core.refusals import ControlCharacters, RoomFull
from coliseum.core.vocabulary import Identity, RoomView
from coliseum.dialects.irc import message as irc
from coliseum.dialects.plain import json_lines
from coliseum.dialects.plain.parser import FORBIDDEN
from coliseum.dialects.plain.parser import parse as parse_plain
from coliseum.errors import ConfigError, Refused
from coliseum.urls import parse as parse_url
from tests.fuzz.target import Target, texts

ANA = Identity("id", "ana")


def irc_message(data: bytes) -> None:
    """A message that was read and can be written is read again as the same."""
    text = data.decode(errors="replace").translate({10: " ", 13: " ", 0: " "})
    try:
        read = irc.parse(text)
    except ValueError:
        return
    for limit in (1, 7, 512):
        assert irc.size(irc.cut(text, limit)) <= limit
        assert all(irc.size(piece) <= limit + 3 for piece in irc.pieces(text, limit + 3))
    irc.split_source(read.source)
    if not read.command.startswith((":", "@")):  # only garbage has such a command, and it can't be written
        assert irc.parse(read.line) == read


def plain_line(data: bytes) -> None:
    """A line is a request, nothing, or refused; one with control characters always is."""
    text = data.decode(errors="replace")
    why = None
    try:
        parse_plain(text)
    except Refused as refused:
        why = refused.why
    assert isinstance(why, ControlCharacters) == bool(FORBIDDEN.search(text))


def json_line(data: bytes) -> None:
    """An event that was read is written and read again as the same."""
    try:
        event = json_lines.decode(data.decode(errors="replace"))
    except ValueError:
        return
    if event is not None:
        try:
            written = json_lines.encode(event)
        except UnicodeEncodeError:
            return  # a half of a surrogate pair: the server never has one, its text is UTF-8
        assert json_lines.decode(written.decode()) == event


def url(data: bytes) -> None:
    """A URL that was read is complete, stays where it must, and means the same when it is written."""
    try:
        read = parse_url(data.decode(errors="replace"))
    except ConfigError:
        return
    assert 0 <= read.port <= 65535
    assert str(parse_url(str(read))) == str(read)


def name(data: bytes) -> None:
    """Whatever is called so can be judged, compared and repeated."""
    text = data.decode(errors="replace")
    room_flaw(text)
    if nick_flaw(text) is None:
        assert text.isprintable()
        assert len(text.encode()) <= 64
    assert all(c.isprintable() for c in printable(text))
    skeleton(text)


@contextmanager
def file_with(data: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(suffix=".toml") as made:
        made.write(data)
        made.flush()
        yield Path(made.name)


def configuration(data: bytes) -> None:
    """A file is a configuration, or an error that says so."""
    with file_with(data) as path, suppress(ConfigError):
        settings.load(path, {}, environment={})


TARGETS = (
    Target(
        "irc-message",
        "one line of IRC",
        irc_message,
        texts(
            "PRIVMSG #a :hello there",
            "@time=2026-01-01T00:00:00.000Z;+typing=active;a\\:b=\\s\\\\ :nick!user@host PRIVMSG #room :x",
            ":srv 005 ana A=b C :are supported",
            "@label=1 TAGMSG #a",
            "   :x  CAP   LS  302 ",
        ),
        6_000,
    ),
    Target(
        "plain-line",
        "one line of the plain dialect",
        plain_line,
        texts("hello", "/nick ana", "//x", "/msg ana hello", "/join a b", "/topic -", "/quién", "/me ", "/json"),
        6_000,
    ),
    Target(
        "json-line",
        "one line of JSON, as a client reads it",
        json_line,
        tuple(
            json_lines.encode(event)
            for event in (
                fact.Said(ANA, "lobby", "hola", 1),
                fact.Admitted(RoomView("lobby", ("ana",), 3, "roses")),
                fact.Welcomed(ANA, "coliseum", "", "a\nb"),
                RoomFull("lobby", 3, 3),
            )
        ),
        5_000,
    ),
    Target(
        "url",
        "where to listen and to connect",
        url,
        texts("tls://localhost:7000/garden", "ircs://[::1]:6697/#a", "udp+insecure://*:8080", "tcp://127.0.0.1"),
        5_000,
    ),
    Target("name", "a nick or a room's name", name, texts("ana", "#lobby", "раура", "李雷", "a\u0301"), 5_000),
    Target(
        "configuration",
        "coliseum.toml",
        configuration,
        texts(
            'listen = ["tls://localhost:7000"]\nengine = "asyncio"\n[limits]\nroom_capacity = 3\n',
            '[server]\nname = "x"\nadmin = ["a", "b"]\n[[opers]]\nname = "root"\npassword = "x"\n',
        ),
        1_500,
    ),
)
