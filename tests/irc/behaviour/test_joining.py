"""Going in and out: JOIN, PART, KICK, INVITE.

Sources: modern.ircdocs.horse "Channel Operations"; RFC 2812 section 3.2.
"""

from tests.irc.behaviour.conftest import Hall, OpenHall


def test_who_comes_in_is_told_what_it_needs_and_the_others_are_told(hall: Hall) -> None:
    """modern.ircdocs.horse, JOIN message: JOIN, topic if there is one, names with oneself."""
    ana, luis, far = hall.enter("ana"), hall.enter("luis"), hall.enter("far")
    lines = ana.ask_whole("JOIN #Garden")
    assert lines[0].source == "ana!~ana@localhost"
    assert [line.brief for line in lines] == ["ana JOIN #Garden", "353 = #Garden @ana", "366 #Garden"]
    assert ana.ask("TOPIC #garden :Roses and thorns") == ["ana TOPIC #Garden Roses and thorns"]
    answer = luis.ask_whole("JOIN #gARDEN")
    assert [line.command for line in answer] == ["JOIN", "332", "333", "353", "366"]
    assert answer[0].brief == "luis JOIN #Garden"
    assert answer[1].params == ("luis", "#Garden", "Roses and thorns")
    assert answer[2].params[1:3] == ("#Garden", "ana!~ana@localhost")
    assert int(answer[2].params[3]) > 1_600_000_000
    assert set(answer[3].text.split()) == {"@ana", "luis"}
    assert ana.seen() == ["luis JOIN #Garden"]
    assert luis.ask("JOIN #garden") == []  # inside already
    assert far.seen() == []


def test_several_rooms_with_keys(hall: Hall) -> None:
    """modern.ircdocs.horse, JOIN message: the first key is for the first room; each room is dealt with alone."""
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.ask("JOIN #a,#b,#c", "MODE #a +k one", "MODE #b +k two")
    assert [line for line in luis.ask("JOIN #a,#b two,one") if "JOIN" in line or line[0] == "4"] == [
        "475 #a",
        "475 #b",
    ]
    assert [line for line in luis.ask("JOIN #c,#b,#a :,two,wrong") if "JOIN" in line or line[0] == "4"] == [
        "luis JOIN #c",
        "luis JOIN #b",
        "475 #a",
    ]
    assert [line for line in luis.ask("JOIN #a,,#x one") if "JOIN" in line] == ["luis JOIN #a", "luis JOIN #x"]
    assert ana.seen() == ["luis JOIN #c", "luis JOIN #b", "luis JOIN #a"]


def test_rooms_that_cannot_be(hall: Hall) -> None:
    """ERR_NOSUCHCHANNEL (403) with the name as it was written; ERR_NEEDMOREPARAMS (461)."""
    ana = hall.enter("ana")
    for name in ("garden", "&garden", "#", "#" + "x" * 51, "#a\u200bb", "#ｇarden", "#г+a"):
        answer = ana.ask_whole(f"JOIN {name}")
        assert [(line.command, line.params[1]) for line in answer] == [("403", name)], name
    assert ana.ask("JOIN") == ["461 JOIN"]
    assert ana.ask("JOIN #" + "x" * 50)[0] == "ana JOIN #" + "x" * 50
    assert ana.ask("JOIN #jardín,#a!b")[0] == "ana JOIN #jardín"


def test_names_that_look_like_others(hall: Hall) -> None:
    """ERR_NOSUCHCHANNEL (403), ERR_NICKNAMEINUSE (433), with the other name in the text."""
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.ask("JOIN #b0b")
    assert luis.ask_whole("JOIN #BOB")[0].params == ("luis", "#BOB", "Channel name looks like #b0b")
    ana.ask("MODE #b0b +s")
    assert luis.ask_whole("JOIN #BOB")[0].params == ("luis", "#BOB", "Channel name looks like another channel")
    ana.ask("NICK coco")
    (answer,) = luis.ask_whole("NICK сосо")
    text = "Nickname looks like coco, which is in use"
    assert (answer.command, *answer.params) == ("433", "luis", "сосо", text)


def test_join_0_leaves_all_rooms(hall: Hall) -> None:
    """modern.ircdocs.horse, JOIN message: as though PART had been sent for each."""
    ana, luis = hall.gather("#a", "ana", "luis")
    ana.ask("JOIN #b,#c")
    luis.ask("JOIN #b")
    ana.sync()
    assert sorted(ana.ask("JOIN 0")) == ["ana PART #a", "ana PART #b", "ana PART #c"]
    assert sorted(luis.seen()) == ["ana PART #a", "ana PART #b"]
    assert ana.ask("JOIN 0") == []
    assert luis.ask("LIST")[1:-1] == ["322 #a 1 ", "322 #b 1 "]


def test_one_may_be_in_so_many_rooms(hall: Hall) -> None:
    """ERR_TOOMANYCHANNELS (405), as CHANLIMIT says."""
    ana = hall.enter("ana")
    ana.ask(*(f"JOIN #{number}" for number in range(100)))
    assert ana.ask("JOIN #one-more") == ["405 #one-more"]
    assert ana.ask("PART #7", "JOIN #one-more")[:2] == ["ana PART #7", "ana JOIN #one-more"]


def test_part(hall: Hall) -> None:
    """modern.ircdocs.horse, PART message: 403, 442; the reason is on each message."""
    ana, luis = hall.gather("#a", "ana", "luis")
    ana.ask("JOIN #b"), luis.ask("JOIN #b")
    ana.sync()
    assert ana.ask("PART #a,#none,#b :good bye", "PART #a", "PART") == [
        "ana PART #a good bye",
        "403 #none",
        "ana PART #b good bye",
        "442 #a",
        "461 PART",
    ]
    assert luis.seen() == ["ana PART #a good bye", "ana PART #b good bye"]
    assert ana.ask("PRIVMSG #a :hello?") == ["404 #a"]
    assert luis.ask("PART #a") == ["luis PART #a"]
    assert luis.ask("PART #A") == ["403 #A"]  # the last one has closed the door
    assert ana.ask("JOIN #a")[1] == "353 = #a @ana"


def test_kick(hall: Hall) -> None:
    """modern.ircdocs.horse, KICK message: one message for each; 403, 441, 442, 461, 482."""
    ana, luis, eva, pia, far = *hall.gather("#r", "ana", "luis", "eva", "pia"), hall.enter("far")
    assert luis.ask("KICK #r ana", "KICK #none ana", "KICK #r", "KICK #r nobody") == [
        "482 #r",
        "403 #none",
        "461 KICK",
        "482 #r",
    ]
    assert far.ask("KICK #r ana") == ["442 #r"]
    assert ana.ask("KICK #r far", "KICK #r nobody") == ["441 far #r", "441 nobody #r"]
    assert ana.ask("KICK #R LUIS,nobody,eva :no speeches") == [
        "ana KICK #r luis no speeches",
        "441 nobody #r",
        "ana KICK #r eva no speeches",
    ]
    assert luis.seen() == ["ana KICK #r luis no speeches"]
    assert eva.seen() == ["ana KICK #r luis no speeches", "ana KICK #r eva no speeches"]
    assert luis.ask("PRIVMSG #r :am I in?", "PART #r") == ["404 #r", "442 #r"]
    assert pia.seen() == ["ana KICK #r luis no speeches", "ana KICK #r eva no speeches"]
    ana.ask("JOIN #s")
    luis.ask("JOIN #s")
    ana.sync()
    kicked = ana.ask("KICK #r,#s pia,luis")
    assert [line.rsplit(" ", 1)[0] for line in kicked] == ["ana KICK #r pia", "ana KICK #s luis"]
    assert all(line.split()[4] for line in kicked)  # a default comment
    assert ana.ask("KICK #r,#s ana") == ["461 KICK"]
    assert ana.ask("KICK #r ana :myself") == ["ana KICK #r ana myself"]
    assert ana.ask("NAMES #r") == ["366 #r"]


def test_invite(hall: Hall) -> None:
    """modern.ircdocs.horse, INVITE message: 341, 401, 403, 442, 443, 461, 482."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis"), hall.enter("eva"), hall.enter("far")
    assert ana.ask("INVITE nobody #r", "INVITE eva #none", "INVITE LUIS #r", "INVITE eva") == [
        "401 nobody",
        "403 #none",
        "443 luis #r",
        "461 INVITE",
    ]
    assert far.ask("INVITE eva #r") == ["442 #r"]
    assert eva.seen() == []
    eva.ask("AWAY :at sea")
    assert luis.ask("INVITE EVA #R") == ["341 eva #r", "301 eva at sea"]
    line = eva.expect("INVITE")
    assert (line.source, line.params) == ("luis!~luis@localhost", ("eva", "#r"))
    assert ana.seen() == []  # other members are not told
    assert eva.ask("INVITE") == ["336 #r", "337"]
    ana.ask("MODE #r +i")
    assert luis.ask("INVITE far #r")[1:] == ["482 #r"]
    assert far.ask("JOIN #r") == ["473 #r"]
    assert eva.ask("JOIN #r") == ["473 #r"]  # only an operator's invitation opens the door
    assert ana.ask("INVITE far #r") == ["341 far #r"]
    assert far.ask("JOIN #r")[:2] == ["ana INVITE far #r", "far JOIN #r"]
    assert far.ask("PART #r", "JOIN #r") == ["far PART #r", "473 #r"]  # it opens it once


def test_an_operators_invitation_overrules_what_operators_have_set(hall: Hall) -> None:
    """RFC 2811 section 4.3: invite-only, a ban, their own limit; never the password."""
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.ask("JOIN #r")
    for mode, number in (("+i", "473"), ("+b luis", "474"), ("+l 1", "471")):
        ana.ask(f"MODE #r {mode}")
        assert luis.ask("JOIN #r") == [f"{number} #r"], mode
        ana.ask("INVITE luis #r")
        assert "luis JOIN #r" in luis.ask("JOIN #r"), mode
        luis.ask("PART #r")
        ana.ask("MODE #r -ibl luis!*@*")
    ana.ask("MODE #r +k key", "INVITE luis #r")
    assert luis.ask("JOIN #r")[-1] == "475 #r"
    assert luis.ask("JOIN #r key")[0] == "luis JOIN #r"


def test_the_limit_of_the_server_is_not_overruled(open_hall: OpenHall) -> None:
    """limits.room_capacity: nobody comes into a full room, invited or not (471)."""
    hall = open_hall(limits__room_capacity=2)
    ana, luis, eva = *hall.gather("#r", "ana", "luis"), hall.enter("eva")
    assert eva.ask("JOIN #r,#s")[:2] == ["471 #r", "eva JOIN #s"]
    ana.ask("INVITE eva #r")
    assert eva.ask("JOIN #r")[1:] == ["471 #r"]
    assert ana.seen() == []
    luis.ask("PART #r")
    assert eva.ask("JOIN #r")[0] == "eva JOIN #r"
    assert ana.ask("MODE #r")[2] == "324 #r +ln 2"
