"""The tongue: what the plain dialect's lines become on a whole connection, and what comes back as events."""

import unicodedata
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.irc.facts import Objected, Remarked
from coliseum.client.irc.flight import MOST_PINGS, WINDOW
from coliseum.client.irc.replies import MOST_ROOMS
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Event, Identity, RoomSummary, RoomView
from coliseum.dialects.irc.message import parse
from tests.client.irc_support import SERVER, Talk

ANA = Identity("", "ana", "~u", "host.example")
LUIS = Identity("", "luis", "u", "h")
LABELS = ("batch", "labeled-response", "echo-message", "message-tags", "server-time")


@pytest.fixture
def talk() -> Talk:
    """In a room with luis, on a server that knows no capabilities."""
    return Talk().register().enter("#room", "luis")


# --- coming in ---------------------------------------------------------------------------------------------


def test_entering_is_told_when_the_names_and_the_capacity_are_known() -> None:
    talk = Talk().register().say("/join room")
    assert talk.sent == ["JOIN #room", "MODE #room", "PING coliseum-line-1"]
    talk.hear(":ana!~u@host.example JOIN #Room", "332 ana #Room :A \x02bold\x02 topic", "333 ana #Room luis 1")
    talk.hear("353 ana = #Room :@luis +eva", "353 ana = #Room :ana", "366 ana #Room :End")
    assert talk.events == []
    talk.hear("324 ana #Room +ntl 5")
    room = RoomView("Room", ("luis", "eva", "ana"), 5, "A bold topic")
    assert talk.events == [fact.Admitted(room, ANA)]
    talk.hear(f":{SERVER} PONG {SERVER} coliseum-line-1")
    assert talk.events == [fact.Heard(3)]


def test_a_server_that_tells_less_lets_one_in_all_the_same() -> None:
    talk = Talk().register().say("/join room").hear(":ana!~u@host.example JOIN :#room").pong()
    assert talk.events == [fact.Admitted(RoomView("room", ("ana",), 0), ANA), fact.Heard(3)]
    talk = Talk().register().say("/join room").hear(":ana JOIN #room", "366 ana #room :End")
    talk.hear("482 ana #room :You may not see the modes")
    assert talk.told == [fact.Admitted(RoomView("room", ("ana",), 0), Identity("", "ana", "~u", "host.example"))]


def test_the_old_room_is_left_once_the_new_one_has_let_us_in(talk: Talk) -> None:
    talk.say("/join garden")
    assert talk.sent == ["JOIN #garden", "MODE #garden", "PING coliseum-line-2"]
    talk.hear(":ana!~u@host.example JOIN #garden")
    assert talk.sent == ["PART #room"]
    assert talk.told == [fact.Departed("room", ANA)]
    talk.hear(":luis!u@h PRIVMSG #room :are you still here?", ":luis!u@h PART #room", ":luis!u@h QUIT :bye")
    talk.hear("353 ana = #garden :ana", "366 ana #garden :End", "324 ana #garden +nt")
    talk.hear(":ana!~u@host.example PART #room")
    assert talk.told == [fact.Admitted(RoomView("garden", ("ana",), 0), ANA)]


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        ("471 ana #garden :Cannot join channel (+l)", no.RoomFull("garden", 0, 0)),
        ("473 ana #garden :Cannot join channel (+i)", no.InviteOnly("garden")),
        ("474 ana #garden :Cannot join channel (+b)", no.Banned("garden")),
        ("475 ana #garden :Cannot join channel (+k)", no.RoomPasswordWrong("garden")),
        ("403 ana #garden :No such channel", no.NoSuchRoom("garden")),
        (
            "405 ana #garden :You have joined too many channels",
            Objected("#garden You have joined too many channels"),
        ),
        ("476 ana #garden :Bad channel mask", no.RoomInvalid("garden", "characters", 0)),
        ("477 ana #garden :You need a registered nick", Objected("#garden You need a registered nick")),
        ("437 ana #garden :Temporarily unavailable", Objected("#garden Temporarily unavailable")),
        ("461 ana JOIN :Not enough parameters", no.ArgumentMissing("join")),
        ("520 ana #garden :Operators only", Objected("#garden Operators only")),
    ],
)
def test_who_is_not_let_in_stays_where_they_are(talk: Talk, reply: str, refusal: Refusal) -> None:
    talk.say("/join garden").hear(reply)
    assert talk.told == [refusal]
    # That the server does not want to tell how many may be in there either is nobody's concern.
    if "#garden" in reply:
        talk.hear("442 ana #garden :You're not on that channel")
    talk.pong()
    assert talk.events == [fact.Heard(4)]
    assert talk.say("hola").sent[0] == "PRIVMSG #room hola"


def test_sent_on_to_another_room(talk: Talk) -> None:
    talk.say("/join garden").hear("470 ana #garden ##garden :Forwarding to another channel")
    assert talk.told == [Objected("#garden ##garden Forwarding to another channel")]
    talk.come_in("##garden").pong()
    assert talk.events == [
        fact.Departed("room", ANA),
        fact.Admitted(RoomView("#garden", ("ana",), 0), ANA),
        fact.Heard(4),
    ]


def test_put_into_a_room_that_one_did_not_ask_for(talk: Talk) -> None:
    talk.forget().hear(":ana!~u@host.example JOIN #lobby")
    assert talk.sent == ["PART #room", "MODE #lobby"]
    talk.hear("353 ana = #lobby :ana", "366 ana #lobby :End", "324 ana #lobby +l 3")
    assert talk.told == [fact.Departed("room", ANA), fact.Admitted(RoomView("lobby", ("ana",), 3), ANA)]


def test_what_the_server_will_not_do_about_the_old_room_is_nobodys_concern(talk: Talk) -> None:
    talk.say("/join garden").come_in("#garden").pong().forget()
    assert talk.hear("442 ana #room :You're not on that channel").events == []
    assert talk.hear("442 ana #room :You're not on that channel").events == [no.OutsideRoom("room")]


def test_put_out_before_one_is_really_in(talk: Talk) -> None:
    talk.say("/join garden").hear(":ana!~u@host.example JOIN #garden", ":luis!u@h KICK #garden ana :no")
    assert talk.told == [fact.Departed("room", ANA), fact.Kicked(LUIS, "garden", ANA, "no", 0, 0)]
    assert talk.pong().say("hola").told == [no.NotInside()]


def test_others_who_come_and_go_before_the_names_are_known() -> None:
    talk = Talk().register().say("/join room").hear(":ana!~u@host.example JOIN #room", ":luis!u@h JOIN #room")
    talk.hear(":luis!u@h PART #room", ":eva!e@h JOIN #room", "353 ana = #room :ana eva", "366 ana #room :End")
    assert talk.told == []
    talk.hear(":ana!~u@host.example PART #room").pong()
    assert talk.told == []


def test_who_others_see_is_learned_from_the_server(talk: Talk) -> None:
    def longest() -> int:
        talk.forget().say("x" * 600)
        found = len(talk.sent[0].replace(" x", " :x"))
        talk.hear(*(f":{SERVER} PONG x coliseum-line-{number}" for number in range(40)))
        return found

    assert longest() == 510 - len(":ana!~u@host.example ")
    talk.hear("396 ana cloak :is now your visible host")
    assert longest() == 510 - len(":ana!~u@cloak ")
    talk.hear("396 ana user@other.cloak :is now your visible host")
    assert longest() == 510 - len(":ana!user@other.cloak ")
    talk.hear(":ana!user@other.cloak CHGHOST me here")
    assert longest() == 510 - len(":ana!me@here ")
    unknown = Talk().say("/json").hear("001 ana :Welcome", "396 ana cloak :x", "422 ana :No MOTD")
    assert unknown.tongue._state.me.mask == ""


def test_leaving(talk: Talk) -> None:
    talk.say("/leave", "hola")
    assert talk.sent == ["PART #room", "PING coliseum-line-2"]
    talk.hear(":ana!~u@host.example PART #room :so long").hear(f":{SERVER} PONG x coliseum-line-2")
    left = fact.Departed("room", ANA, "so long")
    assert talk.events == [left, no.NotInside(), fact.Heard(5)]


# --- acknowledgement ---------------------------------------------------------------------------------------


def test_one_ping_speaks_for_all_lines_that_were_sent_meanwhile(talk: Talk) -> None:
    talk.say("one", "two", "three")
    assert talk.sent == ["PRIVMSG #room one", "PING coliseum-line-2", "PRIVMSG #room two", "PRIVMSG #room three"]
    talk.hear(f":{SERVER} PONG {SERVER} coliseum-line-2")
    assert talk.events == [fact.Heard(4)]
    assert talk.sent == ["PING coliseum-line-3"]
    talk.hear(f":{SERVER} PONG {SERVER} coliseum-line-2", f":{SERVER} PONG {SERVER} coliseum-line-9")
    assert talk.events == []
    assert talk.sent == []
    talk.hear(f":{SERVER} PONG {SERVER} coliseum-line-3")
    assert talk.events == [fact.Heard(6)]
    assert talk.sent == []


def test_no_more_is_on_its_way_than_a_server_takes(talk: Talk) -> None:
    talk.say(*(f"line {number}" for number in range(3 * WINDOW)))
    said = [line for line in talk.sent if line.startswith("PRIVMSG")]
    assert len(said) == WINDOW
    pings = 2
    while len(said) < 3 * WINDOW:
        talk.hear(f":{SERVER} PONG x coliseum-line-{pings}")
        pings += 1
        said += [line for line in talk.sent if line.startswith("PRIVMSG")]
    assert said == [f"PRIVMSG #room :line {number}" for number in range(3 * WINDOW)]


def test_a_long_line_is_dealt_with_when_all_its_pieces_are(talk: Talk) -> None:
    talk.say("x" * 4000)
    said = [line for line in talk.sent if line.startswith("PRIVMSG")]
    assert len(said) == WINDOW
    assert talk.events == []
    talk.hear(f":{SERVER} PONG x coliseum-line-2")
    said += [line for line in talk.sent if line.startswith("PRIVMSG")]
    assert "".join(line.removeprefix("PRIVMSG #room ") for line in said) == "x" * 4000
    assert talk.events == []
    talk.hear(f":{SERVER} PONG x coliseum-line-3")
    assert talk.events == [fact.Heard(4)]


def test_with_labels_each_line_is_answered_by_its_own() -> None:
    talk = Talk().register(*LABELS).say("/join room")
    assert talk.sent == ["@label=1 JOIN #room", "@label=2 MODE #room"]
    talk.hear(
        f"@label=1 :{SERVER} BATCH +a labeled-response",
        "@batch=a :ana!~u@host.example JOIN #room",
        f"@batch=a :{SERVER} 353 ana = #room :@ana luis",
        f"@batch=a :{SERVER} 366 ana #room :End",
        f":{SERVER} BATCH -a",
        f"@label=2 :{SERVER} 324 ana #room +nt",
    )
    assert talk.events == [fact.Admitted(RoomView("room", ("ana", "luis"), 0), ANA), fact.Heard(3)]
    talk.say("hola", "/msg luis psst", "/msg eva psst")
    assert talk.sent == ["@label=3 PRIVMSG #room hola", "@label=4 PRIVMSG luis psst", "@label=5 PRIVMSG eva psst"]
    talk.hear("@label=3 :ana!~u@host.example PRIVMSG #room hola")
    assert talk.events == [fact.Heard(4)]
    talk.hear("@label=4 :ana!~u@host.example PRIVMSG luis psst", f"@label=5 :{SERVER} 401 ana eva :No such nick")
    assert talk.events == [fact.Delivered("luis", "psst"), fact.Heard(5), no.NoSuchNick("eva"), fact.Heard(6)]
    assert talk.say("/away").sent == ["@label=6 AWAY"]
    assert talk.hear(f"@label=6 :{SERVER} ACK").events == [fact.Heard(7)]


def test_an_answer_that_fails_to_come_is_asked_for() -> None:
    talk = Talk().register(*LABELS).say("/rooms", "/rooms").forget()
    talk.hear(f"@label=2 :{SERVER} 323 ana :End")
    assert talk.sent == ["PING coliseum-line-1"]
    assert talk.told == [fact.RoomsListed(())]
    talk.hear(f":{SERVER} PONG x coliseum-line-1")
    assert talk.events == [fact.Heard(4)]


def test_any_ping_tells_what_no_label_did() -> None:
    talk = Talk().register(*LABELS).say("/rooms").forget()
    talk.say("/ping still there?")
    assert talk.hear(f":{SERVER} PONG x :still there?").events == [fact.Ponged("still there?"), fact.Heard(4)]
    talk.say(*(f"/ping {number}" for number in range(2 * MOST_PINGS))).forget()
    assert talk.hear(f":{SERVER} PONG x :0").events == [fact.Ponged("0")]


def test_a_refused_aside_is_not_told_where_there_are_labels() -> None:
    talk = Talk().register(*LABELS).say("/join room")
    talk.hear(f"@label=1 :{SERVER} 471 ana #room :Cannot join channel (+l)")
    talk.hear(f"@label=2 :{SERVER} 442 ana #room :You're not on that channel")
    assert talk.events == [no.RoomFull("room", 0, 0), fact.Heard(3)]


def test_what_needs_no_server_waits_for_its_turn(talk: Talk) -> None:
    talk.say("hola", "/help", "/of-the-future", "a\x07b", "/pass x", "/yes x")
    assert talk.events == [
        fact.HelpShown(),
        no.UnknownCommand("of-the-future"),
        no.ControlCharacters(),
        no.NoPasswordWanted(),
        no.NoProofWanted(),
    ]
    assert talk.pong().events == [fact.Heard(9)]


def test_signs_of_life(talk: Talk) -> None:
    assert talk.hear("PING :are you there?").sent == ["PONG :are you there?"]
    assert talk.hear("PING").sent == ["PONG"]
    talk.say("/ping hello")
    assert talk.sent[0] == "PING hello"
    assert talk.events == [fact.Heard(4)]
    assert talk.hear(f":{SERVER} PONG {SERVER} :hello").events == [fact.Ponged("hello")]
    assert talk.hear(":x PONG").events == [fact.Ponged("")]


# --- talking -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (":luis!u@h PRIVMSG #room :hola", fact.Said(LUIS, "room", "hola", 0)),
        (":luis!u@h PRIVMSG #ROOM :hola", fact.Said(LUIS, "room", "hola", 0)),
        (":luis!u@h PRIVMSG @#room :hola", fact.Said(LUIS, "room", "hola", 0, only=Setting.OPERATOR)),
        (":ana!~u@host.example PRIVMSG ana :self", fact.Told(ANA, "self", 0, nick="ana")),
        (":luis!u@h PRIVMSG #room :\x0304,01red\x03 \x1b[2J", fact.Said(LUIS, "room", "red ", 0)),
        (":luis!u@h NOTICE #room :beep", fact.Said(LUIS, "room", "beep", 0, Kind.NOTICE)),
        (":luis!u@h PRIVMSG #room :\x01ACTION waves\x01", fact.Said(LUIS, "room", "waves", 0, Kind.ACTION)),
        (":luis!u@h PRIVMSG ana :psst", fact.Told(LUIS, "psst", 0, nick="ana")),
        (":luis!u@h NOTICE ana :psst", fact.Told(LUIS, "psst", 0, Kind.NOTICE, nick="ana")),
        ("@time=1970-01-01T00:00:01.000Z :luis!u@h PRIVMSG ana :x", fact.Told(LUIS, "x", 10**9, nick="ana")),
        (f":{SERVER} NOTICE ana :*** maintenance", Remarked("*** maintenance")),
        ("NOTICE ana :hello", Remarked("hello")),
        (":root!r@h WALLOPS :soon", fact.Announced(Identity("", "root", "r", "h"), "soon")),
    ],
)
def test_what_others_say(talk: Talk, line: str, event: Event) -> None:
    assert talk.hear(line).events == [event]


@pytest.mark.parametrize(
    "line",
    [
        ":luis!u@h PRIVMSG #room :\x01VERSION\x01",
        ":luis!u@h PRIVMSG ana :\x01PING 1\x01",
        ":luis!u@h NOTICE ana :\x01VERSION x\x01",
        ":luis!u@h TAGMSG #room",
        ":luis!u@h PRIVMSG #elsewhere :hola",
        ":luis!u@h PRIVMSG #room",
        ":eva!e@h JOIN #elsewhere",
        ":eva!e@h QUIT :bye",
        ":eva!e@h NICK other",
        ":eva!e@h AWAY :out",
        ":eva!e@h PART #room",
        ":eva!e@h KICK #room nobody",
        ":luis!u@h ACCOUNT luis",
        ":luis!u@h CHGHOST u2 h2",
        ":ana MODE ana :+i",
        "333 ana #room luis 1",
        "251 ana :There are 1 users",
        ":luis!u@h NICK",
        ":luis!u@h KICK #room",
        ":luis!u@h TOPIC #room",
        ":luis!u@h INVITE ana",
        "WALLOPS",
        ":ana!~u@host.example PRIVMSG #room",
        ":eva!e@h SETNAME :Eva",
        ":luis!u@h SETNAME",
        "MODE",
        ":luis!u@h MODE #elsewhere +l 3",
        ":luis!u@h MODE #room +z",
        ":ana!~u@host.example JOIN room",
        ":ana!~u@host.example PART #elsewhere",
        ":ana!~u@host.example CHGHOST u",
        "301 ana luis",
        "331 ana",
        "353 ana",
        "353 ana = #elsewhere :luis",
        "366",
        "366 ana #elsewhere :End",
        "324 ana #room",
        "396 ana",
        "372 ana :- too late",
        "001",
        "422 ana :again",
        "BATCH",
        "JOIN",
        ":luis!u@h JOIN #elsewhere",
        "! what",
    ],
)
def test_what_people_need_not_see(talk: Talk, line: str) -> None:
    assert talk.hear(line).events == []
    assert talk.sent == []


def test_own_messages_that_come_back_are_not_shown_twice() -> None:
    talk = Talk().register("echo-message").enter("#room", "luis")
    me = ":ana!~u@host.example"
    talk.say("one", "one", "/msg luis psst", "/me waves", "/msg ana self")
    talk.hear(f"{me} PRIVMSG #room one", f"{me} PRIVMSG #room one", f"{me} PRIVMSG luis psst")
    talk.hear(f"{me} PRIVMSG #room :\x01ACTION waves\x01")
    assert talk.events == []
    talk.hear(f"{me} PRIVMSG ana self", f"{me} PRIVMSG ana self")
    assert talk.events == [fact.Told(ANA, "self", 0, nick="ana")]
    # What comes unasked was said by us on another connection.
    talk.hear(f"{me} PRIVMSG #room elsewhere", f"{me} PRIVMSG luis elsewhere")
    assert talk.events == [fact.Said(ANA, "room", "elsewhere", 0), fact.Delivered("luis", "elsewhere")]


def test_what_a_filter_has_changed_is_still_our_own() -> None:
    talk = Talk().register("echo-message").enter("#room", "luis").say("a bad word").forget()
    assert talk.hear(":ana!~u@host.example PRIVMSG #room :a *** word").events == []


def test_with_labels_a_message_to_oneself_is_the_one_without() -> None:
    talk = Talk().register(*LABELS).say("/msg ana self")
    me = ":ana!~u@host.example"
    talk.hear(f"{me} PRIVMSG ana self", f"@label=1 {me} PRIVMSG ana self")
    assert talk.events == [fact.Told(ANA, "self", 0, nick="ana"), fact.Delivered("ana", "self"), fact.Heard(3)]


def test_a_history_is_no_echo() -> None:
    talk = Talk().register("batch", "echo-message").enter("#room", "luis").say("one").forget()
    talk.hear(":x BATCH +1 chathistory #room", ":x BATCH +2 x", "@batch=1 :ana!~u@host.example PRIVMSG #room one")
    assert talk.told == [fact.Said(ANA, "room", "one", 0)]
    talk.hear(":x BATCH -1", ":ana!~u@host.example PRIVMSG #room one")
    assert talk.told == []


def test_a_private_message_is_delivered_when_nobody_says_otherwise(talk: Talk) -> None:
    talk.say("/msg luis one", "/msg eva two", "/msg luis three").hear("401 ana eva :No such nick/channel")
    assert talk.events == [no.NoSuchNick("eva")]
    talk.hear(f":{SERVER} PONG x coliseum-line-2", f":{SERVER} PONG x coliseum-line-3")
    assert talk.events == [
        fact.Delivered("luis", "one"),
        fact.Heard(4),
        fact.Delivered("luis", "three"),
        fact.Heard(6),
    ]


def test_a_private_message_that_has_failed_is_not_delivered(talk: Talk) -> None:
    talk.say("/msg luis one").hear("FAIL PRIVMSG BLOCKED luis :They do not want it").pong()
    assert talk.told == [Objected("luis They do not want it")]
    labelled = Talk().register(*LABELS).say("/msg luis one").hear("@label=1 FAIL PRIVMSG BLOCKED luis :No")
    assert labelled.events == [Objected("luis No"), fact.Heard(3)]


def test_who_is_told_something_may_be_away(talk: Talk) -> None:
    talk.say("/msg luis psst").hear("301 ana luis :out for \x02lunch")
    assert talk.events == [fact.AwayChanged(Identity("", "luis"), "out for lunch")]


# --- people ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (":eva!e@h JOIN #room", fact.Entered(Identity("", "eva", "e", "h"), "room", 3, 0)),
        (":eva!e@h JOIN #room * :Eva E.", fact.Entered(Identity("", "eva", "e", "h"), "room", 3, 0, "Eva E.")),
        (":luis!u@h PART #room", fact.Left(LUIS, "room", 1, 0)),
        (":luis!u@h PART #room :so long", fact.Left(LUIS, "room", 1, 0, "so long")),
        (":luis!u@h QUIT", fact.Gone(LUIS, Reason.QUIT)),
        (":luis!u@h QUIT :Quit: so long", fact.Gone(LUIS, Reason.QUIT, "so long")),
        (":luis!u@h QUIT :Client exited", fact.Gone(LUIS, Reason.QUIT)),
        (":luis!u@h QUIT :Ping timeout", fact.Gone(LUIS, Reason.OTHER, "Ping timeout")),
        (":luis!u@h NICK Luisa", fact.Renamed(LUIS, "Luisa")),
        (":root!r@h KICK #room luis :bad", fact.Kicked(
            Identity("", "root", "r", "h"), "room", Identity("", "luis"), "bad", 1, 0)),
        (":luis!u@h AWAY :lunch", fact.AwayChanged(LUIS, "lunch")),
        (":luis!u@h AWAY", fact.AwayChanged(LUIS, "")),
        (":luis!u@h SETNAME :Luis L.", fact.RealnameChanged(LUIS, "Luis L.")),
        (":luis!u@h TOPIC #room :cats", fact.TopicChanged(LUIS, "room", "cats")),
        (":luis!u@h TOPIC #room :", fact.TopicChanged(LUIS, "room", "")),
        (":luis!u@h INVITE ana #garden", fact.Invited(LUIS, "garden", "ana")),
        (":luis!u@h INVITE eva #room", fact.InviteSeen(LUIS, "room", "eva")),
        (":luis!u@h MODE #room +l 7", fact.SettingsChanged(LUIS, "room", (Change(Setting.CAPACITY, True, "7"),))),
        (":luis!u@h MODE #room +zo luis", fact.SettingsChanged(
            LUIS, "room", (Change(Setting.OPERATOR, True, "luis"),))),
    ],
)  # fmt: skip
def test_what_happens_in_a_room(talk: Talk, line: str, event: Event) -> None:
    assert talk.hear(line).events == [event]


def test_the_capacity_is_known_from_then_on(talk: Talk) -> None:
    talk.hear(
        ":luis!u@h MODE #room +l 7", ":eva!e@h JOIN #room", ":luis!u@h MODE #room -l", ":luis!u@h PART #room"
    )
    assert [getattr(event, "capacity", None) for event in talk.events] == [None, 7, None, 0]


def test_members_are_those_that_the_server_would_list(talk: Talk) -> None:
    talk.hear(":eva!e@h JOIN #room", ":luis!u@h NICK Luisa", ":ana!~u@host.example NICK Anna", ":eva!e@h QUIT")
    talk.forget().say("/who")
    assert talk.sent[0] == "NAMES #room"
    talk.hear("353 Anna = #room :Anna Luisa", "366 Anna #room :End", "366 Anna #room :End")
    assert talk.told == [fact.RoomShown(RoomView("room", ("Anna", "Luisa"), 0))]


def test_another_nick(talk: Talk) -> None:
    talk.say("/nick Anna").hear(":ana!~u@host.example NICK :Anna")
    anna = Identity("", "Anna", "~u", "host.example")
    assert talk.told == [fact.Named(anna, ANA)]
    assert talk.pong().events == [fact.Heard(4)]
    talk.hear(":Anna!~u@host.example NICK :Guest1")
    assert talk.told == [fact.Named(Identity("", "Guest1", "~u", "host.example"), anna)]


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        ("433 ana luis :Nickname is already in use", no.NickTaken("luis")),
        ("436 ana luis :Nickname collision", no.NickTaken("luis")),
        ("437 ana luis :Unavailable", no.NickTaken("luis")),
        ("433 ana lu1s :Nickname looks like luls", Objected("lu1s Nickname looks like luls")),
        ("432 ana x!y :Erroneous nickname", no.NickInvalid("x!y", "characters", 0)),
        ("432 ana :Erroneous nickname", Objected("Erroneous nickname")),
        ("431 ana :No nickname given", Objected("No nickname given")),
        ("447 ana :Cannot change nick (+N)", Objected("Cannot change nick (+N)")),
    ],
)
def test_a_nick_that_is_refused(talk: Talk, reply: str, refusal: Refusal) -> None:
    assert talk.say("/nick luis").hear(reply).told == [refusal]
    assert talk.pong().hear(":eva!e@h PRIVMSG ana :psst").events[-1] == fact.Told(
        Identity("", "eva", "e", "h"), "psst", 0, nick="ana"
    )


def test_a_server_that_already_writes_the_new_nick_in_front() -> None:
    talk = Talk().register(*LABELS).say("/nick Anna")
    talk.hear("@label=1 :Anna!~u@host.example NICK :Anna")
    assert talk.told == [fact.Named(Identity("", "Anna", "~u", "host.example"), ANA)]


def test_being_away_without_having_asked(talk: Talk) -> None:
    assert talk.hear("306 ana :You have been marked as being away").told == [fact.AwayChanged(ANA, "…")]


def test_being_away(talk: Talk) -> None:
    talk.say("/away lunch").hear("306 ana :You have been marked as being away").pong()
    talk.say("/away").hear("305 ana :You are no longer marked as being away").pong()
    assert talk.told == [fact.AwayChanged(ANA, "lunch"), fact.AwayChanged(ANA, "")]


def test_being_put_out_of_the_room(talk: Talk) -> None:
    talk.hear(":luis!u@h KICK #room ana :enough")
    assert talk.events == [fact.Kicked(LUIS, "room", ANA, "enough", 1, 0)]
    assert talk.say("hola").events == [no.NotInside(), fact.Heard(4)]


# --- rooms -------------------------------------------------------------------------------------------------


def test_the_topic(talk: Talk) -> None:
    talk.say("/topic").hear("332 ana #room :cats", "333 ana #room luis 1").pong()
    talk.say("/topic").hear("331 ana #room :No topic is set").pong()
    assert talk.told == [fact.TopicShown("room", "cats"), fact.TopicShown("room", "")]
    talk.say("/topic dogs").hear("482 ana #room :You're not channel operator")
    assert talk.told == [no.NotOperator("room")]


def test_the_list_of_rooms(talk: Talk) -> None:
    talk.say("/rooms").hear(
        "321 ana Channel :Users Name", "322 ana #b 2 :[+nt 5] cats", "322 ana #a 1 :", "322 ana"
    )
    talk.hear("322 ana #c many", "323 ana :End")
    rows = (RoomSummary("a", 1, 0), RoomSummary("b", 2, 0, "cats"), RoomSummary("c", 0, 0))
    assert talk.told == [fact.RoomsListed(rows)]


def test_of_a_long_list_the_greatest_are_shown(talk: Talk) -> None:
    talk.say("/rooms").hear(*(f"322 ana #r{number} {number} :" for number in range(1000)), "323 ana :End")
    [listed] = talk.told
    assert isinstance(listed, fact.RoomsListed)
    assert {room.members for room in listed.rooms} == set(range(1000 - MOST_ROOMS, 1000))


# --- refusals, remarks, the end ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("404 ana #room :Cannot send to channel (+m)", no.CannotSpeak("room", "moderated")),
        ("404 ana #room :Cannot send to channel", Objected("#room Cannot send to channel")),
        ("401 ana #x :No such nick/channel", no.NoSuchRoom("x")),
        ("417 ana :Input line was too long", no.LineTooLong(510)),
        ("421 ana WHAT :Unknown command", Objected("WHAT Unknown command")),
        ("441 ana luis #room :They aren't on that channel", no.NotMember("luis", "room")),
        ("442 ana #x :You're not on that channel", no.OutsideRoom("x")),
        ("443 ana luis #room :is already on channel", no.AlreadyMember("luis", "room")),
        ("451 ana :You have not registered", Objected("You have not registered")),
        ("464 ana :Password incorrect", Objected("Password incorrect")),
        ("481 ana :Permission Denied", Objected("Permission Denied")),
        ("599 ana :\x02What\x02?", Objected("What?")),
        ("471 ana :Full", Objected("Full")),
        ("401 ana :No such nick", Objected("No such nick")),
        ("404 ana :Cannot send (+m)", Objected("Cannot send (+m)")),
        ("441 ana luis :They aren't", Objected("luis They aren't")),
        ("442", Objected("")),
        ("FAIL TOPIC TOO_LONG #room :Too long", Objected("#room Too long")),
        ("WARN * SOON :Maintenance", Remarked("Maintenance")),
        ("NOTE * X", Remarked("* X")),
        ("263 ana LIST :Try again", Remarked("LIST Try again")),
        ("341 ana luis #room", Remarked("luis #room")),
    ],
)
def test_what_the_server_says(talk: Talk, line: str, event: Event) -> None:
    assert talk.hear(line).events == [event]


def test_the_goodbye_is_preceded_by_a_question(talk: Talk) -> None:
    talk.say("one", "two", "/quit")
    assert talk.sent == [
        "PRIVMSG #room one",
        "PING coliseum-line-2",
        "PRIVMSG #room two",
        "PING coliseum-line-3",
        "QUIT",
    ]
    talk.hear(f":{SERVER} PONG x coliseum-line-2", f":{SERVER} PONG x coliseum-line-3")
    assert talk.events == [fact.Heard(4), fact.Heard(6)]
    talk.hear(f":{SERVER} NOTICE ana :Connection statistics", "ERROR :Closing link (Quit)")
    assert talk.events == [fact.Ended(Reason.QUIT, "Closing link (Quit)")]
    assert talk.say("hello?").sent == []


def test_a_goodbye_that_crosses_another_end_confirms_nothing(talk: Talk) -> None:
    talk.say("one", "/quit").hear("ERROR :Server shutting down")
    assert talk.events == [fact.Ended(Reason.OTHER, "Server shutting down")]


def test_who_leaves_in_a_hurry_has_said_everything_before(talk: Talk) -> None:
    talk.say(*(f"line {number}" for number in range(2 * WINDOW)), "/quit").forget()
    talk.hear(f":{SERVER} PONG x coliseum-line-2")
    talk.hear(f":{SERVER} PONG x coliseum-line-3")
    assert talk.sent[-1] == "QUIT"


def test_being_killed(talk: Talk) -> None:
    talk.hear(
        ":root!r@h KILL luis :x", ":root!r@h KILL ana :enough", "ERROR :Closing link (Killed (root (enough)))"
    )
    assert talk.events == [fact.Ended(Reason.KILLED, "Closing link (Killed (root (enough)))")]


# --- whatever comes ----------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *[
            "ana",
            "luis",
            "#room",
            "#x",
            "*",
            "=",
            "@ana!u@h",
            "+l",
            "-k+ovb",
            "5",
            "\x01ACTION",
            "\x02",
            "\x1b[2J",
            ":",
            "LS",
            "ACK",
            "NAK",
            "NEW",
            "batch",
            "+1",
            "-1",
            "é",
            "0",
        ],
        *[
            "labeled-response",
            "coliseum-line-1",
            "CHANTYPES=#",
            "PREFIX=(o)@",
            "CASEMAPPING=rfc1459",
            "CHANMODES=b,k,l,n",
        ],
        *["", "\u202e", "x y", "9" * 20],
    ]
)
COMMANDS = st.one_of(
    st.integers(0, 999).map("{:03}".format),
    st.sampled_from(
        [
            "PRIVMSG",
            "NOTICE",
            "JOIN",
            "PART",
            "QUIT",
            "NICK",
            "KICK",
            "TOPIC",
            "MODE",
            "INVITE",
            "AWAY",
            "SETNAME",
            "CHGHOST",
        ]
    ),
    st.sampled_from(["ERROR", "KILL", "CAP", "BATCH", "PING", "PONG", "FAIL", "NOTE", "WALLOPS", "ACK", "TAGMSG"]),
)
SOURCES = st.sampled_from([":ana!~u@host.example ", ":luis!u@h ", f":{SERVER} ", "", ":", ":ana "])
TAGS = st.sampled_from(
    ["", "@time=x ", "@label=1 ", "@batch=1 ", "@label=2;time=2026-01-01T00:00:00Z ", "@batch=1;label=3 "]
)
LINES = st.one_of(
    st.text(max_size=80),
    st.builds(
        lambda tags, source, command, words, last: f"{tags}{source}{command} {' '.join(words)} :{last}",
        TAGS,
        SOURCES,
        COMMANDS,
        st.lists(WORDS, max_size=4),
        st.one_of(WORDS, st.text(max_size=20)),
    ),
    st.builds(lambda s, c, words: f"{s}{c} {' '.join(words)}", SOURCES, COMMANDS, st.lists(WORDS, max_size=4)),
)
TYPED = st.sampled_from(
    [
        *[
            "hola",
            "/join x",
            "/leave",
            "/nick luis",
            "/who",
            "/topic",
            "/topic x",
            "/rooms",
            "/msg luis x",
            "/me x",
        ],
        *["/away x", "/help", "/ping x", "/of-the-future", "x" * 3000, "/join room key", "/quit"],
    ]
)


def texts_of(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple | list):
        return [text for item in value for text in texts_of(item)]
    if is_dataclass(value):
        return [text for field in fields(value) for text in texts_of(getattr(value, field.name))]
    return []


@pytest.mark.parametrize("capabilities", [(), LABELS])
@given(steps=st.lists(st.tuples(st.booleans(), LINES, TYPED), max_size=40), early=st.booleans())
def test_nothing_that_a_server_says_raises_or_reaches_the_terminal(
    capabilities: tuple[str, ...], steps: list[tuple[bool, str, str]], early: bool
) -> None:
    talk = Talk()
    if early:
        talk.say("/nick ana", "/json")
    else:
        talk.register(*capabilities)
    heard = 0
    for server_speaks, line, typed in steps:
        if server_speaks:
            talk.tongue.hear(line)
        else:
            talk.say(typed)
        for sent in talk.sent:
            assert not set(sent) & set("\r\n\0")
            parse(sent)
        for event in talk.events:
            if isinstance(event, str):
                continue  # a sentence of a server that speaks no IRC; it is cleaned where it is shown
            if isinstance(event, fact.Heard):
                assert event.lines >= heard
                heard = event.lines
            allowed = "\n" if isinstance(event, fact.Welcomed) else ""
            for text in texts_of(event):
                assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in text), event


@given(st.lists(TYPED.filter(lambda line: line != "/quit"), max_size=30))
def test_every_line_is_dealt_with_once_and_in_order(lines: list[str]) -> None:
    talk = Talk().register().enter("#room", "luis").say(*lines)
    heard = [2 + 1]
    for _ in range(200):
        sent, events = talk.sent, talk.events
        heard += [event.lines for event in events if isinstance(event, fact.Heard)]
        pings = [line.removeprefix("PING ") for line in sent if line.startswith("PING coliseum-line")]
        if not pings:
            break
        for token in pings:
            talk.hear(f":{SERVER} PONG x {token}")
    assert heard == sorted(heard)
    assert heard[-1] == 3 + len(lines)
