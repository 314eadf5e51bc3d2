"""Who is away, who watches whom, who was here."""

import pytest

from coliseum.core.kinds import Trait
from coliseum.core.presence import (
    REMEMBERED,
    WATCH_LENGTH,
    Memory,
    Past,
    announce,
    set_away,
    set_realname,
    set_trait,
)
from coliseum.core.vocabulary import (
    Admitted,
    Announced,
    AwayChanged,
    CameOnline,
    Entered,
    Gone,
    Identity,
    RealnameChanged,
    WatchedAway,
    WatchedRealname,
    WentOffline,
)
from tests.core.town import Person, Town
from tests.harness import at, kinds


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def ana(town: Town) -> Person:
    return town.person("ana")


@pytest.fixture
def luis(town: Town, ana: Person) -> Person:
    """He shares a room with Ana, even two."""
    made = town.person("luis")
    for room in ("garden", "kitchen"):
        ana.enter(room)
        made.enter(room)
    town.quiet()
    return made


@pytest.fixture
def eva(town: Town) -> Person:
    """She shares no room with anybody."""
    return town.person("eva")


# --- away --------------------------------------------------------------------------------------------------


def test_who_shares_a_room_is_told_once_and_nobody_else(
    town: Town, ana: Person, luis: Person, eva: Person
) -> None:
    for message in ("lunch", "dinner", ""):
        set_away(town.world, ana.user, message)
        assert luis.told() == [AwayChanged(ana.identity, message)]
        assert ana.told() == eva.told() == []
        assert ana.user.away == message


def test_what_is_so_already_is_told_to_nobody(town: Town, ana: Person, luis: Person) -> None:
    set_away(town.world, ana.user, "")
    assert luis.told() == []
    set_away(town.world, ana.user, "lunch")
    luis.told()
    set_away(town.world, ana.user, "lunch")
    assert luis.told() == []


def test_who_comes_in_while_away_says_so(town: Town, ana: Person, luis: Person, eva: Person) -> None:
    set_away(town.world, eva.user, "thinking")
    eva.enter("garden")
    assert luis.told() == [
        Entered(eva.identity, "garden", 3, 0, "Eva"),
        AwayChanged(eva.identity, "thinking"),
    ]
    (admitted,) = eva.told()
    assert isinstance(admitted, Admitted)


# --- watching ----------------------------------------------------------------------------------------------


def test_who_watches_a_nick_is_told_when_it_comes_and_goes(town: Town, ana: Person) -> None:
    assert town.world.watchers.add(ana.session, "EVA")
    ana.told()
    eva = town.person("eva")
    identity = eva.identity
    assert ana.told() == [CameOnline(identity, "ana")]
    eva.go()
    assert ana.told() == [WentOffline("eva", "ana")]


def test_a_new_nick_is_one_going_and_another_coming(town: Town, ana: Person, eva: Person) -> None:
    for nick in ("eva", "pia"):
        town.world.watchers.add(ana.session, nick)
    ana.told()
    town.world.rename(eva.user, "EVA")
    assert ana.told() == []
    town.world.rename(eva.user, "pia")
    assert ana.told() == [WentOffline("EVA", "ana"), CameOnline(eva.identity, "ana")]


def test_who_watches_and_shares_no_room_is_told_by_an_event_of_their_own(
    town: Town, ana: Person, luis: Person, eva: Person
) -> None:
    for person in (luis, eva, ana):
        town.world.watchers.add(person.session, "ana")
    town.quiet()
    set_away(town.world, ana.user, "lunch")
    assert luis.told() == [AwayChanged(ana.identity, "lunch")]
    assert eva.told() == [WatchedAway(ana.identity, "lunch")]
    assert ana.told() == []
    set_realname(town.world, ana.user, "Ana M.")
    assert luis.told() == [RealnameChanged(ana.identity, "Ana M.")]
    assert eva.told() == [WatchedRealname(ana.identity, "Ana M.")]
    assert ana.told() == [RealnameChanged(ana.identity, "Ana M.")]


def test_who_watches_no_more_is_told_nothing(town: Town, ana: Person) -> None:
    watchers = town.world.watchers
    watchers.add(ana.session, "eva")
    watchers.remove(ana.session, "EVA")
    watchers.remove(ana.session, "EVA")
    ana.told()
    town.person("eva")
    assert ana.told() == []


def test_one_session_watches_so_many_and_no_more(town: Town, ana: Person) -> None:
    watchers = town.world.watchers
    assert all(watchers.add(ana.session, f"n{number}") for number in range(WATCH_LENGTH))
    assert not watchers.add(ana.session, "one-more")
    assert watchers.add(ana.session, "N0")  # it is watched already, and stays as it was written
    assert watchers.watched_by(ana.session) == [f"n{number}" for number in range(WATCH_LENGTH)]
    watchers.remove(ana.session, "n5")
    assert watchers.add(ana.session, "one-more")
    assert list(watchers.of("ONE-MORE")) == [ana.session]
    assert list(watchers.of("n5")) == []


def test_who_is_gone_watches_nobody_and_leaves_nothing_behind(town: Town, ana: Person, eva: Person) -> None:
    watchers = town.world.watchers
    for nick in ("luis", "pia"):
        watchers.add(ana.session, nick)
        watchers.add(eva.session, nick)
    ana.go()
    assert watchers.watched_by(ana.session) == []
    assert list(watchers.of("luis")) == [eva.session]
    eva.go()
    assert (watchers._sessions, watchers._nicks) == ({}, {})


def test_a_session_without_a_user_is_told_nothing(town: Town, ana: Person, eva: Person) -> None:
    town.world.watchers.add(ana.session, "eva")
    ana.session.user = None
    ana.told()
    eva.go()
    assert ana.told() == []
    ana.session.user = ana.user


# --- traits, announcements ---------------------------------------------------------------------------------


def test_traits_are_counted(town: Town, ana: Person, eva: Person) -> None:
    world = town.world
    assert set_trait(world, ana.user, Trait.INVISIBLE, on=True)
    assert not set_trait(world, ana.user, Trait.INVISIBLE, on=True)
    assert set_trait(world, eva.user, Trait.INVISIBLE, on=True)
    assert world.traits[Trait.INVISIBLE] == 2
    assert set_trait(world, eva.user, Trait.INVISIBLE, on=False)
    assert not set_trait(world, eva.user, Trait.INVISIBLE, on=False)
    ana.go()
    assert world.traits[Trait.INVISIBLE] == 0


def test_a_bot_is_known_by_its_identity(town: Town, ana: Person) -> None:
    set_trait(town.world, ana.user, Trait.BOT, on=True)
    assert ana.identity.bot
    set_trait(town.world, ana.user, Trait.BOT, on=False)
    assert not ana.identity.bot


def test_an_announcement_reaches_those_who_listen(town: Town, ana: Person, luis: Person, eva: Person) -> None:
    for person in (ana, eva):
        set_trait(town.world, person.user, Trait.LISTENER, on=True)
    announce(town.world, ana.user, "we stop at ten")
    assert eva.told() == ana.told() == [Announced(ana.identity, "we stop at ten")]
    assert luis.told() == []


# --- who was here ------------------------------------------------------------------------------------------


def test_who_has_left_or_is_called_otherwise_is_remembered_the_latest_first(town: Town) -> None:
    world = town.world
    pia = town.person("pia", "one.example.org")
    first = pia.identity
    world.at(at(5))
    world.rename(pia.user, "mia")
    eva = town.person("PIA", "two.example.org")
    second = eva.identity
    world.at(at(9))
    eva.go()
    assert world.memory.find("Pia") == [Past(second, "Pia", at(9).wall), Past(first, "Pia", at(5).wall)]
    assert world.memory.find("mia") == []


def test_a_change_of_case_is_not_worth_remembering(town: Town, eva: Person) -> None:
    town.world.rename(eva.user, "EVA")
    assert town.world.memory.find("eva") == []


def test_so_many_are_remembered_and_no_more() -> None:
    memory = Memory()
    for number in range(REMEMBERED + 10):
        memory.keep(Past(Identity("id", f"n{number}"), "", number))
    assert memory.find("n9") == []
    assert len(memory.find("n10")) == 1
    assert len(memory._all) == REMEMBERED


def test_who_shares_a_room_with_one_who_goes_is_told_that_and_a_watcher_both(
    town: Town, ana: Person, luis: Person
) -> None:
    town.world.watchers.add(luis.session, "ana")
    luis.told()
    ana.go()
    assert kinds(luis.told()) == [Gone.__name__, WentOffline.__name__]
