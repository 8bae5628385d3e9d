"""The fields of a patient list as text: unit, range, names in lists, and the criteria that read them."""

import textwrap
from collections.abc import Iterable
from typing import Final

from simulator.eligibility.explanations import fields_read
from simulator.eligibility.nct07144020 import CRITERIA
from simulator.eligibility.optional import OPTIONAL_CRITERIA
from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import ProtocolError
from simulator.fields import FIELDS, Kind, PatientField
from simulator.patients.column_names import closest_name
from simulator.patients.units import DATE, SINCE_ORIGIN, factors, legal_range, must_be_stated

WIDTH: Final = 118


def render_fields(names: Iterable[str] = ()) -> str:
    """Return a paragraph for each field, all of them where none is named.

    Raises
    ------
    ProtocolError
        Where a name is no patient field.
    """
    wanted = list(names)
    wrong = [f"{name}: no patient field{closest_name(name)}" for name in wanted if name not in FIELDS]
    if wrong:
        raise ProtocolError("\n".join(wrong))
    return "\n".join(_paragraph(FIELDS[name]) for name in wanted or FIELDS)


def _paragraph(field: PatientField) -> str:
    lines = [f"{field.name}: {_values(field)}. {field.description}"]
    others = [unit for unit in factors(field.name) if unit not in (field.unit, DATE, SINCE_ORIGIN)]
    if field.kind is Kind.NUMBER and len(others) > 1 - field.unit.startswith("%"):
        stated = "; must be stated" if must_be_stated(field.name) else ""
        lines.append(f"units: {', '.join(one for one in factors(field.name) if one != SINCE_ORIGIN)}{stated}")
    names = (*field.synonyms, *field.translations)
    dated = [f"{name} date" for name in (*field.dated_synonyms, *field.dated_translations)]
    if names or dated:
        lines.append(f"in lists: {', '.join([*names, *dated]).replace('_', ' ')}")
    lines.append(f"read by: {_readers(field.name)}")
    return "\n".join(
        textwrap.fill(line, WIDTH, initial_indent="" if k == 0 else "    ", subsequent_indent="      ")
        for k, line in enumerate(lines)
    )


def _values(field: PatientField) -> str:
    match field.kind:
        case Kind.FLAG:
            return "yes or no"
        case Kind.CATEGORY:
            return f"one of {', '.join(field.categories)}"
        case Kind.DAY:
            return "a date, or days from the referral (negative before it)"
        case _:
            low, high = legal_range(field.name)
            return f"{field.unit}, {low:g} to {high:g}"


def _readers(name: str) -> str:
    defaults = EligibilityReadings()
    readers = [
        one.id if name in fields_read(one, defaults) else f"{one.id} (in another reading)"
        for one in CRITERIA
        if name in one.fields
    ]
    readers += [f"{one.id} (optional rule)" for one in OPTIONAL_CRITERIA if name in one.fields]
    return ", ".join(readers) or "no criterion"
