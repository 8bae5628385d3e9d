"""Units of the columns of a patient list: an explicit table, and what a slip of unit looks like."""

from collections.abc import Mapping
from typing import Final

from simulator.fields import FIELDS, Kind

DATE: Final = "date"
"""Unit of a column of ISO dates, for fields that count days."""
SINCE_ORIGIN: Final = "days since origin"
"""Unit of a column of days that count from the same day as the referral column, such as diagnosis."""

_WORDS: Final = {
    "umol/l": "umol/L",
    "mmol/l": "mmol/L",
    "mg/dl": "mg/dL",
    "%": "%",
    "percent": "%",
    "pct": "%",
    "fraction": "fraction",
    "proportion": "fraction",
    "u/l": "U/L",
    "iu/l": "U/L",
    "ukat/l": "ukat/L",
    "ms": "ms",
    "msec": "ms",
    "s": "s",
    "sec": "s",
    "10^9/l": "10^9/L",
    "10e9/l": "10^9/L",
    "x10^9/l": "10^9/L",
    "G/L": "10^9/L",
    "10^3/ul": "10^9/L",
    "/ul": "/uL",
    "g/L": "g/L",
    "g/dl": "g/dL",
    **dict.fromkeys(("years", "year", "y", "yrs", "jahre", "j", "岁", "歲", "ans", "años"), "years"),
    **dict.fromkeys(("months", "month", "monate", "个月", "月", "mois", "meses"), "months"),
    **dict.fromkeys(("weeks", "week", "wochen", "周", "semaines", "semanas"), "weeks"),
    **dict.fromkeys(("days", "day", "d", "tage", "天", "日", "jours", "días"), "days"),
    "date": DATE,
    "days_since_origin": SINCE_ORIGIN,
}
"""How people write a unit -> the unit. In small letters, but where the case tells two units apart: G/L (giga per
litre) counts cells, g/L is a mass."""
_SMALL: Final = {
    small: tuple(unit for word, unit in _WORDS.items() if word.lower() == small)
    for small in {word.lower() for word in _WORDS}
}
"""The same in small letters -> the units that it may be, in the order above."""
_FACTORS: Final[dict[str, dict[str, float]]] = {
    "umol/L": {"umol/L": 1, "mmol/L": 1000},
    "U/L": {"U/L": 1, "ukat/L": 60},
    "%": {"%": 1, "fraction": 100},
    "ms": {"ms": 1, "s": 1000},
    "10^9/L": {"10^9/L": 1, "/uL": 0.001},
    "g/L": {"g/L": 1, "g/dL": 10},
    "days": {"days": 1, "weeks": 7},
    "months": {"months": 1, "years": 12},
    "years": {"years": 1, "months": 1 / 12},
}


def unit_written(name: str, text: str) -> str | None:
    """Return the unit of a field as people write it, or None where it is none of the field's.

    The case as written is compared first, then any case: a column name in small letters, `platelets_g_l`, and
    a heading in capitals are read as the unit that the field has.
    """
    plain = text.strip().replace("µ", "u").replace("μ", "u").replace("³", "^3").replace("⁹", "^9")
    words = (plain.replace(" ", ""), plain.replace(" ", "_"))
    readings = [_WORDS.get(word) for word in words]
    # as written comes first, so that G/L and g/L are told apart where a field could be in either
    readings += [unit for word in words for unit in _SMALL.get(word.lower(), ())]
    legal = factors(name)
    readings += [own_unit(name)] if plain.casefold() == own_unit(name) else []
    return next((unit for unit in readings if unit in legal), None)


def unit_words() -> tuple[str, ...]:
    """Return every way of writing a unit that `unit_written` reads."""
    return tuple(_WORDS)


def own_unit(name: str) -> str:
    """Return the unit in which the field is kept, as a column would state it."""
    field = FIELDS[name]
    if field.kind is Kind.DAY:
        return "days"
    return "%" if field.unit.startswith("%") else field.unit


def factors(name: str) -> Mapping[str, float]:
    """Return the units a column of the field may have, with the factor to the field's own."""
    field = FIELDS[name]
    if field.kind is Kind.DAY:
        return {"days": 1, DATE: 1, SINCE_ORIGIN: 1}
    found: dict[str, float] = dict(_FACTORS.get(own_unit(name), {own_unit(name): 1}))
    found |= field.other_units
    if found.keys() >= {"days", "weeks"}:
        found[DATE] = 1
    return found


def must_be_stated(name: str) -> bool:
    """Return whether a column of the field is unreadable without its unit: both are common and overlap."""
    return bool(FIELDS[name].other_units)


def legal_range(name: str) -> tuple[float, float]:
    """Return the values that can be true, in the field's own unit."""
    field = FIELDS[name]
    if field.plausible is not None:
        return field.plausible
    return (
        float("-inf") if field.low is None else field.low,
        float("inf") if field.high is None else field.high,
    )


def usual_in_another_unit(name: str, unit: str) -> tuple[float, float, float, float, str] | None:
    """Return what tells a value in the wrong one of two units: seen low and high, ordinary low and high.

    A value in `unit` that lies outside what is seen in patients, but whose number would be ordinary in the
    other unit, cannot be told from a slip. All four are in the column's own unit (the ordinary ones as a
    number of the other unit), with the name of that unit; None where no such pair of units exists.
    """
    field = FIELDS[name]
    other_units = [(word, factor) for word, factor in field.other_units.items() if unit in (word, field.unit)]
    if field.seen is None or field.ordinary is None or not other_units:
        return None
    (seen_low, seen_high), (low, high) = field.seen, field.ordinary
    ((other, factor),) = other_units
    if unit == field.unit:
        return seen_low, seen_high, low / factor, high / factor, other
    return seen_low / factor, seen_high / factor, low, high, field.unit
