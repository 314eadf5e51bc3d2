"""MODE for rooms: flags, limits, keys, roles, lists; and what they mean for who comes in and who is heard.

Sources: modern.ircdocs.horse "MODE message", "Channel Modes"; RFC 2811 section 4.
"""

import pytest

from tests.irc.behaviour.client import Talker
from tests.irc.behaviour.conftest import Hall, OpenHall


def modes(talker: Talker, room: str) -> str:
    """Return what 324 tells about a room; 329 follows it."""
    talker.sync()
    lines = talker.ask_whole(f"MODE {room}")
    assert [line.command for line in lines] == ["324", "329"]
    assert {line.params[1] for line in lines} == {room}
    assert int(lines[1].params[2]) > 1_600_000_000
    return " ".join(lines[0].params[2:])


def test_flags(hall: Hall) -> None:
    """One MODE for all that was changed, and nothing for what was so already."""
    ana, luis = hall.gather("#r", "ana", "luis")
    assert modes(ana, "#r") == "+n"
    assert ana.ask("MODE #R +imst-n+C") == ["ana MODE #r +imst-n+C"]
    assert luis.seen() == ["ana MODE #r +imst-n+C"]
    assert modes(luis, "#r") == "+Cimst"
    assert ana.ask("MODE #r +i-n") == []
    assert ana.ask("MODE #r +i-i") == ["ana MODE #r -i"]
    assert ana.ask("MODE #r nt") == ["ana MODE #r +n"]  # without a sign it is a plus
    assert ana.ask("MODE #r -Cmst") == ["ana MODE #r -Cmst"]
    assert modes(ana, "#r") == "+n"
    assert ana.ask("MODE #r +") == ana.ask("MODE #r -+-") == []


def test_who_may_change_modes(hall: Hall) -> None:
    """482 inside, 442 outside, 403 where nothing is; 472 for a letter that is none, 461."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    for change in ("+i", "+imst", "+k key", "+l 5", "+o luis", "-o ana", "+b ana", "-n+b x"):
        assert luis.ask(f"MODE #r {change}") == ["482 #r"], change
        assert far.ask(f"MODE #r {change}") == ["442 #r"], change
    assert far.ask("MODE #none +i", "MODE #none", "MODE") == ["403 #none", "403 #none", "461 MODE"]
    assert ana.ask("MODE #r +iXs-Y") == ["472 X", "472 Y", "ana MODE #r +is"]
    ana.ask("MODE #r -is")
    assert modes(far, "#r") == "+n"  # anybody may look
    assert luis.seen()[-1] == "ana MODE #r -is"


def test_keys(hall: Hall) -> None:
    """Key Channel Mode: 475; 696 for one that cannot be; who is outside does not learn it."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    for bad in ("+k", "+k :two words", "+k a,b", "+k " + "x" * 33, "+k :"):
        answer = ana.ask_whole(f"MODE #r {bad}")
        assert [(line.command, *line.params[:3]) for line in answer] == [("696", "ana", "#r", "k")], bad
        assert len(answer[0].params) == 5
    assert ana.ask("MODE #r +ks secret") == ["ana MODE #r +ks secret"]
    assert modes(luis, "#r") == "+kns secret"
    ana.ask("MODE #r -s")
    assert "secret" not in modes(far, "#r")
    assert far.ask("JOIN #r", "JOIN #r Secret") == ["475 #r", "475 #r"]
    assert ana.ask("MODE #r +k other") == ["ana MODE #r +k other"]
    assert far.ask("JOIN #r secret", "JOIN #r other")[:2] == ["475 #r", "far JOIN #r"]
    removed = ana.ask("MODE #r -k whatever")[-1]
    assert removed.startswith("ana MODE #r -k ")  # a type B mode always has its parameter
    ana.ask("MODE #r +k again")
    assert ana.ask("MODE #r -k")[0].startswith("ana MODE #r -k ")
    assert modes(ana, "#r") == "+n"


def test_limits(hall: Hall) -> None:
    """Client Limit Channel Mode: 471; nobody has to go; 696 for what is no number above 0."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    for bad in ("+l", "+l 0", "+l -1", "+l many", "+l ٣", "+l 99999999999", "+l 1.5"):
        answer = ana.ask_whole(f"MODE #r {bad}")
        assert [(line.command, *line.params[1:3]) for line in answer] == [("696", "#r", "l")], bad
    assert ana.ask("MODE #r +l 1") == ["ana MODE #r +l 1"]
    assert modes(far, "#r") == "+ln 1"
    assert far.ask("JOIN #r") == ["471 #r"]
    assert luis.ask("PRIVMSG #r :still here")[:1] == ["ana MODE #r +l 1"]
    assert ana.seen() == ["luis PRIVMSG #r still here"]
    assert ana.ask("MODE #r +l 3", "MODE #r +l 3") == ["ana MODE #r +l 3"]
    assert far.ask("JOIN #r")[0] == "far JOIN #r"
    assert ana.ask("MODE #r -l")[-1] == "ana MODE #r -l"
    assert modes(ana, "#r") == "+n"


def test_the_limit_that_the_server_sets_is_shown(open_hall: OpenHall) -> None:
    """limits.room_capacity holds where operators of a room have said nothing."""
    hall = open_hall(limits__room_capacity=1)
    ana, luis = hall.enter("ana"), hall.enter("luis")
    ana.ask("JOIN #r")
    assert modes(ana, "#r") == "+ln 1"
    assert luis.ask("JOIN #r") == ["471 #r"]
    assert ana.ask("MODE #r +l 1") == []
    assert ana.ask("MODE #r +l 2") == ["ana MODE #r +l 2"]
    assert luis.ask("JOIN #r")[0] == "luis JOIN #r"
    assert ana.ask("MODE #r -l")[-1] == "ana MODE #r -l"
    assert modes(ana, "#r") == "+n"
    assert hall.enter("eva").ask("JOIN #r")[0] == "eva JOIN #r"


def test_roles(hall: Hall) -> None:
    """Operator and Voice: given and taken by operators; 401, 441, 482, 696."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far")
    assert ana.ask("MODE #r +v EVA", "MODE #r +v eva") == ["ana MODE #r +v eva"]
    assert luis.seen() == eva.seen() == ["ana MODE #r +v eva"]
    assert ana.ask("MODE #r +oo nobody far") == ["401 nobody", "441 far #r"]
    answer = ana.ask_whole("MODE #r +o")
    assert [(line.command, *line.params[1:3]) for line in answer] == [("696", "#r", "o")]
    assert ana.ask("MODE #r +o-v+v luis eva luis") == ["ana MODE #r +o-v+v luis eva luis"]
    assert eva.ask("NAMES #r")[-2] == "353 = #r @ana @luis eva"
    assert luis.ask("MODE #r -o ana")[-1] == "luis MODE #r -o ana"
    assert ana.ask("MODE #r +i")[-1] == "482 #r"
    assert luis.ask("MODE #r -o luis") == ["luis MODE #r -o luis"]
    assert luis.ask("MODE #r +o luis") == ["482 #r"]
    assert luis.ask("NAMES #r")[0] == "353 = #r ana +luis eva"
    assert far.seen() == []
    luis.ask("PART #r", "JOIN #r")
    assert luis.ask("NAMES #r")[0] == "353 = #r ana eva luis"  # who comes back comes back without


@pytest.mark.parametrize(("letter", "row", "end"), [("b", "367", "368"), ("e", "348", "349"), ("I", "346", "347")])
def test_lists(hall: Hall, letter: str, row: str, end: str) -> None:
    """367/368, 348/349, 346/347: mask, who put it there, when; in order; anybody inside may look."""
    ana, luis = hall.gather("#r", "ana", "luis")
    assert luis.ask(f"MODE #r {letter}") == ana.ask(f"MODE #r +{letter}") == [f"{end} #r"]
    for written, mask in (
        ("eva", "eva!*@*"),
        ("*@198.51.100.*", "*!*@198.51.100.*"),
        ("a!b@c", "a!b@c"),
        ("Pia!**@*", "Pia!*@*"),
    ):
        assert ana.ask(f"MODE #r +{letter} {written}") == [f"ana MODE #r +{letter} {mask}"]
    assert ana.ask(f"MODE #r +{letter} EVA!*@*") == []  # there already
    lines = luis.ask_whole(f"MODE #r {letter}")[4:]
    assert [line.command for line in lines] == [row] * 4 + [end]
    assert [line.params[2] for line in lines[:-1]] == ["eva!*@*", "*!*@198.51.100.*", "a!b@c", "Pia!*@*"]
    for line in lines[:-1]:
        assert line.params[:2] == ("luis", "#r")
        assert line.params[3] == "ana!~ana@localhost"
        assert int(line.params[4]) > 1_600_000_000
    assert ana.ask(f"MODE #r -{letter}{letter} pia nobody") == [f"ana MODE #r -{letter} Pia!*@*"]
    assert ana.ask(f"MODE #r +{letter}{letter}") == [
        *(line.brief for line in lines[:3]),
        f"{end} #r",
    ]  # once is enough
    for bad in (":a mask with spaces", "x" * 300, "~q:ana", "::colon"):
        answer = ana.ask_whole(f"MODE #r +{letter} {bad}")
        assert [(line.command, line.params[2]) for line in answer] == [("696", letter)], bad


def test_a_list_that_is_full(hall: Hall) -> None:
    """ERR_BANLISTFULL (478), at what MAXLIST says for all lists together."""
    ana = hall.enter("ana")
    ana.ask("JOIN #r", *(f"MODE #r +b {number}" for number in range(60)))
    ana.ask(*(f"MODE #r +e {number}" for number in range(40)))
    answer = ana.ask_whole("MODE #r +b more")
    assert [(line.command, *line.params[:3]) for line in answer] == [("478", "ana", "#r", "b")]
    assert ana.ask("MODE #r -b+I 7 more") == ["ana MODE #r -b+I 7!*@* more!*@*"]


def test_many_changes_come_in_lines_that_are_short_enough(hall: Hall) -> None:
    """Masks become longer when they are completed; nothing is lost, nobody gets a line above 512 bytes."""
    ana, luis = hall.gather("#r", "ana", "luis")
    masks = [f"{letter * 20}" for letter in "abcdefghijklmnopqrst"]
    told = ana.ask(f"MODE #r +{'b' * 20} {' '.join(masks)}")
    assert len(told) > 1
    assert luis.seen() == told
    found = [word for line in told for word in line.split() if "!" in word]
    assert found == [f"{mask}!*@*" for mask in masks]
    for line in told:
        letters, *words = line.split()[3:]
        assert letters == "+" + "b" * len(words)


@pytest.mark.parametrize("mask", ["x" * 116, "x" * 190, "ñ" * 58, "€" * 150])
def test_a_long_mask_of_somebody_with_a_long_name_in_a_room_with_a_long_name(hall: Hall, mask: str) -> None:
    """RFC 2812 section 2.3: whatever the answer is, its lines are short enough, complete, and say something."""
    ana = hall.enter("𠀀" * 16)
    for room in ("#r", "#" + "𠀀" * 25):
        ana.ask(f"JOIN {room}")
        made = ana.ask_whole(f"MODE {room} +b {mask}")
        assert len(made) == 1
        assert made[0].command in {"MODE", "696", "417"}
        rows = ana.ask_whole(f"MODE {room} b")
        assert [line.command for line in rows] == ["367"] * (made[0].command == "MODE") + ["368"]
        for row in rows[:-1]:
            assert len(row.params) == 5
            assert row.params[4].isdigit()


def test_bans_keep_out_and_silence(hall: Hall) -> None:
    """Ban and Exception Channel Modes: 474, 404; a ban of `~m:` (EXTBAN) only silences."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    ana.ask("MODE #r +b *!~FAR@*")
    assert far.ask("JOIN #r") == ["474 #r"]
    ana.ask("MODE #r +e far!*@*")
    assert far.ask("JOIN #r")[0] == "far JOIN #r"
    assert far.ask("PRIVMSG #r :excepted") == []
    ana.ask("MODE #r -e far!*@*")
    far.sync()
    assert far.ask("PRIVMSG #r :silenced", "NOTICE #r :silenced") == ["404 #r"]
    ana.ask("MODE #r +v far")
    assert far.ask("PRIVMSG #r :heard")[-1] == "ana MODE #r +v far"
    assert luis.expect("PRIVMSG").text == "excepted"
    assert luis.expect("PRIVMSG").text == "heard"
    assert ana.ask("MODE #r -v far", "MODE #r -b *!~far@*", "MODE #r +b ~m:FAR")[-1] == "ana MODE #r +b ~m:FAR!*@*"
    assert far.ask("PRIVMSG #r :mute")[-1] == "404 #r"
    assert far.ask("PART #r", "JOIN #r")[1] == "far JOIN #r"
    assert far.ask("PRIVMSG #r :mute") == ["404 #r"]
    assert far.ask("PRIVMSG ana :in private") == []
    assert ana.seen()[-1] == "far PRIVMSG ana in private"


def test_moderated_rooms_and_rooms_that_hear_who_is_outside(hall: Hall) -> None:
    """Moderated and No External Messages: 404."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far")
    ana.ask("MODE #r +mv eva")
    assert luis.ask("PRIVMSG #r :x")[-1] == "404 #r"
    assert eva.ask("PRIVMSG #r :I am heard")[-1] == "ana MODE #r +mv eva"
    assert far.ask("PRIVMSG #r :x") == ["404 #r"]
    ana.ask("MODE #r -n")
    assert far.ask("PRIVMSG #r :x") == ["404 #r"]  # still moderated
    ana.ask("MODE #r -m")
    assert far.ask("PRIVMSG #r :from outside") == []
    assert luis.seen() == [
        "eva PRIVMSG #r I am heard",
        "ana MODE #r -n",
        "ana MODE #r -m",
        "far PRIVMSG #r from outside",
    ]


def test_invitation_lists(hall: Hall) -> None:
    """Invite-Exception Channel Mode."""
    ana, luis, far = hall.enter("ana"), hall.enter("luis"), hall.enter("far")
    ana.ask("JOIN #r", "MODE #r +iI luis")
    assert luis.ask("JOIN #r")[0] == "luis JOIN #r"
    assert far.ask("JOIN #r") == ["473 #r"]
