"""Registration: from the first byte to a nick.

Sources: modern.ircdocs.horse "Connection Registration", "PASS message", "NICK message", "USER message"; RFC 2812
section 3.1.
"""

from itertools import permutations

import pytest

from tests.irc.behaviour.client import Talker
from tests.irc.behaviour.conftest import Hall, OpenHall, quick_hash


def tokens(talker: Talker) -> dict[str, str]:
    """Return what 005 tells."""
    words = [word for line in talker.welcome if line.command == "005" for word in line.params[1:-1]]
    pairs = [word.partition("=") for word in words]
    return {name: value for name, _, value in pairs}


def test_the_welcome_has_the_order_that_clients_wait_for(hall: Hall) -> None:
    """modern.ircdocs.horse, Connection Registration: 001 to 005, as LUSERS, 221, as MOTD."""
    ana = hall.enter("ana")
    commands = [line.command for line in ana.welcome]
    assert list(dict.fromkeys(commands[: commands.index("251")])) == ["001", "002", "003", "004", "005"]
    assert list(dict.fromkeys(commands))[5:12] == ["251", "252", "253", "254", "255", "265", "266"]
    assert sorted(commands[commands.index("266") + 1 :]) == ["221", "422"]
    for line in ana.welcome:
        assert line.params[0] == "ana"
        assert "." in line.source  # RFC 2812 section 1.1: nobody takes a server for a nick
        assert not line.tags
        assert len(line.params) <= 15  # RFC 2812 section 2.3
    name, version, user_modes, room_modes, with_value = ana.welcome[3].params[1:]
    assert name == ana.welcome[0].source
    assert version.startswith("coliseum-")
    assert set("BTiow") == set(user_modes)
    assert set("Ibeklov") == set(with_value) < set(room_modes)


def test_isupport_tells_what_is_true(hall: Hall) -> None:
    """modern.ircdocs.horse, RPL_ISUPPORT Parameters; IRCv3 Bot Mode, Monitor, UTF8ONLY, WHOX."""
    told = tokens(hall.enter("ana"))
    exact = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "EXCEPTS": "e",
        "INVEX": "I",
        "MONITOR": "100",
        "NETWORK": "Coliseum",
        "PREFIX": "(ov)@+",
        "STATUSMSG": "@+",
        "UTF8ONLY": "",
        "WHOX": "",
        "SAFELIST": "",
    }
    assert {name: told.get(name) for name in exact} == exact
    lists, always, when_set, flags = told["CHANMODES"].split(",")
    assert (set(lists), always, when_set, set(flags)) == (set("beI"), "k", "l", set("Cimnst"))
    assert set(told["ELIST"]) == set("CMNTU")
    assert {name: len(value.split(":")) for name, value in told.items() if name in {"CHANLIMIT", "MAXLIST"}} == {
        "CHANLIMIT": 2,
        "MAXLIST": 2,
    }
    for name in (
        "NICKLEN",
        "CHANNELLEN",
        "TOPICLEN",
        "KICKLEN",
        "AWAYLEN",
        "USERLEN",
        "NAMELEN",
        "KEYLEN",
        "MODES",
    ):
        assert int(told[name]) > 0


def test_cap_nick_and_user_may_come_in_any_order(hall: Hall) -> None:
    """IRCv3 Capability Negotiation, Connection Registration."""
    for number, order in enumerate(permutations(("CAP REQ :server-time", "NICK {}", "USER {} 0 * :Somebody"))):
        if order[2].startswith("CAP"):
            continue  # NICK and USER alone are a complete registration
        nick = f"ana{number}"
        talker = hall.connect()
        talker.send(*(line.format(nick) for line in order))
        assert [line.command for line in talker.sync()] == ["CAP"]
        talker.send("CAP END")
        assert "time" in talker.expect("001", nick).tags


def test_without_cap_nick_and_user_are_enough(hall: Hall) -> None:
    for order in (("NICK ana", "USER ana 0 * :Ana"), ("USER luis 0 * :Luis", "NICK luis")):
        talker = hall.connect()
        for line in order:
            talker.send(line)
        talker.expect("001")


def test_an_open_negotiation_holds_the_registration(hall: Hall) -> None:
    """IRCv3 Capability Negotiation: the server must not complete registration before CAP END."""
    for opening in ("CAP LS", "CAP LS 302", "CAP REQ :batch", "CAP REQ :no-such-thing"):
        talker = hall.connect()
        assert len(talker.ask(opening)) == 1
        assert talker.ask("NICK ana", "USER ana 0 * :Ana") == []
        talker.send("CAP END")
        talker.expect("001", "ana")
        talker.send("QUIT")
        talker.rest()


def test_before_the_registration_one_may_ping_and_quit_and_little_else(hall: Hall) -> None:
    """modern.ircdocs.horse, PING message; ERR_NOTREGISTERED (451)."""
    talker = hall.connect()
    talker.send("PING :a token")
    pong = talker.expect("PONG")
    assert (pong.source, pong.params) == ("coliseum.local", ("coliseum.local", "a token"))
    for command in (
        "JOIN #a",
        "PRIVMSG ana :hi",
        "LIST",
        "WHO *",
        "MODE ana +i",
        "OPER a b",
        "AWAY :no",
        "TAGMSG a",
    ):
        answer = talker.ask_whole(command)
        assert [(line.command, line.params[0]) for line in answer] == [("451", "*")], command
    assert [line[:3] for line in talker.ask("NOSUCH")] in (["421"], ["451"])
    talker.send("QUIT :never mind")
    assert [line.command for line in talker.rest()] == ["ERROR"]


def test_one_registers_once(hall: Hall) -> None:
    """ERR_ALREADYREGISTERED (462), ERR_NEEDMOREPARAMS (461)."""
    ana = hall.enter("ana")
    assert ana.ask("USER ana 0 * :Again") == ["462"]
    assert ana.ask("PASS secret") == ["462"]
    fresh = hall.connect()
    assert fresh.ask("USER ana 0 *", "USER ana", "USER", "PASS") == [
        "461 USER",
        "461 USER",
        "461 USER",
        "461 PASS",
    ]


def test_user_names_are_checked_and_marked_as_unchecked(hall: Hall) -> None:
    """modern.ircdocs.horse, USER message: 461 for an empty username, cut to USERLEN, a tilde in front."""
    talker = hall.connect()
    assert talker.ask("NICK ana", "USER  0 * :Ana") == ["461 USER"]
    other = hall.connect()
    other.send("NICK eva", "USER @@@ 0 * :Ева")  # what is left of the name is nothing: it is not worth a refusal
    other.expect("001", "eva")
    assert "~user" in hall.enter("luis").ask("WHOIS eva")[0]
    talker.send(f"USER {'u' * 60} 0 * :Ana María López")
    talker.expect("001", "ana")
    talker.sync()
    whois = talker.ask_whole("WHOIS ana")[0]
    assert whois.command == "311"
    username, realname = whois.params[2], whois.text
    assert username.startswith("~u")
    assert len(username) == 20
    assert realname == "Ana María López"


@pytest.mark.parametrize("registered", [False, True])
def test_nicks_that_cannot_be(hall: Hall, registered: bool) -> None:
    """modern.ircdocs.horse, NICK message: 431, 432, 433; the nick that was is kept."""
    hall.enter("Luis")
    talker = hall.enter("ana") if registered else hall.connect()
    own = "ana" if registered else "*"
    bad = (
        "9lives",
        "#ana",
        "ana!x",
        "a,b",
        "a@b",
        "x" * 33,
        "-ana",
        "a*",
        "аna",
        "ａna",
        "a\u200bb",
        "@ana",
        "a.b",
    )
    for nick in bad:
        answer = talker.ask_whole(f"NICK {nick}")
        assert [(line.command, line.params[0]) for line in answer] == [("432", own)], nick
    assert talker.ask("NICK", "NICK :") == ["431", "431"]
    for nick in ("Luis", "LUIS", "luis"):
        assert talker.ask(f"NICK {nick}")[0].lower() == "433 luis"
    if registered:
        assert talker.ask("WHOIS ana")[0].startswith("311 ana")
    for nick in ("[a]{b}|c^d`", "señor", "陳", "ñ" * 32, "_", "Ana"):
        if registered:
            assert talker.ask(f"NICK {nick}") == [f"{own} NICK {nick}"]
            own = nick
    if not registered:
        talker.send("NICK señor", "USER a 0 * :A")
        talker.expect("001", "señor")


def test_a_nick_is_nobodys_before_the_registration_is_complete(hall: Hall) -> None:
    """Nobody holds a nick by not finishing; who is late is asked for another one (433) and goes on."""
    slow = hall.connect()
    assert slow.ask("NICK ana") == []
    ana = hall.enter("Ana")
    answer = slow.ask_whole("USER slow 0 * :Slow")
    assert [(line.command, *line.params[:2]) for line in answer] == [("433", "*", "Ana")]
    slow.send("NICK slow")
    slow.expect("001", "slow")
    assert ana.ask("PRIVMSG slow :hi") == []
    slow.expect("PRIVMSG", "slow", "hi")


def test_case_is_told_and_not_compared(hall: Hall) -> None:
    """CASEMAPPING=ascii: a change of case alone is a change; other letters are not folded."""
    ana, luis = hall.gather("#r", "ana", "luis")
    assert ana.ask("NICK ANA") == ["ana NICK ANA"]
    assert luis.seen() == ["ana NICK ANA"]
    assert ana.ask("NICK ANA") == []
    assert luis.ask("PRIVMSG aNa :hi", "PRIVMSG #R :all", "NICK [x]") == ["luis NICK [x]"]
    assert ana.seen() == ["luis PRIVMSG ANA hi", "luis PRIVMSG #r all", "luis NICK [x]"]
    other = hall.connect()
    other.register("{x}")  # rfc1459 would say that this is [x]


@pytest.mark.parametrize("hashed", [True, False])
def test_the_password(open_hall: OpenHall, hashed: bool) -> None:
    """modern.ircdocs.horse, PASS message: 464; the last one sent counts."""
    hall = open_hall(server__password=quick_hash("open sesame") if hashed else "open sesame")
    hall.enter("ana", password="open sesame")
    late = hall.connect()
    late.send("PASS wrong", "NICK luis", "PASS :open sesame", "USER luis 0 * :Luis")
    late.expect("001", "luis")
    for passwords in (("PASS wrong",), (), ("PASS :open sesame", "PASS no"), ("PASS :Open Sesame",), ("PASS :",)):
        talker = hall.connect()
        talker.send(*passwords, "NICK eva", "USER eva 0 * :Eva", "JOIN #a", "PRIVMSG ana :I am in")
        lines = talker.rest()
        assert [line.command for line in lines if line.command != "461"] == ["464", "ERROR"], passwords
        assert lines[-2].params[0] in {"*", "eva"}
    assert late.ask("ISON eva")[-1] == "303 "


def test_a_full_server_says_so(open_hall: OpenHall) -> None:
    hall = open_hall(limits__max_clients=1)
    ana = hall.enter("ana")
    talker = hall.connect()
    talker.send("NICK luis", "USER luis 0 * :Luis")
    last = talker.rest()[-1]
    assert last.command == "ERROR"
    assert "full" in last.text
    ana.send("QUIT")
    assert ana.rest()[-1].command == "ERROR"
    hall.enter("luis")


def test_quit_is_acknowledged_with_error_and_the_others_are_told(hall: Hall) -> None:
    """modern.ircdocs.horse, QUIT message: `Quit: ` before the reason; and why, when a connection just ends."""
    ana, luis, eva, far = *hall.gather("#r", "ana", "luis", "eva"), hall.enter("far")
    luis.send("QUIT :Gone to have lunch", "PRIVMSG #r :and still here")
    assert [line.brief[:6] for line in luis.rest()] == ["ERROR "]
    assert ana.seen() == ["luis QUIT Quit: Gone to have lunch"]
    eva.close()
    assert ana.expect("QUIT").nick == "eva"
    assert far.seen() == []
    ana.send("JOIN #r", "QUIT")
    ana.rest()
    assert far.ask("NAMES #r", "ISON ana luis eva far") == ["366 #r", "303 far"]
