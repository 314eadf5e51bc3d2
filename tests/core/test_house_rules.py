"""The house rules: who comes in, who is heard, who sees a room; each question by itself and through the verbs."""

import pytest

from coliseum.core.house_rules import entry_refusal, is_banned, may_see, require_operator, speech_refusal
from coliseum.core.kinds import Kind, Setting, Trait
from coliseum.core.masks import parse
from coliseum.core.moderation import Changes, invite
from coliseum.core.presence import set_trait
from coliseum.core.refusals import (
    AlreadyInside,
    Banned,
    CannotSpeak,
    InviteOnly,
    NotOperator,
    OutsideRoom,
    Refusal,
    RoomFull,
    RoomPasswordWrong,
    TooManyRooms,
)
from coliseum.core.rooms import Room
from coliseum.core.vocabulary import Said
from coliseum.errors import Refused
from tests.core.town import Person, Town, room_with


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def ana(town: Town) -> Person:
    """The operator of every room here."""
    return town.person("ana", "home.example.org")


@pytest.fixture
def luis(town: Town) -> Person:
    return town.person("luis", "cafe.example.org")


@pytest.fixture
def garden(town: Town, ana: Person) -> Room:
    return room_with(town, ana, "garden")


def put(town: Town, ana: Person, room: Room, setting: Setting, text: str) -> None:
    mask = parse(text)
    assert mask is not None
    changes = Changes(town.world, ana.user, room)
    changes.mask(setting, mask, on=True)
    changes.tell()


# --- coming in ---------------------------------------------------------------------------------------------


def test_into_a_room_as_it_is_made_everybody_may_come(garden: Room, luis: Person) -> None:
    assert entry_refusal(garden, luis.user, 0, "") is None
    assert entry_refusal(garden, luis.user, 2, "not needed") is None


def test_into_a_full_room_comes_whom_an_operator_invites_where_operators_have_set_the_limit(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    garden.capacity = 1
    assert town.refused(lambda: luis.enter("garden")) == RoomFull("garden", 1, 1)
    invite(town.world, ana.user, garden, "luis")
    luis.enter("garden")
    eva = town.person("eva")
    assert town.refused(lambda: eva.enter("garden")) == RoomFull("garden", 2, 1)


def test_the_servers_own_limit_is_kept_invited_or_not() -> None:
    town = Town(room_capacity=1)
    ana, luis = town.person("ana"), town.person("luis")
    garden = room_with(town, ana, "garden")
    invite(town.world, ana.user, garden, "luis")
    assert town.refused(lambda: luis.enter("garden")) == RoomFull("garden", 1, 1)


def test_only_an_operators_invitation_overrules(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    luis.enter("garden")
    eva = town.person("eva", "far.example.org")
    put(town, ana, garden, Setting.BAN, "eva")
    invite(town.world, luis.user, garden, "eva")
    assert town.refused(lambda: eva.enter("garden")) == Banned("garden")
    invite(town.world, ana.user, garden, "eva")
    eva.enter("garden")


def test_a_password_has_to_be_known_also_by_who_is_invited(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    garden.password = "sesame"
    for wrong in ("", "Sesame", "sesame "):
        assert town.refused(lambda wrong=wrong: luis.enter("garden", wrong)) == RoomPasswordWrong("garden")  # type: ignore[misc]
    invite(town.world, ana.user, garden, "luis")
    assert town.refused(lambda: luis.enter("garden")) == RoomPasswordWrong("garden")
    luis.enter("garden", "sesame")


def test_into_a_room_for_the_invited_come_they_alone(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    garden.flags.add(Setting.INVITE_ONLY)
    assert town.refused(lambda: luis.enter("garden")) == InviteOnly("garden")
    invite(town.world, ana.user, garden, "luis")
    luis.enter("garden")


def test_an_invitation_opens_once(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    garden.flags.add(Setting.INVITE_ONLY)
    invite(town.world, ana.user, garden, "luis")
    luis.enter("garden")
    town.world.leave(luis.user, garden)
    assert town.refused(lambda: luis.enter("garden")) == InviteOnly("garden")


def test_a_mask_may_stand_for_an_invitation(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    garden.flags.add(Setting.INVITE_ONLY)
    put(town, ana, garden, Setting.INVITATION, "*@cafe.example.org")
    eva = town.person("eva")
    luis.enter("garden")
    assert town.refused(lambda: eva.enter("garden")) == InviteOnly("garden")


def test_an_invitation_is_the_users_not_the_nicks(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    garden.flags.add(Setting.INVITE_ONLY)
    invite(town.world, ana.user, garden, "luis")
    town.world.rename(luis.user, "pepe")
    other = town.person("luis")
    assert town.refused(lambda: other.enter("garden")) == InviteOnly("garden")
    luis.enter("garden")


def test_an_invitation_into_a_room_that_has_ended_opens_no_other_of_that_name(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    invite(town.world, ana.user, garden, "luis")
    town.world.leave(ana.user, garden)
    eva = town.person("eva")
    again = room_with(town, eva, "garden", Setting.INVITE_ONLY)
    assert again is not garden
    assert town.refused(lambda: luis.enter("garden")) == InviteOnly("garden")


def test_who_is_banned_stays_outside_unless_excepted_or_invited(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    put(town, ana, garden, Setting.BAN, "*@cafe.example.org")
    assert town.refused(lambda: luis.enter("garden")) == Banned("garden")
    eva = town.person("eva", "home.example.org")
    eva.enter("garden")
    put(town, ana, garden, Setting.EXCEPTION, "luis")
    luis.enter("garden")
    town.world.leave(luis.user, garden)
    garden.lists[Setting.EXCEPTION].clear()
    invite(town.world, ana.user, garden, "luis")
    luis.enter("garden")


def test_a_mask_that_silences_keeps_nobody_outside(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    put(town, ana, garden, Setting.BAN, "~m:luis")
    luis.enter("garden")
    assert is_banned(garden, luis.user, silenced=True)
    assert not is_banned(garden, luis.user, silenced=False)


def test_an_exception_from_silence_is_no_exception_from_a_ban(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    luis.enter("garden")
    put(town, ana, garden, Setting.BAN, "luis")
    put(town, ana, garden, Setting.EXCEPTION, "~m:luis")
    assert speech_refusal(garden, luis.user, Kind.MESSAGE) is None
    town.world.leave(luis.user, garden)
    assert town.refused(lambda: luis.enter("garden")) == Banned("garden")


def test_a_ban_meets_the_nick_that_one_has_now(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    put(town, ana, garden, Setting.BAN, "LUIS")
    assert is_banned(garden, luis.user, silenced=False)
    town.world.rename(luis.user, "pepe")
    assert not is_banned(garden, luis.user, silenced=False)


def test_who_is_refused_elsewhere_stays_where_they_are(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    garden.password = "sesame"
    kitchen = luis.enter("kitchen")
    assert town.refused(lambda: town.world.move(luis.user, kitchen, "garden")) == RoomPasswordWrong("garden")
    assert town.refused(lambda: town.world.move(luis.user, kitchen, "KITCHEN")) == AlreadyInside("kitchen")
    town.world.move(luis.user, kitchen, "garden", "sesame")
    assert list(luis.user.rooms) == ["garden"]


def test_one_may_be_in_some_rooms_at_a_time() -> None:
    town = Town(rooms_per_user=2)
    eva = town.person("eva")
    kitchen = eva.enter("kitchen")
    eva.enter("cellar")
    assert town.refused(lambda: eva.enter("attic")) == TooManyRooms("attic", 2)
    town.world.move(eva.user, kitchen, "attic")
    assert list(eva.user.rooms) == ["cellar", "attic"]


# --- being heard -------------------------------------------------------------------------------------------


def no(garden: Room, why: Setting) -> Refusal:
    return CannotSpeak(garden.name, why)


def test_nobody_speaks_from_outside_unless_the_room_lets_them(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    world = town.world
    assert town.refused(lambda: world.say(luis.session, luis.user, garden, "psst")) == no(
        garden, Setting.MEMBERS_ONLY
    )
    garden.flags.remove(Setting.MEMBERS_ONLY)
    world.say(luis.session, luis.user, garden, "psst")
    (said,) = ana.told()
    assert isinstance(said, Said)
    assert luis.told() == []


def test_in_a_moderated_room_those_with_a_role_are_heard(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    luis.enter("garden")
    garden.flags.add(Setting.MODERATED)
    garden.changed()
    assert speech_refusal(garden, ana.user, Kind.MESSAGE) is None
    assert town.refused(lambda: town.world.say(luis.session, luis.user, garden, "x")) == no(
        garden, Setting.MODERATED
    )
    for role in (Setting.VOICE, Setting.OPERATOR):
        garden.members[luis.user] = frozenset({role})
        assert speech_refusal(garden, luis.user, Kind.MESSAGE) is None


@pytest.mark.parametrize("mask", ["luis", "~m:luis"])
def test_who_is_banned_or_silenced_is_not_heard_unless_they_have_a_role(
    town: Town, ana: Person, luis: Person, garden: Room, mask: str
) -> None:
    luis.enter("garden")
    put(town, ana, garden, Setting.BAN, mask)
    assert town.refused(lambda: town.world.say(luis.session, luis.user, garden, "x")) == no(garden, Setting.BAN)
    garden.members[luis.user] = frozenset({Setting.VOICE})
    assert speech_refusal(garden, luis.user, Kind.MESSAGE) is None
    garden.members[luis.user] = frozenset()
    put(town, ana, garden, Setting.EXCEPTION, "*@cafe.example.org")
    assert speech_refusal(garden, luis.user, Kind.MESSAGE) is None


def test_an_operator_whom_a_ban_meets_is_heard(town: Town, ana: Person, garden: Room) -> None:
    put(town, ana, garden, Setting.BAN, "*")
    assert speech_refusal(garden, ana.user, Kind.MESSAGE) is None


def test_requests_are_not_for_a_room_that_wants_none(town: Town, ana: Person, garden: Room) -> None:
    garden.flags.add(Setting.NO_REQUESTS)
    garden.changed()
    assert town.refused(lambda: town.world.say(ana.session, ana.user, garden, "VERSION", Kind.REQUEST)) == no(
        garden, Setting.NO_REQUESTS
    )
    for kind in set(Kind) - {Kind.REQUEST}:
        town.world.say(ana.session, ana.user, garden, "x", kind)


def test_a_room_is_guarded_exactly_when_a_member_could_be_refused(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    """`guarded` lets a message past the rules: it must be true whenever a rule could say no to somebody inside."""
    luis.enter("garden")
    for setting in sorted(Setting):
        before = set(garden.flags)
        changes = Changes(town.world, ana.user, garden)
        match setting:
            case Setting.BAN | Setting.EXCEPTION | Setting.INVITATION:
                put(town, ana, garden, setting, "luis")
            case Setting.PASSWORD:
                changes.password("sesame")
            case Setting.CAPACITY:
                changes.capacity(2)
            case Setting.OPERATOR | Setting.VOICE:
                changes.role(setting, "luis", on=False)
            case _:
                changes.flag(setting, on=True)
        changes.tell()
        refused = any(speech_refusal(garden, one.user, kind) for one in (ana, luis) for kind in Kind)
        assert garden.guarded or not refused
        garden.flags = before
        for entries in garden.lists.values():
            entries.clear()
        garden.changed()
        assert not garden.guarded


# --- seeing, ruling ----------------------------------------------------------------------------------------


def test_a_secret_room_is_seen_from_inside_only(town: Town, ana: Person, luis: Person, garden: Room) -> None:
    assert may_see(garden, luis.user)
    garden.flags.add(Setting.SECRET)
    assert may_see(garden, ana.user)
    assert not may_see(garden, luis.user)
    luis.enter("garden")
    assert may_see(garden, luis.user)


def test_who_makes_a_room_rules_it_and_who_comes_later_does_not(ana: Person, luis: Person, garden: Room) -> None:
    luis.enter("garden")
    assert garden.roles(ana.user) == {Setting.OPERATOR}
    assert garden.roles(luis.user) == set()
    require_operator(garden, ana.user)
    with pytest.raises(Refused) as caught:
        require_operator(garden, luis.user)
    assert caught.value.why == NotOperator("garden")


def test_who_is_outside_rules_nothing(luis: Person, garden: Room) -> None:
    with pytest.raises(Refused) as caught:
        require_operator(garden, luis.user)
    assert caught.value.why == OutsideRoom("garden")
    assert garden.roles(luis.user) == set()


def test_the_lobby_is_nobodys_and_who_administers_the_server_rules_it(
    town: Town, ana: Person, luis: Person, garden: Room
) -> None:
    lobby = ana.enter("lobby")
    luis.enter("lobby")
    luis.enter("garden")
    assert lobby.roles(ana.user) == lobby.roles(luis.user) == set()
    assert town.refused(lambda: require_operator(lobby, luis.user)) == NotOperator("lobby")
    set_trait(town.world, luis.user, Trait.OPERATOR, on=True)
    require_operator(lobby, luis.user)
    assert town.refused(lambda: require_operator(garden, luis.user)) == NotOperator("garden")
    town.world.leave(luis.user, lobby)
    assert town.refused(lambda: require_operator(lobby, luis.user)) == OutsideRoom("lobby")
