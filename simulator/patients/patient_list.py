"""A list of patients as read: columns of fields, what was wrong, and the cells that can mean several values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.patients.table import ListFault

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ColumnUsed:
    """How one column was read: its name, its field or role, its unit, and whether the unit was stated."""

    column: str
    field: str
    unit: str
    stated: bool
    known: int


@dataclass(frozen=True, slots=True)
class Question:
    """A cell that can mean several values, of one field of one patient.

    Attributes
    ----------
    possible
        The values, in the field's own unit; NaN: one that cannot be true.
    fault
        What is asked, with its place.
    is_reported
        Whether it is among the faults of the list: the cell alone shows that it is in doubt. Else its value is the
        one written, and only a verdict that depends on it makes it a fault.
    is_limit
        Whether it is a limit such as `<5`, whose two ends are `possible`.
    is_as_written
        Whether the first value is the cell taken at its word.
    """

    row: int
    field: str
    cell: str
    possible: tuple[float, ...]
    fault: ListFault
    is_reported: bool
    is_limit: bool
    is_as_written: bool


@dataclass(frozen=True, slots=True)
class PatientList:
    """The patients of a file, in its order; every row is there.

    Attributes
    ----------
    ids, lines
        Identifier and line of each patient; 'line 7' where the row has no identifier.
    columns
        Field -> (patients,) values in the field's own unit, NaN where unknown; only fields the file has.
    unreadable
        Field -> (patients,) mask: the cell holds something that could not be read or cannot be true.
    used, faults
        The columns in use; what is wrong, in the order of the file.
    questions
        The cells that can mean several values.
    headers
        The columns of the file, in its order.
    referral
        (patients,) day of referral as a number, 1 for 1 January of year 1; NaN where unknown; None without dates.
    dead
        Rows of patients who died on or before the day of referral.
    """

    file: str
    ids: tuple[str, ...]
    lines: tuple[int, ...]
    columns: Mapping[str, Floats]
    unreadable: Mapping[str, Bools]
    used: tuple[ColumnUsed, ...]
    faults: tuple[ListFault, ...]
    questions: tuple[Question, ...] = ()
    headers: tuple[str, ...] = ()
    referral: Floats | None = None
    dead: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """Number of patients."""
        return len(self.ids)


def in_file_order(faults: Iterable[ListFault], headers: Sequence[str]) -> tuple[ListFault, ...]:
    """Return faults by line, then by column."""
    place = {header: k for k, header in reversed(list(enumerate(headers)))}
    return tuple(sorted(faults, key=lambda fault: (fault.line, place.get(fault.column, -1))))
