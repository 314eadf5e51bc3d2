"""Session, link and tongue together: whatever the server does, no line of the user gets lost or is sent twice."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.displays import NotSent, Unconfirmed
from coliseum.client.irc.link import IrcLink
from coliseum.client.link import LinkFailed, Target
from coliseum.client.outputs import Confirmed, Disconnect, End, Send, Show
from coliseum.client.session import Action, ClientSession, Connect
from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.errors import ColiseumError
from coliseum.urls import parse
from tests.client.irc_support import SERVER
from tests.client.test_irc_tongue import LINES

URL = parse("irc://127.0.0.1")
GREETING = f":{SERVER} 001 ana :Welcome\r\n:{SERVER} 422 ana :No MOTD\r\n".encode()
ENTRY = (
    f":ana!u@h JOIN #room\r\n:{SERVER} 353 ana = #room :ana luis\r\n"
    f":{SERVER} 366 ana #room :End\r\n:{SERVER} 324 ana #room +nt\r\n"
).encode()


class Engine:
    """What an engine does, without waiting: one connection after another, in the hands of a test."""

    def __init__(self, **wishes: object) -> None:
        self.session = ClientSession(Wishes(**wishes), lambda: 0.5)  # type: ignore[arg-type]
        self.link: IrcLink | None = None
        self.said: list[str] = []
        "Messages that went to the server, on all connections."
        self.fate: Counter[str] = Counter()
        "How often the user was told what became of a line."
        self.over = False
        self.wanted = True
        "The session asked for a connection."

    def connect(self) -> None:
        link = Target(URL).link()
        assert isinstance(link, IrcLink)
        self.link, self.wanted = link, False
        self.session.opened(0)
        self.perform(self.session.received(link.start(0), 0))

    def receive(self, data: bytes) -> None:
        link = self.link
        if link is None:
            return
        try:
            arrivals = link.receive(data, 0)
        except LinkFailed as failed:
            self.lose(failed.error)
        else:
            self.perform(self.session.received(arrivals, 0))
            if link.over:
                self.lose()

    def answer_pings(self) -> None:
        """Do what every server does: answer."""
        for line in self.said[-20:]:
            if line.startswith("PING"):
                self.receive(f":{SERVER} PONG {SERVER} {line[5:]}\r\n".encode())

    def lose(self, error: ColiseumError | None = None) -> None:
        if self.link is not None:
            self.link = None
            self.perform(self.session.lost(error, 0))

    def perform(self, actions: Sequence[Action]) -> None:
        closes = False
        for action in actions:
            assert not self.over or isinstance(action, Show)
            match action:
                case Send(line):
                    assert self.link is not None
                    self.link.send(line, 0)
                case Confirmed(lines) | Show(NotSent(lines)) | Show(Unconfirmed(lines)):
                    self.fate.update(lines)
                case Connect():
                    self.wanted = True
                case Disconnect():
                    closes = True
                case End():
                    self.over = True
        if self.link is not None:
            self.said += b"".join(self.link.take()).decode().split("\r\n")[:-1]
            if self.link.deadline() == 0:
                self.perform(self.session.received(self.link.tick(0), 0))
        if closes:
            self.lose()


STEPS = st.lists(
    st.one_of(
        LINES.map(lambda line: ("receive", line.replace("\n", " ").encode() + b"\r\n")),
        st.sampled_from([("receive", GREETING), ("receive", ENTRY), ("pings", b""), ("lose", b""), ("tick", b"")]),
        st.sampled_from(
            ["hola", "/me waves", "/msg luis x", "/join other", "/nick x", "/quit", "/pass x", "/who"]
        ).map(lambda line: ("typed", line.encode())),
    ),
    max_size=50,
)


@given(STEPS, st.booleans(), st.booleans(), st.sampled_from([None, "room"]), st.sampled_from([None, "sesame"]))
def test_every_line_is_accounted_for_once(
    steps: list[tuple[str, bytes]], may_ask: bool, reconnect: bool, room: str | None, password: str | None
) -> None:
    engine = Engine(nick="ana", room=room, may_ask=may_ask, reconnect=reconnect, password=password)
    typed: Counter[str] = Counter()
    now = 0.0
    for number, (what, data) in enumerate(steps):
        if engine.link is None and engine.wanted and not engine.over:
            engine.connect()
        match what:
            case "receive":
                engine.receive(data)
            case "pings":
                engine.answer_pings()
            case "lose":
                engine.lose()
            case "tick":
                now += 100
                engine.perform(engine.session.tick(now))
            case _:
                line = data.decode()
                if (
                    line in {"hola", "/me waves", "/msg luis x"}
                    and engine.session.status.state is not State.LOCKED
                ):
                    line = f"{line} {number}"
                    typed[line] += 1
                engine.perform(engine.session.typed(line))
    engine.perform(engine.session.aborted())
    assert {line: count for line, count in engine.fate.items() if line in typed} == typed
    for line in typed:
        words = line.removeprefix("/me ").removeprefix("/msg luis ")
        assert sum(words in said for said in engine.said) <= 1
    assert not [said for said in engine.said if "sesame" in said and not said.startswith("PASS")]


def test_a_conversation_of_the_ordinary_kind() -> None:
    engine = Engine(nick="ana", room="room")
    engine.connect()
    engine.receive(GREETING)
    engine.receive(ENTRY)
    engine.answer_pings()
    assert engine.session.status.state is State.INSIDE
    engine.perform(engine.session.typed("hola"))
    engine.answer_pings()
    assert engine.fate == {"hola": 1}
    assert "PRIVMSG #room hola" in engine.said
    engine.perform(engine.session.typed("and then?"))
    engine.lose()
    assert engine.fate["and then?"] == 1
    assert engine.wanted
    engine.connect()
    engine.receive(GREETING)
    assert engine.said[-3:] == ["JOIN #room", "MODE #room", f"PING coliseum-line-{1}"]
