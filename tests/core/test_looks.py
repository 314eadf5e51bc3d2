"""Names that the eye cannot tell apart: not two of them at the same time."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.confusables import CONFUSABLES
from coliseum.core.kinds import Reason, Setting
from coliseum.core.looks import Looks, looks, skeleton
from coliseum.core.names import fold, nick_flaw
from coliseum.core.refusals import NickLooksTaken, NickTaken, RoomLooksTaken
from coliseum.errors import Refused
from tests.core.town import Town, room_with

ALIKE = [
    ("раура", "paypa"),  # Cyrillic
    ("ѕсоре", "scope"),
    ("ΑΝΑ", "ANA"),  # Greek
    ("Ian", "lan"),
    ("1an", "Ian"),
    ("|an", "lan"),
    ("B0B", "bob"),
    ("ꓔꓳꓟ", "TOM"),  # Lisu
]
DIFFERENT = [
    ("ian", "lan"),
    ("Amo", "Arno"),  # people
    ("ana", "ána"),  # can be seen
    ("Ольга", "Olga"),
    ("guest-1", "guest-2"),
    ("ana", "ana_"),
    ("李", "雷"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ИВАН", "Иван"), ("Κώστας", "κώστας"), ("Зал", "зАЛ"), ("ÉMILE", "émile"), ("Ian", "lAN")]
)
def test_names_that_differ_only_in_case_share_a_look(one: str, other: str) -> None:
    taken = Looks(one)
    assert taken.like(other) == one
    taken.remove(one)
    assert taken.like(other) == ""
    assert taken._names == {}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_can_be_told_apart_have_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_letter_that_looks_like_another_has_its_skeleton() -> None:
    """Of the letters that a nick may have and that one letter looks like: none is lost on the way to the table."""
    letters = {c: look for c, look in ((chr(n), look) for n, look in CONFUSABLES.items()) if len(look) == 1}
    pairs = [(c, look) for c, look in letters.items() if nick_flaw(f"_{c}") is nick_flaw(f"_{look}") is None]
    assert len(pairs) > 500
    assert [pair for pair in pairs if skeleton(pair[0]) != skeleton(pair[1])] == []


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_ascii_takes_the_short_way_to_the_same_skeleton(name: str) -> None:
    assert skeleton(f"{name}é") == f"{skeleton(name)}e\u0301"


@given(st.text(max_size=40))
def test_any_text_has_a_skeleton(text: str) -> None:
    Looks(text).remove(text)


# --- in the world ------------------------------------------------------------------------------------------


def test_nobody_comes_with_a_nick_that_looks_like_somebodys() -> None:
    town = Town()
    paula, other = town.person("paypa"), town.person("other")
    assert town.refused(lambda: town.world.rename(other.user, "раура")) == NickLooksTaken("раура", "paypa")
    assert town.refused(lambda: town.world.rename(other.user, "PAYPA")) == NickTaken("paypa")
    with pytest.raises(Refused) as caught:
        town.person("раура")
    assert caught.value.why == NickLooksTaken("раура", "paypa")
    paula.go()
    town.world.rename(other.user, "раура")
    assert other.identity.nick == "раура"


def test_ones_own_nick_may_be_written_in_a_way_that_looks_the_same() -> None:
    town = Town()
    ana, luis = town.person("Ian"), town.person("luis")
    for nick in ("IAN", "lan", "ian"):
        town.world.rename(ana.user, nick)
    town.world.rename(luis.user, "lan")  # a small i is seen
    assert town.refused(lambda: town.world.rename(ana.user, "Ian")) == NickLooksTaken("Ian", "lan")
    assert town.refused(lambda: town.world.rename(luis.user, "Ian")) == NickTaken("ian")


def test_a_guest_is_not_kept_out_by_somebody_who_looks_like_one() -> None:
    town = Town()
    town.person("guest-l")
    session = town.person("other").session
    town.world.detach(session, Reason.QUIT)
    assert town.world.attach(session).nick == "guest-2"


def test_a_new_room_looks_like_no_other() -> None:
    town = Town()
    ana, luis = town.person("ana"), town.person("luis")
    assert town.refused(lambda: ana.enter("Iobby")) == RoomLooksTaken("Iobby", "lobby")
    ana.enter("garden")
    luis.enter("GARDEN")  # the same room
    assert town.refused(lambda: town.world.move(luis.user, None, "l0bby")) == RoomLooksTaken("l0bby", "lobby")


def test_a_room_that_has_ended_stands_in_nobodys_way() -> None:
    town = Town()
    ana, luis = town.person("ana"), town.person("luis")
    room = ana.enter("b0b")
    assert town.refused(lambda: luis.enter("BOB")) == RoomLooksTaken("BOB", "b0b")
    town.world.leave(ana.user, room)
    luis.enter("BOB")
    assert town.refused(lambda: ana.enter("b0b")) == RoomLooksTaken("b0b", "BOB")


def test_a_secret_room_is_not_named_to_who_may_not_know_of_it() -> None:
    town = Town()
    ana, luis = town.person("ana"), town.person("luis")
    room_with(town, ana, "b0b", Setting.SECRET)
    assert town.refused(lambda: luis.enter("bob")) == RoomLooksTaken("bob", "")
    assert town.refused(lambda: ana.enter("bob")) == RoomLooksTaken("bob", "b0b")


@pytest.mark.parametrize("seed", range(20))
def test_however_people_come_rename_themselves_and_go_no_two_look_alike(seed: int) -> None:
    random, town = Random(seed), Town()
    names = ["Ian", "ian", "lan", "|an", "раура", "paypa", "PAYPA", "bob", "B0B", "ana", "ΑΝΑ", "ANA"]
    for _ in range(200):
        who, name = random.choice([None, *town.people]), random.choice(names)
        try:
            if who is None:
                town.person(name)
            elif random.random() < 0.3:
                who.go()
                town.people.remove(who)
            elif random.random() < 0.5:
                town.world.rename(who.user, name)
            elif fold(name) in who.user.rooms:
                town.world.leave(who.user, who.user.rooms[fold(name)])
            else:
                who.enter(name)
        except Refused as refused:
            assert isinstance(refused.why, NickLooksTaken | NickTaken | RoomLooksTaken)  # noqa: PT017
        nicks = [look for user in town.world.users.values() for look in looks(user.nick)]
        rooms = [look for room in town.world.rooms.values() for look in looks(room.name)]
        assert len(set(nicks)) == len(nicks)
        assert len(set(rooms)) == len(rooms)
        assert town.world.nick_looks._names.keys() == set(nicks)
        assert town.world.room_looks._names.keys() == set(rooms)
