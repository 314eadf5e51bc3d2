"""What each event looks like to clients with these or those capabilities (how long: test_lengths.py)."""

import inspect
from types import ModuleType

import pytest

from coliseum.core import refusals, vocabulary
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.refusals import NotInside, Refusal
from coliseum.core.vocabulary import Event, Identity, RoomView
from coliseum.dialects.irc import replies
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.message import parse
from coliseum.dialects.irc.refusals import _NUMERICS
from coliseum.dialects.irc.render import _WRITERS, IrcRenderer, server_time
from coliseum.dialects.irc.replies import Labelled, Reply, Written
from tests.irc.support_pure import SERVER, lines_of, parsed

ANA = Identity("1", "ana", "~ana", "localhost")
BOT = Identity("2", "bot", "~bot", "0123456789ab.hidden", bot=True)
LUIS = Identity("3", "luis", "plain", "localhost")
WHEN = 1_700_000_000_123_456_789
STAMP = "2023-11-14T22:13:20.123Z"
ALL = tuple(capability.name for capability in CAPABILITIES)


def written(event: Event, *capabilities: str) -> list[str]:
    """Return the lines of one event, which was posted at WHEN."""
    return lines_of(IrcRenderer(frozenset(capabilities), SERVER).render([event], WHEN))


def said(text: str = "hi", source: Identity = ANA, **fields: object) -> fact.Said:
    return fact.Said(source, "room", text, WHEN, **fields)  # type: ignore[arg-type]


def told(text: str = "hi", source: Identity = ANA, **fields: object) -> fact.Told:
    return fact.Told(source, text, WHEN, nick="luis", **fields)  # type: ignore[arg-type]


VIEW = RoomView("room", ("ana", "luis"), 3, "roses")
A = ":ana!~ana@localhost"
M = "message-tags"
T = "server-time"
MSGID = f"msgid={WHEN:x}"

TABLE: list[tuple[Event, tuple[str, ...], list[str]]] = [
    # modern.ircdocs.horse "PRIVMSG message", "NOTICE message", "CTCP"
    (said(), (), [f"{A} PRIVMSG #room :hi"]),
    (said(kind=Kind.NOTICE), (), [f"{A} NOTICE #room :hi"]),
    (said(kind=Kind.ACTION), (), [f"{A} PRIVMSG #room :\x01ACTION hi\x01"]),
    (said("VERSION", kind=Kind.REQUEST), (), [f"{A} PRIVMSG #room :\x01VERSION\x01"]),
    (said("VERSION 1", kind=Kind.ANSWER), (), [f"{A} NOTICE #room :\x01VERSION 1\x01"]),
    (said(":)"), (), [f"{A} PRIVMSG #room ::)"]),
    (told(), (), [f"{A} PRIVMSG luis :hi"]),
    (told(kind=Kind.NOTICE), (), [f"{A} NOTICE luis :hi"]),
    # modern.ircdocs.horse "STATUSMSG parameter"
    (said(only=Setting.OPERATOR), (), [f"{A} PRIVMSG @#room :hi"]),
    (said(only=Setting.VOICE), (), [f"{A} PRIVMSG +#room :hi"]),
    # IRCv3 Message Tags: TAGMSG is for those with message-tags, client-only tags too
    (said("", kind=Kind.SIGNAL, tags=(("+typing", "active"),)), (), []),
    (said("", kind=Kind.SIGNAL, tags=(("+typing", "active"),)), (T,), []),
    (
        said("", kind=Kind.SIGNAL, tags=()),
        (M,),
        [f"@{MSGID} {A} TAGMSG #room"],
    ),
    (said(tags=(("+draft/reply", "a b"),)), (T,), [f"@time={STAMP} {A} PRIVMSG #room :hi"]),
    # IRCv3 Message IDs, Server Time
    (said(), (M,), [f"@{MSGID} {A} PRIVMSG #room :hi"]),
    (told(), (M, T), [f"@time={STAMP};{MSGID} {A} PRIVMSG luis :hi"]),
    (fact.Gone(ANA, Reason.QUIT), (T,), [f"@time={STAMP} {A} QUIT :Quit: "]),
    (fact.Gone(ANA, Reason.QUIT), (M,), [f"{A} QUIT :Quit: "]),
    # IRCv3 Bot Mode, "The bot tag": on all commands sent by a bot, for clients with message-tags
    (
        fact.Gone(BOT, Reason.QUIT, "bye"),
        (M,),
        ["@bot;draft/bot :bot!~bot@0123456789ab.hidden QUIT :Quit: bye"],
    ),
    (fact.Gone(BOT, Reason.QUIT, "bye"), (T,), [f"@time={STAMP} :bot!~bot@0123456789ab.hidden QUIT :Quit: bye"]),
    # RFC 2812 section 3.1.7; the reason of the server itself without "Quit: "
    (fact.Gone(ANA, Reason.CONNECTION_LOST), (), [f"{A} QUIT :connection lost"]),
    (fact.Gone(ANA, Reason.KILLED, "eva (spam)"), (), [f"{A} QUIT :Killed (eva (spam))"]),
    # modern.ircdocs.horse "JOIN message"; IRCv3 Extended Join: `*` for no account
    (fact.Entered(ANA, "room", 2, 3, "The real Ana"), (), [f"{A} JOIN #room"]),
    (fact.Entered(ANA, "room", 2, 3, "The real Ana"), ("extended-join",), [f"{A} JOIN #room * :The real Ana"]),
    (fact.Admitted(VIEW, ANA, "Ana"), (), [f"{A} JOIN #room"]),
    (fact.Admitted(VIEW, ANA, "Ana"), ("extended-join",), [f"{A} JOIN #room * :Ana"]),
    (fact.Admitted(VIEW), (), []),
    # modern.ircdocs.horse "PART message", "KICK message"
    (fact.Left(ANA, "room", 1, 3), (), [f"{A} PART #room"]),
    (fact.Left(ANA, "room", 1, 3, "tea"), (), [f"{A} PART #room :tea"]),
    (fact.Departed("room", ANA, "tea time"), (), [f"{A} PART #room :tea time"]),
    (fact.Departed("room"), (), []),
    (fact.Kicked(ANA, "room", LUIS, "spam", 1, 3), (), [f"{A} KICK #room luis :spam"]),
    (fact.Kicked(ANA, "room", LUIS, "", 1, 3), (), [f"{A} KICK #room luis :ana"]),
    # modern.ircdocs.horse "NICK message"
    (fact.Renamed(ANA, "eva"), (), [f"{A} NICK eva"]),
    (fact.Named(Identity("1", "eva"), ANA), (), [f"{A} NICK eva"]),
    (fact.Named(ANA, ANA), (), []),
    (fact.Named(ANA), (), []),
    # modern.ircdocs.horse "TOPIC message", "MODE message"
    (fact.TopicChanged(ANA, "room", "red roses"), (), [f"{A} TOPIC #room :red roses"]),
    (fact.TopicChanged(ANA, "room", ""), (), [f"{A} TOPIC #room :"]),
    (
        fact.SettingsChanged(ANA, "room", (Change(Setting.SECRET, True), Change(Setting.VOICE, True, "luis"))),
        (),
        [f"{A} MODE #room +sv luis"],
    ),
    # modern.ircdocs.horse "INVITE message"; IRCv3 Invite Notify
    (fact.Invited(ANA, "room", "luis"), (), [f"{A} INVITE luis #room"]),
    (fact.InviteSeen(ANA, "room", "luis"), (), []),
    (fact.InviteSeen(ANA, "room", "luis"), ("invite-notify",), [f"{A} INVITE luis #room"]),
    # IRCv3 Away Notify, Extended Monitor, Setname
    (fact.AwayChanged(ANA, "tea"), (), []),
    (fact.AwayChanged(ANA, "tea"), ("away-notify",), [f"{A} AWAY :tea"]),
    (fact.AwayChanged(ANA, ""), ("away-notify",), [f"{A} AWAY"]),
    (fact.WatchedAway(ANA, "tea"), ("away-notify",), []),
    (fact.WatchedAway(ANA, "tea"), ("extended-monitor",), []),
    (fact.WatchedAway(ANA, "tea"), ("away-notify", "extended-monitor"), [f"{A} AWAY :tea"]),
    (fact.RealnameChanged(ANA, "Ana B"), (), []),
    (fact.RealnameChanged(ANA, "Ana B"), ("setname",), [f"{A} SETNAME :Ana B"]),
    (fact.WatchedRealname(ANA, "Ana B"), ("setname",), []),
    (fact.WatchedRealname(ANA, "Ana B"), ("setname", "extended-monitor"), [f"{A} SETNAME :Ana B"]),
    # IRCv3 Monitor: RPL_MONONLINE with the full source, RPL_MONOFFLINE with the nick
    (fact.CameOnline(ANA, "luis"), (), [f":{SERVER} 730 luis :ana!~ana@localhost"]),
    (fact.WentOffline("ana", "luis"), (), [f":{SERVER} 731 luis :ana"]),
    # modern.ircdocs.horse "WALLOPS message", "ERROR message"
    (fact.Announced(ANA, "tea is ready"), (), [f"{A} WALLOPS :tea is ready"]),
    (fact.Ended(Reason.QUIT), (), ["ERROR :Closing link: Quit: "]),
    (fact.Ended(Reason.KILLED, "eva (spam)"), (), ["ERROR :Closing link: Killed (eva (spam))"]),
    # the answers of one client
    (Reply("366", ("ana", "#room"), "End"), (), [f":{SERVER} 366 ana #room :End"]),
    (Reply("221", ("ana", "+i")), (T,), [f"@time={STAMP} :{SERVER} 221 ana +i"]),
    (Reply("MODE", ("ana", "+i"), None, "ana!~ana@localhost"), (), [f"{A} MODE ana +i"]),
    (Reply("ERROR", (), "no"), (), ["ERROR :no"]),
]


@pytest.mark.parametrize(
    ("event", "capabilities", "lines"),
    [
        pytest.param(*row, id=f"{number}-{type(row[0]).__name__}-{'+'.join(row[1]) or 'none'}")
        for number, row in enumerate(TABLE)
    ],
)
def test_the_table(event: Event, capabilities: tuple[str, ...], lines: list[str]) -> None:
    assert written(event, *capabilities) == lines


@pytest.mark.parametrize("event", [row[0] for row in TABLE], ids=lambda event: type(event).__name__)
def test_no_tag_comes_without_its_capability(event: Event) -> None:
    others = [name for name in ALL if name not in {M, T}]
    assert all(not line.startswith("@") for line in written(event, *others))
    assert all(set(m.tags) <= {"time"} for m in parsed(written(event, *others, T)))
    assert all("time" not in m.tags for m in parsed(written(event, *others, M)))


def test_client_only_tags_are_passed_on_escaped_and_every_tag_once() -> None:
    event = said(source=BOT, tags=(("+draft/reply", "a b;c"), ("+x", "")))
    (message,) = parsed(written(event, M, T))
    wanted = {"time": STAMP, "bot": "", "draft/bot": "", "+draft/reply": "a b;c", "+x": "", "msgid": f"{WHEN:x}"}
    assert message.tags == wanted
    (line,) = written(event, M, T)
    assert line.count(";") == len(wanted) - 1


def test_the_servers_tags_stand_before_the_clients() -> None:
    """IRCv3 Message Tags, "Client-only tags": "MUST be included before client-only tags"."""
    (message,) = parsed(written(said(source=BOT, tags=(("+x", "1"),)), M, T))
    assert list(message.tags)[-1] == "+x"


def test_times_have_milliseconds_and_are_utc() -> None:
    """IRCv3 Server Time, "The time tag"."""
    assert server_time(0) == "1970-01-01T00:00:00.000Z"
    assert server_time(WHEN) == STAMP
    assert server_time(1_000_000_000_999_999_999) == "2001-09-09T01:46:40.999Z"


def test_what_is_written_already_is_sent_as_it_is() -> None:
    assert written(Written(("PING :x", "PING :y")), *ALL) == ["PING :x", "PING :y"]
    assert written(Written(()), *ALL) == []


# --- labels (IRCv3 Labeled Responses) ----------------------------------------------------------------------

L = ("labeled-response", "batch")
PONG = Reply("PONG", (SERVER,), "x")


def labelled(*events: Event) -> Labelled:
    return Labelled("a b", "7", events)


def test_nothing_to_answer_is_an_ack() -> None:
    assert written(labelled(), *L) == [rf"@label=a\sb :{SERVER} ACK"]
    assert written(labelled(), *L, T) == [rf"@label=a\sb;time={STAMP} :{SERVER} ACK"]
    assert written(labelled(fact.AwayChanged(ANA, "tea")), *L) == [rf"@label=a\sb :{SERVER} ACK"]


def test_one_line_has_the_label() -> None:
    assert written(labelled(PONG), *L) == [rf"@label=a\sb :{SERVER} PONG {SERVER} :x"]
    (line,) = written(labelled(fact.InviteSeen(ANA, "room", "luis"), said()), *L, T, M)
    assert line == rf"@label=a\sb;time={STAMP};{MSGID} {A} PRIVMSG #room :hi"


def test_several_lines_are_a_batch() -> None:
    assert written(labelled(PONG, said()), *L, M) == [
        rf"@label=a\sb :{SERVER} BATCH +7 labeled-response",
        f"@batch=7 :{SERVER} PONG {SERVER} :x",
        f"@batch=7;{MSGID} {A} PRIVMSG #room :hi",
        f":{SERVER} BATCH -7",
    ]
    assert all("time" in message.tags for message in parsed(written(labelled(PONG, PONG), *L, T)))


def test_one_event_of_several_lines_is_a_batch_too() -> None:
    lines = written(labelled(said("x" * 1000)), *L)
    assert [parse(line).command for line in lines] == ["BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH"]


# --- a line of the plain dialect is longer than IRC's (4096 bytes) ------------------------------------------


@pytest.mark.parametrize("text", ["x" * 4096, "é" * 2048, "漢" * 1365, "word " * 819, "😀" * 1024])
@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.NOTICE, Kind.ACTION])
def test_a_long_line_becomes_several_without_loss(text: str, kind: Kind) -> None:
    lines = written(said(text, kind=kind), M, T)
    assert len(lines) > 8
    found = [message.params[1] for message in parsed(lines)]
    if kind is Kind.ACTION:
        assert all(one.startswith("\x01ACTION ") and one.endswith("\x01") for one in found)
        found = [one.removeprefix("\x01ACTION ").removesuffix("\x01") for one in found]
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    if " " in text:
        assert " ".join(found) == text
    ids = [message.tags.get("msgid") for message in parsed(lines)]
    assert ids == [f"{WHEN:x}"] + [None] * (len(lines) - 1)  # an id is one message's


# --- nothing is forgotten ------------------------------------------------------------------------------------

SILENT = {
    fact.Welcomed: "001 to 004 say it, in the words of the registration",
    fact.PasswordWanted: "the plain dialect's; PASS comes unasked",
    fact.ProofWanted: "of datagram sessions",
    fact.Echoed: "of datagram sessions",
    fact.Delivered: "the plain dialect's; IRC has echo-message",
    fact.RoomsListed: "322, made by the handler",
    fact.RoomShown: "353, made by the handler",
    fact.TopicShown: "332, made by the handler",
    fact.HelpShown: "704, made by the handler",
    fact.Heard: "of programs on the plain dialect",
    fact.Ponged: "PONG, made by the handler",
}
"Events that say nothing on IRC."

NEVER_ON_IRC = {
    refusals.ServerFull: "ends the connection; its words are in ERROR",
    refusals.AlreadyInside: "a second JOIN is not answered",
    refusals.NotInside: "whoever says something on IRC names the room",
    refusals.UnknownCommand: "421, by the dialect",
    refusals.ArgumentMissing: "461, by the dialect",
    refusals.WrongPassword: "464, by the registration",
    refusals.NoPasswordWanted: "462, by the dialect",
    refusals.NoProofWanted: "of datagram sessions",
    refusals.TooManyFromHere: "of datagram sessions",
    refusals.EmptyMessage: "of datagram sessions",
    refusals.PasswordFirst: "451, by the dialect",
}
"Refusals that no handler of IRC brings about."
IN_OTHER_WORDS = {
    refusals.ControlCharacters: "400, with its own text",
    refusals.NotText: "FAIL INVALID_UTF8 (IRCv3 UTF8ONLY)",
    refusals.CannotSpeak: "404, with a text for each reason",
    refusals.NickLooksTaken: "433, with the other nick in the text",
    refusals.RoomLooksTaken: "403, with the other room in the text",
}


def classes(module: ModuleType) -> set[type[Event]]:
    found = {kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Event)}
    return found - {Event, Refusal}


def test_every_event_is_written_or_has_a_reason_not_to_be() -> None:
    assert set(SILENT) | set(_WRITERS) == classes(vocabulary) | {Reply}
    assert not set(SILENT) & set(_WRITERS)
    assert classes(replies) == {Reply, Labelled, Written}


@pytest.mark.parametrize("kind", SILENT)
def test_what_says_nothing_says_nothing(kind: type[Event]) -> None:
    assert written(object.__new__(kind), *ALL) == []


def test_every_refusal_has_its_numeric_or_a_reason_not_to_have_one() -> None:
    assert set(_NUMERICS) | set(NEVER_ON_IRC) | set(IN_OTHER_WORDS) == classes(refusals)


def test_no_refusal_has_a_numeric_and_a_reason_not_to_have_one() -> None:
    assert not set(_NUMERICS) & (set(NEVER_ON_IRC) | set(IN_OTHER_WORDS))


def test_a_refusal_that_came_another_way_is_a_standard_reply() -> None:
    assert written(NotInside()) == ["FAIL * NOT_INSIDE :Refused"]
