"""Who the rows of a list are: identifiers, rows without one, and rows with the same."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.parsing.printable import printable
from simulator.patients.table import ListFault, PatientTable
from simulator.patients.written_words import half_width

MOST_LETTERS: Final = 200
"""Of an identifier, which stands in every table once a criterion."""
_FIELDS_SAID: Final = 5
"""Fields named in which two rows of one identifier differ."""


def identified(table: PatientTable, place: int | None) -> tuple[tuple[str, ...], list[ListFault]]:
    """Return a name for each row, and what is to be said; `place` is the column of identifiers, or None."""
    if place is None:
        nobody = "no column identifies the patients; lines stand for them"
        return tuple(f"line {line}" for line in table.lines), [ListFault(1, "", nobody, is_note=True)]
    header = table.headers[place]
    ids: list[str] = []
    faults = []
    for row, (cells, line) in enumerate(zip(table.rows, table.lines, strict=True)):
        # the first cell of a row that does not fit is in its place whatever is missing behind it
        text = table.ragged[row][0] if row in table.ragged and place == 0 else cells[place]
        name = printable(text.strip()[: MOST_LETTERS + 1])
        if len(text.strip()) > MOST_LETTERS:
            cut = f"is an identifier of more than {MOST_LETTERS} letters; cut"
            faults.append(ListFault(line, header, cut, is_note=True))
        if not name:
            unnamed = "has no identifier; the line stands for it"
            faults.append(ListFault(line, header, unnamed, is_note=True))
            name = f"line {line}"
        ids.append(name)
    return tuple(ids), faults


def duplicates(
    table: PatientTable, place: int | None, ids: Sequence[str], columns: Mapping[str, NDArray[np.float64]]
) -> list[ListFault]:
    """Return a fault for each row whose identifier was there before, with the fields in which they differ."""
    first: dict[str, int] = {}
    faults = []
    for row, name in enumerate(ids if place is not None else ()):
        before = first.setdefault(half_width(name).casefold(), row)
        if before == row:
            continue
        pairs = ((one, float(values[before]), float(values[row])) for one, values in columns.items())
        differ = [one for one, old, new in pairs if old != new and not (math.isnan(old) and math.isnan(new))]
        more = f" and {len(differ) - _FIELDS_SAID} others" if len(differ) > _FIELDS_SAID else ""
        listed = f", and differ in {', '.join(differ[:_FIELDS_SAID])}{more}" if differ else ""
        both = f"first on line {table.lines[before]}; both rows are screened{listed}"
        message = f"duplicate id {name!r}, {both}"
        faults.append(ListFault(table.lines[row], table.headers[place or 0], message))
    return faults
