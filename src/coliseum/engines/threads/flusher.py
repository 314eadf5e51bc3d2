"""Flushing, with threads: whoever filled mailboxes flushes them, one flusher at a time.

The idea: a thread that has done its step tries to take the *baton*. Who has it empties all dirty mailboxes (world
held), sends (world released), and goes round until none is left; who cannot have it leaves its mailboxes to the
one who has. So nothing is sent out of order, nobody is woken per message, and the busier the server, the larger
the batches: before each round, whoever is about to say something may do so first.

What must stay true: after the last step its mailboxes are flushed. The holder lets go and *then* looks once more,
because somebody may have failed to get the baton just before; so does the relief thread when it is done.
A thread that has gone round `ROUNDS` times hands over to the relief thread, and nobody else takes the baton until
that is done: or it would be the same one again, and its own client would starve.
Beside it: aio/flusher.py.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from coliseum.core.delivery import deliver
from coliseum.core.session import Session
from coliseum.engines.ranks import ranked_lock
from coliseum.engines.scheduling import be_patient, give_way

if TYPE_CHECKING:
    from coliseum.engines.threads.engine import ThreadsEngine

ROUNDS = 16


class Flusher:
    """Empties mailboxes onto the wire."""

    def __init__(self, engine: "ThreadsEngine") -> None:
        self._engine = engine
        self._world = engine.world
        self._world_lock = engine.world_lock
        # guards: the right to deliver, and `_later`. rank 0: taken before the world's lock, and only ever tried,
        # so nobody waits for it. While it is held: no waiting of any kind but for the world's lock.
        self._baton = ranked_lock("the baton", 0)
        self._later: list[Callable[[], None]] = []
        self._stopping = False
        self._relieved = False
        "Somebody has handed over, and the relief thread is not done yet."
        self._relief = threading.Semaphore(0)
        self._reliever = threading.Thread(target=self._relieve, name="flusher", daemon=True)

    def start(self) -> None:
        """Start the relief thread."""
        self._reliever.start()

    def stop(self) -> None:
        """End the relief thread."""
        self._stopping = True
        self._relief.release()
        self._reliever.join()

    def flush(self) -> None:
        """Deliver what is in the mailboxes, unless somebody else is at it. Call it holding no lock."""
        rounds: int | None = ROUNDS  # in all, however often nothing was left for a moment
        while rounds and not self._relieved and self._world.dirty:
            rounds = self._turn(rounds)

    def relieve(self) -> None:
        """Go on for somebody who has handed over. The relief thread does it, as often as it was asked."""
        if self._turn(ROUNDS) != 0:  # otherwise it has asked itself again
            self._relieved = False
            self.flush()

    def later(self, action: Callable[[], None]) -> None:
        """Do something that needs the world after this round. Called by carriers, during delivery."""
        self._later.append(action)

    def _turn(self, rounds: int) -> int | None:
        """Deliver until nothing is left, at most so often; return how often one may still.

        0: it is others' turn, and the relief thread was asked to go on. None: somebody else is at it.
        """
        if not self._baton.acquire(blocking=False):
            return None
        try:
            rounds = self._go_round(rounds)
            later, self._later = self._later, []
            if not rounds:
                self._relieved = True
                self._relief.release()
        finally:
            self._baton.release()
        for action in later:
            action()
        return rounds

    def _go_round(self, rounds: int) -> int:
        """Deliver until nothing is left, at most so often, with the baton; return how often one may still."""
        while rounds and self._world.dirty:  # nobody's step is lost: `flush` looks again without the baton
            give_way()
            with self._world_lock:
                parcels = self._world.collect()
            deliver(parcels, self._failed)
            rounds -= 1
        return rounds

    def _failed(self, session: Session, fault: Exception) -> None:
        self.later(lambda: self._engine.fault(session, fault))

    def _relieve(self) -> None:
        be_patient()
        while True:
            self._relief.acquire()
            if self._stopping:
                return
            self.relieve()
