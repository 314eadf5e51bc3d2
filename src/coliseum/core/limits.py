"""Limits: what the world allows, and the token buckets that hold floods back.

`Policy` is the part of the configuration that the core needs, as one frozen value: a reload replaces it whole.
0 means unlimited wherever a count of people is limited.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one server. Times are seconds, sizes bytes."""

    server_name: str = "coliseum"
    network: str = "Coliseum"
    description: str = ""
    motd: str = ""
    password: str = ""
    "An argon2 hash or the password itself; empty: none is asked for."
    lobby: str = "lobby"
    "The room that people on the plain dialect enter first; it always exists."
    room_capacity: int = 3
    max_clients: int = 0
    max_connections: int = 0
    "Streams in all, whether somebody has come in over them or not."
    max_clients_per_ip: int = 64
    "Streams from one IPv4 address or IPv6 /64."
    max_arriving: int = 256
    "Streams in all over which nobody has come in yet."
    max_arriving_per_ip: int = 32
    "The same from one IPv4 address or IPv6 /64."
    rooms_per_user: int = 100
    flood_control: bool = True
    flood_lines: float = 5.0
    "Lines a second that a session may keep up: more than anybody types."
    flood_lines_burst: float = 20.0
    "Lines at once: a pasted paragraph goes through."
    flood_bytes: float = 4096.0
    "Bytes a second, likewise."
    flood_bytes_burst: float = 32768.0
    topic_length: int = 390
    "Bytes."
    line_bytes: int = 4096
    "The longest line of the plain dialect."
    send_queue: int = 1024 * 1024
    "What may wait for one slow reader before it is cut off: some thousand chat lines."
    password_tries: int = 3
    handshake_timeout: float = 10.0
    password_timeout: float = 60.0
    registration_timeout: float = 60.0
    "How long somebody on IRC may take to say who they are."
    line_timeout: float = 300.0
    "How long a line that was begun may take to its end."
    quiet: float = 90.0
    "After so long without a word somebody on IRC is asked whether they are still there; as long again to answer."
    admins: tuple[str, ...] = ()
    "Who administers the server: three lines at most, for IRC's ADMIN."
    opers: tuple[tuple[str, str], ...] = ()
    "Names and passwords (as `password`) of those who may administer the server over IRC."
    stall_timeout: float = 30.0
    "How long a peer with full buffers may take in nothing at all."
    linger: float = 2.0
    "How long a closing connection waits for the peer to close too, so that the last words arrive."


class TokenBucket:
    """`burst` at once, then `rate` a second. The caller brings the time."""

    __slots__ = ("burst", "last", "rate", "tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.last = 0.0

    def wait(self, now: float, cost: float = 1.0) -> float:
        """Take `cost` tokens and return 0; or take none and return the seconds until there will be so many.

        What costs more than a full bucket is let through when the bucket is full, and leaves a debt.
        """
        self.tokens = min(self.burst, self.tokens + (now - self.last) * self.rate)
        self.last = now
        needed = min(cost, self.burst)
        if self.tokens >= needed - 1e-9:  # a wait that was kept to the letter must not fail by rounding
            self.tokens -= cost
            return 0.0
        return (needed - self.tokens) / self.rate


class FloodControl:
    """One session's two buckets: lines, and bytes."""

    __slots__ = ("_bytes", "_lines")

    def __init__(self, policy: Policy) -> None:
        self._lines = TokenBucket(policy.flood_lines, policy.flood_lines_burst)
        self._bytes = TokenBucket(policy.flood_bytes, policy.flood_bytes_burst)

    def wait(self, line: str, now: float) -> float:
        """Return how many seconds `line` has to wait before it is asked for again; 0: it counts now."""
        size = len(line) if line.isascii() else len(line.encode())
        # First the bytes: a line that is then still too many has its bytes back until it is asked for again.
        if wait := self._bytes.wait(now, size):
            return wait
        if wait := self._lines.wait(now):
            self._bytes.tokens += size
        return wait
