"""Values that are likelier in another unit, or with their mark as a separator: which, and what they would be.

A reading is the less likely the further it lies outside the usual range of its field and outside the column's
other values, both in powers of ten, added. Another reading is likelier where it is less far by `MARGIN`. Whether
it matters is for the criteria to say: `simulator.eligibility.screen`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fields import FIELDS
from simulator.parsing.faults import shown
from simulator.patients.mapping_file import Use
from simulator.patients.units import DATE, SINCE_ORIGIN, factors, legal_range
from simulator.patients.written_numbers import number_written

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MARGIN: Final = 0.3
"""Powers of ten: twice as far is likelier to be a slip, less may be chance."""
_SMALL: Final = 200
"""Up to so many values each is compared with the others without itself; beyond, one value moves no quantile."""
_QUANTILES: Final = (0.05, 0.95)
_TIMES: Final = frozenset(("days", "weeks", "months", "years"))
_WHOLE_NUMBERED: Final = frozenset(("U/L", "umol/L"))
"""Units in which lists write whole numbers: among them a decimal part counts as a power of ten."""
_FEW: Final = 5
_RARE: Final = 1 / 3
"""With more values than a few, of which at most so many have decimals, a decimal part counts two powers of ten."""
_MANY_DECIMALS: Final = 3
_SAMPLE: Final = 1000
"""Cells looked at first, so that a long column of many decimals is not matched cell by cell."""
_THREE_DECIMALS: Final = re.compile(r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}(?![0-9.,])")


@dataclass(frozen=True, slots=True)
class Column:
    """The numbers of one column as written.

    Attributes
    ----------
    raw, values
        (patients,) numbers as written, and in the field's own unit; NaN where none.
    bare
        (patients,): no unit beside the number, and no limit.
    declared
        Whether the mapping says that the mark is decimal.
    """

    cells: Sequence[str]
    use: Use
    unit: str
    raw: Floats
    values: Floats
    bare: Bools
    declared: bool


def questions(column: Column) -> dict[int, tuple[tuple[float, float], str]]:
    """Return row -> (the value as written and the likelier one, in the field's own unit; what is to be asked)."""
    if np.isnan(column.values).all():
        return {}
    found = _other_units(column)
    for row, value in _separators(column).items():
        written = float(column.values[row])
        words = f"{shown(column.cells[row])} is {written:g} or {value:g}? write it without a separator of thousands"
        found[row] = (written, value), words
    return found


def declared_against_likelihood(column: Column) -> dict[int, str]:
    """Return row -> a remark on a number read as the mapping declares, that looks like a thousand."""
    if not column.declared or np.isnan(column.values).all():
        return {}
    return {
        row: f"{shown(column.cells[row])} is read as {column.values[row]:g}, as the mapping declares the comma; "
        f"{value:g} would be likelier"
        for row, value in _thousands(column).items()
    }


def _separators(column: Column) -> dict[int, float]:
    return {} if column.declared else _thousands(column)


def _thousands(column: Column) -> dict[int, float]:
    """Return the cells of three decimals in a column whose others have fewer, as thousands that are legal."""
    if len(column.cells) > _SAMPLE and _has_many_decimals(column.cells[:_SAMPLE]):
        return {}
    written = {cell.strip() for cell in set(column.cells)}
    three = [cell for cell in written if _THREE_DECIMALS.match(cell)]
    grouped = {cell: number_written(cell, "," if column.declared else ".").grouped for cell in three}
    if not three or _has_many_decimals([cell for cell in written if cell not in grouped]):
        return {}
    low, high = legal_range(column.use.field)
    factor = factors(column.use.field)[column.unit]
    found = {}
    for row, cell in enumerate(column.cells):
        value = grouped.get(cell.strip())
        if value is not None and not np.isnan(column.values[row]) and low <= value * factor <= high:
            found[row] = value * factor
    return found


def _has_many_decimals(cells: Sequence[str]) -> bool:
    """Return whether most numbers with decimals have three or more: then three are no sign of thousands."""
    some = [count for cell in cells if (count := _decimals(cell))]
    return 2 * sum(count >= _MANY_DECIMALS for count in some) > len(some)


def _decimals(cell: str) -> int:
    _, mark, behind = cell.strip().replace(",", ".").partition(".")
    return len(behind) if mark and behind.isdigit() else 0


def _other_units(column: Column) -> dict[int, tuple[tuple[float, float], str]]:
    name, unit = column.use.field, column.unit
    legal = factors(name)
    best: dict[int, tuple[float, float, str]] = {}
    for other, factor in legal.items():
        apart = _TIMES if column.use.stated else frozenset()
        if other in (unit, DATE, SINCE_ORIGIN, "weeks") or other in apart:
            continue
        low, high = legal_range(name)
        read = column.raw * factor
        maybe = column.bare & (column.raw > 0) & (read >= low) & (read <= high) & ~np.isnan(column.values)
        if unit == "%":
            maybe &= _could_be_fraction(column)
        if not maybe.any():
            continue
        rows = np.flatnonzero(maybe)
        written = column.values[rows]
        likelier = _distances(column, rows, written, legal[unit]) - _distances(
            column, rows, read[rows], factor
        )
        likelier += _of_form(column, rows)
        for row, gain in zip(
            rows[likelier >= MARGIN].tolist(), likelier[likelier >= MARGIN].tolist(), strict=True
        ):
            if row not in best or gain > best[row][0]:
                best[row] = gain, float(np.round(read[row], 6)), other
    if not best:
        return {}
    comparable = _comparable(column)
    comparable[list(best)] = False
    others = column.values[comparable]
    return {
        row: ((float(column.values[row]), value), _asked(column, row, others, other, value))
        for row, (_, value, other) in best.items()
    }


def _asked(column: Column, row: int, others: Floats, other: str, value: float) -> str:
    name = column.use.field
    among = f" among {_span(others)}" if len(others) else ""
    own = FIELDS[name].unit.split(" ", 1)[0]
    unit = column.unit
    ways = "percent or fraction" if {unit, other} == {"%", "fraction"} else f"{unit} or {other}"
    return (
        f"{shown(column.cells[row].strip())}{among}: {ways}? {column.values[row]:g} {own} or {value:g} {own}; "
        "write the unit in the cell"
    )


def _span(others: Floats) -> str:
    """Return the values of the column in words: the least and the largest, or the one that all are."""
    low, high = f"{others.min():g}", f"{others.max():g}"
    return f"values of {low}" if low == high else f"values {low}-{high}"


def _could_be_fraction(column: Column) -> Bools:
    raw = column.raw
    below = column.bare & (raw > 0) & (raw < 1)
    # a bare 1 is one percent unless fractions occur in the column, or it has decimals and few others have
    ones = column.bare & (raw == 1)
    if ones.any() and not below.any():
        decimals = np.array([_decimals(cell) > 0 for cell in column.cells])
        ones &= decimals & (2 * np.count_nonzero(decimals) < np.count_nonzero(~np.isnan(raw)))
    fractions: Bools = below | ones
    return fractions


def _comparable(column: Column) -> Bools:
    """Return the values to compare with: of percentages those that can be no fraction, of whole numbers the whole."""
    known = ~np.isnan(column.values)
    if column.unit == "%":
        known &= (column.raw > 1) | ~column.bare
    elif _is_whole_numbered(column):
        known &= ~_with_decimals(column)
    return known


def _is_whole_numbered(column: Column) -> bool:
    """Return whether more than half of a column that lists write in whole numbers is written so."""
    if column.unit not in _WHOLE_NUMBERED:
        return False
    known = int(np.count_nonzero(~np.isnan(column.raw)))
    return 2 * int(np.count_nonzero(_with_decimals(column))) < known


def _with_decimals(column: Column) -> Bools:
    if len(column.cells) > _SMALL:
        parts: Bools = ~np.isnan(column.raw) & (column.raw != np.round(column.raw))
        return parts
    return np.array([_decimals(cell) > 0 for cell in column.cells]) & ~np.isnan(column.raw)


def _distances(column: Column, rows: NDArray[np.intp], values: Floats, factor: float) -> Floats:
    """Return how many powers of ten values lie outside what is usual, and outside the column."""
    usual = FIELDS[column.use.field].usual or legal_range(column.use.field)
    far = _outside(values, *usual)
    comparable = _comparable(column)
    everybody = column.values[comparable]
    if _in_another_unit(column, everybody):
        return far
    if len(everybody) > _SMALL:
        low, high = np.quantile(everybody, _QUANTILES)
        return far + _outside(values, low, high)
    if len(everybody):  # for the rows that are none of them
        low, high = np.quantile(everybody, _QUANTILES)
        apart = _outside(values, low, high)
    else:
        apart = np.zeros(len(rows))
    place = np.cumsum(comparable) - 1
    for k in np.flatnonzero(comparable[rows]).tolist():
        others = np.delete(everybody, place[rows[k]])
        apart[k] = _outside(values[k : k + 1], *np.quantile(others, _QUANTILES))[0] if len(others) else 0.0
    far += apart
    return far


def _in_another_unit(column: Column, values: Floats) -> bool:
    """Return whether the column's own median is unusual: then its values say nothing for the unit taken."""
    usual = FIELDS[column.use.field].usual
    if usual is None or len(values) == 0:
        return False
    return bool(_outside(np.array([np.median(values)]), *usual)[0] >= MARGIN)


def likelier(name: str, values: tuple[float, float], factor: float, scale: float) -> bool:
    """Return whether both values, multiplied by `scale`, lie less far outside what is usual, by `MARGIN`.

    `factor` brings them from the unit of their column to the field's own.
    """
    usual = FIELDS[name].usual or legal_range(name)
    numbers = np.array(values) * factor
    gains = _outside(numbers, *usual) - _outside(numbers * scale, *usual)
    return bool((gains >= MARGIN).all())


def _outside(values: Floats, low: float, high: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(values)
        below = np.log10(low) - logs if low > 0 else np.zeros(len(values))
        above = logs - np.log10(high) if 0 < high < np.inf else np.zeros(len(values))
    return np.nan_to_num(np.maximum(np.maximum(below, above), 0.0), posinf=99.0)


def _of_form(column: Column, rows: NDArray[np.intp]) -> Floats:
    """Return the powers of ten that the form of a number speaks against the unit of its column.

    A decimal part in a column of whole numbers or whole percentages, or a whole number in one of mg/dL with
    decimals.
    """
    decimals = _with_decimals(column)
    known = int(np.count_nonzero(~np.isnan(column.raw)))
    some = int(np.count_nonzero(decimals))
    weight = 1.0
    if column.unit == "%":
        certain = _comparable(column)
        odd = decimals[rows] & (2 * np.count_nonzero(decimals & certain) < np.count_nonzero(certain))
    elif _is_whole_numbered(column):
        odd = decimals[rows]
        weight = 2.0 if known > _FEW and some <= _RARE * known else 1.0
    else:
        odd = ~decimals[rows] & (column.unit == "mg/dL") & (2 * some > known)
    form: Floats = weight * odd.astype(np.float64)
    return form
