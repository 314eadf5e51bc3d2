"""A session driven by hand: no socket, no thread, no loop, no clock. This program is the engine."""

from itertools import count

from coliseum.core.delivery import deliver
from coliseum.core.inbound import Ready
from coliseum.core.limits import Policy
from coliseum.core.session import Session
from coliseum.core.timers import Moment
from coliseum.core.world import World
from coliseum.dialects.plain import PlainDialect, Voice


class Screen:
    """A carrier: where a session's bytes go. An engine has a socket here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def transmit(self, data: bytes) -> None:
        """Print what a socket would send."""
        for line in data.decode().splitlines():
            print(f"   to {self.name}: {line}")

    def finish(self, *, abrupt: bool) -> None:
        """Say what a socket would do."""
        print(f"   to {self.name}: the connection is closed" + " at once" * abrupt)


def failed(_: Session, fault: Exception) -> None:
    """Nothing here may fail."""
    raise fault


ids = count(1)
VOICE = Voice.speaking(lambda sentence: sentence)  # English


def new_world(**rules: object) -> World:
    """Return a world whose ids are 1, 2, 3: randomness is an argument, too."""
    return World(Policy(**rules), lambda: str(next(ids)), lambda event, **fields: None)


def new_session(world: World, name: str, seconds: float = 0.0) -> Session:
    """Let somebody connect: what an engine does when it has accepted."""
    session = Session(world, peer=name, listener="by hand")
    session.dialect = PlainDialect(session, VOICE)
    session.carrier = Screen(name)
    session.open(at(seconds))
    return session


def at(seconds: float) -> Moment:
    """Return a moment of a clock that only moves when we say so."""
    return Moment(seconds, int(seconds * 1e9))


def flush(world: World) -> None:
    """Deliver what is in the mailboxes: what an engine does after each batch."""
    deliver(world.collect(), failed)


if __name__ == "__main__":
    world = new_world()
    ana, luis = new_session(world, "ana"), new_session(world, "luis")
    ana.receive([Ready(), "/nick ana"], at(1))
    luis.receive([Ready(), "/nick luis"], at(1))
    world.collect()  # the greetings, thrown away
    print("ana's line is received; nothing is sent:")
    ana.receive(["hello"], at(2))
    print("   in luis' mailbox:", [event.text for burst in luis.mailbox for event in burst.events])
    print("   in ana's mailbox:", [event.text for burst in ana.mailbox for event in burst.events])
    print("the flush:")
    flush(world)
