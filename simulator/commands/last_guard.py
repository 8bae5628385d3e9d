"""The last guard: an error that nobody foresaw is one line with where its trace is kept, never a traceback."""

import contextlib
import errno
import os
import platform
import sys
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Final

from simulator.errors import SimulatorError, WorkerError
from simulator.parsing.printable import printable

FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
LONGEST: Final = 300
"""Characters of an error's own words in the one line."""
_OF_A_PATH: Final = frozenset(
    {
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENOENT,
        errno.EEXIST,
        errno.ENOTEMPTY,
    }
    | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EINVAL, errno.ENXIO}
)
"""A path given that cannot be what is asked of it: too long, a loop of links, a file where a folder is meant."""


def exit_code_of(error: BaseException) -> int:
    """Say in one line what went wrong and return the exit code: 2 bad input, 130 interrupted, 1 otherwise."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, SimulatorError):
        _say(str(error))
        return FAILED if isinstance(error, WorkerError) else BAD_INPUT
    if isinstance(error, BrokenPipeError):
        return FAILED  # the reader of the pipe has left; there is nobody to tell
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        _say(f"{error.filename or 'output'}: {error.strerror}; what was kept before in --out is still there")
        return FAILED
    if isinstance(error, OSError) and error.filename is not None and error.errno in _OF_A_PATH:
        _say(f"{_shortened(str(error.filename))}: {error.strerror}")
        return BAD_INPUT
    if isinstance(error, MemoryError):
        _say("out of memory: ask for fewer --replicates, designs or truths, or fewer --workers")
        return FAILED
    _say(_unforeseen(error))
    return FAILED


def _shortened(path: str) -> str:
    return path if len(path) <= LONGEST else f"{path[: LONGEST // 2]}...{path[-LONGEST // 2 :]}"


def _unforeseen(error: BaseException) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]
    kept = _keep_trace(error)
    where = f"its trace is in {kept}" if kept else "its trace could not be kept"
    return (
        f"an error that was not foreseen ({said}); {where}: please report it with the command and its files"
    )


def _keep_trace(error: BaseException) -> Path | None:
    """Write the trace, the command and the versions into a new file that only the user can read."""
    about = (
        f"simulator {version('phase1-simulator')}, Python {platform.python_version()}, {platform.platform()}"
    )
    text = "\n".join([about, ascii(sys.argv), "".join(traceback.format_exception(error))])
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="simulator-error-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return Path(name)
    return None


def _say(line: str) -> None:
    """Print on standard error, where there is one that can still be written, with control characters escaped."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print("\n".join(map(printable, line.split("\n"))), file=sys.stderr, flush=True)


def flush_output() -> None:
    """Write what standard output still holds, so that a full disk or a closed pipe is met here and not at exit."""
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_output() -> None:
    """Let nothing be written to standard output any more: it has failed, and would fail again at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
