"""Readers of bytes: how they were cut changes nothing, bounds hold, nothing raises what was not promised."""

from coliseum.core.inbound import Broken, Closed, Garbled
from coliseum.core.refusals import EmptyMessage, LineTooLong
from coliseum.wire import datagrams
from coliseum.wire.contract import Address, DatagramLink, Known, Made, Nothing, Reply
from coliseum.wire.datagram_links import ALLOWANCE
from coliseum.wire.datagrams import LIMIT, Bye, Cookie, Cookies, Hello, Open
from coliseum.wire.endpoint import DatagramEndpoint, Limits
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from tests.fuzz.target import Target, acts, first, lines, pieces, script

LINE, ENDLESS = 16, 64
NONCE = b"nonce678"
ADDRESSES = [("127.0.0.1", 1000), ("192.0.2.1", 1000), ("2001:db8::1", 1000), ("192.0.2.1", 0)]


def cut_lines(data: bytes) -> None:
    """The reader gives the same for a stream in pieces as for a stream at once."""
    cut, whole = LineReader(LINE, ENDLESS), LineReader(LINE, ENDLESS)
    items = [item for piece in pieces(data) for item in cut.receive(piece)]
    assert items == whole.receive(data[1:])
    for item in items:
        if isinstance(item, str):
            assert len(item.encode()) <= LINE
            assert "\n" not in item
    assert not any(isinstance(item, Broken) for item in items[:-1])
    assert len(cut._kept) <= LINE + 1


def plain_link(data: bytes) -> None:
    """A link without TLS says each thing once and nothing after the end."""
    link = StreamLink(LineReader(LINE, ENDLESS))
    items = link.start()
    for piece in pieces(data):
        items += link.receive(piece)
    items += link.receive(b"")
    ends = [item for item in items if isinstance(item, Broken | Closed)]
    assert ends == items[-1:]
    assert all(isinstance(item.why, LineTooLong) or item.text for item in items if isinstance(item, Garbled))


def one_datagram(data: bytes) -> None:
    """What is decoded is encoded as it came; what is not is a ValueError."""
    datagrams.connection_of(data)
    try:
        read = datagrams.decode(data)
    except ValueError:
        return
    assert datagrams.ours(data)
    if not isinstance(read, Hello):  # which is padded
        assert datagrams.encode(read) == data


def many_datagrams(data: bytes) -> None:
    """An endpoint sorts everything, keeps no more than it may, answers strangers with little more than came."""
    now = 0.0
    count = iter(range(1 << 30))
    links: dict[int, DatagramLink] = {}

    def make(_: Address, link: DatagramLink, __: bool) -> int:
        number = next(count)
        links[number] = link
        return number

    cookies = Cookies(b"k" * 32)
    limits = Limits(sessions=2, unproved=1, per_ip=2, answers=50)
    endpoint = DatagramEndpoint(make, cookies, lambda: b"%08d" % next(count), limits, empty=EmptyMessage())
    for kind, text in acts(data):
        now += (kind >> 4) * 3.0
        address = ADDRESSES[kind & 3]
        # By themselves, inputs never find a cookie that is good.
        datagram = datagrams.encode(Open(NONCE, cookies.make(address, NONCE, now))) if kind & 4 else text
        over: list[int] = []
        match endpoint.sort(datagram, address, now):
            case Reply(answer, _):
                assert len(answer) <= len(datagram) + (0 if datagrams.ours(datagram) else ALLOWANCE)
            case Known(number):
                links[number].receive(datagram, now)
            case Made(number, over):
                links[number].receive(datagram, now)
            case Nothing(reason):
                assert reason
        for number in over + endpoint.expire(now):
            del links[number]
        for link in links.values():
            link.tick(now)
            assert all(len(out) <= LIMIT for out in link.take())
        assert len(endpoint) == len(links) == len(endpoint._by_conversation) <= limits.sessions
        endpoint.deadline()


STREAMS = (
    lines("hello", "¡hola!"),
    lines("a\r", "b" * 20, "\xe9"),
    b"x" * 70 + b"\n",
    b"\xff\xfe\n\r\n\n",
    b"\x16\x03\x01",
)
HELLO = datagrams.encode(Hello(NONCE))

TARGETS = (
    Target("cut-lines", "bytes to lines, however cut", cut_lines, first(STREAMS, 3), 8_000),
    Target("plain-link", "a whole link without TLS", plain_link, first(STREAMS, 7), 5_000),
    Target(
        "one-datagram",
        "a datagram of our own",
        one_datagram,
        (HELLO, *(datagrams.encode(one) for one in (Cookie(NONCE, b"c" * 16), Bye(NONCE, 3)))),
        8_000,
    ),
    Target(
        "many-datagrams",
        "an endpoint, several addresses, time",
        many_datagrams,
        (
            script((0, HELLO), (4, b""), (0, b"hello"), (1, b"text\n"), (0x13, b"x")),
            script((1, b"one\n"), (2, b"two\n"), (0xF1, b"/join a\n"), (1, b"")),
        ),
        2_000,
    ),
)
