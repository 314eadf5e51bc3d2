"""What the user wants, and what URLs and lines say about it."""

import pytest

from coliseum.client.wishes import Wishes, is_secret, names, repeatable, room_of, way_into
from coliseum.urls import parse


@pytest.mark.parametrize(
    ("url", "room"),
    [
        ("ircs://irc.example", None),
        ("ircs://irc.example/", None),
        ("ircs://irc.example/garden", "garden"),
        ("ircs://irc.example/#garden", "garden"),
        ("ircs://irc.example#garden", "garden"),
        ("ircs://irc.example/%23garden", "#garden"),
        ("ircs://irc.example/##python", "##python"),
        ("ircs://irc.example/%23%23python", "##python"),
        ("ircs://irc.example/&local", "&local"),
        ("ircs://irc.example/caf%C3%A9", "café"),
        ("tls://chat.example/garden", "garden"),
        ("tls://chat.example/caf%C3%A9", "caf%C3%A9"),
        ("tls://chat.example", None),
    ],
)
def test_the_room_of_a_url(url: str, room: str | None) -> None:
    assert room_of(parse(url)) == room


@pytest.mark.parametrize(
    ("typed", "room", "same"),
    [
        ("garden", "garden", True),
        ("#Garden", "garden", True),
        ("garden key", "garden", True),
        ("##python", "#python", True),
        ("#python", "#python", False),
        ("garden", "", False),
    ],
)
def test_which_room_was_typed(typed: str, room: str, same: bool) -> None:
    assert names(typed, room) is same
    assert Wishes(room=typed).are_met_in(room) is same
    assert Wishes().are_met_in(room)


def test_the_way_into_a_room() -> None:
    assert way_into("", "garden") is None
    assert way_into("garden", "") == "garden"
    assert way_into("#python", "") == "##python"
    assert way_into("garden", "#garden key") == "#garden key"
    assert way_into("garden", "other key") == "garden"


def test_an_introduction() -> None:
    assert Wishes().introduction() == []
    assert Wishes(nick="ana").introduction() == ["/nick ana"]
    assert Wishes(password="x").introduction() == ["/pass x"]
    assert Wishes(nick="ana", password="x").introduction() == ["/pass x", "/nick ana"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("/pass x", True),
        ("hola\n /clave x", True),
        ("/join garden key", True),
        ("/join garden", False),
        ("x", False),
    ],
)
def test_what_is_never_repeated(text: str, secret: bool) -> None:
    assert is_secret(text) is secret


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("hola", "hola"),
        ("/join garden", "/join garden"),
        ("/entrar garden key", "/join garden …"),
        (" /pass x", ""),
        ("  ", ""),
        ("a\x07b", "a\x07b"),
    ],
)
def test_what_may_be_shown_again_of_a_line(line: str, shown: str) -> None:
    assert repeatable(line) == shown
