"""Asking the server about itself: MOTD, LUSERS, VERSION, TIME, INFO, HELP, ADMIN, STATS, LINKS.

Source: modern.ircdocs.horse "Server Queries and Commands".
"""

import time

from tests.irc.behaviour.conftest import Hall, OpenHall


def test_the_message_of_the_day(open_hall: OpenHall) -> None:
    """375, 372 for each line, 376; in the welcome and when asked."""
    hall = open_hall(server__motd="Be kind.\n\nÑandú " + "long " * 150, server__description="A quiet place")
    ana = hall.enter("ana")
    commands = [line.command for line in ana.welcome]
    motd = [line for line in ana.welcome if line.command in {"375", "372", "376"}]
    assert "422" not in commands
    assert motd[0].command == "375"
    assert motd[-1].command == "376"
    words = " ".join(line.text.removeprefix("- ") for line in motd[1:-1]).split()
    assert words == ["A", "quiet", "place", "Be", "kind.", "Ñandú", *["long"] * 150]
    for target in ("", " coliseum.local", " *.local", " ana"):
        assert [line.raw for line in ana.ask_whole(f"MOTD{target}")] == [line.raw for line in motd], target


def test_without_a_message_of_the_day(open_hall: OpenHall) -> None:
    """ERR_NOMOTD (422)."""
    ana = open_hall(server__description="A quiet place").enter("ana")
    assert ana.ask("MOTD") == ["422"]


def test_other_servers_do_not_exist(hall: Hall) -> None:
    """ERR_NOSUCHSERVER (402); a mask or a user's nick means this one."""
    ana = hall.enter("ana")
    for command in ("MOTD", "VERSION", "TIME", "INFO", "ADMIN"):
        assert ana.ask(f"{command} irc.example.com") == ["402 irc.example.com"], command
        assert ana.ask(f"{command} nobody") == ["402 nobody"], command
        for here in ("COLISEUM.local", "c*", "Ana"):
            assert not ana.ask(f"{command} {here}")[0].startswith("402"), command


def test_lusers(open_hall: OpenHall) -> None:
    """251 to 255, 265, 266: who is there, who is invisible, who is on the way, rooms."""
    hall = open_hall(opers=[{"name": "root", "password": "secret"}])
    ana, luis = hall.enter("ana"), hall.enter("luis")
    hall.enter("eva").send("QUIT")
    arriving = hall.connect()
    arriving.ask("NICK pia")
    ana.ask("MODE ana +i", "JOIN #a,#b", "OPER root secret")
    lines = {line.command: line for line in luis.ask_whole("LUSERS")}
    assert list(lines) == ["251", "252", "253", "254", "255", "265", "266"]
    assert lines["251"].text == "There are 1 users and 1 invisible on 1 servers"
    assert (lines["252"].params[1], lines["253"].params[1], lines["254"].params[1]) == ("1", "1", "2")
    assert lines["255"].text == "I have 2 clients and 1 servers"
    assert lines["265"].params[1:3] == lines["266"].params[1:3] == ("2", "3")


def test_version_time_info(hall: Hall) -> None:
    """351 with 005, 391, 371 and 374."""
    ana = hall.enter("ana")
    lines = ana.ask_whole("VERSION")
    assert [line.command for line in lines] == ["351", *["005"] * (len(lines) - 1)]
    assert [line.raw for line in lines[1:]] == [line.raw for line in ana.welcome if line.command == "005"]
    (line,) = ana.ask_whole("TIME")
    assert line.command == "391"
    assert line.params[1] == "coliseum.local"
    assert abs(int(line.params[2]) - time.time()) < 60
    lines = ana.ask_whole("INFO")
    assert [line.command for line in lines] == ["371"] * (len(lines) - 1) + ["374"]
    assert len(lines) > 1


def test_help(hall: Hall) -> None:
    """704, 705, 706, with what was asked for; 524."""
    ana = hall.enter("ana")
    lines = ana.ask_whole("HELP")
    assert [line.command for line in lines] == ["704", *["705"] * (len(lines) - 2), "706"]
    assert {line.params[1] for line in lines} == {"*"}
    subjects = set(" ".join(line.text for line in lines[1:-1]).split())
    assert {"PRIVMSG", "JOIN", "HELP", "CAP", "MONITOR", "WHO"} <= subjects
    for subject in sorted(subjects):
        about = ana.ask_whole(f"HELP {subject.lower()}")
        assert [about[0].command, about[-1].command] == ["704", "706"], subject
        assert {line.params[1].upper() for line in about} == {subject}
    assert ana.ask("HELP nonsense") == ["524 NONSENSE"] or ana.ask("HELP nonsense") == ["524 nonsense"]
    assert ana.ask("HELPOP join")[-1] == "706 JOIN"


def test_admin(open_hall: OpenHall) -> None:
    """256 to 259, or 423."""
    ana = open_hall(server__admin=["Here", "Ana López", "ana@example.com"]).enter("ana")
    lines = ana.ask_whole("ADMIN")
    assert [line.command for line in lines] == ["256", "257", "258", "259"]
    assert [line.text for line in lines[1:]] == ["Here", "Ana López", "ana@example.com"]
    luis = open_hall().enter("luis")
    assert luis.ask("ADMIN")[0].startswith("423")


def test_stats_and_links(hall: Hall) -> None:
    """242 and 219 with the letter; every letter is answered; 364, 365."""
    ana = hall.enter("ana")
    assert [line[:5] for line in ana.ask("STATS u")] == ["242", "219 u"]
    assert "Server Up 0 days 0:00:" in ana.ask_whole("STATS u")[0].text
    assert ana.ask("STATS x", "STATS :", "STATS") == ["219 x", "219 *", "461 STATS"]
    (link, end) = ana.ask_whole("LINKS")
    assert (link.command, end.command) == ("364", "365")
    assert link.params[1:3] == ("coliseum.local", "coliseum.local")


def test_what_is_no_command(hall: Hall) -> None:
    """421 with the word, 461; empty lines mean nothing (RFC 2812 section 2.3); ERROR and PONG are ignored."""
    ana = hall.enter("ana")
    assert ana.ask("NOSUCH a b c", "nosuch", "123") == ["421 NOSUCH", "421 nosuch", "421 123"]
    assert ana.ask("", " ", ":someone!u@h", "@tag=1", "ERROR :x", "PONG x", "PONG") == []
    assert ana.ask(":whoever!u@h PRIVMSG ana :the source does not count") == [
        "ana PRIVMSG ana the source does not count"
    ]
    assert ana.ask("  PRIVMSG   ana   :spaces", "privmsg ana colonless") == [
        "ana PRIVMSG ana spaces",
        "ana PRIVMSG ana colonless",
    ]
    assert ana.ask("PING") in (["409"], ["461 PING"])
    ana.send("PING a b")
    assert ana.expect("PONG").params == ("coliseum.local", "a")
    ana.send("PING :with spaces: and more")
    assert ana.expect("PONG").text == "with spaces: and more"
