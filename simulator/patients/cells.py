"""One column of a patient list: from cells to numbers, and every cell that cannot be one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import shown
from simulator.patients.cell_values import (
    ISO_DATE,
    NUMBER,
    Answer,
    CellFormat,
    category,
    coded,
    day,
    flag,
    number_in_unit,
    plain_number,
)
from simulator.patients.mapping_file import Use
from simulator.patients.units import DATE, SINCE_ORIGIN, factors, legal_range, usual_in_another_unit

Floats = NDArray[np.float64]

DIGITS: Final = 6
"""Decimals kept after a change of unit, so that 2 mg/dL is 176.8 umol/L and not a last bit more."""


@dataclass(slots=True)
class Cells:
    """A column as numbers.

    Attributes
    ----------
    values
        In the field's own unit; NaN where unknown.
    wrong
        Row -> what is wrong with its cell; its value is NaN.
    whole
        What is wrong with the column as a whole, or empty; then every value is NaN.
    unit
        The unit taken.
    """

    values: Floats
    wrong: dict[int, str]
    whole: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The day of referral of each patient: ordinals of dates, or days since an origin; NaN where unknown."""

    days: Floats
    dated: bool


def read_cells(cells: Sequence[str], use: Use, form: CellFormat, reference: Reference | None) -> Cells:
    """Return a column of cells as numbers of its field.

    Parameters
    ----------
    reference
        The referral column; None where the file has none, and then a date is unreadable.
    """
    field = FIELDS[use.field]
    unit = use.unit
    if DATE in factors(use.field) and not use.stated:
        unit = DATE if _looks_dated(cells) else unit
    if use.codes is not None:
        column = _distinct(cells, lambda cell: coded(cell, use.codes or {}, form))
    elif field.kind is Kind.FLAG:
        column = _distinct(cells, lambda cell: flag(cell, form))
    elif field.kind is Kind.CATEGORY:
        column = _distinct(cells, lambda cell: category(cell, use.field, form))
    elif unit == DATE:
        column = _days_of_dates(cells, field.kind, form, reference)
        _check_range(column, cells, use.field)
    else:
        column = _numbers(cells, use, unit, form, reference)
    column.unit = unit
    return column


def read_reference(cells: Sequence[str], form: CellFormat) -> tuple[Reference, dict[int, str]]:
    """Return the day of referral of each patient, and what is wrong with cells."""
    dated = _looks_dated(cells)
    column = _distinct(
        cells, (lambda cell: day(cell, form)) if dated else (lambda cell: plain_number(cell, form))
    )
    return Reference(column.values, dated), column.wrong


def _distinct(cells: Sequence[str], read: Callable[[str], Answer]) -> Cells:
    """Read every distinct cell once."""
    numbers: dict[str, float] = {}
    bad: dict[str, str] = {}
    for cell in set(cells):
        numbers[cell], message = read(cell)
        if message:
            bad[cell] = message
    values = np.fromiter(map(numbers.__getitem__, cells), np.float64, len(cells))
    wrong = {row: bad[cell] for row, cell in enumerate(cells) if cell in bad} if bad else {}
    return Cells(values, wrong)


def _looks_dated(cells: Sequence[str]) -> bool:
    """Return whether at least as many cells are dates as are numbers, and some are."""
    written = [cell.strip() for cell in set(cells)]
    dates = sum(ISO_DATE.fullmatch(cell) is not None for cell in written)
    return dates > 0 and 2 * dates >= sum(NUMBER.fullmatch(cell) is not None for cell in written)


def _days_of_dates(cells: Sequence[str], kind: Kind, form: CellFormat, reference: Reference | None) -> Cells:
    column = _distinct(cells, lambda cell: day(cell, form))
    if reference is None or not reference.dated:
        column.values[:] = np.nan
        column.whole = "holds dates, and the file has no column of referral dates to count from"
        column.wrong = {}
        return column
    # a day is negative before the referral, an age in days positive
    sign = 1 if kind is Kind.DAY else -1
    given = ~np.isnan(column.values)
    column.values = sign * (column.values - reference.days)
    for row in np.flatnonzero(given & np.isnan(column.values)).tolist():
        column.wrong[row] = f"{shown(cells[row])} cannot be counted from a referral without a date; unknown"
    return column


def _numbers(
    cells: Sequence[str], use: Use, unit: str, form: CellFormat, reference: Reference | None
) -> Cells:
    column = _distinct(cells, lambda cell: number_in_unit(cell, use.field, unit, form))
    written = column.values
    if not use.stated and unit == "%" and _may_be_fractions(written):
        column.whole = "all values lie between 0 and 1: percent or fraction? state the unit"
        column.values, column.wrong = np.full(len(cells), np.nan), {}
        return column
    if unit == SINCE_ORIGIN:
        if reference is None or reference.dated:
            column.whole = "counts from an origin, and no column says on which such day the referral was"
            column.values, column.wrong = np.full(len(cells), np.nan), {}
            return column
        column.values = written - reference.days
        for row in np.flatnonzero(~np.isnan(written) & np.isnan(column.values)).tolist():
            column.wrong[row] = (
                f"{shown(cells[row])} cannot be counted from a referral without a day; unknown"
            )
    else:
        factor = factors(use.field)[unit]
        column.values = written if factor == 1 else np.round(written * factor, DIGITS)
    _check_slips(column, written, cells, use.field, unit)
    _check_range(column, cells, use.field)
    return column


def _may_be_fractions(values: Floats) -> bool:
    """Return whether a column could hold fractions: none above 1, and some above 0."""
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool(np.all((known >= 0) & (known <= 1))) and bool(np.any(known > 0))


def _check_slips(column: Cells, written: Floats, cells: Sequence[str], name: str, unit: str) -> None:
    usual = usual_in_another_unit(name, unit)
    if usual is None:
        return
    seen_low, seen_high, low, high, other = usual
    odd = ((written < seen_low) | (written > seen_high)) & (written >= low) & (written <= high)
    for row in np.flatnonzero(odd).tolist():
        column.values[row] = np.nan
        column.wrong[row] = (
            f"mixed units? {shown(cells[row])} is hardly ever seen in {unit} and ordinary in {other}; "
            "taken as unknown"
        )


def _check_range(column: Cells, cells: Sequence[str], name: str) -> None:
    low, high = legal_range(name)
    outside = (column.values < low) | (column.values > high)
    for row in np.flatnonzero(outside).tolist():
        value, unit = column.values[row], FIELDS[name].unit
        column.values[row] = np.nan
        column.wrong[row] = (
            f"impossible value {shown(cells[row])}: {value:g} {unit}, possible {low:g} to {high:g}; "
            "taken as unknown"
        )
