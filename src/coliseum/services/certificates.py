"""Certificates that make themselves: a local authority (CA) and a server certificate, made once and kept fresh.

The idea: `coliseum serve` just works, and is verified all the same. A directory holds `ca.pem` (given to
clients), `ca.key`, `server.pem` and `server.key`; `ensure` makes what is missing and renews what must be. The
directory is Coliseum's: an operator's own pair lies elsewhere (`own`).

What must stay true: clients trust the authority, so it is never replaced behind their backs; what is wrong
with it is an error that names the file and the remedy. It is *renewed* with the same key and name, which
clients do not notice. A server certificate is nobody's treasure: whatever is wrong with it, a new one is
made. A key and its certificate change together (services.safe_files), also when two servers start at the same
moment.

Not here: what a certificate says (services.issuing), contexts and fingerprints (services.tls_contexts), which
names there are (services.host_names). Their public functions are offered here too: this is the door.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coliseum.errors import CannotCreate, ConfigError
from coliseum.services import issuing, safe_files
from coliseum.services.host_names import host_names, usable
from coliseum.services.tls_contexts import (
    Files,
    client_context,
    fingerprint,
    fingerprint_of,
    first_certificate,
    pinned_context,
    server_context,
)

__all__ = [
    "Description",
    "Files",
    "client_context",
    "describe",
    "ensure",
    "fingerprint",
    "fingerprint_of",
    "host_names",
    "own",
    "pinned_context",
    "renew",
    "server_context",
]

_MOST_NAMES: Final = 64
"Beyond this many, names that only an older certificate had are dropped: containers get a new name at every start."


@dataclass(frozen=True, slots=True)
class Description:
    """What one wants to know about a server's certificate."""

    names: tuple[str, ...]
    "Host names, then addresses, that it covers."
    not_after: datetime
    "Its last second, UTC."
    fingerprint: str
    ca_fingerprint: str | None
    "The local authority's; None for an operator's own certificate."
    issuer: str
    "The name of who signed it."


def ensure(directory: Path, names: Sequence[str], now: datetime) -> Files:
    """Return a pair that covers `names` and lasts, making or renewing in `directory` what has to be.

    A server certificate is renewed when less than a third of its life is left, when it does not cover all
    `names` (those that cannot stand in a certificate do not count), when the present authority did not sign
    it, or when it or its key is corrupt. One that only lacks a name keeps the names it had: two servers of
    one directory, or a laptop between two networks, would otherwise replace it, and what clients pinned, at
    every start.

    Raises CannotCreate when the directory or a file cannot be read or written, or the authority is corrupt;
    ConfigError when none of `names` is usable. On failure every file is as it was, or a file that a next call
    mends. Blocks; any thread and any process may call it at the same time. `now` is aware of its time zone.
    """
    return _keep(directory, names, now, anew=False)


def renew(directory: Path, names: Sequence[str], now: datetime) -> Files:
    """Make a new server certificate for exactly `names`, in any case. Otherwise as `ensure`."""
    return _keep(directory, names, now, anew=True)


def own(cert: Path, key: Path, now: datetime) -> Files:
    """Return an operator's own pair after looking at it; nothing is written.

    Raises CannotCreate when a file cannot be read; ConfigError when one is not PEM, when they do not belong
    together, when the key needs a passphrase, or when the certificate is not valid `now`.
    """
    certificate = first_certificate(cert)
    try:
        private = issuing.parse_key(safe_files.read(key))
    except ValueError as error:
        raise ConfigError(
            "{key}: holds no private key that can be used; give one in PEM without a passphrase "
            "(openssl pkey -in OLD -out NEW)",
            key=key,
        ) from error
    if not issuing.belong_together(certificate, private):
        raise ConfigError(
            "{key}: is not the key of {cert}; give the two files that were made together", key=key, cert=cert
        )
    if now > certificate.not_valid_after_utc:
        raise ConfigError(
            "{cert}: expired on {day}; renew it", cert=cert, day=certificate.not_valid_after_utc.date()
        )
    if now < certificate.not_valid_before_utc:
        raise ConfigError(
            "{cert}: is not valid before {moment} UTC; set the clock right, or wait",
            cert=cert,
            moment=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}",
        )
    return Files(ca=None, cert=cert, key=key)


def describe(files: Files) -> Description:
    """Return what `coliseum cert` shows. Raises CannotCreate (unreadable) or ConfigError (not a certificate)."""
    certificate = first_certificate(files.cert)
    issuers = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Description(
        names=tuple(issuing.alternative_names(certificate)),
        not_after=certificate.not_valid_after_utc,
        fingerprint=fingerprint(files.cert),
        ca_fingerprint=None if files.ca is None else fingerprint(files.ca),
        issuer=str(issuers[0].value) if issuers else certificate.issuer.rfc4514_string(),
    )


def _keep(directory: Path, names: Sequence[str], now: datetime, *, anew: bool) -> Files:
    wanted = usable(names)
    if not wanted:
        raise ConfigError(
            "{names}: cannot stand in a certificate; name this machine, for example localhost",
            names=", ".join(names) or "''",
        )
    files = Files(ca=directory / "ca.pem", cert=directory / "server.pem", key=directory / "server.key")
    safe_files.make_directory(directory)
    with safe_files.locked(directory):
        authority = _authority(directory, now)
        present = None if anew else _present_leaf(files, authority.certificate)
        if present is not None and _lasts(present, now):
            covered = issuing.alternative_names(present)
            missing = set(wanted) - set(covered)
            if not missing:
                return files
            wanted = usable([*wanted, *covered])[: max(len(wanted), _MOST_NAMES)]
        leaf = issuing.issue_leaf(authority, wanted, now)
        # The leaf alone, not the chain: who trusts the authority has it, and to all others it proves nothing.
        safe_files.publish(
            safe_files.Content(files.key, leaf.key_pem(), safe_files.SECRET),
            safe_files.Content(files.cert, leaf.certificate_pem(), safe_files.PUBLIC),
        )
    return files


def _present_leaf(files: Files, authority: x509.Certificate) -> x509.Certificate | None:
    """Return the server certificate that is there, or None when there is none that could be used."""
    pem = safe_files.read_if_there(files.cert)
    key_pem = safe_files.read_if_there(files.key, secret=True)
    if pem is None or key_pem is None:
        return None
    try:
        certificate = issuing.parse_certificate(pem)
        # OpenSSL must be able to use what we can parse, and it looks whether the key is the certificate's. Without
        # `ca`: that would wait for the lock which we hold.
        server_context(Files(ca=None, cert=files.cert, key=files.key))
    except (ValueError, ConfigError):
        return None
    return certificate if issuing.is_signed_by(certificate, authority) else None


def _lasts(leaf: x509.Certificate, now: datetime) -> bool:
    """Say whether at least a third of the certificate's life is left. One "from the future" is none that lasts."""
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    return begin <= now and (end - now) * 3 >= end - begin


def _authority(directory: Path, now: datetime) -> issuing.Identity:
    """Return the authority of `directory`, made or renewed if it has to be. The caller holds the lock."""
    cert_path, key_path = directory / "ca.pem", directory / "ca.key"
    pem = safe_files.read_if_there(cert_path)
    key_pem = safe_files.read_if_there(key_path, secret=True)
    if pem is not None:
        present = _present_authority(cert_path, pem, key_path, key_pem)
        begin, end = present.certificate.not_valid_before_utc, present.certificate.not_valid_after_utc
        if begin <= now and end - now >= issuing.AUTHORITY_RENEWED:
            return present
        # The same key and name: clients that hold the old file are served until it expires.
        renewed = issuing.issue_authority(present.key, present.certificate.subject, now)
        safe_files.publish(safe_files.Content(cert_path, renewed.certificate_pem(), safe_files.PUBLIC))
        return renewed
    # A key alone is what a first start leaves when power fails between the two renames: it is used, not replaced.
    key = issuing.new_key() if key_pem is None else _authority_key(key_path, key_pem)
    host = usable([socket.gethostname()]) or ["localhost"]
    made = issuing.issue_authority(key, issuing.authority_name(host[0], key), now)
    safe_files.publish(
        safe_files.Content(key_path, made.key_pem(), safe_files.SECRET),
        safe_files.Content(cert_path, made.certificate_pem(), safe_files.PUBLIC),
    )
    return made


def _present_authority(cert_path: Path, pem: bytes, key_path: Path, key_pem: bytes | None) -> issuing.Identity:
    """Return the authority that is there. Raises CannotCreate when it cannot be used."""
    if key_pem is None:
        raise _lost_authority(CannotCreate("{path}: is missing", path=key_path))
    key = _authority_key(key_path, key_pem)
    try:
        certificate = issuing.parse_certificate(pem)
        client_context(cert_path)  # OpenSSL must be able to use what we can parse.
    except (ValueError, ConfigError) as error:
        raise _lost_authority(CannotCreate("{path}: is corrupt", path=cert_path)) from error
    if not issuing.belong_together(certificate, key):
        raise _lost_authority(CannotCreate("{path}: is not the key of {cert}", path=key_path, cert=cert_path))
    if not issuing.is_signed_by(certificate, certificate):
        raise _lost_authority(CannotCreate("{path}: is corrupt", path=cert_path))
    return issuing.Identity(certificate, key)


def _authority_key(path: Path, pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = issuing.parse_key(pem)
    except ValueError as error:
        raise _lost_authority(CannotCreate("{path}: is corrupt", path=path)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _lost_authority(CannotCreate("{path}: is not a key that Coliseum made", path=path))
    return key


def _lost_authority(what: CannotCreate) -> CannotCreate:
    """Return the error for an authority that cannot be used: only a human may decide to give it up."""
    return CannotCreate(
        "{what}, and clients trust this authority; restore the file from a backup, or remove both ca.pem "
        "and ca.key to begin anew and give the new ca.pem to all clients",
        what=what,
    )
