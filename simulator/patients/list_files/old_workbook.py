"""Whether a binary workbook (xls, xlsb) can be opened: tried in a process of its own, which may run out of memory.

Its cells say where they stand, and the library makes room for all between; where that fails, its process is aborted.
"""

import io
import subprocess
import sys
from contextlib import suppress
from typing import Final

from simulator.patients.list_files.zip_sizes import TooLargeError

MOST_MEMORY: Final = 1_000_000_000
"""Bytes that the process may take; a sheet of as many cells as are read takes less."""
SECONDS: Final = 60
_FITS: Final = 0


def check_fits(content: bytes) -> None:
    """Open the sheets of a workbook in another process; TooLargeError where that process fails."""
    try:
        tried = subprocess.run(
            [sys.executable, "-m", __name__], input=content, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooLargeError(f"takes more than {SECONDS} seconds to open") from None
    if tried.returncode != _FITS:
        raise TooLargeError(f"takes more than {MOST_MEMORY // 10**6} MB to open, or has damaged cells")


def _open_sheets(content: bytes) -> None:
    """Open all sheets; what is no workbook is left to the reader, which says so."""
    from python_calamine import CalamineError, load_workbook

    with suppress(CalamineError, ValueError, OSError):
        book = load_workbook(io.BytesIO(content))
        for name in book.sheet_names:
            with suppress(CalamineError, ValueError, OSError):
                book.get_sheet_by_name(name)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    _limit_memory()
    _open_sheets(sys.stdin.buffer.read())
