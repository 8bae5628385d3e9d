"""A CSV file as a table of text."""

import io
from collections.abc import Sequence
from itertools import islice
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import is_text
from simulator.patients.list_files.csv_records import records
from simulator.patients.list_files.encodings import TextEncoding, encoding_of
from simulator.patients.list_files.header_row import MOST_TITLE_ROWS, header_row, note_above
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import MOST_COLUMNS, ListFault, PatientTable, column_names

MOST_LINES: Final = 2_000_000
_CELLS_LOOKED_AT: Final = 200
_KNOWN_BELOW_A_TITLE: Final = 2
"""Names of fields that a line must have to be taken for the header below title lines."""
_SHARED_CELLS: Final = 100_000
"""Distinct cells that are kept once however often they stand in the file."""


def read_csv(content: bytes, mapping: ListMapping, name: str) -> PatientTable:
    """Read the cells of a CSV file; `name` names it in errors.

    Raises
    ------
    ProtocolError
        Where it has no header line, its encoding cannot be told, or it is larger than a list may be.
    """
    encoding = encoding_of(content, mapping.encoding, name)
    try:
        return _table(content, encoding, mapping, name)
    except UnicodeError:
        raise ProtocolError(
            f"{name}: is not {encoding.name}; save it as UTF-8 or name its encoding in a mapping file "
            "(encoding: ...)"
        ) from None


def _table(content: bytes, encoding: TextEncoding, mapping: ListMapping, name: str) -> PatientTable:
    def text() -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(content), encoding.name, encoding.errors, newline="")

    first = list(islice(text(), MOST_TITLE_ROWS))
    if not first:
        raise ProtocolError(f"{name}: the file is empty")
    above = lines_above(first, mapping)
    if not first[above].strip():
        raise ProtocolError(f"{name}: the first line is empty; it must name the columns")
    delimiter = mapping.delimiter or _delimiter(first[above])
    if first[above].count(delimiter) >= MOST_COLUMNS:
        raise ProtocolError(f"{name}: names more than {MOST_COLUMNS} columns, the most a list may have")
    lines = records(islice(text(), above, None), delimiter)
    found = ((line + above, cells, fault) for line, cells, fault in lines)
    line, cells, fault = next(found)
    table = PatientTable(column_names(cells))
    table.faults += note_above(line, [k + 1 for k in range(above) if first[k].strip()])
    if encoding.note:
        table.faults.append(ListFault(0, "", encoding.note, is_note=True))
    if fault:
        table.faults.append(ListFault(line, "", fault))
    table.faults += [
        ListFault(line, header, "holds bytes that cannot be read; the name is taken without them")
        for header in table.headers
        if not is_text(header)
    ]
    shared: dict[str, str] = {}
    for line, cells, fault in found:
        if line > MOST_LINES:
            raise ProtocolError(f"{name}: has more than {MOST_LINES} lines, the most a list may have")
        if fault:
            table.faults.append(ListFault(line, "", fault))
        keep = shared.setdefault if len(shared) < _SHARED_CELLS else shared.get
        table.take(line, [keep(cell, cell) for cell in cells], name)
    table.finish()
    return table


def lines_above(lines: Sequence[str], mapping: ListMapping) -> int:
    """Return how many title lines stand above the header; a first line with a known name is the header."""
    delimiters = [mapping.delimiter or _delimiter(line) for line in lines]
    cells = [
        line.rstrip("\r\n").replace('"', "").split(mark, _CELLS_LOOKED_AT)[:_CELLS_LOOKED_AT]
        for line, mark in zip(lines, delimiters, strict=True)
    ]
    if header_row(cells[:1], mapping)[1]:
        return 0
    place, known = header_row(cells, mapping)
    # a quote that is open at the end of a line: the lines after it are no lines of their own
    is_open = any(line.count('"') % 2 for line in lines[:place])
    return place if known >= _KNOWN_BELOW_A_TITLE and not is_open else 0


def _delimiter(header: str) -> str:
    """Return the delimiter seen most often in the header; a comma where there is none."""
    return max(",;\t|", key=header.count)
