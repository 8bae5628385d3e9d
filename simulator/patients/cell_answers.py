"""What cells of a patient list say: the types of it, and the reading of every distinct cell once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.patients.written_words import UNKNOWN_WORDS, half_width

Floats = NDArray[np.float64]

UNREADABLE: Final = "cannot be read in the encoding of the file"
MOST_ODD: Final = 10_000
"""Different cells of one column that are wrong or ask: of more the list is not the one it was taken for."""


@dataclass(frozen=True, slots=True)
class CellFormat:
    """How cells are written in this file; `day_first`: what 02/03/2026 is, None where nobody says."""

    decimal: str = "."
    missing: frozenset[str] = UNKNOWN_WORDS
    day_first: bool | None = None


class Several(NamedTuple):
    """A cell that can mean several values: all of them, or the two ends of what a limit allows.

    Attributes
    ----------
    possible
        In the field's own unit; NaN: a value that cannot be true.
    question
        What is to be asked where a verdict depends on it.
    is_limit
        Whether it is a limit such as `<5`: one that decides every criterion leaves nothing to ask.
    is_as_written
        Whether the first value is the cell taken at its word, to be kept where no verdict depends on it.
    """

    possible: tuple[float, ...]
    question: str
    is_limit: bool = False
    is_as_written: bool = False


@dataclass(slots=True)
class Cells:
    """A column as numbers.

    Attributes
    ----------
    values
        In the field's own unit; NaN where unknown.
    wrong
        Row -> what is wrong with its cell; its value is NaN.
    several
        Row -> the values that its cell can mean. Its value is NaN where the cell alone shows it (then it is in
        `wrong` too), and the value as written where only other cells do.
    remarks
        Row -> what is to be said of a cell that is read all the same.
    whole
        What is wrong with the column as a whole, or empty; then every value is NaN.
    unit
        The unit taken.
    """

    values: Floats
    wrong: dict[int, str]
    whole: str = ""
    unit: str = ""
    several: dict[int, Several] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """The day of referral of each patient: ordinals of dates, or days since an origin; NaN where unknown."""

    days: Floats
    dated: bool


class Answer(NamedTuple):
    """What one cell says: a value, or what is wrong; what else it can mean; whether with a unit."""

    value: float
    wrong: str = ""
    possible: tuple[float, ...] = ()
    has_unit: bool = False
    is_limit: bool = False


UNKNOWN: Final = float("nan")
NOTHING: Final = Answer(UNKNOWN)


def distinct(
    cells: Sequence[str],
    read: Callable[[str], Answer],
    plain: re.Pattern[str] | None = None,
    missing: frozenset[str] = frozenset(),
) -> tuple[Cells, dict[str, Answer]]:
    """Read every distinct cell once; return the column, and the answers that are more than a value.

    Parameters
    ----------
    plain
        What a cell matches that is a number and nothing else: most cells, for which `read` is slow. Its decimal
        mark may be a comma.
    missing
        Cells that say unknown, numbers such as -9 among them.
    """
    numbers: dict[str, float] = {}
    odd: dict[str, Answer] = {}
    for cell in dict.fromkeys(cells):
        if plain is not None and plain.fullmatch(cell) and cell not in missing:
            numbers[cell] = float(cell.replace(",", "."))
            continue
        answer = read(cell) if len(odd) < MOST_ODD else _NOT_READ
        numbers[cell] = UNKNOWN if answer.wrong else answer.value
        if answer.wrong or answer.possible or answer.has_unit:
            odd[cell] = answer
    values = np.fromiter(map(numbers.__getitem__, cells), np.float64, len(cells))
    column = Cells(values, {})
    if odd:
        for row, found in enumerate(map(odd.get, cells)):
            if found is not None:
                if found.wrong:
                    column.wrong[row] = found.wrong
                if found.possible:
                    column.several[row] = Several(found.possible, found.wrong, found.is_limit)
    return column, odd


def _escaped(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def simple(cell: str, form: CellFormat) -> tuple[str, str | None]:
    """Return the cell in small letters without outer spaces, and what is wrong, or None where unknown."""
    plain = half_width(cell).strip().casefold()
    if plain in form.missing:
        return plain, None
    return plain, UNREADABLE if _escaped(cell) else ""


_NOT_READ: Final = Answer(
    UNKNOWN, f"not read: more than {MOST_ODD} different cells of this column are unclear; taken as unknown"
)


def wrong(message: str) -> Answer:
    return Answer(UNKNOWN, f"{message}; taken as unknown")
