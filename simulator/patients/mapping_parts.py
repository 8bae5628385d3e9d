"""What a mapping file says beyond one column, one field: columns made from others, and long tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.patients.mapping_uses import Use


class Combine(StrEnum):
    """How the values of several columns of one field become one."""

    ANY = "any"  # of yes/no: yes where one says yes, no where all say no
    ALL = "all"  # yes where all say yes, no where one says no
    SUM = "sum"  # of numbers: unknown where one is
    FIRST = "first"  # the first that is known, in the order of the mapping file


@dataclass(frozen=True, slots=True)
class Part:
    """One of the uses of a column.

    Attributes
    ----------
    given
        Whether the cell says yes by holding anything but a no, as the date of an infarction does.
    empty
        What an empty cell says then: no, or nothing where it is empty.
    by, cells
        Another column, and the cells of it with which this use holds; the column itself alone where empty.
    """

    use: Use
    given: bool = False
    empty: str = ""
    by: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LongTable:
    """The columns of a table with a row for each measurement, and the use of its codes.

    Attributes
    ----------
    date, unit
        Empty where the table has none.
    codes
        Cell of the code column, in small letters -> its use; None: not to be read.
    """

    patient: str
    code: str
    value: str
    date: str = ""
    unit: str = ""
    codes: Mapping[str, Use | None] = field(default_factory=dict)
