"""Datagram sessions, as far as they are the same in both engines: the endpoint's table and the world.

The idea: the dispatcher of an engine asks `sort` what a datagram is; the answer is bytes to send back, or the
conversation that it belongs to. Who is new, who was evicted and who expired is dealt with here, so the engines'
endpoints only wait and move.

What must stay true: every method is called with the world held; an address has at most one conversation.
Beside it: threads/endpoint.py, aio/endpoint.py.
"""

import socket
from collections import Counter
from dataclasses import dataclass

from coliseum.core.kinds import Reason
from coliseum.core.session import Ending, Session
from coliseum.core.timers import Moment, Timer
from coliseum.core.world import World
from coliseum.wire.contract import Address, DatagramLink, Endpoint, Known, Made, Nothing, Reply


@dataclass(frozen=True, eq=False)
class Conversation:
    """A session and the link under it; compared by identity."""

    session: Session
    link: DatagramLink
    address: Address


class Table:
    """The conversations of one socket."""

    def __init__(self, world: World, endpoint: Endpoint[Conversation]) -> None:
        self._world = world
        self._endpoint = endpoint
        self._timer: Timer | None = None
        self.dropped: Counter[str] = Counter()
        "How many datagrams found no session, by the reason why; those answered with a refusal, too."

    def __len__(self) -> int:
        return len(self._endpoint)

    def sort(self, data: bytes, address: Address, now: Moment) -> bytes | Conversation | None:
        """Return what a datagram is: to be answered with these bytes, for a conversation, or nothing.

        A conversation that is new has no carrier yet; `begin` it.
        """
        self._world.at(now)
        match self._endpoint.sort(data, address, now.monotonic):
            case Reply(answer, reason):
                if reason:
                    self.dropped[reason] += 1
                return answer
            case Nothing(reason):
                self.dropped[reason] += 1
            case Known(conversation):
                if conversation.session.over and not conversation.link.repeats:
                    # Text after a goodbye starts afresh; our own protocol still ends its connection in order.
                    self._endpoint.drop(conversation)
                    return self.sort(data, address, now)
                return conversation
            case Made(conversation, evicted):
                self._end(evicted)
                return conversation
        return None

    def begin(self, conversation: Conversation, now: Moment) -> None:
        """Start the session of a new conversation, which has its carrier now."""
        conversation.session.open(now)
        self._watch()

    def forget(self, conversation: Conversation) -> None:
        """Take a conversation that has ended out of the table; harmless when it is not in it."""
        self._endpoint.drop(conversation)

    def _expire(self) -> None:
        self._timer = None
        self._end(self._endpoint.expire(self._world.now.monotonic))
        self._watch()

    def _watch(self) -> None:
        """Have the world wake us when the next conversation has been silent for too long."""
        due = self._endpoint.deadline()
        if self._timer is None and due is not None:
            self._timer = self._world.timers.at(due, self._expire)

    def _end(self, conversations: list[Conversation]) -> None:
        for conversation in conversations:
            conversation.session.close(Reason.EXPIRED, ending=Ending.ABRUPT)


@dataclass(frozen=True)
class DatagramListener:
    """Somewhere to receive datagrams."""

    scheme: str
    socket: socket.socket
    "Bound; the engine closes it."
    table: Table
