"""A real list of patients in the place of the synthetic ones: whole rows of it, drawn with replacement.

What a row does not know is either drawn from the scenario's law or unknown (`Missing`). What no list knows when
a patient is referred (`Group.LATER`: consent, donors, true survival) is always drawn where a row lacks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.fields import FIELDS, Group, Kind

Floats = NDArray[np.float64]
Column = NDArray[Any]
Indices = NDArray[np.int64]


class Missing(StrEnum):
    """What becomes of a field that a row of the file does not know."""

    UNKNOWN = "unknown"  # it stays unknown; an unknown never passes
    SYNTHETIC = "synthetic"  # the scenario's law draws it


@dataclass(frozen=True, slots=True)
class PatientRows:
    """The rows of a file; equal where the content of the files is.

    Attributes
    ----------
    columns
        Field -> (rows,) values, NaN where unknown; only fields that the file knows of somebody.
    digest
        SHA-256 of the file, followed by that of the mapping file where there is one.
    notes
        What was read in the file and not used, one line each.
    """

    columns: Mapping[str, Floats] = field(compare=False, repr=False)
    digest: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def count(self) -> int:
        """Number of rows, each a patient."""
        return len(next(iter(self.columns.values())))

    def drawn(self, u: Floats) -> Indices:
        """Return the row of each patient: floor(rows u), with replacement, each row equally likely.

        A row is picked by where u lies in the file, so one row more, or another order of rows, changes which
        row most patients are; what the law draws of them does not change.
        """
        return (u * self.count).astype(np.int64)

    def taken(self, rows: Indices) -> dict[str, Floats]:
        """Return the fields of these rows: whole rows, nothing of one patient is mixed with another's."""
        return {name: values[rows] for name, values in self.columns.items()}


NO_ROWS: Final[Mapping[str, Floats]] = {}


class DrawnColumns:
    """The columns of some patients while the law draws them: what a row knows takes the place of the draw.

    The law draws each field conditional on some before it, and reads those here, so that a draw agrees with
    what the row says: the upper limits of normal with its sex, the kind of a CNS disease with its history.

    Parameters
    ----------
    given
        Field -> (patients,) values of the rows, NaN where unknown; empty for synthetic patients.
    """

    __slots__ = ("columns", "given")

    def __init__(self, given: Mapping[str, Floats] = NO_ROWS) -> None:
        self.columns: dict[str, Column] = {}
        self.given = given

    def __getitem__(self, name: str) -> Column:
        """Return a column that was set before."""
        return self.columns[name]

    def __setitem__(self, name: str, drawn: Column) -> None:
        """Set a column to what the rows know, and to the draw elsewhere."""
        self.columns[name] = drawn if name not in self.given else _settled(name, drawn, self.given[name])

    def knows(self, name: str) -> NDArray[np.bool_] | None:
        """Return where the rows know a field, or None where they all do not."""
        return ~np.isnan(self.given[name]) if name in self.given else None


def _settled(name: str, drawn: Column, known: Floats) -> Column:
    lacking = np.isnan(known)
    match FIELDS[name].kind:
        case Kind.FLAG:
            return np.where(lacking, drawn, known == 1)
        case Kind.INTEGER | Kind.CATEGORY:
            return np.where(lacking, drawn, np.where(lacking, 0, known)).astype(np.int16)
        case Kind.NUMBER | Kind.DAY:
            return np.where(lacking, drawn, known)


def columns_of(drawn: DrawnColumns, missing: Missing) -> dict[str, Column]:
    """Return the columns to be judged: the law's for what the rows lack, or unknown where that is asked for.

    A field that the law does not have stays unknown where a row lacks it.
    """
    beyond = {name: values for name, values in drawn.given.items() if name not in drawn.columns}
    if missing is Missing.SYNTHETIC:
        return drawn.columns | beyond
    always = {name: values for name, values in drawn.columns.items() if FIELDS[name].group is Group.LATER}
    return {**drawn.given, **beyond, **always}
