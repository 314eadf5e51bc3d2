"""What the client does about everything that happens, without server, clock or terminal."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.displays import (
    Dismissed,
    Display,
    Failed,
    Happened,
    Lost,
    NotSent,
    OwnSaid,
    Restored,
    Roomless,
    Silent,
    Unconfirmed,
    Unreadable,
)
from coliseum.client.irc.facts import Objected
from coliseum.client.model import PING_TOKEN, ClientModel
from coliseum.client.outputs import Changed, Confirmed, Disconnect, End, Output, Retry, Send, Show
from coliseum.client.status import NEXT, State
from coliseum.client.wishes import LINE_BYTES, Wishes
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Reason
from coliseum.core.vocabulary import Event, Identity, RoomView
from coliseum.dialects.plain import json_lines
from coliseum.errors import ConfigError, Unavailable, Unverified

ME = Identity("0", "guest-1")
WELCOMED = fact.Welcomed(ME, "server", "", "")
UNVERIFIED = Failed(Unverified("who are you?"))
UNREACHABLE = Failed(Unavailable("nobody there"))


def admitted(room: str = "lobby", *members: str) -> fact.Admitted:
    return fact.Admitted(RoomView(room, members or ("guest-1",), 3))


class Play:
    """A model and what it has said since one looked last."""

    def __init__(self, **wishes: object) -> None:
        self.model = ClientModel(Wishes(**wishes))  # type: ignore[arg-type]
        self.outputs: list[Output] = []

    def hear(self, *events: Event) -> "Play":
        for event in events:
            self.outputs += self.model.received(json_lines.encode(event).decode())
        return self

    def events(self, *events: Event) -> "Play":
        """Take in events as they are, as from a link that translates."""
        for event in events:
            self.outputs += self.model.received(event)
        return self

    def text(self, *lines: str) -> "Play":
        for line in lines:
            self.outputs += self.model.received(line)
        return self

    def do(self, *things: Callable[[], list[Output]]) -> "Play":
        for thing in things:
            self.outputs += thing()
        return self

    def type(self, *texts: str) -> "Play":
        for text in texts:
            self.outputs += self.model.typed(text)
        return self

    def lose(self, failure: Failed | Silent | None = None) -> "Play":
        self.outputs += self.model.lost(failure)
        return self

    def enter(self) -> "Play":
        """Come inside without wishes."""
        self.do(self.model.connected).hear(WELCOMED, admitted(), fact.Heard(1))
        assert self.at(State.INSIDE)
        self.outputs.clear()
        return self

    def at(self, state: State) -> bool:
        return self.model.status.state is state

    @property
    def sent(self) -> list[str]:
        return [output.line for output in self.outputs if isinstance(output, Send)]

    @property
    def shown(self) -> list[Display]:
        return [output.display for output in self.outputs if isinstance(output, Show)]

    @property
    def confirmed(self) -> list[str]:
        return [line for output in self.outputs if isinstance(output, Confirmed) for line in output.lines]

    @property
    def end(self) -> End | None:
        ends = [output for output in self.outputs if isinstance(output, End)]
        assert len(ends) <= 1
        assert not ends or self.outputs[-1] is ends[0]
        return ends[0] if ends else None

    @property
    def disconnects(self) -> bool:
        return any(isinstance(output, Disconnect) for output in self.outputs)

    @property
    def retries(self) -> bool:
        return any(isinstance(output, Retry) for output in self.outputs)


# --- coming in ---------------------------------------------------------------------------------------------


def test_the_first_line_asks_for_json() -> None:
    play = Play()
    assert play.at(State.CONNECTING)
    play.do(play.model.connected)
    assert play.sent == ["/json"]
    assert play.at(State.ENTERING)


def test_without_wishes_one_is_inside_when_the_server_has_heard() -> None:
    play = Play()
    play.do(play.model.connected).hear(WELCOMED, admitted())
    assert play.at(State.ENTERING)
    play.hear(fact.Heard(1))
    assert play.at(State.INSIDE)
    assert play.sent == ["/json"]
    assert play.shown == [Happened(WELCOMED), Happened(admitted())]
    assert play.model.status.you == ME
    assert play.model.status.members == ("guest-1",)


def test_wishes_are_asked_for_once_one_is_in() -> None:
    play = Play(nick="ana", room="garden")
    play.do(play.model.connected).hear(WELCOMED, admitted(), fact.Heard(1))
    assert play.sent == ["/json", "/nick ana", "/join garden"]
    assert play.at(State.ENTERING)
    play.hear(
        fact.Named(Identity("0", "ana")),
        fact.Departed("lobby"),
        admitted("garden", "ana"),
    )
    assert play.at(State.ENTERING)
    play.hear(fact.Heard(3))
    assert play.at(State.INSIDE)
    assert play.model.status.room == "garden"


def test_wishes_that_are_true_already_are_not_asked_for() -> None:
    play = Play(nick="guest-1", room="#LOBBY")
    play.do(play.model.connected).hear(WELCOMED, admitted())
    assert play.sent == ["/json"]


def test_let_in_but_into_no_room() -> None:
    play = Play(room="garden")
    play.do(play.model.connected).hear(WELCOMED, fact.Heard(1))
    assert play.sent == ["/json", "/join garden"]
    play.hear(admitted("garden"), fact.Heard(2))
    assert play.at(State.INSIDE)


def test_a_welcome_that_came_as_a_sentence_comes_again() -> None:
    play = Play()
    play.do(play.model.connected).text("* Welcome to server. You are guest-1.", "* You are in lobby")
    play.hear(WELCOMED, admitted(), fact.Heard(1))
    assert play.at(State.INSIDE)
    assert play.shown == [Happened(WELCOMED), Happened(admitted())]


def test_what_was_typed_too_early_waits() -> None:
    play = Play(room="garden").type("one", "", "two\nthree")
    assert play.model.status.unconfirmed == 3
    play.do(play.model.connected).hear(WELCOMED, admitted()).type("four")
    assert play.sent == ["/json", "/join garden"]
    play.hear(admitted("garden"), fact.Heard(2))
    assert play.sent[2:] == ["one", "two", "three", "four"]
    play.hear(fact.Heard(6))
    assert play.confirmed == ["one", "two", "three", "four"]
    assert play.model.status.unconfirmed == 0


# --- introducing oneself -----------------------------------------------------------------------------------


def introduced(**wishes: object) -> Play:
    play = Play(**wishes)
    play.outputs += play.model.connected(introduce=True)
    return play


def welcomed(nick: str) -> fact.Welcomed:
    return fact.Welcomed(Identity("", nick), "irc", "", "")


def test_who_asks_first_is_told_who_we_are() -> None:
    play = introduced(nick="ana", password="open sesame", room="#garden")
    assert play.sent == ["/pass open sesame", "/nick ana", "/json"]
    play.events(no.NickTaken("ana"), welcomed("ana_"), fact.Heard(3))
    assert play.sent[3:] == ["/join #garden"]
    play.events(admitted("garden", "ana_"), fact.Heard(4))
    assert play.at(State.INSIDE)
    assert play.model.status.nick == "ana_"
    assert introduced().sent == ["/json"]


def test_whoever_is_let_in_without_a_room_is_told_how_to_come_into_one() -> None:
    play = introduced().events(welcomed("guest"), fact.Heard(1))
    assert play.at(State.INSIDE)
    assert play.shown == [Happened(welcomed("guest")), Roomless()]


@pytest.mark.parametrize(
    "refusal", [no.InviteOnly("garden"), no.Banned("garden"), no.RoomPasswordWrong("garden"), Objected("no")]
)
def test_a_room_that_is_closed_is_a_refusal(refusal: no.Refusal) -> None:
    play = (
        introduced(room="garden").type("a secret").events(welcomed("guest"), fact.Heard(1), refusal, fact.Heard(2))
    )
    assert play.sent == ["/json", "/join garden", "/quit"]
    play.events(fact.Ended(Reason.QUIT)).lose()
    assert play.end == End(69, Happened(refusal))
    assert NotSent(("a secret",)) in play.shown


@pytest.mark.parametrize("may_ask", [True, False])
def test_sent_on_to_another_room_only_a_person_stays(may_ask: bool) -> None:
    play = introduced(room="garden", may_ask=may_ask).type("a secret")
    play.events(welcomed("guest"), fact.Heard(1), Objected("#garden ##garden"), admitted("#garden"), fact.Heard(2))
    assert "a secret" not in play.sent
    assert play.at(State.INSIDE if may_ask else State.ENTERING)
    assert ("/quit" in play.sent) is not may_ask


def test_the_way_into_a_room_is_remembered_with_its_password() -> None:
    play = introduced(room="garden key").events(welcomed("guest"), fact.Heard(1))
    assert play.sent[-1] == "/join garden key"
    play.events(admitted("garden"), fact.Heard(2)).lose()
    play.outputs += play.model.connected(introduce=True)
    play.events(welcomed("guest"), fact.Heard(1))
    assert play.sent[-1] == "/join garden key"
    play.events(admitted("garden"), fact.Heard(2)).type("/join ##Python sesame")
    play.events(admitted("#python"), fact.Heard(3)).lose()
    play.outputs += play.model.connected(introduce=True)
    play.events(welcomed("guest"), fact.Heard(1))
    assert play.sent[-1] == "/join ##Python sesame"
    play.events(admitted("#python"), fact.Heard(2), admitted("#other"))
    play.lose().outputs += play.model.connected(introduce=True)
    play.events(welcomed("guest"), fact.Heard(1))
    assert play.sent[-1] == "/join ##other"


def test_being_put_out_of_the_room() -> None:
    play = Play().enter().hear(fact.Kicked(ME, "lobby", Identity("7", "luis"), "", 1, 3))
    assert play.model.status.room == "lobby"
    kicked = fact.Kicked(Identity("7", "luis"), "lobby", ME, "enough", 1, 3)
    play.hear(kicked)
    assert play.shown[-2:] == [Happened(kicked), Roomless()]
    play.lose().outputs.clear()
    play.do(play.model.connected).hear(WELCOMED, admitted())
    assert play.sent == ["/json"]  # not back into where one is not wanted


def test_being_sent_away_is_the_end() -> None:
    ended = fact.Ended(Reason.KILLED, "enough")
    play = Play().enter().hear(no.NoSuchNick("luis"), ended).lose()
    assert play.end == End(69, Happened(ended))
    assert Happened(ended) in play.shown


def test_a_rooms_password_is_not_repeated() -> None:
    play = Play().enter().type("/join garden key").lose()
    assert play.shown == [Unconfirmed(("/join garden …",)), Lost(None)]
    assert play.type("/join garden key").shown[-1] == NotSent(("/join garden …",))


def test_a_server_that_hangs_up_for_want_of_a_password_gets_one_on_the_next_connection() -> None:
    play = introduced(nick="ana").events(fact.PasswordWanted()).lose()
    assert play.at(State.LOCKED)
    assert play.model.ping("x") == []
    assert [play.type(text).retries for text in ("", "wrong")] == [False, True]
    assert play.at(State.OFFLINE)
    play.outputs.clear()
    play.outputs += play.model.connected(introduce=True)
    assert play.sent == ["/pass wrong", "/nick ana", "/json"]
    play.events(no.WrongPassword(0), fact.PasswordWanted())
    assert play.shown == [Happened(no.WrongPassword(0)), Happened(fact.PasswordWanted())]
    play.type("sesame").lose()  # typed before the server has hung up
    assert play.retries
    play.outputs.clear()
    play.outputs += play.model.connected(introduce=True)
    assert play.sent[0] == "/pass sesame"
    play.events(welcomed("ana"), fact.Heard(3))
    assert play.at(State.INSIDE)


def test_who_has_no_password_may_leave() -> None:
    play = introduced().events(fact.PasswordWanted()).lose().do()
    play.outputs += play.model.leave()
    assert play.end == End(0)
    play = introduced().events(fact.PasswordWanted()).lose()
    play.outputs += play.model.aborted()
    assert play.end == End(0)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_where_nobody_can_be_asked_for_it_there_is_no_next_connection(password: str | None) -> None:
    play = introduced(may_ask=False, password=password)
    play.events(*([no.WrongPassword(0)] if password else []), fact.PasswordWanted()).lose()
    assert play.end
    assert play.end.code == 69
    assert len(play.shown) == 1


# --- refusals ----------------------------------------------------------------------------------------------


def test_a_full_lobby_is_a_refusal() -> None:
    play = Play()
    refusal = no.RoomFull("lobby", 3, 3)
    play.do(play.model.connected).hear(refusal, fact.Ended(Reason.ROOM_FULL))
    assert play.disconnects
    play.lose()
    assert play.end == End(69, Happened(refusal))
    assert play.shown == [Happened(refusal)]
    assert not play.retries


def test_a_full_room_that_was_wished_for_is_a_refusal_and_nothing_is_said_elsewhere() -> None:
    play = Play(room="garden").type("a secret")
    refusal = no.RoomFull("garden", 3, 3)
    play.do(play.model.connected).hear(WELCOMED, admitted(), refusal, fact.Heard(2))
    assert play.sent == ["/json", "/join garden", "/quit"]
    play.hear(fact.Ended(Reason.QUIT)).lose()
    assert play.end == End(69, Happened(refusal))
    assert NotSent(("a secret",)) in play.shown


def test_a_nick_that_is_taken_keeps_nobody_out() -> None:
    play = Play(nick="ana")
    play.do(play.model.connected).hear(WELCOMED, admitted(), no.NickTaken("ana"), fact.Heard(2))
    assert play.at(State.INSIDE)
    assert Happened(no.NickTaken("ana")) in play.shown


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([], ""),
        (["* Welcome.", "! the room is full (3 of 3)", "* The connection ends."], "the room is full (3 of 3)"),
        (["* The connection ends: this port speaks TLS only."], "The connection ends: this port speaks TLS only."),
        (["SSH-2.0-OpenSSH"], "SSH-2.0-OpenSSH"),
    ],
)
def test_closed_before_it_spoke_our_language(said: list[str], reason: str) -> None:
    play = Play()
    play.do(play.model.connected).text(*said).lose()
    assert play.end == End(69, Dismissed(reason))
    assert play.shown == [Dismissed(reason)]


def test_closed_on_the_way_in() -> None:
    play = Play()
    play.do(play.model.connected).hear(WELCOMED).lose()
    assert play.end == End(69, Lost(None))
    play = Play()
    play.do(play.model.connected).hear(fact.Ended(Reason.SERVER_STOPPING)).lose()
    assert play.end == End(69, Happened(fact.Ended(Reason.SERVER_STOPPING)))


@pytest.mark.parametrize(
    ("failure", "code"),
    [(UNREACHABLE, 69), (UNVERIFIED, 76), (Failed(ConfigError("bad")), 78), (Silent(10), 69)],
)
def test_no_first_connection(failure: Failed | Silent, code: int) -> None:
    play = Play().type("hello").lose(failure)
    assert play.end == End(code, failure)
    assert play.shown == [failure, NotSent(("hello",))]


# --- the password ------------------------------------------------------------------------------------------


def test_a_known_password_is_given_at_once() -> None:
    play = Play(password="sesame")
    play.do(play.model.connected).hear(fact.PasswordWanted())
    assert play.sent == ["/json", "/pass sesame"]
    play.hear(fact.Heard(1), WELCOMED, admitted(), fact.Heard(2))
    assert play.at(State.INSIDE)
    assert not any("sesame" in repr(output) for output in play.outputs)


def test_the_user_is_asked_and_asked_again() -> None:
    play = Play()
    play.do(play.model.connected).hear(fact.PasswordWanted(), fact.Heard(1))
    assert play.at(State.LOCKED)
    assert play.shown == [Happened(fact.PasswordWanted())]
    play.type("")
    assert play.sent == ["/json"]
    play.type("wrong").hear(no.WrongPassword(2))
    assert play.at(State.LOCKED)
    play.type("sesame").hear(WELCOMED, admitted(), fact.Heard(3))
    assert play.sent[1:] == ["/pass wrong", "/pass sesame"]
    assert play.at(State.INSIDE)


def test_the_right_password_is_remembered_for_the_next_connection() -> None:
    play = Play()
    play.do(play.model.connected).hear(fact.PasswordWanted()).type("sesame")
    play.hear(WELCOMED, admitted(), fact.Heard(2)).lose()
    play.do(play.model.connected).hear(fact.PasswordWanted())
    assert play.sent[-1] == "/pass sesame"
    assert not any(isinstance(display, Unconfirmed) for display in play.shown)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_where_nobody_can_be_asked_it_is_a_refusal(password: str | None) -> None:
    play = Play(may_ask=False, password=password)
    play.do(play.model.connected).hear(fact.PasswordWanted())
    if password:
        play.hear(no.WrongPassword(2))
    assert play.sent[-1] == "/quit"
    play.hear(fact.Ended(Reason.QUIT)).lose()
    assert play.end
    assert play.end.code == 69


def test_too_many_wrong_passwords_are_a_refusal() -> None:
    play = Play()
    play.do(play.model.connected).hear(fact.PasswordWanted()).type("wrong")
    play.hear(no.WrongPassword(0), fact.Ended(Reason.PASSWORD_FAILED)).lose()
    assert play.end == End(69, Happened(no.WrongPassword(0)))


# --- talking -----------------------------------------------------------------------------------------------


def test_what_is_said_is_shown_and_confirmed() -> None:
    play = Play().enter().type("hola", "//slash", "   ")
    assert play.sent == ["hola", "//slash"]
    assert play.shown == [OwnSaid("guest-1", "hola"), OwnSaid("guest-1", "/slash")]
    assert play.model.status.unconfirmed == 2
    play.hear(fact.Heard(2))
    assert play.confirmed == ["hola"]
    play.hear(fact.Heard(99))
    assert play.confirmed == ["hola", "//slash"]


def test_commands_are_sent_and_not_shown() -> None:
    play = Play().enter().type("/who", "/of-the-future x", "a\x1bb")
    assert play.sent == ["/who", "/of-the-future x", "a\x1bb"]
    assert not play.shown


def test_what_one_does_is_shown() -> None:
    play = Play().enter().type("/me waves")
    assert play.sent == ["/me waves"]
    assert play.shown == [OwnSaid("guest-1", "waves", action=True)]


def test_several_lines_that_were_pasted_are_several_messages() -> None:
    play = Play().enter().type("one\r\ntwo\n\n/who\u2028three")
    assert play.sent == ["one", "two", "/who", "three"]


def test_a_line_that_is_too_long_is_not_sent_and_not_lost() -> None:
    long = "ñ" * LINE_BYTES
    play = Play().enter().type(long)
    assert not play.sent
    assert play.shown == [Happened(no.LineTooLong(LINE_BYTES)), NotSent((long,))]


def test_what_no_encoding_can_carry_is_replaced() -> None:
    play = Play().enter().type("half \ud83d pair")
    assert play.sent == ["half ? pair"]


def test_a_wish_cannot_smuggle_in_a_command() -> None:
    play = Play(nick="ana\n/quit")
    play.do(play.model.connected).hear(WELCOMED, admitted())
    assert play.sent[-1] == "/nick ana /quit"


def test_own_pings_are_not_shown_but_those_of_the_user_are() -> None:
    play = Play().enter()
    play.outputs += play.model.ping(f"{PING_TOKEN}1")
    assert play.sent == [f"/ping {PING_TOKEN}1"]
    play.hear(fact.Ponged(f"{PING_TOKEN}1"))
    assert not play.shown
    play.type("/ping x").hear(fact.Ponged("x"))
    assert play.shown == [Happened(fact.Ponged("x"))]


def test_events_that_nobody_knows_and_lines_that_nobody_can_read() -> None:
    play = Play().enter()
    play.text('{"event": "of-the-future", "x": 1}', "a sentence")
    assert not play.shown
    play.text("{nonsense", '{"event": "said"}')
    assert play.shown == [Unreadable()] * 2
    play.do(play.model.garbled)
    assert play.shown == [Unreadable()] * 3
    assert play.at(State.INSIDE)


# --- leaving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["/quit", "/SALIR", "method"])
def test_leaving(way: str) -> None:
    play = Play().enter().type("last words")
    if way == "method":
        play.do(play.model.leave)
    else:
        play.type(way)
    assert play.sent[-1] == "/quit"
    assert play.at(State.LEAVING)
    play.hear(fact.Ended(Reason.QUIT))
    assert play.disconnects
    assert play.shown[-1] == Happened(fact.Ended(Reason.QUIT))
    play.lose()
    assert play.confirmed == ["last words"]
    assert play.end == End(0)


def test_a_goodbye_without_an_answer_reports_what_is_uncertain() -> None:
    play = Play().enter().type("last words")
    play.do(play.model.leave).lose()
    assert play.shown[-1] == Unconfirmed(("last words",))
    assert play.end == End(1)
    play = Play().enter()
    play.do(play.model.leave).lose()
    assert play.end == End(0)


def test_leaving_before_there_was_a_connection() -> None:
    play = Play().type("hello", "/quit")
    assert play.end == End(0)
    assert play.shown == [NotSent(("hello",))]
    play = Play()
    play.do(play.model.connected).type("/quit")
    assert play.sent == ["/json", "/quit"]


def test_what_is_typed_while_leaving_is_not_sent() -> None:
    play = Play().enter()
    play.do(play.model.leave).type("wait", "/pass s3cret")
    assert play.shown == [NotSent(("wait",))]


def test_given_up_without_waiting() -> None:
    play = Play().enter().type("hello")
    play.do(play.model.aborted)
    assert play.shown[-1] == Unconfirmed(("hello",))
    assert play.end == End(1)
    play.do(play.model.aborted, play.model.leave).lose()
    assert play.end == End(1)
    play = Play().enter()
    play.do(play.model.aborted)
    assert play.end == End(0)


# --- breaking and coming back ------------------------------------------------------------------------------


def test_a_break_reports_what_is_uncertain_and_tries_again() -> None:
    play = Play().enter().type("one", "two", "/pass s3cret", "three").hear(fact.Heard(2))
    play.lose()
    assert play.confirmed == ["one"]
    assert play.shown[-2:] == [Unconfirmed(("two", "three")), Lost(None)]
    assert play.retries
    assert play.at(State.OFFLINE)
    assert play.model.status.members == ()
    assert play.model.status.unconfirmed == 0
    play.type("four", "/pass s3cret")
    assert play.shown[-1] == NotSent(("four",))
    assert "s3cret" not in repr(play.shown)


@pytest.mark.parametrize(
    ("reason", "shown"), [(Reason.SERVER_STOPPING, Lost(Reason.SERVER_STOPPING)), (None, Silent(60))]
)
def test_the_reason_of_a_break_is_said(reason: Reason | None, shown: Display) -> None:
    play = Play().enter()
    if reason:
        play.hear(fact.Ended(reason))
        assert play.disconnects
    play.lose(Silent(60) if reason is None else None)
    assert play.shown == [shown]
    assert play.retries


def test_nick_and_room_are_taken_back() -> None:
    play = Play().enter().hear(fact.Named(Identity("0", "ana")), fact.Departed("lobby"), admitted("garden", "ana"))
    play.lose(UNREACHABLE).lose(UNREACHABLE)
    assert [d for d in play.shown if isinstance(d, Failed)] == []
    play.outputs.clear()
    play.do(play.model.connected).hear(WELCOMED, admitted(), fact.Heard(1))
    assert play.sent == ["/json", "/nick ana", "/join garden"]
    play.type("hello")
    play.hear(fact.Named(Identity("0", "ana")), fact.Departed("lobby"), admitted("garden", "ana"), fact.Heard(3))
    assert Restored() in play.shown
    assert Happened(WELCOMED) not in play.shown
    assert play.sent[-1] == "hello"


def test_a_room_that_was_left_is_not_taken_back() -> None:
    play = Play(room="garden")
    play.do(play.model.connected).hear(WELCOMED, admitted(), admitted("garden"), fact.Heard(2))
    play.hear(fact.Departed("garden")).lose()
    play.outputs.clear()
    play.do(play.model.connected).hear(WELCOMED, admitted())
    assert play.sent == ["/json"]


def test_a_guest_of_a_server_that_forgot_us_has_the_new_name() -> None:
    play = Play().enter().lose()
    play.do(play.model.connected).hear(
        fact.Welcomed(Identity("9", "guest-7"), "server", "", ""), admitted("lobby", "guest-7"), fact.Heard(1)
    )
    assert play.model.status.nick == "guest-7"


@pytest.mark.parametrize("how", ["json", "sentence"])
def test_a_refusal_after_a_break_ends_it(how: str) -> None:
    play = Play().enter().lose()
    play.do(play.model.connected)
    if how == "json":
        play.hear(no.RoomFull("lobby", 3, 3), fact.Ended(Reason.ROOM_FULL))
    else:
        play.text("! the room is full (3 of 3)", "* The connection ends: the room is full.")
    play.lose()
    assert play.end
    assert play.end.code == 69


def test_a_full_room_after_a_break_leaves_us_in_the_lobby_where_nothing_is_said_that_was_not_meant_for_it() -> (
    None
):
    play = Play(room="garden")
    play.do(play.model.connected).hear(WELCOMED, admitted(), admitted("garden"), fact.Heard(2)).lose()
    play.do(play.model.connected).hear(WELCOMED, admitted()).type("a secret")
    play.hear(no.RoomFull("garden", 3, 3), fact.Heard(2))
    assert "a secret" not in play.sent
    assert NotSent(("a secret",)) in play.shown
    assert play.at(State.INSIDE)
    assert play.model.status.room == "lobby"


def test_a_server_that_cannot_be_verified_any_more_ends_it() -> None:
    play = Play().enter().lose().lose(UNVERIFIED)
    assert play.end == End(76, UNVERIFIED)


def test_who_wants_no_second_connection_gets_none() -> None:
    play = Play(reconnect=False).enter().type("hello").lose()
    assert play.shown[-2:] == [Unconfirmed(("hello",)), Lost(None)]
    assert play.end == End(1, Lost(None))


def test_leaving_while_there_is_no_connection() -> None:
    play = Play().enter().lose().type("/quit")
    assert play.end == End(0)
    assert play.at(State.OVER)


# --- whatever happens --------------------------------------------------------------------------------------

EVENTS = st.sampled_from([
    WELCOMED,
    admitted(),
    admitted("garden", "ana", "luis"),
    fact.Heard(1),
    fact.Heard(3),
    fact.Heard(-5),
    fact.PasswordWanted(),
    no.WrongPassword(1),
    no.PasswordFirst(),
    no.NotInside(),
    no.RoomFull("garden", 3, 3),
    fact.RoomShown(RoomView("lobby", ("x",), 3)),
    fact.Named(Identity("0", "ana")),
    fact.Departed("lobby"),
    fact.Kicked(ME, "lobby", ME, "", 0, 3),
    fact.Ended(Reason.QUIT),
    fact.Ended(Reason.ROOM_FULL),
    fact.Ended(Reason.STALLED),
])  # fmt: skip
STEPS = st.lists(
    st.one_of(
        EVENTS.map(lambda event: ("received", json_lines.encode(event).decode())),
        st.text(max_size=5).map(lambda text: ("received", text)),
        st.sampled_from(["hello", "/quit", "/pass x", "", "a\nb"]).map(lambda text: ("typed", text)),
        st.sampled_from([None, UNREACHABLE, UNVERIFIED, Silent(60)]).map(lambda why: ("lost", why)),
        st.just(("leave", ...)),
        st.just(("aborted", ...)),
        st.just(("garbled", ...)),
        st.just(("ping", "x")),
    ),
    max_size=40,
)


@given(STEPS, st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, "garden"]))
def test_no_order_of_events_is_a_fault_and_no_line_gets_lost(
    steps: list[tuple[str, object]], may_ask: bool, reconnect: bool, introduce: bool, room: str | None
) -> None:
    model = ClientModel(Wishes(room=room, may_ask=may_ask, reconnect=reconnect))
    connected, ended = False, False
    accounted: list[str] = []
    wanted = 0
    for name, argument in steps:
        if not connected and model.status.state in {State.CONNECTING, State.OFFLINE}:
            outputs = model.connected(introduce=introduce)
            connected = True
        else:
            outputs = []
        before = model.status.state
        if name == "typed" and before is not State.LOCKED:
            wanted += {"hello": 1, "a\nb": 2}.get(str(argument), 0)
        outputs += getattr(model, name)(*([] if argument is ... else [argument]))
        if name == "lost":
            connected = False
        for output in outputs:
            assert not ended or isinstance(output, Show)  # late words of the user are still reported
            match output:
                case Confirmed(lines) | Show(Unconfirmed(lines)) | Show(NotSent(lines)):
                    accounted += lines
                case Send():
                    assert connected or name == "lost"
                case End():
                    ended = True
        assert ended == (model.status.state is State.OVER)
    accounted += [line for output in model.aborted() for line in _lines(output)]
    assert len([line for line in accounted if line in {"hello", "a", "b"}]) == wanted


def _lines(output: Output) -> tuple[str, ...]:
    match output:
        case Confirmed(lines) | Show(Unconfirmed(lines)) | Show(NotSent(lines)):
            return lines
    return ()


def test_every_state_has_its_ways_out() -> None:
    assert set(NEXT) == set(State)
    assert all(State.OVER in following for state, following in NEXT.items() if state is not State.OVER)


def test_changes_are_told_once() -> None:
    play = Play()
    play.do(play.model.connected).hear(WELCOMED, fact.Said(ME, "lobby", "x", 1))
    changes = [output.status for output in play.outputs if isinstance(output, Changed)]
    assert [change.state for change in changes] == [State.ENTERING, State.ENTERING]
    assert changes[-1] == play.model.status
