"""Where a sheet or a text file names its columns: title rows may stand above."""

from collections.abc import Sequence
from typing import Final

from simulator.patients.column_mapping import is_known
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault

MOST_TITLE_ROWS: Final = 30


def header_row(rows: Sequence[Sequence[str]], mapping: ListMapping) -> tuple[int, int]:
    """Return which of the first rows names the columns, and how many of them are known.

    The row with most names that are patient fields, or in the mapping; the first of equals. Where none has
    any, the first row with more than one cell.
    """
    known = [
        sum(is_known(cell.strip(), mapping) for cell in row if cell.strip()) for row in rows[:MOST_TITLE_ROWS]
    ]
    best = max(range(len(known)), key=lambda k: (known[k], -k), default=0)
    if known and known[best]:
        return best, known[best]
    wide = (k for k, row in enumerate(rows) if sum(bool(cell.strip()) for cell in row) > 1)
    return next(wide, 0), 0


def note_above(line: int, above: Sequence[int]) -> list[ListFault]:
    """Return the note that the header stands on a line below others, whose numbers are `above`; none without."""
    listed = ", ".join(map(str, above))
    note = f"names the columns; what stands above, in {listed}, is not read"
    return [ListFault(line, "", note, is_note=True)] if above else []
