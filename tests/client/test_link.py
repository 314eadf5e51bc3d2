"""The client's link against a TLS server in memory: what is verified, what is told apart, what is said first."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client.arrivals import Arrival
from coliseum.client.link import Link, LinkFailed, Target, parse_fingerprint
from coliseum.core.inbound import Closed, Garbled, Ready
from coliseum.core.refusals import NotText
from coliseum.errors import ColiseumError, ConfigError, Unavailable, Unverified
from coliseum.services.tls_contexts import fingerprint_of
from coliseum.urls import parse
from coliseum.wire.lines import ENDLESS
from coliseum.wire.tls import LayerBroken, TlsLayer

URL = parse("tls://chat.example:7000")
NOWHERE = Path("/nonexistent")

NOW = 0.0
"A stream's link knows no time."


@dataclass
class Side:
    """The server's side: a TLS layer and what it has heard."""

    tls: TlsLayer
    heard: bytes = b""

    def take_in(self, data: bytes) -> None:
        self.heard += self.tls.receive(data)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return path


def serve(certificate: trustme.LeafCert) -> Side:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return Side(TlsLayer(context, server_side=True))


def shake(link: Link, server: Side, *, step: int = 10**9) -> list[Arrival]:
    """Let both talk until nothing is left to say; the client gets the bytes in pieces of `step`."""
    items = link.start(NOW)
    while True:
        data = b"".join(link.take())
        if data:
            server.take_in(data)
        answer = server.tls.take()
        for at in range(0, len(answer), step):
            items += link.receive(answer[at : at + step], NOW)
        if not data and not answer:
            return items


def target(ca: Path | None = None, fingerprint: str | None = None, url: str = str(URL)) -> Target:
    return Target.of(parse(url), ca=ca, fingerprint=fingerprint, data_dir=NOWHERE)


def failure(link: Link, server: Side) -> ColiseumError:
    with pytest.raises(LinkFailed) as caught:
        shake(link, server)
    assert server.heard == b""
    assert link.receive(b"more", NOW) == []
    return caught.value.error


@pytest.mark.parametrize("step", [10**9, 1, 7])
def test_a_verified_server_is_ready_and_talks(authority: trustme.CA, ca_file: Path, step: int) -> None:
    server = serve(authority.issue_cert("chat.example"))
    link = target(ca_file).link()
    items = shake(link, server, step=step)
    assert [type(item) for item in items] == [Ready]
    link.send("héllo", NOW)
    server.take_in(b"".join(link.take()))
    assert server.heard == "héllo\n".encode()
    server.tls.send(b'{"a": 1}\r\nsecond\nthi')
    answer = server.tls.take()
    items = [item for at in range(0, len(answer), step) for item in link.receive(answer[at : at + step], NOW)]
    assert items == ['{"a": 1}', "second"]
    server.tls.close()
    assert link.receive(server.tls.take(), NOW) == [Closed()]
    assert link.over
    link.send("too late", NOW)
    assert link.take() == []
    link.close(NOW)


def test_saying_goodbye(authority: trustme.CA, ca_file: Path) -> None:
    server = serve(authority.issue_cert("chat.example"))
    link = target(ca_file).link()
    link.close(NOW)  # nothing to close yet
    shake(link, server)
    link.close(NOW)
    server.take_in(b"".join(link.take()))
    assert server.tls.closed


def test_an_unknown_authority(ca_file: Path) -> None:
    error = failure(target(ca_file).link(), serve(trustme.CA().issue_cert("chat.example")))
    assert isinstance(error, Unverified)
    assert "an authority that we do not trust" in str(error)
    assert "--ca FILE" in str(error)


def test_the_authority_of_the_local_server_is_trusted(authority: trustme.CA, ca_file: Path) -> None:
    link = Target.of(URL, ca=None, fingerprint=None, data_dir=ca_file.parent).link()
    assert shake(link, serve(authority.issue_cert("chat.example")))


def test_another_host_name(authority: trustme.CA, ca_file: Path) -> None:
    error = failure(target(ca_file).link(), serve(authority.issue_cert("other.example")))
    assert isinstance(error, Unverified)
    assert "for other names, not for chat.example" in str(error)
    error = failure(target(ca_file, url="tls://127.0.0.1").link(), serve(authority.issue_cert("127.0.0.2")))
    assert "for other names, not for 127.0.0.1" in str(error)


@pytest.mark.parametrize(("days", "words"), [((-9, -2), "has expired"), ((2, 9), "is not valid yet")])
def test_dates(authority: trustme.CA, ca_file: Path, days: tuple[int, int], words: str) -> None:
    begin, end = (datetime.now(UTC) + timedelta(days=day) for day in days)
    certificate = authority.issue_cert("chat.example", not_before=begin, not_after=end)
    error = failure(target(ca_file).link(), serve(certificate))
    assert isinstance(error, Unverified)
    assert words in str(error)


def der(certificate: trustme.LeafCert) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())


def test_a_pinned_certificate_needs_nothing_else() -> None:
    certificate = trustme.CA().issue_cert("whatever.example")
    pin = fingerprint_of(der(certificate))
    for given_pin in (pin, pin.upper(), "SHA256=" + ":".join([pin[7:][i : i + 2] for i in range(0, 64, 2)])):
        assert [type(i) for i in shake(target(fingerprint=given_pin).link(), serve(certificate))] == [Ready]


def test_another_certificate_than_the_pinned_one() -> None:
    certificate = trustme.CA().issue_cert("chat.example")
    server = serve(certificate)
    error = failure(target(fingerprint="sha256:" + "0" * 64).link(), server)
    assert isinstance(error, Unverified)
    assert fingerprint_of(der(certificate)) in str(error)


@pytest.mark.parametrize("given_pin", ["", "sha256:", "sha1:" + "0" * 40, "sha256:" + "g" * 64, "0" * 63])
def test_what_is_no_fingerprint(given_pin: str) -> None:
    with pytest.raises(ConfigError, match="is no fingerprint"):
        parse_fingerprint(given_pin)


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for path in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(ConfigError, match=str(path)):
            target(path)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("tls://localhost:7001", "tcp://localhost:7001"),
        ("tls://[::1]:7001", "tcp://[::1]:7001"),
        ("tls://chat.example:1", "tcp+insecure://chat.example:1"),
    ],
)
def test_a_server_without_tls(url: str, advice: str) -> None:
    link = target(url=url, fingerprint="0" * 64).link()
    link.start(NOW)
    with pytest.raises(LinkFailed) as caught:
        link.receive(b"* The connection ends: this port speaks without TLS", NOW)
    assert isinstance(caught.value.error, Unverified)
    assert str(caught.value.error).endswith(
        f"does not speak TLS, so it cannot prove who it is; if that is meant, say {advice}"
    )


def test_a_server_that_hangs_up_in_the_handshake(ca_file: Path) -> None:
    link = target(ca_file).link()
    link.start(NOW)
    with pytest.raises(LinkFailed) as caught:
        link.receive(b"", NOW)
    assert isinstance(caught.value.error, Unavailable)


def test_a_server_that_shakes_no_hands(ca_file: Path) -> None:
    link = target(ca_file).link()
    link.start(NOW)
    with pytest.raises(LinkFailed) as caught:
        link.receive(bytes.fromhex("15030300020228"), NOW)  # a fatal alert: handshake_failure
    assert isinstance(caught.value.error, Unverified)
    assert "the TLS handshake with chat.example:7000 failed" in str(caught.value.error)


def test_the_peer_hears_why_it_was_refused(ca_file: Path) -> None:
    server = serve(trustme.CA().issue_cert("chat.example"))
    link = target(ca_file).link()
    with pytest.raises(LinkFailed):
        shake(link, server)
    with pytest.raises(LayerBroken, match="unknown ca"):
        server.take_in(b"".join(link.take()))


def test_bytes_that_cannot_be_decrypted_break_a_good_connection(authority: trustme.CA, ca_file: Path) -> None:
    server = serve(authority.issue_cert("chat.example"))
    link = target(ca_file).link()
    shake(link, server)
    server.tls.send(b"hello\n")
    record = bytearray(server.tls.take())
    record[-1] ^= 1
    with pytest.raises(LinkFailed) as caught:
        link.receive(bytes(record), NOW)
    assert isinstance(caught.value.error, Unavailable)
    link.send("ignored", NOW)


def test_without_tls_it_is_ready_at_once() -> None:
    link = target(url="tcp://localhost").link()
    assert link.start(NOW) == [Ready()]
    link.send("hola", NOW)
    assert link.take() == [b"hola\n"]
    assert link.take() == []
    assert link.receive(b"a\nb", NOW) == ["a"]
    assert link.receive(b"\n\xff\n", NOW) == ["b", Garbled(NotText(), "\ufffd")]
    assert link.receive(b"", NOW) == [Closed()]
    link.close(NOW)


def test_a_line_without_end_is_no_chat() -> None:
    link = target(url="tcp://localhost").link()
    link.start(NOW)
    with pytest.raises(LinkFailed, match="is no chat"):
        link.receive(b"x" * (ENDLESS + 1), NOW)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=5), st.data())
def test_how_the_bytes_are_cut_changes_nothing(lines: list[str], data: st.DataObject) -> None:
    sent = "".join(f"{line}\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    link = target(url="tcp://localhost").link()
    items = link.start(NOW)
    for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        if begin != end:
            items += link.receive(sent[begin:end], NOW)
    assert items == [Ready(), *lines]
