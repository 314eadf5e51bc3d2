"""TLS contexts: what each side of a connection accepts; and fingerprints, which name a certificate.

The idea: one context for all connections of a listener, or of a client. To change a certificate, make a new
context and use it for the next connections: a context is never changed once a connection uses it, because
loading a certificate into it while another thread shakes hands can crash (cpython#134698).

What must stay true: TLS 1.2 at least, everywhere; a client context verifies, unless it is `pinned_context`,
whose user compares the fingerprint before a byte of text is sent.

Not here: who makes the files (services.certificates), the bytes of a connection (wire.tls).
"""

import contextlib
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from coliseum.errors import CannotCreate, ConfigError
from coliseum.services import issuing, safe_files

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"For TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 section 4.2). 1.3 has nothing else."


@dataclass(frozen=True, slots=True)
class Files:
    """Where a server's certificate is."""

    ca: Path | None
    "The local authority's certificate, for clients; None for an operator's own certificate."
    cert: Path
    "PEM: the server's certificate first, then what clients need to get from it to an authority they know."
    key: Path
    "PEM, not encrypted."


def server_context(files: Files) -> ssl.SSLContext:
    """Return a context for listeners that shows the certificate in `files`; it asks clients for none.

    Raises CannotCreate when a file cannot be read, ConfigError when OpenSSL will not have the pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    # Renegotiation lets a client make the server compute, and compression leaks what it shrinks (CRIME).
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    # Chats are long: nobody resumes, and a ticket's key would outlive the forward secrecy of what it encrypts.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    # A server that starts beside us may be renewing right now; an operator's own pair has no lock of ours.
    steady = contextlib.nullcontext() if files.ca is None else safe_files.locked(files.cert.parent, shared=True)
    try:
        with steady:
            # The empty passphrase: without one OpenSSL would ask at the terminal and wait there.
            context.load_cert_chain(files.cert, files.key, password="")
    except ssl.SSLError as error:
        raise ConfigError(
            "{cert} and {key}: cannot be used for TLS: {reason}; give a pair that belongs together",
            cert=files.cert,
            key=files.key,
            reason=_reason(error),
        ) from error
    except OSError as error:
        raise CannotCreate(
            "{cert} and {key}: cannot be read: {reason}; make both readable for the server's user",
            cert=files.cert,
            key=files.key,
            reason=error.strerror,
        ) from error
    return context


def client_context(ca: Path | None) -> ssl.SSLContext:
    """Return a context that verifies the server's chain and name, by `ca` alone or else the system's store.

    Python's default context underneath, so that strictness grows with the interpreter (3.13:
    VERIFY_X509_STRICT). Raises ConfigError when `ca` cannot be read or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise ConfigError(
            "{ca}: holds no CA certificate ({reason}); give the server's ca.pem in PEM",
            ca=ca,
            reason=_reason(error),
        ) from error
    except OSError as error:
        raise ConfigError(
            "{ca}: cannot be read: {reason}; give the server's ca.pem", ca=ca, reason=error.strerror
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def pinned_context() -> ssl.SSLContext:
    """Return a context that verifies nothing, for callers that compare the certificate's fingerprint themselves.

    They do it when the handshake is done and before they send anything: the handshake proves that the server
    has the key of the certificate it shows, the fingerprint that it is the certificate which was meant.
    Neither the chain nor the host name could add to that.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(cert: Path) -> str:
    """Return the fingerprint of the first certificate in `cert`.

    Raises CannotCreate when the file cannot be read, ConfigError when it holds no certificate.
    """
    return fingerprint_of(first_certificate(cert).public_bytes(Encoding.DER))


def fingerprint_of(der: bytes) -> str:
    """Return what names a certificate: "sha256:" and 64 lowercase hexadecimal digits of its DER."""
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def first_certificate(path: Path) -> x509.Certificate:
    """Return the first certificate in the file. Raises CannotCreate (unreadable) or ConfigError (not one)."""
    try:
        return issuing.parse_certificate(safe_files.read(path))
    except ValueError as error:
        raise ConfigError("{path}: holds no certificate that can be read; give one in PEM", path=path) from error


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
