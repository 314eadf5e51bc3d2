"""What the sentences say: who did what to whom, and never a room's password."""

import re
from itertools import pairwise

import pytest

from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.names import room_name
from coliseum.core.refusals import (
    AlreadyMember,
    Banned,
    CannotSpeak,
    InviteOnly,
    ListFull,
    NickLooksTaken,
    NoRequests,
    NoSuchNick,
    NoSuchRoom,
    NotMember,
    NotOperator,
    OutsideRoom,
    RoomLooksTaken,
    RoomPasswordWrong,
    TooManyRooms,
    UnknownCommand,
    WatchListFull,
)
from coliseum.core.requests import Join
from coliseum.core.vocabulary import (
    Admitted,
    Announced,
    AwayChanged,
    CameOnline,
    Departed,
    Ended,
    Event,
    Gone,
    HelpShown,
    Identity,
    Invited,
    InviteSeen,
    Kicked,
    Left,
    Ponged,
    RealnameChanged,
    RoomView,
    Said,
    SettingsChanged,
    Told,
    TopicChanged,
    WatchedAway,
    WatchedRealname,
    Welcomed,
    WentOffline,
)
from coliseum.dialects.plain.parser import BY_NAME, parse
from coliseum.dialects.plain.phrases import occupancy, sentence
from coliseum.dialects.plain.render import TextRenderer
from coliseum.i18n import english

ana, luis = Identity("id-1", "ana"), Identity("id-2", "luis")


def said(kind: Kind, text: str = "hola", only: Setting | None = None) -> str:
    return sentence(english, Said(ana, "garden", text, 1, kind, (), only))


def told(kind: Kind, text: str = "hola") -> str:
    return sentence(english, Told(ana, text, 1, kind, (), "luis"))


# --- what people say ---------------------------------------------------------------------------------------


def test_every_kind_of_message_has_its_form() -> None:
    assert said(Kind.MESSAGE) == "ana: hola"
    assert said(Kind.NOTICE) == "ana (notice): hola"
    assert said(Kind.ACTION, "waves") == "~ ana waves ~"
    assert told(Kind.MESSAGE) == "ana (in private): hola"
    assert told(Kind.NOTICE) == "ana (notice, in private): hola"
    assert told(Kind.ACTION, "waves") == "(in private) ~ ana waves ~"


def test_what_only_some_are_told_says_so() -> None:
    operators, voices = Setting.OPERATOR, Setting.VOICE
    assert said(Kind.MESSAGE, only=operators) == "ana (to operators): hola"
    assert said(Kind.NOTICE, only=operators) == "ana (notice, to operators): hola"
    assert said(Kind.ACTION, "waves", only=operators) == "(to operators) ~ ana waves ~"
    assert said(Kind.MESSAGE, only=voices) == "ana (to operators and those with a voice): hola"


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.ANSWER, Kind.SIGNAL])
def test_what_clients_tell_each_other_is_not_for_people(kind: Kind) -> None:
    assert said(kind, "VERSION") == told(kind, "VERSION") == ""
    assert TextRenderer(english).render([Said(ana, "garden", "VERSION", 1, kind)]) == b""


# --- what happens ------------------------------------------------------------------------------------------

HAPPENED: list[tuple[Event, str]] = [
    (Left(ana, "garden", 2, 3), "ana left garden (2 of 3)."),
    (Left(ana, "garden", 2, 0, "see you"), "ana left garden (2): see you"),
    (Gone(ana, Reason.QUIT), "ana is gone (said goodbye)."),
    (Gone(ana, Reason.QUIT, "to bed"), "ana is gone (said goodbye): to bed"),
    (Gone(ana, Reason.KILLED, "eva (spam)"), "ana is gone (ended by a server operator): eva (spam)"),
    (Kicked(ana, "garden", luis, "spam", 2, 3), "ana put luis out of garden (spam)."),
    (Kicked(ana, "garden", luis, "", 2, 3), "ana put luis out of garden."),
    (Invited(ana, "garden", "luis"), "ana invites you into garden; /join garden takes you there."),
    (Invited(ana, "#c", "luis"), "ana invites you into #c; /join ##c takes you there."),
    (InviteSeen(ana, "garden", "luis"), "ana invited luis into garden."),
    (Departed("garden", ana, "see you"), "You left garden. /join ROOM takes you into another one."),
    (AwayChanged(ana, "lunch"), "ana is away: lunch"),
    (AwayChanged(ana, ""), "ana is back."),
    (WatchedAway(ana, "lunch"), "ana is away: lunch"),
    (WatchedAway(ana, ""), "ana is back."),
    (RealnameChanged(ana, "Ana M."), "ana has another real name now: Ana M."),
    (WatchedRealname(ana, "Ana M."), "ana has another real name now: Ana M."),
    (CameOnline(ana, "luis"), "ana is here now."),
    (WentOffline("ana", "luis"), "ana is no longer here."),
    (Announced(ana, "we stop at ten"), "ana announces: we stop at ten"),
    (Ended(Reason.QUIT, "to bed"), "Goodbye."),
    (Ended(Reason.KILLED, "spam"), "The connection ends: ended by a server operator (spam)."),
    (RoomPasswordWrong("garden"), "garden has a password, and that was not it: /join garden PASSWORD"),
    (RoomPasswordWrong("#c"), "#c has a password, and that was not it: /join ##c PASSWORD"),
    (InviteOnly("garden"), "only who was invited comes into garden"),
    (Banned("garden"), "the operators of garden do not let you in"),
    (TooManyRooms("garden", 2), "you are in 2 rooms already, and that is the limit; garden has to wait"),
    (NoSuchRoom("garden"), "there is no room garden; /rooms lists them"),
    (OutsideRoom("garden"), "you are not in garden"),
    (
        CannotSpeak("garden", Setting.MODERATED),
        "garden does not hear you: only operators and those with a voice are heard",
    ),
    (CannotSpeak("garden", Setting.MEMBERS_ONLY), "garden does not hear you: only who is inside is heard"),
    (CannotSpeak("garden", Setting.NO_REQUESTS), "garden does not hear you: clients send no requests there"),
    (CannotSpeak("garden", Setting.BAN), "garden does not hear you: its operators have silenced you"),
    (CannotSpeak("garden", "haunted"), "garden does not hear you: haunted"),
    (NotOperator("garden"), "only operators of garden may do that"),
    (NotMember("luis", "garden"), "luis is not in garden"),
    (AlreadyMember("luis", "garden"), "luis is in garden already"),
    (
        ListFull("garden", "ban", "x!*@*", 100),
        "the lists of garden have 100 entries, and that is the limit; x!*@* was not added",
    ),
    (NickLooksTaken("Ian", "lan"), "Ian looks like lan, and somebody else is called so"),
    (RoomLooksTaken("Iobby", "lobby"), "Iobby looks like lobby, which is another room"),
    (RoomLooksTaken("garden1", ""), "garden1 looks like the name of another room"),
    (NoRequests("luis"), "luis does not want requests of clients"),
    (
        WatchListFull(("a", "b"), 100),
        "you watch 100 nicks already, and that is the limit; not added: a, b",
    ),
]


@pytest.mark.parametrize(("event", "text"), HAPPENED, ids=[text for _, text in HAPPENED])
def test_what_happens_is_told(event: Event, text: str) -> None:
    assert sentence(english, event) == text


@pytest.mark.parametrize("room", ["garden", "#c", "##c", "c#"])
def test_the_room_to_join_is_written_so_that_it_is_the_room(room: str) -> None:
    for event in (Invited(ana, room, "luis"), RoomPasswordWrong(room)):
        (typed,) = [word for before, word in pairwise(sentence(english, event).split()) if before == "/join"]
        request = parse(f"/join {typed}")
        assert isinstance(request, Join)
        assert room_name(request.room) == room


# --- settings ----------------------------------------------------------------------------------------------


def change(setting: Setting, *, on: bool, value: str = "") -> str:
    return sentence(english, SettingsChanged(ana, "garden", (Change(setting, on, value),)))


CHANGES = [
    (Setting.MODERATED, True, "", "ana made garden moderated: only operators and those with a voice are heard."),
    (Setting.MODERATED, False, "", "ana ended the moderation of garden: everybody is heard."),
    (Setting.SECRET, True, "", "ana made garden secret."),
    (Setting.SECRET, False, "", "ana made garden public."),
    (Setting.TOPIC_LOCKED, True, "", "ana left the topic of garden to its operators."),
    (Setting.INVITE_ONLY, False, "", "ana opened garden: nobody has to be invited."),
    (Setting.PASSWORD, True, "sesame", "ana set a password for garden."),
    (Setting.PASSWORD, False, "sesame", "ana took the password of garden away."),
    (Setting.CAPACITY, True, "5", "ana limited garden to 5 people."),
    (Setting.CAPACITY, True, "1", "ana limited garden to one person."),
    (Setting.CAPACITY, False, "", "ana took the limit of garden away."),
    (Setting.BAN, True, "x!*@*", "ana banned x!*@* from garden."),
    (Setting.BAN, False, "x!*@*", "ana no longer bans x!*@* from garden."),
    (Setting.BAN, True, "~m:x!*@*", "ana silenced x!*@* in garden."),
    (Setting.BAN, False, "~m:x!*@*", "ana lets x!*@* speak in garden again."),
    (Setting.EXCEPTION, True, "~m:x", "ana exempted ~m:x from the bans of garden."),
    (Setting.INVITATION, False, "x!*@*", "ana no longer lets x!*@* into garden without being invited."),
    (Setting.OPERATOR, True, "luis", "ana made luis an operator of garden."),
    (Setting.OPERATOR, False, "luis", "ana made luis no longer an operator of garden."),
    (Setting.VOICE, True, "luis", "ana gave luis a voice in garden."),
    (Setting.VOICE, False, "luis", "ana took the voice of luis in garden away."),
]


@pytest.mark.parametrize(("setting", "on", "value", "text"), CHANGES, ids=[row[3] for row in CHANGES])
def test_a_change_is_one_sentence(setting: Setting, on: bool, value: str, text: str) -> None:
    assert change(setting, on=on, value=value) == text


def test_every_change_has_a_sentence_of_its_own() -> None:
    texts = [change(setting, on=on, value="7") for setting in Setting for on in (True, False)]
    assert len(set(texts)) == len(texts)
    assert all(text.startswith("ana ") and text.endswith(".") and "garden" in text for text in texts)


def test_each_change_has_its_line() -> None:
    changes = (Change(Setting.SECRET, True), Change(Setting.VOICE, True, "luis"))
    shown = TextRenderer(english).render([SettingsChanged(ana, "garden", changes)]).decode()
    assert shown == "* ana made garden secret.\n* ana gave luis a voice in garden.\n"


@pytest.mark.parametrize("on", [True, False])
def test_a_rooms_password_is_never_said(on: bool) -> None:
    assert "sesame" not in change(Setting.PASSWORD, on=on, value="sesame")


# --- the other sentences -----------------------------------------------------------------------------------


def test_what_people_write_is_never_taken_for_a_template() -> None:
    for text in ("{nick}", "{", "}{", "{0.__class__}", "%s"):
        assert sentence(english, Said(ana, "lobby", text, 1)) == f"ana: {text}"
        assert sentence(english, Told(ana, text, 1)) == f"ana (in private): {text}"
        assert sentence(english, TopicChanged(ana, text, text)).endswith(f"{text}: {text}")
        assert text in sentence(english, UnknownCommand(text))
        assert text in sentence(english, NoSuchNick(text))
        shown = sentence(english, Admitted(RoomView(text, (text,), 3, text)))
        assert shown == f"You are in {text} (1 of 3): {text}\nTopic: {text}"


def test_a_capacity_is_only_mentioned_where_there_is_one() -> None:
    assert occupancy(english, 2, 3) == "2 of 3"
    assert occupancy(english, 2, 0) == "2"


def test_the_topic_stands_on_a_line_of_its_own_if_there_is_one() -> None:
    assert (
        sentence(english, Admitted(RoomView("lobby", ("ana", "luis"), 3)))
        == "You are in lobby (2 of 3): ana, luis"
    )


def test_every_line_of_the_welcome_is_marked() -> None:
    event = Welcomed(ana, "coliseum", "the arena", "one\ntwo\r\nthree")
    lines = TextRenderer(english).render([event]).decode().splitlines()
    assert lines[0] == "* Welcome to coliseum. You are ana, id id-1."
    assert lines[1:5] == ["* the arena", "* one", "* two", "* three"]
    assert all(line.startswith("* ") for line in lines)


def test_saying_goodbye_is_answered_and_every_other_end_has_its_reason() -> None:
    assert sentence(english, Ended(Reason.QUIT)) == "Goodbye."
    assert sentence(english, Ended(Reason.SERVER_STOPPING)) == "The connection ends: the server is stopping."


def test_a_ping_without_text_is_answered_without_text() -> None:
    assert TextRenderer(english).render([Ponged("")]) == b"* pong\n"
    assert TextRenderer(english).render([Ponged("x y")]) == b"* pong x y\n"


def test_the_help_names_every_command_that_is_for_people() -> None:
    shown = sentence(english, HelpShown())
    for_programs = {"json", "ping", "yes", "pass", "help"}
    named = {BY_NAME[word.removeprefix("/")].name for word in shown.split() if re.match(r"/\w", word)}
    assert named == {command.name for command in BY_NAME.values()} - for_programs
