"""A server that is right by construction, with clients and everything that may be on its way: it makes histories.

Whatever is done happens in three moments: the client asks, the server does it, the client reads it. The seed says
in which order these moments of all clients come.
"""

from collections import deque
from random import Random

from coliseum.testing.history import (
    Denied,
    Ended,
    Entered,
    Heard,
    History,
    LeftRoom,
    Log,
    Record,
    Said,
    Settled,
    Tried,
)

ROOMS = ("hall", "yard")
CAPACITY = 4


class Peer:
    """A client, and both directions of its connection."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.up: deque[Said | Tried | LeftRoom | Ended] = deque()
        self.down: deque[Record] = deque()
        self.inside: set[str] = set()
        "As it knows."
        self.asking: set[str] = set()
        "Rooms that it is on its way in or out of."
        self.over = False
        "It does and reads nothing more."


class Pretence:
    """One run; `history` grows."""

    def __init__(self, seed: int, *, echoes: bool = False) -> None:
        self.random = Random(seed)
        self.history = History(CAPACITY)
        self.echoes = echoes
        self.peers: list[Peer] = []
        self.members: dict[str, list[Peer]] = {room: [] for room in ROOMS}
        self.barriers = 0
        self._texts = 0

    def run(self, steps: int) -> History:
        """Do so many steps; everybody who is there meets at a barrier at the beginning and at the end."""
        for _ in range(5):
            self.connect()
        self.settle()
        for _ in range(steps):
            self.step()
        self.settle()
        return self.history

    def connect(self) -> None:
        name = f"c{len(self.peers)}"
        self.peers.append(Peer(self.history.client(name, echoes=self.echoes, since=self.barriers - 1)))

    def step(self) -> None:
        """Let one thing happen."""
        chance = self.random.random()
        peer = self.random.choice(self.peers)
        if chance < 0.35:
            self.ask(peer)
        elif chance < 0.65:
            self.serve(peer)
        elif chance < 0.95:
            self.read(peer)
        elif chance < 0.97:
            self.connect()
        elif chance < 0.98:
            self.cut(peer)
        elif chance < 0.99:
            self.quit(peer)
        else:
            self.settle()

    def ask(self, peer: Peer) -> None:
        room = self.random.choice(ROOMS)
        if peer.over or room in peer.asking:
            return
        if room not in peer.inside:
            peer.asking.add(room)
            self._send(peer, Tried(room))
        elif self.random.random() < 0.1:
            peer.asking.add(room)
            peer.up.append(LeftRoom(room))
        else:
            self._texts += 1
            self._send(peer, Said(room, f"t{self._texts}"))

    def _send(self, peer: Peer, record: Said | Tried) -> None:
        peer.log.add(record)
        peer.up.append(record)

    def serve(self, peer: Peer) -> None:
        """Do what was asked first."""
        if not peer.up:
            return
        match peer.up.popleft():
            case Said(room, text):
                assert peer in self.members[room]
                for member in self.members[room]:
                    if member is not peer or self.echoes:
                        member.down.append(Heard(room, peer.log.client, text))
            case Tried(room) if len(self.members[room]) >= CAPACITY:
                peer.down.append(Denied(room))
            case Tried(room):
                self.members[room].append(peer)
                peer.down.append(Entered(room, len(self.members[room])))
            case LeftRoom(room):
                self.members[room].remove(peer)
                peer.down.append(LeftRoom(room))
            case Ended():
                self._take_out(peer)
                peer.down.append(Ended())

    def _take_out(self, peer: Peer) -> None:
        for members in self.members.values():
            if peer in members:
                members.remove(peer)

    def read(self, peer: Peer) -> None:
        if peer.over or not peer.down:
            return
        record = peer.down.popleft()
        peer.log.add(record)
        match record:
            case Entered(room):
                peer.inside.add(room)
                peer.asking.discard(room)
            case LeftRoom(room):
                peer.inside.discard(room)
                peer.asking.discard(room)
            case Denied(room):
                peer.asking.discard(room)
            case Ended():
                peer.over = True

    def cut(self, peer: Peer) -> None:
        """Vanish: part of what is on the way up still arrives, some time."""
        if peer.over:
            return
        peer.over = True
        peer.up = deque(list(peer.up)[: self.random.randint(0, len(peer.up))])
        peer.up.append(Ended())

    def quit(self, peer: Peer) -> None:
        if not peer.over and not peer.asking:
            peer.asking.update(ROOMS)
            peer.up.append(Ended())

    def settle(self) -> None:
        """Bring everybody who lives to the barrier; what the dead had sent may still be on its way."""
        living = [peer for peer in self.peers if not peer.over]
        for peer in living:
            while peer.up:
                self.serve(peer)
        for peer in living:
            while peer.down:
                self.read(peer)
            for ghost in self.peers:
                if ghost.over and self.random.random() < 0.1:
                    self.serve(ghost)
        for peer in living:
            if not peer.over:
                peer.log.add(Settled(self.barriers))
        self.barriers += 1
