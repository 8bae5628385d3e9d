"""Dates, units and answers of FHIR resources as the cells of a patient list."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import shown
from simulator.patients.fhir.codes import ABSENT, ANSWER_SYSTEMS, ANSWERS, PRESENT, UCUM, UNITS
from simulator.patients.mapping_file import Use
from simulator.patients.number_cells import DIGITS
from simulator.patients.units import factors, own_unit, unit_written

Element = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """The cell of a value, where in its resource it is, and what is wrong (the cell is empty then)."""

    cell: str
    path: str
    wrong: str = ""


def effective(observation: Element) -> tuple[str, object]:
    """Return (path, text) of when an observation was made; of a period its end; an empty path where none."""
    for path in ("effectiveDateTime", "effectiveInstant"):
        if path in observation:
            return path, observation[path]
    period = observation.get("effectivePeriod") or {}
    for path in ("end", "start"):
        if path in period:
            return f"effectivePeriod.{path}", period[path]
    return "", None


def codings(concept: Element | None) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of a CodeableConcept."""
    for coding in (concept or {}).get("coding") or []:
        yield str(coding.get("system", "")), str(coding.get("code", ""))


def value_of(holder: Element, field: str, use: Use | None, *, positive: bool = False) -> Value | None:
    """Return the value of an observation or component as a cell of the field; None where it has no value.

    Parameters
    ----------
    use
        What a mapping file says of the code: the unit where the value has none, and codes.
    positive
        The value is a number, and the field says whether it is above 0.
    """
    for path, value in holder.items():
        match path:
            case "valueQuantity":
                return _quantity(value, path, field, use, positive)
            case "valueCodeableConcept":
                return _answer(value, path, field, use)
            case "valueInteger" | "valueString":
                return _written(str(value), path, field, use)
            case "valueBoolean":
                return Value("yes" if value else "no", path)
            case _ if path.startswith("value"):
                return Value("", path, f"a {path.removeprefix('value')} is no value of {field}")
    return None


def quantity_in(quantity: Element, path: str, field: str, use: Use | None = None) -> Value:
    """Return a Quantity as a cell in the field's own unit."""
    number = quantity.get("value")
    if number is None:
        return Value("", f"{path}.value", "has no number")
    word, wrong = _unit(quantity, field, use)
    if wrong:
        return Value("", f"{path}.code" if "code" in quantity else f"{path}.unit", wrong)
    factor = 1.0 if word == own_unit(field) else factors(field)[word]
    cell = str(number) if factor == 1 else repr(round(float(number) * factor, DIGITS))
    comparator = quantity.get("comparator")
    if comparator is not None:
        return Value(f"{comparator} {cell}", f"{path}.comparator")
    return Value(cell, f"{path}.value")


def _unit(quantity: Element, field: str, use: Use | None) -> tuple[str, str]:
    """Return the word of the unit, and what is wrong with it."""
    own, code, text = own_unit(field), quantity.get("code"), quantity.get("unit")
    if FIELDS[field].kind is Kind.INTEGER:
        # a grade or class has no unit: 1, or an annotation such as {score}
        plain = code in (None, "1") or str(code).startswith("{")
        return own, "" if plain else f"unit {shown(code)}: {field} has none"
    word = UNITS.get(str(code)) if quantity.get("system", UCUM) == UCUM and code is not None else None
    if word is None and code is None and text is not None:
        word = unit_written(field, str(text))
    if word is None and code is None and text is None and use is not None and use.stated:
        word = use.unit
    legal = ", ".join(one for one in factors(field) if one != "date")
    if word is not None and word in factors(field):
        return word, ""
    if code is None and text is None:
        return own, f"has no unit; {field} is in {legal}; taken as unknown"
    return own, f"unit {shown(code if code is not None else text)}: {field} is in {legal}; taken as unknown"


def _quantity(quantity: Element, path: str, field: str, use: Use | None, positive: bool) -> Value:
    if not positive:
        if FIELDS[field].kind in (Kind.FLAG, Kind.CATEGORY):
            return Value("", path, f"a quantity is no value of {field}, which is {FIELDS[field].unit}")
        return quantity_in(quantity, path, field, use)
    found = quantity_in(quantity, path, "bm_blasts_percent", use)  # any percentage
    if found.wrong:
        return found
    if quantity.get("comparator") is not None:
        return Value(
            "yes" if found.cell.startswith(">") else "", found.path, _SMALL_AMOUNT[found.cell[0] == ">"]
        )
    number = float(found.cell)
    if not 0 <= number <= 100:
        return Value("", found.path, f"impossible value {number:g} %, possible 0 to 100; taken as unknown")
    return Value("yes" if number > 0 else "no", found.path)


def _answer(concept: Element, path: str, field: str, use: Use | None) -> Value:
    seen = []
    for k, (system, code) in enumerate(codings(concept)):
        at = f"{path}.coding[{k}].code"
        if use is not None and use.codes is not None and code.casefold() in use.codes:
            return Value(_cell(use.codes[code.casefold()], field), at)
        if system in ANSWER_SYSTEMS:
            if code in ANSWERS.get(field, {}):
                return Value(ANSWERS[field][code], at)
            if FIELDS[field].kind is Kind.FLAG and code in PRESENT | ABSENT:
                return Value("yes" if code in PRESENT else "no", at)
        seen.append(code)
    if not seen and concept.get("text"):
        return _written(str(concept["text"]), f"{path}.text", field, use)
    return Value(
        "", path, f"answer {shown(', '.join(seen))} is none of those known of {field}; taken as unknown"
    )


def _written(text: str, path: str, field: str, use: Use | None) -> Value:
    if use is not None and use.codes is not None and text.casefold() in use.codes:
        return Value(_cell(use.codes[text.casefold()], field), path)
    return Value(_WORDS.get(text.strip().casefold(), text), path)


_SMALL_AMOUNT: Final = ("less than a limit may be nothing; taken as unknown", "")
_WORDS: Final = {
    "detected": "yes",
    "not detected": "no",
    "reactive": "yes",
    "non-reactive": "no",
    "nonreactive": "no",
}


def _cell(value: float, field: str) -> str:
    if math.isnan(value):  # the mapping says unknown
        return ""
    categories = FIELDS[field].categories
    return categories[int(value)] if categories else ("yes" if value else "no")
