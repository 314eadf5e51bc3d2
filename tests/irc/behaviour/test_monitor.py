"""MONITOR and extended-monitor (IRCv3 Monitor, Extended Monitor)."""

from tests.irc.behaviour.conftest import Hall


def test_who_is_there_and_who_comes_and_goes(hall: Hall) -> None:
    """730 and 731, at once and later."""
    ana = hall.enter("ana")
    hall.enter("luis")
    answer = ana.ask_whole("MONITOR + LUIS,eva,ana")
    assert sorted((line.command, line.text) for line in answer) == [
        ("730", "luis!~luis@localhost,ana!~ana@localhost"),
        ("731", "eva"),
    ]
    assert {line.params[0] for line in answer} <= {"ana", "*"}
    eva = hall.enter("eva")
    line = ana.expect("730")
    assert line.text == "eva!~eva@localhost"
    assert line.params[0] in {"ana", "*"}
    assert eva.ask("NICK pia") == ["eva NICK pia"]
    assert ana.seen() == ["731 eva"]
    assert eva.ask("NICK Eva", "NICK EVA") == ["pia NICK Eva", "Eva NICK EVA"]
    assert ana.seen() == ["730 Eva!~eva@localhost"]  # a change of case is no coming and going
    eva.close()
    assert ana.expect("731").text.lower() == "eva"
    assert ana.ask("MONITOR - luis") == []
    hall.enter("eva").send("QUIT")
    ana.expect("730")
    ana.expect("731")


def test_the_list(hall: Hall) -> None:
    """L, S, C; what is there already is not added again; what is no nick is not added."""
    ana = hall.enter("ana")
    hall.enter("luis")
    assert ana.ask("MONITOR L") == ["733"]
    assert ana.ask("MONITOR S") == []
    ana.ask("MONITOR + luis,eva,LUIS", "MONITOR + Eva,#room,9lives,*")
    assert ana.ask("MONITOR L") == ["732 luis,eva", "733"]
    assert ana.ask("monitor l") == ["732 luis,eva", "733"]
    assert sorted(ana.ask("MONITOR S")) == ["730 luis!~luis@localhost", "731 eva"]
    assert ana.ask("MONITOR - EVA,nobody", "MONITOR L") == ["732 luis", "733"]
    assert ana.ask("MONITOR C", "MONITOR L", "MONITOR C") == ["733"]
    hall.enter("eva")
    assert ana.seen() == []
    assert ana.ask("MONITOR") == ["461 MONITOR"]


def test_the_list_has_an_end(hall: Hall) -> None:
    """734 with the limit that 005 tells and the nicks that were not added; long lists come in several lines."""
    ana = hall.enter("ana")
    nicks = [f"{'n' * 28}{number:03}" for number in range(100)]
    for start in range(0, 100, 10):
        answer = ana.ask_whole("MONITOR + " + ",".join(nicks[start : start + 10]))
        assert [nick for line in answer for nick in line.text.split(",")] == nicks[start : start + 10]
    lines = ana.ask_whole("MONITOR L")
    assert [line.command for line in lines[-2:]] == ["732", "733"]
    assert [nick for line in lines[:-1] for nick in line.text.split(",")] == nicks
    (line,) = ana.ask_whole("MONITOR + one,two")
    assert (line.command, line.params[:3]) == ("734", ("ana", "100", "one,two"))
    ana.ask(f"MONITOR - {nicks[0]}")
    answer = ana.ask_whole("MONITOR + one,two")
    assert [(line.command, line.params[-2]) for line in answer if line.command == "734"] == [("734", "two")]
    assert "731 one" in [line.brief for line in answer]


def test_extended_monitor(hall: Hall) -> None:
    """AWAY and SETNAME of monitored nicks without a common room, once, with the other capability only."""
    wishes = ("extended-monitor", "away-notify", "setname")
    ana, luis, eva, pia = (hall.enter(nick, *wishes) for nick in ("ana", "luis", "eva", "pia"))
    ana.ask("CAP REQ :-away-notify")
    luis.ask("CAP REQ :-extended-monitor")
    for talker in (ana, luis, eva, pia):
        talker.ask("MONITOR + far,pia")
    far = hall.enter("far")
    pia.ask("JOIN #r"), far.ask("JOIN #r")
    for talker in (ana, luis, eva, pia):
        talker.sync()
    far.ask("AWAY :at sea", "SETNAME :Far Away", "AWAY")
    assert eva.seen() == ["far AWAY at sea", "far SETNAME Far Away", "far AWAY"]
    assert pia.seen() == ["far AWAY at sea", "far SETNAME Far Away", "far AWAY"]  # once, though both count
    assert ana.seen() == ["far SETNAME Far Away"]
    assert luis.seen() == []
    assert pia.ask("AWAY :me") == ["306"]
    assert eva.seen() == ["pia AWAY me"]
