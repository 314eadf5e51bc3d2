"""Issuing: what stands in Coliseum's certificates, and reading it back. No files, no clock.

The idea: an authority (CA) of one machine signs one server certificate. Clients trust the authority, so that
server certificates come and go without anybody noticing.

What must stay true: certificates verify under OpenSSL's strict rules (VERIFY_X509_STRICT, which is Python's
default from 3.13 on): RFC 5280 sections 4.2.1.1-3 and 4.2.1.9, that is key identifiers on both, keyUsage and
basicConstraints critical. All keys are ECDSA P-256: small, quick, and understood by every TLS stack there is.

Not here: when to issue and where it is kept (services.certificates).
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LEAF_LIFE: Final = timedelta(days=397)
"Browsers and Apple refuse public certificates beyond 398 days; staying below works wherever the CA is installed."
AUTHORITY_LIFE: Final = timedelta(days=3650)
"""Long, because changing it means that every client gets a new file by hand. Apple's cap of 825 days (HT210176),
as every such cap, is about server certificates, not about roots that a user chose to trust."""
AUTHORITY_RENEWED: Final = 2 * LEAF_LIFE
"""How long before its end an authority gets a new certificate. More than a leaf's life, so that no leaf outlives
its authority, and about two years in which clients can be given the new file."""
_SKEW: Final = timedelta(days=1)
"Certificates begin in the past for clients whose clock is late, or whose time zone is set wrong."


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> bytes:
        """Return the certificate as a file holds it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        """Return the key as a file holds it: PKCS #8, not encrypted, because a server starts without a human."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key."""
    return ec.generate_private_key(ec.SECP256R1())


def authority_name(host: str, key: ec.EllipticCurvePrivateKey) -> x509.Name:
    """Return the name of the authority that `key` is: readable in a list of trusted CAs, and unlike any other.

    Its last part comes from the key and is thus as random as the key; OpenSSL looks authorities up by name,
    and two of one name would hide each other.
    """
    tag = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    # X.520 ends a common name at 64 characters.
    return _common_name(f"Coliseum local CA ({host[:32]} {tag})")


def issue_authority(key: ec.EllipticCurvePrivateKey, name: x509.Name, now: datetime) -> Identity:
    """Return the authority that `key` is, under `name`, valid from a little before `now`.

    The same key and name as before make a renewal: what was signed verifies with the new and with the old
    file.
    """
    certificate = (
        _certificate(name, name, key.public_key(), key.public_key(), now, AUTHORITY_LIFE)
        # Path length 0: it signs servers, never another authority.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(certificate, key)


def issue_leaf(authority: Identity, names: Sequence[str], now: datetime) -> Identity:
    """Return a new server certificate, with a new key, for `names` as `host_names.usable` writes them."""
    key = new_key()
    signer = authority.certificate
    certificate = (
        _certificate(
            _common_name("Coliseum server"),
            signer.subject,
            key.public_key(),
            authority.key.public_key(),
            now,
            LEAF_LIFE,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Identity(certificate, key)


def parse_certificate(pem: bytes) -> x509.Certificate:
    """Return the first certificate in `pem`. Raises ValueError when there is none, or it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificates(pem)[0]
        # The library reads these when they are first asked for; here is where a caller expects the error.
        _ = certificate.public_key(), certificate.subject, certificate.issuer
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (UnsupportedAlgorithm, x509.InvalidVersion, KeyError, TypeError) as error:
        # What the library raises for one damaged byte beside ValueError: KeyError for a kind of string that does
        # not exist, TypeError for one that does not belong there (tests/services/test_certificates.py has them).
        raise ValueError(str(error)) from error
    return certificate


def parse_key(pem: bytes) -> PrivateKeyTypes:
    """Return the private key in `pem`. Raises ValueError when there is none, or a passphrase protects it."""
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:  # How the library says "encrypted".
        raise ValueError("it is protected by a passphrase") from error
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error


def belong_together(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    """Say whether `certificate` is about `key`."""
    return _spki(certificate.public_key()) == _spki(key.public_key())


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Say whether `authority` signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def alternative_names(certificate: x509.Certificate) -> list[str]:
    """Return the host names and addresses that `certificate` covers; none when it cannot be said."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    addresses = names.get_values_for_type(x509.IPAddress)
    return [*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)]


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    """Return what both kinds have in common."""
    begin = now.replace(microsecond=0) - _SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life - timedelta(seconds=1))  # The last second counts (RFC 5280 section 4.1.2.5).
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        # By key alone, not by serial number: so a renewed authority's leaves verify with its old certificate too.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _spki(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
