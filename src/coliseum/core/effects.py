"""Effects: what a script asks an engine to do because it would block.

A script is a generator that yields effects and is sent their results: `answer = yield VerifyPassword(...)`.
The engine performs the effect while the world is *not* held; then it sends the result in.

What must stay true: a yield is a door. Before it the world is consistent; after it everything may have
changed, the session itself may be over, so the script looks again. An engine that will not perform an effect
(its session is gone) closes the generator.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class VerifyPassword:
    """Compare a password with what the configuration holds. Result: bool."""

    password: str = field(repr=False)
    "What the peer typed; never logged."
    expected: str = field(repr=False)
    "An argon2 hash, or the password itself."


@dataclass(frozen=True, slots=True)
class Pause:
    """Let this session, and only this one, wait. Result: None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ReadConfiguration:
    """Read the configuration again and check it.

    Result: a function that puts it in force, to be called with the world held; or a sentence that says what is
    wrong.
    """


Effect: TypeAlias = VerifyPassword | Pause | ReadConfiguration
Script: TypeAlias = Generator[Effect, Any, None]
