"""The baton: while one thread delivers, another does its step and goes on; the first delivers that, too.

An engine without sockets: the sessions are those of by_hand.py, only the locks and the flusher are real. Ana's
thread is stopped in the middle of its delivery, so that the order is always the same.
"""

import threading

from by_hand import Screen, at, new_session, new_world

from coliseum.core.inbound import Ready
from coliseum.engines.contract import Parts
from coliseum.engines.threads.engine import ThreadsEngine


class Witness(Screen):
    """A carrier that says which thread sends, and lets the first one be stopped."""

    delivering, may_go_on = threading.Event(), threading.Event()

    def transmit(self, data: bytes) -> None:
        """Print who sends what to whom."""
        self.delivering.set()
        self.may_go_on.wait(10)
        for line in data.decode().splitlines():
            print(f"   the thread {threading.current_thread().name} sends to {self.name}: {line}")


world = new_world()
engine = ThreadsEngine(Parts(world, [], [], lambda effect: None, lambda event, **fields: None))
people = {name: new_session(world, name) for name in ("ana", "luis", "eva")}
for name, session in people.items():
    session.receive([Ready(), f"/nick {name}"], at(1))
    session.carrier = Witness(name)
world.collect()  # the greetings, thrown away


def say(name: str) -> threading.Thread:
    """Let somebody's own thread do one step, and then flush."""
    session = people[name]
    work = lambda: engine.step(session, lambda now: session.receive([f"I am {name}"], now))  # noqa: E731
    thread = threading.Thread(target=work, name=name)
    thread.start()
    return thread


ana = say("ana")
Witness.delivering.wait()
print("ana's thread has the baton and is in the middle of its delivery")
luis = say("luis")
luis.join()
print("luis' thread has done its step and is free again; it has sent nothing, and waited for nobody")
Witness.may_go_on.set()
ana.join()
