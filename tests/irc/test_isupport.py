"""What 005 promises is what the world does: every token is tried.

Source: modern.ircdocs.horse "RPL_ISUPPORT Parameters"; each test is called after its token.
"""

from dataclasses import replace

import pytest

from coliseum.core.inbound import Garbled
from coliseum.core.limits import Policy
from coliseum.core.refusals import NotText
from coliseum.dialects.irc import isupport
from coliseum.dialects.irc.message import parse
from coliseum.services.cloaks import Cloaks
from tests.irc.support_pure import QUIET, Peer, PureHouse, commands, parsed

TOKENS = isupport.tokens(QUIET)


def number(token: str) -> int:
    return int(TOKENS[token])


@pytest.fixture
def house() -> PureHouse:
    return PureHouse()


@pytest.fixture
def ana(house: PureHouse) -> Peer:
    """The operator of #a."""
    peer = house.enter("ana", "message-tags")
    peer.say("JOIN #a")
    return peer


@pytest.fixture
def luis(house: PureHouse, ana: Peer) -> Peer:
    """A member of #a."""
    peer = house.enter("luis")
    peer.say("JOIN #a")
    ana.take()
    return peer


# --- the lines -----------------------------------------------------------------------------------------------


def test_the_lines_are_short_and_say_every_token_once() -> None:
    lines = isupport.lines(QUIET)
    assert all(0 < len(line) <= 13 for line in lines)  # RFC 2812 section 2.3: 15 parameters
    words = [word for line in lines for word in line]
    assert all(word.count("=") <= 1 and " " not in word for word in words)
    pairs = [word.partition("=") for word in words]
    assert {name: value for name, _, value in pairs} == TOKENS
    assert len(words) == len(TOKENS)
    assert all(value or not mark for _, mark, value in pairs)
    assert all(name.isalnum() and name.isupper() for name in TOKENS)


@pytest.mark.parametrize("nick", ["a", "ñ" * 32, "𠀀" * 16])
def test_the_lines_arrive_whole(house: PureHouse, nick: str) -> None:
    peer = house.connect()
    lines = [m for m in parsed(peer.say(f"NICK {nick}", "USER u 0 * :x")) if m.command == "005"]
    assert [m.params for m in lines] == [
        (nick, *words, "are supported by this server") for words in isupport.lines(QUIET)
    ]


def test_network_is_escaped() -> None:
    r"""modern.ircdocs.horse "RPL_ISUPPORT": `\x20`, `\x5C` and `\x3D`."""
    assert isupport.escaped(r"a b=c\d") == r"a\x20b\x3Dc\x5Cd"
    assert isupport.tokens(Policy(network="A = B"))["NETWORK"] == r"A\x20\x3D\x20B"


# --- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["a", "ñ"])
def test_nicklen(ana: Peer, letter: str) -> None:
    longest = letter * number("NICKLEN")
    assert commands(ana.say(f"NICK {longest}")) == ["NICK"]
    assert commands(ana.say(f"NICK {longest}{letter}")) == ["432"]


@pytest.mark.parametrize("letter", ["a", "ñ"])
def test_channellen(ana: Peer, letter: str) -> None:
    longest = "#" + letter * (number("CHANNELLEN") - 1)
    assert commands(ana.say(f"JOIN {longest}"))[0] == "JOIN"
    assert commands(ana.say(f"JOIN {longest}{letter}")) == ["403"]


@pytest.mark.parametrize("letter", ["漢", "𠀀"])
def test_names_of_wide_letters_are_shorter(ana: Peer, letter: str) -> None:
    """So that any line with the longest names in it is short enough: two bytes a character at most."""
    longest = letter * (number("NICKLEN") * 2 // len(letter.encode()))
    assert commands(ana.say(f"NICK {longest}", f"NICK {longest}{letter}")) == ["NICK", "432"]
    longest = letter * ((number("CHANNELLEN") - 1) * 2 // len(letter.encode()))
    assert commands(ana.say(f"JOIN #{longest}"))[0] == "JOIN"
    assert commands(ana.say(f"JOIN #{longest}{letter}")) == ["403"]


def test_casemapping_ascii(ana: Peer, luis: Peer) -> None:
    assert commands(luis.say("NICK ANA")) == ["433"]
    assert commands(luis.say("NICK x[y]")) == ["NICK"]
    ana.take()
    assert commands(ana.say("NICK x{y}")) == ["NICK"]  # not the same under ascii
    assert commands(ana.say("NICK É")) == ["NICK"]
    luis.take()
    assert "401" in commands(luis.say("WHOIS é"))  # nobody, though nobody may be called so now: it looks like É


def test_chantypes(ana: Peer) -> None:
    assert commands(ana.say("JOIN &a,!a,+a,a")) == ["403"] * 4


def test_chanlimit() -> None:
    policy = replace(QUIET, rooms_per_user=3)
    assert isupport.tokens(policy)["CHANLIMIT"] == "#:3"
    peer = PureHouse(policy).enter("ana")
    assert commands(peer.say("JOIN #a,#b,#c,#d"))[-1] == "405"
    assert TOKENS["CHANLIMIT"] == f"#:{QUIET.rooms_per_user}"


def test_userlen(house: PureHouse) -> None:
    peer = house.connect()
    peer.say("NICK ana", f"USER {'u' * 60} 0 * :x")
    assert len(house.world.users["ana"].identity.username) == number("USERLEN")


def test_hostlen() -> None:
    cloaks = Cloaks()
    longest = max(len(cloaks.host(address)) for address in ["127.0.0.1", "192.0.2.1", "2001:db8::1", "x" * 99])
    assert longest <= number("HOSTLEN")


def test_namelen(house: PureHouse, ana: Peer) -> None:
    longest = "é" * (number("NAMELEN") // 2)
    ana.say(f"SETNAME :{longest}")
    assert house.world.users["ana"].realname == longest
    assert commands(ana.say(f"SETNAME :{longest}x")) == ["FAIL"]
    house.connect().say("NICK eva", f"USER e 0 * :{longest}xxx")
    assert house.world.users["eva"].realname == longest


# --- texts ---------------------------------------------------------------------------------------------------


def test_topiclen(ana: Peer, luis: Peer) -> None:
    longest = "t" * number("TOPICLEN")
    ana.say(f"TOPIC #a :{longest}xx")
    assert parse(luis.take()[0]).params[1] == longest


def test_kicklen(ana: Peer, luis: Peer) -> None:
    longest = "k" * number("KICKLEN")
    luis.say(f"PART #a :{longest}xx")
    assert parse(ana.take()[0]).params[1] == longest
    luis.say("JOIN #a")
    ana.say(f"KICK #a luis :{longest}xx")
    assert parse(luis.take()[0]).params[2] == longest
    luis.say("JOIN #a")
    ana.take()
    luis.say(f"QUIT :{longest}xx")
    assert parse(ana.take()[0]).params[0] == f"Quit: {longest}"


def test_awaylen(ana: Peer, luis: Peer) -> None:
    longest = "a" * number("AWAYLEN")
    ana.say(f"AWAY :{longest}xx")
    assert parsed(luis.say("PRIVMSG ana :hi"))[0].params == ("luis", "ana", longest)


def test_keylen(ana: Peer) -> None:
    longest = "k" * number("KEYLEN")
    assert commands(ana.say(f"MODE #a +k {longest}")) == ["MODE"]
    assert commands(ana.say(f"MODE #a +k {longest}x")) == ["696"]


# --- modes ---------------------------------------------------------------------------------------------------


def test_chanmodes(ana: Peer) -> None:
    """A: a list, shown without a parameter. B: always one. C: one to set. D: never."""
    lists, always, to_set, never = TOKENS["CHANMODES"].split(",")
    for letter in lists:
        assert len(ana.say(f"MODE #a {letter}")) == 1
        assert parsed(ana.say(f"MODE #a +{letter} x y"))[0].params == ("#a", f"+{letter}", "x!*@*")
    for letter in always:
        assert parsed(ana.say(f"MODE #a +{letter} x y"))[0].params == ("#a", f"+{letter}", "x")
        assert parsed(ana.say(f"MODE #a -{letter} x y"))[0].params == ("#a", f"-{letter}", "x")
    for letter in to_set:
        assert commands(ana.say(f"MODE #a +{letter}")) == ["696"]
        assert parsed(ana.say(f"MODE #a +{letter} 7 8"))[0].params == ("#a", f"+{letter}", "7")
        assert parsed(ana.say(f"MODE #a -{letter} 7"))[0].params == ("#a", f"-{letter}")
    ana.say("MODE #a -n")
    for letter in never:
        assert parsed(ana.say(f"MODE #a +{letter} x"))[0].params == ("#a", f"+{letter}")
        assert parsed(ana.say(f"MODE #a -{letter} x"))[0].params == ("#a", f"-{letter}")


def test_my_info_names_the_same_letters(house: PureHouse) -> None:
    """modern.ircdocs.horse "RPL_MYINFO (004)"."""
    (info,) = [m for m in parsed(house.connect().say("NICK a", "USER u 0 * :x")) if m.command == "004"]
    _, server, _, users, rooms, with_value = info.params
    lists, always, to_set, never = TOKENS["CHANMODES"].split(",")
    roles = TOKENS["PREFIX"][1:].partition(")")[0]
    assert server == "irc.example"
    assert sorted(rooms) == sorted(lists + always + to_set + never + roles)
    assert sorted(with_value) == sorted(lists + always + to_set + roles)
    assert TOKENS["BOT"] in users


def test_prefix_and_statusmsg(house: PureHouse, ana: Peer, luis: Peer) -> None:
    roles, signs = TOKENS["PREFIX"][1:].split(")")
    assert signs == TOKENS["STATUSMSG"]
    eva = house.enter("eva")
    eva.say("JOIN #a")
    for role, sign in zip(roles, signs, strict=True):
        ana.say(f"MODE #a -{roles} {' '.join(['luis'] * len(roles))}", f"MODE #a +{role} luis")
        assert f"{sign}luis" in parsed(eva.say("NAMES #a"))[-2].params[-1].split()
        luis.take(), eva.take()
        ana.say(f"PRIVMSG {sign}#a :for some")
        assert [m.params for m in parsed(luis.take())] == [(f"{sign}#a", "for some")]
        assert eva.take() == []


def test_modes(house: PureHouse, ana: Peer) -> None:
    most = number("MODES")
    nicks = [f"n{i}" for i in range(most)]
    for nick in nicks:
        house.enter(nick).say("JOIN #a")
    ana.take()
    (change,) = parsed(ana.say(f"MODE #a +{'v' * most} {' '.join(nicks)}"))
    assert change.params == ("#a", "+" + "v" * most, *nicks)


def test_maxlist(ana: Peer) -> None:
    letters, most = TOKENS["MAXLIST"].split(":")
    assert letters == TOKENS["CHANMODES"].split(",")[0]
    for i in range(int(most)):
        assert commands(ana.say(f"MODE #a +{letters[i % 3]} x{i}")) == ["MODE"]
    full = parsed(ana.say("MODE #a +b one.more"))
    assert [(m.command, m.params[1:3]) for m in full] == [("478", ("#a", "b"))]
    assert commands(ana.say("MODE #a -b x1", "MODE #a -I x0", "MODE #a +b one.more")) == ["MODE"] * 3


def test_excepts_and_invex(ana: Peer, luis: Peer, house: PureHouse) -> None:
    ana.say(f"MODE #a +b{TOKENS['EXCEPTS']} *!*@* luis", "KICK #a luis")
    assert commands(luis.say("JOIN #a"))[-3:] == ["JOIN", "353", "366"]
    assert commands(house.enter("eva").say("JOIN #a")) == ["474"]
    ana.say(f"MODE #a +i{TOKENS['INVEX']} luis", "KICK #a luis")
    assert commands(luis.say("JOIN #a"))[-3:] == ["JOIN", "353", "366"]
    ana.say(f"MODE #a -{TOKENS['INVEX']} luis", "KICK #a luis")
    assert commands(luis.say("JOIN #a"))[-1] == "473"


def test_extban(ana: Peer, luis: Peer) -> None:
    """EXTBAN=~,m: it silences, and lets in."""
    prefix, letters = TOKENS["EXTBAN"].split(",")
    ana.say(f"MODE #a +b {prefix}{letters}:luis")
    assert commands(luis.say("PRIVMSG #a :hi"))[-1] == "404"
    assert "JOIN" in commands(luis.say("PART #a", "JOIN #a"))
    assert commands(ana.say(f"MODE #a +b {prefix}x:luis"))[-1] == "696"


def test_bot(ana: Peer, luis: Peer) -> None:
    luis.say(f"MODE luis +{TOKENS['BOT']}")
    ana.take()
    assert "335" in commands(ana.say("WHOIS luis"))
    assert parsed(ana.say("WHO luis"))[0].params[6] == "HB"
    luis.say("PRIVMSG #a :beep")
    assert "bot" in parsed(ana.take())[0].tags


# --- lists and targets ---------------------------------------------------------------------------------------


def test_monitor(ana: Peer) -> None:
    most = number("MONITOR")
    for start in range(0, most, 20):
        ana.say("MONITOR + " + ",".join(f"n{i}" for i in range(start, start + 20)))
    full = parsed(ana.say("MONITOR + one,more,n1"))
    assert [m.params[:3] for m in full] == [("ana", str(most), "one,more,n1")]
    assert len(",".join(m.params[1] for m in parsed(ana.say("MONITOR L"))[:-1]).split(",")) == most


@pytest.mark.parametrize("name", ["PRIVMSG", "NOTICE", "TAGMSG"])
def test_targmax_of_messages(house: PureHouse, ana: Peer, name: str) -> None:
    most = isupport.TARGETS
    assert f"{name}:{most}" in TOKENS["TARGMAX"].split(",")
    others = [house.enter(f"n{i}", "message-tags") for i in range(most + 1)]
    nicks = [f"n{i}" for i in range(most + 1)]
    assert ana.say(f"{name} {','.join(nicks[:most])} :hi") == []
    assert [len(other.take()) for other in others] == [1] * most + [0]
    lines = commands(ana.say(f"{name} {','.join(nicks)} :hi"))
    assert lines == ([] if name == "NOTICE" else ["407"])
    assert not any(other.take() for other in others)


def test_targmax_of_others(house: PureHouse, ana: Peer) -> None:
    rooms = ",".join(f"#r{i}" for i in range(30))
    assert commands(ana.say(f"JOIN {rooms}")).count("JOIN") == 30
    assert commands(ana.say(f"LIST {rooms}")).count("322") == 30
    assert commands(ana.say(f"PART {rooms}")).count("PART") == 30
    for i in range(5):
        house.enter(f"n{i}").say("JOIN #a")
    ana.take()
    assert commands(ana.say("KICK #a n0,n1,n2,n3,n4")) == ["KICK"] * 5
    assert commands(ana.say("WHOIS n0,n1")).count("311") == 1
    assert commands(ana.say("WHOWAS ana,n1")) == ["406", "369"]


def test_elist(house: PureHouse, ana: Peer) -> None:
    for _ in range(10):
        house.wait(60)
        ana.say("PONG x")
    luis = house.enter("luis")
    luis.say("JOIN #b,#a", "TOPIC #b :new")
    house.wait(120)
    for words, found in [
        ("C>5", ["#a"]),
        ("C<5", ["#b"]),
        ("#?", ["#a", "#b"]),
        ("*B", ["#b"]),
        ("!*b", ["#a"]),
        ("T<5", ["#b"]),
        ("T>1", ["#b"]),
        (">1", ["#a"]),
        ("<2", ["#b"]),
        ("<2,C>5", []),
        ("#a,#b >1", ["#a"]),
        ("#a :", ["#a"]),
        ("#b ,", ["#b"]),
        ("#nowhere", []),
    ]:
        assert [m.params[1] for m in parsed(ana.say(f"LIST {words}")) if m.command == "322"] == found, words


def test_whox(ana: Peer) -> None:
    (row, _) = parsed(ana.say("WHO #a %tcuihsnfdlaor,42"))
    assert row.command == "354"
    assert row.params[1:] == (
        *("42", "#a", "~ana", "255.255.255.255", "localhost", "irc.example", "ana", "H@"),
        *("0", "0", "0", "n/a", "The real ana"),
    )
    assert parsed(ana.say("WHO ana %rn"))[0].params == ("ana", "ana", "The real ana")
    for odd in ("%tn,:x", "%tn,a b", "%tn,", "%tn"):  # IRCv3 WHOX: "only digit characters"
        assert parsed(ana.say(f"WHO ana :{odd}"))[0].params == ("ana", "0", "ana")


def test_utf8only(ana: Peer) -> None:
    assert ana.say(Garbled(NotText(), "PRIVMSG #a :\ufffd")) == [
        ":irc.example FAIL PRIVMSG INVALID_UTF8 :Message rejected, it is not valid UTF-8"
    ]


def test_every_token_is_tried_here() -> None:
    words = {word for name in globals() for word in name.split("_") if name.startswith("test_")}
    assert {token for token in TOKENS if token.lower() not in words} == {"SAFELIST"}  # of the size of buffers
