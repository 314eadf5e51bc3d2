"""Host names: under which names and addresses people reach this machine.

What must stay true: nothing is sent on behalf of finding an address (the interfaces and the resolver are
asked; the resolver may itself ask a name server, as it does for every program); what comes out can stand in a
certificate as it is. Best effort: a name that is missing is added by the operator (`extra`), a name that
cannot stand in a certificate is left out, because one odd name must not cost all others their certificate.

Not here: which of them a server listens on (config).
"""

import fcntl
import ipaddress
import re
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Final

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"Letters, digits, hyphen, at most 63 (RFC 1123 section 2.1): no underscore, no wildcard; IDNA in its ASCII form."
_LONGEST: Final = 253
"What fits into DNS's 255 octets (RFC 1035 section 3.1)."
_SIOCGIFADDR: Final = 0x8915
"Linux: the IPv4 address of an interface (netdevice(7)). A number that other systems refuse, which is fine."


def host_names(extra: Sequence[str] = ()) -> list[str]:
    """Return the names and addresses that this machine is reached by, each once, fit for a certificate.

    They are: localhost and its addresses, the host's name and its full name, the addresses of its interfaces
    as far as they can be found, and `extra`. May block as long as the resolver does. Raises nothing.
    """
    own = socket.gethostname()
    return usable(["localhost", "127.0.0.1", "::1", own, *_resolved(own), *_interfaces(), *extra])


def usable(names: Iterable[str]) -> list[str]:
    """Return those of `names` that can stand in a certificate, in one spelling, each once, in order."""
    return list(dict.fromkeys(filter(None, map(_spelling, names))))


def _spelling(name: str) -> str | None:
    """Return the one way to write `name`, or None when no certificate can name it."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        host = name.lower().removesuffix(".")
        fine = len(host) <= _LONGEST and all(map(_LABEL.fullmatch, host.split(".")))
        return host if fine and not host.endswith(".arpa") else None
    # "All addresses" is nobody's; an address with a zone ("%eth0") is one only on this machine.
    if address.is_unspecified or address.is_multicast or "%" in name:
        return None
    return str(address)


def _resolved(own: str) -> list[str]:
    """Return what the resolver knows about our own name: its full form and the addresses that are really ours.

    One forward question in place of `socket.getfqdn`, which asks backwards and waits for the answer.
    """
    try:
        found = socket.getaddrinfo(own, None, type=socket.SOCK_DGRAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError):
        return []
    names = [canonical for _, _, _, canonical, _ in found if canonical and canonical != "localhost"]
    for family, _, _, _, address in found:
        host = str(address[0])
        if not _is_loopback(host) and _is_ours(family, host):
            names.append(host)
    return names


def _interfaces() -> list[str]:
    """Return the IPv4 addresses of the interfaces, on Linux.

    Needed although the resolver was asked: Debian's /etc/hosts answers 127.0.1.1 for the host's own name.
    """
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as question:
        for _, interface in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(question, _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
            except OSError:
                continue  # It has none, or this is another system.
            found.append(socket.inet_ntoa(answer[20:24]))
    return [host for host in found if not _is_loopback(host)]


def _is_ours(family: int, host: str) -> bool:
    """Say whether an interface has this address: only then it can be bound. A resolver may answer anything."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True  # Nothing that we could use.
