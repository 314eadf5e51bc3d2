"""URLs name listeners and targets: `tls://localhost:7000`, `ircs://localhost:6697/#garden`.

What must stay true: without TLS only loopback can be named, unless the scheme says `+insecure`; a URL that parses
is complete (host and port are known).
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from coliseum.errors import ConfigError

DEFAULT_PORTS = {
    "tls": 7000,
    "tcp": 7001,
    "tcp+insecure": 7001,
    "udp": 8080,
    "udp+insecure": 8080,
    "ircs": 6697,
    "irc": 6667,
    "irc+insecure": 6667,
}
"Known schemes and their ports; 6697 and 6667 are IRC's own (RFC 7194)."


@dataclass(frozen=True, slots=True)
class Url:
    """Where to listen or to connect."""

    scheme: str
    "A key of DEFAULT_PORTS."
    host: str
    "A name or an address, without brackets; empty means all addresses (listeners only)."
    port: int
    room: str = ""
    "The room to enter, for targets: `tls://host/room`."

    @property
    def datagrams(self) -> bool:
        """Datagrams carry it, not a stream."""
        return self.scheme.startswith("udp")

    @property
    def irc(self) -> bool:
        """IRC is spoken, not the plain dialect."""
        return self.scheme.startswith("irc")

    @property
    def stays_here(self) -> bool:
        """It carries everything in clear, so only this machine may use it."""
        return self.scheme in {"tcp", "udp", "irc"}

    @property
    def secure(self) -> bool:
        """TLS is spoken."""
        return self.scheme in {"tls", "ircs"}

    def __str__(self) -> str:
        """Return the URL as one writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host or "*"
        room = f"/{'#' * self.room.startswith('#')}{self.room}" if self.room else ""
        return f"{self.scheme}://{host}:{self.port}{room}"


def parse(text: str) -> Url:
    """Return what `text` names; a missing port is the scheme's.

    Raises ConfigError when it is no such URL, or names an unprotected way off loopback without saying so.
    """
    schemes = ", ".join(f"{scheme}://" for scheme in DEFAULT_PORTS)
    scheme, found, rest = text.partition("://")
    scheme = scheme.lower()
    if not found or scheme not in DEFAULT_PORTS:
        raise ConfigError(
            "{url} does not begin with one of {schemes}; write for example tls://localhost:7000",
            url=repr(text),
            schemes=schemes,
        )
    # The room is taken as it is written: `#` is a sign like any other in it, not the beginning of a fragment.
    place, room = _split(rest)
    try:
        parts = urlsplit(f"//{place}")
        port = DEFAULT_PORTS[scheme] if parts.port is None else parts.port
    except ValueError as error:
        raise ConfigError("{url} is not a URL: {error}", url=repr(text), error=error) from error
    host = parts.hostname or ""
    if "@" in place or "?" in text or not (host or place.startswith((":", "*"))):
        raise ConfigError("{url} is not of the form {scheme}://HOST:PORT", url=repr(text), scheme=scheme)
    url = Url(scheme, "" if host == "*" else host, port, room)
    return require_protection(url)


def require_protection(url: Url) -> Url:
    """Return `url`. Raises ConfigError when it would send text in clear off this machine without saying so."""
    if url.stays_here and not is_loopback(url.host):
        raise ConfigError(
            "{url} would carry everything in clear; say {secure}://, or {insecure} if that is what you want",
            url=url,
            secure="ircs" if url.irc else "tls",
            insecure=replace(url, scheme=f"{url.scheme}+insecure"),
        )
    return url


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine and nothing else, judging by the name alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(rest: str) -> tuple[str, str]:
    """Split what follows the scheme into HOST:PORT and the room, without IRC's `#` in front of it."""
    found = re.search("[/#]", rest)
    if found is None:
        return rest, ""
    return rest[: found.start()], rest[found.start() :].removeprefix("/").removeprefix("#")
