"""What the tests of certificates share."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from coliseum.services import issuing
from coliseum.services.certificates import Files

NOW = datetime.now(UTC)
NAMES = ["localhost", "127.0.0.1", "::1"]
DAY = timedelta(days=1)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def leaf_of(files: Files) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.cert.read_bytes())


def ca_of(files: Files) -> x509.Certificate:
    assert files.ca is not None
    return x509.load_pem_x509_certificate(files.ca.read_bytes())


def assert_sound(files: Files) -> None:
    """The pair belongs together, the present authority signed it, and nothing else lies about."""
    key = issuing.parse_key(files.key.read_bytes())
    assert issuing.belong_together(leaf_of(files), key)
    assert issuing.is_signed_by(leaf_of(files), ca_of(files))
    present = {path.name for path in files.cert.parent.iterdir()}
    assert present == {".lock", "ca.key", "ca.pem", "server.key", "server.pem"}


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, passphrase: bytes | None = None) -> bytes:
    secret = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
