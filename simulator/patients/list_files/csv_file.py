"""A CSV file as a table of text."""

import io
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import is_text
from simulator.patients.list_files.csv_records import records
from simulator.patients.list_files.encodings import TextEncoding, encoding_of
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault, PatientTable

MOST_LINES: Final = 2_000_000
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

    header = next(text(), None)
    if header is None:
        raise ProtocolError(f"{name}: the file is empty")
    if not header.strip():
        raise ProtocolError(f"{name}: the first line is empty; it must name the columns")
    found = records(text(), mapping.delimiter or _delimiter(header))
    line, cells, fault = next(found)
    table = PatientTable([cell.strip() for cell in cells])
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


def _delimiter(header: str) -> str:
    """Return the delimiter seen most often in the header; a comma where there is none."""
    return max(",;\t|", key=header.count)
