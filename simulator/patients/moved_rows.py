"""Rows whose cells have moved: what is wrong in them fits the columns beside."""

from collections.abc import Mapping, Sequence
from typing import Final

from simulator.fields import FIELDS
from simulator.patients.cell_answers import CellFormat, Reference
from simulator.patients.cells import read_cells
from simulator.patients.mapping_uses import Use
from simulator.patients.table import PatientTable

FEWEST: Final = 3
"""Cells of a row that are wrong where they stand and right in the next column: fewer may be chance."""
MOST_ROWS_LOOKED_AT: Final = 1000


def moved_rows(
    table: PatientTable,
    uses: Mapping[int, Use],
    wrong: Mapping[int, Sequence[int]],
    form: CellFormat,
    reference: Reference | None,
) -> dict[int, str]:
    """Return row -> what is to be said, of rows in which all wrong cells fit the columns to their left, or right.

    Parameters
    ----------
    wrong
        Row -> the columns whose cells are wrong in it.
    """
    found = {}
    for row, columns in wrong.items():
        for side, words in ((-1, "left"), (1, "right")):
            beside = {k: uses.get(k + side) for k in columns}
            known = [(k, use) for k, use in beside.items() if use is not None and use.field in FIELDS]
            if len(known) >= FEWEST and all(
                not read_cells([table.rows[row][k]], use, form, _of(reference, row)).wrong for k, use in known
            ):
                fit = f"{len(known)} of its cells fit the columns to their {words} and not their own"
                found[row] = f"{fit}: have its cells moved? all values of this patient are unknown"
                break
    return found


def _of(reference: Reference | None, row: int) -> Reference | None:
    return None if reference is None else Reference(reference.days[row : row + 1], reference.dated)
