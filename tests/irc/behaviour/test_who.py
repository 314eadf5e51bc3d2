"""WHO and WHOX.

Sources: modern.ircdocs.horse "WHO message", RPL_WHOREPLY; IRCv3 WHOX.
"""

import pytest

from tests.irc.behaviour.conftest import Hall, OpenHall


def test_who_of_a_room(open_hall: OpenHall) -> None:
    """352 for each, 315 with what was asked for; flags: H or G, * for operators of the server, the prefix."""
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far")
    ana.ask("MODE #r +v luis", "MODE #r +v ana")
    luis.ask("OPER root secret", "AWAY :x")
    lines = eva.ask_whole("WHO #R")
    rows = [line for line in lines if line.command == "352"]
    assert [line.params[1:] for line in rows] == [
        ("#r", "~ana", "localhost", "coliseum.local", "ana", "H@", "0 Ana"),
        ("#r", "~luis", "localhost", "coliseum.local", "luis", "G*+", "0 Luis"),
        ("#r", "~eva", "localhost", "coliseum.local", "eva", "H", "0 Eva"),
    ]
    assert lines[-1].brief == "315 #R"
    assert [line.split()[5] for line in far.ask("WHO #r o")[:-1]] == ["luis"]
    eva.ask("CAP REQ multi-prefix")
    assert eva.ask_whole("WHO #r")[0].params[6] == "H@+"
    assert far.ask("WHO #none", "WHO none") == ["315 #none", "315 none"]


def test_who_finds_by_nick_and_by_masks(hall: Hall) -> None:
    """An exact nick; a pattern; nothing or 0 for everybody that one may see."""
    ana, far = hall.enter("ana", realname="Somebody Else"), hall.enter("far")
    hall.enter("luis")
    assert far.ask("WHO ANA") == [
        "352 * ~ana localhost coliseum.local ana H 0 Somebody Else",
        "315 ANA",
    ]

    def found(mask: str) -> set[str]:
        lines = far.ask_whole(f"WHO {mask}")
        assert lines[-1].command == "315"
        return {line.params[5] for line in lines[:-1]}

    assert found("") == found("0") == found("*") == {"ana", "luis", "far"}
    assert found("?UIS") == {"luis"}
    assert found("*a*") == {"ana", "far", "luis"}  # all have localhost
    assert found("*else") == {"ana"}
    assert found("~lu*") == {"luis"}
    assert found("ana!*@*") == {"ana"}
    ana.ask("MODE ana +i")
    assert found("*") == {"luis", "far"}
    assert found("ana") == {"ana"}  # by the exact nick anybody is found
    ana.ask("JOIN #r")
    assert far.ask("WHO #r") == ["315 #r"]
    far.ask("JOIN #r")
    assert found("*") == {"ana", "luis", "far"}  # a common room
    assert found("#r") == {"ana", "far"}


def test_a_mask_that_means_everybody_finds_the_first(open_hall: OpenHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room is never cut, a server operator sees all, and who sees less is told so."""
    monkeypatch.setattr("coliseum.dialects.irc.commands.who.MOST_FOUND", 2)
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana, luis, _ = hall.gather("#r", "ana", "luis", "eva")
    assert [line.split()[5] for line in ana.ask("WHO #r")[:-1]] == ["ana", "luis", "eva"]
    more = "Only the first 2 are listed, a narrower mask finds the others"
    assert ana.ask("WHO *")[2:] == [f"NOTICE ana {more}", "315 *"]
    ana.ask("CAP REQ standard-replies")
    assert ana.ask("WHO *")[2:] == [f"WARN WHO TOO_MANY_MATCHES * {more}", "315 *"]
    assert ana.ask("WHO *eva*")[1:] == ["315 *eva*"]
    luis.ask("OPER root secret")
    assert len(luis.ask("WHO *")) == 4
    assert ana.ask("WHO * o")[1:] == ["315 *"]


def test_whox(hall: Hall) -> None:
    """354: the fields that were asked for, in the order of the specification; no 352."""
    ana, luis = hall.gather("#r", "ana", "luis")
    answers = {
        "%tcuihsnflar,42": (
            ("42", "#r", "~ana", "255.255.255.255", "localhost", "coliseum.local", "ana", "H@", "0", "0", "Ana")
        ),
        "%rcuhn": ("#r", "~ana", "localhost", "ana", "Ana"),
        "%fatn,7": ("7", "ana", "H@", "0"),
        "%nXYZ": ("ana",),
        "%n": ("ana",),
    }
    for question, fields in answers.items():
        lines = luis.ask_whole(f"WHO #r {question}")
        assert [line.command for line in lines] == ["354", "354", "315"]
        assert lines[0].params[1:] == fields, question
    (line, _) = luis.ask_whole("WHO ana %cna")
    assert line.params[1:] == ("*", "ana", "0")
    assert luis.ask("WHO nobody %cn") == ["315 nobody"]
    for token in (":x", "abc", "1234", "", "٣"):  # a token has up to three digits
        (line, _) = luis.ask_whole(f"WHO ana %nt,{token}")
        assert (len(line.params), line.text) == (3, "ana"), token
    ana.ask("MODE ana +B")
    assert luis.ask_whole("WHO ana %f")[0].params[1] == "HB"
