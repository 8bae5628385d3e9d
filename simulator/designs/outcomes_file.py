"""Read a trial so far from a CSV file: one row a patient, in the order of treatment."""

import csv
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from simulator.designs.conduct_record import Record, TreatedCohort, decided_next, follow, start
from simulator.designs.design import Action, Design
from simulator.designs.outcomes_notation import Cohort
from simulator.designs.overrides import Override, checked_reason
from simulator.errors import DesignError, first_of_many

REQUIRED: Final = ("patient", "level", "dlt")
OPTIONAL: Final = ("cohort", "date", "override")
DELIMITERS: Final = (",", ";", "\t")
MAX_BYTES: Final = 1_000_000
WITH_DLT: Final = frozenset({"1", "t", "yes"})
WITHOUT_DLT: Final = frozenset({"0", "n", "no"})


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One row; `row` counts the lines of the file, the header is 1."""

    row: int
    patient: str
    level: int
    dlt: bool
    cohort: int | None
    override: str | None

    @property
    def where(self) -> str:
        """How errors name the row."""
        return f"row {self.row} (patient {self.patient})"


def replay_file(design: Design, path: Path, overrides: Sequence[Override] = ()) -> Record:
    """Conduct the trial of a file again.

    Columns patient, level, dlt (0 1 N T no yes), and optionally cohort (1, 2, ...), date (YYYY-MM-DD, never
    backwards) and override (why the cohort departs from the advice). Without the column cohort, consecutive
    patients of one level are cut into cohorts of the size that the design asked for.

    Raises
    ------
    DesignError
        For what cannot be read, and for data that do not fit the design: as `conduct_record.replay`, by row.
    """
    patients = read_patients(path, design.n_doses)
    record, left = start(design), list(overrides)
    while patients:
        size = _cohort_length(record, patients, explained=bool(left))
        record, left = follow(record, _treated(patients[:size], len(record.steps) + 1), left)
        patients = patients[size:]
    return decided_next(record, left)


def read_patients(path: Path, n_doses: int) -> list[PatientRow]:
    """Read and check the rows, each by itself and against the one before; DesignError names all faults."""
    lines = _lines(path)
    columns = _columns(path, lines[0][1] if lines else [])
    faults: list[str] = []
    patients: list[PatientRow] = []
    dates: list[tuple[int, date]] = []
    for row, cells in lines[1:]:
        if len(cells) != len(columns):
            faults.append(f"row {row}: must have {len(columns)} cells, as the header has, got {len(cells)}")
            continue
        entry = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
        try:
            patients.append(_patient(row, entry, n_doses))
            if "date" in entry:
                dates.append((row, _date(row, entry["date"])))
        except DesignError as error:
            faults.append(str(error))
    if not faults:
        faults = [*_twice(patients), *_backwards(dates), *_faults_of_cohorts(patients)]
    if faults:
        raise DesignError("\n".join(f"{path}: {fault}" for fault in first_of_many(faults)))
    return patients


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return line number and cells of every line that is not empty."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DesignError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise DesignError(f"{path}: larger than {MAX_BYTES} bytes, the most it may have")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DesignError(f"{path}: is not UTF-8; save the file as CSV in UTF-8") from None
    header = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    lines = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((reader.line_num, cells))
    except csv.Error as error:
        raise DesignError(f"{path}: row {reader.line_num}: {error}") from None
    return lines


def _columns(path: Path, header: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in header]
    legal = (*REQUIRED, *OPTIONAL)
    for column in columns:
        if column not in legal:
            close = difflib.get_close_matches(column, legal, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"legal: {', '.join(legal)}"
            raise DesignError(f"{path}: unknown column {column!r}; {hint}")
        if columns.count(column) > 1:
            raise DesignError(f"{path}: column {column!r} appears twice")
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise DesignError(f"{path}: required column is missing: {', '.join(missing)}")
    return columns


def _patient(row: int, entry: dict[str, str], n_doses: int) -> PatientRow:
    patient = entry["patient"]
    if not patient or not patient.isprintable():
        raise DesignError(f"row {row}: patient = {patient!r}: must name the patient")
    where = f"row {row} (patient {patient})"
    outcome = entry["dlt"].lower()
    if not outcome:
        raise DesignError(
            f"{where}: dlt is empty: only patients with a DLT or a complete DLT window are data; leave"
            " the row out until then"
        )
    if outcome not in WITH_DLT | WITHOUT_DLT:
        raise DesignError(f"{where}: dlt = {entry['dlt']!r}: must be 0 or N or no, 1 or T or yes")
    override = entry.get("override", "")
    return PatientRow(
        row=row,
        patient=patient,
        level=_number(where, "level", entry["level"], n_doses),
        dlt=outcome in WITH_DLT,
        cohort=_number(where, "cohort", entry["cohort"], None) if "cohort" in entry else None,
        override=checked_reason(where, override) if override else None,
    )


def _number(where: str, column: str, cell: str, high: int | None) -> int:
    number = int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else 0
    if number < 1 or (high is not None and number > high):
        legal = "a whole number of at least 1" if high is None else f"a whole number in 1..{high}"
        raise DesignError(f"{where}: {column} = {cell!r}: must be {legal}")
    return number


def _date(row: int, cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise DesignError(f"row {row}: date = {cell!r}: must be a date YYYY-MM-DD") from None


def _twice(patients: Iterable[PatientRow]) -> list[str]:
    faults, first = [], dict[str, int]()
    for patient in patients:
        if patient.patient in first:
            faults.append(f"{patient.where}: the patient is in row {first[patient.patient]} already")
        first.setdefault(patient.patient, patient.row)
    return faults


def _backwards(dates: list[tuple[int, date]]) -> list[str]:
    return [
        f"row {row}: date {day} is before that of row {row_before}, {before}: rows must be in the order of"
        " treatment"
        for (row_before, before), (row, day) in pairwise(dates)
        if day < before
    ]


def _faults_of_cohorts(patients: list[PatientRow]) -> list[str]:
    """Check cohort numbers: 1, 2, ... without a gap or a return, one level each."""
    faults = []
    expected = (0, 1)
    level = 0
    for patient in patients:
        if patient.cohort is None:
            return []
        if patient.cohort not in expected:
            legal = " or ".join(str(number) for number in expected if number > 0)
            faults.append(f"{patient.where}: cohort = {patient.cohort}: must be {legal} here")
            return faults
        if patient.cohort == expected[0] and patient.level != level:
            faults.append(
                f"{patient.where}: cohort {patient.cohort} is at level {level}; this patient at {patient.level}"
            )
        level = patient.level
        expected = (patient.cohort, patient.cohort + 1)
    return faults


def _cohort_length(record: Record, patients: list[PatientRow], *, explained: bool) -> int:
    """Return how many of the next rows are the next cohort."""
    first = patients[0]
    if first.cohort is not None:
        return next(len(list(rows)) for _, rows in groupby(patients, key=lambda one: one.cohort))
    if record.advice.action is not Action.TREAT:
        if first.override is None and not explained:
            return 1  # refused in any case, by its row: treated after a stop
        raise DesignError(
            f"{first.where}: treated after a stop: add the column cohort, as the design asks for no size"
        )
    same = next(len(list(rows)) for _, rows in groupby(patients, key=lambda one: one.level))
    return min(same, record.advice.cohort_size)


def _treated(rows: list[PatientRow], number: int) -> TreatedCohort:
    where = f"{rows[0].where}, cohort {number}"
    given = list(dict.fromkeys(row.override for row in rows if row.override is not None))
    if len(given) > 1:
        raise DesignError(f"{where}: its rows give more than one override")
    cohort = Cohort(rows[0].level, len(rows), sum(row.dlt for row in rows))
    return TreatedCohort(cohort, where, given[0] if given else None)
