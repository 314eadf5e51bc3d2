"""What TLS contexts accept: real handshakes in memory between two of our own layers."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coliseum.core.kinds import Reason
from coliseum.errors import CannotCreate, ConfigError
from coliseum.services.certificates import (
    Files,
    client_context,
    ensure,
    fingerprint,
    fingerprint_of,
    own,
    pinned_context,
    renew,
    server_context,
)
from coliseum.wire.tls import LayerBroken, TlsLayer

NOW = datetime.now(UTC)
NAMES = ["localhost", "chat.example.org", "127.0.0.1", "::1"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return ensure(tmp_path / "server", NAMES, NOW)


def shake_hands(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext, host: str = "localhost"
) -> tuple[TlsLayer, TlsLayer]:
    """Return (server, client) after the handshake. Raises LayerBroken, from whichever side gave up first."""
    server = TlsLayer(server_side, server_side=True)
    client = TlsLayer(client_side, server_side=False, server_hostname=host)
    client.start()
    while (to_server := client.take()) or (not server.ready and not client.ready):
        server.receive(to_server)
        client.receive(server.take())
    assert server.ready
    assert client.ready
    return server, client


def why_refused(server_side: ssl.SSLContext, client_side: ssl.SSLContext, host: str = "localhost") -> str:
    with pytest.raises(LayerBroken) as caught:
        shake_hands(server_side, client_side, host)
    assert caught.value.reason is Reason.HANDSHAKE_FAILED
    assert isinstance(caught.value.cause, ssl.SSLCertVerificationError)
    return caught.value.cause.verify_message


def strict(context: ssl.SSLContext) -> ssl.SSLContext:
    """What Python's default is from 3.13 on, tried on every version."""
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("host", NAMES)
def test_a_client_that_knows_the_authority_verifies_every_name_of_the_server(files: Files, host: str) -> None:
    server, client = shake_hands(server_context(files), strict(client_context(files.ca)), host)
    assert server.security() == client.security() == "TLSv1.3"
    client.send(b"hello")
    assert server.receive(client.take()) == b"hello"
    server.send(b"welcome")
    assert client.receive(server.take()) == b"welcome"


def test_tls_1_2_is_spoken_with_forward_secrecy_and_authenticated_encryption(files: Files) -> None:
    older = client_context(files.ca)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    server, _ = shake_hands(server_context(files), older)
    assert server.security() == "TLSv1.2"
    for cipher in server_context(files).get_ciphers():
        assert cipher["aead"], cipher["name"]
        assert cipher["protocol"] == "TLSv1.3" or cipher["name"].startswith("ECDHE-")


def test_a_client_without_forward_secrecy_is_refused(files: Files) -> None:
    outdated = client_context(files.ca)
    outdated.maximum_version = ssl.TLSVersion.TLSv1_2
    outdated.set_ciphers("ECDHE-ECDSA-AES256-SHA384")
    with pytest.raises(LayerBroken) as caught:
        shake_hands(server_context(files), outdated)
    assert caught.value.reason is Reason.HANDSHAKE_FAILED


def test_every_context_begins_at_tls_1_2(files: Files) -> None:
    contexts = [server_context(files), client_context(files.ca), client_context(None), pinned_context()]
    assert [context.minimum_version for context in contexts] == [ssl.TLSVersion.TLSv1_2] * 4


def test_a_server_neither_renegotiates_nor_compresses_nor_asks_for_certificates(files: Files) -> None:
    context = server_context(files)
    wanted = ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.options & wanted == wanted
    assert context.verify_mode is ssl.CERT_NONE
    assert context.num_tickets == 0


def test_a_client_that_knows_another_authority_refuses(files: Files, tmp_path: Path) -> None:
    other = ensure(tmp_path / "other", NAMES, NOW)
    assert "local issuer" in why_refused(server_context(files), client_context(other.ca))


def test_a_client_that_knows_only_the_systems_authorities_refuses(files: Files) -> None:
    assert "local issuer" in why_refused(server_context(files), client_context(None))


@pytest.mark.parametrize("host", ["elsewhere.example.org", "127.0.0.2"])
def test_a_client_refuses_a_server_of_another_name(files: Files, host: str) -> None:
    assert "mismatch" in why_refused(server_context(files), client_context(files.ca), host)


def test_a_client_refuses_a_certificate_that_has_expired(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW - timedelta(days=500))
    assert "expired" in why_refused(server_context(files), client_context(files.ca))


def test_a_client_refuses_a_certificate_that_is_not_yet_valid(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    files = renew(tmp_path, NAMES, NOW + timedelta(days=30))
    assert "not yet valid" in why_refused(server_context(files), client_context(files.ca))


def test_a_client_with_the_old_file_of_a_renewed_authority_verifies_new_certificates(tmp_path: Path) -> None:
    files = ensure(tmp_path, NAMES, NOW - timedelta(days=3000))
    assert files.ca is not None
    old = tmp_path / "copy.pem"
    old.write_bytes(files.ca.read_bytes())
    ensure(tmp_path, NAMES, NOW)
    assert files.ca.read_bytes() != old.read_bytes()
    shake_hands(server_context(files), strict(client_context(old)))
    shake_hands(server_context(files), strict(client_context(files.ca)))


def test_a_context_that_is_in_use_keeps_its_certificate_when_the_files_change(files: Files) -> None:
    before = server_context(files)
    shown = fingerprint(files.cert)
    renew(files.cert.parent, NAMES, NOW)
    for context, same in ((before, True), (server_context(files), False)):
        _, client = shake_hands(context, client_context(files.ca))
        assert (fingerprint_of(client.peer_certificate() or b"") == shown) is same


def test_a_pinned_client_sees_the_certificate_whose_fingerprint_it_compares(files: Files) -> None:
    _, client = shake_hands(server_context(files), pinned_context(), "any.name.example.org")
    assert fingerprint_of(client.peer_certificate() or b"") == fingerprint(files.cert)


def test_a_pinned_client_can_tell_another_server(files: Files, tmp_path: Path) -> None:
    other = ensure(tmp_path / "other", NAMES, NOW)
    _, client = shake_hands(server_context(other), pinned_context())
    assert fingerprint_of(client.peer_certificate() or b"") != fingerprint(files.cert)


def test_a_fingerprint_is_of_the_first_certificate_of_the_file(files: Files, tmp_path: Path) -> None:
    assert files.ca is not None
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"a comment\n" + files.cert.read_bytes() + files.ca.read_bytes())
    der = ssl.PEM_cert_to_DER_cert(files.cert.read_text("ascii"))
    assert fingerprint(chain) == f"sha256:{hashlib.sha256(der).hexdigest()}"


def test_a_fingerprint_of_no_certificate_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "some.pem"
    with pytest.raises(CannotCreate, match=r"some\.pem: cannot be read"):
        fingerprint(path)
    path.write_text("nothing")
    with pytest.raises(ConfigError, match=r"some\.pem: holds no certificate"):
        fingerprint(path)


def test_a_client_names_a_ca_file_that_is_missing_or_is_none(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "some.pem"
    with pytest.raises(ConfigError, match=r"some\.pem: cannot be read: No such file"):
        client_context(path)
    for data in (b"", b"nothing \xff", files.key.read_bytes()):
        path.write_bytes(data)
        with pytest.raises(ConfigError, match=r"some\.pem: holds no CA certificate"):
            client_context(path)


def test_a_server_names_a_pair_that_does_not_belong_together(files: Files, tmp_path: Path) -> None:
    other = ensure(tmp_path / "other", NAMES, NOW)
    for ca in (None, files.ca):
        with pytest.raises(ConfigError, match="key values mismatch; give a pair"):
            server_context(Files(ca=ca, cert=files.cert, key=other.key))


def test_a_server_names_a_pair_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotCreate, match=r"a\.key: cannot be read: No such file"):
        server_context(Files(ca=None, cert=tmp_path / "a.pem", key=tmp_path / "a.key"))


def test_a_server_never_asks_for_a_passphrase(files: Files) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - this test alone

    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    protected = files.key.with_name("protected.key")
    protected.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match="cannot be used for TLS"):
        server_context(Files(ca=None, cert=files.cert, key=protected))


def test_an_operators_own_pair_serves(files: Files) -> None:
    shake_hands(server_context(own(files.cert, files.key, NOW)), client_context(files.ca))
