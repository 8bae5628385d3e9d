"""Files that are either complete under their final name or not there at all."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from simulator.errors import StoreError

PARTIAL: Final = ".phase1-partial"


def sha256(content: bytes) -> str:
    """Return the SHA-256 of the bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a restart after a crash, sees all of it or none.

    The bytes go to a temporary name in the same folder, which is removed when anything stops the write.

    Raises
    ------
    OSError
        As the file system gives it; nothing is left under the final name that was not there before.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a folder durable; a rename alone may be lost with the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_partial(path: Path) -> bool:
    """Return whether a killed `write_atomically` left this file."""
    return path.name.startswith(".") and path.name.endswith(PARTIAL)


_LOCKED: Final[dict[Path, int]] = {}


def lock(path: Path) -> None:
    """Let no other process write into the folder until `unlock`, or until this process ends.

    This process may take its own lock again, as after an interrupted run in a notebook. File systems without
    locks are written to without one.

    Raises
    ------
    StoreError
        Another process holds it.
    """
    import fcntl

    unlock(path)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreError(f"{path}: another process is writing a run into this folder") from error
    except OSError:
        os.close(descriptor)
        return
    _LOCKED[path] = descriptor


def unlock(path: Path) -> None:
    """Release the folder, if this process holds it."""
    descriptor = _LOCKED.pop(path, None)
    if descriptor is not None:
        os.close(descriptor)
