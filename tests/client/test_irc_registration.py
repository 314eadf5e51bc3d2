"""The way in: capabilities, nicks, passwords, with servers of every age."""

import pytest

from coliseum.client.irc.facts import Objected
from coliseum.client.irc.registration import GUEST, MOST_TRIES, candidates, simplified
from coliseum.client.irc.tongue import Tongue
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Reason
from coliseum.core.vocabulary import Identity
from tests.client.irc_support import SERVER, Talk

ANA = Identity("", "ana", "~u", "host.example")
BEGIN = ["CAP LS 302", "NICK ana", "USER coliseum 0 * ana"]


def begin(*lines: str) -> Talk:
    return Talk().say(*lines, "/json")


def test_who_we_are_is_said_first() -> None:
    assert Tongue().take_lines() == []
    assert begin("/nick ana").sent == BEGIN
    assert begin("/pass open sesame", "/nick ana").sent == [BEGIN[0], "PASS :open sesame", *BEGIN[1:]]
    assert begin().sent == ["CAP LS 302", f"NICK {GUEST}", f"USER coliseum 0 * {GUEST}"]


def test_a_server_that_does_not_know_capabilities() -> None:
    talk = begin("/nick ana").forget()
    talk.hear(f":{SERVER} NOTICE * :*** Looking up your hostname", "421 ana CAP :Unknown command")
    assert talk.events == [fact.Heard(0)]
    talk.hear("001 ana :Welcome to the Net ana!~u@host.example", "002 ana :Your host is")
    assert talk.sent == ["PING coliseum-welcome"]
    assert talk.events == []
    talk.hear("375 ana :- MOTD", "372 ana :- Be kind", "372 ana :- \x02always", "376 ana :End")
    assert talk.events == [fact.Welcomed(ANA, SERVER, "", "Be kind\nalways"), fact.Heard(2)]
    assert talk.hear(f":{SERVER} PONG {SERVER} coliseum-welcome").events == []


def test_a_server_without_a_message_of_the_day_that_does_not_say_so() -> None:
    talk = begin("/nick ana").hear("001 ana :Welcome", "005 ana NETWORK=Net :are supported").forget()
    talk.hear(f":{SERVER} PONG {SERVER} coliseum-welcome")
    assert talk.told == [fact.Welcomed(Identity("", "ana"), "Net", "", "")]


def test_a_long_message_of_the_day_is_cut() -> None:
    talk = begin("/nick ana").hear("001 ana :Welcome").forget()
    talk.hear(*(f"372 ana :- line {number}" for number in range(100)), "376 ana :End")
    [welcomed] = talk.told
    assert isinstance(welcomed, fact.Welcomed)
    assert len(welcomed.motd.splitlines()) == 12


def test_what_the_server_offers_is_asked_for_as_far_as_we_know_it() -> None:
    talk = begin("/nick ana").forget()
    talk.hear(
        f":{SERVER} CAP * LS * :sasl=PLAIN batch", f":{SERVER} CAP * LS :server-time draft/x labeled-response"
    )
    assert talk.sent == ["CAP REQ :batch labeled-response server-time"]
    talk.hear(f":{SERVER} CAP * ACK :batch labeled-response server-time")
    assert talk.sent == ["CAP END"]
    talk.hear("001 ana :Welcome", "422 ana :No MOTD").forget()
    talk.say("/join room")
    assert talk.sent == ["@label=1 JOIN #room", "@label=2 MODE #room"]


def test_nothing_to_ask_for() -> None:
    talk = begin("/nick ana").forget()
    assert talk.hear(f":{SERVER} CAP * LS :sasl").sent == ["CAP END"]
    talk = begin("/nick ana").forget()
    assert talk.hear(f":{SERVER} CAP * LS :").sent == ["CAP END"]


def test_a_refused_request_is_made_again_one_by_one() -> None:
    talk = begin("/nick ana").forget()
    talk.hear(f":{SERVER} CAP * LS :batch echo-message")
    assert talk.sent == ["CAP REQ :batch echo-message"]
    talk.hear(f":{SERVER} CAP * NAK :batch echo-message")
    assert talk.sent == ["CAP REQ batch", "CAP REQ echo-message"]
    talk.hear(f":{SERVER} CAP * ACK :batch")
    assert talk.sent == []
    talk.hear(f":{SERVER} CAP * NAK :echo-message")
    assert talk.sent == ["CAP END"]


def test_capabilities_that_come_later_and_go() -> None:
    talk = Talk().register("batch", "labeled-response")
    assert talk.hear(f":{SERVER} CAP ana NEW :echo-message sasl").sent == ["CAP REQ echo-message"]
    assert talk.hear(f":{SERVER} CAP ana ACK :echo-message").sent == []
    talk.hear(f":{SERVER} CAP ana DEL :labeled-response")
    assert talk.say("/rooms").sent == ["LIST", "PING coliseum-line-1"]
    assert talk.hear(f":{SERVER} CAP ana LIST :x", "CAP", "CAP ana", f":{SERVER} CAP ana ACK").told == []


# --- nicks -------------------------------------------------------------------------------------------------


def test_a_nick_that_is_taken_is_followed_by_others() -> None:
    talk = begin("/nick ana").forget()
    talk.hear("433 * ana :Nickname is already in use")
    assert talk.sent == ["NICK ana_"]
    assert talk.told == [no.NickTaken("ana")]
    talk.hear("433 * ana_ :Nickname is already in use", "437 * ana1 :Unavailable")
    assert talk.sent == ["NICK ana1", "NICK ana2"]
    talk.hear("001 ana2 :Welcome", "422 ana2 :No MOTD")
    assert talk.told == [fact.Welcomed(Identity("", "ana2"), SERVER, "", "")]


def test_a_guest_does_not_mind_what_they_are_called() -> None:
    talk = begin().forget()
    talk.hear(f"433 * {GUEST} :Nickname is already in use")
    assert talk.sent == [f"NICK {GUEST}_"]
    assert talk.told == []


@pytest.mark.parametrize(
    ("nick", "words", "refusal", "next_one"),
    [
        ("José", "Erroneous nickname", no.NickInvalid("José", "characters", 0), "Jose"),
        ("1ana", "Erroneous nickname", no.NickInvalid("1ana", "first", 0), "ana"),
        ("Anastasia-Maria", "Nickname too long, max. 9 characters",
         no.NickInvalid("Anastasia-Maria", "too-long", 9), "Anastasia"),
        ("ana", "Nickname is reserved", no.NickInvalid("ana", "characters", 0), GUEST),
        ("日本", "Erroneous nickname", no.NickInvalid("日本", "characters", 0), GUEST),
    ],
)  # fmt: skip
def test_a_nick_that_cannot_be_one(nick: str, words: str, refusal: no.Refusal, next_one: str) -> None:
    talk = begin(f"/nick {nick}").forget()
    talk.hear(f"432 * {nick} :{words}")
    assert talk.told == [refusal]
    assert talk.sent == [f"NICK {next_one}"]
    assert talk.hear(f"433 * {next_one} :in use").told == []


def test_at_some_point_there_are_no_more_nicks() -> None:
    talk = begin("/nick ana").forget()
    tries = 0
    while (sent := talk.hear("433 * x :in use").sent) != ["QUIT"]:
        tries += 1
        assert len(sent) == 1
        assert tries <= MOST_TRIES


def test_no_nick_is_longer_than_the_one_that_was_wished_for_or_than_any_server_takes() -> None:
    assert list(candidates("ana"))[:4] == ["ana", "ana_", "ana1", "ana2"]
    assert list(candidates("anastasia"))[:4] == ["anastasia", "anastasi_", "anastasi1", "anastasi2"]
    assert max(map(len, candidates("anastasiamaria"))) == 14
    assert simplified("ñandú-9") == "nandu-9"
    assert simplified("-9") == GUEST


# --- passwords ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["464 * :Password incorrect", "ERROR :Access denied: Bad password?"])
def test_a_server_that_wants_a_password(words: str) -> None:
    talk = begin("/nick ana").forget()
    talk.hear(words, "ERROR :Closing link (Bad Password)")
    assert talk.told == [fact.PasswordWanted()]
    assert talk.sent == ["QUIT"]
    talk = begin("/pass wrong", "/nick ana").forget()
    talk.hear(words, "464 * :Password incorrect", "ERROR :Closing link (Bad Password)")
    assert talk.told == [no.WrongPassword(0), fact.PasswordWanted()]


def test_other_ends_of_the_way_in() -> None:
    talk = begin("/nick ana").forget()
    talk.hear("465 * :You are banned", "ERROR :Closing link (banned)")
    [objected, ended] = talk.told
    assert objected == Objected("You are banned")
    assert ended == fact.Ended(Reason.KILLED, "Closing link (banned)")
    talk = begin("/nick ana").forget()
    assert talk.hear("ERROR :Too many connections").told == [fact.Ended(Reason.OTHER, "Too many connections")]


def test_questions_that_come_too_early_are_nobodys_concern() -> None:
    talk = begin("/nick ana").forget()
    talk.say("/ping coliseum-join-1")
    assert talk.sent == ["PING coliseum-join-1"]
    assert talk.hear("451 * :You have not registered").told == []


def test_goodbye_before_one_is_in() -> None:
    talk = begin("/nick ana").forget()
    assert talk.say("/quit", "/who").sent == ["QUIT"]
    assert talk.hear("ERROR :Closing link").told == [fact.Ended(Reason.QUIT, "Closing link")]


def test_who_does_not_speak_irc_is_heard_as_a_person() -> None:
    talk = begin("/nick ana").forget()
    talk.hear("* Welcome to coliseum.", "SSH-2.0-OpenSSH", "! full", "")
    assert talk.events == ["* Welcome to coliseum.", "SSH-2.0-OpenSSH", "! full"]
    talk.hear("NOTICE * :hi", "* and then nonsense")
    assert talk.events == [fact.Heard(0)]
