"""The rows of a trial's own decision table: in the scenario, or in a CSV file beside it."""

import csv
import io
from pathlib import Path as FilePath
from typing import Any, Final

from simulator.designs.decision_table import TableRow
from simulator.errors import ScenarioError
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.parsing.yaml_nodes import read_text

COLUMNS: Final = tuple(TableRow.__dataclass_fields__)
MAX_ROWS: Final = 1000
_OPTIONAL: Final = "eliminate_if_at_least"
_EMPTY: Final = frozenset({"", "NA", "null"})


def rows_of(data: Plain, at: Path) -> tuple[tuple[TableRow, ...], list[Fault]]:
    """Read rows given in the scenario: a list of mappings with the columns of a decision table."""
    if not isinstance(data, list) or not data or len(data) > MAX_ROWS:
        return (), [Fault(at, f"must be a list of 1 to {MAX_ROWS} rows, got {shown(data)}")]
    rows, faults = [], []
    for i, entry in enumerate(data):
        found = _faults_of_row(entry, (*at, i))
        faults += found
        if not found and isinstance(entry, dict):
            values: dict[str, Any] = dict(entry)
            rows.append(TableRow(**values))
    return tuple(rows), faults


def rows_of_csv(name: Plain, folder: FilePath, at: Path) -> tuple[list[Plain], list[Fault]]:
    """Read rows from a CSV file, its path relative to the scenario's folder, as the scenario would give them."""
    if not isinstance(name, str) or not name:
        return [], [Fault(at, f"must be the path of a CSV file, got {shown(name)}")]
    try:
        text = read_text(folder / name, "table", "CSV")
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except ScenarioError as error:
        return [], [Fault(at, str(error))]
    except csv.Error as error:
        return [], [Fault(at, f"{name}: is no CSV file: {error}")]
    if not lines or tuple(cell.strip() for cell in lines[0]) != COLUMNS:
        return [], [Fault(at, f"{name}: line 1 must be {','.join(COLUMNS)}")]
    rows: list[Plain] = []
    faults: list[Fault] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row, problem = _row_of_cells([cell.strip() for cell in cells])
        if problem:
            faults.append(Fault(at, f"{name}: line {number}: {problem}"))
        rows.append(row)
    return rows, faults


def _row_of_cells(cells: list[str]) -> tuple[dict[str, Plain], str]:
    if len(cells) != len(COLUMNS):
        return {}, f"must have {len(COLUMNS)} cells, got {len(cells)}"
    row: dict[str, Plain] = {}
    for column, cell in zip(COLUMNS, cells, strict=True):
        if column == _OPTIONAL and cell in _EMPTY:
            row[column] = None
        elif cell.removeprefix("-").isdecimal() and cell.isascii():
            row[column] = int(cell)
        else:
            return {}, f"{column} must be an integer, got {shown(cell)}"
    return row, ""


def _faults_of_row(entry: Plain, at: Path) -> list[Fault]:
    if not isinstance(entry, dict):
        return [Fault(at, f"must be a mapping with {', '.join(COLUMNS)}, got {shown(entry)}")]
    faults = [
        Fault((*at, key), "unknown column" + did_you_mean(key, COLUMNS), at_key=True)
        for key in entry
        if key not in COLUMNS
    ]
    for column in COLUMNS:
        value = entry.get(column)
        if column not in entry and column != _OPTIONAL:
            faults.append(Fault((*at, column), "required key is missing; must be an integer", at_key=True))
        elif (isinstance(value, bool) or not isinstance(value, int)) and not (
            column == _OPTIONAL and value is None
        ):
            faults.append(Fault((*at, column), f"must be an integer, got {shown(value)}"))
    return faults
