"""A dialect and a carrier that only take notes, and a log that can be read: for tests of sessions."""

from collections.abc import Callable

from coliseum.core.delivery import deliver
from coliseum.core.effects import Pause, Script, VerifyPassword
from coliseum.core.kinds import Reason
from coliseum.core.refusals import NoSuchNick, NotInside, Refusal
from coliseum.core.session import Session
from coliseum.core.vocabulary import Event
from coliseum.core.world import World
from coliseum.errors import Refused
from tests.harness import RecordingRenderer
from tests.mailboxes import emptied

Make = Callable[[], Session]
ASK = VerifyPassword("typed", "expected")


class NotingDialect:
    """Notes what it is called for; a line says what it does: `ask`, `ask twice`, `refuse`, `close`, …"""

    def __init__(self, session: Session) -> None:
        session.renderer = RecordingRenderer()
        self.session = session
        self.notes: list[str] = []

    def greet(self) -> Script | None:
        self.notes.append("greet")
        return None

    def garbled(self, why: Refusal, text: str) -> None:
        self.notes.append(f"garbled {text}")
        self.session.post(why)

    def hear(self, line: str) -> Script | None:
        self.notes.append(line)
        match line:
            case "ask" | "ask twice" | "ask and be refused" | "ask and close" | "ask in vain":
                return self._ask_script(line)
            case "refuse":
                raise Refused(NotInside())
            case "close":
                self.session.close(Reason.QUIT)
            case "close and ask":
                self.session.close(Reason.QUIT)
                return self._ask_script(line)
            case "fail":
                raise RuntimeError("a fault of the program")
        return None

    def settled(self) -> None:
        self.notes.append("settled")

    def _ask_script(self, line: str) -> Script:
        try:
            answer = yield ASK
            self.notes.append(f"answer {answer}")
            if line == "ask twice":
                self.notes.append(f"answer {(yield Pause(1.0))}")
            if line == "ask and be refused":
                raise Refused(NoSuchNick("ana"))
            if line == "ask and close":
                self.session.close(Reason.QUIT)
                yield ASK
        except GeneratorExit:
            self.notes.append("script closed")
            raise


class NotingCarrier:
    def __init__(self) -> None:
        self.notes: list[object] = []

    def transmit(self, data: bytes) -> None:
        self.notes.append(data)

    def finish(self, *, abrupt: bool) -> None:
        self.notes.append("abort" if abrupt else "finish")


class Log(list[tuple[str, dict[str, object]]]):
    def __call__(self, event: str, /, **fields: object) -> None:
        self.append((event, fields))

    def of(self, event: str) -> list[dict[str, object]]:
        return [fields for name, fields in self if name == event]


def notes(session: Session) -> list[str]:
    assert isinstance(session.dialect, NotingDialect)
    return session.dialect.notes


def carried(session: Session) -> list[object]:
    assert isinstance(session.carrier, NotingCarrier)
    return session.carrier.notes


def events(session: Session) -> list[Event]:
    return emptied(session)


def flush(world: World) -> None:
    def failed(session: Session, fault: Exception) -> None:
        raise fault

    deliver(world.collect(), failed)
