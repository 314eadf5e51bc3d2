"""Whole sessions: bytes to links, dialects, the world, and back to what others are sent.

Two strangers send any bytes, on IRC and on the plain dialect; time goes by, connections break. In the room sit
three who do nothing: on IRC with all capabilities, a person and a program on the plain dialect. Whatever they are
sent must be lines of their dialect, and what the log is told must be fit for a console.
"""

from coliseum.core.limits import Policy
from coliseum.core.looks import skeleton
from coliseum.core.vocabulary import Event
from coliseum.dialects.irc.capabilities import CAPABILITIES
from coliseum.dialects.irc.dialect import ENDLESS, LINE_LIMIT
from coliseum.dialects.plain.json_lines import decode
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from tests.dialects.test_plain_cleaning import harmful
from tests.fuzz.target import Target, acts, lines, script
from tests.irc.support_pure import SERVER, Peer, PureHouse

POLICY = Policy(server_name=SERVER, flood_control=False, room_capacity=0, rooms_per_user=4, max_clients=8)


class Stranger:
    """A connection that sends any bytes, and comes again when it has ended."""

    def __init__(self, house: PureHouse, *, irc: bool) -> None:
        self.house, self.irc = house, irc
        self._come()

    def _come(self) -> None:
        self.peer: Peer = self.house.connect() if self.irc else self.house.connect_plain()
        reader = LineReader(LINE_LIMIT, ENDLESS) if self.irc else LineReader(POLICY.line_bytes)
        self.link = StreamLink(reader)
        self.link.start()

    def send(self, data: bytes) -> None:
        if self.peer.session.over:
            self.peer.lose()
            self._come()
        self.peer.say(*self.link.receive(data))


def check_text(said: list[str]) -> None:
    for line in said:
        assert not harmful(line, "\t"), line


def conversation(data: bytes) -> None:
    """Nobody is sent what their dialect does not allow, whatever others do."""
    house = PureHouse(POLICY)
    watcher = house.enter("watcher", *(capability.name for capability in CAPABILITIES if capability.name != "sts"))
    person, program = house.connect_plain(), house.connect_plain()
    program.say("/json")
    person.say("/nick person")
    watcher.say("JOIN #lobby")
    strangers = [Stranger(house, irc=True), Stranger(house, irc=False)]
    for kind, text in acts(data):
        stranger = strangers[kind & 1]
        match (kind >> 1) & 7:
            case 6:
                house.wait(len(text) * 2.0)
            case 7:
                stranger.peer.lose()
            case 5:
                stranger.send(text * 20)
            case _:
                stranger.send(text)
        watcher.take()  # each line is looked at where it comes in
        check_text(person.take())
        for line in program.take():
            assert isinstance(decode(line), Event), line
    for event, fields in house.notes:
        assert event != "fault"
        assert all(str(value).isprintable() for value in fields.values()), fields
    world = house.world
    assert world.nick_looks._names.keys() == {skeleton(user.nick) for user in world.users.values()}
    assert world.room_looks._names.keys() == {skeleton(room.name) for room in world.rooms.values()}
    assert len(world.nick_looks._names) == len(world.users)
    assert all(room.members or room.permanent for room in world.rooms.values())


IRC, PLAIN, AGAIN, WAIT, LOSE = 0, 1, 10, 12, 14
HELLO = (IRC, lines("NICK ana", "USER ana 0 * :Ana \x1b[31m", "JOIN #lobby", end="\r\n"))

TARGETS = (
    Target(
        "conversation",
        "whole sessions of both dialects, and who hears them",
        conversation,
        (
            script(
                HELLO,
                (IRC, lines("PRIVMSG #lobby :\x02bold\x0304 red", "TOPIC #lobby :\x1b]0;x\x07")),
                (IRC, b"QUIT :\x1b[2J\n"),
            ),
            script(HELLO, (IRC, lines("CAP REQ :message-tags", "@+x=y TAGMSG #lobby", "MODE #a +b x!*@*"))),
            script(HELLO, (IRC, lines("AWAY :\x9b2J", "SETNAME :\u202ex", "PART #lobby :\x07", "JOIN 0"))),
            script((PLAIN, lines("/nick luis", "hello", "/topic x", "/me waves", "/msg person psst"))),
            script((PLAIN, lines("/json", "/who", "/rooms", "/join b", "/leave", "\x1b[2J")), (LOSE | 1, b"")),
            script((PLAIN, b"no end"), (AGAIN | 1, b"x" * 250), (WAIT, b"xxx"), (IRC, b"GET / HTTP/1.1\r\n")),
        ),
        500,
    ),
)
