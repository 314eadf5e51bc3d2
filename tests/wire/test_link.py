"""A link turns whatever a peer sends into items: each once, in order, and nothing after the last one."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.inbound import Begun, Broken, Closed, Garbled, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.refusals import LineTooLong, NotText
from coliseum.services.tls_contexts import Files, client_context, server_context
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import TlsLayer

LIMIT, ENDLESS = 100, 1000
TOO_LONG = Garbled(LineTooLong(LIMIT), "x" * LIMIT)
printable = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)


pytestmark = pytest.mark.interpreted


class Piped(StreamLink):
    """A link whose bytes for the wire wait in one place, in their order."""

    def __init__(self, reader: LineReader, tls: TlsLayer | None = None) -> None:
        super().__init__(reader, tls)
        self._waiting = b""

    def send(self, data: bytes) -> bytes:
        self._waiting += super().send(data)
        return b""

    def close(self) -> bytes:
        self._waiting += super().close()
        return b""

    def take(self) -> bytes:
        taken, self._waiting = self._waiting + super().take(), b""
        return taken


class Peer:
    """A link of a server, and somebody at its other end who speaks as the port wants it (TLS or not)."""

    def __init__(self, contexts: tuple[ssl.SSLContext, ssl.SSLContext] | None) -> None:
        server, client = contexts or (None, None)
        self.tls = TlsLayer(client, server_side=False, server_hostname="localhost") if client else None
        self.link = Piped(LineReader(LIMIT, ENDLESS), TlsLayer(server, server_side=True) if server else None)
        self.items: list[Item] = []
        self.heard = b""

    def connect(self) -> "Peer":
        self.items += self.link.start()
        if self.tls is not None:
            self.tls.start()
            self.carry()
        return self

    def say(self, data: bytes) -> None:
        if self.tls is None:
            self.items += self.link.receive(data)
        else:
            self.tls.send(data)
            self.carry()

    def carry(self) -> None:
        """Bring over the wire what both sides have for each other."""
        while True:
            if self.tls is not None and (up := self.tls.take()):
                self.items += self.link.receive(up)
            if not (down := self.link.take()):
                return
            self.heard += self.tls.receive(down) if self.tls is not None else down


MakePeer = Callable[[], Peer]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    folder: Path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    files = Files(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    return server_context(files), client_context(files.ca)


def peers(contexts: tuple[ssl.SSLContext, ssl.SSLContext], transport: str) -> MakePeer:
    if transport == "plain":
        return lambda: Peer(None)
    version = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[transport]

    def make() -> Peer:
        contexts[1].maximum_version = version
        return Peer(contexts)

    return make


@pytest.fixture(scope="module", params=["plain", "TLSv1.2", "TLSv1.3"])
def make(request: pytest.FixtureRequest, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> MakePeer:
    return peers(contexts, request.param)


@pytest.fixture(scope="module", params=["TLSv1.2", "TLSv1.3"])
def make_tls(request: pytest.FixtureRequest, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> MakePeer:
    return peers(contexts, request.param)


def plain() -> StreamLink:
    link = Piped(LineReader(LIMIT))
    link.start()
    return link


# --- in any transport --------------------------------------------------------------------------------------


def test_a_link_is_ready_once_and_says_what_protects_it(make: MakePeer) -> None:
    peer = make().connect()
    peer.say(b"one\n")
    peer.say(b"two\n")
    security = peer.tls.security() if peer.tls else ""
    assert peer.items == [Ready(security), "one", "two"]


def test_items_come_in_the_order_of_the_lines(make: MakePeer) -> None:
    peer = make().connect()
    peer.say(b"one\r\n\xff\nthr")
    peer.say(b"ee\n" + b"x" * (LIMIT + 1) + b"\nfour\n")
    assert peer.items[1:] == ["one", Garbled(NotText(), "\ufffd"), Begun(), "three", TOO_LONG, "four"]


def test_a_line_that_has_begun_is_told_once_and_another_one_again(make: MakePeer) -> None:
    peer = make().connect()
    for data in (b"o", b"n", b"e\ntw", b"o", b"\n", b"thr", b"ee\n"):
        peer.say(data)
    assert peer.items[1:] == [Begun(), "one", Begun(), "two", Begun(), "three"]


def test_what_is_sent_arrives_in_order_and_is_taken_once(make: MakePeer) -> None:
    peer = make().connect()
    peer.link.send(b"one\n")
    peer.link.send(b"two\n")
    peer.carry()
    assert peer.heard == b"one\ntwo\n"
    assert peer.link.take() == b""


def test_the_end_of_the_bytes_is_closed_and_nothing_comes_after_it(make: MakePeer) -> None:
    peer = make().connect()
    peer.say(b"one\nhalf a li")
    peer.items += peer.link.receive(b"")
    assert peer.items[1:] == ["one", Begun(), Closed()]
    assert peer.link.receive(b"") == []
    assert peer.link.receive(b"ne\n") == []


def test_the_bytes_may_end_before_they_began(make: MakePeer) -> None:
    peer = make()
    peer.link.start()
    assert peer.link.receive(b"") == [Closed()]
    assert peer.link.receive(b"late\n") == []


def test_who_has_said_goodbye_is_still_answered(make: MakePeer) -> None:
    peer = make().connect()
    peer.link.receive(b"") if peer.tls is None else peer.tls.close()
    peer.carry()
    peer.link.send(b"goodbye\n")
    peer.link.close()
    peer.carry()
    assert peer.heard == b"goodbye\n"
    assert peer.tls is None or peer.tls.closed


def test_a_line_without_end_is_the_last_thing_that_comes(make: MakePeer) -> None:
    peer = make().connect()
    peer.say(b"x" * 2000)
    peer.say(b"\nhola\n")
    assert peer.items[1:] == [TOO_LONG, Broken(Reason.ENDLESS_LINE)]
    peer.link.send(b"goodbye\n")
    peer.carry()
    assert peer.heard == b"goodbye\n"


def test_a_line_without_end_is_the_last_thing_also_of_its_own_batch(make: MakePeer) -> None:
    peer = make().connect()
    peer.say(b"x" * 2000 + b"\nhola\n")
    assert peer.items[1:] == [TOO_LONG, Broken(Reason.ENDLESS_LINE)]


def test_after_a_line_without_end_not_even_its_goodbye_comes(make_tls: MakePeer) -> None:
    peer = make_tls().connect()
    assert peer.tls is not None
    peer.tls.send(b"x" * 2000)
    peer.tls.close()
    peer.carry()
    assert peer.items[1:] == [TOO_LONG, Broken(Reason.ENDLESS_LINE)]


@given(pieces=st.lists(st.binary(max_size=200), max_size=8), connected=st.booleans())
def test_whatever_a_peer_sends_is_an_item(make: MakePeer, pieces: list[bytes], connected: bool) -> None:
    peer = make()
    if connected:
        peer.connect()
    else:
        peer.items += peer.link.start()
    for piece in pieces:
        peer.items += peer.link.receive(piece)
        peer.link.take()
    peer.items += peer.link.receive(b"")
    ends = [index for index, item in enumerate(peer.items) if isinstance(item, Broken | Closed)]
    assert ends == [len(peer.items) - 1]
    ready = [index for index, item in enumerate(peer.items) if isinstance(item, Ready)]
    assert ready in ([], [0])
    peer.link.close()


@given(said=st.lists(printable, max_size=10), sizes=st.lists(st.integers(1, 50), min_size=1, max_size=5))
def test_lines_come_through_in_any_pieces(make: MakePeer, said: list[str], sizes: list[int]) -> None:
    peer = make().connect()
    data = "".join(f"{text}\n" for text in said).encode()
    wire = data
    if peer.tls is not None:
        peer.tls.send(data)
        wire = peer.tls.take()
    count = 0
    while wire:
        size = sizes[count % len(sizes)]
        peer.items += peer.link.receive(wire[:size])
        wire = wire[size:]
        count += 1
    assert [item for item in peer.items[1:] if item != Begun()] == said


# --- without TLS -------------------------------------------------------------------------------------------


def test_without_tls_a_link_is_ready_at_once() -> None:
    assert Piped(LineReader(LIMIT)).start() == [Ready()]


def test_tls_at_a_plain_port_is_named_and_the_farewell_passes(make_tls: MakePeer) -> None:
    client = make_tls().tls
    assert client is not None
    client.start()
    link = plain()
    (broken,) = link.receive(client.take())
    assert isinstance(broken, Broken)
    assert broken.reason is Reason.NOT_PLAIN
    link.send(b"* The connection ends.\n")
    link.close()
    assert link.take() == b"* The connection ends.\n"
    assert link.receive(b"more\n") == []


def test_tls_is_only_looked_for_in_the_first_byte() -> None:
    link = plain()
    assert link.receive(b"a\n") == ["a"]
    assert link.receive(b"\x16\n") == ["\x16"]


# --- with TLS ----------------------------------------------------------------------------------------------


def test_plain_text_at_a_tls_port_is_named_and_the_farewell_passes_in_clear(make_tls: MakePeer) -> None:
    link = make_tls().link
    assert link.start() == []
    (broken,) = link.receive(b"hola\n")
    assert isinstance(broken, Broken)
    assert broken.reason is Reason.NOT_TLS
    assert "hola" not in broken.detail
    link.send(b"* The connection ends.\n")
    link.close()
    assert link.take() == b"* The connection ends.\n"
    assert link.receive(b"more\n") == []


def test_what_is_sent_before_the_handshake_is_done_never_leaves(make_tls: MakePeer) -> None:
    peer = make_tls()
    peer.link.start()
    peer.link.send(b"too early\n")
    assert peer.link.take() == b""
    peer.connect()
    peer.link.send(b"hello\n")
    peer.carry()
    assert peer.heard == b"hello\n"


def test_a_handshake_that_fails_leaves_its_alert_and_nothing_in_clear(make_tls: MakePeer) -> None:
    link = make_tls().link
    link.start()
    (broken,) = link.receive(b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff")
    assert isinstance(broken, Broken)
    assert broken.reason is Reason.HANDSHAKE_FAILED
    link.send(b"secret\n")
    link.close()
    wire = link.take()
    assert wire[:1] == b"\x15"  # RFC 8446 section 5.1: alert(21)
    assert b"secret" not in wire


def test_close_notify_is_closed_and_lines_before_it_are_heard(make_tls: MakePeer) -> None:
    peer = make_tls().connect()
    assert peer.tls is not None
    peer.tls.send(b"one\nhalf")
    peer.tls.close()
    peer.carry()
    assert peer.items[1:] == ["one", Closed()]
    assert peer.link.receive(b"") == []


def damaged_record(peer: Peer) -> list[Item]:
    """Send a record with one bit changed on its way."""
    assert peer.tls is not None
    peer.tls.send(b"hello\n")
    wire = bytearray(peer.tls.take())
    wire[-1] ^= 1
    return peer.link.receive(bytes(wire))


def test_a_damaged_record_breaks_the_link_once(make_tls: MakePeer) -> None:
    peer = make_tls().connect()
    (broken,) = damaged_record(peer)
    assert isinstance(broken, Broken)
    assert broken.reason is Reason.CONNECTION_LOST
    assert peer.link.receive(b"more") == []


def test_a_broken_link_ignores_what_is_sent(make_tls: MakePeer) -> None:
    # The session's farewell is sent then: an exception here would end the flush of everybody else.
    peer = make_tls().connect()
    assert peer.tls is not None
    damaged_record(peer)
    peer.link.send(b"* The connection ends.\n")
    peer.link.close()
    peer.link.take()


def test_a_closed_link_ignores_what_is_sent(make_tls: MakePeer) -> None:
    peer = make_tls().connect()
    assert peer.tls is not None
    peer.link.close()
    peer.link.send(b"one thing more\n")
    peer.link.close()
    peer.carry()
    assert peer.heard == b""
    assert peer.tls.closed
