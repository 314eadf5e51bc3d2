"""The dialects meet: people on IRC and on the plain dialect (over TCP, TLS and UDP) in the same rooms.

What stands in the rooms of both: one core. What each of them sees of the other is the affair of its dialect.
"""

import re
import socket
from typing import Any

import pytest

from tests.harness import Chatter
from tests.irc.behaviour.client import DEADLINE
from tests.irc.behaviour.conftest import Hall, OpenHall

FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class Meeting:
    """A server for both dialects: IRC under test, and the other way of protection for the plain dialect."""

    def __init__(self, open_hall: OpenHall, scheme: str, **keys: Any) -> None:
        self.partner = {"irc": "tls", "ircs": "tcp"}[scheme]
        self.hall: Hall = open_hall(also=[self.partner], **keys)

    def plain(self, nick: str) -> Chatter:
        """Return somebody on the plain dialect, in the lobby, who has read everything so far."""
        chatter = self.hall.plain(nick, self.partner)
        chatter.seen()
        return chatter


@pytest.fixture
def meeting(open_hall: OpenHall, scheme: str) -> Meeting:
    """A server for both dialects."""
    return Meeting(open_hall, scheme, opers=[{"name": "root", "password": "secret"}])


def test_they_talk(meeting: Meeting) -> None:
    """Both ways, in the room and in private; nobody hears themselves."""
    pablo, ana, luis = meeting.plain("pablo"), meeting.hall.enter("ana"), meeting.hall.enter("luis")
    assert ana.ask("JOIN #Lobby") == ["ana JOIN #lobby", "353 = #lobby pablo ana", "366 #lobby"]
    pablo.expect(r"^\* ana entered lobby \(2\)\.$")
    luis.ask("JOIN #lobby"), ana.sync()
    pablo.seen()
    pablo.send("hello: all of you", "//me too", "/msg ANA psst")
    assert pablo.seen() == ["To ana (in private): psst"]
    lines = [line.raw for line in ana.sync()]
    assert lines == [
        ":pablo!plain@localhost PRIVMSG #lobby :hello: all of you",
        ":pablo!plain@localhost PRIVMSG #lobby :/me too",
        ":pablo!plain@localhost PRIVMSG ana :psst",
    ]
    luis.sync()
    ana.ask("PRIVMSG #lobby :hi pablo", "PRIVMSG pablo :in secret", "PRIVMSG #lobby :/nick is no command")
    assert pablo.seen() == ["ana: hi pablo", "ana (in private): in secret", "ana: /nick is no command"]
    assert luis.seen() == ["ana PRIVMSG #lobby hi pablo", "ana PRIVMSG #lobby /nick is no command"]


def test_they_see_each_other_come_and_go(meeting: Meeting) -> None:
    """Names, nicks, topics, leaving, with the reasons."""
    pablo, ana = meeting.plain("pablo"), meeting.hall.enter("ana")
    ana.ask("MONITOR + rosa", "JOIN #lobby")
    pablo.send("/nick Ana")
    pablo.expect("! somebody else is called ana")
    assert ana.ask("NICK PABLO") == ["433 pablo"]
    ana.ask("NICK eva")
    pablo.expect(r"\* ana is now called eva\.")
    pablo.send("/who", "/nick pepe")
    pablo.expect(r"\* In lobby \(2\): pablo, eva")
    assert ana.expect("NICK").raw == ":pablo!plain@localhost NICK pepe"
    pablo.seen()
    pablo.send("/topic Roses")
    assert ana.expect("TOPIC").raw == ":pepe!plain@localhost TOPIC #lobby :Roses"
    ana.ask("TOPIC #lobby :Thorns")
    pablo.expect("eva set the topic of lobby: Thorns")
    pablo.send("/join garden")
    assert ana.expect("PART").brief == "pepe PART #lobby"
    assert ana.ask("JOIN #garden")[:2] == ["eva JOIN #garden", "353 = #garden @pepe eva"]
    pablo.expect("eva entered garden")
    rosa = meeting.plain("rosa")
    assert ana.expect("JOIN").params == ("#lobby",)
    ana.expect("730")
    rosa.send("/quit")
    assert ana.expect("QUIT").nick == "rosa"
    ana.expect("731")
    pablo.seen()
    ana.ask("PART #garden :gone fishing")
    pablo.expect(r"eva left garden \(1\): gone fishing")
    ana.ask("JOIN #garden")
    ana.send("QUIT :good night")
    pablo.expect(r"eva is gone .*good night")


def test_what_irc_shows_of_who_is_plain(meeting: Meeting) -> None:
    """WHO, WHOIS, ISON, LIST; the lobby has no operators but those of the server."""
    pablo, ana = meeting.plain("pablo"), meeting.hall.enter("ana")
    ana.ask("JOIN #lobby")
    assert ana.ask("WHO pablo")[0] == "352 * plain localhost coliseum.local pablo H 0 pablo"
    whois = {line.command: line for line in ana.ask_whole("WHOIS pablo")}
    assert whois["311"].params == ("ana", "pablo", "plain", "localhost", "*", "pablo")
    assert whois["319"].text == "#lobby"
    assert ("671" in whois) == (meeting.partner == "tls")
    assert ana.ask("ISON pablo", "LIST")[0::2] == ["303 pablo", "322 #lobby 2 "]
    assert ana.ask("MODE #lobby +m", "KICK #lobby pablo") == ["482 #lobby", "482 #lobby"]
    ana.ask("OPER root secret")
    assert ana.ask("MODE #lobby +i", "MODE #lobby -i") == ["ana MODE #lobby +i", "ana MODE #lobby -i"]
    pablo.expect("ana closed lobby")


def test_the_invitation_of_a_server_operator_counts_in_the_lobby(meeting: Meeting) -> None:
    """As that of an operator of the room does elsewhere (house_rules.require_operator)."""
    ana, luis = meeting.hall.enter("ana"), meeting.hall.enter("luis")
    ana.ask("OPER root secret", "JOIN #lobby", "MODE #lobby +i")
    assert luis.ask("JOIN #lobby") == ["473 #lobby"]
    assert ana.ask("INVITE luis #lobby") == ["341 luis #lobby"]
    assert luis.ask("JOIN #lobby")[1] == "luis JOIN #lobby"


def test_a_room_has_one_capacity_for_all(open_hall: OpenHall, scheme: str) -> None:
    """The arena's rule: one too many is told so, whatever they speak; on plain the connection ends."""
    meeting = Meeting(open_hall, scheme, limits__room_capacity=3)
    pablo, rosa, ana = meeting.plain("pablo"), meeting.plain("rosa"), meeting.hall.enter("ana")
    assert ana.ask("JOIN #lobby")[0] == "ana JOIN #lobby"
    pablo.expect(r"ana entered lobby \(3 of 3\)")
    late = meeting.hall.enter("late")
    assert late.ask("JOIN #lobby") == ["471 #lobby"]
    files = meeting.hall.server.files
    ca = files.ca if files and meeting.partner == "tls" else None
    with Chatter.connect(meeting.hall.server.address(meeting.partner), ca) as refused:
        assert refused.rest()[0] == "! the room is full (3 of 3)"
    assert ana.ask("MODE #lobby")[0] == "324 #lobby +ln 3"
    rosa.send("/join garden")
    assert ana.expect("PART").nick == "rosa"
    assert late.ask("JOIN #lobby,#garden")[0] == "late JOIN #lobby"
    pablo.expect(r"late entered lobby \(3 of 3\)")
    rosa.send("/join lobby")
    rosa.expect(r"! the room is full \(3 of 3\)")


def test_operators_on_irc_keep_order_among_people_on_plain(meeting: Meeting) -> None:
    """KICK, +m, +v, +k, +b, +i: each is told in a sentence, and none shows a password."""
    ana, pablo = meeting.hall.enter("ana"), meeting.plain("pablo")
    ana.ask("JOIN #garden")
    pablo.send("/join garden")
    pablo.expect("You are in garden")
    ana.expect("JOIN")
    ana.ask("MODE #garden +m")
    pablo.expect("ana made garden moderated")
    pablo.send("may I?")
    pablo.expect("^! ")
    ana.ask("MODE #garden +v pablo")
    pablo.expect("ana gave pablo a voice")
    pablo.send("now?")
    assert ana.expect("PRIVMSG").text == "now?"
    ana.ask("MODE #garden -m+k hushhush")
    pablo.expect("ana ended the moderation")
    assert "hushhush" not in pablo.expect("password").string
    assert ana.ask("KICK #garden pablo :enough") == ["ana KICK #garden pablo enough"]
    pablo.expect(r"ana put pablo out of garden \(enough\)")
    pablo.send("am I in?")
    pablo.expect("! you are in no room")
    pablo.send("/join garden", "/join garden hushhush")
    pablo.expect("^! ")
    pablo.expect("You are in garden")
    ana.ask("KICK #garden pablo", "MODE #garden -k+b x pablo")
    pablo.expect("ana put pablo out of garden")
    pablo.send("/join garden")
    pablo.expect("^! ")
    ana.ask("MODE #garden -b+i pablo!*@*")
    pablo.send("/join garden")
    pablo.expect("^! ")
    assert ana.ask("INVITE pablo #garden")[-1] == "341 pablo #garden"
    pablo.expect("ana invites you into garden")
    pablo.send("/join garden")
    pablo.expect("You are in garden")
    ana.ask("MODE #garden +s")
    rosa = meeting.plain("rosa")
    rosa.send("/rooms")
    assert "garden" not in rosa.expect("Rooms: ").string


def test_server_operators_end_connections_of_people_on_plain(meeting: Meeting) -> None:
    """KILL; and everybody is told why."""
    pablo, ana, luis = meeting.plain("pablo"), meeting.hall.enter("ana"), meeting.hall.enter("luis")
    luis.ask("JOIN #lobby")
    ana.ask("OPER root secret", "KILL pablo :no \x1b[2Jflooding")
    last = pablo.rest()[-1]
    assert "server operator" in last
    assert "flooding" in last
    assert not FORBIDDEN.search(last)
    assert "flooding" in luis.expect("QUIT").text
    assert ana.ask("ISON pablo") == ["303 "]


def test_a_very_long_line_arrives_in_several_and_nothing_is_lost(meeting: Meeting) -> None:
    """4096 bytes on plain, 512 on IRC: cut between words where there are any, never inside a character."""
    pablo, ana = meeting.plain("pablo"), meeting.hall.enter("ana", "message-tags")
    ana.ask("JOIN #lobby")
    for text in ("word " * 800 + "end", "x" * 4000, "ñandú " * 500 + "end", "🦉" * 1000):
        pablo.send(text, f"/msg ana {text[:3900]}", "done")
        lines = []
        while (line := ana.expect("PRIVMSG")).text != "done":
            lines.append(line)
        for target, whole in (("#lobby", text), ("ana", text[:3900])):
            parts = [line.text for line in lines if line.params[0] == target]
            assert len(parts) > 5
            if " " in whole:
                assert " ".join(parts).split() == whole.split()
            else:
                assert "".join(parts) == whole
        ids = [line.tags["msgid"] for line in lines if "msgid" in line.tags]
        assert len(set(ids)) == len(ids)  # an id is one message's


def test_control_codes_never_reach_a_terminal(meeting: Meeting) -> None:
    """What IRC allows (colours, bells, escape sequences), in everything that people write; the words arrive."""
    pablo, ana = meeting.plain("pablo"), meeting.hall.enter("ana")
    evil = "\x02bold\x02 \x0304,01red\x03 \x1b[2J\x1b]0;title\x07 \x7f\x9b31m \u202eabc\u2028 end"
    dense = evil.replace(" ", "").replace(",", "")
    ana.ask("JOIN #lobby")
    pablo.seen()
    ana.ask(
        f"PRIVMSG #lobby :{evil}",
        f"NOTICE pablo :{evil}",
        f"PRIVMSG #lobby :\x01ACTION {evil}\x01",
        f"TOPIC #lobby :{evil}",
        f"PART #lobby :{evil}",
        f"JOIN #garden,#{dense}",
        "INVITE pablo #garden",
    )
    lines = pablo.seen()
    assert len(lines) == 6
    for line in lines[:5]:
        assert re.search(r"bold\s+red\s.*end", line), repr(line)
    pablo.send("/join garden")
    pablo.expect("You are in garden")
    ana.ask(
        f"TOPIC #garden :{evil}",
        f"AWAY :{evil}",
        f"SETNAME :{evil}",
        f"MODE #garden +b {dense}",
        f"MODE #garden +k {dense}",
        f"PRIVMSG #garden :\x01{evil}\x01",
        f"NOTICE #garden :\x01{evil}\x01",
        f"KICK #garden pablo :{evil}",
        "JOIN #lobby",
    )
    lines += pablo.seen()
    pablo.send("/join lobby")
    pablo.expect("You are in lobby")
    ana.send(f"QUIT :{evil}")
    ana.rest()
    rosa = meeting.plain("rosa")
    rosa.send("/topic", "/rooms", "/who")
    lines += [*pablo.seen(), *rosa.seen()]
    assert len(lines) > 15
    for line in lines:
        assert not FORBIDDEN.search(line), repr(line)
        assert "title" not in line
        assert "\u202e" not in line


def test_what_only_programs_read_is_not_shown_to_people(meeting: Meeting) -> None:
    """TAGMSG; and JSON lines tell programs on the plain dialect what IRC does."""
    pablo, ana = meeting.plain("pablo"), meeting.hall.enter("ana", "message-tags")
    ana.ask("JOIN #lobby")
    pablo.seen()
    ana.ask("@+typing=active TAGMSG #lobby", "@+x TAGMSG pablo")
    assert pablo.seen() == []
    bot = meeting.hall.plain(scheme=meeting.partner)
    bot.send("/json")
    bot.expect('"event":"heard"')
    ana.ask("PRIVMSG #lobby :hello bot", "PRIVMSG #lobby :\x01ACTION waves\x01", "NOTICE #lobby :psst")
    bot.expect('"event":"said".*"text":"hello bot"')
    bot.expect('"text":"waves"')
    bot.expect('"text":"psst"')


def test_somebody_over_udp_meets_irc(open_hall: OpenHall) -> None:
    """Text in datagrams, as `nc -u` sends it: proved once, then in the room like anybody."""
    hall = open_hall(also=["udp"])
    ana = hall.enter("ana")
    ana.ask("JOIN #lobby")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(DEADLINE)
        connection.connect(("127.0.0.1", hall.server.address("udp")[1]))

        def expect(pattern: str) -> re.Match[str]:
            while not (found := re.search(pattern, connection.recv(65536).decode())):
                pass
            return found

        connection.send(b"/join lobby\n")
        word = expect(r"/yes (\S+)")[1]
        connection.send(f"/yes {word}\n".encode())
        expect("You are in lobby")
        nick = ana.expect("JOIN").nick
        ana.send("PRIVMSG #lobby :hello over there")
        expect("ana: hello over there")
        connection.send("hello from a datagram, señora\n".encode())
        line = ana.expect("PRIVMSG", "#lobby")
        assert (line.nick, line.text) == (nick, "hello from a datagram, señora")
        connection.send(b"/quit\n")
        assert ana.expect("QUIT").nick == nick
