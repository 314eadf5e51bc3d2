"""The door: how many connections there are, from where, and which of them have no user yet.

The idea: a stranger costs something from the first byte on (a descriptor, a handshake, on threads a thread), and
says who they are only later. So the door counts *places*: what one customer of a provider has, an IPv4 address or
the /64 of an IPv6 one. Too many from one place are turned away, before anything is made for them. Too many in all
who are still on their way in are not: whoever holds the door shut by dawdling would keep everybody out. There the
one goes who has been at it for longest, of the most crowded place.

What must stay true: a place is forgotten with its last connection; nobody is counted twice; counting costs the
same however many there are (choosing who has to go looks at all who are on their way in, and those are bounded).
Not here: datagrams (wire/endpoint.py counts their addresses), who is told what.
"""

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, TypeAlias

from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy

if TYPE_CHECKING:
    from coliseum.core.session import Session

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV4 = 2**32 - 1
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"IPv4 addresses, as a translator writes them (RFC 6052)."


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks that are written as `127.0.0.0/8`. Raises ValueError when one is none."""
    found: list[Network] = []
    for text in texts:
        network = ipaddress.ip_network(text)
        if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
            network = ipaddress.IPv4Network((int(network.network_address) & _IPV4, network.prefixlen - 96))
        found.append(network)
    return tuple(found)


def place_of(address: str, exempt: Collection[Network] = ()) -> str:
    """Return what an IP address shares its limits with: itself, or its /64; empty when it is `exempt`.

    A house has a whole /64 of IPv6 (RFC 6177): whoever owns one address of it owns all.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and (ip in _MAPPED or ip in _TRANSLATED):
        ip = ipaddress.IPv4Address(int(ip) & _IPV4)
    if any(ip in network for network in exempt):
        return ""
    # On one link everybody has the same 64 bits in front.
    return str(ip) if ip.version == 4 or ip.is_link_local else f"{int(ip) >> 64:x}::/64"


class Door:
    """Counts the connections of one world; every method is called with the world held."""

    def __init__(self) -> None:
        self.connections = 0
        self.arriving: dict[Session, None] = {}
        "Those that have no user yet and may still get one; who came first is first."
        self._here: Counter[str] = Counter()
        self._arriving_here: Counter[str] = Counter()

    def refusal(self, place: str, policy: Policy) -> Reason | None:
        """Return why one more connection from `place` is turned away, or None: it may come in."""
        if policy.max_connections and self.connections >= policy.max_connections:
            return Reason.TOO_MANY_CONNECTIONS
        if not place:
            return None
        if policy.max_clients_per_ip and self._here[place] >= policy.max_clients_per_ip:
            return Reason.TOO_MANY_FROM_ADDRESS
        if policy.max_arriving_per_ip and self._arriving_here[place] >= policy.max_arriving_per_ip:
            return Reason.TOO_MANY_FROM_ADDRESS
        return None

    def came(self, session: "Session", policy: Policy) -> "Session | None":
        """Count a new connection; return who has to go for it, because too many are on their way in."""
        self.connections += 1
        self._count(self._here, session.place, 1)
        crowded = policy.max_arriving and len(self.arriving) >= policy.max_arriving
        longest = max(self.arriving, key=self._crowd) if crowded else None  # of several the first, who came first
        self.arriving[session] = None
        self._count(self._arriving_here, session.place, 1)
        return longest

    def arrived(self, session: "Session") -> None:
        """Take in that a session has a user, or will get none any more; harmless when that is known."""
        if session in self.arriving:
            del self.arriving[session]
            self._count(self._arriving_here, session.place, -1)

    def left(self, session: "Session") -> None:
        """Take in that a connection is gone."""
        self.arrived(session)
        self.connections -= 1
        self._count(self._here, session.place, -1)

    def _crowd(self, session: "Session") -> int:
        """Return how many of a session's place are on their way in; who is exempt stands for itself alone."""
        return self._arriving_here[session.place] if session.place else 1

    def _count(self, counter: Counter[str], place: str | None, change: int) -> None:
        if place:
            counter[place] += change
            if not counter[place]:
                del counter[place]
