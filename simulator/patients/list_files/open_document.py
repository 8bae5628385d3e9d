"""The cells of an OpenDocument sheet, each of which may stand for many: their extent, and which are percentages."""

import html
import re
from typing import Final

from simulator.patients.list_files.zip_sizes import TooLargeError

MOST_TEXT: Final = 300_000_000
"""Bytes of a sheet's cells, each counted as often as it stands there."""
MOST_PERCENTS: Final = 1_000_000
_TAG: Final = re.compile(rb"<(/?)table:(?:covered-)?table(?:-(row|cell))?(?=[\s/>])([^>]*?)(/?)>")
_TIMES: Final = re.compile(rb'table:number-(?:rows|columns)-repeated="([0-9]{1,9})"')
_NAME: Final = re.compile(rb'table:name="([^"]*)"')
_PERCENT: Final = b'office:value-type="percentage"'
_LONGEST_TAG: Final = 4096


class OpenSheets:
    """The sheets of an OpenDocument file, taken piece by piece.

    Attributes
    ----------
    percents
        By sheet the places (row, column), from 0, of the cells that are percentages: 0.85 for 85 %.
    """

    def __init__(self, most_cells: int) -> None:
        self.percents: dict[str, set[tuple[int, int]]] = {}
        self._most_cells = most_cells
        self._rest = b""
        self._name = ""
        self._row = self._width = self._text = 0
        self._row_times = self._cell_times = 1
        self._column = self._filled = self._row_text = 0
        self._in_row: list[tuple[int, int]] = []

    def take(self, piece: bytes) -> None:
        """Take the next piece of the content.

        Raises
        ------
        TooLargeError
            Where a sheet spans more than the cells allowed, they have more than `MOST_TEXT` bytes, or more than
            `MOST_PERCENTS` of them are percentages.
        """
        data, read = self._rest + piece, 0
        for tag in _TAG.finditer(data):
            self._row_text += self._cell_times * (tag.start() - read)
            read = tag.end()
            closes, kind, attributes, is_empty = tag.groups()
            if kind is None:
                self._sheet(attributes, bool(closes))
            elif kind == b"row":
                self._a_row(attributes, bool(closes), bool(is_empty))
            else:
                self._a_cell(attributes, bool(closes), bool(is_empty))
        keep = max(read, len(data) - _LONGEST_TAG)
        self._row_text += self._cell_times * (keep - read)
        self._rest = data[keep:]

    def _sheet(self, attributes: bytes, closes: bool) -> None:
        if not closes:
            name = _NAME.search(attributes)
            self._name = html.unescape(name.group(1).decode("utf-8", "replace")) if name else ""
            self._row = self._width = self._text = 0

    def _a_row(self, attributes: bytes, closes: bool, is_empty: bool) -> None:
        if not closes:
            self._row_times = _times(attributes)
            self._column = self._filled = self._row_text = 0
            self._in_row = []
        if closes or is_empty:
            self._end_row()

    def _a_cell(self, attributes: bytes, closes: bool, is_empty: bool) -> None:
        if closes:
            self._cell_times = 1
            return
        times = _times(attributes)
        if b"office:value" in attributes or not is_empty:
            self._filled = self._column + times
            self._row_text += len(attributes) * times
        if _PERCENT in attributes:
            self._in_row.append((self._column, times))
        self._column += times
        self._cell_times = 1 if is_empty else times

    def _end_row(self) -> None:
        """Count a row; empty rows and cells at the end of a sheet take no room, however often they are repeated."""
        first, self._row = self._row, self._row + self._row_times
        if not self._filled:
            return
        self._width = max(self._width, self._filled)
        self._text += self._row_times * self._row_text
        if self._row * self._width > self._most_cells:
            raise TooLargeError(f"has a sheet of more than {self._most_cells} cells")
        if self._text > MOST_TEXT:
            raise TooLargeError(f"has more than {MOST_TEXT} bytes of text in its cells")
        if not self._in_row:
            return
        places = self.percents.setdefault(self._name, set())
        if len(places) + self._row_times * sum(times for _, times in self._in_row) > MOST_PERCENTS:
            raise TooLargeError(f"has more than {MOST_PERCENTS} cells that are percentages")
        for column, times in self._in_row:
            places |= {(row, k) for row in range(first, self._row) for k in range(column, column + times)}


def _times(attributes: bytes) -> int:
    found = _TIMES.search(attributes)
    return int(found.group(1)) if found else 1
