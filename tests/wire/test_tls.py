"""TLS between two buffers: data in both directions, in any pieces, and no garbage gets more than LayerBroken out.

The contexts are those that are shipped (services.tls_contexts), the authority is made for the test.
"""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.kinds import Reason
from coliseum.services.tls_contexts import Files, client_context, server_context
from coliseum.wire.tls import LayerBroken, TlsLayer, looks_like_tls

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
FAULTS = {Reason.NOT_TLS, Reason.HANDSHAKE_FAILED, Reason.CONNECTION_LOST}


class Pair:
    """A client and a server, and what one of them has for the other."""

    def __init__(self, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        server, client = contexts
        self.server = TlsLayer(server, server_side=True)
        self.client = TlsLayer(client, server_side=False, server_hostname="localhost")
        self.heard: dict[TlsLayer, bytes] = {self.server: b"", self.client: b""}

    def carry(self, source: TlsLayer, target: TlsLayer, cut: Callable[[bytes], list[bytes]]) -> bool:
        """Bring what `source` has to `target`; say whether it had anything."""
        wire = source.take()
        for piece in cut(wire):
            self.heard[target] += target.receive(piece)
        return bool(wire)

    def settle(self, cut: Callable[[bytes], list[bytes]] = lambda wire: [wire]) -> None:
        """Carry until nobody has anything to say."""
        while self.carry(self.client, self.server, cut) or self.carry(self.server, self.client, cut):
            pass

    def shake_hands(self, cut: Callable[[bytes], list[bytes]] = lambda wire: [wire]) -> "Pair":
        self.client.start()
        self.server.start()
        self.settle(cut)
        assert self.client.ready
        assert self.server.ready
        return self


def one_by_one(wire: bytes) -> list[bytes]:
    return [wire[i : i + 1] for i in range(len(wire))]


MakePair = Callable[[], Pair]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder: Path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    return Files(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")


@pytest.fixture(scope="module", params=VERSIONS)
def contexts(request: pytest.FixtureRequest, files: Files) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = server_context(files), client_context(files.ca)
    client.minimum_version = client.maximum_version = VERSIONS[request.param]
    return server, client


@pytest.fixture(scope="module")
def make(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> MakePair:
    return lambda: Pair(contexts)


def test_data_goes_both_ways(make: MakePair) -> None:
    pair = make().shake_hands()
    pair.client.send(b"question")
    pair.server.send(b"answer")
    pair.settle()
    assert pair.heard == {pair.server: b"question", pair.client: b"answer"}
    assert pair.server.security() == pair.client.security()
    assert pair.server.security() in VERSIONS


def test_the_client_speaks_first_and_the_server_waits(make: MakePair) -> None:
    pair = make()
    pair.server.start()
    assert pair.server.take() == b""
    pair.client.start()
    assert looks_like_tls(pair.client.take())
    assert not pair.client.ready
    assert not pair.server.ready


def test_the_certificate_is_shown_to_the_client_alone(make: MakePair, files: Files) -> None:
    pair = make().shake_hands()
    shown = pair.client.peer_certificate()
    assert shown == ssl.PEM_cert_to_DER_cert(files.cert.read_text())
    assert pair.server.peer_certificate() is None


def test_a_handshake_and_data_byte_by_byte(make: MakePair) -> None:
    pair = make().shake_hands(one_by_one)
    pair.client.send(b"a" * 100)
    pair.client.send(b"b")
    pair.server.send(b"c" * 100)
    pair.settle(one_by_one)
    assert pair.heard == {pair.server: b"a" * 100 + b"b", pair.client: b"c" * 100}


def test_a_record_may_be_cut_at_every_byte(make: MakePair) -> None:
    pair = make().shake_hands()
    pair.client.send(b"hello")
    length = len(pair.client.take())
    pair = make().shake_hands()
    for cut in range(1, length):
        pair.client.send(b"hello")
        wire = pair.client.take()
        assert len(wire) == length
        assert pair.server.receive(wire[:cut]) == b""
        assert pair.server.receive(wire[cut:]) == b"hello"


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_a_handshake_in_any_pieces(make: MakePair, sizes: list[int]) -> None:
    def cut(wire: bytes) -> list[bytes]:
        pieces: list[bytes] = []
        while wire:
            size = sizes[len(pieces) % len(sizes)]
            pieces.append(wire[:size])
            wire = wire[size:]
        return pieces

    pair = make().shake_hands(cut)
    pair.client.send(b"x" * 1000)
    pair.settle(cut)
    assert pair.heard[pair.server] == b"x" * 1000


def test_much_data_is_many_records_and_comes_out_whole(make: MakePair) -> None:
    pair = make().shake_hands()
    data = bytes(range(256)) * 1000
    pair.server.send(data)
    pair.settle()
    assert pair.heard[pair.client] == data


def test_data_right_behind_the_handshake_is_not_lost(make: MakePair) -> None:
    pair = make()
    pair.client.start()
    while not pair.client.ready:
        pair.carry(pair.client, pair.server, lambda wire: [wire])
        pair.carry(pair.server, pair.client, lambda wire: [wire])
    pair.client.send(b"at once")  # in TLS 1.3 the server has not seen the client's Finished yet
    pair.settle()
    assert pair.heard[pair.server] == b"at once"


def test_close_notify_is_heard_after_the_data_before_it(make: MakePair) -> None:
    pair = make().shake_hands()
    pair.client.send(b"last words")
    pair.client.close()
    pair.settle(one_by_one)
    assert pair.heard[pair.server] == b"last words"
    assert pair.server.closed
    assert not pair.client.closed
    pair.server.close()
    pair.settle()
    assert pair.client.closed


def test_who_has_closed_can_still_listen(make: MakePair) -> None:
    pair = make().shake_hands()
    pair.server.close()
    pair.client.send(b"but I have something to say")
    pair.client.close()
    pair.carry(pair.client, pair.server, lambda wire: [wire])
    assert pair.heard[pair.server] == b"but I have something to say"
    assert pair.server.closed


def test_closing_before_the_handshake_says_nothing_and_breaks_nothing(make: MakePair) -> None:
    pair = make()
    pair.server.close()
    assert pair.server.take() == b""
    pair.client.start()
    pair.client.close()
    assert looks_like_tls(pair.client.take())


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n", b"hola\n", b"\x15\x03\x01\x00\x02\x02\x28", b"\x00"])
def test_what_does_not_begin_like_tls_is_not_tls(make: MakePair, first: bytes) -> None:
    layer = make().server
    with pytest.raises(LayerBroken) as caught:
        layer.receive(first)
    assert caught.value.reason is Reason.NOT_TLS
    assert layer.take() == b""


def test_nothing_received_decides_nothing(make: MakePair) -> None:
    pair = make()
    assert pair.server.receive(b"") == b""
    pair.shake_hands()


def test_a_client_calls_a_server_that_is_not_tls_a_failed_handshake(make: MakePair) -> None:
    pair = make()
    pair.client.start()
    with pytest.raises(LayerBroken) as caught:
        pair.client.receive(b"* Welcome to an old server\n")
    assert caught.value.reason is Reason.HANDSHAKE_FAILED


def test_garbage_that_begins_like_tls_is_a_failed_handshake_with_a_readable_detail(make: MakePair) -> None:
    layer = make().server
    with pytest.raises(LayerBroken) as caught:
        layer.receive(b"\x16" + b"garbage" * 100)
    assert caught.value.reason is Reason.HANDSHAKE_FAILED
    assert caught.value.detail
    assert "_" not in caught.value.detail  # neither OpenSSL's constants nor "_ssl.c:1006"
    assert isinstance(caught.value.cause, ssl.SSLError)


def test_the_alert_for_a_failed_handshake_is_there_to_be_sent(make: MakePair) -> None:
    layer = make().server
    with pytest.raises(LayerBroken):
        layer.receive(b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff")
    assert layer.take()[:1] == b"\x15"  # RFC 8446 section 5.1: alert(21)


@pytest.mark.parametrize(
    "garbage", [b"hola\n" * 10, b"\x16\x03\x03\x00\x05hello", b"\x17\x03\x03\x00\x20" + b"x" * 32]
)
def test_garbage_after_the_handshake_breaks_the_connection(make: MakePair, garbage: bytes) -> None:
    pair = make().shake_hands()
    with pytest.raises(LayerBroken) as caught:
        pair.server.receive(garbage)
    assert caught.value.reason is Reason.CONNECTION_LOST


def test_a_client_that_is_not_satisfied_breaks_the_handshake_on_both_sides(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, client = contexts
    pair = Pair((server, client))
    pair.client = TlsLayer(client, server_side=False, server_hostname="elsewhere.example")
    pair.heard[pair.client] = b""
    pair.client.start()
    with pytest.raises(LayerBroken) as caught:
        pair.settle()
    assert caught.value.reason is Reason.HANDSHAKE_FAILED
    assert isinstance(caught.value.cause, ssl.SSLCertVerificationError)
    assert not pair.client.ready
    with pytest.raises(LayerBroken):  # in TLS 1.2 before, in 1.3 after the server believes itself ready
        pair.server.receive(pair.client.take())


def damaged(wire: bytes, change: str, at: int, noise: bytes) -> list[bytes]:
    match change:
        case "flip":
            return [wire[:at] + bytes([wire[at] ^ (noise[0] or 1)]) + wire[at + 1 :]]
        case "truncate":
            return [wire[:at]]
        case "insert":
            return [wire[:at], noise, wire[at:]]
        case _:
            return [wire, wire]


def talk(pair: Pair, cut: Callable[[bytes], list[bytes]]) -> None:
    """Have both sides say something again and again, and close."""
    pair.client.start()
    for _ in range(5):
        pair.carry(pair.client, pair.server, cut)
        pair.carry(pair.server, pair.client, cut)
        for layer in (pair.client, pair.server):
            if layer.ready:
                layer.send(b"something")
    pair.client.close()
    pair.server.close()
    pair.settle(cut)


@given(
    flight=st.integers(0, 8),
    place=st.floats(0, 1),
    change=st.sampled_from(["flip", "truncate", "insert", "repeat"]),
    noise=st.binary(min_size=1, max_size=40),
)
def test_nothing_but_layer_broken_comes_of_a_damaged_stream(
    make: MakePair, flight: int, place: float, change: str, noise: bytes
) -> None:
    pair, flights = make(), 0

    def damage(wire: bytes) -> list[bytes]:
        nonlocal flights
        flights += bool(wire)
        if flights - 1 != flight or not wire:
            return [wire]
        return damaged(wire, change, min(int(place * len(wire)), len(wire) - 1), noise)

    faults = []
    try:
        talk(pair, damage)
    except LayerBroken as broken:
        faults.append(broken)
    assert all(broken.reason in FAULTS and broken.detail for broken in faults)
    for heard in pair.heard.values():  # whatever was damaged: what came out is what was said
        assert heard == b"something" * (len(heard) // 9)


@given(pieces=st.lists(st.binary(max_size=60), max_size=8), begins_well=st.booleans())
def test_nothing_but_layer_broken_comes_of_garbage(make: MakePair, pieces: list[bytes], begins_well: bool) -> None:
    layer, faults = make().server, []
    try:
        for piece in [b"\x16\x03\x01", *pieces] if begins_well else pieces:
            assert layer.receive(piece) == b""
    except LayerBroken as broken:
        faults.append(broken)
    assert all(broken.reason in FAULTS and broken.detail for broken in faults)
    layer.close()
    layer.take()
