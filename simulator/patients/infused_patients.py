"""The infused patients of a trial under way, from a file: a row each, with days of follow-up or with dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from simulator.designs import patient_rows
from simulator.designs.patient_rows import PatientRow, Windows
from simulator.errors import DesignError
from simulator.parsing.faults import did_you_mean, shown
from simulator.parsing.printable import printable
from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping
from simulator.patients.written_dates import days_written
from simulator.patients.written_words import UNKNOWN_WORDS, yes_or_no

PATIENT: Final = "patient"
INFUSED: Final = "infused_date"
EVENTS: Final = {"dlt": "dlt_date", "response": "response_date"}
DATES: Final = (INFUSED, *EVENTS.values())
COLUMNS: Final = (PATIENT, *patient_rows.COLUMNS, *DATES)
_FOLLOW_UP: Final = {"dlt": "followup_days", "response": "response_followup_days"}
_STATES: Final = ("dlt", "response", "backfill")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InfusedPatients:
    """What a file says.

    Attributes
    ----------
    rows
        One a patient, in the order of the file.
    notes
        What a reader should look at: a DLT or a response after the end of its window, read otherwise where it has a
        date, and as it stands where it has days of follow-up.
    """

    rows: tuple[PatientRow, ...]
    notes: tuple[str, ...] = ()


def read_infused_patients(path: Path, n_doses: int, windows: Windows, today: date | None) -> InfusedPatients:
    """Read a CSV file, a workbook or a parquet file with a row a patient, in the order of treatment.

    Columns `level`, and `dlt` with `followup_days`, or `infused_date` with `dlt_date`; the same of responses;
    `backfill`, `patient`. With dates, follow-up is from infusion to `today`, a DLT or response has its date, and
    one after the end of its window is none.

    Raises
    ------
    DesignError
        An unknown or missing column, `today` without dates, a patient twice, and every cell that cannot be, each
        with its row and column.
    ProtocolError
        The file cannot be read.
    """
    table = read_table(path, ListMapping())
    file = printable(str(path))
    headers = [header.strip().casefold() for header in table.headers]
    _check_headers(file, headers)
    rows = [dict(zip(headers, cells, strict=True)) for cells in table.rows]
    names = [_name(table.lines[i], row) for i, row in enumerate(rows)]
    faults = [f"{file}: {fault}" for fault in table.faults if not fault.is_note]
    faults += [f"{file}: {fault}" for fault in _twice(rows, names, table.lines)]
    cells: list[Row] = [{key: _plain(value) for key, value in row.items()} for row in rows]
    notes: list[str] = []
    if INFUSED in headers:
        if today is None:
            raise DesignError(f"{file}: {INFUSED}: follow-up needs a day to end on: give --today YYYY-MM-DD")
        for row, name in zip(cells, names, strict=True):
            _with_days(row, f"{file}: {name}", today, windows, faults, notes)
    elif today is not None:
        raise DesignError(f"{file}: --today {today}: only with {INFUSED}; this file gives days of follow-up")
    if faults:
        raise DesignError("\n".join(faults))
    for row in cells:
        for state in _STATES:
            said = yes_or_no(row[state].casefold()) if isinstance(row.get(state), str) else None
            row.update({} if said is None else {state: said})
    known = [key for key in patient_rows.COLUMNS if any(key in row for row in cells)]
    columns = {key: [row.get(key) for row in cells] for key in known}
    found = patient_rows.patient_rows(columns, n_doses, windows, _namer(file, names))
    for state, days, late in patient_rows.events_after_window(columns, found, windows):
        window = windows.dlt if state == "dlt" else windows.response
        notes.append(
            f"{file}: {', '.join(names[i] for i in late)}: {state} says yes and counts, though {days} is beyond the"
            f" window of {window:g} days; write no where it came after the window"
        )
    return InfusedPatients(tuple(found), tuple(notes))


def _namer(file: str, names: list[str]) -> Callable[[int], str]:
    return lambda i: f"{file}: {names[i]}"


def _name(line: int, row: Row) -> str:
    patient = str(row.get(PATIENT, "")).strip()
    return f"row {line} (patient {printable(patient)})" if patient else f"row {line}"


def _twice(rows: list[Row], names: list[str], lines: Sequence[int]) -> list[str]:
    """Return what is wrong where a patient is in several rows; a cell that says nothing names nobody."""
    faults, first = [], dict[str, int]()
    for row, name, line in zip(rows, names, lines, strict=True):
        patient = _plain(str(row.get(PATIENT, "")))
        if patient in first:
            faults.append(f"{name}: the patient is in row {first[patient]} already")
        elif patient is not None:
            first[patient] = line
    return faults


def _check_headers(file: str, headers: list[str]) -> None:
    faults = [
        f"{file}: unknown column {shown(header)}{did_you_mean(header, COLUMNS)}"
        for header in headers
        if header not in COLUMNS
    ]
    faults += [
        f"{file}: column {shown(header)} appears twice"
        for header in dict.fromkeys(headers)
        if headers.count(header) > 1
    ]
    if "level" not in headers:
        faults.append(f"{file}: required column is missing: level")
    if "dlt" not in headers and not {INFUSED, EVENTS["dlt"]} <= set(headers):
        faults.append(f"{file}: required column is missing: dlt, or {INFUSED} with {EVENTS['dlt']}")
    if INFUSED not in headers:
        faults += [
            f"{file}: {name}: needs the column {INFUSED}" for name in EVENTS.values() if name in headers
        ]
    elif "followup_days" in headers:
        faults.append(f"{file}: give followup_days or {INFUSED}, not both")
    if faults:
        raise DesignError("\n".join(faults))


def _plain(cell: str) -> str | None:
    """Return a cell without outer blanks; None where it says nothing."""
    text = cell.strip()
    return None if text.casefold() in UNKNOWN_WORDS else text


def _with_days(
    row: Row, name: str, today: date, windows: Windows, faults: list[str], notes: list[str]
) -> None:
    """Put states and days of follow-up in the place of a row's dates."""
    infused = _day(row, INFUSED, name, today, faults)
    if infused is None:
        if row.get(INFUSED) is None:
            faults.append(f"{name}: {INFUSED} is missing")
        return
    followed = (today - infused).days
    for state, column in EVENTS.items():
        if state not in row and column not in row:
            continue
        window = windows.dlt if state == "dlt" else windows.response
        row[_FOLLOW_UP[state]] = followed
        event = _day(row, column, name, today, faults)
        said = None if row.get(state) is None else yes_or_no(str(row[state]).casefold())
        if event is None:
            row.setdefault(state, None)
            if said:
                row[_FOLLOW_UP[state]] = None  # on which day it came is not known
            continue
        if event < infused:
            faults.append(f"{name}: {column} = {event}: is before {INFUSED}, {infused}")
        elif said is False:
            faults.append(f"{name}: {column} = {event}, but {state} says no: leave one of them empty")
        if (event - infused).days > window:
            notes.append(
                f"{name}: {column} = {event} is after the window of {window:g} days: no {state} of it"
            )
        row[state] = (event - infused).days <= window
        if row[state]:
            row[_FOLLOW_UP[state]] = (event - infused).days
    for column in DATES:
        row.pop(column, None)


def _day(row: Row, column: str, name: str, today: date, faults: list[str]) -> date | None:
    """Return the day in a cell, None where there is none; as `screen` reads dates."""
    cell = row.get(column)
    if cell is None:
        return None
    days, fault = days_written(str(cell), None)
    if len(days) != 1:
        # Of a list of patients, a mapping file says which comes first; here a cell can be written plainly.
        question = f"{fault.split('? say ')[0]}? Write year-month-day" if days else fault
        faults.append(f"{name}: {column}: {question}")
        return None
    day = date.fromordinal(int(days[0]))
    if day > today:
        faults.append(f"{name}: {column} = {day}: is after --today, {today}")
        return None
    return day
