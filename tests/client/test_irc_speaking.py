"""What a line of the user becomes on IRC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.irc.features import Features
from coliseum.client.irc.speaking import Situation, speak
from coliseum.core import refusals as no
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import HelpShown
from coliseum.dialects.irc.message import LINE_BYTES, parse
from coliseum.dialects.plain.parser import parse as parse_line
from coliseum.errors import Refused

HERE = Situation(Features(), "ana", "ana!~u@host.example", "#room")
NOWHERE = Situation(Features(), "ana", "ana!~u@host.example")


def said(line: str, here: Situation = HERE) -> list[str]:
    wish = parse_line(line)
    assert wish is not None
    return [message.line for message in speak(wish, here).messages]


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ("hola", ["PRIVMSG #room hola"]),
        ("hola, ¿qué tal?", ["PRIVMSG #room :hola, ¿qué tal?"]),
        (":)", ["PRIVMSG #room ::)"]),
        ("//me", ["PRIVMSG #room /me"]),
        ("QUIT", ["PRIVMSG #room QUIT"]),
        ("/me waves", ["PRIVMSG #room :\x01ACTION waves\x01"]),
        ("/yo  //saludo", ["PRIVMSG #room :\x01ACTION //saludo\x01"]),
        ("/away for a walk", ["AWAY :for a walk"]),
        ("/ausente", ["AWAY"]),
        ("/msg luis a secret", ["PRIVMSG luis :a secret"]),
        ("/privado luis hola", ["PRIVMSG luis hola"]),
        ("/join garden", ["JOIN #garden", "MODE #garden"]),
        ("/entrar ##garden", ["JOIN ##garden", "MODE ##garden"]),
        ("/join garden key", ["JOIN #garden key", "MODE #garden"]),
        ("/join 0", ["JOIN #0", "MODE #0"]),
        ("/leave", ["PART #room"]),
        ("/dejar", ["PART #room"]),
        ("/who", ["NAMES #room"]),
        ("/quien", ["NAMES #room"]),
        ("/topic", ["TOPIC #room"]),
        ("/topic -", ["TOPIC #room :"]),
        ("/tema de qué hablamos", ["TOPIC #room :de qué hablamos"]),
        ("/nick Ana", ["NICK Ana"]),
        ("/apodo José", ["NICK José"]),
        ("/rooms", ["LIST"]),
        ("/salas", ["LIST"]),
        ("/ping", ["PING -"]),
        ("/ping one two", ["PING :one two"]),
        ("/quit", ["QUIT"]),
        ("/salir", ["QUIT"]),
        ("/json", []),
    ],
)
def test_every_command_in_both_languages(line: str, messages: list[str]) -> None:
    assert said(line) == messages


@pytest.mark.parametrize(
    ("line", "here", "refusal"),
    [
        ("hola", NOWHERE, no.NotInside()),
        ("/me waves", NOWHERE, no.NotInside()),
        ("/leave", NOWHERE, no.NotInside()),
        ("/who", NOWHERE, no.NotInside()),
        ("/topic", NOWHERE, no.NotInside()),
        ("/topic x", NOWHERE, no.NotInside()),
        ("/join room", HERE, no.AlreadyInside("room")),
        ("/join #ROOM", HERE, no.AlreadyInside("room")),
        ("/join a,b", HERE, no.RoomInvalid("a,b", "characters", 0)),
        ("/msg #room hola", HERE, no.NoSuchNick("#room")),
        ("/msg a,b hola", HERE, no.NoSuchNick("a,b")),
        ("/msg $*.example hola", HERE, no.NoSuchNick("$*.example")),
        ("/msg @#room hola", HERE, no.NoSuchNick("@#room")),
        ("/nick a b", HERE, no.NickInvalid("a?b", "characters", 0)),
        ("/nick #a", HERE, no.NickInvalid("#a", "characters", 0)),
        ("/nick :a", HERE, no.NickInvalid(":a", "characters", 0)),
        ("/pass x", HERE, no.NoPasswordWanted()),
        ("/yes x", HERE, no.NoProofWanted()),
        ("/topic " + "ñ" * 300, HERE, no.TopicTooLong(HERE.room_for_text("TOPIC", "#room"))),
        ("/topic " + "x" * 11, Situation(Features(topic_length=10), "ana", "", "#room"), no.TopicTooLong(10)),
    ],
)
def test_what_is_refused_without_asking_the_server(line: str, here: Situation, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        said(line, here)
    assert caught.value.why == refusal


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/of-the-future", no.UnknownCommand("of-the-future")),
        ("/me", no.ArgumentMissing("me")),
        ("/join", no.ArgumentMissing("join")),
        ("a\x00b", no.ControlCharacters()),
        ("/me a\x01b", no.ControlCharacters()),
        ("hola\r\nQUIT", no.ControlCharacters()),
    ],
)
def test_what_cannot_be_understood(line: str, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        parse_line(line)
    assert caught.value.why == refusal


def test_what_needs_no_server() -> None:
    wish = parse_line("/help")
    assert wish is not None
    assert speak(wish, NOWHERE).events == (HelpShown(),)
    assert parse_line("  ") is None
    with pytest.raises(Refused):
        speak(no.NotInside(), HERE)


def test_what_has_to_end_before_the_next_line_begins() -> None:
    for line, alone in {"/join x": True, "/leave": True, "/nick x": True, "hola": False, "/who": False}.items():
        wish = parse_line(line)
        assert wish is not None
        assert speak(wish, HERE).alone is alone


def test_a_long_text_is_said_in_pieces_that_nobody_has_to_cut() -> None:
    text = " ".join(["palabra"] * 200)
    lines = said(text)
    assert len(lines) == 4
    assert " ".join(line.removeprefix("PRIVMSG #room :") for line in lines) == text
    assert all(len(f":ana!~u@host.example {line}\r\n".encode()) <= LINE_BYTES for line in lines)
    # Who has not seen themselves yet keeps room for the longest name that they may have.
    careful = said("x" * 2000, Situation(Features(), "ana", "", "#room"))
    longest = f":ana!{'u' * 12}@{'h' * 64} "
    assert all(len((longest + line + "\r\n").encode()) <= LINE_BYTES for line in careful)


@given(st.text(min_size=1, max_size=4096), st.sampled_from(["", "/me ", "/msg luis "]))
def test_every_piece_fits_and_nothing_but_spaces_is_lost(text: str, command: str) -> None:
    try:
        wish = parse_line(command + text)
        speech = None if wish is None else speak(wish, HERE)
    except Refused:
        return
    if speech is None or not all(message.command == "PRIVMSG" for message in speech.messages):
        return
    for message in speech.messages:
        line = message.line
        assert len(f":ana!~u@host.example {line}\r\n".encode()) <= LINE_BYTES
        assert not set(line) & set("\r\n\0")
        assert parse(line).params == message.params
    whole = "".join(message.params[1].removeprefix("\x01ACTION ").strip("\x01") for message in speech.messages)
    expected = text if not command else text.strip()
    if not command and text.startswith("//"):
        expected = text[1:]
    assert "".join(whole.split()) == "".join(expected.split())


@given(st.text(max_size=200), st.sampled_from(["", "/join ", "/msg ", "/nick ", "/topic ", "/ping ", "/"]))
def test_a_line_of_the_user_is_one_command_of_its_kind(text: str, command: str) -> None:
    try:
        wish = parse_line(command + text)
        speech = None if wish is None else speak(wish, HERE)
    except Refused:
        return
    kinds = {"PRIVMSG", "JOIN", "MODE", "PART", "NAMES", "TOPIC", "NICK", "LIST", "PING", "QUIT", "AWAY"}
    for message in speech.messages if speech is not None else ():
        again = parse(message.line)
        assert again.command in kinds
        assert again.params == message.params
        assert not set(message.line) & set("\r\n\0")
        if again.command in {"PRIVMSG", "JOIN", "NICK", "PART", "MODE"}:
            assert "," not in again.params[0]
