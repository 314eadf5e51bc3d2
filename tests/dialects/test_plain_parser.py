"""What a line of the plain dialect asks for; no line is ever anything but a request, nothing, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.limits import Policy
from coliseum.core.refusals import ArgumentMissing, ControlCharacters, Refusal, UnknownCommand
from coliseum.core.requests import (
    Act,
    Away,
    Help,
    Join,
    Leave,
    ListRooms,
    Password,
    Ping,
    Prove,
    Quit,
    Rename,
    Request,
    Say,
    Tell,
    Topic,
    Who,
)
from coliseum.core.session import Session
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.dialects.plain.parser import BY_NAME, COMMANDS, SpeakJson, parse
from coliseum.errors import Refused
from coliseum.i18n import english
from coliseum.trace import silence
from tests.harness import at
from tests.mailboxes import emptied

NAMES = {
    "help": ["help", "ayuda", "?"],
    "nick": ["nick", "apodo"],
    "join": ["join", "entrar"],
    "leave": ["leave", "dejar", "part"],
    "rooms": ["rooms", "salas", "list"],
    "who": ["who", "quien", "quién", "names"],
    "topic": ["topic", "tema"],
    "msg": ["msg", "privado"],
    "me": ["me", "yo"],
    "away": ["away", "ausente"],
    "pass": ["pass", "clave"],
    "yes": ["yes", "sí", "si"],
    "ping": ["ping"],
    "json": ["json"],
    "quit": ["quit", "salir", "exit"],
}
"Every command by every name it has ever had: a name once given stays."

ALONE = {
    "help": Help(),
    "leave": Leave(),
    "rooms": ListRooms(),
    "who": Who(),
    "topic": Topic(None),
    "away": Away(""),
    "ping": Ping(""),
    "json": SpeakJson(),
    "quit": Quit(),
}
"What a command asks for without an argument; the others need one."

WITH_ARGUMENT = {
    "help": Help(),
    "nick": Rename("some thing"),
    "join": Join("some", "thing"),
    "leave": Leave(),
    "rooms": ListRooms(),
    "who": Who(),
    "topic": Topic("some thing"),
    "msg": Tell("some", "thing"),
    "me": Act("some thing"),
    "away": Away("some thing"),
    "pass": Password("some thing"),
    "yes": Prove("some thing"),
    "ping": Ping("some thing"),
    "json": SpeakJson(),
    "quit": Quit(),
}

EVERY_NAME = [(command, name) for command, names in NAMES.items() for name in names]


def refusal(line: str) -> Refusal:
    with pytest.raises(Refused) as caught:
        parse(line)
    return caught.value.why


def test_the_table_here_is_the_parsers_table() -> None:
    assert [command.name for command in COMMANDS] == list(NAMES)
    assert set(BY_NAME) == {name for _, name in EVERY_NAME}


@pytest.mark.parametrize(("command", "name"), EVERY_NAME)
def test_every_command_is_understood_by_every_name(command: str, name: str) -> None:
    for written in (name, name.upper(), name.capitalize()):
        assert parse(f"/{written} some thing") == WITH_ARGUMENT[command]
        assert parse(f"/{written}   some thing  ") == WITH_ARGUMENT[command]


@pytest.mark.parametrize(("command", "name"), EVERY_NAME)
def test_a_command_without_argument_does_its_work_or_says_what_is_missing(command: str, name: str) -> None:
    for line in (f"/{name}", f"/{name} ", f"/{name}    "):
        if command in ALONE:
            assert parse(line) == ALONE[command]
        else:
            assert refusal(line) == ArgumentMissing(name)  # in the words that they used


def test_a_private_message_needs_a_text_too() -> None:
    assert refusal("/msg ana") == ArgumentMissing("msg")
    assert refusal("/msg ana   ") == ArgumentMissing("msg")
    assert parse("/msg ana  hola  ana ") == Tell("ana", "hola  ana")


def test_a_room_may_be_given_with_its_password() -> None:
    assert parse("/join garden") == Join("garden", "")
    assert parse("/join garden sesame") == Join("garden", "sesame")
    assert parse("/entrar  garden   open sesame ") == Join("garden", "open sesame")


def test_a_hyphen_removes_the_topic() -> None:
    assert parse("/topic -") == Topic("")
    assert parse("/topic - a -") == Topic("- a -")


def test_what_does_not_begin_with_a_slash_is_said_as_it_is() -> None:
    for line in ("hola", "  two  spaces  ", "a/b", " /quit", "\ttab", "{x}", "* You are king"):
        assert parse(line) == Say(line)


def test_two_slashes_say_a_line_that_begins_with_one() -> None:
    assert parse("//quit") == Say("/quit")
    assert parse("//") == Say("/")
    assert parse("///") == Say("//")
    assert parse("// x ") == Say("/ x ")


@pytest.mark.parametrize("line", ["", " ", "   ", "\t", "\t \t", "\u3000"])
def test_an_empty_or_blank_line_asks_for_nothing(line: str) -> None:
    assert parse(line) is None


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/", ""),
        ("/ help", ""),
        ("/dance", "dance"),
        ("/dance wildly", "dance"),
        ("/helpme", "helpme"),
        ("/\u202e", "?"),
        ("/join\tgarden", "join?garden"),
        ("/" + "x" * 100, "x" * 39 + "…"),
    ],
)
def test_unknown_commands_are_named_in_a_form_that_is_safe_to_repeat(line: str, shown: str) -> None:
    assert refusal(line) == UnknownCommand(shown)


CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029) if code != 0x09]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: f"U+{ord(c):04X}")
def test_no_control_character_gets_through_anywhere(control: str) -> None:
    for line in (
        control,
        f"a{control}b",
        f"/topic a{control}",
        f"/dance{control}",
        f"//{control}",
        f"{control}/help",
    ):
        assert refusal(line) == ControlCharacters()


def test_a_tab_is_text() -> None:
    assert parse("a\tb") == Say("a\tb")
    assert parse("/topic a\tb") == Topic("a\tb")


def test_a_password_is_not_in_the_requests_repr() -> None:
    assert "tesoro" not in repr(parse("/pass tesoro"))
    assert "tesoro" not in repr(parse("/join garden tesoro"))


lines = st.one_of(
    st.text(max_size=60),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["/", "//", ""]),
        st.sampled_from(sorted(BY_NAME)),
        st.sampled_from([" ", "", "  ", "\t"]),
        st.text(max_size=40),
    ),
)


@given(lines)
def test_any_text_is_a_request_or_nothing_or_refused(line: str) -> None:
    try:
        request = parse(line)
    except Refused as refused:
        assert isinstance(refused.why, ControlCharacters | UnknownCommand | ArgumentMissing)  # noqa: PT017
        return
    assert request is None or isinstance(request, Request | SpeakJson)
    assert parse(line) == request


@given(st.lists(lines, max_size=5), st.booleans())
def test_no_reply_repeats_a_control_character(said: list[str], json: bool) -> None:
    world = World(Policy(room_capacity=0, flood_control=False), lambda: "id", silence)
    world.at(at(1))
    sessions = [Session(world, "127.0.0.1:1", "tcp") for _ in range(2)]
    for session in sessions:
        session.dialect = PlainDialect(session, Voice.speaking(english))
        session.open(at(1))
        session.dialect.greet()
    if json:
        sessions[0].dialect.hear("/json")
    sessions[0].receive(said, at(2))
    for session in sessions:
        reply = session.renderer.render(emptied(session)).decode()
        assert not set(reply.replace("\n", "")) & set(CONTROLS)
