"""Delivery: what the flush sends to whom, rendered once for all who get the same.

The idea: after a batch the members of a room mostly have *equal* mailboxes. Comparing two lists of the same
bursts is a comparison of pointers, far cheaper than putting the rendered pieces together again, so the bytes
made for one recipient serve the next ones too.

What must stay true: `deliver` needs the world no more, and never waits (carriers don't). One caller at a time,
in the order of `World.collect`: that keeps every session's order.
"""

from collections.abc import Callable, Iterable

from coliseum.core.mailbox import Burst, Renderer
from coliseum.core.session import Ending, Parcel, Session


def deliver(parcels: Iterable[Parcel], failed: Callable[[Session, Exception], None]) -> None:
    """Render and transmit every parcel, and finish the sessions that end.

    A fault in doing so for one session is reported to `failed`; the others get theirs all the same.
    """
    last: list[Burst] | None = None
    renderer: Renderer | None = None
    data = b""
    for session, mine, bursts, ending in parcels:
        try:
            if bursts and ending is not Ending.ABRUPT:
                if mine is not renderer or bursts != last:
                    data = b"".join([burst.form(mine) for burst in bursts])
                    renderer, last = mine, bursts
                session.carrier.transmit(data)
            if ending is not None:
                session.carrier.finish(abrupt=ending is Ending.ABRUPT)
        except Exception as fault:  # noqa: BLE001 - one session's fault is not the others'
            failed(session, fault)
