"""Cloaks: what others see instead of somebody's network address.

The idea: the same address has the same cloak as long as the server runs, so that a ban meets whom it should; but
nobody can compute the address from it, because a secret that only this process knows goes in.

What must stay true: a cloak stands for what one customer of a provider has (`core.door.place_of`), as limits per
address do; loopback is called `localhost`.
"""

import hashlib
import hmac
import secrets
from typing import Final

from coliseum.core.door import networks, place_of

_DIGITS: Final = 12
_LOOPBACK: Final = networks(("127.0.0.0/8", "::1/128"))


class Cloaks:
    """The cloaks of one running server; any thread may ask."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def host(self, address: str) -> str:
        """Return what others see of a peer at `address` (an IP address; what is none is hidden all the same)."""
        place = place_of(address, _LOOPBACK)
        return self._cloak(place) if place or not address else "localhost"

    def _cloak(self, place: str) -> str:
        digest = hmac.new(self._secret, place.encode(), hashlib.sha256).hexdigest()
        return f"{digest[:_DIGITS]}.hidden"
