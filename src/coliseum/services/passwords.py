"""Passwords: made into argon2 hashes, and compared with one or with plain text.

The idea: the configuration holds either an argon2 hash (`$argon2id$...`, made by `hash_password`) or, for a
first try at home, the password itself; `verify` takes both and takes care that its duration tells nothing
about either.

What must stay true: a malformed hash is the operator's error and says so (ConfigError); it never reads as
"wrong password", which would send honest people looking in the wrong place. No error text repeats a password
or a hash.

Not here: how often somebody may try (core), where a password comes from (config, cli).
"""

import hmac
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError

from coliseum.errors import ConfigError

_PREFIX: Final = "$argon2"
"All of argon2's encoded hashes begin like this (PHC string format); a plain password may not."

_hasher = PasswordHasher()
"argon2-cffi's defaults follow RFC 9106 section 4 (second choice): 64 MiB, 3 passes. Without state: any thread."

_working = threading.BoundedSemaphore(2)
"""Guards: memory. Each computation takes 64 MiB, so that a crowd of guessers could otherwise fill the machine.

Rank: leaf; no other lock is taken while it is held. Held across one computation (about 50 ms), on purpose:
that is what it counts. Never held across I/O or an effect, and never waited for while the world is held. Two,
not one: somebody else's guess should not double everybody's time on a machine with two cores.
"""


def hash_password(text: str) -> str:
    """Return an argon2id hash of `text`, newly salted, for the configuration. Blocks; any thread may call it."""
    with _working:
        return _hasher.hash(_encode(text))


def verify(password: str, expected: str) -> bool:
    """Say whether `password` is the one that `expected` stands for: an argon2 hash, or the password itself.

    Returns False for a mismatch and for nothing else. Raises ConfigError when `expected` begins like a hash
    but is none, or asks for more memory than there is. Blocks when it is a hash; any thread may call it.
    """
    if not is_hash(expected):
        # Not `==`, which stops at the first difference; that the length may show is hmac's documented limit.
        return hmac.compare_digest(_encode(password), _encode(expected))
    try:
        with _working:
            return _hasher.verify(expected, _encode(password))
    except VerifyMismatchError:
        return False
    except (VerificationError, ValueError) as error:  # ValueError: InvalidHashError, and characters beyond ASCII
        raise ConfigError(
            "the password looks like an argon2 hash but cannot be used as one ({reason}); "
            "copy the whole hash again, or make a new one",
            reason=str(error) or type(error).__name__,
        ) from error


def check(expected: str) -> None:
    """Return when `verify` can work with `expected`. Raises ConfigError when it is a malformed hash.

    Costs one computation for a hash: the library offers no other way to learn whether all of it decodes and
    whether the machine has the memory it asks for, and an operator should learn that at the start, not at the
    first guest.
    """
    verify("", expected)


def is_hash(expected: str) -> bool:
    """Say whether `expected` is meant as an argon2 hash, well formed or not."""
    return expected.startswith(_PREFIX)


def _encode(text: str) -> bytes:
    # A peer can send a lone surrogate (JSON's "\ud800"), which strict UTF-8 would turn into an exception of ours.
    return text.encode("utf-8", "surrogatepass")
