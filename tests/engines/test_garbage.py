"""Any bytes into every kind of listener, over real sockets and on every engine: nobody else notices.

What the bytes are made from are the examples that the fuzzer begins with, honest and then damaged (tests/fuzz),
because pure noise is found out at its first byte. The seed says which; what each reader does is fuzzed there.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random

import pytest

from coliseum.config import Engine
from coliseum.wire import datagrams
from coliseum.wire.datagrams import Ack, Bye, Data, Hello, Open
from tests.engines.fortress import Fortress
from tests.engines.hostile_tls import Rogue
from tests.fuzz import parsers
from tests.fuzz.sessions import TARGETS as SESSIONS
from tests.fuzz.target import acts
from tests.harness import DEADLINE

ROUNDS = 12
"Connections for each kind of listener."
TEXTS = [data for seed in SESSIONS[0].seeds for _, data in acts(seed)] + [
    seed + b"\n" for target in parsers.TARGETS for seed in target.seeds
]
NONCE = b"nonce678"
DATAGRAMS = [
    datagrams.encode(one)
    for one in (
        Hello(NONCE),
        Open(NONCE, b"c" * 16),
        Data(NONCE, 0, 0, 0, b"/join a\n"),
        Ack(NONCE, 3, 7),
        Bye(NONCE, 1),
    )
]


@pytest.fixture
def fortress(engine: Engine, data_dir: Path) -> Iterator[Fortress]:
    with ExitStack() as stack:
        yield Fortress(engine, data_dir, stack)


def damaged(random: Random, examples: list[bytes]) -> bytes:
    """Return some examples one after the other, with bytes changed, put in, cut out and doubled."""
    data = bytearray(b"".join(random.choices(examples, k=random.randrange(1, 5))))
    for _ in range(random.choice([0, 1, 3, 30])):
        at = random.randrange(len(data) + 1)
        match random.randrange(4):
            case 0:
                data[at : at + 1] = random.randbytes(1)
            case 1:
                data[at:at] = random.randbytes(random.choice([1, 4, 200]))
            case 2:
                del data[at : at + random.choice([1, 4, 40])]
            case 3:
                data[at:at] = data[at : at + 300] * random.choice([1, 20])
    return bytes(data)


def hello(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """Return how a TLS client begins."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = version
    outgoing = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def leave(random: Random, connection: socket.socket) -> None:
    """End a connection in one of the ways in which they end."""
    with suppress(OSError):
        if random.random() < 0.5:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    connection.close()


def into_stream(random: Random, address: tuple[str, int], examples: list[bytes]) -> None:
    connection = socket.create_connection(address, timeout=DEADLINE)
    with connection, suppress(ConnectionError):
        for _ in range(random.randrange(1, 4)):
            connection.sendall(damaged(random, examples))
    leave(random, connection)


def into_tls(random: Random, fortress: Fortress, scheme: str, log: Path) -> None:
    version = random.choice([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    rogue = Rogue(fortress.address(scheme), fortress.ca, log, version)
    with rogue, suppress(ConnectionError):
        rogue.shake_hands()
        record = rogue.say(damaged(random, TEXTS))
        if random.random() < 0.3:
            record = damaged(random, [record])
        rogue.socket.sendall(record)
        leave(random, rogue.socket)


def into_datagrams(random: Random, address: tuple[str, int], examples: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", address[1]))
        for _ in range(10):
            sender.send(damaged(random, examples)[: random.choice([20, 1200, 9000])])


Pour = Callable[[Random, Fortress, Path], None]
KINDS: dict[str, Pour] = {
    "tcp": lambda random, fortress, _: into_stream(random, fortress.address("tcp"), TEXTS),
    "irc": lambda random, fortress, _: into_stream(random, fortress.address("irc"), TEXTS),
    "tls, before the handshake": lambda random, fortress, _: into_stream(
        random, fortress.address("tls"), [hello(), hello(ssl.TLSVersion.TLSv1_2)]
    ),
    "ircs, before the handshake": lambda random, fortress, _: into_stream(
        random, fortress.address("ircs"), [hello(), b"CAP LS 302\r\n"]
    ),
    "tls": lambda random, fortress, folder: into_tls(random, fortress, "tls", folder / "keys"),
    "ircs": lambda random, fortress, folder: into_tls(random, fortress, "ircs", folder / "keys"),
    "udp, text": lambda random, fortress, _: into_datagrams(random, fortress.address("udp"), TEXTS),
    "udp, ours": lambda random, fortress, _: into_datagrams(random, fortress.address("udp"), DATAGRAMS),
}


@pytest.mark.parametrize("kind", KINDS)
def test_garbage_hurts_nobody(fortress: Fortress, tmp_path: Path, kind: str) -> None:
    random = Random(kind)
    for _ in range(ROUNDS):
        KINDS[kind](random, fortress, tmp_path)
    fortress.require_whole()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(DEADLINE)
        asker.connect(("127.0.0.1", fortress.address("udp")[1]))
        asker.send(b"still there?")
        assert b"still there?" in asker.recv(2000)
    with fortress.connect("ircs") as newcomer:
        newcomer.send("NICK eva", "USER eva 0 * :Eva")
        newcomer.expect(" 001 eva ")
