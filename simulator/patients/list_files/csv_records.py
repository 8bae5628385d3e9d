"""The records of a CSV file, in time that grows with its size whatever its quotes do."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

MOST_LINES: Final = 200
"""Lines that one record may take: a note of more in one cell is a quote that was never closed."""
MOST_WASTED: Final = 20_000_000
"""Characters read for records that were given up, after which an open quote may not leave its line."""
OPEN_QUOTE: Final = "a quote is opened and not closed; read as an ordinary character"

Record = tuple[int, list[str], str]


class _SwallowedLineError(Exception):
    """A line inside an open quote that is a record itself."""


class _Lines:
    """Lines for `csv.reader`, which can be given back; `taken` are those of the record that is being read."""

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._delimiter = delimiter
        self._wasted = 0
        self.taken: list[str] = []
        self.width = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        if len(self.taken) > 1 and self._ends(line):
            raise _SwallowedLineError
        return line

    def _ends(self, line: str) -> bool:
        if len(self.taken) > (MOST_LINES if self._wasted < MOST_WASTED else 1):
            return True
        return self.width > 0 and line.count(self._delimiter) >= max(self.width - 1, 1)

    def give_back(self) -> str:
        """Give all lines of the record back but its first, which is returned."""
        first, *rest = self.taken
        self._wasted += sum(map(len, rest))
        self._again.extendleft(reversed(rest))
        self.taken = [first]
        return first


def records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Yield (first line, cells, fault or '') for the header and every record.

    A quote that is opened and not closed would swallow the lines after it: such a record is given up, its
    first line read with the quote as an ordinary character, and reading goes on at the next line.
    """
    feed = _Lines(lines, delimiter)
    reader = csv.reader(feed, delimiter=delimiter)
    first = 1
    while True:
        fault = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _SwallowedLineError):
            fault = OPEN_QUOTE
        if not fault and len(feed.taken) > 1 and _swallowed(feed.taken, cells, feed.width, delimiter):
            fault = OPEN_QUOTE
        if fault:
            cells = feed.give_back().rstrip("\r\n").split(delimiter)
            reader = csv.reader(feed, delimiter=delimiter)
        feed.width = feed.width or len(cells)
        yield first, cells, fault
        first += len(feed.taken)
        feed.taken = []


def _swallowed(lines: list[str], cells: list[str], width: int, delimiter: str) -> bool:
    """Return whether a record over several lines holds other records: its quote was never meant to be open."""
    width = width or len(cells)
    return len(cells) != width or any(line.count(delimiter) >= max(width - 1, 1) for line in lines[1:])
