"""No line is longer than 512 bytes, whatever the event says: valid names in any script, and any text.

RFC 1459 section 2.3; what a line may be is held against every line in `support_pure.lines_of`.
"""

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.masks import MASK_BYTES
from coliseum.core.names import nick_flaw, room_flaw
from coliseum.core.vocabulary import Event, Identity, RoomView
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.message import parse, split_source
from coliseum.dialects.irc.render import _WRITERS, CONTENT_BYTES, IrcRenderer
from coliseum.dialects.irc.replies import Reply
from tests.irc.support_pure import SERVER, PureHouse, commands, lines_of, parsed

WHEN = 1_700_000_000_123_456_789
RENDERERS = [
    IrcRenderer(frozenset(), SERVER),
    IrcRenderer(frozenset(capability.name for capability in CAPABILITIES), SERVER),
]


def written(event: Event, renderer: IrcRenderer) -> list[str]:
    return lines_of(renderer.render([event], WHEN))


SCRIPTS = ["abcXYZ_-[]{}\\|^`09", "áéñßøÆ", "абвгд", "漢字語", "あア漢", "अआकखग", "אבגד", "𐐀𐐁𐐨", "𠀀𠀁𠀂"]


def names(longest: int, flaw: Callable[[str], object]) -> st.SearchStrategy[str]:
    """Return names in any script, often of the greatest length."""

    def of(letters: str) -> st.SearchStrategy[str]:
        most = min(longest, longest * 2 // len(letters[-1].encode()))  # two bytes a character at most
        whole = st.sampled_from(letters).map(lambda letter: letter * most)
        return st.text(st.sampled_from(letters), min_size=1, max_size=most) | whole

    return st.sampled_from(SCRIPTS).flatmap(of).filter(lambda name: not flaw(name))


nicks = names(32, nick_flaw)
rooms = names(50, room_flaw)
texts = st.one_of(
    st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=80),
    st.builds(
        lambda unit, times: unit * times, st.sampled_from(["x", "é", "漢", "😀", "a b"]), st.integers(0, 1024)
    ),
)
identities = st.builds(
    Identity,
    st.just("1"),
    nicks,
    st.sampled_from(["plain", "~a", "~abcdefghijklmnopqrs"]),
    st.sampled_from(["localhost", "0123456789ab.hidden"]),
    st.booleans(),
)
roles = st.builds(Change, st.sampled_from([Setting.OPERATOR, Setting.VOICE]), st.booleans(), nicks)
settings_of_rooms = st.builds(Change, st.sampled_from([Setting.SECRET, Setting.MODERATED]), st.booleans())
keys = st.builds(Change, st.just(Setting.PASSWORD), st.booleans(), st.text("abcß", max_size=16))
bans = st.builds(
    lambda on, mask: Change(Setting.BAN, on, mask + "!*@*"),
    st.booleans(),
    st.text("ab*?", min_size=1, max_size=90),
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "source": identities,
    "you": identities,
    "before": identities,
    "target": identities,
    "nick": nicks,
    "text": texts,
    "message": texts,
    "topic": texts,
    "realname": texts,
    "time": st.just(WHEN),
    "members": st.just(2),
    "capacity": st.just(3),
    "reason": st.sampled_from(Reason),
    "kind": st.sampled_from(Kind),
    "only": st.sampled_from([None, Setting.OPERATOR, Setting.VOICE]),
    "tags": st.sampled_from([(), (("+typing", "active"),), (("+x", "y" * 4000),)]),
    "changes": st.lists(roles | settings_of_rooms | keys | bans, max_size=30).map(tuple),
}


def any_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Return events of one class, with whatever may be in their fields."""
    fields = dict(FIELDS, room=rooms)
    if kind is fact.Admitted:
        fields["room"] = st.builds(RoomView, rooms, st.just(("ana",)), st.just(3))
    if kind in {fact.CameOnline, fact.WentOffline}:
        fields["you"] = nicks
    parameters = list(inspect.signature(kind).parameters)
    return st.builds(kind, **{name: fields[name] for name in parameters})


WRITTEN = sorted((kind for kind in _WRITERS if kind is not Reply), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", WRITTEN)
@given(draw=st.data())
def test_no_line_is_too_long_and_every_one_can_be_read(kind: type[Event], draw: st.DataObject) -> None:
    event = draw.draw(any_of(kind))
    source = getattr(event, "before", None) or getattr(event, "source", None) or getattr(event, "you", None)
    for renderer in RENDERERS:
        for line in written(event, renderer):  # which sees to the 512 bytes
            message = parse(line)
            if kind is not fact.CameOnline and isinstance(source, Identity):
                assert message.source == source.full_name
            if isinstance(room := getattr(event, "room", None), str):
                assert any(param.lstrip("@+") == f"#{room}" for param in message.params)


@given(
    st.text(st.characters(exclude_characters=" \r\n\0:", exclude_categories=["Cs"]), min_size=1, max_size=40),
    texts,
)
def test_no_answer_is_too_long(word: str, text: str) -> None:
    for renderer in RENDERERS:
        (line,) = written(Reply("401", ("ana", word), text), renderer)
        assert parse(line).params[:2] == ("ana", word)
        assert text.startswith(parse(line).params[2])


# --- what a client says is as long as its line (talk.py) -----------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "漢", "😀"])
def test_a_message_that_fits_behind_its_source_is_not_cut(letter: str) -> None:
    house = PureHouse()
    ana, luis = house.enter("ana"), house.enter("luis")
    fits = letter * ((510 - len(":ana!~ana@localhost PRIVMSG luis :")) // len(letter.encode()))
    assert ana.say(f"PRIVMSG luis :{fits}") == []
    assert parsed(luis.take())[0].params[1] == fits
    assert commands(ana.say(f"PRIVMSG luis :{fits}{letter}")) == ["NOTICE"]
    assert parsed(luis.take())[0].params[1] == fits
    assert ana.say(f"NOTICE luis :{fits}{letter * 2}") == []  # never answered
    assert parsed(luis.take())[0].params[1] in {fits, fits + letter}  # "NOTICE" is a byte shorter


@pytest.mark.parametrize("end", ["\x01", ""])
@pytest.mark.parametrize("verb", ["ACTION", "VERSION", "PING"])
def test_a_request_that_is_too_long_is_cut_to_one_line(verb: str, end: str) -> None:
    """modern.ircdocs.horse "CTCP": the final 0x01 may be missing, "as servers may truncate messages"."""
    house = PureHouse()
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.say(f"PRIVMSG luis :\x01{verb} {'x' * 485}{end}")
    assert len(luis.take()) == 1


def test_who_does_not_exist_is_sent_nothing_that_could_be_cut() -> None:
    house = PureHouse()
    assert commands(house.enter("ana").say(f"PRIVMSG nobody :{'x' * 490}")) == ["401"]


# --- the longest names in answers -----------------------------------------------------------------------------

WIDE = ["x", "ñ", "漢", "𠀀"]
"Letters of one to four bytes."


def longest(letter: str, characters: int) -> str:
    """Return the longest name of this letter: of so many characters, or twice as many bytes."""
    return letter * min(characters, characters * 2 // len(letter.encode()))


@pytest.mark.parametrize("letter", WIDE)
@pytest.mark.parametrize(
    ("question", "number", "params"),
    [("WHO {room}", "352", 8), ("MODE {room}", "324", 3), ("MODE {room} b", "367", 5), ("TOPIC {room}", "333", 4)],
)
def test_answers_are_whole_with_the_longest_names(letter: str, question: str, number: str, params: int) -> None:
    house, nick, room = PureHouse(), longest(letter, 32), "#" + longest(letter, 50)
    ana = house.enter(nick, host="0123456789ab.hidden")
    ana.say(f"JOIN {room}", f"MODE {room} +b {'x' * (MASK_BYTES - 4)}", f"TOPIC {room} :roses")
    rows = [message for message in parsed(ana.say(question.format(room=room))) if message.command == number]
    assert [len(row.params) for row in rows] == [params]


@pytest.mark.parametrize("letter", WIDE)
def test_names_are_whole_with_the_longest_names(letter: str) -> None:
    house, nick, room = PureHouse(), longest(letter, 32), "#" + longest(letter, 50)
    ana = house.enter(nick, "userhost-in-names", "multi-prefix", host="0123456789ab.hidden")
    (row,) = [m for m in parsed(ana.say(f"JOIN {room}")) if m.command == "353"]
    assert row.params[-1] == f"@{nick}!{'~' + nick[:19] if nick.isascii() else '~user'}@0123456789ab.hidden"


def test_lists_of_people_are_cut_between_them() -> None:
    house = PureHouse()
    nicks = [f"{'n' * 29}{i:03}" for i in range(40)]
    for nick in nicks:
        house.enter(nick).say("JOIN #a")
    ana = house.enter("ana", "userhost-in-names")
    rows = [m.params[-1].split(" ") for m in parsed(ana.say("JOIN #a")) if m.command == "353"]
    assert len(rows) > 3
    assert [split_source(word.lstrip("@"))[0] for row in rows for word in row] == [*nicks, "ana"]
    ana.say(f"MONITOR + {','.join(nicks[:15])}", f"MONITOR + {','.join(nicks[15:30])}")
    shown = [m.params[1].split(",") for m in parsed(ana.say("MONITOR S")) if m.command == "730"]
    assert [split_source(word)[0] for row in shown for word in row] == nicks[:30]
    shown = [m.params[1].split(",") for m in parsed(ana.say("MONITOR L")) if m.command == "732"]
    assert [word for row in shown for word in row] == nicks[:30]


def test_lists_of_rooms_are_cut_between_them() -> None:
    ana = PureHouse().enter("ana")
    rooms = [f"#{'r' * 46}{i:03}" for i in range(30)]
    for room in rooms:
        ana.say(f"JOIN {room}")
    rows = [m.params[2].split(" ") for m in parsed(ana.say("WHOIS ana")) if m.command == "319"]
    assert len(rows) > 2
    assert [word.lstrip("@") for row in rows for word in row] == rooms


def test_nobody_is_named_by_half_a_nick() -> None:
    """Half a nick may be somebody else's."""
    house = PureHouse()
    nicks = [f"{'n' * 30}{i:02}" for i in range(15)]
    for nick in nicks:
        house.enter(nick)
    rows = [m for m in parsed(house.enter("ana").say(f"ISON {' '.join(nicks)}")) if m.command == "303"]
    assert [word for row in rows for word in row.params[-1].split(" ")] == nicks


def test_a_ctcp_without_its_end_that_would_fill_the_line_is_cut_and_not_split() -> None:
    """Its end is written in any case, and needs a place."""
    house = PureHouse()
    ana, luis = house.enter("ana"), house.enter("luis")
    room = CONTENT_BYTES - len(":ana!~ana@localhost PRIVMSG luis :\x01ACTION ")
    for length, lost in ((room - 1, 0), (room, 1)):
        answer = ana.say(f"PRIVMSG luis :\x01ACTION {'x' * length}")
        assert [message.command for message in parsed(answer)] == ["NOTICE"] * lost
        (message,) = parsed(luis.take())
        assert message.params[1] == f"\x01ACTION {'x' * (length - lost)}\x01"
