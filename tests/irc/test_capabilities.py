"""Capabilities: what is offered, how it is asked for, and that each one changes what it says and nothing else.

Source: IRCv3 Capability Negotiation; the sections are named at the tests.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.dialects.irc.capabilities import BY_NAME, CAPABILITIES, LIST_BYTES, listed, requested
from coliseum.dialects.irc.client import Common
from coliseum.dialects.irc.render import SEEN
from tests.irc.support_pure import PureHouse, client_of, commands, parsed, without_tags

NAMES = [capability.name for capability in CAPABILITIES]


@pytest.fixture
def house() -> PureHouse:
    return PureHouse()


# --- the table -----------------------------------------------------------------------------------------------


def test_every_capability_has_one_row_with_its_specification() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(BY_NAME)
    assert sorted(NAMES) == NAMES
    for capability in CAPABILITIES:
        assert capability.spec.startswith("https://ircv3.net/specs/extensions/")
        assert capability.about.endswith(".")
        assert not set(capability.name) & set(" =:-~") - {"-"}
        assert not capability.name.startswith("-")  # "MUST NOT start with a hyphen"


@given(st.lists(st.text("abc/-", min_size=1, max_size=60), max_size=60))
def test_a_list_is_cut_between_names(names: list[str]) -> None:
    lines = listed(names)
    assert " ".join(filter(None, lines)) == " ".join(names)
    assert all(len(line) < LIST_BYTES for line in lines)
    assert all(lines) or lines == [""]


@pytest.mark.parametrize(
    ("wish", "active", "result"),
    [
        ("", set(), set()),
        ("batch", set(), {"batch"}),
        ("batch  setname ", set(), {"batch", "setname"}),
        ("batch", {"batch"}, {"batch"}),
        ("-batch", {"batch", "setname"}, {"setname"}),
        ("-batch", set(), set()),
        ("batch -batch", set(), set()),  # "processed from left to right"
        ("batch sasl", {"setname"}, None),  # "accepted as a whole, or rejected entirely"
        ("Batch", set(), None),  # "Capability names are case-sensitive"
        ("--batch", set(), None),
        ("-", set(), None),
        ("cap-notify", set(), {"cap-notify"}),
        ("-cap-notify", {"cap-notify"}, set()),
    ],
)
def test_a_wish_is_met_as_a_whole_or_not(wish: str, active: set[str], result: set[str] | None) -> None:
    assert requested(wish, frozenset(active), 301) == (None if result is None else frozenset(result))


def test_clients_for_whom_everything_looks_the_same_share_a_renderer() -> None:
    common = Common("v", "then")
    one = common.renderer(frozenset({"server-time", "batch"}), "a.b")
    assert common.renderer(frozenset({"server-time", "echo-message"}), "a.b") is one
    assert common.renderer(frozenset({"server-time"}), "c.d") is not one
    assert common.renderer(frozenset(), "a.b") is not one
    assert set(NAMES) >= SEEN


# --- the command (sections "The CAP ... subcommand") --------------------------------------------------------


def test_ls_offers_everything(house: PureHouse) -> None:
    (message,) = parsed(house.connect().say("CAP LS"))
    assert message.params == ("*", "LS", " ".join(NAMES))
    assert [m.params[-1] for m in parsed(house.connect().say("CAP LS 302"))] == [" ".join(NAMES)]


@pytest.mark.parametrize("version", ["", "301", "x", "-302", "٣٠٢", "3" * 400])
def test_only_302_and_later_imply_cap_notify(house: PureHouse, version: str) -> None:
    peer = house.connect()
    peer.say(f"CAP LS {version}".strip())
    implied = "cap-notify" in client_of(peer).client.capabilities
    assert implied == (version == "3" * 400)


def test_302_implies_cap_notify_for_good(house: PureHouse) -> None:
    peer = house.connect()
    peer.say("CAP LS 302", "CAP LS")
    assert peer.say("CAP LIST") == [":irc.example CAP * LIST :cap-notify"]
    assert peer.say("CAP REQ cap-notify") == [":irc.example CAP * ACK :cap-notify"]
    assert peer.say("CAP REQ :-cap-notify") == [":irc.example CAP * NAK :-cap-notify"]


def test_who_asked_for_cap_notify_without_302_can_give_it_up(house: PureHouse) -> None:
    peer = house.connect()
    peer.say("CAP LS", "CAP REQ cap-notify")
    assert peer.say("CAP REQ :-cap-notify") == [":irc.example CAP * ACK :-cap-notify"]


def test_list_tells_what_is_active(house: PureHouse) -> None:
    peer = house.enter("ana", "setname", "batch")
    assert peer.say("CAP LIST") == [":irc.example CAP ana LIST :batch setname"]
    assert peer.say("cap list")[0].endswith("LIST :batch setname")
    assert house.connect().say("CAP LIST") == [":irc.example CAP * LIST :"]


def test_a_refused_wish_changes_nothing(house: PureHouse) -> None:
    peer = house.enter("ana", "batch")
    assert peer.say("CAP REQ :setname -batch sasl") == [":irc.example CAP ana NAK :setname -batch sasl"]
    assert client_of(peer).client.capabilities == {"batch"}


def test_a_wish_can_be_changed_after_registration(house: PureHouse) -> None:
    peer = house.enter("ana", "batch")
    assert peer.say("CAP REQ :setname -batch") == [":irc.example CAP ana ACK :setname -batch"]
    assert client_of(peer).client.capabilities == {"setname"}
    assert peer.say("CAP END") == []  # "MUST be ignored"


@pytest.mark.parametrize("word", ["FOO", "ACK", "NEW", "LSX", ":", ":a b"])
def test_an_unknown_subcommand_is_410(house: PureHouse, word: str) -> None:
    (message,) = parsed(house.connect().say(f"CAP {word}"))
    assert message.command == "410"
    assert message.params[0] == "*"
    assert len(message.params) == 3


@pytest.mark.parametrize("opening", ["CAP LS", "CAP LS 302", "CAP REQ :batch", "CAP REQ :sasl"])
def test_a_negotiation_holds_registration_up_until_its_end(house: PureHouse, opening: str) -> None:
    peer = house.connect()
    assert commands(peer.say(opening, "NICK ana", "USER a 0 * :Ana")) == ["CAP"]
    assert "001" in commands(peer.say("CAP END"))


@pytest.mark.parametrize("harmless", ["CAP LIST", "CAP FOO", "CAP END"])
def test_other_subcommands_do_not(house: PureHouse, harmless: str) -> None:
    assert "001" in commands(house.connect().say(harmless, "NICK ana", "USER a 0 * :Ana"))


def test_a_wish_counts_from_its_ack_on(house: PureHouse) -> None:
    """ "A server MUST NOT change the capabilities of the client until the last ACK of the set has been sent."""
    peer = house.enter("ana")
    lines = peer.say("JOIN #a", "CAP REQ :extended-join server-time")
    assert lines[0] == ":ana!~ana@localhost JOIN #a"


# --- what each one changes -----------------------------------------------------------------------------------

L = ":luis!~luis@localhost"


@pytest.mark.parametrize(
    ("capabilities", "act", "with_it", "without"),
    [
        # away-notify: "sets, changes or removes their away state"; extended-join: `*` for no account
        ("away-notify", "AWAY :tea", [f"{L} AWAY :tea"], []),
        ("setname", "SETNAME :Luis B", [f"{L} SETNAME :Luis B"], []),
        ("message-tags", "@+typing=active TAGMSG #a", [f"{L} TAGMSG #a"], []),
        ("invite-notify", "INVITE bob #a", [f"{L} INVITE bob #a"], []),
        ("batch echo-message labeled-response", "PRIVMSG #a :hi", [f"{L} PRIVMSG #a :hi"], None),
        ("server-time message-tags", "PRIVMSG #a :hi", [f"{L} PRIVMSG #a :hi"], None),
        ("chghost cap-notify", "NICK luisa", [f"{L} NICK luisa"], None),
    ],
)
def test_others_are_shown_what_they_asked_for(
    house: PureHouse, capabilities: str, act: str, with_it: list[str], without: list[str] | None
) -> None:
    one, other = house.enter("ana", *capabilities.split()), house.enter("eva")
    luis = house.enter("luis", "message-tags")
    house.enter("bob")
    for peer in (one, other, luis):
        peer.say("JOIN #a")
    one.say("MODE #a +oo eva luis")
    one.take(), other.take()
    luis.say(act)
    assert [without_tags(line) for line in one.take()] == with_it
    assert other.take() == (with_it if without is None else without)


def test_extended_join(house: PureHouse) -> None:
    one, other, luis = house.enter("ana", "extended-join"), house.enter("eva"), house.enter("luis")
    assert one.say("JOIN #a")[0] == ":ana!~ana@localhost JOIN #a * :The real ana"
    other.say("JOIN #a")
    one.take()
    luis.say("JOIN #a")
    assert one.take() == [f"{L} JOIN #a * :The real luis"]
    assert other.take() == [f"{L} JOIN #a"]


def test_away_notify_tells_of_those_who_come_in_and_are_away(house: PureHouse) -> None:
    one, luis = house.enter("ana", "away-notify"), house.enter("luis", "away-notify")
    one.say("JOIN #a")
    luis.say("AWAY :tea", "JOIN #a")
    assert one.take() == [f"{L} JOIN #a", f"{L} AWAY :tea"]
    luis.say("PART #a", "AWAY", "JOIN #a")
    assert one.take() == [f"{L} PART #a", f"{L} JOIN #a"]


def test_echo_message(house: PureHouse) -> None:
    one = house.enter("ana", "echo-message", "message-tags")
    one.say("JOIN #a")
    assert commands(one.say("PRIVMSG #a :hi", "NOTICE #a :hi", "TAGMSG #a", "PRIVMSG ana :hi")) == [
        *("PRIVMSG", "NOTICE", "TAGMSG"),
        *("PRIVMSG", "PRIVMSG"),  # to oneself: as it is delivered, and as it is echoed
    ]
    other = house.enter("eva")
    other.say("JOIN #a")
    assert other.say("PRIVMSG #a :hi") == []


def test_what_is_echoed_is_what_the_others_get(house: PureHouse) -> None:
    """echo-message: "they MUST send the final version of the message back"."""
    one, other = house.enter("ana", "echo-message"), house.enter("eva")
    one.say("JOIN #a")
    other.say("JOIN #a")
    one.take()
    echo = one.say(f"PRIVMSG #A :{'é' * 240}")
    assert other.take() == [line for line in echo if " PRIVMSG " in line]


@pytest.mark.parametrize(
    ("capabilities", "names"),
    [
        ("", "@ana luis"),
        ("multi-prefix", "@+ana luis"),
        ("userhost-in-names", "@ana!~ana@localhost luis!~luis@localhost"),
        ("userhost-in-names multi-prefix", "@+ana!~ana@localhost luis!~luis@localhost"),
    ],
)
def test_names_come_as_one_asked_for_them(house: PureHouse, capabilities: str, names: str) -> None:
    ana, luis = house.enter("ana"), house.enter("luis", *capabilities.split())
    ana.say("JOIN #a", "MODE #a +v ana")
    lines = luis.say("JOIN #a")
    assert lines[1:] == [f":irc.example 353 luis = #a :{names}", ":irc.example 366 luis #a :End of /NAMES list"]
    flags = parsed(luis.say("WHO #a"))[0].params[6]
    assert flags == ("H@+" if "multi-prefix" in capabilities else "H@")
    rooms = [m.params[2] for m in parsed(luis.say("WHOIS ana")) if m.command == "319"]
    assert rooms == ["@+#a" if "multi-prefix" in capabilities else "@#a"]


def test_no_implicit_names(house: PureHouse) -> None:
    ana = house.enter("ana", "no-implicit-names")
    assert ana.say("JOIN #a") == [":ana!~ana@localhost JOIN #a"]
    assert commands(ana.say("NAMES #a")) == ["353", "366"]


def test_pre_away(house: PureHouse) -> None:
    peer = house.connect()
    assert commands(peer.say("AWAY :tea")) == ["451"]
    assert commands(peer.say("CAP REQ :draft/pre-away", "AWAY :tea")) == ["CAP", "306"]
    peer.say("NICK ana", "USER a 0 * :Ana", "CAP END")
    assert house.world.users["ana"].away == "tea"


def test_extended_monitor(house: PureHouse) -> None:
    """Somebody with whom one shares a room is told of once (extended-monitor: "MUST NOT" twice)."""
    all_of_them = ("extended-monitor", "away-notify", "setname")
    one, other = house.enter("ana", *all_of_them), house.enter("eva", *all_of_them[1:])
    luis = house.enter("luis")
    for peer in (one, other):
        peer.say("MONITOR + luis")
    luis.say("AWAY :tea", "SETNAME :Luis B", "AWAY")
    assert one.take() == [f"{L} AWAY :tea", f"{L} SETNAME :Luis B", f"{L} AWAY"]
    assert other.take() == []
    for peer in (one, other, luis):
        peer.say("JOIN #a")
    one.take(), other.take()
    luis.say("AWAY :tea")
    assert one.take() == other.take() == [f"{L} AWAY :tea"]


def test_standard_replies(house: PureHouse) -> None:
    one, other = house.enter("ana", "standard-replies"), house.enter("eva")
    long = "x" * 495
    assert one.say(f"PRIVMSG ana :{long}")[-1].startswith(":irc.example WARN PRIVMSG MESSAGE_CUT ana :")
    assert other.say(f"PRIVMSG eva :{long}")[-1].startswith(":irc.example NOTICE eva :")


def test_tagmsg_is_unknown_without_message_tags(house: PureHouse) -> None:
    assert house.enter("ana").say("TAGMSG ana") == [":irc.example 421 ana TAGMSG :Unknown command"]


def test_tags_of_clients_without_message_tags_are_dropped(house: PureHouse) -> None:
    ana, luis = house.enter("ana", "message-tags"), house.enter("luis")
    luis.say("@+draft/reply=1;label=2 PRIVMSG ana :hi")
    (message,) = parsed(ana.take())
    assert set(message.tags) == {"msgid"}


def test_only_client_only_tags_are_passed_on(house: PureHouse) -> None:
    """Message Tags: "Tags without the client-only prefix MUST be removed by the server before being relayed"."""
    ana, luis = house.enter("ana", "message-tags"), house.enter("luis", "message-tags")
    luis.say("@+draft/reply=one\\stwo;typing=x;msgid=abc;time=now;+x PRIVMSG ana :hi")
    (message,) = parsed(ana.take())
    assert message.tags["msgid"] != "abc"
    assert {**message.tags, "msgid": ""} == {"+draft/reply": "one two", "+x": "", "msgid": ""}
