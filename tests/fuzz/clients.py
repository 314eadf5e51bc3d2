"""Our client against any server: bytes that come in, and what the terminal is written.

Everything between is the client's own: its reader, the tongue that speaks IRC, the session and its model, the
view. Only colours of ours may leave it as escape sequences; nothing that a server says ends it by an exception.
"""

import re
from collections.abc import Callable
from pathlib import Path

from coliseum.client.arrivals import Arrival
from coliseum.client.link import LinkFailed
from coliseum.client.link import Target as Goal
from coliseum.client.outputs import End, Send, Show
from coliseum.client.session import Action, ClientSession
from coliseum.client.view import View
from coliseum.client.wishes import Wishes
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Kind
from coliseum.core.vocabulary import Identity, RoomView
from coliseum.dialects.plain.json_lines import encode
from coliseum.i18n import english
from coliseum.urls import parse
from tests.dialects.test_plain_cleaning import harmful
from tests.fuzz.target import Target, first, lines, pieces

OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
VIEWS = [View(english, color=True), View(english, color=False)]
NOON = 1_700_000_000 * 10**9


def shown(action: Action) -> None:
    """See that what an action puts onto the terminal is harmless."""
    displays = [action.display] if isinstance(action, Show) else []
    if isinstance(action, End) and action.why is not None:
        displays.append(action.why)
    for display in displays:
        coloured, plain = (view.lines(display, NOON) for view in VIEWS)
        assert [OUR_COLOURS.sub("", line) for line in coloured] == plain
        for line in plain:
            assert not harmful(line, ""), line
            line.encode()
        assert not harmful(VIEWS[1].text(display), "")


class Visit:
    """Our client on one connection to a server of one kind."""

    def __init__(self, goal: Goal) -> None:
        self._link = goal.link()
        self._session = ClientSession(Wishes(nick="ana", room="lobby"), lambda: 0.5)
        self._session.opened(0.0)

    def hear(self, data: bytes) -> None:
        """Take in everything that the server says, and the end."""
        error = None
        try:
            self._take(self._link.start(0.0))
            for piece in pieces(data):
                self._take(self._link.receive(piece, 1.0))
                self._take(self._link.tick(1.0))
            self._take(self._link.receive(b"", 1.0))
        except LinkFailed as failed:
            error = failed.error
        for action in self._session.lost(error, 2.0):
            shown(action)
        assert all(out.endswith(b"\n") for out in self._link.take())

    def _take(self, arrivals: list[Arrival]) -> None:
        for action in self._session.received(arrivals, 1.0):
            shown(action)
            if isinstance(action, Send):
                self._link.send(action.line, 1.0)


def client_of(url: str) -> Callable[[bytes], None]:
    """Return the target for servers of one kind."""
    goal = Goal.of(parse(url), ca=None, fingerprint=None, data_dir=Path("/nowhere"))
    return lambda data: Visit(goal).hear(data)


EVIL = Identity("id", "e\x1b[2Jvil", "user\x07", "host\x9b")
EVENTS = (
    fact.Welcomed(EVIL, "s\x1b]0;title\x07", "\x1b[31m", "motd\r\n\x1b[2J"),
    fact.Admitted(RoomView("lobby\x1b", ("ana", "e\rvil"), 3, "\x9b2J")),
    fact.Heard(1),
    fact.Said(EVIL, "lobby", "a\x1b]52;c;eA==\x07b", 1),
    fact.Said(EVIL, "lobby", "\x1b[6n", 1, Kind.ACTION),
    fact.Kicked(EVIL, "lobby", EVIL, "\x1bc", 1, 3),
    fact.RealnameChanged(EVIL, "\u202ename"),
    fact.AwayChanged(EVIL, "\x1bP+q\x1b\\"),
)
EVIL_IRC = (
    ":s 001 ana :Welcome \x1b[2J",
    ":s 005 ana NETWORK=\x1b[31m CHANMODES=b,k,l,imnpst PREFIX=(ov)@+ :are supported",
    ":ana!u@h JOIN #lobby",
    ":s 353 ana = #lobby :@ana e\x1bvil",
    ":s 366 ana #lobby :End",
    ":e\x1b[2Jvil!u\x07@h\x9b PRIVMSG #lobby :\x01ACTION \x1b]0;x\x07\x01",
    ":e!u@h KICK #lobby ana :\x1bc",
    ":e!u@h TOPIC #lobby :\x9b2J",
    ":e!u@h NICK :\x1b[5mx",
    ":s 433 ana \x1b :\x1b[0m",
    "ERROR :\x1b[2J closing",
)

TARGETS = (
    Target(
        "client-plain",
        "a server of the plain dialect, as our client sees it",
        client_of("tcp://localhost:7001"),
        (
            *first((b"".join(map(encode, EVENTS)), b"".join(map(encode, EVENTS[:3]))), 255),
            *first((lines("! \x1b[2J the room is full", "* \x07"), b"\xff\xfe\n"), 255),
        ),
        1_000,
    ),
    Target(
        "client-irc",
        "an IRC server, as our client sees it",
        client_of("irc://localhost:6667"),
        first((lines(*EVIL_IRC, end="\r\n"), lines(*EVIL_IRC[:5]), b"\xff:s 001 \xe9\r\n"), 255),
        1_000,
    ),
)
