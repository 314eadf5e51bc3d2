"""The failures of connecting, each told apart, in one clear line with its remedy.

What must stay true: pure; whatever happened becomes an error of ours with a whole sentence, which is translated
where it is shown: Unverified when the server did not prove who it is, Unavailable when there is no talking to it.
"""

import socket
import ssl
from dataclasses import replace

from coliseum.errors import ConfigError, Unavailable, Unverified
from coliseum.urls import Url, is_loopback
from coliseum.wire.tls import LayerBroken

# OpenSSL's codes (include/openssl/x509_vfy.h); Python gives them as numbers only.
_NOT_YET_VALID = 9
_EXPIRED = 10
_UNTRUSTED = {18, 19, 20, 21}
"Self-signed, or the issuer is not known."
_WRONG_NAME = {62, 64}
"Another host name, another address."


def place(url: Url) -> str:
    """Return `HOST:PORT`."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{url.port}"


def unreachable(url: Url, error: Exception) -> Unavailable:
    """Return the error for a connection that could not be made."""
    where = place(url)
    if isinstance(error, socket.gaierror):
        return Unavailable("there is no host called {host}", host=url.host)
    if isinstance(error, TimeoutError):
        return Unavailable("{place} does not answer", place=where)
    if isinstance(error, ConnectionRefusedError):
        return Unavailable("nobody listens on {place}; is the server running (coliseum serve)?", place=where)
    reason = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return Unavailable("cannot connect to {place}: {reason}", place=where, reason=reason)


def not_tls(url: Url) -> Unverified:
    """Return the error for a server that answers a TLS handshake with something else."""
    scheme = "irc" if url.irc else "tcp"
    return Unverified(
        "{place} does not speak TLS, so it cannot prove who it is; if that is meant, say {url}",
        place=place(url),
        url=replace(url, scheme=scheme if is_loopback(url.host) else f"{scheme}+insecure"),
    )


def closed_early(url: Url) -> Unavailable:
    """Return the error for a server that closes during the handshake."""
    return Unavailable(
        "{place} closed the connection during the TLS handshake; is it a Coliseum server?", place=place(url)
    )


def endless_line(url: Url) -> Unavailable:
    """Return the error for a server that sends a line without an end."""
    return Unavailable("{place} sends what is no chat; is it a Coliseum server?", place=place(url))


def not_ours(url: Url, text: str) -> Unavailable:
    """Return the error for a server on UDP that does not know our protocol."""
    return Unavailable("{place} answers, but not as a Coliseum server: {text}", place=place(url), text=text)


def no_room(url: Url, why: str) -> Unavailable:
    """Return the error for a server on UDP that has no place for us."""
    return Unavailable("{place} has no place for us: {why}", place=place(url), why=why)


def wrong_pin(url: Url, seen: str) -> Unverified:
    """Return the error for a certificate other than the pinned one."""
    return Unverified(
        "{place} shows another certificate ({seen}) than the one you pinned: either it was renewed, or this is "
        "not your server; ask whoever runs it",
        place=place(url),
        seen=seen,
    )


def broken_handshake(url: Url, broken: LayerBroken) -> Unavailable | Unverified:
    """Return the error for a TLS handshake that failed, or that the server did not want to begin (wire/tls.py)."""
    cause = broken.cause
    if isinstance(cause, ssl.SSLError) and cause.reason == "TLSV1_ALERT_ACCESS_DENIED":
        return Unavailable(
            "{place} takes no more connections, in all or from this address; try again later", place=place(url)
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _unverified(url, cause)
    return Unverified("the TLS handshake with {place} failed: {reason}", place=place(url), reason=broken.detail)


def broken_records(url: Url, broken: LayerBroken) -> Unavailable:
    """Return the error for a connection that was good and whose bytes cannot be decrypted any more."""
    return Unavailable("the connection to {place} broke: {reason}", place=place(url), reason=broken.detail)


def bad_fingerprint(given: str) -> ConfigError:
    """Return the error for a fingerprint that is none."""
    return ConfigError(
        "{given} is no fingerprint; it looks like sha256:… with 64 digits, as `coliseum cert` prints it",
        given=repr(given),
    )


def _unverified(url: Url, error: ssl.SSLCertVerificationError) -> Unverified:
    where = place(url)
    match error.verify_code:
        case code if code in _UNTRUSTED:
            return Unverified(
                "{place} shows a certificate of an authority that we do not trust; get the server's ca.pem and "
                "say --ca FILE, or ask whoever runs it for its fingerprint and say --fingerprint sha256:…",
                place=where,
            )
        case code if code in _WRONG_NAME:
            return Unverified(
                "the certificate of {place} is for other names, not for {host}; connect by a name that it has, "
                "or pin it with --fingerprint sha256:…",
                place=where,
                host=url.host,
            )
        case code if code == _EXPIRED:
            return Unverified(
                "the certificate of {place} has expired; whoever runs it has to renew it (coliseum cert)",
                place=where,
            )
        case code if code == _NOT_YET_VALID:
            return Unverified(
                "the certificate of {place} is not valid yet; is the clock of this machine right?", place=where
            )
    return Unverified("{place} could not be verified: {reason}", place=where, reason=error.verify_message)
