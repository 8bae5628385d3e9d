"""A file of patients opened by what its first bytes say it is."""

from pathlib import Path
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.printable import printable
from simulator.patients.list_files.csv_file import read_csv
from simulator.patients.list_files.parquet_file import read_parquet
from simulator.patients.list_files.workbook import is_workbook, read_workbook
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import MAX_BYTES, PatientTable

_PARQUET: Final = b"PAR1"


def read_table(path: Path, mapping: ListMapping) -> PatientTable:
    """Read the cells of a CSV file, a parquet file or a sheet of a workbook.

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
    if content[:4] == _PARQUET:
        table = read_parquet(content, name)
    elif is_workbook(content):
        table = read_workbook(content, mapping, name)
    else:
        table = read_csv(content, mapping, name)
    if not table.rows:
        raise ProtocolError(f"{name}: has no patient: a header line and a line for each patient are needed")
    return table
