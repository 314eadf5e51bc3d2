"""The IRC link: the client's link over a stream, with the tongue on top of it.

::

    socket ── bytes ──► [ ClientLink: TLS, verifying ] ── lines ──► [ Tongue ] ── events ──► session
           ◄─────────── [                            ] ◄─ lines ─── [        ] ◄── lines ───

The idea: what the tongue answers without the server (help, a refusal) is there at once, but `send` returns
nothing: it is due for `tick` then, as with a link that knows times.

What must stay true: the same methods as any `client.link.Link`; nothing is said before the server is verified.
"""

import math

from coliseum.client.arrivals import Arrival, Introduce
from coliseum.client.irc.tongue import Tongue
from coliseum.client.link import ClientLink, Target
from coliseum.core.inbound import Broken, Item, Ready
from coliseum.core.kinds import Reason

LONGEST_LINE = 64 * 1024
"""Bytes. With all its tags a line has 8703 at most (IRCv3 Message Tags); who sends many times that without an end
speaks another language."""
AT_ONCE = 0.0
"A time that has passed on every monotonic clock."


class IrcLink:
    """The link of one connection to an IRC server."""

    stream = True

    def __init__(self, target: Target) -> None:
        self._below = ClientLink(target, Reader())
        self._tongue = Tongue()

    @property
    def over(self) -> bool:
        """The server will say no more."""
        return self._below.over

    def start(self, now: float) -> list[Arrival]:
        """Begin."""
        return self._heard(self._below.start(now))

    def receive(self, data: bytes, now: float) -> list[Arrival]:
        """Take in bytes from the server; return what they say. Raises LinkFailed."""
        return self._heard(self._below.receive(data, now))

    def failed(self, error: OSError, now: float) -> list[Arrival]:
        """Take in that the socket broke. Raises LinkFailed."""
        return self._heard(self._below.failed(error, now))

    def send(self, line: str, now: float) -> None:
        """Take in a line of the plain dialect, without its end."""
        self._tongue.say(line)
        self._pass_on(now)

    def take(self) -> list[bytes]:
        """Return, once, the bytes for the wire."""
        return self._below.take()

    def deadline(self) -> float:
        """Return when `tick` is due: at once where something was answered without the server, else never."""
        return AT_ONCE if self._tongue.has_items else math.inf

    def tick(self, now: float) -> list[Arrival]:  # noqa: ARG002
        """Return what was answered without the server."""
        return list(self._tongue.take_items())

    def close(self, now: float) -> None:
        """Say goodbye to the layers below; the user's goodbye is a line."""
        self._below.close(now)

    def _heard(self, items: list[Arrival]) -> list[Arrival]:
        arrivals: list[Arrival] = list(self._tongue.take_items())
        for item in items:
            match item:
                case str():
                    self._tongue.hear(item)
                    arrivals += self._tongue.take_items()
                case Ready(security):
                    arrivals.append(Introduce(security))
                case _:
                    arrivals.append(item)
        self._pass_on(0.0)
        return arrivals

    def _pass_on(self, now: float) -> None:
        for line in self._tongue.take_lines():
            self._below.send(line + "\r", now)


class Reader:
    """Takes bytes, gives lines, as wire.lines.LineReader does; but every line can be read.

    IRC is older than UTF-8, and there are people whose clients still write what Western Europe wrote before: what
    is not UTF-8 is taken for that (as all clients do; Windows' variant, because its users are the most).
    """

    def __init__(self) -> None:
        self._kept = b""

    def receive(self, data: bytes) -> list[Item]:
        """Return the lines that are complete now; `Broken` for one without an end."""
        *complete, self._kept = (self._kept + data).split(b"\n")
        items: list[Item] = [_decoded(line.removesuffix(b"\r")) for line in complete]
        if len(self._kept) > LONGEST_LINE:
            self._kept = b""
            items.append(Broken(Reason.ENDLESS_LINE))
        return items


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
