"""What is in a mailbox, event by event: how it was put into bursts is no test's business but that of bursts."""

from collections.abc import Iterable

from coliseum.core.mailbox import Burst
from coliseum.core.session import Session
from coliseum.core.vocabulary import Event


def events_in(bursts: Iterable[Burst]) -> list[Event]:
    return [event for burst in bursts for event in burst.events]


def emptied(session: Session) -> list[Event]:
    """Empty a mailbox; return what was in it."""
    _, _, bursts, _ = session.empty()
    return events_in(bursts)
