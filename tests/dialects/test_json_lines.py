"""Events as JSON lines: nothing is lost on the way, and what is unknown or garbage does no harm."""

import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coliseum.core import refusals, vocabulary
from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.refusals import RoomFull
from coliseum.core.vocabulary import Ended, Event, Gone, Identity, Said, SettingsChanged
from coliseum.dialects.plain import Voice
from coliseum.dialects.plain.json_lines import EVENTS, REFUSALS, decode, encode
from coliseum.i18n import english
from tests.dialects.facts import KINDS, classes, instances

ANY = st.text()
events = st.sampled_from(KINDS).flatmap(lambda kind: instances(kind, ANY))
said = Said(Identity("id-1", "ana"), "lobby", "hola", 1_700_000_000_000_000_000)


def test_the_tables_know_every_event_and_every_refusal() -> None:
    assert set(EVENTS.values()) == set(classes(vocabulary))
    assert set(REFUSALS.values()) == set(classes(refusals))
    assert len(EVENTS) == len(classes(vocabulary))
    assert len(REFUSALS) == len(classes(refusals))
    assert "refused" not in EVENTS


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_can_be_taken_for_the_name_of_the_event(kind: Any) -> None:
    assert not {field.name for field in dataclasses.fields(kind)} & {"event", "code"}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_encoded_decodes_to_the_same(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(instances(kind, ANY))
    line = encode(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert b"\r" not in line
    again = decode(line.decode())
    assert again == event
    assert type(again) is type(event)
    assert decode(line.decode().rstrip("\n")) == event


def test_the_names_are_kebab_case() -> None:
    assert json.loads(encode(said)) == {
        "event": "said",
        "source": {"id": "id-1", "nick": "ana", "username": "", "host": "", "bot": False},
        "room": "lobby",
        "text": "hola",
        "time": 1_700_000_000_000_000_000,
        "kind": "message",
        "tags": [],
        "only": None,
    }
    assert json.loads(encode(RoomFull("lobby", 3, 3))) == {
        "event": "refused",
        "code": "room-full",
        "room": "lobby",
        "members": 3,
        "capacity": 3,
    }
    assert json.loads(encode(Ended(Reason.SERVER_STOPPING)))["reason"] == "server-stopping"
    assert {"password-wanted", "topic-changed"} <= set(EVENTS)
    assert {"no-such-nick", "password-first"} <= set(REFUSALS)


@given(events)
def test_what_was_rendered_for_people_is_not_in_it(event: Event) -> None:
    before = encode(event)
    Voice.speaking(english).text.render([event])
    assert encode(event) == before


def test_events_follow_one_another() -> None:
    renderer = Voice.speaking(english).json
    assert renderer.render([said, said]) == encode(said) * 2
    assert renderer.render([]) == b""


def test_unknown_events_are_none() -> None:
    assert decode('{"event": "teleported", "where": "moon"}') is None
    assert decode('{"event": "refused", "code": "too-rude"}') is None
    assert decode('{"event": "event"}') is None


@pytest.mark.parametrize("word", [{"kind": "sung"}, {"only": "deaf"}])
def test_a_message_with_an_unknown_word_is_none(word: dict[str, str]) -> None:
    line = json.dumps(json.loads(encode(said)) | word)
    assert decode(line) is None


def test_changes_of_which_one_is_unknown_are_none() -> None:
    known, unknown = ({"setting": setting, "on": True} for setting in ("secret", "haunted"))
    fields = {"event": "settings-changed", "source": {"id": "i", "nick": "ana"}, "room": "r"}
    assert isinstance(decode(json.dumps(fields | {"changes": [known]})), SettingsChanged)
    assert decode(json.dumps(fields | {"changes": [known, unknown]})) is None


def test_an_unknown_reason_is_another_reason() -> None:
    assert decode('{"event": "ended", "reason": "bored"}') == Ended(Reason.OTHER)
    line = '{"event": "gone", "source": {"id": "i", "nick": "ana"}, "reason": "bored"}'
    assert decode(line) == Gone(Identity("i", "ana"), Reason.OTHER)


def test_words_tags_and_changes_are_readable() -> None:
    event = Said(Identity("i", "ana"), "r", "waves", 1, Kind.ACTION, (("+x", "y"), ("+z", "")), Setting.VOICE)
    fields = json.loads(encode(event))
    assert (fields["kind"], fields["tags"], fields["only"]) == ("action", [["+x", "y"], ["+z", ""]], "voice")
    changed = SettingsChanged(Identity("i", "ana"), "r", (Change(Setting.MEMBERS_ONLY, False),))
    assert json.loads(encode(changed))["changes"] == [{"setting": "members-only", "on": False, "value": ""}]


@given(st.text())
def test_a_text_is_sent_as_it_was_said(text: str) -> None:
    assert json.loads(encode(Said(Identity("i", "ana"), "r", text, 1)))["text"] == text


@given(events, st.dictionaries(st.text(max_size=5).map("x-{}".format), st.integers() | st.text(), max_size=3))
def test_unknown_fields_are_ignored(event: Event, fields: dict[str, object]) -> None:
    line = json.dumps(json.loads(encode(event)) | fields)
    assert decode(line) == event


def test_fields_with_a_default_may_be_missing() -> None:
    line = '{"event": "room-shown", "room": {"name": "lobby", "members": ["ana"], "capacity": 3}}'
    assert decode(line) == vocabulary.RoomShown(vocabulary.RoomView("lobby", ("ana",), 3))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hola",
        "* Welcome",
        "null",
        "7",
        "[]",
        '"said"',
        "{}",
        '{"event": []}',
        '{"event": {}}',
        '{"event": "said"}',
        '{"event": "said", "source": "ana", "room": "r", "text": "t", "time": 1}',
        '{"event": "said", "source": {"id": "i", "nick": "ana"}, "room": "r", "text": "t", "time": "now"}',
        '{"event": "said", "source": {"id": "i", "nick": "ana"}, "room": "r", "text": "t", "time": 1e400}',
        '{"event": "refused"}',
        '{"event": "refused", "code": []}',
        '{"event": "refused", "code": "room-full"}',
        '{"event": "said"} {"event": "said"}',
        '{"event": "\ud800"}',
        '{"event": "said",',
    ],
)
def test_what_is_no_event_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError):
        decode(line)


@pytest.mark.parametrize("opening", ["[", '{"event":', '{"event": "said", "text": [', '[{"event":'])
def test_what_is_nested_without_end_is_a_value_error_too(opening: str) -> None:
    with pytest.raises(ValueError):
        decode(opening * 10_000)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.text() | anything.map(json.dumps))
def test_garbage_is_never_anything_but_a_value_error(line: str) -> None:
    with contextlib.suppress(ValueError):
        assert decode(line) is None


@given(st.data())
def test_fields_of_a_wrong_type_are_never_anything_but_a_value_error(data: st.DataObject) -> None:
    fields = json.loads(encode(data.draw(events)))
    wrong = data.draw(st.dictionaries(st.sampled_from(sorted(fields)), anything, min_size=1))
    try:
        event = decode(json.dumps(fields | wrong))
    except ValueError:
        return
    assert event is None or isinstance(event, Event)
