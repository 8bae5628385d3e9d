"""The section `long` of a mapping file, guessed of a table with a row for each measurement."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from simulator.patients.column_mapping import use_of
from simulator.patients.column_names import ID, REFERRAL, closest_name, known_name, normal_name
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import PatientTable
from simulator.patients.units import must_be_stated

_WORDS: Final = {
    "date": "date when datum day zeitpunkt befunddatum messdatum abnahmedatum fecha 日期 时间 检查日期 检验日期",
    "value": "value result wert ergebnis messwert befund resultat valeur valor resultado 结果 检验结果 数值",
    "unit": "unit units einheit unite unidad 单位",
}
"""Role -> names of its column in normal form."""
_MOST_CODES: Final = 500
_KNOWN_CODES: Final = 2
"""Different codes that must be names of fields for a column to be taken for that of the codes."""


def guessed_long(table: PatientTable) -> list[str]:
    """Return the lines below `long:`; none where the table does not look like one with a row a measurement.

    It does where patients have several rows, a column is called a value or a result, and the cells of another
    are names of fields.
    """
    roles = {role: _named(table.headers, words.split()) for role, words in _WORDS.items()}
    patient = _patient(table)
    taken = {place for place in (*roles.values(), patient) if place is not None}
    codes = _codes(table, taken)
    if patient is None or roles["value"] is None or codes is None:
        return []
    ids = {row[patient] for row in table.rows}
    if len(ids) == len(table.rows):
        return []
    lines = [f"  patient: {_quoted(table.headers[patient])}"]
    lines += [
        f"  {role}: {_quoted(table.headers[place])}" for role, place in roles.items() if place is not None
    ]
    counted = Counter(row[codes].strip() for row in table.rows)
    found = [
        _code(code, has_unit=roles["unit"] is not None)
        for code, _ in counted.most_common(_MOST_CODES)
        if code
    ]
    return [*lines, f"  code: {_quoted(table.headers[codes])}", "  codes:", *found]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _named(headers: Sequence[str], words: Sequence[str]) -> int | None:
    return next((k for k, header in enumerate(headers) if normal_name(header) in words), None)


def _patient(table: PatientTable) -> int | None:
    return next(
        (k for k, header in enumerate(table.headers) if known_name(normal_name(header))[0] == ID), None
    )


def _codes(table: PatientTable, taken: set[int]) -> int | None:
    """Return the column most of whose different cells are names of fields."""
    known: dict[int, int] = {}
    for k in range(len(table.headers)):
        cells = {row[k].strip() for row in table.rows} if k not in taken else set()
        if len(cells) <= _MOST_CODES:
            known[k] = sum(known_name(normal_name(cell))[0] is not None for cell in cells if cell)
    best = max(known, key=lambda k: known[k], default=None)
    return best if best is not None and known[best] >= _KNOWN_CODES else None


def _code(code: str, *, has_unit: bool) -> str:
    """Return the line of a code: its field, with the unit where no column says it, or a question."""
    name, _ = known_name(normal_name(code))
    use = use_of(code, ListMapping())
    if name == REFERRAL:
        return f"    {_quoted(code)}: {REFERRAL}"
    if name is not None and must_be_stated(name) and not has_unit and use is None:
        return f"    # {_quoted(code)}: {{field: {name}, unit: }}  # ? in which unit?"
    if name is None or name == ID:
        return f"    {_quoted(code)}: ignore  # ? no field has this name{closest_name(normal_name(code))}"
    return f"    {_quoted(code)}: {name}"
