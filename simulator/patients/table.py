"""A patient list as rows of text with their line numbers: CSV or parquet. No row is ever dropped."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow.lib
import pyarrow.parquet

from simulator.errors import ProtocolError
from simulator.parsing.faults import printable, shown
from simulator.patients.mapping_file import ListMapping

MAX_BYTES: Final = 500_000_000
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PARQUET: Final = b"PAR1"
NOT_READABLE: Final = "?"
"""Of records: a cell that says unknown, in the place of one that could not be read and is reported."""


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
    is_records: bool = False
    origin: dict[tuple[int, int], str] = field(default_factory=dict)
    undecided: dict[str, set[int]] = field(default_factory=dict)
    dead: frozenset[int] = frozenset()


def read_table(path: Path, mapping: ListMapping) -> PatientTable:
    """Read the cells of a CSV or parquet file.

    Raises
    ------
    ProtocolError
        Where there is no such file, or nothing in it can be read as a header and one row.
    """
    name = printable(str(path))
    try:
        if path.is_dir():
            raise ProtocolError(f"{name}: is a directory; must be a CSV or parquet file")
        if path.stat().st_size > MAX_BYTES:
            raise ProtocolError(f"{name}: larger than {MAX_BYTES} bytes, the most a list may have")
        content = path.read_bytes()
    except FileNotFoundError:
        raise ProtocolError(f"{name}: no such file") from None
    except OSError as error:
        raise ProtocolError(f"{name}: cannot be read: {error.strerror}") from None
    table = _parquet(path, name) if content[:4] == _PARQUET else _csv(content, mapping, name)
    if not table.rows:
        raise ProtocolError(f"{name}: has no patient: a header line and a line for each patient are needed")
    return table


def _csv(content: bytes, mapping: ListMapping, name: str) -> PatientTable:
    encoding = mapping.encoding
    if encoding is None:
        marks = (word for mark, word in _BYTE_ORDER_MARKS if content.startswith(mark))
        encoding = next(marks, "utf-8")
    try:
        # bytes that the encoding does not have stay in their cell, where they are reported
        text = content.decode(encoding, errors="surrogateescape")
    except UnicodeError:
        raise ProtocolError(
            f"{name}: is not {encoding}; save it as UTF-8 or name its encoding in a mapping file"
        ) from None
    lines = list(StringIO(text, newline=""))
    while lines and not lines[0].strip():
        raise ProtocolError(f"{name}: the first line is empty; it must name the columns")
    if not lines:
        raise ProtocolError(f"{name}: the file is empty")
    delimiter = mapping.delimiter or _delimiter(lines[0])
    records = _records(lines, delimiter)
    line, cells, fault = next(records)
    table = PatientTable([cell.strip() for cell in cells])
    if fault:
        table.faults.append(ListFault(line, "", fault))
    for line, cells, fault in records:
        if fault:
            table.faults.append(ListFault(line, "", fault))
        _take(table, line, cells)
    return table


def _delimiter(header: str) -> str:
    """Return the delimiter seen most often in the header; a comma where there is none."""
    return max(",;\t|", key=header.count)


def _take(table: PatientTable, line: int, cells: list[str]) -> None:
    """Add a row; one that does not fit keeps its place, with its cells set aside."""
    width = len(table.headers)
    if not any(cell.strip() for cell in cells):
        if len(cells) > 1:
            empty = "has no value at all; it is not taken for a patient"
            table.faults.append(ListFault(line, "", empty, is_note=True))
        return
    # spreadsheets end lines with delimiters of empty columns
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        message = f"has {len(cells)} cells, the header {width}; all values of this patient are unknown"
        table.faults.append(ListFault(line, "", message))
        table.ragged[len(table.rows)] = cells
        cells = [""] * width
    table.rows.append(cells)
    table.lines.append(line)


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield (first line, cells, fault or '') for the header and every record.

    A quote that is opened and not closed would swallow the lines after it: such a record is given up, its
    first line read with the quote as an ordinary character, and reading goes on at the next line.
    """
    begin, width = 0, 0
    while begin < len(lines):
        reader = csv.reader(islice(lines, begin, None), delimiter=delimiter)
        first = begin
        broken = False
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                broken = True
                break
            if cells is None:
                return
            end = begin + reader.line_num
            if end > first + 1 and _swallowed(lines[first:end], cells, width or len(cells), delimiter):
                broken = True
                break
            width = width or len(cells)
            yield first + 1, cells, ""
            first = end
        if broken:
            cells = lines[first].rstrip("\r\n").split(delimiter)
            width = width or len(cells)
            yield first + 1, cells, "a quote is opened and not closed; read as an ordinary character"
            begin = first + 1


def _swallowed(lines: Sequence[str], cells: list[str], width: int, delimiter: str) -> bool:
    """Return whether a record over several lines holds other records: its quote was never meant to be open."""
    return len(cells) != width or any(line.count(delimiter) >= max(width - 1, 1) for line in lines[1:])


def _parquet(path: Path, name: str) -> PatientTable:
    try:
        columns = pyarrow.parquet.read_table(path)
    except (pyarrow.lib.ArrowException, OSError) as error:
        reason = printable(str(error).split("\n", 1)[0])
        raise ProtocolError(f"{name}: is a parquet file that cannot be read: {reason}") from None
    table = PatientTable([str(header).strip() for header in columns.column_names])
    cells = [[_cell(value) for value in column.to_pylist()] for column in columns.columns]
    for row, values in enumerate(zip(*cells, strict=True)):
        _take(table, row + 1, list(values))
    return table


def _cell(value: object) -> str:
    """Return a typed value as a CSV file would hold it; a day without a time of day is a date."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case float():
            return repr(value)
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat()).removesuffix("T00:00:00")
        case _:
            return str(value)
