"""Labels, times and ids: what ties an answer to its question, and a message to its copies.

Sources: IRCv3 Labeled Responses, Batch, Server Time, Message IDs, Echo Message.
"""

import re
from datetime import UTC, datetime

import pytest

from tests.irc.behaviour.client import Line, Talker
from tests.irc.behaviour.conftest import Hall, OpenHall

LABELS = ("labeled-response", "batch", "message-tags")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def labelled(talker: Talker, question: str) -> list[str]:
    """Ask with a label; return the answer's lines in brief, without label and batch, once they are right."""
    return [line.brief for line in labelled_whole(talker, question)]


def labelled_whole(talker: Talker, question: str) -> list[Line]:
    """Ask with a label; return the answer's lines, without those that open and close a batch."""
    lines = talker.ask_whole(f"@label=ask {question}")
    assert [line.tags.get("label") for line in lines] == ["ask"] + [None] * (len(lines) - 1)
    if lines[0].command != "BATCH":
        assert len(lines) == 1
        return lines
    reference, kind = lines[0].params[0], lines[0].params[1]
    assert (reference[0], kind) == ("+", "labeled-response")
    assert (lines[-1].command, lines[-1].params) == ("BATCH", ("-" + reference[1:],))
    assert "batch" not in lines[-1].tags
    inside = lines[1:-1]
    assert len(inside) > 1  # one message needs no batch
    assert {line.tags.get("batch") for line in inside} == {reference[1:]}
    return inside


def test_every_labelled_line_has_one_labelled_answer(hall: Hall) -> None:
    """ACK for nothing, the tag on one line, a batch around several; errors too."""
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask(f"CAP REQ :{' '.join(LABELS)}")
    luis.ask("CAP REQ message-tags")
    for nothing in (
        "PONG x",
        "PRIVMSG #r :hi",
        "NOTICE nobody :x",
        "JOIN #r",
        "MONITOR C",
        "MODE #r +n",
        "ERROR x",
    ):
        (line,) = labelled_whole(ana, nothing)
        assert (line.command, line.params, line.nick) == ("ACK", (), ""), nothing
    for question, answer in (
        ("PING token", "PONG coliseum.local token"),
        ("PRIVMSG nobody :hi", "401 nobody"),
        ("NOSUCH", "421 NOSUCH"),
        ("JOIN", "461 JOIN"),
        ("NICK luis", "433 luis"),
        ("USER a 0 * :a", "462"),
        ("TOPIC #r :roses", "ana TOPIC #r roses"),
        ("MODE #r +t", "ana MODE #r +t"),
        ("AWAY :x", "306"),
        ("AWAY", "305"),
        ("NICK Ana", "ana NICK Ana"),
        ("PART #none", "403 #none"),
        ("MODE Ana +i", "ana MODE Ana +i".replace("ana", "Ana")),
        ("INVITE luis #r", "443 luis #r"),
        ("CAP LIST", "CAP Ana LIST " + " ".join(sorted([*LABELS, "cap-notify"]))),
        ("CAP REQ nonsense", "CAP Ana NAK nonsense"),
    ):
        assert labelled(ana, question) == [answer], question
    assert labelled(ana, "JOIN #s") == ["Ana JOIN #s", "353 = #s @Ana", "366 #s"]
    assert labelled(ana, "PART #s,#none,#s") == ["Ana PART #s", "403 #none", "403 #s"]
    assert [line[:3] for line in labelled(ana, "WHOIS Ana")][:: len(labelled(ana, "WHOIS Ana")) - 1] == [
        "311",
        "318",
    ]
    assert labelled(ana, "MODE #r b") == ["368 #r"]
    assert labelled(ana, "LIST #none")[-1] == "323"
    assert len(labelled(ana, "LUSERS")) == 7
    assert [line for line in luis.sync() if "label" in line.tags or "batch" in line.tags] == []


def test_labels_are_kept_as_they_are(hall: Hall) -> None:
    """Tag value: opaque, up to 64 bytes; what is longer, or empty, is no label."""
    ana = hall.enter("ana", *LABELS)
    for label in ("x", "1" * 64, "a b;c\\d", "🦉" * 16, ":", "+/=,"):
        written = label.replace("\\", r"\\").replace(";", r"\:").replace(" ", r"\s")
        (line,) = ana.ask_whole(f"@label={written};+other=1 PING x")
        (pong,) = [line] if line.command == "PONG" else []
        assert pong.tags["label"] == label
        assert pong.text == "x"
    for none in ("@label=", "@label", f"@label={'x' * 65}", f"@label={'🦉' * 17}", "@Label=x", "@+label=x"):
        lines = ana.ask_whole(f"{none} AWAY")
        assert [(line.command, line.tags.get("label")) for line in lines] == [("305", None)], none
    assert ana.ask_whole("@label=one;label=two AWAY")[0].tags["label"] == "two"  # the last of equal tags counts


def test_without_the_capability_there_are_no_labels(hall: Hall) -> None:
    for wishes in ((), ("message-tags", "batch")):
        talker = hall.enter(f"ana{len(wishes)}", *wishes)
        for line in talker.ask_whole("@label=x PING y", "@label=x AWAY", "@label=x PRIVMSG nobody :x"):
            assert "label" not in line.tags
            assert line.command not in {"ACK", "BATCH"}


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE", "TAGMSG"])
def test_a_message_to_oneself_has_the_label_on_its_echo_only(hall: Hall, verb: str) -> None:
    """IRCv3 Labeled Responses, Tags: so clients can tell the echo from the delivered message."""
    ana = hall.enter("ana", *LABELS)
    text = "" if verb == "TAGMSG" else " :hello me"
    brief = f"ana {verb} ana{text.replace(':', '')}"
    lines = ana.ask_whole(f"@label=a {verb} ana{text}")
    assert sorted((line.brief, line.tags.get("label", "")) for line in lines) == [("ACK", "a"), (brief, "")]
    ana.ask("CAP REQ echo-message")
    lines = ana.ask_whole(f"@label=b;+x=y {verb} ana{text}")
    assert sorted((line.brief, line.tags.get("label", "")) for line in lines) == [(brief, ""), (brief, "b")]
    assert len({line.tags["msgid"] for line in lines}) == 1
    assert {line.tags["+x"] for line in lines} == {"y"}


def test_echoes_carry_the_label(hall: Hall) -> None:
    """Several targets, errors among them, make a batch; a single one does not."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=(*LABELS, "echo-message"))
    assert labelled(ana, "PRIVMSG #r :hi") == ["ana PRIVMSG #r hi"]
    assert labelled(ana, "@+x TAGMSG luis".removeprefix("@+x ")) == ["ana TAGMSG luis"]
    heard = luis.ask_whole("AWAY :at sea")
    assert labelled(ana, "PRIVMSG #r,nobody,luis :hi") == [
        "ana PRIVMSG #r hi",
        "401 nobody",
        "301 luis at sea",
        "ana PRIVMSG luis hi",
    ]
    ids = [line.tags["msgid"] for line in [*heard, *luis.sync()] if line.command == "PRIVMSG"]
    assert len(set(ids)) == len(ids) == 3


def test_answers_that_had_to_wait_are_labelled_too(open_hall: OpenHall) -> None:
    """OPER and REHASH wait for something; what others cause meanwhile is not part of the answer."""
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=LABELS)
    luis.send(*(f"PRIVMSG #r :{number}" for number in range(50)))
    ana.send("@label=op OPER root secret", "@label=after PING x")
    lines = [line for line in [*ana.sync(), *ana.sync()] if line.command != "PRIVMSG"]
    assert [(line.command, line.tags.get("label", "")) for line in lines] == [
        ("BATCH", "op"),
        ("381", ""),
        ("MODE", ""),
        ("BATCH", ""),
        ("PONG", "after"),
    ]
    luis.sync()  # everything that luis said is behind us now
    ana.sync()
    assert labelled(ana, "OPER root wrong") == ["464"]
    assert [line.split()[0] for line in labelled(ana, "REHASH")] == ["382", "FAIL"]


def test_the_registration_is_an_answer_too(hall: Hall) -> None:
    """To CAP END, or whatever completes it."""
    talker = hall.connect()
    talker.ask(f"CAP REQ :{' '.join(LABELS)}", "NICK ana", "USER ana 0 * :Ana")
    lines = labelled_whole(talker, "CAP END")
    assert lines[0].command == "001"
    assert lines[-1].command in {"422", "221"}


def test_times(hall: Hall) -> None:
    """IRCv3 Server Time: UTC with milliseconds, on every line; message times rise strictly."""
    ana, luis = hall.enter("ana", "server-time"), hall.enter("luis", "server-time", *LABELS)
    for talker in (ana, luis):
        talker.ask("JOIN #r")
    lines = [
        *ana.sync(),
        *ana.ask_whole("WHOIS ana", "MODE #r +t", "AWAY :x", "NOSUCH", "PING x", "CAP LIST", "LIST"),
    ]
    lines += luis.ask_whole("@label=1 WHOIS luis", "@label=2 PONG x", "@label=3 PING x")
    now = datetime.now(UTC)
    for line in lines:
        assert TIME.fullmatch(line.tags["time"]), line.raw
        assert abs((datetime.fromisoformat(line.tags["time"]) - now).total_seconds()) < 60
    luis.sync()
    ana.send(*(f"PRIVMSG #r :{number}" for number in range(200)))
    ana.sync()
    times = [line.tags["time"] for line in luis.sync()]
    assert len(times) == 200
    assert sorted(set(times)) == times
    talkers = [hall.enter(f"t{number}", "server-time") for number in range(2)]
    plain = hall.enter("plain")
    assert all("time" in line.tags for talker in talkers for line in talker.welcome)
    assert not any(line.tags for line in plain.welcome)


def test_a_message_has_one_id_and_one_time_for_all(hall: Hall) -> None:
    """IRCv3 Message IDs: the same for every recipient and the echo, another one for every message."""
    wishes = ("message-tags", "server-time", "echo-message")
    ana, luis, eva, pia = (hall.enter(nick, *wishes) for nick in ("ana", "luis", "eva", "pia"))
    pia.ask("CAP REQ :-message-tags -server-time")
    for talker in (ana, luis, eva, pia):
        talker.ask("JOIN #r")
    for talker in (ana, luis, eva, pia):
        talker.sync()
    echoes = ana.ask_whole(
        "PRIVMSG #r :one", "NOTICE #r :two", "TAGMSG #r", "PRIVMSG luis :three", "PRIVMSG #r :one"
    )
    heard, others = luis.sync(), eva.sync()
    assert [line.raw for line in heard] == [line.raw for line in echoes]
    assert [line.raw for line in others] == [line.raw for line in echoes if line.params[0] == "#r"]
    ids = [line.tags["msgid"] for line in echoes]
    assert len(set(ids)) == len(ids) == 5
    assert all(ids)
    assert [line.raw for line in pia.sync()] == [
        ":ana!~ana@localhost PRIVMSG #r :one",
        ":ana!~ana@localhost NOTICE #r :two",
        ":ana!~ana@localhost PRIVMSG #r :one",
    ]
    pia.ask("CAP REQ server-time")
    ana.ask("PRIVMSG #r :four")
    assert set(pia.expect("PRIVMSG").tags) == {"time"}
