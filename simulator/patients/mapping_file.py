"""What a mapping file says of a patient list: the use of its columns, and how its cells are written."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import did_you_mean, shown
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import Node, read_nodes, read_text
from simulator.patients.column_names import ID, REFERRAL
from simulator.patients.mapping_columns import read_columns, read_combine, read_long
from simulator.patients.mapping_parts import Combine, LongTable, Part
from simulator.patients.mapping_uses import Use as Use  # noqa: PLC0414 - named here for readers of a mapping

_OPTIONS: Final = (
    "encoding",
    "sheet",
    "delimiter",
    "decimal",
    "dates",
    "missing",
    ID,
    REFERRAL,
    "referral_date",
    "columns",
    "combine",
    "long",
)
_DAY_FIRST: Final = {"day first": True, "month first": False}
_CHOICES: Final = {"delimiter": (",", ";", "\t", "|"), "decimal": (".", ","), "dates": tuple(_DAY_FIRST)}


@dataclass(frozen=True, slots=True)
class ListMapping:
    """What a mapping file says; empty: names and synonyms alone.

    Attributes
    ----------
    columns
        Column name as in the file -> its use; None: to be ignored.
    day_first
        What 02/03/2026 is: 2 March, 3 February (False); None: not said, and then it is asked.
    parts
        Column name -> its uses, where it has several or another column decides.
    combine
        Field -> how the values of its columns become one.
    long
        How to read a table with a row for each measurement; None: a row is a patient.
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
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    columns: Mapping[str, Use | None] = field(default_factory=dict)
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    combine: Mapping[str, Combine] = field(default_factory=dict)
    long: LongTable | None = None
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
    parts: dict[str, tuple[Part, ...]] = {}
    combine: dict[str, Combine] = {}
    long: LongTable | None = None
    entries = top.value if top is not None else None
    if top is not None and not isinstance(entries, dict):
        faults.append(f"{path}:1:1: must be a mapping with some of {', '.join(_OPTIONS)}")
    if isinstance(entries, dict):
        for key, node in entries.items():
            match key:
                case "columns":
                    fault = read_columns(node, found, parts)
                case "combine":
                    combine, fault = read_combine(node)
                case "long":
                    long, fault = read_long(node)
                case _:
                    fault = _option(key, node, options, found)
            faults += [f"{path}:{at}: {message}" for at, message in fault]
    if faults:
        raise ProtocolError("\n".join(faults))
    return ListMapping(
        encoding=_text(options.get("encoding")),
        sheet=_text(options.get("sheet")),
        delimiter=_text(options.get("delimiter")),
        decimal=_text(options.get("decimal")) or ".",
        day_first=_DAY_FIRST.get(str(options.get("dates"))),
        missing=tuple(str(word) for word in _items(options.get("missing"))),
        columns=found,
        parts=parts,
        combine=combine,
        long=long,
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
        case "id" | "referral" if isinstance(value, str) and value in columns:
            message = f"column {shown(value)} has a use already; a column has one"
        case "id" | "referral" if isinstance(value, str):
            columns[value] = Use(key)
        case "encoding" if isinstance(value, str):
            message = _encoding(value, options)
        case "sheet" if isinstance(value, str):
            options[key] = value
        case "delimiter" | "decimal" | "dates" if value in _CHOICES[key]:
            options[key] = value
        case "delimiter" | "decimal" | "dates":
            message = f"must be one of {', '.join(map(repr, _CHOICES[key]))}, got {shown(value)}"
        case "missing" if isinstance(value, list):
            options[key] = [below.value for below in value]
        case "referral_date" if _day(value) is not None:
            options[key] = value
        case "referral_date":
            message = f"must be a day, year-month-day, got {shown(value)}"
        case "missing":
            message = f"must be a list of words, got {shown(value)}"
        case "id" | "referral" | "encoding" | "sheet":
            message = f"must be text, got {shown(value)}"
        case _:
            message = "unknown key" + did_you_mean(key, _OPTIONS)
    return [(f"{node.at.line}:{node.at.column}", f"{printable(key)}: {message}")] if message else []


def _encoding(name: str, options: dict[str, object]) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        return f"no such encoding {shown(name)}"
    options["encoding"] = name
    return ""
