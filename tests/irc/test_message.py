"""Lines of IRC, in both directions: the public vectors, and what must be true of every text.

The vectors are those of https://github.com/ircdocs/parser-tests (PyPI: irc-parser-tests). Of its five files
`validate-hostname` is tried on `server_name`: the one host name that we make is of the kind that it calls valid
whenever what the operator wrote is, or has no dot. We validate no other host name: those of peers are cloaks.
"""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from parser_tests import data

from coliseum.core.inbound import Broken, Garbled, Item
from coliseum.core.kinds import Reason
from coliseum.core.masks import glob
from coliseum.core.names import fold
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.dialects.irc.client import server_name
from coliseum.dialects.irc.dialect import ENDLESS, LINE_LIMIT, within_budget
from coliseum.dialects.irc.message import (
    LINE_BYTES,
    TAGS_BYTES,
    Message,
    cut,
    escape,
    format_tags,
    parse,
    parse_tags,
    pieces,
    split_source,
    unescape,
)
from coliseum.wire.lines import LineReader


def vectors(file: dict[str, Any], name: str) -> list[Any]:
    """Return the cases of one file, each with its own text as its id."""
    ids = [str(case.get("desc", case.get(name, "")))[:60] or "nothing" for case in file["tests"]]
    return [pytest.param(case, id=id_) for case, id_ in zip(file["tests"], ids, strict=True)]


def message_of(atoms: dict[str, Any]) -> Message:
    return Message(
        atoms["verb"], tuple(atoms.get("params", ())), atoms.get("source", ""), dict(atoms.get("tags", {}))
    )


# --- the public vectors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", vectors(data.msg_split, "input"))
def test_a_line_is_split_as_the_vectors_say(case: dict[str, Any]) -> None:
    assert parse(case["input"]) == message_of(case["atoms"])


@pytest.mark.parametrize("case", vectors(data.msg_join, "desc"))
def test_a_message_is_written_as_the_vectors_say(case: dict[str, Any]) -> None:
    message = message_of(case["atoms"])
    assert message.line in case["matches"]
    assert all(parse(line) == message for line in case["matches"])


@pytest.mark.parametrize("case", vectors(data.userhost_split, "source"))
def test_a_source_is_split_as_the_vectors_say(case: dict[str, Any]) -> None:
    wanted = tuple(case["atoms"].get(part, "") for part in ("nick", "user", "host"))
    assert split_source(case["source"]) == wanted


@pytest.mark.parametrize("case", vectors(data.mask_match, "mask"))
def test_a_mask_matches_as_the_vectors_say(case: dict[str, Any]) -> None:
    pattern = glob(case["mask"])
    assert all(pattern.fullmatch(fold(name)) for name in case["matches"])
    assert not any(pattern.fullmatch(fold(name)) for name in case["fails"])


HOST = re.compile(r"(?!-)[a-z0-9-]+(?<!-)(\.(?!-)[a-z0-9-]+(?<!-))+", re.IGNORECASE)
"What the vectors call a valid host name."


@pytest.mark.parametrize("case", vectors(data.validate_hostname, "host"))
def test_the_servers_name_is_a_host_name_if_what_was_configured_is_one_or_has_no_dot(case: dict[str, Any]) -> None:
    host = case["host"]
    assert bool(HOST.fullmatch(host)) == case["valid"]
    if case["valid"]:
        assert server_name(host) == host
    elif host and "." not in host:
        assert HOST.fullmatch(server_name(host))


# --- every message comes back ------------------------------------------------------------------------------

text = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
"What can stand in a line."
words = text.map(lambda found: found.replace(" ", "")).filter(lambda found: found and not found.startswith(":"))
commands = words.filter(lambda found: not found.startswith("@"))
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
keys = st.from_regex(r"\+?([a-z0-9.-]{1,8}/)?[A-Za-z0-9-]{1,8}", fullmatch=True)
messages = st.builds(
    lambda command, middle, last, source, tags: Message(command, (*middle, *last), source, tags),
    commands,
    st.lists(words, max_size=15).map(tuple),
    st.lists(text, max_size=1).map(tuple),
    st.just("") | words.filter(lambda found: not found.startswith(":")),
    st.dictionaries(keys, values, max_size=4),
)


@given(messages)
@example(Message("PRIVMSG", ("#room", "")))
@example(Message("PRIVMSG", ("#room", ":)")))
@example(Message("PRIVMSG", ("#room", "@x")))
@example(Message("A", ("",), tags={"label": "; \\\r\n"}))
def test_a_message_that_is_written_and_read_is_the_same(message: Message) -> None:
    assert parse(message.line) == message
    if " :" not in message.line:
        assert parse(message.line + "   ") == message


@given(st.text())
@example("")
@example(" ")
@example("@")
@example("@a")
@example(":")
@example(":source")
@example("@a :source")
@example(" :trailing")
@example("@a= :s A :")
@example("::A")
def test_any_text_is_a_message_or_a_value_error(line: str) -> None:
    try:
        message = parse(line)
    except ValueError:
        assert not re.search(r"[^ ]", re.sub(r"^(@[^ ]*)? *(:[^ ]*)? *", "", line).partition(" :")[0])
        return
    assert message.command
    assert " " not in message.command


@given(st.text())
def test_what_was_read_and_is_written_means_the_same(line: str) -> None:
    """A line may be written in many ways; what is read from it is written in one."""
    try:
        message = parse(line)
    except ValueError:
        return
    if not message.command.startswith((":", "@")):  # only garbage has such a command
        assert parse(message.line) == message


@pytest.mark.parametrize("params", [("", "x"), ("a b", "x"), (":a", "x")])
def test_only_the_last_parameter_can_be_odd(params: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="only the last parameter"):
        _ = Message("A", params).line


# --- tags --------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_value_that_is_escaped_and_unescaped_is_the_same(value: str) -> None:
    written = escape(value)
    assert unescape(written) == value
    assert not set(written) & set("; \r\n")


@given(st.text())
def test_unescaping_takes_anything(written: str) -> None:
    assert unescape(escape(unescape(written))) == unescape(written)
    assert len(escape(unescape(written))) <= len(written) or set(written) & set("; \r\n")


@given(st.dictionaries(keys, values, max_size=5))
def test_tags_that_are_written_and_read_are_the_same(tags: dict[str, str]) -> None:
    assert parse_tags(format_tags(tags.items())) == tags


@given(st.text())
def test_tags_never_grow_by_being_read_and_written(written: str) -> None:
    """So what was within a client's budget is within it when it is passed on (Message Tags, "Size limit")."""
    line = written.replace(" ", "").replace("\r", "").replace("\n", "")
    assert len(format_tags(parse_tags(line).items())) <= len(line)


# --- cutting -----------------------------------------------------------------------------------------------

long_texts = st.text(st.sampled_from("aé漢😀 "), max_size=400) | st.text(max_size=60)


@given(long_texts.filter(lambda t: not re.search("[\ud800-\udfff]", t)), st.integers(0, 600))
def test_cut_takes_as_much_as_fits_and_cuts_no_character(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert text.startswith(short)
    assert len(short.encode()) <= limit
    if short != text:
        assert len((short + text[len(short)]).encode()) > limit


@given(long_texts.filter(lambda t: not re.search("[\ud800-\udfff]", t)), st.integers(4, 600))
@example("a" * 30, 10)
@example("😀" * 9, 7)
@example("a " * 30, 10)
@example(" " * 30, 10)
def test_pieces_lose_nothing_but_the_space_where_they_were_cut(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert all(len(piece.encode()) <= limit for piece in found)
    assert all(found[:-1])
    together = "".join(found)
    assert together.replace(" ", "") == text.replace(" ", "")
    assert 0 <= len(text) - len(together) < len(found)
    assert len(found) == 1 or len(text.encode()) > limit


# --- from bytes --------------------------------------------------------------------------------------------


def read(chunks: list[bytes]) -> list[Item]:
    reader = LineReader(LINE_LIMIT, ENDLESS)
    return [item for chunk in chunks for item in reader.receive(chunk)]


def three_ways(stream: bytes) -> list[Item]:
    """Return what the reader makes of a stream: whole, byte by byte and with a tail it makes the same."""
    whole = read([stream])
    assert read([stream[i : i + 1] for i in range(len(stream))]) == whole
    assert read([stream, b"PING x\r\n"])[: len(whole)] == whole
    return whole


LONGEST = f"@+t={'x' * (TAGS_BYTES - 5)} PRIVMSG #a :{'y' * (LINE_BYTES - 2 - 12)}"


@pytest.mark.parametrize(
    ("stream", "items"),
    [
        (b"", []),
        (b"NICK ana", []),
        (b"NICK ana\r\n", ["NICK ana"]),
        (b"NICK ana\nUSER a 0 * :b\r\n", ["NICK ana", "USER a 0 * :b"]),  # some clients send LF alone
        (b"\r\n\r\n", ["", ""]),
        ("PRIVMSG #a :ñandú 😀\r\n".encode(), ["PRIVMSG #a :ñandú 😀"]),
        (b"PRIVMSG #a :\xff\r\n", [Garbled(NotText(), "PRIVMSG #a :\N{REPLACEMENT CHARACTER}")]),
        (LONGEST.encode() + b"\r\n", [LONGEST]),
        (
            LONGEST.encode() + b"y\r\nPING x\r\n",
            [Garbled(LineTooLong(LINE_LIMIT), LONGEST), "PING x"],
        ),
    ],
    ids=["nothing", "no end", "one", "LF", "empty", "unicode", "no UTF-8", "longest", "too long"],
)
def test_the_reader_gives_the_lines_of_irc(stream: bytes, items: list[Item]) -> None:
    assert three_ways(stream) == items


def test_a_line_without_an_end_breaks_the_link() -> None:
    *_, last = read([b"x" * 4096] * 5)
    assert last == Broken(Reason.ENDLESS_LINE)


@given(st.lists(st.binary(max_size=50) | st.sampled_from([b"\r\n", b"\n", b"@a=b;", b" :", b"PRIVMSG"])))
def test_garbage_gives_items_and_every_text_among_them_can_be_parsed(chunks: list[bytes]) -> None:
    for item in three_ways(b"".join(chunks)):
        line = item.text if isinstance(item, Garbled) else item
        assert isinstance(line, str)
        try:
            parse(line)
        except ValueError:
            assert " :" in line or not line.strip(" ") or line.startswith((":", "@", " "))


def test_the_two_budgets_are_kept_apart() -> None:
    """IRCv3 Message Tags, "Size limit": 4096 bytes of tags with `@` and space, 512 of the rest with CR LF."""
    assert within_budget(LONGEST)
    assert len(LONGEST.encode()) == LINE_LIMIT
    assert within_budget("x" * 510)
    assert not within_budget("x" * 511)
    assert not within_budget("é" * 256)
    assert not within_budget(f"@a {'x' * 511}")
    assert within_budget(f"@{'x' * 4094} {'x' * 510}")
    assert not within_budget(f"@{'x' * 4095} A")
    assert not within_budget("@" + "x" * 4100)
