"""Keeping order: every verb as it is allowed and as it is refused; who is refused has changed nothing."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from coliseum.core.kinds import FLAGS, LISTS, ROLES, Change, Setting
from coliseum.core.masks import Mask, parse
from coliseum.core.moderation import LIST_LENGTH, Changes, invite, kick
from coliseum.core.refusals import (
    AlreadyMember,
    ListFull,
    NoSuchNick,
    NotMember,
    NotOperator,
    OutsideRoom,
    Refusal,
    RoomFull,
)
from coliseum.core.rooms import Room
from coliseum.core.vocabulary import Entered, Event, Invited, InviteSeen, Kicked, SettingsChanged
from tests.core.town import Person, Town, room_with, state_of

Deed: TypeAlias = Callable[[Changes], None]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def ana(town: Town) -> Person:
    """The operator of the garden."""
    return town.person("ana")


@pytest.fixture
def luis(town: Town, garden: Room) -> Person:
    """A member of the garden."""
    made = town.person("luis")
    made.enter("garden")
    town.quiet()
    return made


@pytest.fixture
def eva(town: Town) -> Person:
    """Somebody outside."""
    return town.person("eva")


@pytest.fixture
def garden(town: Town, ana: Person) -> Room:
    return room_with(town, ana, "garden")


def mask(text: str) -> Mask:
    made = parse(text)
    assert made is not None
    return made


# --- kicking -----------------------------------------------------------------------------------------------


def test_who_is_put_out_is_out_and_all_who_were_inside_are_told(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    kick(town.world, ana.user, garden, "LUIS", "spam")
    told = Kicked(ana.identity, "garden", luis.identity, "spam", 1, 0)
    assert ana.told() == [told]
    assert luis.told() == [told]
    assert list(garden.members) == [ana.user]
    assert luis.user.rooms == {}
    luis.enter("garden")


def test_only_operators_put_somebody_out_and_only_members(
    town: Town, ana: Person, luis: Person, eva: Person, garden: Room
) -> None:
    world = town.world
    assert town.refused(lambda: kick(world, luis.user, garden, "ana", "")) == NotOperator("garden")
    assert town.refused(lambda: kick(world, eva.user, garden, "ana", "")) == OutsideRoom("garden")
    assert town.refused(lambda: kick(world, ana.user, garden, "eva", "")) == NotMember("eva", "garden")
    assert town.refused(lambda: kick(world, ana.user, garden, "nobody", "")) == NotMember("nobody", "garden")


def test_who_puts_out_themselves_may_end_the_room(town: Town, ana: Person, garden: Room) -> None:
    kick(town.world, ana.user, garden, "ana", "")
    assert ana.told() == [Kicked(ana.identity, "garden", ana.identity, "", 0, 0)]
    assert garden.key not in town.world.rooms


# --- inviting ----------------------------------------------------------------------------------------------


def test_who_is_invited_is_told_and_so_are_the_other_operators(
    town: Town, ana: Person, luis: Person, eva: Person, garden: Room
) -> None:
    assert invite(town.world, luis.user, garden, "EVA") is eva.user
    assert eva.told() == [Invited(luis.identity, "garden", "eva")]
    assert ana.told() == [InviteSeen(luis.identity, "garden", "eva")]
    assert luis.told() == []
    assert eva.user.invitations == {"garden": garden}


def test_who_invites_is_told_nothing_of_it(
    town: Town, ana: Person, luis: Person, eva: Person, garden: Room
) -> None:
    invite(town.world, ana.user, garden, "eva")
    assert ana.told() == luis.told() == []
    assert garden.invited == {eva.user.id}


def test_an_invitation_is_used_up_by_coming(town: Town, ana: Person, eva: Person, garden: Room) -> None:
    invite(town.world, ana.user, garden, "eva")
    eva.enter("garden")
    assert eva.user.invitations == {}
    assert garden.invited == set()


def test_who_goes_leaves_no_invitation_behind(town: Town, ana: Person, eva: Person, garden: Room) -> None:
    invite(town.world, ana.user, garden, "eva")
    eva.go()
    assert garden.invited == set()


def test_invitations_into_rooms_that_have_ended_do_not_pile_up(town: Town, ana: Person, eva: Person) -> None:
    for number in range(100):
        room = ana.enter(f"room-{number}")
        invite(town.world, ana.user, room, "eva")
        town.world.leave(ana.user, room)
    garden = ana.enter("garden")
    invite(town.world, ana.user, garden, "eva")
    assert eva.user.invitations == {"garden": garden}


def test_who_may_not_invite_is_told_so(town: Town, ana: Person, luis: Person, eva: Person, garden: Room) -> None:
    world = town.world
    assert town.refused(lambda: invite(world, eva.user, garden, "eva")) == OutsideRoom("garden")
    assert town.refused(lambda: invite(world, luis.user, garden, "ana")) == AlreadyMember("ana", "garden")
    assert town.refused(lambda: invite(world, luis.user, garden, "nobody")) == NoSuchNick("nobody")
    garden.flags.add(Setting.INVITE_ONLY)
    assert town.refused(lambda: invite(world, luis.user, garden, "eva")) == NotOperator("garden")
    invite(world, ana.user, garden, "eva")


# --- settings ----------------------------------------------------------------------------------------------

DEEDS: list[tuple[Deed, tuple[Change, ...]]] = [
    *((lambda c, s=s: c.flag(s, on=True), (Change(s, True),)) for s in sorted(FLAGS - {Setting.MEMBERS_ONLY})),
    (lambda c: c.flag(Setting.MEMBERS_ONLY, on=False), (Change(Setting.MEMBERS_ONLY, False),)),
    (lambda c: c.password("sesame"), (Change(Setting.PASSWORD, True, "sesame"),)),
    (lambda c: c.capacity(5), (Change(Setting.CAPACITY, True, "5"),)),
    *((lambda c, s=s: c.role(s, "LUIS", on=True), (Change(s, True, "luis"),)) for s in sorted(ROLES)),
    *((lambda c, s=s: c.mask(s, mask("x"), on=True), (Change(s, True, "x!*@*"),)) for s in sorted(LISTS)),
]


@pytest.mark.parametrize(("deed", "made"), DEEDS, ids=[made[0].setting for _, made in DEEDS])
def test_an_operator_changes_a_setting_and_all_members_are_told(
    town: Town, ana: Person, luis: Person, eva: Person, garden: Room, deed: Deed, made: tuple[Change, ...]
) -> None:
    changes = Changes(town.world, ana.user, garden)
    deed(changes)
    changes.tell()
    told: list[Event] = [SettingsChanged(ana.identity, "garden", made)]
    assert ana.told() == luis.told() == told
    assert eva.told() == []
    # What is so already is no change, and what was told is told once.
    deed(changes)
    changes.tell()
    assert ana.told() == luis.told() == []


@pytest.mark.parametrize(("deed", "made"), DEEDS, ids=[made[0].setting for _, made in DEEDS])
def test_nobody_else_does(
    town: Town, luis: Person, eva: Person, garden: Room, deed: Deed, made: tuple[Change, ...]
) -> None:
    def attempt(who: Person) -> Callable[[], None]:
        return lambda: deed(Changes(town.world, who.user, garden))

    assert town.refused(attempt(luis)) == NotOperator("garden")
    assert town.refused(attempt(eva)) == OutsideRoom("garden")


def test_what_was_set_can_be_taken_away(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    changes = Changes(town.world, ana.user, garden)
    undone: list[tuple[Deed, Deed, Change]] = [
        (
            lambda c: c.flag(Setting.SECRET, on=True),
            lambda c: c.flag(Setting.SECRET, on=False),
            Change(Setting.SECRET, False),
        ),
        (lambda c: c.password("sesame"), lambda c: c.password(""), Change(Setting.PASSWORD, False, "sesame")),
        (lambda c: c.capacity(5), lambda c: c.capacity(0), Change(Setting.CAPACITY, False)),
        (
            lambda c: c.role(Setting.VOICE, "luis", on=True),
            lambda c: c.role(Setting.VOICE, "luis", on=False),
            Change(Setting.VOICE, False, "luis"),
        ),
        (
            lambda c: c.mask(Setting.BAN, mask("EVA"), on=True),
            lambda c: c.mask(Setting.BAN, mask("eva"), on=False),
            Change(Setting.BAN, False, "EVA!*@*"),  # as it was written when it was put there
        ),
    ]
    before = state_of(town.world)
    for make, undo, change in undone:
        make(changes)
        changes.tell()
        town.quiet()
        undo(changes)
        changes.tell()
        assert luis.told() == [SettingsChanged(ana.identity, "garden", (change,))]
    garden.capacity = None
    assert state_of(town.world) == before


def test_several_changes_are_told_together_in_their_order(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    changes = Changes(town.world, ana.user, garden)
    changes.role(Setting.VOICE, "luis", on=True)
    changes.flag(Setting.MODERATED, on=True)
    assert luis.told() == []
    changes.tell()
    made = (Change(Setting.VOICE, True, "luis"), Change(Setting.MODERATED, True))
    assert luis.told() == [SettingsChanged(ana.identity, "garden", made)]


def test_who_takes_the_role_from_themselves_changes_nothing_more(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    changes = Changes(town.world, ana.user, garden)
    changes.role(Setting.OPERATOR, "ana", on=False)
    before = state_of(town.world)
    for deed, _ in DEEDS:
        with pytest.raises(Exception, match="not-operator"):
            deed(changes)
    assert state_of(town.world) == before
    changes.tell()
    assert luis.told() == [SettingsChanged(ana.identity, "garden", (Change(Setting.OPERATOR, False, "ana"),))]


def test_a_role_is_given_to_members_alone(town: Town, ana: Person, eva: Person, garden: Room) -> None:
    changes = Changes(town.world, ana.user, garden)

    def role(nick: str) -> Callable[[], None]:
        return lambda: changes.role(Setting.VOICE, nick, on=True)

    assert town.refused(role("eva")) == NotMember("eva", "garden")
    assert town.refused(role("nobody")) == NoSuchNick("nobody")


def test_a_role_ends_with_being_inside(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    changes = Changes(town.world, ana.user, garden)
    changes.role(Setting.OPERATOR, "luis", on=True)
    town.world.leave(luis.user, garden)
    luis.enter("garden")
    assert garden.roles(luis.user) == set()


def test_a_limit_is_for_those_who_come(town: Town, ana: Person, luis: Person, eva: Person, garden: Room) -> None:
    Changes(town.world, ana.user, garden).capacity(1)
    assert set(garden.members) == {ana.user, luis.user}
    assert town.refused(lambda: eva.enter("garden")) == RoomFull("garden", 2, 1)
    Changes(town.world, ana.user, garden).capacity(3)
    eva.enter("garden")
    (*_, entered) = ana.told()
    assert entered == Entered(eva.identity, "garden", 3, 3, "Eva")


def test_a_limit_of_ones_own_comes_before_the_servers(town: Town, ana: Person, eva: Person) -> None:
    crowd = Town(max_clients=0)
    crowd.world.policy = type(crowd.world.policy)(room_capacity=1)
    pia, leo = crowd.person("pia"), crowd.person("leo")
    cellar = pia.enter("cellar")
    assert crowd.refused(lambda: leo.enter("cellar")) == RoomFull("cellar", 1, 1)
    changes = Changes(crowd.world, pia.user, cellar)
    changes.capacity(0)
    changes.tell()
    (told,) = pia.told()
    assert told == SettingsChanged(pia.identity, "cellar", (Change(Setting.CAPACITY, False),))
    leo.enter("cellar")


# --- lists -------------------------------------------------------------------------------------------------


def test_a_mask_is_kept_with_who_put_it_there_and_when(town: Town, ana: Person, garden: Room) -> None:
    Changes(town.world, ana.user, garden).mask(Setting.BAN, mask("EVA"), on=True)
    ((key, entry),) = garden.lists[Setting.BAN].items()
    assert (key, entry.mask.text, entry.by) == ("eva!*@*", "EVA!*@*", ana.identity.full_name)
    assert entry.time == town.world.now.wall


def test_the_lists_of_a_room_have_a_limit_together(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    changes = Changes(town.world, ana.user, garden)
    kinds = sorted(LISTS)
    for number in range(LIST_LENGTH):
        changes.mask(kinds[number % len(kinds)], mask(f"x{number}"), on=True)
    changes.tell()
    for kind in kinds:
        full: Refusal = ListFull("garden", kind, "y!*@*", LIST_LENGTH)
        assert town.refused(lambda kind=kind: changes.mask(kind, mask("y"), on=True)) == full  # type: ignore[misc]
    changes.mask(kinds[0], mask("x0"), on=True)  # it is there: nothing to add
    changes.mask(kinds[0], mask("x0"), on=False)
    changes.mask(kinds[1], mask("y"), on=True)


def test_a_room_that_ends_forgets_its_settings(town: Town, ana: Person) -> None:
    lobby = ana.enter("lobby")
    lobby.members[ana.user] = frozenset({Setting.OPERATOR})
    changes = Changes(town.world, ana.user, lobby)
    fresh = Room("lobby").flags
    for deed, made in DEEDS:
        if made[0].setting not in ROLES:
            deed(changes)
    town.world.leave(ana.user, lobby)
    lobby = town.world.rooms["lobby"]
    assert lobby.flags == fresh
    assert (lobby.password, lobby.capacity, lobby.topic) == ("", None, "")
    assert not any(lobby.lists.values())
    assert not lobby.guarded
