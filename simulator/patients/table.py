"""A patient list as rows of text with their line numbers, whatever file it came in. No row is ever dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import shown

MAX_BYTES: Final = 50_000_000
"""Size of one file: whatever is in one, a gigabyte and a minute are enough to read and judge it, or to refuse it."""
NOT_READABLE: Final = "?"
"""Of records: a cell that says unknown, in the place of one that could not be read and is reported."""
MOST_CELLS: Final = 10_000_000
"""Rows by columns that a list may have: what fits into 1 GB with all that is made of it."""
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 250_000
MOST_LETTERS: Final = 1000
"""Of the name of a column: what is longer is no name, and cut."""


@dataclass(frozen=True, slots=True)
class ListFault:
    """One thing wrong in a list.

    Attributes
    ----------
    line
        Line of the file, the header being 1; a row of a parquet file counts from 1; 0: no one line.
    column
        Name of the column, or empty where the whole row or file is meant.
    message
        What is wrong, and what was done.
    is_note
        Whether nothing known of a patient is lost by it, as of a column that is no patient field.
    resource
        Of FHIR: file, resource and path, in the place of line and column.
    """

    line: int
    column: str
    message: str
    is_note: bool = False
    resource: str = ""

    def __str__(self) -> str:
        """Return the fault on one line, printable."""
        if self.resource:
            return f"{self.resource}: {self.message}"
        place = [f"line {self.line}"] if self.line else []
        place += [f"column {shown(self.column)}"] if self.column else []
        return ", ".join(place) + (": " if place else "") + self.message


def column_names(cells: Iterable[str]) -> list[str]:
    """Return the names of columns as a table holds them: without outer spaces, and not as long as a text."""
    return [cell.strip()[: MOST_LETTERS + 1] for cell in cells]


@dataclass(slots=True)
class PatientTable:
    """The cells of a file.

    Attributes
    ----------
    headers
        Names of the columns, without outer spaces.
    rows
        One list of cells a patient; empty where the row does not fit the header (`ragged`).
    lines
        Line at which each row begins.
    ragged
        Row -> its cells, where their number is not that of the header.
    unreadable
        Column -> the rows in which its cell could not be read from the file, and is empty here; each is a fault.
    empty_lines
        Lines with cells, and nothing in any of them.
    is_records
        Whether the rows were put together from FHIR resources: the headers are fields, a line is the number of
        the patient.
    origin
        Of such rows: (row, column) -> file, resource and path that the cell is from.
    undecided
        Of records: field -> rows of which something is recorded that cannot be told, and is reported.
    dead
        Rows of patients who died on or before the day of referral.
    """

    headers: list[str]
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    ragged: dict[int, list[str]] = field(default_factory=dict)
    faults: list[ListFault] = field(default_factory=list)
    unreadable: dict[int, list[int]] = field(default_factory=dict)
    empty_lines: list[int] = field(default_factory=list)
    is_records: bool = False
    origin: dict[tuple[int, int], str] = field(default_factory=dict)
    undecided: dict[str, set[int]] = field(default_factory=dict)
    dead: frozenset[int] = frozenset()

    def take(self, line: int, cells: list[str], file: str, unreadable: Sequence[int] = ()) -> None:
        """Add a row; one that does not fit the header keeps its place, with its cells set aside.

        `unreadable` are the columns in which there is something that could not be read.

        Raises
        ------
        ProtocolError
            Where the list is larger than one may be; `file` names it.
        """
        width = len(self.headers)
        if not unreadable and not any(cell.strip() for cell in cells):
            if len(cells) > 1:
                self.empty_lines.append(line)
            return
        if len(self.rows) >= min(MOST_ROWS, MOST_CELLS // max(width, 1)):
            raise ProtocolError(
                f"{file}: is larger than a list may be, {MOST_ROWS} rows and {MOST_CELLS} cells; divide it, or "
                "leave out columns that are no patient field"
            )
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        for column in unreadable:
            self.unreadable.setdefault(column, []).append(len(self.rows))
        if len(cells) != width:
            message = f"has {len(cells)} cells, the header {width}; all values of this patient are unknown"
            self.faults.append(ListFault(line, "", message))
            self.ragged[len(self.rows)] = cells
            cells = [""] * width
        self.rows.append(cells)
        self.lines.append(line)

    def finish(self) -> None:
        """Note the empty lines, once all rows are taken: the first by its line, the others by their number."""
        if self.empty_lines:
            more = len(self.empty_lines) - 1
            others = f", nor have {more} further lines" if more else ""
            message = f"has no value at all{others}; not taken for a patient"
            self.faults.append(ListFault(self.empty_lines[0], "", message, is_note=True))
