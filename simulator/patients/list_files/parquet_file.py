"""A parquet file as a table of text: column by column, so that what cannot be read spoils its own cells."""

import io
from collections import Counter
from typing import Any, Final

import pyarrow
import pyarrow.compute
import pyarrow.lib
import pyarrow.parquet

from simulator.errors import ProtocolError
from simulator.parsing.printable import printable
from simulator.patients.list_files.typed_cells import typed_cell
from simulator.patients.table import MOST_ROWS, ListFault, PatientTable, column_names

MOST_CELLS: Final = 6_000_000
MOST_BYTES: Final = 400_000_000
"""Size of the values in memory, as the file states it and as they are read."""
MOST_COLUMNS: Final = 2000
"""Each is read apart, in a time that grows with the columns of the file."""
_BATCH_ROWS: Final = 10_000
_FAULTY: Final = (pyarrow.lib.ArrowException, OSError, UnicodeDecodeError)


def read_parquet(content: bytes, name: str) -> PatientTable:
    """Read the cells of a parquet file; `name` names it in errors.

    Raises
    ------
    ProtocolError
        Where it has no readable foot, or more in it than a list may have.
    """
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        _check_size(file, name)
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content), read_dictionary=_texts(file))
    except _FAULTY as error:
        raise ProtocolError(f"{name}: is a parquet file that cannot be read: {_reason(error)}") from None
    schema = file.schema_arrow
    headers = [field.name for field in schema]
    twice = sorted(printable(header) for header, count in Counter(headers).items() if count > 1)[:10]
    if twice:
        raise ProtocolError(f"{name}: has two columns of the name {', '.join(map(repr, twice))}; rename one")
    table = PatientTable(column_names(headers))
    columns = [_Column(file, schema.field(k), name) for k in range(len(headers))]
    table.faults += [fault for column in columns for fault in column.faults]
    for row, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        unreadable = [k for k, column in enumerate(columns) if row in column.unreadable]
        table.take(row + 1, list(cells), name, unreadable)
    table.finish()
    return table


def _texts(file: pyarrow.parquet.ParquetFile) -> list[str]:
    """Return the columns of text, whose distinct values are then kept once however long they are."""
    return [field.name for field in file.schema_arrow if _is_text(field.type)]


def _is_text(kind: Any) -> bool:
    return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))


def _check_size(file: pyarrow.parquet.ParquetFile, name: str) -> None:
    rows, width = file.metadata.num_rows, file.metadata.num_columns
    if width > MOST_COLUMNS:
        raise ProtocolError(f"{name}: has {width} columns; a parquet list may have {MOST_COLUMNS}")
    size = sum(file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups))
    if rows > MOST_ROWS or rows * width > MOST_CELLS or size > MOST_BYTES:
        raise ProtocolError(
            f"{name}: has {rows} rows, {width} columns and {size} bytes of values; a list may have {MOST_ROWS} "
            f"rows, {MOST_CELLS} cells and {MOST_BYTES} bytes"
        )


def _unpacked(values: Any) -> int:
    """Return the bytes of the values, each counted as often as it stands there: some hundred may hold gigabytes."""
    if not pyarrow.types.is_dictionary(values.type) or not _is_text(values.type.value_type):
        return int(values.nbytes)
    lengths = pyarrow.compute.binary_length(values.dictionary)
    return int(pyarrow.compute.sum(lengths.take(values.indices)).as_py() or 0)


class _Column:
    """The cells of one column as text; empty in the rows of `unreadable`, each of which is in a fault."""

    def __init__(self, file: pyarrow.parquet.ParquetFile, field: pyarrow.Field, name: str) -> None:
        header = field.name
        self._header, self._name = header, name
        self.cells: list[str] = []
        self.unreadable: set[int] = set()
        self.faults: list[ListFault] = []
        if pyarrow.types.is_nested(field.type):
            self.faults.append(ListFault(0, header, "has lists or structures, not values; not used"))
            self.cells = [""] * file.metadata.num_rows
            return
        size = 0
        for group in range(file.metadata.num_row_groups):
            begin = len(self.cells)
            end = begin + file.metadata.row_group(group).num_rows
            try:
                for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=[header]):
                    size += _unpacked(batch.column(0))
                    if size > MOST_BYTES:
                        raise ProtocolError(
                            f"{name}: column {header!r} has more than {MOST_BYTES} bytes of values"
                        )
                    self._take(batch.column(0))
            except _FAULTY as error:
                self._lost(end, _reason(error))
            if len(self.cells) != end:
                # which value is whose cannot be told any more
                reason = f"they hold {len(self.cells) - begin} values"
                del self.cells[begin:]
                self._lost(end, reason)

    def _lost(self, end: int, reason: str) -> None:
        """Leave the rows to the end of a row group unread: a page of it is broken."""
        begin = len(self.cells)
        fault = f"rows {begin + 1} to {end} cannot be read: {reason}; taken as unknown"
        self.faults.append(ListFault(begin + 1, self._header, fault))
        self.unreadable |= set(range(begin, end))
        self.cells += [""] * (end - begin)

    def _take(self, values: Any) -> None:
        try:
            plain = values.to_pylist()
        except (ValueError, OverflowError, *_FAULTY):
            for value in values:
                self.cells.append(self._one(value))
        else:
            self.cells += map(typed_cell, plain)

    def _one(self, value: Any) -> str:
        """Return one value of a batch that has some that Python cannot hold."""
        try:
            return typed_cell(value.as_py())
        except (ValueError, OverflowError, *_FAULTY) as error:
            row = len(self.cells)
            self.unreadable.add(row)
            why = f"cannot be read: {_reason(error)}; taken as unknown"
            self.faults.append(ListFault(row + 1, self._header, why))
            return ""


def _reason(error: BaseException) -> str:
    return printable(str(error).split("\n", 1)[0])
