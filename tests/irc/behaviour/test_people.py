"""Asking about people: WHOIS, WHOWAS, USERHOST, ISON, AWAY, SETNAME, bots.

Sources: modern.ircdocs.horse "User-Based Queries", AWAY, USERHOST, ISON; IRCv3 Setname, Bot Mode.
"""

from tests.irc.behaviour.conftest import Hall, OpenHall


def test_whois(hall: Hall) -> None:
    """311, 319, 312, 317, 318, and what only oneself may know (378)."""
    ana, luis = hall.gather("#r", "ana", "luis")
    lines = {line.command: line for line in luis.ask_whole("WHOIS ANA")}
    assert [*lines][:: len(lines) - 1] == ["311", "318"]
    assert {line.params[:2] for line in lines.values()} == {("luis", "ana"), ("luis", "ANA")}
    assert lines["318"].params[1] == "ANA"  # as it was asked: clients look for it
    assert lines["311"].params[2:] == ("~ana", "localhost", "*", "Ana")
    assert lines["319"].text == "@#r"
    assert lines["312"].params[2] == "coliseum.local"
    assert int(lines["317"].params[2]) < 60
    assert int(lines["317"].params[3]) > 1_600_000_000
    assert ("671" in lines) == (hall.scheme == "ircs")
    assert not {"301", "313", "335", "378"} & set(lines)
    own = {line.command: line for line in ana.ask_whole("WHOIS ana")}
    assert "127.0.0.1" in own["378"].text or "::1" in own["378"].text


def test_whois_of_nobody_and_with_a_server(hall: Hall) -> None:
    """401 with 318 behind it, 402, 431; every answer ends in a way that clients wait for."""
    ana, luis = hall.enter("ana"), hall.enter("luis")
    assert ana.ask("WHOIS nobody") == ["401 nobody", "318 nobody"]
    assert ana.ask("WHOIS", "WHOIS :") == ["431", "431"]
    for first in ("luis", "LUIS", "coliseum.local", "Coliseum.Local"):
        answer = ana.ask(f"WHOIS {first} luis")
        assert (answer[0].split()[:2], answer[-1]) == (["311", "luis"], "318 luis"), first
    assert ana.ask("WHOIS irc.example.com luis")[0] == "402 irc.example.com"
    assert luis.seen() == []  # nobody learns that they were looked up


def test_whois_tells_of_rooms_what_one_may_know(hall: Hall) -> None:
    """319: shared rooms, and open ones unless somebody is invisible; with all prefixes for who asked for them."""
    ana, luis, far = hall.enter("ana"), hall.enter("luis"), hall.enter("far")
    ana.ask("JOIN #open,#shared,#hidden", "MODE #hidden +s", "MODE #shared +v ana")
    luis.ask("JOIN #shared")

    def rooms(asker: str) -> list[str]:
        talker = {"luis": luis, "far": far, "ana": ana}[asker]
        return [
            word for line in talker.ask_whole("WHOIS ana") if line.command == "319" for word in line.text.split()
        ]

    assert rooms("far") == ["@#open", "@#shared"]
    assert rooms("luis") == ["@#open", "@#shared"]
    assert rooms("ana") == ["@#open", "@#shared", "@#hidden"]
    luis.ask("CAP REQ multi-prefix")
    assert rooms("luis") == ["@#open", "@+#shared"]
    ana.ask("MODE ana +i")
    assert rooms("luis") == ["@+#shared"]
    assert rooms("far") == []
    ana.ask(*(f"JOIN #{'r' * 40}{number}" for number in range(30)))
    assert len(rooms("ana")) == 33  # in several lines
    assert far.ask("WHOIS ana")[0].startswith("311 ana ")


def test_whowas(hall: Hall) -> None:
    """314 and 312, the latest first, as many as are asked for; 406 and 431; 369 at the end."""
    ana = hall.enter("ana")
    for number in range(3):
        talker = hall.enter("Luis", realname=f"Luis {number}")
        talker.ask("NICK luis2") if number == 2 else talker.send("QUIT")
        if number != 2:
            talker.rest()
    assert ana.ask("WHOWAS nobody") == ["406 nobody", "369 nobody"]
    assert ana.ask("WHOWAS", "WHOWAS :") == ["431", "431"]

    def names(command: str) -> list[str]:
        lines = ana.ask_whole(command)
        assert lines[-1].command == "369"
        assert {line.command for line in lines[1:-1:2]} <= {"312"}
        return [line.text for line in lines if line.command == "314"]

    assert names("WHOWAS luis") == ["Luis 2", "Luis 1", "Luis 0"]
    assert names("WHOWAS LUIS 1") == ["Luis 2"]
    assert names("WHOWAS luis 0") == names("WHOWAS luis -1") == names("WHOWAS luis 99")
    line = ana.ask_whole("WHOWAS luis 1")[0]
    assert line.params[:5] == ("ana", "Luis", "~Luis", "localhost", "*")
    assert ana.ask("WHOWAS luis2") == ["406 luis2", "369 luis2"]  # who is here was not


def test_userhost_and_ison(open_hall: OpenHall) -> None:
    """302 and 303: who is there, in one line; an empty one for nobody."""
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana, luis = hall.enter("ana"), hall.enter("luis")
    luis.ask("AWAY :x", "OPER root secret")
    assert ana.ask("USERHOST LUIS nobody ana") == ["302 luis*=-~luis@localhost ana=+~ana@localhost"]
    assert ana.ask("USERHOST nobody", "USERHOST", "ISON") == ["302 ", "461 USERHOST", "461 ISON"]
    assert ana.ask("ISON LUIS nobody ana") == ana.ask("ISON :LUIS nobody ana") == ["303 luis ana"]
    assert ana.ask("ISON nobody") == ["303 "]
    assert len(ana.ask_whole("USERHOST " + "ana " * 9)[0].text.split()) == 5
    assert len(ana.ask_whole("ISON " + "luis " * 90)[0].raw) < 511


def test_setname(hall: Hall) -> None:
    """IRCv3 Setname: those with the capability in common rooms and oneself are told; FAIL for what cannot be."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far", "setname")
    assert ana.ask("SETNAME :silently done") == []
    assert luis.ask("WHOIS ana")[0] == "311 ana ~ana localhost * silently done"
    for talker in (ana, luis):
        talker.ask("CAP REQ setname")
    assert ana.ask("SETNAME :Ana María López") == ["ana SETNAME Ana María López"]
    assert luis.seen() == ["ana SETNAME Ana María López"]
    assert eva.seen() == far.seen() == []
    line = luis.ask_whole("WHO ana")[0]
    assert line.text == "0 Ana María López"
    for bad in (":", ":   ", ":" + "x" * 400):
        answer = ana.ask_whole(f"SETNAME {bad}")
        assert [(line.command, *line.params[:2]) for line in answer] == [("FAIL", "SETNAME", "INVALID_REALNAME")]
    assert ana.ask("SETNAME") == ["461 SETNAME"]
    assert luis.ask("WHOIS ana")[0].endswith("Ana María López")


def test_bots(hall: Hall) -> None:
    """IRCv3 Bot Mode: BOT=B in 005, 335 in WHOIS, B in WHO's flags, the tag for those with message-tags."""
    ana, luis = hall.gather("#r", "ana", "robot")
    robot = luis
    ana.ask("CAP REQ message-tags")
    assert robot.ask("MODE robot +B") == ["robot MODE robot +B"]
    assert "335 robot" in ana.ask("WHOIS robot")
    assert ana.ask_whole("WHO robot")[0].params[6] == "HB"
    robot.ask("PRIVMSG #r :beep", "TOPIC #r :beeps", "NICK robot2", "PART #r", "JOIN #r", "MODE #r b")
    for line in ana.sync():
        assert "bot" in line.tags, line.raw
        assert not line.tags["bot"]
    assert ana.ask("NICK ana2", "PRIVMSG #r :no beep")[0] == "ana NICK ana2"
    assert [line.tags for line in robot.sync()] == [{}] * 2  # without the capability there are no tags
    robot.ask("CAP REQ message-tags", "MODE robot2 -B", "PRIVMSG #r :I am alive")
    assert "bot" not in ana.expect("PRIVMSG").tags
    assert "335 robot2" not in ana.ask("WHOIS robot2")


def test_away_is_seen_where_one_looks(hall: Hall) -> None:
    """301 in WHOIS, G in WHO; cut at AWAYLEN."""
    ana, luis = hall.gather("#r", "ana", "luis")
    length = next(int(w[8:]) for line in ana.welcome for w in line.params if w.startswith("AWAYLEN="))
    assert luis.ask("AWAY :" + "ñ" * length) == ["306"]
    whois = {line.command: line for line in ana.ask_whole("WHOIS luis")}
    assert whois["301"].params == ("ana", "luis", "ñ" * (length // 2))
    assert [line.params[6] for line in ana.ask_whole("WHO #r")[:-1]] == ["H@", "G"]
    assert luis.ask("AWAY") == ["305"]
    assert [line.params[6] for line in ana.ask_whole("WHO #r")[:-1]] == ["H@", "H"]
    assert ana.seen() == []  # nobody is told who has not asked to be
