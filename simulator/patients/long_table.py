"""A table with a row for each measurement, as one with a row for each patient."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from simulator.errors import ProtocolError
from simulator.fields import FIELDS
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.column_mapping import use_of
from simulator.patients.column_names import ID, REFERRAL
from simulator.patients.instants import Instant, instant_written, latest
from simulator.patients.mapping_file import ListMapping
from simulator.patients.mapping_parts import LongTable
from simulator.patients.mapping_uses import Use
from simulator.patients.number_cells import DIGITS
from simulator.patients.table import ListFault, PatientTable
from simulator.patients.units import (
    DATE,
    factors,
    must_be_stated,
    own_unit,
    unit_written,
    usual_in_another_unit,
)
from simulator.patients.written_words import half_width

_NUMBER: Final = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_LINES_SAID: Final = 10
_AGES: Final = {"lvef_percent": "lvef_age_days"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One measurement of one field."""

    line: int
    day: str
    cell: str
    wrong: str
    unit: str = ""


def as_wide(table: PatientTable, mapping: ListMapping, long: LongTable) -> tuple[PatientTable, ListMapping]:
    """Return one row a patient: of each field the most recent value at or before the day of referral.

    Other columns that are a field hold for the patient, where all their rows say the same. Where the order of two
    different values cannot be told, or a date cannot be read, the field is unknown and it is said.

    Raises
    ------
    ProtocolError
        Where the table lacks a column that the mapping names.
    """
    wanted = [name for name in (long.patient, long.code, long.value, long.date, long.unit) if name]
    absent = [name for name in wanted if name not in table.headers]
    if absent:
        raise ProtocolError("\n".join(f"long: the file has no column {name!r}" for name in absent))
    return _Pivot(table, mapping, long).wide()


class _Pivot:
    def __init__(self, table: PatientTable, mapping: ListMapping, long: LongTable) -> None:
        self._table, self._mapping, self._long = table, mapping, long
        self._place = {name: table.headers.index(name) for name in reversed(table.headers)}
        self._faults = list(table.faults)
        self._found: dict[str, dict[str, list[_Row]]] = defaultdict(lambda: defaultdict(list))
        self._constant: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        self._uses: dict[str, Use] = {}
        self._units: dict[str, Counter[str]] = defaultdict(Counter)
        self._first_line: dict[str, int] = {}
        self._wide = PatientTable([])

    def wide(self) -> tuple[PatientTable, ListMapping]:
        special = {self._long.patient, self._long.code, self._long.value, self._long.date, self._long.unit}
        others = {
            header: use
            for header in self._table.headers
            if header not in special
            and (use := use_of(header, self._mapping)) is not None
            and use.field != ID
        }
        self._uses = {use.field: use for use in others.values()}
        unread: Counter[str] = Counter()
        for row, cells in enumerate(self._table.rows):
            patient = self._cell(cells, self._long.patient)
            if not patient:
                self._fault(
                    row, self._long.patient, "has no identifier; the measurement is of nobody and not used"
                )
                continue
            self._first_line.setdefault(patient, self._table.lines[row])
            for header, use in others.items():
                text = self._cell(cells, header)
                if text:
                    self._constant[patient][use.field].setdefault(text, self._table.lines[row])
            code = self._cell(cells, self._long.code)
            if code.casefold() not in self._long.codes:
                unread[code] += 1
                continue
            meant = self._long.codes[code.casefold()]
            if meant is not None:
                self._take(row, cells, patient, meant)
        if unread:
            listed = ", ".join(
                f"{printable(code) or 'none'} ({count})" for code, count in unread.most_common(20)
            )
            more = f" and {len(unread) - 20} others" if len(unread) > 20 else ""
            note = f"codes that are not in the mapping, not read: {listed}{more}"
            self._faults.append(ListFault(0, self._long.code, note, is_note=True))
        return self._settled()

    def _instant(self, text: str) -> Instant | None:
        return instant_written(half_width(text), self._mapping.day_first)

    def _cell(self, cells: Sequence[str], column: str) -> str:
        return cells[self._place[column]].strip() if column else ""

    def _fault(self, row: int, column: str, message: str) -> None:
        self._faults.append(ListFault(self._table.lines[row], column, message))

    def _take(self, row: int, cells: Sequence[str], patient: str, use: Use) -> None:
        self._uses.setdefault(use.field, use)
        value = self._cell(cells, self._long.value)
        if not value:
            return
        unit, wrong = "", ""
        if use.field in FIELDS and use.codes is None:
            unit, wrong = _unit_of(self._cell(cells, self._long.unit), use)
            self._units[use.field][unit] += not wrong
        day = self._cell(cells, self._long.date)
        self._found[patient][use.field].append(_Row(self._table.lines[row], day, value, wrong, unit))

    def _in_one_unit(self) -> None:
        """Write the values of each field in the unit that most have, so that they can be compared."""
        for patient in self._found.values():
            for name, rows in patient.items():
                if name in self._units:
                    patient[name] = [self._converted(name, row) for row in rows]

    def _converted(self, name: str, row: _Row) -> _Row:
        most = self._unit(name)
        if row.wrong or row.unit == most:
            return row
        cell, wrong = _in_another_unit(row.cell, row.unit, most, name, self._mapping.decimal)
        return replace(row, cell=cell, wrong=wrong)

    def _unit(self, name: str) -> str:
        return self._units[name].most_common(1)[0][0] or own_unit(name)

    def _settled(self) -> tuple[PatientTable, ListMapping]:
        self._in_one_unit()
        fields = [name for name in (REFERRAL, *FIELDS) if name in self._uses]
        fields += [
            age for name, age in _AGES.items() if name in fields and age not in fields and self._long.date
        ]
        columns: dict[str, Use | None] = {self._long.patient: Use(ID)}
        for name in fields:
            measured = name in FIELDS and any(name in values for values in self._found.values())
            use = self._uses.get(name, Use(name, DATE, stated=True))
            # what was measured is in one unit by now; other columns are as they were
            unit = self._unit(name) if measured and name in self._units else use.unit
            columns[name] = replace(use, unit=unit, stated=use.stated or (measured and must_be_stated(name)))
        self._wide = PatientTable([self._long.patient, *fields])
        for patient, line in self._first_line.items():
            self._add(patient, line, fields)
        self._wide.faults = self._faults
        return self._wide, replace(self._mapping, columns=columns, long=None)

    def _add(self, patient: str, line: int, fields: Sequence[str]) -> None:
        row = len(self._wide.rows)
        cells = {name: self._of_patient(patient, name, row) for name in fields}
        referral = self._referral(patient, cells)
        for name, found in self._found.get(patient, {}).items():
            if name != REFERRAL:
                chosen = self._latest(patient, name, found, referral)
                if chosen is None:
                    self._unknown(row, name)
                    continue
                cells[name] = chosen.cell
                age = _AGES.get(name, "")
                if age in cells and not cells[age] and self._instant(chosen.day) is not None:
                    cells[age] = chosen.day
                self._wide.origin[row, 1 + list(fields).index(name)] = (
                    f"line {chosen.line}, {self._long.value!r}"
                )
        self._wide.rows.append([patient, *(cells[name] for name in fields)])
        self._wide.lines.append(line)

    def _unknown(self, row: int, name: str) -> None:
        self._wide.unreadable.setdefault(self._wide.headers.index(name), []).append(row)

    def _of_patient(self, patient: str, name: str, row: int) -> str:
        """Return what a column says in all rows of a patient; nothing where the rows differ."""
        said = self._constant.get(patient, {}).get(name, {})
        if len(said) > 1:
            listed = " and ".join(f"{shown(text)} on line {line}" for text, line in list(said.items())[:3])
            message = f"{patient!r} has {listed}: the rows of a patient differ; {name} is unknown"
            self._faults.append(ListFault(max(said.values()), "", message))
            self._unknown(row, name)
            return ""
        return next(iter(said), "")

    def _referral(self, patient: str, cells: dict[str, str]) -> Instant | None:
        rows = self._found.get(patient, {}).get(REFERRAL, [])
        days = list(dict.fromkeys(row.cell for row in rows))
        if len(days) > 1:
            message = f"{patient!r} has several days of referral ({', '.join(days[:3])}); unknown"
            self._faults.append(ListFault(rows[-1].line, "", message))
        elif days:
            cells[REFERRAL] = days[0]
        if cells.get(REFERRAL):
            return self._instant(cells[REFERRAL])
        day = self._mapping.referral_date
        return None if day is None else Instant(day, day)

    def _latest(self, patient: str, name: str, rows: list[_Row], referral: Instant | None) -> _Row | None:
        """Return the most recent row at or before the referral; None where that cannot be told, and say so."""
        if not self._long.date:
            if len({row.cell for row in rows}) == 1:
                return self._readable(rows[0])
            message = f"{patient!r} has {len(rows)} values of {name}, and no date; unknown"
            self._faults.append(ListFault(rows[-1].line, self._long.value, message))
            return None
        when: dict[_Row, Instant] = {}
        for row in rows:
            found = self._instant(row.day)
            if found is None:
                message = f"the date {shown(row.day)} cannot be read, so which {name} is the last is unknown"
                self._faults.append(ListFault(row.line, self._long.date, message))
                return None
            when[row] = found
        before = [row for row in rows if referral is None or when[row].first <= referral.last]
        if not before:
            return _Row(rows[0].line, "", "", "")
        newest = latest(before, when.__getitem__)
        perhaps_late = [row for row in newest if referral is not None and when[row].last > referral.last]
        if perhaps_late:
            day = shown(perhaps_late[0].day)
            message = f"{patient!r}: whether {name} of {day} is before the referral cannot be told; unknown"
            self._faults.append(ListFault(perhaps_late[0].line, self._long.date, message))
            return None
        if len({(row.cell, row.wrong) for row in newest}) > 1:
            lines = ", ".join(str(row.line) for row in newest[:_LINES_SAID])
            more = f" and {len(newest) - _LINES_SAID} others" if len(newest) > _LINES_SAID else ""
            message = f"{patient!r}: which {name} of lines {lines}{more} is the last cannot be told; unknown"
            self._faults.append(ListFault(newest[-1].line, self._long.date, message))
            return None
        return self._readable(newest[-1])

    def _readable(self, row: _Row) -> _Row | None:
        if row.wrong:
            self._faults.append(ListFault(row.line, self._long.value, row.wrong))
            return None
        return row


def _unit_of(unit: str, use: Use) -> tuple[str, str]:
    """Return the unit of a row, by its cell or else by the mapping, and what is wrong with it."""
    name = use.field
    word = unit_written(name, unit) if unit else use.unit if use.stated else None
    if word is None and unit:
        return "", f"unit {shown(unit)}: {name} is in {', '.join(factors(name))}; taken as unknown"
    if word is None and must_be_stated(name):
        return "", f"has no unit; {name} is in {', '.join(factors(name))}; taken as unknown"
    return word or own_unit(name), ""


def _in_another_unit(value: str, unit: str, other: str, name: str, decimal: str) -> tuple[str, str]:
    """Return a value as a cell in another unit, and what is wrong where it has none."""
    legal = factors(name)
    if legal.get(unit, 1.0) == legal.get(other, 1.0):
        return value, ""
    plain = value.replace(",", ".") if decimal == "," else value
    if not _NUMBER.fullmatch(plain):
        return "", f"{shown(value)} in {unit} cannot be changed into {other}; taken as unknown"
    number = float(plain)
    usual = usual_in_another_unit(name, unit)
    if usual is not None:
        seen_low, seen_high, low, high, likely = usual
        if not seen_low <= number <= seen_high and low <= number <= high:
            return "", f"mixed units? {shown(value)} is likelier in {likely} than in {unit}; taken as unknown"
    return repr(round(number * legal[unit] / legal[other], DIGITS)).replace(".", decimal), ""
