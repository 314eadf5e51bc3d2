"""What a server's texts and features may be, and what becomes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.irc import text
from coliseum.client.irc.features import Features, number
from coliseum.client.irc.places import Room, identity, settings, shown_room
from coliseum.core.kinds import Change, Setting
from coliseum.core.vocabulary import Identity


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        ("1970-01-01T00:00:01.500Z", 1_500_000_000),
        ("2026-01-02T03:04:05.678Z", 1_767_323_045_678_000_000),
        ("2026-01-02T03:04:05Z", 1_767_323_045_000_000_000),
        ("2026-01-02T03:04:05", 1_767_323_045_000_000_000),
        ("1969-01-01T00:00:00Z", 0),
        ("", 0),
        ("yesterday", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        ("9999-12-31T23:59:59.999-23:59", 253402387139999000000),
    ],
)
def test_times(written: str, nanoseconds: int) -> None:
    assert text.nanoseconds(written) == nanoseconds


@given(st.text())
def test_any_time_is_a_number(written: str) -> None:
    assert text.nanoseconds(written) >= 0


@pytest.mark.parametrize(
    ("written", "request_"),
    [
        ("hola", None),
        ("\x01ACTION waves\x01", ("ACTION", "waves")),
        ("\x01action waves", ("ACTION", "waves")),
        ("\x01VERSION\x01", ("VERSION", "")),
        ("\x01", ("", "")),
    ],
)
def test_what_clients_say_to_clients(written: str, request_: tuple[str, str] | None) -> None:
    assert text.request(written) == request_
    assert text.request(text.action("waves")) == ("ACTION", "waves")


# --- features ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "same", "different"),
    [
        ("ascii", ("Ana", "aNA"), ("a[", "a{")),
        ("rfc1459", ("A[]\\~", "a{}|^"), ("é", "É")),
        ("strict-rfc1459", ("A[]\\", "a{}|"), ("~", "^")),
        ("of-the-future", ("Ana", "ana"), ("[", "{")),
    ],
)
def test_when_two_names_are_the_same(mapping: str, same: tuple[str, str], different: tuple[str, str]) -> None:
    features = Features().learned([f"CASEMAPPING={mapping}"])
    assert features.fold(same[0]) == features.fold(same[1])
    assert features.fold(different[0]) != features.fold(different[1])


@pytest.mark.parametrize(
    ("written", "room"),
    [
        ("garden", "#garden"),
        ("#garden", "#garden"),
        ("##garden", "##garden"),
        ("&local", "&local"),
        ("0", "#0"),
        ("", None),
        ("a b", None),
        ("a,b", None),
        ("#a,0", None),
        ("a\x07", None),
    ],
)
def test_which_room_a_name_means(written: str, room: str | None) -> None:
    assert Features().room_name(written) == room


def test_where_other_signs_begin_a_room() -> None:
    features = Features().learned(["CHANTYPES=#"])
    assert features.room_name("&x") == "#&x"
    assert Features().learned(["CHANTYPES=:, "]).room_signs == "#&"
    assert Features().learned(["CHANTYPES="]).room_signs == "#&"


def test_members_with_their_roles_and_messages_for_some_of_them() -> None:
    features = Features().learned(["PREFIX=(qaohv)~&@%+"])
    assert features.without_role("~&@ana") == "ana"
    assert features.audience("@#room") == ("@", "#room")
    assert features.audience("&local") == ("", "&local")
    assert features.audience("@ana") == ("", "@ana")
    assert features.audience("") == ("", "")
    none = Features().learned(["PREFIX=()"])
    assert none.without_role("@ana") == "@ana"
    assert none.audience("@#room") == ("", "@#room")


def test_numbers_and_what_is_left_out() -> None:
    features = Features().learned(
        [
            "NICKLEN=30",
            "CHANNELLEN=64",
            "TOPICLEN=300",
            "CHANLIMIT=&:2,#+:20",
            "NETWORK=Net",
            "WHAT",
            "EVER=1",
            "=",
        ]
    )
    assert (features.nick_length, features.room_length, features.topic_length, features.rooms_limit) == (
        30,
        64,
        300,
        20,
    )
    assert features.network == "Net"
    assert features == features.learned(["CHANMODES=a,b", "PREFIX=nonsense"])
    assert Features().learned(["NICKLEN=many", "TOPICLEN=99999999999999999999"]) == Features()
    assert number("٣") == 0


def test_modes_with_and_without_parameters() -> None:
    features = Features().learned(["CHANMODES=beI,k,lf,imnst", "PREFIX=(ohv)@%+"])
    assert list(features.changes(["+ol-v+k-l", "ana", "5", "luis", "key"])) == [
        (True, "o", "ana"),
        (True, "l", "5"),
        (False, "v", "luis"),
        (True, "k", "key"),
        (False, "l", ""),
    ]
    assert list(features.changes([])) == []
    assert list(features.changes(["+o"])) == [(True, "o", "")]
    assert settings(("+mzl-k", "7", "key"), features) == (
        Change(Setting.MODERATED, True),
        Change(Setting.CAPACITY, True, "7"),
        Change(Setting.PASSWORD, False),
    )


def test_capabilities_come_and_go() -> None:
    features = Features().granted(["batch", "labeled-response", "~echo-message"])
    assert features.labels
    assert "echo-message" in features.capabilities
    assert not features.granted(["-batch"]).labels


@given(st.lists(st.text()), st.text())
def test_no_feature_is_too_strange(tokens: list[str], name: str) -> None:
    features = Features().learned(tokens)
    room = features.room_name(name)
    assert room is None or (" " not in room and "," not in room and room[0] in "#&+!")
    list(features.changes(tokens))
    features.audience(name)
    features.without_role(name)


# --- places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [("#room", "room"), ("##room", "#room"), ("&local", "&local"), ("#", "#"), ("#a\x02b", "ab")],
)
def test_how_a_room_is_shown(name: str, shown: str) -> None:
    assert shown_room(name) == shown


def test_names_are_put_together() -> None:
    room = Room("#room")
    features = Features()
    room.add_names(["@ana!u@h", "+luis", ""], features)
    room.add_names(["@"], features)
    room.end_names()
    assert room.view().members == ("ana", "luis")
    room.end_names()
    assert room.view().members == ("ana", "luis")
    room.rename("ana", "eva", "Eva")
    assert room.view().members == ("Eva", "luis")


def test_who_somebody_is() -> None:
    assert identity("ana!~u@h\x02ost") == Identity("", "ana", "~u", "host")
    assert identity("") == Identity("", "", "", "")
