"""Talking: PRIVMSG, NOTICE, TAGMSG, CTCP, STATUSMSG, being away.

Sources: modern.ircdocs.horse "Sending Messages", CTCP; RFC 2812 section 3.3; IRCv3 Message Tags, Echo Message.
"""

import pytest

from tests.irc.behaviour.conftest import Hall

BELL = "\x01"


def test_what_is_said_reaches_all_others_and_never_the_sender(hall: Hall) -> None:
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far")
    assert ana.ask("PRIVMSG #R :hello there", "NOTICE #r hi", "PRIVMSG LUIS :psst: :)") == []
    line = luis.sync()
    assert [one.raw for one in line] == [
        ":ana!~ana@localhost PRIVMSG #r :hello there",
        ":ana!~ana@localhost NOTICE #r :hi",
        ":ana!~ana@localhost PRIVMSG luis :psst: :)",
    ]
    assert eva.seen() == ["ana PRIVMSG #r hello there", "ana NOTICE #r hi"]
    assert far.seen() == []


def test_what_cannot_be_sent(hall: Hall) -> None:
    """401, 403, 404, 411, 412; modern.ircdocs.horse, PRIVMSG message."""
    ana, luis = hall.gather("#r", "ana", "luis")
    luis.ask("PART #r")
    ana.sync()
    assert luis.ask("PRIVMSG nobody :x", "PRIVMSG #none :x", "PRIVMSG #r :x") == [
        "401 nobody",
        "403 #none",
        "404 #r",
    ]
    assert luis.ask("PRIVMSG", "PRIVMSG :", "PRIVMSG ana", "PRIVMSG ana :") == ["411", "411", "412", "412"]
    assert luis.ask("PRIVMSG #r", "PRIVMSG * :x", "PRIVMSG ana!~ana@localhost :x")[0] == "412"
    assert ana.seen() == []


def test_a_notice_is_never_answered(hall: Hall) -> None:
    """RFC 2812 section 3.3.2: whatever is wrong with it."""
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask("MODE #r +m")
    luis.ask("AWAY :at sea")
    luis.sync()
    for talker in (ana, luis):
        talker.ask("CAP REQ :message-tags echo-message labeled-response batch")
    for notice in (
        "NOTICE",
        "NOTICE :",
        "NOTICE ana",
        "NOTICE ana :",
        "NOTICE nobody :x",
        "NOTICE #none :x",
        "NOTICE #r :moderated",
        "NOTICE a,b,c,d,e,f :too many",
        "NOTICE nobody :" + "x" * 490,
    ):
        assert luis.ask(notice) == [], notice
    assert ana.ask("NOTICE luis :are you there?") == ["ana NOTICE luis are you there?"]  # the echo alone, no 301
    answer = luis.ask_whole("@label=1 NOTICE nobody :x")
    assert [(line.command, line.tags["label"]) for line in answer if line.command != "NOTICE"] == [("ACK", "1")]


def test_several_targets(hall: Hall) -> None:
    """As many as TARGMAX says, each one dealt with alone and once; 407 above, and nothing is sent."""
    ana, luis, eva = hall.gather("#r", "ana", "luis", "eva")
    assert ana.ask("PRIVMSG luis,#r,nobody,EVA :hi") == ["401 nobody"]
    assert luis.seen() == ["ana PRIVMSG luis hi", "ana PRIVMSG #r hi"]
    assert eva.seen() == ["ana PRIVMSG #r hi", "ana PRIVMSG eva hi"]
    assert ana.ask("PRIVMSG luis,luis,,luis :once") == []
    assert luis.seen() == ["ana PRIVMSG luis once"]
    assert ana.ask("PRIVMSG luis,eva,ana,#r,#s :too many")[0].startswith("407 ")
    assert luis.seen() == eva.seen() == []


def test_messages_for_those_with_a_role(hall: Hall) -> None:
    """STATUSMSG: `@#room` for its operators, `+#room` for those with a voice and operators."""
    ana, luis, eva, pia, far = *hall.gather("#r", "ana", "luis", "eva", "pia"), hall.enter("far")
    ana.ask("MODE #r +oov luis pia eva", "MODE #r -o pia")
    for talker in (luis, eva, pia):
        talker.sync()
    assert pia.ask("PRIVMSG @#R :for operators", "NOTICE +#r :for voices", "PRIVMSG @+#r :both") == []
    operators = ["pia PRIVMSG @#r for operators", "pia NOTICE +#r for voices", "pia PRIVMSG +#r both"]
    assert ana.seen() == luis.seen() == operators
    assert eva.seen() == operators[1:]
    assert far.ask("PRIVMSG @#r :x", "PRIVMSG @#none :x", "PRIVMSG @ana :x") == ["404 #r", "403 #none", "401 @ana"]
    assert luis.ask("PRIVMSG @#r :not to me") == []
    assert ana.seen() == ["luis PRIVMSG @#r not to me"]


def test_ctcp_goes_through_as_it_is(hall: Hall) -> None:
    """modern.ircdocs.horse, CTCP: requests by PRIVMSG, answers by NOTICE; the server answers none."""
    ana, luis = hall.gather("#r", "ana", "luis")
    for body in (
        "VERSION",
        "PING 12 34",
        "ACTION waves",
        "ACTION",
        "action x",
        "DCC SEND a.txt 1 2 3",
        "X " + "y" * 300,
    ):
        for verb in ("PRIVMSG", "NOTICE"):
            for target in ("#r", "luis"):
                assert ana.ask(f"{verb} {target} :{BELL}{body}{BELL}") == []
                line = luis.expect(verb)
                assert line.params[0] == target
                assert line.text.lower() == f"{BELL}{body}{BELL}".lower(), (verb, body)


def test_ctcp_that_has_no_end(hall: Hall) -> None:
    """modern.ircdocs.horse, CTCP: the final delimiter may be missing; nothing else is lost."""
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask(f"PRIVMSG luis :{BELL}VERSION", f"PRIVMSG luis :{BELL}", f"PRIVMSG luis :a {BELL} b")
    told = [line.text for line in luis.sync()]
    assert [text.rstrip(BELL) for text in told[:1]] == [f"{BELL}VERSION"]
    assert told[1:] == [BELL, f"a {BELL} b"]


def test_rooms_and_people_that_want_no_ctcp(hall: Hall) -> None:
    """+C: 404, but actions are talk; +T: 531; answers are never kept from anybody."""
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask("MODE #r +C", "MODE ana +T")
    luis.sync()
    assert luis.ask(f"PRIVMSG #r :{BELL}VERSION{BELL}") == ["404 #r"]
    assert luis.ask(f"PRIVMSG ana :{BELL}VERSION{BELL}") == ["531 ana"]
    assert (
        luis.ask(
            f"PRIVMSG #r :{BELL}ACTION waves{BELL}",
            f"PRIVMSG ana :{BELL}ACTION nods{BELL}",
            f"NOTICE ana :{BELL}VERSION mine 1.0{BELL}",
            "PRIVMSG ana :and words",
        )
        == []
    )
    assert [line.text.strip(BELL) for line in ana.sync()] == [
        "ACTION waves",
        "ACTION nods",
        "VERSION mine 1.0",
        "and words",
    ]


def test_who_is_away_lets_the_sender_know(hall: Hall) -> None:
    """modern.ircdocs.horse, AWAY message and PRIVMSG message: 305, 306, 301."""
    ana, luis = hall.gather("#r", "ana", "luis")
    assert luis.ask("AWAY :Back at five") == ["306"]
    assert ana.ask("PRIVMSG luis :are you there?", "PRIVMSG #r :all") == ["301 luis Back at five"]
    assert ana.ask(f"PRIVMSG luis :{BELL}ACTION waits{BELL}") == ["301 luis Back at five"]
    assert ana.ask("NOTICE luis :no answer to this") == []
    assert [line.command for line in luis.sync()] == ["PRIVMSG", "PRIVMSG", "PRIVMSG", "NOTICE"]
    assert luis.ask("AWAY") == ["305"]
    assert luis.ask("AWAY :again", "AWAY :") == ["306", "305"]
    assert ana.ask("PRIVMSG luis :and now?") == []


def test_client_only_tags_are_passed_on_and_others_are_not(hall: Hall) -> None:
    """IRCv3 Message Tags: values are kept, escaped or not; who has not asked gets none."""
    ana, luis, eva = hall.gather("#r", "ana", "luis", "eva")
    for talker in (ana, luis):
        talker.ask("CAP REQ message-tags")
    ana.ask(
        r"@+draft/reply=a\:b\s\\c\r\n;+example.com/x;time=2000-01-01T00:00:00.000Z;msgid=mine;account=root;bot "
        "PRIVMSG #r :hi",
        "@+empty=;+x=1;+x=2;+emoji=🦉 PRIVMSG luis :psst",
    )
    first, second = luis.sync()
    assert {name: value for name, value in first.tags.items() if name != "msgid"} == {
        "+draft/reply": "a;b \\c\r\n",
        "+example.com/x": "",
    }
    assert first.tags["msgid"] != "mine"
    assert {name: value for name, value in second.tags.items() if name != "msgid"} == {
        "+empty": "",
        "+x": "2",
        "+emoji": "🦉",
    }
    assert [line.raw for line in eva.sync()] == [":ana!~ana@localhost PRIVMSG #r :hi"]
    eva.ask("@+x=1 PRIVMSG #r :without the capability")
    assert [name for name in luis.expect("PRIVMSG").tags if name.startswith("+")] == []


def test_the_servers_tags_stand_before_those_of_clients(hall: Hall) -> None:
    """IRCv3 Message Tags, Client-only tags: server-initiated tags MUST be included before client-only tags."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=("message-tags", "server-time", "echo-message"))
    ana.ask("@+a=1;+b=2 PRIVMSG #r :hi")
    names = list(luis.expect("PRIVMSG").tags)
    assert names[-2:] == ["+a", "+b"]
    assert set(names[:-2]) == {"time", "msgid"}


def test_tagmsg(hall: Hall) -> None:
    """IRCv3 Message Tags, TAGMSG: delivered like PRIVMSG, to those who have asked for tags."""
    ana, luis, eva = hall.gather("#r", "ana", "luis", "eva")
    assert eva.ask("@+typing=active TAGMSG #r") == ["421 TAGMSG"]
    ana.ask("CAP REQ message-tags")
    luis.ask("CAP REQ :message-tags echo-message")
    assert ana.ask("@+typing=active TAGMSG #R", "@+typing=done TAGMSG luis,@#r", "TAGMSG eva") == []
    assert [(line.brief, line.tags["+typing"]) for line in luis.sync()] == [
        ("ana TAGMSG #r", "active"),
        ("ana TAGMSG luis", "done"),
    ]
    assert eva.seen() == []
    assert luis.ask("@+x TAGMSG ana") == ["luis TAGMSG ana"]
    assert ana.seen() == ["luis TAGMSG ana"]
    assert ana.ask("TAGMSG", "TAGMSG :", "TAGMSG nobody", "TAGMSG #none") == [
        "411",
        "411",
        "401 nobody",
        "403 #none",
    ]
    ana.ask("MODE #r +m")
    assert luis.ask("TAGMSG #r")[-1] == "404 #r"
    luis.ask("AWAY :x")
    assert ana.ask("TAGMSG luis") == []  # nobody is typing to somebody who is away: no 301


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
def test_echoes_are_what_the_others_get(hall: Hall, verb: str) -> None:
    """IRCv3 Echo Message: to rooms, to people, to oneself, to roles; the final version, with the same msgid."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=("message-tags",))
    ana.ask("CAP REQ echo-message")
    for target in ("#r", "luis", "+#r"):
        (echo,) = ana.ask_whole(f"@+x=y {verb} {target.upper()} :hello")
        assert echo.brief == f"ana {verb} {target} hello"
        if target != "+#r":
            heard = luis.expect(verb)
            assert (heard.source, heard.params, heard.tags) == (echo.source, echo.params, echo.tags)
    assert ana.ask(f"{verb} ana :me") == [f"ana {verb} ana me"] * 2
    assert [line for line in ana.ask(f"{verb} nobody :x", f"{verb} #none :x") if line.startswith("ana")] == []
    action = ana.ask_whole(f"{verb} #r :{BELL}ACTION waves{BELL}")[0]
    assert action.text == f"{BELL}ACTION waves{BELL}"


def test_a_message_that_does_not_fit_behind_its_source_is_cut_for_everybody(hall: Hall) -> None:
    """RFC 2812 section 2.3: 512 bytes with the source that others see; cut at the end of a character."""
    ana, luis, eva = hall.gather("#r", "ana", "luis", "eva")
    ana.ask("CAP REQ echo-message")
    for text in ("x" * 490, "€" * 163, "x" * 300 + "🦉" * 48):
        (echo,) = ana.ask_whole(f"PRIVMSG #r :{text}")
        (heard,) = luis.sync()
        assert text.startswith(heard.text)
        assert len(heard.raw.encode()) > 505
        assert heard.raw == echo.raw
        assert eva.seen() == [echo.brief]


def test_an_action_that_does_not_fit_is_cut_and_still_one_action(hall: Hall) -> None:
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask(f"PRIVMSG #r :{BELL}ACTION {'x' * 480}{BELL}")
    (heard,) = luis.sync()
    assert heard.text.startswith(f"{BELL}ACTION xxx")
    assert heard.text.endswith(f"x{BELL}")
    assert 505 < len(heard.raw) <= 510


def test_who_gets_no_echo_is_told_that_a_message_was_cut(hall: Hall) -> None:
    """IRCv3 Standard Replies: WARN for who has asked for them, or else a notice; nothing for a NOTICE."""
    ana, luis = hall.gather("#r", "ana", "luis")
    (warning,) = ana.ask_whole(f"PRIVMSG #r :{'x' * 490}")
    assert (warning.command, warning.params[0], warning.nick) == ("NOTICE", "ana", "")
    ana.ask("CAP REQ standard-replies")
    (warning,) = ana.ask_whole(f"PRIVMSG #r :{'x' * 490}")
    assert (warning.command, warning.params[:2]) == ("WARN", ("PRIVMSG", "MESSAGE_CUT"))
    assert ana.ask(f"NOTICE #r :{'x' * 490}", f"PRIVMSG #r :{'x' * 450}") == []
    assert [len(line.raw) for line in luis.sync()][:3] == [510, 510, 510]
