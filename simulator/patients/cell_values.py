"""One cell of a patient list: the number that its text means, or what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import shown
from simulator.patients.units import unit_written

Answer = tuple[float, str]
"""The number, NaN where unknown, and what is wrong with the cell, or empty."""
NOTHING: Final[Answer] = (float("nan"), "")

UNKNOWN_WORDS: Final = frozenset(
    (
        "",
        "na",
        "n/a",
        "nan",
        "null",
        "nil",
        ".",
        "?",
        "unknown",
        "unk",
        "missing",
        "not done",
        "not known",
        "nd",
    )
)
"""Cells that say "unknown", in any case. Other words, such as -9 or "not measured", go into the mapping file."""
YES: Final = frozenset(("yes", "y", "true", "t", "1", "1.0", "positive", "pos", "+", "present"))
NO: Final = frozenset(("no", "n", "false", "f", "0", "0.0", "negative", "neg", "absent"))
NUMBER: Final = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*)")
_PLAIN_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COMMA: Final = re.compile(r"[-+]?[0-9]+,[0-9]+.*")
ISO_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]+)?")
UNREADABLE: Final = "cannot be read in the encoding of the file"


@dataclass(frozen=True, slots=True)
class CellFormat:
    """How cells are written in this file."""

    decimal: str = "."
    missing: frozenset[str] = UNKNOWN_WORDS


def _escaped(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def _simple(cell: str, form: CellFormat) -> tuple[str, str | None]:
    """Return the cell in small letters without outer spaces, and what is wrong, or None where unknown."""
    plain = cell.strip().casefold()
    if plain in form.missing:
        return plain, None
    return plain, UNREADABLE if _escaped(cell) else ""


def _wrong(message: str) -> Answer:
    return float("nan"), f"{message}; taken as unknown"


def coded(cell: str, codes: Mapping[str, float], form: CellFormat) -> Answer:
    """Return the value of a cell by the codes of the mapping file."""
    plain, fault = _simple(cell, form)
    if plain in codes:
        return codes[plain], ""
    if fault is None:
        return NOTHING
    return _wrong(fault or f"{shown(cell)} is no code of the mapping; legal: {', '.join(codes)}")


def flag(cell: str, form: CellFormat) -> Answer:
    """Return 1 for yes and 0 for no."""
    plain, fault = _simple(cell, form)
    if fault is None:
        return NOTHING
    if plain in YES or plain in NO:
        return float(plain in YES), ""
    return _wrong(fault or f"{shown(cell)} is neither yes nor no")


def category(cell: str, name: str, form: CellFormat) -> Answer:
    """Return the index of a category."""
    plain, fault = _simple(cell, form)
    if fault is None:
        return NOTHING
    categories = FIELDS[name].categories
    word = FIELDS[name].category_words.get(plain, plain.replace(" ", "_"))
    if word in categories:
        return float(categories.index(word)), ""
    return _wrong(fault or f"{shown(cell)} is none of {', '.join(categories)}")


def _parsed(cell: str, form: CellFormat) -> tuple[float, str, str | None]:
    """Return the number of a cell, the text after it, and what is wrong (None: unknown)."""
    _, fault = _simple(cell, form)
    if fault is None or fault:
        return float("nan"), "", fault
    text = cell.strip()
    if form.decimal == ",":
        # next to a decimal comma a point may separate thousands: not guessed
        text = text.replace(",", ".") if "." not in text else "?"
    found = NUMBER.fullmatch(text)
    if _COMMA.fullmatch(text):
        return float("nan"), "", f"{shown(cell)} is no number; a decimal comma is named in the mapping file"
    if found is None:
        return float("nan"), "", f"{shown(cell)} is no number"
    return float(found.group(1)), found.group(2), ""


def plain_number(cell: str, form: CellFormat) -> Answer:
    """Return a number that has no unit."""
    value, after, fault = _parsed(cell, form)
    if fault is None:
        return NOTHING
    return _wrong(fault or f"{shown(cell)} is no number") if fault or after else (value, "")


def day(cell: str, form: CellFormat) -> Answer:
    """Return the ordinal of an ISO date."""
    _, fault = _simple(cell, form)
    if fault is None:
        return NOTHING
    found = ISO_DATE.fullmatch(cell.strip())
    try:
        if found is not None:
            return float(date.fromisoformat(found.group(1)).toordinal()), ""
    except ValueError:
        return _wrong(f"{shown(cell)} is no day of the calendar")
    return _wrong(fault or f"{shown(cell)} is no ISO date (year-month-day)")


def number_in_unit(cell: str, name: str, unit: str, form: CellFormat) -> Answer:
    """Return a number of a field that is in this unit; a unit in the cell must be the same."""
    if form.decimal == "." and FIELDS[name].kind is not Kind.INTEGER and _PLAIN_NUMBER.fullmatch(cell):
        return float(cell), ""  # most cells; what follows is slower
    value, after, fault = _parsed(cell, form)
    if fault is None:
        return NOTHING
    if fault:
        return _wrong(fault)
    if after:
        word = unit_written(name, after)
        if word is None:
            return _wrong(f"{shown(cell)} is no number of {unit}")
        if word != unit:
            return _wrong(f"mixed units: {shown(cell)} in a column of {unit}")
    # clipped, since infinity has no integer
    if FIELDS[name].kind is Kind.INTEGER and value != int(min(max(value, -1e9), 1e9)):
        return _wrong(f"{shown(cell)} is not a whole number")
    return value, ""
