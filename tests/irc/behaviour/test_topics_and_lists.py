"""Looking around: TOPIC, NAMES, LIST; what secret rooms and invisible people keep to themselves.

Sources: modern.ircdocs.horse "TOPIC message", "NAMES message", "LIST message", ELIST.
"""

import pytest

from tests.irc.behaviour.conftest import Hall


def listed(answer: list[str]) -> list[str]:
    """Return the rooms of a LIST."""
    assert answer[0].startswith("321 ")
    assert answer[-1] == "323"
    assert all(line.startswith("322 ") for line in answer[1:-1])
    return [line.split()[1] for line in answer[1:-1]]


def test_topics(hall: Hall) -> None:
    """331, 332 with 333, 403, 442, 461, 482; everybody inside is told, who set it too."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    assert luis.ask("TOPIC #r", "TOPIC #none", "TOPIC") == ["331 #r", "403 #none", "461 TOPIC"]
    assert far.ask("TOPIC #r :mine") == ["442 #r"]
    assert luis.ask("TOPIC #R :Roses: and thorns") == ["luis TOPIC #r Roses: and thorns"]
    assert ana.seen() == ["luis TOPIC #r Roses: and thorns"]
    answer = ana.ask_whole("TOPIC #r")
    assert [line.command for line in answer] == ["332", "333"]
    assert answer[1].params[:3] == ("ana", "#r", "luis!~luis@localhost")
    ana.ask("MODE #r +t")
    assert luis.ask("TOPIC #r :again")[1:] == ["482 #r"]
    assert ana.ask("TOPIC #r :") == ["ana TOPIC #r "]
    assert luis.seen() == ["ana TOPIC #r "]
    assert luis.ask("TOPIC #r") == ["331 #r"]
    assert far.seen() == []


def test_a_topic_may_be_as_long_as_topiclen_says(hall: Hall) -> None:
    """RPL_ISUPPORT, TOPICLEN; what is longer is cut, at the end of a character."""
    ana = hall.enter("ana")
    length = next(int(w[9:]) for line in ana.welcome for w in line.params if w.startswith("TOPICLEN="))
    ana.ask("JOIN #r")
    assert ana.ask("TOPIC #r :" + "x" * length) == ["ana TOPIC #r " + "x" * length]
    assert ana.ask("TOPIC #r :" + "y" * (length + 1))[0].startswith("ana TOPIC #r " + "y" * length)
    told = ana.ask_whole("TOPIC #r :" + "€" * 150)[0]
    assert told.text == "€" * (length // 3)
    assert ana.ask_whole("TOPIC #r")[0].text == told.text


def test_names(hall: Hall) -> None:
    """353 and 366; one 366 for what there is not; `*` without a parameter."""
    ana, luis, far = *hall.gather("#r", "ana", "luis"), hall.enter("far")
    ana.ask("MODE #r +v luis", "MODE ana +i")
    luis.sync()
    for talker in (ana, luis):
        assert talker.ask("NAMES #R") == ["353 = #r @ana +luis", "366 #r"]
    assert far.ask("NAMES #r") == ["353 = #r +luis", "366 #r"]  # who is invisible is seen from inside
    assert far.ask("NAMES", "NAMES #none", "NAMES none") == ["366 *", "366 #none", "366 none"]
    assert far.ask("NAMES #r,#none") == ["353 = #r +luis", "366 #r", "366 #none"]
    ana.ask("MODE #r +s")
    assert luis.ask("NAMES #r")[-2:] == ["353 @ #r @ana +luis", "366 #r"]
    assert far.ask("NAMES #r") == ["366 #r"]


def test_a_long_list_of_names_comes_in_several_lines(hall: Hall) -> None:
    ana = hall.enter("ana")
    ana.ask("JOIN #r")
    others = [hall.enter(f"{chr(97 + number)}" + "ñ" * 31) for number in range(10)]
    for other in others:
        other.ask("JOIN #r")
    ana.sync()
    lines = ana.ask_whole("NAMES #r")
    assert [line.command for line in lines[:-1]] == ["353"] * (len(lines) - 1)
    assert len(lines) > 2
    names = [name for line in lines[:-1] for name in line.text.split(" ")]
    assert names == ["@ana", *(other.nick for other in others)]


def test_a_secret_room_is_no_room_for_who_is_outside(hall: Hall) -> None:
    """modern.ircdocs.horse, Secret Channel Mode."""
    ana, luis, far = *hall.gather("#hidden", "ana", "luis"), hall.enter("far")
    ana.ask("MODE #hidden +s", "TOPIC #hidden :secret things", "JOIN #open")
    luis.sync()
    assert listed(far.ask("LIST")) == ["#open"]
    assert listed(luis.ask("LIST")) == ["#hidden", "#open"]
    assert listed(far.ask("LIST #hidden")) == []
    for command in (
        "TOPIC #hidden",
        "TOPIC #hidden :x",
        "MODE #hidden",
        "PART #hidden",
        "KICK #hidden ana",
        "MODE #hidden b",
    ):
        assert far.ask(command)[0] == far.ask(command.replace("hidden", "none"))[0].replace("none", "hidden"), (
            command
        )
    assert far.ask("WHO #hidden") == ["315 #hidden"]
    assert [line for line in far.ask("WHOIS ana") if line.startswith("319")] == ["319 ana @#open"]
    assert [line for line in luis.ask("WHOIS ana") if line.startswith("319")] == ["319 ana @#hidden @#open"]
    assert far.ask("PRIVMSG #hidden :hi") == ["403 #hidden"]
    assert far.ask("JOIN #hidden")[0] == "far JOIN #hidden"


@pytest.mark.parametrize(
    ("filters", "rooms"),
    [
        ("", {"#one", "#two", "#three"}),
        ("#TWO,#none,#one", {"#one", "#two"}),
        (">1", {"#two", "#three"}),
        ("<3", {"#one", "#two"}),
        (">1,<3", {"#two"}),
        ("*o*", {"#one", "#two"}),
        ("#t*", {"#two", "#three"}),
        ("!*t*", {"#one"}),
        ("#?ne", {"#one"}),
        ("C<60", {"#one", "#two", "#three"}),
        ("C>60", set()),
        ("T<60", {"#two"}),
        ("T>60", set()),
        ("#one,#two >1", {"#two"}),
        ("c<60,<2", {"#one"}),
        ("nonsense", set()),
    ],
)
def test_list_and_its_filters(hall: Hall, filters: str, rooms: set[str]) -> None:
    """modern.ircdocs.horse, LIST message and ELIST: M, N, U, C (made … minutes ago), T (topic likewise)."""
    ana, luis, eva = hall.enter("ana"), hall.enter("luis"), hall.enter("eva")
    ana.ask("JOIN #one,#two,#three", "TOPIC #two :The second")
    luis.ask("JOIN #two,#three")
    eva.ask("JOIN #three")
    answer = eva.ask(f"LIST {filters}")
    assert set(listed(answer)) == rooms
    assert {line for line in answer if "#two" in line} <= {"322 #two 2 The second"}
