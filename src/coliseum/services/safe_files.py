"""Files that must never be half there: a lock on their directory, and writing that is all or nothing.

The idea: whoever changes or reads several files that belong together holds the directory's lock. New contents
are written beside the old ones, brought to the disk, and only then renamed into place.

What must stay true: a secret has mode 0600 from its first byte (the mode is given to open, not set later);
nobody sees half a file; after a failure no temporary file is left (after SIGKILL one may be: the next writer
removes it).

Not here: what the files mean (services.certificates). POSIX only, as all of Coliseum.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coliseum.errors import CannotCreate

SECRET: Final = 0o600
"Mode of a private key: for its owner only."
PUBLIC: Final = 0o644
"Mode of a certificate, which is handed to everybody anyway."
_LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file shall hold."""

    path: Path
    data: bytes
    mode: int
    "SECRET or PUBLIC; the process's umask may narrow it further."


def make_directory(directory: Path) -> None:
    """Make `directory` with mode 0700, and its parents, unless it is there.

    One that is there keeps its mode: somebody may have chosen it, and every secret protects itself from readers.
    But whoever can write in it can put another key in the place of ours. Raises CannotCreate, also where
    everybody can write.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        everybody_writes = directory.stat().st_mode & stat.S_IWOTH
    except OSError as error:
        raise CannotCreate(
            "{directory}: cannot be made: {reason}; choose a directory that can be written",
            directory=directory,
            reason=_why(error),
        ) from error
    if everybody_writes:
        raise CannotCreate(
            "{directory}: everybody can write there, and so change the server's keys; say chmod o-w {directory}, "
            "or choose another directory",
            directory=directory,
        )


@contextlib.contextmanager
def locked(directory: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of `directory`, alone or among readers; wait for it. Raises CannotCreate.

    Guards: the files of that directory as a set, between processes and between threads alike (each call opens
    the file anew, and flock belongs to the open file, not to the process). Rank: outermost of this package;
    held across reading and writing those files, which takes milliseconds, never across the network or while
    the world is held.

    Why flock: the kernel drops it when its holder dies, so that a crash leaves nothing to clean up. Why a
    file and not the directory itself: NFS grants an exclusive flock only on what is open for writing. The
    file is never removed: a third could lock a new one of the same name while the second still waits on the
    old.
    """
    access = os.O_RDONLY if shared else os.O_RDWR
    handle = -1
    try:
        handle = os.open(directory / _LOCK, access | os.O_CREAT | os.O_CLOEXEC, SECRET)
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    except OSError as error:
        if handle >= 0:
            os.close(handle)
        raise CannotCreate(
            "{directory}: cannot be used: {reason}; choose a directory that the server's user can write",
            directory=directory,
            reason=_why(error),
        ) from error
    try:
        yield
    finally:
        os.close(handle)


def read(path: Path) -> bytes:
    """Return what `path` holds. Raises CannotCreate when it cannot be read or is not there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def read_if_there(path: Path, *, secret: bool = False) -> bytes | None:
    """Return what `path` holds, or None when there is no such file. Raises CannotCreate when it cannot be read.

    A `secret` that others can read, perhaps after a backup was restored, gets mode SECRET first.
    """
    try:
        with path.open("rb") as file:
            if secret and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~SECRET:
                os.fchmod(file.fileno(), SECRET)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def publish(*contents: Content) -> None:
    """Put `contents`, all of one directory, into place, in this order. The caller holds that directory's lock.

    Raises CannotCreate. When writing fails, nothing has changed; when power fails between two renames, the
    first ones are new and the others old, which the reader must be able to tell.
    """
    temporary = [content.path.with_name(f".{content.path.name}.new") for content in contents]
    try:
        for content, path in zip(contents, temporary, strict=True):
            path.unlink(missing_ok=True)  # Of a writer that was killed: under the lock nobody is at work.
            with os.fdopen(os.open(path, _FRESH, content.mode), "wb") as file:
                file.write(content.data)
                file.flush()
                os.fsync(file.fileno())
        for content, path in zip(contents, temporary, strict=True):
            path.replace(content.path)
        _sync(contents[0].path.parent)
    except OSError as error:
        directory = contents[0].path.parent
        raise CannotCreate(
            "{file}: cannot be written: {reason}; mend that or choose another directory",
            file=error.filename or directory,
            reason=_why(error),
        ) from error
    finally:
        for path in temporary:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
"With O_EXCL the file is ours from the start: no link that somebody else laid there is followed."


def _sync(directory: Path) -> None:
    """Bring the renames themselves to the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unreadable(path: Path, error: OSError) -> CannotCreate:
    return CannotCreate(
        "{file}: cannot be read: {reason}; put it there and make it readable for the server's user",
        file=path,
        reason=_why(error),
    )


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
