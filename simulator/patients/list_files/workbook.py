"""A sheet of a workbook (xlsx, xls, ods) as a table of text."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import did_you_mean
from simulator.parsing.printable import printable
from simulator.patients.list_files.header_row import MOST_TITLE_ROWS, header_row, note_above
from simulator.patients.list_files.old_workbook import check_fits
from simulator.patients.list_files.sheet_sizes import Marked, check_sizes
from simulator.patients.list_files.typed_cells import typed_cell
from simulator.patients.list_files.zip_sizes import TooLargeError
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault, PatientTable, column_names

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ZIPPED: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_CELLS: Final = 4_500_000
"""Cells of a sheet from its first to its last; those between take room too."""
MISSING_LIBRARY: Final = (
    "is a workbook (Excel or OpenDocument); save it as CSV, or install the library that reads it: "
    "pip install python-calamine"
)

MOST_SHARED: Final = 100_000
"""Distinct values whose text is kept once however often they stand in a sheet."""
_PERCENT_DIGITS: Final = 10
_FULL: Final = 0.9
"""Share of the rows that must reach the last column for a row that ends early to be taken for cut off."""
_CUT: Final = 0.2
"""Share of the columns that it must lack."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All rows of a sheet, which of them names the columns, and how many of its names are known."""

    name: str
    rows: list[list[str]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
    header: int
    known: int


def is_workbook(content: bytes) -> bool:
    """Return whether a file begins as a workbook does."""
    return content[:4] == ZIPPED or content[:8] == OLD_EXCEL


def read_workbook(content: bytes, mapping: ListMapping, name: str) -> PatientTable:
    """Read the cells of the sheet that the mapping names, else of the only one that lists patients.

    Title rows above the row that names the columns are noted and not read. A merged cell holds for every row
    it spans. Dates are read as dates, whatever they look like in the sheet; numbers that an Excel sheet shows with a
    percent sign have it.

    Raises
    ------
    ProtocolError
        Where the library is missing, it is no workbook, too large, or the sheet must be named.
    """
    book, marked = _opened(content, name)
    sheet = _chosen(book, mapping, name)
    header = sheet.rows[sheet.header]
    width = max((k + 1 for k, cell in enumerate(header) if cell.strip()), default=0)
    table = PatientTable(column_names(header[:width]))
    line = sheet.header + 1
    if len(book.sheet_names) > 1:
        table.faults.append(ListFault(0, "", f"read from the sheet {sheet.name!r}", is_note=True))
    table.faults += note_above(line, [k + 1 for k in range(sheet.header) if any(sheet.rows[k])])
    _write_percents(sheet, marked.percents.get(sheet.name, ()))
    _fill_merged(sheet, table, name)
    wrong: dict[int, list[int]] = {}
    for row, column in sorted(marked.errors.get(sheet.name, ())):
        if row > sheet.header and column < width:
            wrong.setdefault(row, []).append(column)
            table.faults.append(
                ListFault(row + 1, table.headers[column], "is an error of a formula; taken as unknown")
            )
    rows = sheet.rows[sheet.header + 1 :]
    ends = [max((k + 1 for k, cell in enumerate(cells) if cell), default=0) for cells in rows]
    is_full = sum(end >= width for end in ends) >= _FULL * sum(end > 0 for end in ends)
    for row, (cells, end) in enumerate(zip(rows, ends, strict=True), start=sheet.header + 1):
        # a row that ends early where all others do not was cut off, or its cells have moved
        is_cut = is_full and 0 < end <= (1 - _CUT) * width
        table.take(row + 1, cells[:end] if is_cut else cells, name, () if is_cut else wrong.get(row, ()))
    table.finish()
    return table


def _opened(content: bytes, name: str) -> tuple["CalamineWorkbook", Marked]:
    """Return the workbook, and by sheet the cells that hold an error or a percentage."""
    try:
        from python_calamine import CalamineError, load_workbook
    except ImportError:
        raise ProtocolError(f"{name}: {MISSING_LIBRARY}") from None
    try:
        marked = check_sizes(content, MOST_CELLS) if content[:4] == ZIPPED else Marked({}, {})
        if content[:4] != ZIPPED or marked.is_binary:
            check_fits(content)
        return load_workbook(io.BytesIO(content)), marked
    except TooLargeError as error:
        raise ProtocolError(f"{name}: is a workbook that {error}; save the list alone, or as CSV") from None
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError) as error:
        reason = printable(str(error).split("\n", 1)[0]) or "it is protected, or no workbook"
        raise ProtocolError(f"{name}: is a workbook that cannot be read: {reason}; save it as CSV") from None


def _chosen(book: "CalamineWorkbook", mapping: ListMapping, name: str) -> _Sheet:
    names = book.sheet_names
    if mapping.sheet is not None:
        if mapping.sheet not in names:
            hint = did_you_mean(mapping.sheet, map(printable, names))
            raise ProtocolError(f"{name}: has no sheet {mapping.sheet!r}{hint}")
        names = [mapping.sheet]
    sheets = [sheet for one in names if (sheet := _sheet(book, one, mapping, name)) is not None]
    if not sheets:
        raise ProtocolError(f"{name}: has no patient: a header line and a line for each patient are needed")
    lists = [sheet for sheet in sheets if sheet.known] or sheets
    if len(lists) > 1:
        listed = ", ".join(repr(printable(sheet.name)) for sheet in lists)
        raise ProtocolError(
            f"{name}: has {len(lists)} sheets that may list patients: {listed}; name one in a mapping file "
            f"(sheet: {printable(lists[0].name)})"
        )
    return lists[0]


def _sheet(book: "CalamineWorkbook", sheet_name: str, mapping: ListMapping, file: str) -> _Sheet | None:
    """Return a sheet, or None where it is empty or no sheet of cells."""
    from python_calamine import CalamineError

    try:
        found = book.get_sheet_by_name(sheet_name)
        if found.start is None or found.height * found.width == 0:
            return None
        if found.total_height * found.total_width > MOST_CELLS:
            raise ProtocolError(f"{file}: has a sheet of more than {MOST_CELLS} cells; save the list alone")
        rows = _rows(found)
    except (CalamineError, ValueError, OSError) as error:
        if mapping.sheet is None:
            return None
        reason = printable(str(error).split("\n", 1)[0])
        raise ProtocolError(
            f"{file}: sheet {sheet_name!r} cannot be read: {reason}; save it as CSV"
        ) from None
    header, known = header_row(rows[:MOST_TITLE_ROWS], mapping)
    return _Sheet(sheet_name, rows, found.merged_cell_ranges or [], header, known)


def _rows(found: "CalamineSheet") -> list[list[str]]:
    shared: dict[Any, str] = {}

    def text(value: Any) -> str:
        key = (type(value), value)
        found = shared.get(key)
        if found is None:
            found = typed_cell(value)
            if len(shared) < MOST_SHARED:
                shared[key] = found
        return found

    return [[text(value) for value in row] for row in found.iter_rows()]


def _write_percents(sheet: _Sheet, places: Iterable[tuple[int, int]]) -> None:
    """Write numbers as they are shown, 0.85 as 85%: their sign settles the unit."""
    for row, column in places:
        if row < len(sheet.rows) and column < len(sheet.rows[row]):
            with suppress(ValueError):
                number = round(100 * float(sheet.rows[row][column]), _PERCENT_DIGITS)
                sheet.rows[row][column] = f"{typed_cell(number)}%"


def _fill_merged(sheet: _Sheet, table: PatientTable, name: str) -> None:
    """Write the value of a merged cell below the header into each row that it spans."""
    filled, room = 0, len(sheet.rows) * len(sheet.rows[0])
    for (top, left), (bottom, _) in sheet.merged:
        if top <= sheet.header or bottom >= len(sheet.rows) or not 0 <= left < len(sheet.rows[0]):
            continue
        for row in range(top + 1, bottom + 1):
            sheet.rows[row][left] = sheet.rows[top][left]
            filled += 1
        if filled > room:
            raise ProtocolError(f"{name}: is a workbook whose merged cells overlap; save the list as CSV")
    if filled:
        note = f"{filled} cells are merged with the one above; its value is taken for each row"
        table.faults.append(ListFault(0, "", note, is_note=True))
