"""The shared strings of an xlsx file, each of which may stand in a million cells."""

import re
from typing import Final

import numpy as np

from simulator.patients.list_files.zip_sizes import TooLargeError

MOST_TEXT: Final = 300_000_000
"""Bytes of text in the cells of a workbook, each counted as often as it stands there."""
_STRING: Final = re.compile(rb"<(?:\w+:)?si\b")
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="s")[^>]*>\s*<(?:\w+:)?v>\s*([0-9]{1,9})')


class SharedStrings:
    """The strings of an xlsx file, which cells refer to by number."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._size = 0
        self._lengths = np.zeros(0)
        self._total = 0.0

    def take_strings(self, size: int, piece: bytes) -> None:
        """Take a piece of the file of strings; its last `size` bytes are new."""
        begin = self._size + size - len(piece)
        last = self._starts[-1] if self._starts else -1
        self._starts += [at for one in _STRING.finditer(piece) if (at := begin + one.start()) > last]
        self._size += size

    def take_cells(self, piece: bytes) -> None:
        """Count the strings that the cells of a piece of a sheet stand for.

        Raises
        ------
        TooLargeError
            Where they are more than `MOST_TEXT` bytes together.
        """
        if not self._starts:
            return
        if not len(self._lengths):
            self._lengths = np.diff(np.array([*self._starts, self._size], dtype=np.float64))
        found = np.array(_REFERENCE.findall(piece), dtype=np.int64)
        self._total += float(self._lengths[found[found < len(self._lengths)]].sum())
        if self._total > MOST_TEXT:
            raise TooLargeError(f"has more than {MOST_TEXT} bytes of text in its cells")
