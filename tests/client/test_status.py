"""What an event changes of what we know."""

from dataclasses import replace

import pytest

from coliseum.client.status import Status, follow
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Reason, Setting
from coliseum.core.vocabulary import Event, Identity, RoomSummary, RoomView

ME, ANA, LUIS = Identity("0", "me"), Identity("1", "ana"), Identity("2", "luis")
INSIDE = Status(you=ME, room="lobby", members=("ana", "me"), capacity=3, topic="tea", rooms=("lobby",))


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (fact.Welcomed(ANA, "s", "", ""), {"you": ANA}),
        (fact.Named(Identity("0", "neo")), {"you": Identity("0", "neo"), "members": ("ana", "neo")}),
        (fact.Renamed(ANA, "Anna"), {"members": ("Anna", "me")}),
        (fact.Renamed(Identity("1", "ANA"), "bea"), {"members": ("bea", "me")}),
        (fact.Entered(LUIS, "LOBBY", 3, 4), {"members": ("ana", "me", "luis"), "capacity": 4}),
        (fact.Entered(ANA, "lobby", 2, 3), {"members": ("me", "ana")}),
        (fact.Entered(LUIS, "garden", 1, 3), {}),
        (fact.Left(ANA, "lobby", 1, 3), {"members": ("me",)}),
        (fact.Left(ANA, "garden", 1, 3), {}),
        (fact.Gone(ANA, Reason.QUIT), {"members": ("me",)}),
        (fact.Departed("lobby"), {"room": "", "members": (), "capacity": 0, "topic": ""}),
        (fact.Departed("garden"), {}),
        (fact.Kicked(ANA, "lobby", ME, "", 1, 3), {"room": "", "members": (), "capacity": 0, "topic": ""}),
        (fact.Kicked(ME, "lobby", ANA, "", 1, 4), {"members": ("me",), "capacity": 4}),
        (fact.Kicked(ANA, "garden", ME, "", 1, 3), {}),
        (
            fact.SettingsChanged(
                ANA, "lobby", (Change(Setting.MODERATED, True), Change(Setting.CAPACITY, True, "7"))
            ),
            {"capacity": 7},
        ),
        (fact.SettingsChanged(ANA, "lobby", (Change(Setting.CAPACITY, False),)), {"capacity": 0}),
        (fact.SettingsChanged(ANA, "garden", (Change(Setting.CAPACITY, True, "7"),)), {}),
        (
            fact.Admitted(RoomView("garden", ("me",), 0, "sun")),
            {"room": "garden", "members": ("me",), "capacity": 0, "topic": "sun", "rooms": ("lobby", "garden")},
        ),
        (fact.Admitted(RoomView("Lobby", ("me",), 3)), {"room": "Lobby", "members": ("me",), "topic": ""}),
        (fact.RoomShown(RoomView("lobby", ("me",), 3, "tea")), {"members": ("me",)}),
        (fact.RoomShown(RoomView("garden", ("x",), 3)), {}),
        (fact.TopicChanged(ANA, "lobby", "coffee"), {"topic": "coffee"}),
        (fact.TopicChanged(ANA, "garden", "coffee"), {}),
        (fact.TopicShown("lobby", "milk"), {"topic": "milk"}),
        (fact.RoomsListed((RoomSummary("a", 1, 3), RoomSummary("b", 0, 3))), {"rooms": ("a", "b")}),
        (fact.Said(ANA, "lobby", "hola", 1), {}),
        (no.RoomFull("garden", 3, 3), {}),
        (fact.Heard(1), {}),
    ],
)
def test_each_event_changes_what_it_says(event: Event, changes: dict[str, object]) -> None:
    assert follow(INSIDE, event) == replace(INSIDE, **changes)  # type: ignore[arg-type]


def test_who_we_are_is_unknown_at_first() -> None:
    assert Status().nick == ""
    assert INSIDE.nick == "me"
