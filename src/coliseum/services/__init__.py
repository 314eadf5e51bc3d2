"""The services: functions that block, in one place for both engines.

The idea: a script that needs something slow yields an effect; an engine hands it to `perform` on a thread
that may wait (threads: the session's own; asyncio: one of a bounded pool) and sends the result back in.

What must stay true: nobody calls `perform` while the world is held; a service knows no session, no socket and
no engine; what an effect promises as its result is what `perform` returns.

Not here: Pause, because engines wait themselves, each with its own clock.
"""

from coliseum.core.effects import Effect, VerifyPassword
from coliseum.services import passwords


def perform(effect: Effect) -> object:
    """Do what `effect` asks for and return the result that its class documents.

    Blocks, for about 50 ms of computing; any thread may call it, several at once. What the service raises
    comes out unchanged (`passwords.verify`: ConfigError). Raises TypeError for an effect that is not a
    service's.
    """
    match effect:
        case VerifyPassword(password, expected):
            return passwords.verify(password, expected)
        case _:
            raise TypeError(f"{type(effect).__name__} is not an effect that a service performs")
