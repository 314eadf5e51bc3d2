"""The threads engine without one of its precautions, under the same crowd: what breaks, and how soon.

    python -m tests.stress.without lock       the world's lock locks nothing
    python -m tests.stress.without order      what a step says is posted only after the world was let go

Prints what the checker found, and ends with 0 when it found something. It runs in a process of its own, because
what is broken like this may also hang, or lose a thread.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import coliseum.settings
from coliseum.core.effects import Effect
from coliseum.core.mailbox import Burst
from coliseum.core.post import PostOffice
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.engines.contract import Parts, now
from coliseum.engines.threads import ThreadsEngine
from coliseum.server import Server
from coliseum.testing.crowd import Crowd, Manners, Unanswered, ways
from coliseum.testing.history import History, Violation
from coliseum.testing.rules import check

Posted = tuple[PostOffice, list[Session], Burst, Session | None]

CAPACITY = 12
# Many in few rooms, who say much in one go and come and go all the time: their steps are long, and meet.
MANNERS = Manners(clients=30, at_once=60, speeches=(1, 20), leaves=0.3, pauses=0.0, patience=3.0)


class NoLock:
    """Looks like a lock, and lets everybody in."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def remove_lock() -> None:
    """Let every engine that is made from now on have a world's lock that locks nothing."""
    make = ThreadsEngine.__init__

    def make_without(self: ThreadsEngine, parts: Parts) -> None:
        make(self, parts)
        no_lock: Any = NoLock()
        self.world_lock = self.flusher._world_lock = no_lock

    ThreadsEngine.__init__ = make_without  # type: ignore[method-assign]


def post_late() -> None:
    """Let a session's step put nothing into mailboxes until the world has been let go."""
    put = PostOffice._put
    mine = threading.local()

    def keep(self: PostOffice, sessions: Iterable[Session], burst: Burst, but: Session | None) -> None:
        if (late := getattr(mine, "late", None)) is None:
            put(self, sessions, burst, but)
        else:
            late.append((self, list(sessions), burst, but))

    def step(self: ThreadsEngine, session: Session, take: Callable[[Moment], Effect | None]) -> Effect | None:
        late: list[Posted] = []
        mine.late = late
        with self.world_lock:
            effect = take(now())
            self.clock.look()
        mine.late = None
        time.sleep(0)  # the moment that is wrong, and that anybody may use
        for posted in late:
            put(*posted)
        self.flusher.flush()
        return effect

    PostOffice._put = keep  # type: ignore[method-assign]
    ThreadsEngine._locked_step = step  # type: ignore[method-assign]


def change_nothing() -> None:
    """Leave everything as it is: what is found then is wrong for another reason."""


BREAK = {"lock": remove_lock, "order": post_late, "nothing": change_nothing}


def attempt(seed: int, data_dir: str, rounds: int) -> list[Violation]:
    """Let a crowd live in a new server until something is wrong, for so many rounds at most."""
    flags = {
        "listen": ["irc://localhost:0"],
        "data_dir": data_dir,
        "limits.flood_control": False,
        "limits.room_capacity": CAPACITY,
    }
    server = Server(coliseum.settings.load(None, flags, environment={}), engine="threads")
    server.start()
    crowd = Crowd(random.Random(seed), ways(server.addresses, None), MANNERS, History(CAPACITY))
    violations: list[Violation] = []
    try:
        for _ in range(rounds):
            crowd.act(150)
            crowd.settle()
            if violations := check(crowd.history):
                break
    except Unanswered as error:
        print(error)
        violations = check(crowd.history)
    crowd.close()
    return violations


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=BREAK)
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    BREAK[options.what]()
    threading.excepthook = lambda args: print(f"a thread ended: {args.exc_value!r}")
    sys.setswitchinterval(1e-6)
    violations: list[Violation] = []
    with tempfile.TemporaryDirectory() as data_dir:
        for number in range(options.tries):
            violations = attempt(options.seed + number, data_dir, options.rounds)
            for violation in violations[:5]:
                print(violation)
            if violations:
                print(f"found in attempt {number + 1}, seed {options.seed + number}")
                break
    sys.stdout.flush()
    os._exit(not violations)  # what is broken cannot be trusted to stop


if __name__ == "__main__":
    main()
