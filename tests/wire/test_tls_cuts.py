"""Whole TLS conversations, cut at every byte, in both directions; and records that no honest client writes.

Each position needs a handshake of its own: TLS is random. A conversation is a client that says lines and goodbye,
and a link that answers, with the contexts that are shipped.
"""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from coliseum.core.inbound import Broken, Closed, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.services.tls_contexts import Files, client_context, server_context
from coliseum.wire.lines import LineReader
from coliseum.wire.link import StreamLink
from coliseum.wire.tls import LayerBroken, TlsLayer
from tests.engines.hostile_tls import ALERT, CLOSE_NOTIFY, DATA, HANDSHAKE, Scribe, client_secret

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
Contexts = tuple[ssl.SSLContext, ssl.SSLContext]
NEVER = 1 << 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    return folder


@pytest.fixture(scope="module", params=VERSIONS)
def contexts(request: pytest.FixtureRequest, folder: Path) -> Contexts:
    return make_contexts(folder, VERSIONS[request.param])


def make_contexts(folder: Path, version: ssl.TLSVersion) -> Contexts:
    files = Files(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    server, client = server_context(files), client_context(files.ca)
    client.minimum_version = client.maximum_version = version
    client.keylog_filename = str(folder / f"keys-{version.name}")
    return server, client


class Wire:
    """One direction: bytes up to `end`, in two pieces where they pass `split`, and then their end."""

    def __init__(self, end: int = NEVER, split: int = NEVER) -> None:
        self.end, self.split = end, split
        self.passed = 0
        self.over = False

    def carry(self, data: bytes, receive: Callable[[bytes], None]) -> None:
        """Bring `data` across."""
        if self.over or not data:
            return
        data = data[: self.end - self.passed]
        at = self.split - self.passed
        self.passed += len(data)
        for piece in (data[:at], data[at:]) if 0 < at < len(data) else (data,):
            receive(piece)
        if self.passed >= self.end:
            self.over = True
            receive(b"")


class Conversation:
    """A client and a server's link."""

    def __init__(self, contexts: Contexts, up: Wire | None = None, down: Wire | None = None) -> None:
        server, client = contexts
        self.client = TlsLayer(client, server_side=False, server_hostname="localhost")
        self.link = StreamLink(LineReader(100), TlsLayer(server, server_side=True))
        self.up, self.down = up or Wire(), down or Wire()
        self.items: list[Item] = []
        self.heard = b""
        self.lost: Reason | None = None
        "What ended it for the client."
        self._waiting = b""

    def run(self) -> "Conversation":
        """Say everything there is to say, as far as the wires let it through."""
        self.items += self.link.start()
        self.client.start()
        self._settle()
        self._say(b"one\ntwo\n")
        self._waiting += self.link.send(b"answer\n")
        self._settle()
        self._say(b"three\n")
        if self.client.ready and self.lost is None:
            self.client.close()
        self._settle()
        return self

    def _say(self, data: bytes) -> None:
        if self.client.ready and self.lost is None:
            self.client.send(data)
        self._settle()

    def _settle(self) -> None:
        while True:
            self.up.carry(self.client.take(), self._server_receives)
            down, self._waiting = self._waiting + self.link.take(), b""
            if not down or self.down.over:
                return
            self.down.carry(down, self._client_receives)

    def _server_receives(self, data: bytes) -> None:
        self.items += self.link.receive(data)

    def _client_receives(self, data: bytes) -> None:
        if self.lost is not None:
            return
        if not data:
            self.lost = Reason.CONNECTION_LOST
            return
        try:
            self.heard += self.client.receive(data)
        except LayerBroken as broken:
            self.lost = broken.reason


def lines(items: list[Item]) -> list[Item]:
    return [item for item in items if not isinstance(item, Broken | Closed)]


def test_a_conversation_may_be_cut_into_two_pieces_at_any_byte(contexts: Contexts) -> None:
    whole = Conversation(contexts).run()
    expected = [Ready(whole.items[0].security), "one", "two", "three", Closed()]  # type: ignore[union-attr]
    assert whole.items == expected
    for at in range(1, max(whole.up.passed, whole.down.passed)):
        split = Conversation(contexts, Wire(split=at), Wire(split=at)).run()
        assert (split.items, split.heard) == (expected, b"answer\n"), at


def test_a_client_that_is_cut_off_at_any_byte_ends_with_a_reason_and_is_heard_as_far_as_it_came(
    contexts: Contexts,
) -> None:
    whole = Conversation(contexts).run()
    seen = set()
    for at in range(1, whole.up.passed):
        cut = Conversation(contexts, up=Wire(end=at)).run()
        *said, end = cut.items
        assert end == Closed(), at  # no more, and nothing was wrong with what came
        assert said == whole.items[: len(said)], at
        assert b"answer\n".startswith(cut.heard)
        seen.add(len(said))
        assert cut.link.receive(b"\x17\x03\x03\x00\x01x") == cut.link.receive(b"") == []
    assert seen == {0, 1, 3, 4}


def test_a_server_that_is_cut_off_at_any_byte_has_said_nothing_twice(contexts: Contexts) -> None:
    whole = Conversation(contexts).run()
    for at in range(1, whole.down.passed):
        cut = Conversation(contexts, down=Wire(end=at)).run()
        if not cut.down.over:  # an ECDSA signature is some bytes shorter now and then (DER), and all of it came
            assert at > whole.down.passed - 8
            continue
        assert b"answer\n".startswith(cut.heard), at
        assert cut.lost is Reason.CONNECTION_LOST, at
        assert lines(cut.items) == whole.items[: len(lines(cut.items))], at


# --- records that no library writes ------------------------------------------------------------------------


class Written:
    """A server's link after an honest handshake, and a scribe who writes to it."""

    def __init__(self, contexts: Contexts) -> None:
        server, client = contexts
        assert client.keylog_filename is not None
        log = Path(client.keylog_filename)
        peer = TlsLayer(client, server_side=False, server_hostname="localhost")
        self.link = StreamLink(LineReader(100), TlsLayer(server, server_side=True))
        peer.start()
        ready: list[Item] = []
        while up := peer.take():
            ready = self.link.receive(up)
            peer.receive(self.link.take())
        assert ready == [Ready("TLSv1.3")]
        self.scribe = Scribe(client_secret(log))

    def receive(self, *records: bytes) -> list[Item]:
        return self.link.receive(b"".join(records))


@pytest.fixture(scope="module")
def modern(folder: Path) -> Contexts:
    return make_contexts(folder, ssl.TLSVersion.TLSv1_3)


@pytest.fixture
def written(modern: Contexts) -> Written:
    return Written(modern)


def test_the_scribe_writes_what_an_honest_client_could(written: Written) -> None:
    scribe = written.scribe
    assert written.receive(scribe.record(DATA, b"one\ntw"), scribe.record(DATA, b"o\n")) == ["one", "two"]
    assert written.receive(scribe.key_update(), scribe.record(DATA, b"in the new key\n")) == ["in the new key"]
    assert written.receive(scribe.record(ALERT, CLOSE_NOTIFY)) == [Closed()]


def test_what_comes_behind_a_goodbye_is_not_heard(written: Written) -> None:
    scribe = written.scribe
    last, goodbye = scribe.record(DATA, b"last\n"), scribe.record(ALERT, CLOSE_NOTIFY)
    more = scribe.record(DATA, b"more\n")
    assert written.receive(last, goodbye, more) == ["last", Closed()]
    assert written.receive(more) == written.receive(b"") == []


TOO_LARGE = 16 * 1024 + 1
BAD_RECORDS = {
    "larger than allowed": lambda scribe: scribe.record(DATA, b"x" * TOO_LARGE),
    "much larger than allowed": lambda _: b"\x17\x03\x03\xff\xff" + b"x" * 0xFFFF,
    "twice the same": lambda scribe: scribe.record(DATA, b"one\n") * 2,
    "a handshake anew": lambda scribe: scribe.record(HANDSHAKE, b"\x01\x00\x00\x04abcd"),
    "a kind that is none": lambda scribe: scribe.record(99, b"?"),
    "no kind at all": lambda scribe: scribe.record(0, bytes(10)),
    "a KeyUpdate that asks for nonsense": lambda scribe: scribe.record(HANDSHAKE, b"\x18\x00\x00\x01\x07"),
    "in clear": lambda _: b"\x17\x03\x03\x00\x05hello",
    "of another version": lambda _: b"\x17\x09\x09\x00\x05hello",
}


@pytest.mark.parametrize("write", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_a_bad_record_ends_the_link_with_a_reason(written: Written, write: Callable[[Scribe], bytes]) -> None:
    *said, end = written.receive(write(written.scribe))
    assert isinstance(end, Broken)
    assert (end.reason, bool(end.detail)) == (Reason.CONNECTION_LOST, True)
    assert said == []
    assert written.receive(written.scribe.record(DATA, b"more\n")) == []


@pytest.mark.parametrize("cut", range(1, 36))
def test_a_record_whose_length_lies_never_comes_out_of_step(written: Written, cut: int) -> None:
    record = written.scribe.record(DATA, b"one\n")
    lie = record[:3] + (len(record) - 5 - cut).to_bytes(2, signed=False) if cut < len(record) - 5 else b""
    (end,) = written.receive(lie + record[5:] if lie else b"\x17\x03\x03\x00\x00")
    assert isinstance(end, Broken)


def test_tiny_records_are_as_good_as_one(written: Written) -> None:
    text = "".join(f"line {number}\n" for number in range(2000))
    records = [written.scribe.record(DATA, byte.encode()) for byte in text]
    assert written.receive(*records) == text.splitlines()


def test_a_flood_of_empty_records_is_cut_off(written: Written) -> None:
    """OpenSSL takes 32 in a row: that is its protection against being kept busy, and we rely on it."""
    assert written.receive(*(written.scribe.record(DATA, b"") for _ in range(20))) == []
    (end,) = written.receive(*(written.scribe.record(DATA, b"") for _ in range(20)))
    assert isinstance(end, Broken)


@pytest.mark.parametrize("requested", [True, False])
def test_some_key_updates_are_honest_and_a_flood_of_them_is_cut_off(written: Written, requested: bool) -> None:
    """OpenSSL sets no bound to them, and each costs it up to a tenth of a millisecond."""
    scribe = written.scribe
    for _ in range(20):
        assert written.receive(scribe.key_update(requested=requested), scribe.record(DATA, b"x\n")) == ["x"]
    assert len(written.link.take()) <= 20 * 27 * requested
    (end,) = written.receive(*(scribe.key_update(requested=requested) for _ in range(5000)))
    assert end == Broken(Reason.CONNECTION_LOST, "too many records without data")
    assert len(written.link.take()) <= 6 * 1024 * requested  # answers do not pile up


def test_asking_for_answers_is_bounded_also_between_data(written: Written) -> None:
    scribe, said = written.scribe, 0
    items: list[Item] = []
    for _ in range(100):
        items = written.receive(scribe.key_update(), scribe.record(DATA, b"x\n"))
        if items != ["x"]:
            break
        said += 1
    assert items == [Broken(Reason.CONNECTION_LOST, "too many records without data")]
    assert 70 < said < 80
