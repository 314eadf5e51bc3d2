"""Cloaks: what others see instead of somebody's network address.

The idea: the same address has the same cloak as long as the server runs, so that a ban meets whom it should; but
nobody can compute the address from it, because a secret that only this process knows goes in.

What must stay true: an IPv6 peer is known by its /64, which is what a provider gives to one customer; loopback is
called `localhost`.
"""

import hashlib
import hmac
import ipaddress
import secrets

_DIGITS = 12


class Cloaks:
    """The cloaks of one running server; any thread may ask."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def host(self, address: str) -> str:
        """Return what others see of a peer at `address` (an IP address; what is none is hidden all the same)."""
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return self._cloak(address.encode())
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if ip.is_loopback:
            return "localhost"
        return self._cloak(ip.packed[:8] if ip.version == 6 else ip.packed)

    def _cloak(self, known: bytes) -> str:
        digest = hmac.new(self._secret, known, hashlib.sha256).hexdigest()
        return f"{digest[:_DIGITS]}.hidden"
