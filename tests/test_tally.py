"""The tally: what is noted is counted and passed on."""

from coliseum.tally import Tally


def test_facts_are_counted_by_what_tells_them_apart_and_passed_on() -> None:
    seen: list[tuple[str, dict[str, object]]] = []
    tally = Tally(lambda event, /, **fields: seen.append((event, fields)))
    tally("refused", session="1", code="room-full")
    tally("refused", session="2", code="room-full")
    tally("refused", session="2", code="nick-taken")
    tally("room.made", room="a")
    assert tally.counts() == {"refused": {"nick-taken": 1, "room-full": 2}, "room.made": 1}
    assert seen[0] == ("refused", {"session": "1", "code": "room-full"})
    assert len(seen) == 4
