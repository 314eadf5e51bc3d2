"""The interpreter: what a server sets for its whole process, where that is all its own, and what is to be known.

What must stay true: `Server` itself sets nothing of this; who embeds one in a program of theirs decides about it.
"""

import contextlib
import gc
import importlib.util
import resource
import sys

from coliseum.config import Engine


def has_gil() -> bool:
    """Say whether one lock lets one thread at a time run Python: always, before CPython 3.13."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def is_compiled() -> bool:
    """Say whether the way of a message was compiled for this installation (docs/adr/0016-compiled.md)."""
    found = importlib.util.find_spec("coliseum.core.session")
    return found is not None and not str(found.origin).endswith(".py")


def allow_descriptors() -> None:
    """Let this process open as many files as the system allows: every connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError):  # macOS names a limit that it does not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def suit_the_interpreter(engine: Engine) -> None:
    """Set what belongs to the whole process, as this process is all ours (docs/performance.md has the figures).

    Garbage in cycles is looked for less often, and never again among what was there at the start: a busy server
    makes and drops thousands of small things at a time, in no cycle, and reference counting frees those.

    On threads, who waits for the interpreter asks for it every tenth of a second, not every 5 ms: with thousands
    of threads that all have something to do, asking is all that they would get done. Nobody has to ask, because
    no step lasts long, and every flush lets go at each send.
    """
    if engine == "threads":
        sys.setswitchinterval(0.1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
