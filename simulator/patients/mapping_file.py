"""What a mapping file says of a patient list: the use of its columns, and how its cells are written."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from simulator.errors import ProtocolError
from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import did_you_mean, printable, shown
from simulator.parsing.yaml_nodes import Node, read_nodes, read_text
from simulator.patients.column_names import ID, REFERRAL, closest_name
from simulator.patients.units import factors, must_be_stated, own_unit, unit_written

IGNORE: Final = "ignore"
_OPTIONS: Final = (
    "encoding",
    "sheet",
    "delimiter",
    "decimal",
    "missing",
    ID,
    REFERRAL,
    "referral_date",
    "columns",
)
_DELIMITERS: Final = (",", ";", "\t", "|")

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


@dataclass(frozen=True, slots=True)
class ListMapping:
    """What a mapping file says; empty: names and synonyms alone.

    Attributes
    ----------
    columns
        Column name as in the file -> its use; None: to be ignored.
    sheet
        Name of the sheet, where a workbook has several that may list patients.
    missing
        Further words for "unknown".
    referral_date
        The day of referral of everybody, where no column and no resource says it.
    """

    encoding: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    missing: tuple[str, ...] = ()
    columns: Mapping[str, Use | None] = field(default_factory=dict)
    referral_date: date | None = None


def read_mapping(path: Path) -> ListMapping:
    """Read a mapping file (YAML).

    Raises
    ------
    ScenarioError
        Where the file cannot be read as text.
    ProtocolError
        With one line for every fault: `file:line:column: key: what is wrong, what is legal`.
    """
    top, placed = read_nodes(read_text(path, "mapping file"))
    faults = [f"{path}:{fault.at.line}:{fault.at.column}: {fault.message}" for fault in placed]
    found: dict[str, Use | None] = {}
    options: dict[str, object] = {}
    entries = top.value if top is not None else None
    if top is not None and not isinstance(entries, dict):
        faults.append(f"{path}:1:1: must be a mapping with some of {', '.join(_OPTIONS)}")
    if isinstance(entries, dict):
        for key, node in entries.items():
            fault = _option(key, node, options, found)
            faults += [f"{path}:{at}: {message}" for at, message in fault]
    if faults:
        raise ProtocolError("\n".join(faults))
    return ListMapping(
        encoding=_text(options.get("encoding")),
        sheet=_text(options.get("sheet")),
        delimiter=_text(options.get("delimiter")),
        decimal=_text(options.get("decimal")) or ".",
        missing=tuple(str(word) for word in _items(options.get("missing"))),
        columns=found,
        referral_date=_day(options.get("referral_date")),
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _option(
    key: str, node: Node, options: dict[str, object], columns: dict[str, Use | None]
) -> list[tuple[str, str]]:
    """Take one key of the file; return what is wrong with it, with its place."""
    value, message = node.value, ""
    match key:
        case "columns" if isinstance(value, dict):
            return _columns(value, columns)
        case "id" | "referral" if isinstance(value, str) and value in columns:
            message = f"column {shown(value)} has a use already; a column has one"
        case "id" | "referral" if isinstance(value, str):
            columns[value] = Use(key)
        case "encoding" if isinstance(value, str):
            message = _encoding(value, options)
        case "sheet" if isinstance(value, str):
            options[key] = value
        case "delimiter" if value in _DELIMITERS:
            options[key] = value
        case "delimiter":
            message = f"must be one of {', '.join(map(repr, _DELIMITERS))}, got {shown(value)}"
        case "decimal" if value in (".", ","):
            options[key] = value
        case "decimal":
            message = f"must be '.' or ',', got {shown(value)}"
        case "missing" if isinstance(value, list):
            options[key] = [below.value for below in value]
        case "referral_date" if _day(value) is not None:
            options[key] = value
        case "referral_date":
            message = f"must be a day, year-month-day, got {shown(value)}"
        case "columns" | "missing":
            message = f"must be a {'mapping' if key == 'columns' else 'list of words'}, got {shown(value)}"
        case "id" | "referral" | "encoding" | "sheet":
            message = f"must be text, got {shown(value)}"
        case _:
            message = "unknown key" + did_you_mean(key, _OPTIONS)
    return [(f"{node.at.line}:{node.at.column}", f"{printable(key)}: {message}")] if message else []


def _columns(entries: dict[str, Node], columns: dict[str, Use | None]) -> list[tuple[str, str]]:
    faults = []
    for name, below in entries.items():
        use, message = _column(below)
        if message is None and name in columns:
            message = "has a use already; a column has one"
        if message is None:
            columns[name] = use
        else:
            faults.append((f"{below.at.line}:{below.at.column}", f"columns.{printable(name)}: {message}"))
    return faults


def _encoding(name: str, options: dict[str, object]) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        return f"no such encoding {shown(name)}"
    options["encoding"] = name
    return ""


def _column(node: Node) -> tuple[Use | None, str | None]:
    """Return the use of one column, or what is wrong with its entry."""
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
    elif must_be_stated(name):
        return None, f"unit: required; {name} is in {', '.join(factors(name))}"
    codes, message = _codes(name, value["codes"].value) if "codes" in value else (None, None)
    return Use(name, unit, stated, codes), message


def _codes(name: str, entries: object) -> tuple[Codes | None, str | None]:
    one = FIELDS[name]
    if not isinstance(entries, dict):
        return None, "codes: must be a mapping from cell to value"
    if one.kind not in (Kind.FLAG, Kind.CATEGORY):
        return None, f"codes: only for yes/no and categories; {name} is a number"
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
