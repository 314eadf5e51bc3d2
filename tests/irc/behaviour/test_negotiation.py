"""Capability negotiation: CAP (IRCv3 Capability Negotiation)."""

import pytest

from tests.irc.behaviour.client import Talker
from tests.irc.behaviour.conftest import Hall

OFFERED = {
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "draft/pre-away",
    "echo-message",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "no-implicit-names",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
}


def active(talker: Talker) -> set[str]:
    """Return what CAP LIST tells."""
    lines = talker.ask_whole("CAP LIST")
    assert all(line.command == "CAP" and line.params[1] == "LIST" for line in lines)
    assert all(line.params[2] == "*" for line in lines[:-1])
    return {name for line in lines for name in line.text.split()}


@pytest.mark.parametrize("registered", [False, True])
def test_what_is_offered(hall: Hall, registered: bool) -> None:
    """CAP LS, before and after the registration; without values for clients that know none (CAP LS Version)."""
    talker = hall.enter("ana") if registered else hall.connect()
    for version in ("", " 301", " 302", " 307", " nonsense"):
        lines = talker.ask_whole(f"CAP LS{version}")
        assert {line.params[:2] for line in lines} == {(talker.nick, "LS")}
        names = [name for line in lines for name in line.text.split()]
        assert {name.partition("=")[0] for name in names} >= OFFERED
        assert len(names) == len(set(names))
        if version in {"", " 301"}:
            assert len(lines) == 1
            assert not [name for name in names if "=" in name]


def test_a_wish_is_met_as_a_whole_or_not_at_all(hall: Hall) -> None:
    """CAP REQ, ACK, NAK: the list comes back as it was written, and after a NAK nothing has changed."""
    talker = hall.connect()
    assert talker.ask("CAP LS")[0].startswith("CAP * LS ")
    assert active(talker) == set()
    assert talker.ask("CAP REQ :batch multi-prefix") == ["CAP * ACK batch multi-prefix"]
    assert talker.ask("CAP REQ :server-time no-such  -batch") == ["CAP * NAK server-time no-such  -batch"]
    assert active(talker) == {"batch", "multi-prefix"}
    assert talker.ask("CAP REQ :-batch server-time batch -multi-prefix")[0].startswith("CAP * ACK -batch")
    assert active(talker) == {"batch", "server-time"}
    # What is on already, or off already, is no reason to refuse.
    assert talker.ask("CAP REQ :batch -setname ") == ["CAP * ACK batch -setname "]
    assert active(talker) == {"batch", "server-time"}
    assert talker.ask("CAP REQ :Batch") == ["CAP * NAK Batch"]  # names are compared as they are
    assert talker.ask("CAP REQ :batch=1") == ["CAP * NAK batch=1"]
    assert talker.ask("CAP REQ batch") == ["CAP * ACK batch"]  # a single one needs no colon


def test_words_that_cap_does_not_have(hall: Hall) -> None:
    """ERR_INVALIDCAPCMD (410) with the word; ERR_NEEDMOREPARAMS (461)."""
    talker = hall.connect()
    for own in ("*", "ana"):
        answer = talker.ask_whole("CAP FOO", "CAP ACK :batch", "CAP")
        assert [(line.command, *line.params[:2]) for line in answer] == [
            ("410", own, "FOO"),
            ("410", own, "ACK"),
            ("461", own, "CAP"),
        ]
        if own == "*":
            talker.register("ana")


def test_cap_after_the_registration(hall: Hall) -> None:
    """The server must accept CAP at any time; END is then ignored, and nothing is held up."""
    ana, luis = hall.gather("#r", "ana", "luis")
    assert ana.ask("CAP END") == []
    assert len(ana.ask("CAP LS 302")) == 1
    assert ana.ask("PRIVMSG #r :not held up") == []
    assert luis.seen() == ["ana PRIVMSG #r not held up"]
    assert luis.ask("CAP REQ :server-time") == ["CAP luis ACK server-time"]
    ana.send("PRIVMSG #r :one")
    assert "time" in luis.expect("PRIVMSG", "#r", "one").tags
    assert luis.ask("CAP REQ :-server-time") == ["CAP luis ACK -server-time"]
    ana.send("PRIVMSG #r :two")
    assert not luis.expect("PRIVMSG", "#r", "two").tags


def test_a_client_of_version_302_always_has_cap_notify(hall: Hall) -> None:
    """cap-notify: implied by CAP LS 302, never disabled; asking for it has no effect."""
    talker = hall.connect()
    talker.ask("CAP LS 302")
    assert "cap-notify" in active(talker)
    assert talker.ask("CAP REQ :-cap-notify") == ["CAP * NAK -cap-notify"]
    assert talker.ask("CAP REQ :cap-notify") == ["CAP * ACK cap-notify"]
    talker.ask("CAP LS")  # a lower version does not take back the higher one
    assert "cap-notify" in active(talker)


def test_an_older_client_may_have_cap_notify_or_not(hall: Hall) -> None:
    """cap-notify: "Such clients MAY explicitly disable the capability, and servers MUST allow these clients"."""
    talker = hall.connect()
    talker.ask("CAP LS")
    assert "cap-notify" not in active(talker)
    assert talker.ask("CAP REQ :cap-notify") == ["CAP * ACK cap-notify"]
    assert talker.ask("CAP REQ :-cap-notify") == ["CAP * ACK -cap-notify"]
    assert "cap-notify" not in active(talker)


def test_capabilities_change_with_the_ack(hall: Hall) -> None:
    """CAP ACK: nothing before it has what was asked for, even when all came in one packet."""
    ana = hall.enter("ana")
    lines = ana.ask_whole("AWAY :x", "CAP REQ server-time", "AWAY")
    assert [(line.command, "time" in line.tags) for line in lines if line.command != "CAP"] == [
        ("306", False),
        ("305", True),
    ]


def test_names_are_written_in_any_case(hall: Hall) -> None:
    """Commands and their words are not compared by case (modern.ircdocs.horse, Message Format)."""
    talker = hall.connect()
    assert talker.ask("cap ls")[0].startswith("CAP * LS ")
    assert talker.ask("Cap rEq batch") == ["CAP * ACK batch"]
    talker.send("nick ana", "user ana 0 * :Ana", "cap end")
    talker.expect("001", "ana")
