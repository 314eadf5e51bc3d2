"""What a server sends to the members of a room, right or wrong, as strategies for hypothesis."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from coliseum.lab.records import LEAST_TEXT, Texts

ROOM = b"#lab"
FOREIGN = [
    b"PING :irc.lab.test\r\n",
    b":irc.lab.test PONG irc.lab.test :lab1\r\n",
    b":u9!u@host JOIN :#lab\r\n",
    b":irc.lab.test NOTICE * :" + b"long " * 80 + b"\r\n",
    b"\r\n",
]


def nick(member: int) -> bytes:
    return b"u%03d" % member


def head(sender: int) -> bytes:
    return b":" + nick(sender) + b"!~lab@localhost PRIVMSG " + ROOM + b" :"


@dataclass
class Traffic:
    """A room in which the first `senders` of `members` said `messages` each."""

    members: int
    senders: int
    messages: int
    texts: Texts
    lines: dict[int, list[bytes]]
    "What each member gets, line by line."
    foreign: dict[int, list[bytes]] = field(default_factory=dict)
    "What of that is no message, without ends."

    def records(self, member: int, sender: int) -> list[int]:
        """Return where in its lines a member gets the messages of a sender."""
        return [at for at, line in enumerate(self.lines[member]) if line.startswith(head(sender))]


@st.composite
def traffic(draw: st.DrawFn, *, senders: int | None = None) -> Traffic:
    """Draw a room and what its members get when nothing goes wrong: any order that keeps each sender's own."""
    count = draw(st.integers(2, 5)) if senders is None else senders
    members = draw(st.integers(count, count + 2)) if count > 1 else draw(st.integers(2, 4))
    messages = draw(st.sampled_from([2, 3, 4, 5, 6, 7, 8, 9, 104]))
    texts = Texts(draw(st.integers(LEAST_TEXT, LEAST_TEXT + 30)), in_flight=4)
    order = draw(st.randoms(use_true_random=False))
    made = Traffic(members, count, messages, texts, {})
    for member in range(members):
        heard = [sender for sender in range(count) if sender != member]
        turns = [sender for sender in heard for _ in range(messages)]
        order.shuffle(turns)
        numbers = dict.fromkeys(heard, 0)
        lines = []
        for sender in turns:
            lines.append(head(sender) + texts.text(sender, numbers[sender]) + b"\r\n")
            numbers[sender] += 1
        made.foreign[member] = []
        for line in draw(st.lists(st.sampled_from(FOREIGN), max_size=3)):
            lines.insert(order.randint(0, len(lines)), line)
        made.foreign[member] = [line[:-2] for line in lines if not line.startswith(b":u0")]
        made.lines[member] = lines
    return made


@st.composite
def spoiled(draw: st.DrawFn, *, senders: int | None = None) -> tuple[Traffic, str]:
    """Draw traffic with one fault somewhere, and what it is."""
    made = draw(traffic(senders=senders))
    sender = draw(st.integers(0, made.senders - 1))
    member = draw(st.sampled_from([member for member in range(made.members) if member != sender]))
    lines, places = made.lines[member], made.records(member, sender)
    at = draw(st.integers(0, len(places) - 1))
    kind = draw(st.sampled_from(["lost", "lost many", "doubled", "swapped", "changed", "echoed", "not ended"]))
    if kind == "lost":
        del lines[places[at]]
    elif kind == "lost many":
        for place in reversed(places[at:]):
            del lines[place]
    elif kind == "doubled":
        lines.insert(draw(st.integers(places[at] + 1, len(lines))), lines[places[at]])
    elif kind == "swapped":
        other = draw(st.integers(0, len(places) - 1).filter(lambda other: other != at))
        one, two = places[at], places[other]
        lines[one], lines[two] = lines[two], lines[one]
    elif kind == "changed":
        line = bytearray(lines[places[at]])
        place = draw(st.integers(0, len(line) - 1))
        line[place] = draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
        lines[places[at]] = bytes(line)
    elif kind == "echoed":
        made.lines[sender].insert(draw(st.integers(0, len(made.lines[sender]))), lines[places[at]])
    else:
        lines[-1] = lines[-1][:-1]
    return made, kind


@st.composite
def chunks(draw: st.DrawFn, made: Traffic) -> list[tuple[int, bytes]]:
    """Cut what the members get anywhere, and mix them, each in its order."""
    dice = draw(st.randoms(use_true_random=False))
    largest = draw(st.sampled_from([1, 7, 100, 1000, 100_000]))
    rest = {member: b"".join(lines) for member, lines in made.lines.items()}
    if largest < 10 and sum(map(len, rest.values())) > 5000:
        largest = 100
    cut = []
    while rest:
        member = dice.choice(list(rest))
        size = dice.randint(1, largest)
        if rest[member]:
            cut.append((member, rest[member][:size]))
        rest[member] = rest[member][size:]
        if not rest[member]:
            del rest[member]
    return cut
