"""What capabilities change: more, less or other lines for those who asked, and for nobody else.

Sources: IRCv3 Multi Prefix, Userhost In Names, Away Notify, Invite Notify, Extended Join, No Implicit Names,
Pre-Away, Standard Replies.
"""

import pytest

from tests.irc.behaviour.conftest import Hall


def test_multi_prefix_and_userhost_in_names(hall: Hall) -> None:
    """In NAMES, and (prefixes) in WHO; on JOIN as on NAMES."""
    ana, luis = hall.gather("#r", "ana", "luis")
    ana.ask("MODE #r +vv ana luis")
    luis.sync()
    for wish, names in (
        ("-setname", "@ana +luis"),
        ("multi-prefix", "@+ana +luis"),
        ("userhost-in-names", "@+ana!~ana@localhost +luis!~luis@localhost"),
        ("-multi-prefix", "@ana!~ana@localhost +luis!~luis@localhost"),
        ("-userhost-in-names", "@ana +luis"),
    ):
        luis.ask(f"CAP REQ {wish}")
        assert luis.ask("NAMES #r") == [f"353 = #r {names}", "366 #r"], wish
    eva = hall.enter("eva", "multi-prefix", "userhost-in-names")
    assert eva.ask("JOIN #r")[1] == "353 = #r @+ana!~ana@localhost +luis!~luis@localhost eva!~eva@localhost"


def test_away_notify(hall: Hall) -> None:
    """AWAY when somebody in a common room goes, changes the reason or comes back, or comes in and is away."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far", "away-notify")
    luis.ask("CAP REQ away-notify")
    assert ana.ask("AWAY :at sea", "AWAY :at lunch", "AWAY :at lunch", "AWAY") == ["306", "306", "306", "305"]
    lines = luis.sync()
    assert [line.raw for line in lines] == [
        ":ana!~ana@localhost AWAY :at sea",
        ":ana!~ana@localhost AWAY :at lunch",
        ":ana!~ana@localhost AWAY",
    ]
    assert luis.ask("AWAY :me") == ["306"]  # nobody is told of oneself
    assert eva.seen() == far.seen() == []
    far.ask("AWAY :far out", "JOIN #r")
    assert luis.seen() == ["far JOIN #r", "far AWAY far out"]
    assert eva.seen() == ["far JOIN #r"]
    ana.ask("PART #r", "JOIN #r")
    assert luis.seen() == ["ana PART #r", "ana JOIN #r"]


def test_invite_notify(hall: Hall) -> None:
    """Operators with the capability see who is invited; who invites and who is invited are not told twice."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far", "invite-notify")
    for talker in (ana, luis):
        talker.ask("CAP REQ invite-notify")
    assert luis.ask("INVITE far #r") == ["341 far #r"]
    assert ana.seen() == ["luis INVITE far #r"]
    assert far.seen() == ["luis INVITE far #r"]
    assert eva.seen() == []
    assert ana.ask("INVITE far #r") == ["341 far #r"]


def test_extended_join(hall: Hall) -> None:
    """JOIN with account (`*`: none) and real name, for others and for oneself."""
    ana, luis = hall.enter("ana", "extended-join"), hall.enter("luis")
    assert ana.ask("JOIN #r")[0] == "ana JOIN #r * Ana"
    assert luis.ask("JOIN #r")[0] == "luis JOIN #r"
    eva = hall.enter("eva", realname="Eva: María López")
    eva.ask("JOIN #r")
    assert [line.params for line in ana.sync()] == [("#r", "*", "Luis"), ("#r", "*", "Eva: María López")]
    assert luis.seen() == ["eva JOIN #r"]


def test_no_implicit_names(hall: Hall) -> None:
    """JOIN alone (with the topic); NAMES as ever."""
    ana = hall.enter("ana", "no-implicit-names")
    assert ana.ask("JOIN #r") == ["ana JOIN #r"]
    assert ana.ask("NAMES #r") == ["353 = #r @ana", "366 #r"]
    ana.ask("TOPIC #r :roses", "CAP REQ :-no-implicit-names", "MODE #r +m")
    luis = hall.enter("luis", "no-implicit-names")
    assert [line[:3] for line in luis.ask("JOIN #r")[1:]] == ["332", "333"]
    assert ana.ask("PART #r", "JOIN #r")[-1] == "366 #r"


@pytest.mark.parametrize("message", ["Gone to lunch", "*"])
def test_away_before_the_registration(hall: Hall, message: str) -> None:
    """IRCv3 Pre-Away: accepted with the capability, and in force from the beginning."""
    ana = hall.enter("ana")
    ana.ask("MONITOR + luis")
    luis = hall.connect()
    assert luis.ask("AWAY :x") == ["451"]
    luis.ask("CAP REQ draft/pre-away")
    assert luis.ask("AWAY :first", "AWAY", f"AWAY :{message}") == ["306", "305", "306"]
    luis.register("luis")
    assert ana.seen() == ["730 luis!~luis@localhost"]
    answer = ana.ask_whole("PRIVMSG luis :hi")
    assert [(line.command, line.params[1]) for line in answer] == [("301", "luis")]
    assert answer[0].text == message or message == "*"
    assert luis.ask("AWAY")[-1] == "305"


def test_standard_replies_are_for_who_asked_where_the_specifications_leave_a_choice(hall: Hall) -> None:
    """IRCv3 Standard Replies: FAIL of SETNAME and UTF8ONLY come in any case; WARN only with the capability."""
    ana, luis = hall.enter("ana", "standard-replies"), hall.enter("luis")
    assert [line[:4] for line in ana.ask("PRIVMSG luis :" + "x" * 490)] == ["WARN"]
    assert [line[:6] for line in luis.ask("PRIVMSG ana :" + "x" * 490)][-1] == "NOTICE"
    for talker in (ana, luis):
        talker.sync()
        talker.send_bytes(b"PRIVMSG ana :\xff\r\n")
        assert talker.sync()[-1].params[:2] == ("PRIVMSG", "INVALID_UTF8")


def test_chghost_changes_nothing_yet(hall: Hall) -> None:
    """Hosts do not change: the capability is there so that clients need not ask again."""
    ana, luis = hall.gather("#r", "ana", "luis", capabilities=("chghost",))
    luis.ask("NICK pia")
    assert ana.seen() == ["luis NICK pia"]
