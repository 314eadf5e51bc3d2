"""What the plain dialect's newer commands do, from the line that is typed to the lines that are read."""

from itertools import count

import pytest

from coliseum.core.inbound import Ready
from coliseum.core.kinds import Kind, Setting
from coliseum.core.limits import Policy
from coliseum.core.masks import parse as parse_mask
from coliseum.core.moderation import Changes, invite, kick
from coliseum.core.presence import set_away
from coliseum.core.session import Session
from coliseum.core.vocabulary import AwayChanged, Departed, Said
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice
from coliseum.i18n import english
from coliseum.trace import silence
from tests.harness import at, kinds
from tests.mailboxes import emptied

VOICE = Voice.speaking(english)


class Reader:
    """Somebody who types lines and reads lines."""

    def __init__(self, world: World, nick: str, room: str) -> None:
        self.world = world
        self.session = Session(world, "127.0.0.1:1", "tcp")
        self.session.dialect = PlainDialect(self.session, VOICE)
        self.session.open(at(0))
        self.session.receive([Ready()], at(0))
        self.type(f"/nick {nick}", f"/join {room}")
        self.read()

    def type(self, *lines: str) -> list[str]:
        """Type lines; return what is read then."""
        self.session.receive(lines, at(1))
        return self.read()

    def read(self) -> list[str]:
        """Return the lines that have come."""
        return self.session.renderer.render(emptied(self.session)).decode().splitlines()

    @property
    def changes(self) -> Changes:
        """What they may change about the room where they are."""
        assert self.session.user is not None
        (room,) = self.session.user.rooms.values()
        return Changes(self.world, self.session.user, room)


@pytest.fixture
def world() -> World:
    ids = count(1)
    return World(Policy(flood_control=False, room_capacity=0), lambda: f"id-{next(ids)}", silence)


@pytest.fixture
def ana(world: World) -> Reader:
    """She made the garden."""
    return Reader(world, "ana", "garden")


@pytest.fixture
def luis(world: World, ana: Reader) -> Reader:
    """He is in the garden too."""
    luis = Reader(world, "luis", "garden")
    ana.read()
    return luis


@pytest.fixture
def eva(world: World) -> Reader:
    """She is elsewhere."""
    return Reader(world, "eva", "kitchen")


# --- /me ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["me", "yo", "ME"])
def test_what_somebody_does_is_shown_to_the_others(ana: Reader, luis: Reader, name: str) -> None:
    assert ana.type(f"/{name} waves at {{luis}}") == []
    assert luis.read() == ["~ ana waves at {luis} ~"]


def test_a_program_is_told_an_action_as_such(ana: Reader, luis: Reader) -> None:
    luis.type("/json")
    ana.type("/me waves")
    (event,) = emptied(luis.session)
    assert isinstance(event, Said)
    assert (event.kind, event.text) == (Kind.ACTION, "waves")


def test_who_is_in_no_room_does_nothing(ana: Reader) -> None:
    ana.type("/leave")
    (line,) = ana.type("/me waves")
    assert line.startswith("! you are in no room")


def test_who_is_not_heard_does_nothing(ana: Reader, luis: Reader) -> None:
    changes = ana.changes
    changes.flag(Setting.MODERATED, on=True)
    changes.tell()
    ana.read(), luis.read()
    refusal = "! garden does not hear you: only operators and those with a voice are heard"
    assert luis.type("/me waves", "hola") == [refusal, refusal]
    assert ana.read() == []


# --- /away -------------------------------------------------------------------------------------------------


def test_who_is_away_says_so_to_their_room_and_is_answered(ana: Reader, luis: Reader, eva: Reader) -> None:
    assert ana.type("/away lunch") == ["* ana is away: lunch"]
    assert luis.read() == ["* ana is away: lunch"]
    assert ana.type("/ausente") == ["* ana is back."]
    assert luis.read() == ["* ana is back."]
    assert eva.read() == []


def test_saying_it_again_is_answered_and_told_to_nobody(ana: Reader, luis: Reader) -> None:
    ana.type("/away lunch")
    luis.read()
    assert ana.type("/away lunch") == ["* ana is away: lunch"]
    assert luis.read() == []
    ana.type("/away")
    luis.read()
    assert ana.type("/away") == ["* ana is back."]
    assert luis.read() == []


def test_a_program_is_told_the_same(ana: Reader, luis: Reader) -> None:
    ana.type("/json")
    ana.session.receive(["/away lunch"], at(2))
    events = emptied(ana.session)
    assert kinds(events) == ["AwayChanged", "Heard"]
    assert events[0] == AwayChanged(ana.session.user.identity, "lunch")  # type: ignore[union-attr]


def test_who_changes_rooms_while_away_is_announced_as_such(world: World, ana: Reader, eva: Reader) -> None:
    assert ana.session.user is not None
    set_away(world, ana.session.user, "lunch")
    ana.type("/join kitchen")
    assert eva.read() == ["* ana entered kitchen (2).", "* ana is away: lunch"]


# --- rooms with rules --------------------------------------------------------------------------------------


def test_a_room_with_a_password_is_entered_with_it(ana: Reader, eva: Reader) -> None:
    changes = ana.changes
    changes.password("sesame")
    changes.tell()
    assert ana.read() == ["* ana set a password for garden."]
    refusal = ["! garden has a password, and that was not it: /join garden PASSWORD"]
    assert eva.type("/join garden") == refusal
    assert eva.type("/join garden Sesame") == refusal
    assert eva.type("/who") == ["* In kitchen (1): eva"]
    assert eva.type("/join garden sesame")[-1] == "* You are in garden (2): ana, eva"


def test_who_is_invited_reads_how_to_come_and_comes(world: World, ana: Reader, luis: Reader, eva: Reader) -> None:
    changes = ana.changes
    changes.flag(Setting.INVITE_ONLY, on=True)
    changes.tell()
    assert luis.read() == ["* ana closed garden to everybody who is not invited."]
    assert eva.type("/join garden") == ["! only who was invited comes into garden"]
    assert ana.session.user is not None
    invite(world, ana.session.user, world.rooms["garden"], "eva")
    assert eva.read() == ["* ana invites you into garden; /join garden takes you there."]
    assert eva.type("/join garden")[-1] == "* You are in garden (3): ana, luis, eva"


def test_who_is_banned_reads_so(ana: Reader, eva: Reader) -> None:
    mask = parse_mask("eva")
    assert mask is not None
    ana.changes.mask(Setting.BAN, mask, on=True)
    assert eva.type("/join garden") == ["! the operators of garden do not let you in"]


def test_who_is_put_out_is_in_no_room(world: World, ana: Reader, luis: Reader) -> None:
    assert ana.session.user is not None
    kick(world, ana.session.user, world.rooms["garden"], "luis", "spam")
    assert luis.read() == ana.read() == ["* ana put luis out of garden (spam)."]
    (line,) = luis.type("hola")
    assert line.startswith("! you are in no room")


def test_a_locked_topic_is_the_operators(ana: Reader, luis: Reader) -> None:
    ana.changes.flag(Setting.TOPIC_LOCKED, on=True)
    assert luis.type("/topic x") == ["! only operators of garden may do that"]
    assert ana.type("/topic roses") == ["* ana set the topic of garden: roses"]


def test_a_secret_room_is_listed_to_who_is_inside(ana: Reader, luis: Reader, eva: Reader) -> None:
    ana.changes.flag(Setting.SECRET, on=True)
    assert luis.type("/rooms") == ["* Rooms: garden (2), kitchen (1), lobby (0)"]
    assert eva.type("/rooms") == ["* Rooms: kitchen (1), lobby (0)"]
    assert eva.type("/who") == ["* In kitchen (1): eva"]
    eva.type("/leave")
    (line,) = eva.type("/who")
    assert line.startswith("! you are in no room")


def test_who_leaves_reads_that_and_not_their_own_words(ana: Reader, luis: Reader) -> None:
    assert ana.session.user is not None
    ana.session.receive(["/leave"], at(2))
    (event,) = emptied(ana.session)
    assert event == Departed("garden", ana.session.user.identity)
    assert luis.read() == ["* ana left garden (1)."]
