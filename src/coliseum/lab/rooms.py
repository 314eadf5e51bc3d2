"""A room under load: its members, its check, and who may say how much.

The idea: all that a sender will say is known in advance, as a stream of bytes (records.Stream). How far it may go
is the message that all receivers have got, plus what may be in flight; so to say something is to send the bytes
from where it is up to there, in one piece.

What must stay true: a message counts as said before it is sent; what was received is checked before a sender goes
on. Not here: time (flow, paced), waiting (clients.Poller).
"""

from collections.abc import Callable, Sequence
from select import EPOLLIN

from coliseum.lab.clients import Client, Handler
from coliseum.lab.ledger import Faults
from coliseum.lab.many_senders import ManySenders
from coliseum.lab.one_sender import OneSender
from coliseum.lab.records import Stream, Texts


class Room:
    """One room; the first `senders` of its members speak."""

    def __init__(self, members: Sequence[Client], senders: int, texts: Texts) -> None:
        """Begin the check; all `members` are in the room."""
        self.members = members
        self.gone: set[bytes] = set()
        "Nicks whose QUIT the members were told of."
        self.senders = members[:senders]
        name, nicks = members[0].room, [member.nick for member in members]
        self._outgoing = [Stream(texts, b"PRIVMSG %s :" % name, sender) for sender in range(senders)]
        self.check: OneSender | ManySenders
        if senders == 1:
            self.check = OneSender(texts, name, nicks, self._other)
        else:
            self.check = ManySenders(texts, name, nicks, senders, self._other)

    def attend(self, touched: Callable[["Room"], None]) -> None:
        """Check what the members get from now on; `touched` is called whenever there was something."""
        for number, member in enumerate(self.members):
            self.check.feed(number, memoryview(member.rest))
            member.handle(self._handler(number, member, touched))

    def say_more(self, in_flight: int) -> None:
        """Let every sender say what it may, with at most `in_flight` messages that not all receivers have got."""
        check = self.check
        if isinstance(check, OneSender):
            more = check.floor() + in_flight - check.said[0]
            if more > 0:
                self.say(0, more)
            return
        check.settle()
        said = check.said
        for sender, floor in enumerate(check.floors()):
            if floor + in_flight > said[sender]:
                self.say(sender, floor + in_flight - said[sender])

    def say(self, sender: int, count: int) -> None:
        """Let one sender say its next `count` messages."""
        stream = self._outgoing[sender]
        start = self.check.said[sender]
        self.check.said[sender] = end = start + count
        self.senders[sender].say(stream.part(start * stream.record, end * stream.record))

    def complete(self) -> bool:
        """Say whether every receiver has got everything that was said."""
        self.check.settle()
        return self.check.floors() == self.check.said

    def close(self) -> Faults:
        """Return all faults, when everything that will come has come."""
        return self.check.close()

    def _handler(self, number: int, member: Client, touched: Callable[["Room"], None]) -> Handler:
        """Return what reads for one member: what runs for every chunk, and so a closure for each kind of check."""
        check, wire, buffer = self.check, member.wire, member.buffer
        if isinstance(check, OneSender):
            feed, read = check.feed, wire.read

            def receive(mask: int) -> None:
                if mask != EPOLLIN and not member.flush(mask):
                    return
                size = read(buffer)
                if size:
                    feed(number, buffer[:size])
                    touched(self)
                else:
                    wire.nothing()

        else:
            pull, read = check.pull, wire.read

            def receive(mask: int) -> None:
                if mask != EPOLLIN and not member.flush(mask):
                    return
                if pull(number, read):
                    touched(self)
                else:
                    wire.nothing()

        return receive

    def _other(self, member: int, line: bytes) -> None:
        source, _, rest = line.partition(b" ")
        if rest.startswith(b"QUIT"):
            self.gone.add(source[1:].partition(b"!")[0])
        self.members[member].other(0, line)
