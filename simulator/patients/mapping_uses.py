"""What one column of a patient list is used for, as a mapping file says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import did_you_mean, shown
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import Node
from simulator.patients.column_names import closest_name
from simulator.patients.units import factors, must_be_stated, own_unit, unit_written

IGNORE: Final = "ignore"

Codes: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Use:
    """What one column is used for.

    Attributes
    ----------
    field
        A patient field, or one of `ROLES`.
    unit
        The unit of its cells.
    stated
        Whether the mapping or the column's name says the unit; else the field's own is taken.
    codes
        Cell -> value, where the mapping gives codes: no other cell is legal then.
    """

    field: str
    unit: str = ""
    stated: bool = False
    codes: Codes | None = None


def read_use(node: Node, *, unit_required: bool = True) -> tuple[Use | None, str | None]:
    """Return the use of one column, or what is wrong with its entry.

    Without `unit_required` the unit may be left out where the field has several: the table has it by the value.
    """
    value = node.value
    if value == IGNORE:
        return None, None
    if isinstance(value, str):
        value = {"field": node}
    if not isinstance(value, dict):
        return None, f"must be a field, {IGNORE}, or a mapping with field, unit and codes, got {shown(value)}"
    strange = [key for key in value if key not in ("field", "unit", "codes")]
    if strange:
        return None, f"unknown key {shown(strange[0])}" + did_you_mean(strange[0], ("field", "unit", "codes"))
    name = value["field"].value if "field" in value else None
    if not isinstance(name, str) or name not in FIELDS:
        return None, f"no patient field {shown(name)}" + (closest_name(name) if isinstance(name, str) else "")
    unit, stated = own_unit(name), "unit" in value
    if stated:
        written = value["unit"].value
        word = unit_written(name, written) if isinstance(written, str) else None
        if word is None:
            return None, f"unit: {name} is in {', '.join(factors(name))}, got {shown(written)}"
        unit = word
    elif unit_required and must_be_stated(name):
        return None, f"unit: required; {name} is in {', '.join(factors(name))}"
    codes, message = _codes(name, value["codes"].value) if "codes" in value else (None, None)
    return Use(name, unit, stated, codes), message


def _codes(name: str, entries: object) -> tuple[Codes | None, str | None]:
    one = FIELDS[name]
    if not isinstance(entries, dict):
        return None, "codes: must be a mapping from cell to value"
    if one.kind not in (Kind.FLAG, Kind.CATEGORY):
        return _number_codes(name, entries)
    legal = {"yes": 1.0, "no": 0.0, "unknown": float("nan")}
    if one.kind is Kind.CATEGORY:
        legal = {**{word: float(i) for i, word in enumerate(one.categories)}, "unknown": float("nan")}
    codes = {}
    for cell, below in entries.items():
        value = {True: "yes", False: "no"}.get(below.value, below.value)
        if value not in legal:
            return None, f"codes.{printable(cell)}: must be one of {', '.join(legal)}, got {shown(value)}"
        codes[cell.casefold()] = legal[value]
    return codes, None


def _number_codes(name: str, entries: Mapping[str, Node]) -> tuple[Codes | None, str | None]:
    """Return the numbers that cells stand for, in the unit of the column."""
    codes = {}
    for cell, below in entries.items():
        value = below.value
        if value == "unknown":
            codes[cell.casefold()] = float("nan")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            codes[cell.casefold()] = float(value)
        else:
            return None, f"codes.{printable(cell)}: must be a number or unknown, got {shown(value)}"
    return codes, None
