"""One column of a patient list: from cells to numbers, and every cell that cannot be one or could be several."""

from collections.abc import Mapping, Sequence
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
    Reference,
    Several,
    distinct,
    simple,
    wrong,
)
from simulator.patients.mapping_file import Use
from simulator.patients.number_cells import PLAIN_NUMBER, check_range, read_numbers
from simulator.patients.units import DATE, factors
from simulator.patients.written_dates import days_written, looks_dated
from simulator.patients.written_numbers import number_written
from simulator.patients.written_words import half_width, yes_or_no

MOST_DETECTION_LIMIT: Final = 1000
"""IU or copies per mL: an assay that finds no fewer is none in use, and `<2000` a threshold of treatment."""
_OF_NUCLEIC_ACID: Final = frozenset(
    ("", "iu/ml", "ui/ml", "u/ml", "ie/ml", "iu", "copies/ml", "kopien/ml", "copias/ml", "拷贝/ml", "cp/ml")
)
_BINARY: Final = frozenset((0.0, 1.0))


def read_cells(cells: Sequence[str], use: Use, form: CellFormat, reference: Reference | None) -> Cells:
    """Return a column of cells as numbers of its field.

    Parameters
    ----------
    reference
        The referral column; None where the file has none, and then a date is unreadable.
    """
    one = FIELDS[use.field]
    unit = use.unit
    if DATE in factors(use.field) and not use.stated:
        unit = DATE if _looks_dated(cells) else unit
    if use.codes is not None:
        column, _ = distinct(cells, lambda cell: _coded(cell, use.codes or {}, form))
    elif one.kind is Kind.FLAG:
        column, _ = distinct(cells, lambda cell: _flag(cell, use.field, form))
        _check_digits(column, cells, use.field)
    elif one.kind is Kind.CATEGORY:
        column, _ = distinct(cells, lambda cell: _category(cell, use.field, form))
        _check_words(column, cells, use.field)
    elif unit == DATE:
        column = _days_of_dates(cells, one.kind, form, reference)
        check_range(column, cells, use.field)
    else:
        column = read_numbers(cells, use, unit, form, reference)
    column.unit = unit
    return column


def read_reference(cells: Sequence[str], form: CellFormat) -> tuple[Reference, dict[int, str]]:
    """Return the day of referral of each patient, and what is wrong with cells."""
    dated = _looks_dated(cells) or not any(
        PLAIN_NUMBER.fullmatch(half_width(cell).strip()) for cell in set(cells)
    )
    column, _ = distinct(
        cells, (lambda cell: _date(cell, form)) if dated else (lambda cell: _plain(cell, form))
    )
    return Reference(column.values, dated), column.wrong


def _coded(cell: str, codes: Mapping[str, float], form: CellFormat) -> Answer:
    plain, fault = simple(cell, form)
    if plain in codes:
        return Answer(codes[plain])
    if fault is None:
        return NOTHING
    return wrong(fault or f"{shown(cell)} is no code of the mapping; legal: {', '.join(codes)}")


def _flag(cell: str, name: str, form: CellFormat) -> Answer:
    plain, fault = simple(cell, form)
    if fault is None:
        return NOTHING
    said = yes_or_no(plain)
    if said is not None:
        return Answer(float(said))
    if FIELDS[name].has_detection_limit:
        number = number_written(plain, form.decimal)
        if number.sign.startswith("<") and (
            number.value > MOST_DETECTION_LIMIT or number.after not in _OF_NUCLEIC_ACID
        ):
            return wrong(f"{shown(cell)}: found, or below the limit of the assay? write yes or no")
        if number.sign.startswith("<"):
            return Answer(0.0)
    return wrong(fault or f"{shown(cell)} is neither yes nor no")


def _check_digits(column: Cells, cells: Sequence[str], name: str) -> None:
    """Ask what 1 is in a column with 2, where it may be yes or no, or next to numbers of a viral load."""
    known = {half_width(cell).strip() for cell in set(cells)}
    numbers = {float(cell) for cell in known if PLAIN_NUMBER.fullmatch(cell)}
    if FIELDS[name].has_detection_limit:
        unclear = {1.0} if numbers - _BINARY else set()
    else:
        unclear = set(_BINARY) if 2.0 in numbers else set()
    for row, cell in enumerate(cells) if unclear else ():
        plain = half_width(cell).strip()
        if PLAIN_NUMBER.fullmatch(plain) and float(plain) in unclear:
            column.values[row] = UNKNOWN
            column.wrong[row] = (
                f"{shown(cell)} among other numbers: yes or no? say codes in the mapping; taken as unknown"
            )
            column.several[row] = Several((0.0, 1.0), column.wrong[row])


def _category(cell: str, name: str, form: CellFormat) -> Answer:
    plain, fault = simple(cell, form)
    if fault is None:
        return NOTHING
    categories = FIELDS[name].categories
    word = FIELDS[name].category_words.get(plain.rstrip("."), plain.replace(" ", "_"))
    if word in categories:
        return Answer(float(categories.index(word)))
    return wrong(fault or f"{shown(cell)} is none of {', '.join(categories)}")


def _check_words(column: Cells, cells: Sequence[str], name: str) -> None:
    """Ask what M is in a column with H: hombre and mujer are written so, and M is male elsewhere."""
    written = {half_width(cell).strip().casefold() for cell in set(cells)} if name == "sex" else set()
    if not {"h", "m"} <= written:
        return
    for row, cell in enumerate(cells):
        if half_width(cell).strip().casefold() == "m":
            column.values[row] = UNKNOWN
            column.wrong[row] = (
                f"{shown(cell)} beside H: male or mujer? say codes in the mapping; taken as unknown"
            )
            column.several[row] = Several((0.0, 1.0), column.wrong[row])


def _plain(cell: str, form: CellFormat) -> Answer:
    _, fault = simple(cell, form)
    if fault is None:
        return NOTHING
    number = number_written(half_width(cell).strip(), form.decimal)
    fault = fault or number.wrong
    return (
        wrong(fault or f"{shown(cell)} is no number")
        if fault or number.after or number.sign
        else Answer(number.value)
    )


def _date(cell: str, form: CellFormat) -> Answer:
    _, fault = simple(cell, form)
    if fault is None:
        return NOTHING
    if fault:
        return wrong(fault)
    days, question = days_written(half_width(cell).strip(), form.day_first)
    if len(days) == 1:
        return Answer(days[0])
    return Answer(UNKNOWN, f"{question}; taken as unknown", days)


def _looks_dated(cells: Sequence[str]) -> bool:
    """Return whether at least as many cells are dates as are numbers, and some are."""
    written = [half_width(cell).strip() for cell in set(cells)]
    dates = sum(looks_dated(cell) for cell in written)
    return dates > 0 and 2 * dates >= sum(PLAIN_NUMBER.fullmatch(cell) is not None for cell in written)


def _days_of_dates(cells: Sequence[str], kind: Kind, form: CellFormat, reference: Reference | None) -> Cells:
    column, _ = distinct(cells, lambda cell: _date(cell, form))
    if reference is None or not reference.dated:
        column.values[:] = UNKNOWN
        column.whole = "holds dates, and the file has no column of referral dates to count from"
        column.wrong, column.several = {}, {}
        return column
    # a day is negative before the referral, an age in days positive
    sign = 1 if kind is Kind.DAY else -1
    given = ~np.isnan(column.values)
    column.values = sign * (column.values - reference.days)
    for row in np.flatnonzero(given & np.isnan(column.values)).tolist():
        column.wrong[row] = f"{shown(cells[row])} cannot be counted from a referral without a date; unknown"
    for row, one in list(column.several.items()):
        days = tuple(sign * (day - float(reference.days[row])) for day in one.possible)
        column.several[row] = one._replace(possible=days)
    return column
