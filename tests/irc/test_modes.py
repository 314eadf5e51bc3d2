"""Letters of modes, in both directions: in the tables, in what is written, and in the world."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.kinds import FLAGS, LISTS, ROLES, Change, Setting, Trait
from coliseum.core.masks import MASK_BYTES
from coliseum.dialects.irc import modes
from coliseum.dialects.irc.message import parse
from coliseum.dialects.irc.modes import USER_LETTERS, prefixes, split, user_modes, written
from tests.irc.support_pure import QUIET, PureHouse, commands, parsed

# --- the tables ----------------------------------------------------------------------------------------------


def test_every_setting_has_one_letter_and_every_letter_one_setting() -> None:
    tables = [modes.FLAGS, modes.LISTS, modes.VALUES, modes.ROLES]
    letters = [letter for table in tables for letter in table]
    settings = [setting for table in tables for setting in table.values()]
    assert len(letters) == len(set(letters)) == len(modes.ROOM_MODES)
    assert sorted(settings) == sorted(Setting)
    assert all(len(letter) == 1 and letter.isalpha() and letter.isascii() for letter in letters)


def test_the_tables_are_the_cores() -> None:
    assert set(modes.FLAGS.values()) == FLAGS
    assert set(modes.LISTS.values()) == LISTS
    assert set(modes.ROLES.values()) == ROLES == set(modes.PREFIXES)


def test_every_trait_has_one_letter() -> None:
    assert sorted(modes.USER_MODES.values()) == sorted(Trait)
    assert len(USER_LETTERS) == len(modes.USER_MODES)


def test_prefixes_go_from_the_highest_to_the_lowest() -> None:
    """IRCv3 Multi Prefix: "sorted in rank order"."""
    both = {Setting.VOICE, Setting.OPERATOR}
    assert prefixes(both, all_of_them=True) == "@+"
    assert prefixes(both, all_of_them=False) == "@"
    assert prefixes({Setting.VOICE}, all_of_them=False) == "+"
    assert prefixes((), all_of_them=True) == ""


def test_the_modes_of_a_user_are_sorted() -> None:
    assert user_modes(()) == "+"
    assert user_modes({Trait.OPERATOR, Trait.INVISIBLE, Trait.BOT}) == "+Bio"


# --- reading and writing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("+", []),
        ("s", [(True, "s")]),
        ("-s+n", [(False, "s"), (True, "n")]),
        ("+-+s", [(True, "s")]),
        ("ov-b", [(True, "o"), (True, "v"), (False, "b")]),
    ],
)
def test_a_mode_string_is_read(text: str, found: list[tuple[bool, str]]) -> None:
    assert list(split([text])) == found


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ([], []),
        ([Change(Setting.SECRET, True)], ["+s"]),
        ([Change(Setting.SECRET, True), Change(Setting.MODERATED, True)], ["+sm"]),
        ([Change(Setting.SECRET, True), Change(Setting.MODERATED, False)], ["+s-m"]),
        ([Change(Setting.OPERATOR, True, "ana"), Change(Setting.VOICE, False, "eva")], ["+o-v ana eva"]),
        ([Change(Setting.PASSWORD, True, "key"), Change(Setting.CAPACITY, True, "5")], ["+kl key 5"]),
        ([Change(Setting.CAPACITY, False), Change(Setting.PASSWORD, False, "key")], ["-lk key"]),
        ([Change(Setting.PASSWORD, False)], ["-k *"]),
        ([Change(Setting.BAN, True, "*!*@h")] * 3, ["+bb *!*@h *!*@h", "+b *!*@h"]),
    ],
)
def test_changes_are_merged_and_split(changes: list[Change], lines: list[str]) -> None:
    assert written(changes, 400, most=2) == lines


changes_ = st.lists(
    st.one_of(
        st.builds(Change, st.sampled_from(sorted(FLAGS)), st.booleans()),
        st.builds(
            Change, st.sampled_from(sorted(ROLES)), st.booleans(), st.text("abñ漢", min_size=1, max_size=32)
        ),
        st.builds(
            Change, st.sampled_from(sorted(LISTS)), st.booleans(), st.text("ab*!@", min_size=1, max_size=60)
        ),
        st.builds(Change, st.just(Setting.CAPACITY), st.just(True), st.just("7")),
        st.builds(Change, st.just(Setting.CAPACITY), st.just(False)),
    ),
    max_size=40,
)


@given(changes_, st.integers(150, 400), st.integers(1, 20))
def test_what_is_written_is_read_as_the_same_changes(changes: list[Change], room: int, most: int) -> None:
    lines = written(changes, room, most)
    found: list[Change] = []
    for line in lines:
        letters, *words = line.split(" ")
        assert len(line.encode()) <= room
        values = iter(words)
        one = [
            Change(setting, on, next(values) if setting not in FLAGS and (on or setting != "capacity") else "")
            for on, letter in split([letters])
            for setting in [modes.ROOM_MODES[letter]]
        ]
        assert len(one) <= most
        assert not list(values)
        found += one
    assert found == changes


# --- in the world (modern.ircdocs.horse "MODE message") ------------------------------------------------------


@pytest.fixture
def house() -> PureHouse:
    return PureHouse()


def test_several_changes_come_back_as_one_line(house: PureHouse) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.say("JOIN #a")
    luis.say("JOIN #a")
    ana.take()
    lines = ana.say("MODE #a +smo-n+kl luis key 9")
    assert lines == [":ana!~ana@localhost MODE #a +smo-n+kl luis key 9"]
    assert luis.take() == lines
    shown = ana.say("MODE #a")
    assert shown[0] == ":irc.example 324 ana #a +klms key 9"
    assert commands(shown) == ["324", "329"]
    assert house.enter("eva").say("MODE #a")[0] == ":irc.example 403 eva #a :No such channel"
    ana.say("MODE #a -s")
    assert house.enter("bob").say("MODE #a")[0] == ":irc.example 324 bob #a +klm * 9"


def test_a_change_that_changes_nothing_is_not_told(house: PureHouse) -> None:
    ana = house.enter("ana")
    ana.say("JOIN #a", "MODE #a +s")
    assert ana.say("MODE #a +sn") == []
    assert ana.say("MODE #a -b x") == []


def test_bad_parameters_do_not_keep_the_others_from_being_made(house: PureHouse) -> None:
    ana = house.enter("ana")
    ana.say("JOIN #a")
    lines = ana.say("MODE #a +slkm 0 :b d")
    assert commands(lines) == ["696", "696", "MODE"]
    assert lines[-1].endswith("MODE #a +sm")
    assert commands(ana.say("MODE #a +xZ")) == ["472", "472"]


def test_lists_are_shown_once_and_to_everybody(house: PureHouse) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.say("JOIN #a", "MODE #a +bbe one@host *!*@two luis", "MODE #a +I ~m:x")
    assert commands(luis.say("MODE #a bb")) == ["367", "367", "368"]
    first = parse(luis.say("MODE #a b")[0])
    assert first.params == ("luis", "#a", "*!one@host", "ana!~ana@localhost", first.params[4])
    assert first.params[4].isdigit()
    assert [m.params[2] for m in parsed(luis.say("MODE #a e"))[:-1]] == ["luis!*@*"]
    assert [m.params[2] for m in parsed(luis.say("MODE #a I"))[:-1]] == ["~m:x!*@*"]


def test_who_may_not_is_told_once(house: PureHouse) -> None:
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.say("JOIN #a")
    luis.say("JOIN #a")
    assert commands(luis.say("MODE #a +smto luis")) == ["482"]
    assert commands(house.enter("eva").say("MODE #a +s")) == ["442"]


def test_ones_own_modes(house: PureHouse) -> None:
    ana = house.enter("ana")
    assert ana.say("MODE ana +iBi-T+x") == [
        ":irc.example 501 ana :Unknown MODE flag",
        ":ana!~ana@localhost MODE ana +iB",
    ]
    assert ana.say("MODE ANA") == [":irc.example 221 ana +Bi"]
    assert ana.say("MODE ana +o") == []  # RFC 2812 section 3.1.5: ignored
    assert commands(ana.say("MODE nobody +i")) == ["401"]
    house.enter("luis")
    assert commands(ana.say("MODE luis +i")) == ["502"]


@pytest.mark.parametrize("guard", ["+i", "+b *!*@*", "+l 1"])
def test_only_an_operators_invitation_overrules_what_operators_have_set(house: PureHouse, guard: str) -> None:
    ana, luis, eva = house.enter("ana"), house.enter("luis"), house.enter("eva")
    ana.say("JOIN #a")
    luis.say("JOIN #a")
    ana.say(f"MODE #a {guard}")
    assert commands(luis.say("INVITE eva #a"))[-1] == ("482" if guard == "+i" else "341")
    assert commands(eva.say("JOIN #a"))[-1] in {"471", "473", "474"}
    ana.say("INVITE eva #a")
    assert "JOIN" in commands(eva.say("JOIN #a"))
    assert commands(eva.say("PART #a", "JOIN #a"))[-1] in {"471", "473", "474"}  # it counts once


def test_whoever_administers_the_server_is_an_operator_of_the_lobby() -> None:
    house = PureHouse(replace(QUIET, opers=(("root", "sesame"),)))
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.say("JOIN #lobby")
    assert commands(ana.say("MODE #lobby +i")) == ["482"]
    ana.say("OPER root sesame")
    assert commands(ana.say("MODE #lobby +im", "PRIVMSG #lobby :hi")) == ["MODE"]
    assert commands(luis.say("JOIN #lobby")) == ["473"]
    ana.say("INVITE luis #lobby")
    assert "JOIN" in commands(luis.say("JOIN #lobby"))


@pytest.mark.parametrize("letter", ["x", "漢"])
def test_the_longest_mask_fits_into_a_line(house: PureHouse, letter: str) -> None:
    """With the longest names too: 64 bytes of a nick, 100 of a room's."""
    mask = letter * ((MASK_BYTES - len("!*@*")) // len(letter.encode()))
    ana = house.enter("ñ" * 32, host="0123456789ab.hidden")
    room = f"#{'ñ' * 50}"
    ana.say(f"JOIN {room}")
    (change,) = parsed(ana.say(f"MODE {room} +b {mask}"))
    assert change.params == (room, "+b", f"{mask}!*@*")
    (row, _) = parsed(ana.say(f"MODE {room} b"))
    assert row.params[2] == f"{mask}!*@*"
    assert len(row.params) == 5
    assert commands(ana.say(f"MODE {room} +b {mask}{letter}")) == ["696"]
