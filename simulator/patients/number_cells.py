"""One column of numbers: units, limits, values that cannot be true, and values that are likelier otherwise."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import shown
from simulator.patients.cell_answers import (
    NOTHING,
    UNKNOWN,
    Answer,
    CellFormat,
    Cells,
    Floats,
    Reference,
    Several,
    distinct,
    simple,
    wrong,
)
from simulator.patients.mapping_file import Use
from simulator.patients.slips import Column, declared_against_likelihood, likelier, questions
from simulator.patients.units import (
    DATE,
    SINCE_ORIGIN,
    factors,
    legal_range,
    unit_written,
    usual_in_another_unit,
)
from simulator.patients.written_numbers import Number, number_written, range_written
from simulator.patients.written_words import NEGATIVE, half_width

DIGITS: Final = 6
"""Decimals kept after a change of unit, so that 2 mg/dL is 176.8 umol/L and not a last bit more."""
BEYOND: Final = 1e-9
"""Relative step from a limit that does not include itself: above any rounding, below any digit of a laboratory."""
PLAIN_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,17})?")
_PLAIN_COMMA: Final = re.compile(r"-?[0-9]{1,15}(?:,[0-9]{1,17})?")

_GRADES: Final = frozenset(("分", "级", "級", "grad", "grade", "class", "klasse", "°"))


def read_numbers(
    cells: Sequence[str], use: Use, unit: str, form: CellFormat, reference: Reference | None
) -> Cells:
    plain = PLAIN_NUMBER if form.decimal == "." else _PLAIN_COMMA
    is_whole = FIELDS[use.field].kind is Kind.INTEGER
    column, odd = distinct(
        cells, lambda cell: _in_unit(cell, use.field, unit, form), None if is_whole else plain, form.missing
    )
    column.unit = unit
    written = column.values
    if not use.stated and unit == "%" and _may_be_fractions(written, [odd.get(cell) for cell in cells]):
        column.whole = "all values lie between 0 and 1: percent or fraction? state the unit"
        return Cells(np.full(len(cells), UNKNOWN), {}, column.whole)
    if unit == SINCE_ORIGIN:
        if reference is None or reference.dated:
            column.whole = "counts from an origin, and no column says on which such day the referral was"
            return Cells(np.full(len(cells), UNKNOWN), {}, column.whole)
        column.several = {}
        column.values = written - reference.days
        for row in np.flatnonzero(~np.isnan(written) & np.isnan(column.values)).tolist():
            column.wrong[row] = (
                f"{shown(cells[row])} cannot be counted from a referral without a day; unknown"
            )
    else:
        factor = factors(use.field)[unit]
        column.values = written if factor == 1 else np.round(written * factor, DIGITS)
        for row, one in list(column.several.items()):
            possible = tuple(
                value if factor == 1 else round(value * factor, DIGITS) for value in one.possible
            )
            column.several[row] = one._replace(possible=possible)
    _check_slips(column, written, cells, use.field, unit)
    check_range(column, cells, use.field)
    if unit != SINCE_ORIGIN:
        _compare(column, written, cells, odd, use, unit, form)
    return column


def _in_unit(cell: str, name: str, unit: str, form: CellFormat) -> Answer:
    one = FIELDS[name]
    plain, fault = simple(cell, form)
    if fault is None:
        return NOTHING
    if one.negative_below is not None and plain.rstrip(".") in NEGATIVE:
        return _negative(cell, one.negative_below, factors(name)[unit])
    ends = None if fault else range_written(half_width(cell).strip(), form.decimal, one.number_words)
    if ends is not None and not _fault(cell, name, unit, ends[0]) and not _fault(cell, name, unit, ends[1]):
        return _range(cell, ends, name, unit)
    number = number_written(half_width(cell).strip(), form.decimal)
    if (unit, number.after) == ("fraction", "%"):  # a percent sign settles it
        number = replace(number, value=number.value / 100, after=unit)
    fault = fault or _fault(cell, name, unit, number)
    if fault:
        return wrong(fault)
    if number.wrong:
        return Answer(UNKNOWN, f"{number.wrong}; taken as unknown", (number.value, number.grouped or UNKNOWN))
    if number.sign:
        return _limit(cell, number, name, unit)
    return Answer(number.value, has_unit=bool(number.after))


def _fault(cell: str, name: str, unit: str, number: Number) -> str:
    """Return what is wrong with a number of a column of this unit, or empty."""
    is_whole = FIELDS[name].kind is Kind.INTEGER
    if number.after and not (is_whole and number.after.casefold() in _GRADES):
        word = unit_written(name, number.after)
        if word is None and number.after in (".", ","):
            return f"{shown(cell)} ends in a mark: are digits missing behind it?"
        if word is None:
            return number.wrong or f"{shown(cell)} is no number of {unit}"
        if word != unit:
            return f"mixed units: {shown(cell)} in a column of {unit}"
    if number.wrong and number.grouped is None:
        return number.wrong
    if is_whole and number.value != int(min(max(number.value, -1e9), 1e9)):
        return f"{shown(cell)} is not a whole number"
    return ""


def _negative(cell: str, cut_off: float, factor: float) -> Answer:
    """Return a result called negative as a limit: below the cut-off of laboratories."""
    message = f"{shown(cell)} is no number but below {cut_off:g} %; taken as unknown where it decides nothing"
    return Answer(UNKNOWN, message, (0.0, cut_off * (1 - BEYOND) / factor), is_limit=True)


def _range(cell: str, ends: tuple[Number, Number], name: str, unit: str) -> Answer:
    """Return the two ends of `55-60`, and what they would be in another unit where that is likelier."""
    low, high = (end.value for end in ends)
    legal = factors(name)
    possible: tuple[float, ...] = (low, high)
    message = f"{shown(cell)} is no number but a range; taken as unknown where it decides nothing"
    for other in legal:
        if other in (unit, DATE, SINCE_ORIGIN) or ends[1].after:
            continue
        scale = legal[other] / legal[unit]
        may_be_fraction = (unit, other) == ("%", "fraction") and high <= 1
        if may_be_fraction or likelier(name, (low, high), legal[unit], scale):
            possible = (*possible, low * scale, high * scale)
            asked = f"{shown(cell)} is a range in {unit} or in {other}? write the unit in the cell"
            message = f"{asked}; taken as unknown"
    return Answer(UNKNOWN, message, possible, is_limit=len(possible) == len(ends))


def _limit(cell: str, number: Number, name: str, unit: str) -> Answer:
    """Return the two ends of what `<5` allows, in the column's unit: of whole numbers the next one."""
    value, sign = number.value, number.sign
    usual = usual_in_another_unit(name, unit)
    if usual is not None and not number.after:
        seen_low, seen_high, ordinary_low, ordinary_high, other = usual
        if not seen_low <= value <= seen_high and ordinary_low <= value <= ordinary_high:
            return wrong(
                f"mixed units? {shown(cell)} is a limit in {unit} or in {other}? write the unit in the cell"
            )
    factor = factors(name)[unit]
    low, high = (bound / factor for bound in legal_range(name))
    step = 1.0 if FIELDS[name].kind is Kind.INTEGER else abs(value) * BEYOND
    if sign.startswith("<"):
        high = min(high, value if sign == "<=" else value - step)
    else:
        low = max(low, value if sign == ">=" else value + step)
    message = f"{shown(cell)} is no number but a limit"
    if not low <= high:
        return wrong(f"impossible value {shown(cell)}")
    return Answer(
        UNKNOWN, f"{message}; taken as unknown where it decides nothing", (low, high), is_limit=True
    )


def _may_be_fractions(values: Floats, odd: Sequence[Answer | None]) -> bool:
    """Return whether a column could hold fractions: none above 1, none with its unit, and some above 0."""
    known = values[~np.isnan(values)]
    if any(answer is not None and answer.has_unit for answer in odd):
        return False
    return len(known) > 0 and bool(np.all((known >= 0) & (known <= 1))) and bool(np.any(known > 0))


def _check_slips(column: Cells, written: Floats, cells: Sequence[str], name: str, unit: str) -> None:
    usual = usual_in_another_unit(name, unit)
    if usual is None:
        return
    seen_low, seen_high, low, high, other = usual
    odd = ((written < seen_low) | (written > seen_high)) & (written >= low) & (written <= high)
    for row in np.flatnonzero(odd).tolist():
        values = float(column.values[row]), round(float(written[row]) * factors(name)[other], DIGITS)
        column.values[row] = UNKNOWN
        column.wrong[row] = (
            f"mixed units? {shown(cells[row])} is hardly ever seen in {unit} and ordinary in {other}; "
            "taken as unknown"
        )
        column.several[row] = Several(values, column.wrong[row], is_as_written=True)


def check_range(column: Cells, cells: Sequence[str], name: str) -> None:
    low, high = legal_range(name)
    outside = (column.values < low) | (column.values > high)
    for row in np.flatnonzero(outside).tolist():
        value, unit = column.values[row], FIELDS[name].unit
        column.values[row] = UNKNOWN
        column.wrong[row] = (
            f"impossible value {shown(cells[row])}: {value:g} {unit}, possible {low:g} to {high:g}"
            f"{_possible_in_another_unit(name, float(value), column.unit)}; taken as unknown"
        )
    for row, one in list(column.several.items()):
        possible = tuple(value if low <= value <= high else UNKNOWN for value in one.possible)
        column.several[row] = one._replace(possible=possible)


def _possible_in_another_unit(name: str, value: float, unit: str) -> str:
    """Return the question whether an impossible value is one in another unit, or empty."""
    low, high = legal_range(name)
    legal = factors(name)
    if unit not in legal:
        return ""
    number = value / legal[unit]
    for other, factor in legal.items():
        if (
            other not in (unit, DATE, SINCE_ORIGIN)
            and legal[unit] != factor
            and low <= number * factor <= high
        ):
            own = FIELDS[name].unit
            return f"; is it {number:g} {other}" + (f", {number * factor:g} {own}?" if other != own else "?")
    return ""


def _compare(
    column: Cells,
    written: Floats,
    cells: Sequence[str],
    odd: Mapping[str, Answer],
    use: Use,
    unit: str,
    form: CellFormat,
) -> None:
    """Ask of each number whether another reading of it is likelier."""
    bare = np.ones(len(cells), dtype=np.bool_)
    with_unit = {cell for cell, answer in odd.items() if answer.has_unit}
    if with_unit:
        bare &= np.array([cell not in with_unit for cell in cells])
    # what cannot be true, or is a slip by itself, says nothing of the others
    raw = np.where(np.isnan(column.values), np.nan, written)
    one = Column(cells, use, unit, raw, column.values, bare, form.decimal == ",")
    column.remarks = declared_against_likelihood(one)
    for row, (values, question) in questions(one).items():
        column.several[row] = Several(values, f"{question}; taken as unknown", is_as_written=True)
