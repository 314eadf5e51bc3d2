"""The response collector: every labelled line is answered exactly once, and by nothing that others caused.

Source: IRCv3 Labeled Responses, Batch.
"""

import re
from dataclasses import replace

import pytest

from coliseum.core.effects import ReadConfiguration, VerifyPassword
from coliseum.core.inbound import Garbled
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.dialects.irc.dialect import LINE_LIMIT
from tests.irc.support_pure import QUIET, Peer, PureHouse, commands, parsed

LABELS = ("labeled-response", "batch")
POLICY = replace(QUIET, opers=(("root", "sesame"), ("toor", "other")))


@pytest.fixture
def house() -> PureHouse:
    return PureHouse(POLICY)


@pytest.fixture
def ana(house: PureHouse) -> Peer:
    peer = house.enter("ana", *LABELS)
    peer.say("JOIN #a")
    return peer


def labels(lines: list[str]) -> list[str]:
    return [message.tags["label"] for message in parsed(lines) if "label" in message.tags]


# --- one answer each -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        # one line
        ("PING x", ":irc.example PONG irc.example :x"),
        ("WHOIS", ":irc.example 431 ana :No nickname given"),
        ("DANCE", ":irc.example 421 ana DANCE :Unknown command"),
        ("PART", ":irc.example 461 ana PART :Not enough parameters"),
        ("USER a 0 * :x", ":irc.example 462 ana :You may not reregister"),
        ("PRIVMSG nobody :hi", ":irc.example 401 ana nobody :No such nick/channel"),
        ("JOIN &x", ":irc.example 403 ana &x :No such channel"),
        ("NICK eva", ":ana!~ana@localhost NICK eva"),
        ("TOPIC #a :roses", ":ana!~ana@localhost TOPIC #a :roses"),
        ("MODE #a +s", ":ana!~ana@localhost MODE #a +s"),
        ("PART #a :tea", ":ana!~ana@localhost PART #a :tea"),
        ("KILL eva", ":irc.example 481 ana :Permission Denied - You're not an IRC operator"),
        (f"PRIVMSG #a :{'x' * 512}", ":irc.example 417 ana :Input line was too long"),
        # nothing: section "The ACK response"
        ("PONG x", ":irc.example ACK"),
        ("PRIVMSG #a :hi", ":irc.example ACK"),
        ("NOTICE nobody :hi", ":irc.example ACK"),
        ("JOIN #a", ":irc.example ACK"),
        ("MODE #a +n", ":irc.example ACK"),
        ("NICK ana", ":irc.example ACK"),
        ("MONITOR C", ":irc.example ACK"),
        ("ERROR :x", ":irc.example ACK"),
        ("SETNAME :x", ":irc.example ACK"),
    ],
)
def test_one_line_or_none(ana: Peer, line: str, answer: str) -> None:
    assert ana.say(f"@label=7 {line}") == [f"@label=7 {answer}"]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("JOIN #b", ["JOIN", "353", "366"]),
        ("WHO #a", ["352", "315"]),
        ("MODE #a", ["324", "329"]),
        ("LIST", ["321", "322", "323"]),
        ("PRIVMSG x,y,#a :hi", ["401", "401"]),
        ("MODE ana +ix", ["501", "MODE"]),
        ("MONITOR + ana,eva", ["730", "731"]),
        ("JOIN #b,#c,0", ["JOIN", "353", "366", "JOIN", "353", "366", "403"]),
        ("OPER nobody x", ["464"]),
    ],
)
def test_several_lines_are_one_batch(ana: Peer, line: str, answers: list[str]) -> None:
    lines = ana.say(f"@label=7 {line}")
    assert labels(lines) == ["7"]
    if len(answers) == 1:
        assert commands(lines) == answers
        return
    first, *inside, last = parsed(lines)
    assert [message.command for message in inside] == answers
    reference = first.params[0].removeprefix("+")
    assert first.params == (f"+{reference}", "labeled-response")
    assert last.params == (f"-{reference}",)
    assert re.fullmatch(r"[A-Za-z0-9-]+", reference)
    assert all(message.tags == {"batch": reference} for message in inside)
    assert first.tags == {"label": "7"}
    assert last.tags == {}


def test_references_are_used_once(ana: Peer) -> None:
    lines = ana.say(*[f"@label={i} WHO #a" for i in range(5)])
    begun = [m.params[0] for m in parsed(lines) if m.command == "BATCH" and m.params[0].startswith("+")]
    assert len(set(begun)) == 5
    assert labels(lines) == [str(i) for i in range(5)]


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (
            Garbled(NotText(), "@label=7 TOPIC #a :\ufffd"),
            ":irc.example FAIL TOPIC INVALID_UTF8 :Message rejected, it is not valid UTF-8",
        ),
        (Garbled(NotText(), "@label=7 NOTICE #a :\ufffd"), ":irc.example ACK"),
        (
            Garbled(LineTooLong(LINE_LIMIT), "@label=7 TOPIC #a :xx"),
            ":irc.example 417 ana :Input line was too long",
        ),
    ],
)
def test_lines_that_could_not_be_read_have_labels_too(ana: Peer, item: Garbled, answer: str) -> None:
    assert ana.say(item) == [f"@label=7 {answer}"]


def test_before_registration(house: PureHouse) -> None:
    peer = house.connect()
    peer.say("CAP REQ :labeled-response batch")
    assert peer.say("@label=1 JOIN #a") == ["@label=1 :irc.example 451 * :You have not registered"]
    assert peer.say("@label=2 NICK ana") == ["@label=2 :irc.example ACK"]
    assert labels(peer.say("@label=3 USER a 0 * :x", "@label=4 CAP END")) == ["3", "4"]


# --- which labels count --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        ("label=a", "a"),
        (r"label=a\sb\:", r"a\sb\:"),
        ("label=a;label=b", "b"),  # Message Tags: "discard all but the final occurrence"
        ("x=y;label=a;+z", "a"),
        (f"label={'x' * 64}", "x" * 64),
        (f"label={'é' * 32}", "é" * 32),
        ("label", ""),
        ("label=", ""),
        (f"label={'x' * 65}", ""),  # "The value MUST NOT exceed 64 bytes"
        (f"label={'é' * 33}", ""),
        ("+label=a", ""),
    ],
)
def test_labels_are_opaque_and_have_a_length(ana: Peer, tags: str, label: str) -> None:
    assert ana.say(f"@{tags} PING x")[0].startswith(f"@label={label} :" if label else ":irc.example PONG")


def test_nobody_gets_a_label_who_did_not_ask_for_it(house: PureHouse) -> None:
    for capabilities in [(), ("message-tags", "batch")]:
        assert house.enter(f"a{len(capabilities)}", *capabilities).say("@label=1 PING x") == [
            ":irc.example PONG irc.example :x"
        ]


def test_the_label_of_a_wish_that_ends_labels_is_still_answered(ana: Peer) -> None:
    wish = "CAP REQ :-labeled-response"
    assert ana.say(f"@label=1 {wish}") == ["@label=1 :irc.example CAP ana ACK :-labeled-response"]
    assert ana.say("@label=2 PING x") == [":irc.example PONG irc.example :x"]


def test_without_batch_there_are_no_batches(house: PureHouse) -> None:
    """Section "Dependencies": "the batch capability which MUST be negotiated to use labeled responses"."""
    assert "BATCH" not in commands(house.enter("eva", "labeled-response").say("@label=1 WHOIS eva"))


# --- messages to oneself: "the server MUST NOT include the label tag, except for … echo-message" -------------


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_a_message_to_oneself(house: PureHouse, ana: Peer, verb: str) -> None:
    said = f":ana!~ana@localhost {verb} ana :hi"
    assert ana.say(f"@label=1 {verb} ana :hi") == ["@label=1 :irc.example ACK", said]
    ana.say("CAP REQ echo-message")
    assert ana.say(f"@label=1 {verb} ana :hi") == [f"@label=1 {said}", said]


def test_a_message_to_oneself_and_others(house: PureHouse, ana: Peer) -> None:
    house.enter("eva")
    ana.say("CAP REQ echo-message")
    lines = ana.say("@label=1 PRIVMSG eva,ana,#a :hi")
    assert [(m.command, m.params[0]) for m in parsed(lines)[1:-2]] == [
        ("PRIVMSG", "eva"),
        ("PRIVMSG", "ana"),
        ("PRIVMSG", "#a"),
    ]
    assert parsed(lines)[-1].params == ("ana", "hi")
    assert parsed(lines)[-1].tags == {}


def test_nobody_is_told_twice_under_two_spellings(ana: Peer) -> None:
    ana.say("CAP REQ :echo-message message-tags")
    one, other = parsed(ana.say("@label=1 PRIVMSG ana,ANA :hi"))
    assert one.tags == {"label": "1", **other.tags}


# --- what others cause is not part of it ----------------------------------------------------------------------


def test_what_waited_before_is_not_part_of_the_answer(house: PureHouse, ana: Peer) -> None:
    eva = house.enter("eva")
    eva.feed("JOIN #a", "PRIVMSG #a :first")
    ana.feed("@label=1 PING x")
    eva.feed("PRIVMSG #a :second")
    assert [(m.command, m.tags) for m in parsed(ana.take())] == [
        ("JOIN", {}),
        ("PRIVMSG", {}),
        ("PONG", {"label": "1"}),
        ("PRIVMSG", {}),
    ]


def test_a_script_is_answered_once_at_its_end(house: PureHouse, ana: Peer) -> None:
    eva = house.enter("eva")
    eva.say("JOIN #a")
    ana.take()
    ana.feed("@label=1 OPER root sesame", "@label=2 PING x", "PING y")
    assert ana.effect == VerifyPassword("sesame", "sesame")
    assert ana.take() == []
    eva.say("PRIVMSG #a :hi", "PART #a")
    assert ana.take() == [":eva!~eva@localhost PRIVMSG #a :hi", ":eva!~eva@localhost PART #a"]
    eva.feed("JOIN #a")  # which waits in ana's mailbox when her script goes on
    ana.carry_on()
    assert [(m.command, m.tags) for m in parsed(ana.take())] == [
        ("JOIN", {}),
        ("BATCH", {"label": "1"}),
        ("381", {"batch": "1"}),
        ("MODE", {"batch": "1"}),
        ("BATCH", {}),
        ("PONG", {"label": "2"}),
        ("PONG", {}),
    ]


@pytest.mark.parametrize(("labelled", "answer"), [(True, "@label=1 "), (False, "")])
def test_a_script_that_ends_with_a_no(ana: Peer, labelled: bool, answer: str) -> None:
    label = "@label=1 " if labelled else ""
    assert ana.say(f"{label}OPER root wrong") == [f"{answer}:irc.example 464 ana :Password incorrect"]


def test_a_script_that_speaks_before_it_waits(house: PureHouse, ana: Peer) -> None:
    ana.say("OPER root sesame")
    ana.feed("@label=1 REHASH")
    assert ana.effect == ReadConfiguration()
    assert ana.take() == []
    ana.carry_on()
    assert [(m.command, m.tags.get("batch")) for m in parsed(ana.take())[1:-1]] == [("382", "1"), ("FAIL", "1")]


def test_what_a_session_that_ends_meanwhile_had_asked_for_is_not_answered(house: PureHouse, ana: Peer) -> None:
    root = house.enter("root")
    root.say("OPER toor other")
    ana.feed("@label=1 OPER root sesame", "@label=2 PING x")
    root.say("KILL ana :bye")
    assert ana.take() == ["ERROR :Closing link: Killed (root (bye))"]
    ana.carry_on()
    assert ana.take() == []
    assert ana.finished


@pytest.mark.parametrize("line", ["QUIT :bye", "KILL ana"])
def test_a_line_that_ends_the_session_is_answered_by_its_end(ana: Peer, line: str) -> None:
    ana.say("OPER root sesame")
    assert [m.tags for m in parsed(ana.say(f"@label=1 {line}"))] == [{}]
    assert ana.finished


def test_too_many_wrong_passwords_end_the_session(ana: Peer) -> None:
    for _ in range(POLICY.password_tries - 1):
        assert commands(ana.say("@label=1 OPER root wrong")) == ["464"]
    assert commands(ana.say("@label=1 OPER root wrong", "PING x"))[-1] == "ERROR"
    assert ana.finished


def test_a_password_is_compared_whether_the_name_exists_or_not(ana: Peer) -> None:
    ana.feed("OPER nobody sesame")
    assert ana.effect == VerifyPassword("sesame", "sesame")
    ana.carry_on()
    assert commands(ana.take()) == ["464"]


# --- a NOTICE is never answered with an error (RFC 2812 section 3.3.2) -----------------------------------------


@pytest.mark.parametrize(
    "words", ["", "nobody", "nobody :hi", "#nowhere :hi", "#m :hi", "a,b,c,d,e :hi", ":", f"ana :{'x' * 600}"]
)
def test_notice(house: PureHouse, words: str) -> None:
    house.enter("eva").say("JOIN #m", "MODE #m +m")
    assert house.enter("ana").say(f"NOTICE {words}") == []


@pytest.mark.parametrize("line", ["NOTICE ana :a\0b", "A\0B", "A\rB"])
def test_cr_and_nul_are_never_sent_back(ana: Peer, line: str) -> None:
    found = ana.say(line)  # support_pure.lines_of looks at what is sent
    assert commands(found) == ([] if line.startswith("NOTICE") else ["400"])


def test_cr_in_a_garbled_line_is_never_sent_back(ana: Peer) -> None:
    ana.say(Garbled(NotText(), "A\rB \ufffd"))


# --- the flush -------------------------------------------------------------------------------------------------


def test_a_session_is_flushed_once(house: PureHouse, ana: Peer) -> None:
    ana.feed("@label=1 PING x", "QUIT")
    parcels = house.world.collect()
    assert len(parcels) == len({session for session, *_ in parcels})
