"""A real list of patients: one row a patient, as columns of fields, with everything that was wrong in it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Final

import numpy as np

from simulator.errors import ProtocolError, first_of_many
from simulator.fields import FIELDS
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.arranging import arranged, cell_format, replace_number_words
from simulator.patients.cell_answers import Cells, Reference
from simulator.patients.cells import read_cells, read_reference
from simulator.patients.column_mapping import NO_FIELD, Matched, absent, match
from simulator.patients.column_names import ID, REFERRAL
from simulator.patients.fhir.files import is_fhir
from simulator.patients.fhir.reader import read_fhir
from simulator.patients.identifiers import duplicates, identified
from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping, Use, read_mapping
from simulator.patients.moved_rows import FEWEST, MOST_ROWS_LOOKED_AT, moved_rows
from simulator.patients.not_patients import drop_rows_that_are_none
from simulator.patients.patient_list import Bools, ColumnUsed, Floats, PatientList, Question, in_file_order
from simulator.patients.table import NOT_READABLE, ListFault, PatientTable

MOST_CELL_FAULTS: Final = 5000
"""Wrong cells of one column that are listed one by one; of more the list is not the one it was taken for."""
MOST_QUESTIONS: Final = 500_000
"""Cells of a list that can mean several values: what is judged by all of them in a minute and a gigabyte."""

EMPTY_IS_A_VERDICT: Final = frozenset(
    ("consent_signed", "consent_day", "uncontrolled_disease_flag", "investigator_flag")
)
"""Fields in which an empty cell is a no (D26): a word for unknown is none."""
NO_ENTRY: Final = frozenset(("", "nan", "null", "nil", "na", "n/a", "."))
"""Words that programs write for an empty cell."""


def read_patient_list(path: str | PathLike[str], mapping: str | PathLike[str] | None = None) -> PatientList:
    """Read a CSV or parquet file of patients, or FHIR resources (JSON, NDJSON, a folder of either).

    Parameters
    ----------
    path
        One row a patient; columns are matched by field name, by synonym or by the mapping. Of FHIR one row a
        Patient; codes are matched by `simulator.patients.fhir.codes` or by the mapping.
    mapping
        A mapping file (YAML), or None.

    Raises
    ------
    ProtocolError
        Where nothing can be read: no file, no row, no column of a patient field, or a faulty mapping.
    ScenarioError
        Where the mapping file cannot be read as text.
    """
    list_mapping = ListMapping() if mapping is None else read_mapping(Path(mapping))
    if is_fhir(Path(path)):
        table, list_mapping = read_fhir(Path(path), list_mapping), ListMapping()
    else:
        table, list_mapping = arranged(read_table(Path(path), list_mapping), list_mapping)
    matched = replace_number_words(table, match(table.headers, list_mapping))
    if not table.is_records and not any(use.field in FIELDS for use in matched.uses.values()):
        listed = [f"column {shown(name)}: {why}" for name, why in _unused(table, matched)]
        first = (
            f"{printable(str(path))}: no column is a patient field; `simulator fields` lists them, and "
            "`--write-mapping MAP.yaml` writes a mapping to fill in"
        )
        raise ProtocolError("\n".join([first, *first_of_many(listed)]))
    if not table.is_records:
        place = next((k for k, use in matched.uses.items() if use.field == ID), None)
        drop_rows_that_are_none(table, place)
    if not table.rows:
        raise ProtocolError(
            f"{printable(str(path))}: has no patient: every row is a sum or the header once more"
        )
    return _Reader(table, matched, list_mapping, printable(str(path))).read()


def _unused(table: PatientTable, matched: Matched) -> list[tuple[str, str]]:
    return [(printable(table.headers[k]), why) for k, why in sorted(matched.unused.items())]


class _Reader:
    """Turns the cells of one file into a `PatientList`."""

    def __init__(self, table: PatientTable, matched: Matched, mapping: ListMapping, file: str) -> None:
        self._table = table
        self._file = file
        self._asked = 0
        self._mapping = mapping
        self._uses = matched.uses
        self._form = cell_format(mapping)
        self._questions: dict[str, dict[int, Question]] = {}
        self._faults = list(table.faults)
        self._used: list[ColumnUsed] = []
        self._columns: dict[str, Floats] = {}
        self._unreadable: dict[str, Bools] = {}
        self._wrong: dict[int, Bools] = {}
        self._place = {use.field: k for k, use in matched.uses.items()}
        self._faults += [
            ListFault(1, name, f"{why}; not used", is_note=why.startswith(NO_FIELD))
            for name, why in _unused(table, matched)
        ]
        for name in absent(table.headers, mapping):
            self._faults.append(
                ListFault(0, name, "is named in the mapping, and the file has no such column")
            )

    def read(self) -> PatientList:
        cells: list[Sequence[str]] = list(zip(*self._table.rows, strict=True))
        place = self._place.get(ID)
        ids, said = identified(self._table, place)
        self._faults += said
        if place is not None:
            self._used.append(ColumnUsed(self._table.headers[place], ID, "", False, len(ids)))
        reference = self._reference(cells)
        for k, use in sorted(self._uses.items()):
            if use.field in FIELDS:
                self._read_column(k, use, cells[k], reference)
        self._hide_undecided()
        self._hide_moved_rows(reference)
        self._faults += duplicates(self._table, place, ids, self._columns)
        self._name_minors(self._columns)
        self._say_what_cr_is()
        if not self._columns:  # nothing is known of anybody, and everybody has a row
            self._columns["age_years"] = np.full(len(ids), np.nan)
        self._contradictions(self._columns, self._unreadable)
        self._drop_lone_enzymes(self._columns)
        return PatientList(
            self._file,
            ids,
            tuple(self._table.lines),
            self._columns,
            self._unreadable,
            tuple(self._used),
            in_file_order(self._faults, self._table.headers),
            tuple(one for column in self._questions.values() for one in column.values()),
            tuple(self._table.headers),
            reference.days if reference is not None and reference.dated else None,
            self._table.dead,
        )

    def _read_column(self, k: int, use: Use, cells: Sequence[str], reference: Reference | None) -> None:
        """Read one column: its values, where nothing can be read, and its faults and questions."""
        found = read_cells(cells, use, self._form, reference)
        mask = np.zeros(len(cells), dtype=np.bool_)
        header = self._table.headers[k]
        if found.whole:
            self._faults.append(ListFault(0, header, f"{found.whole}; all its values are unknown"))
            mask |= np.array([cell.strip().casefold() not in self._form.missing for cell in cells])
        self._faults += [self._cell_fault(row, k, why) for row, why in found.remarks.items()]
        self._take_wrong(k, use.field, found)
        mask[list(found.wrong)] = True
        mask[list(self._table.ragged)] = True
        mask[self._table.unreadable.get(k, [])] = True
        if self._table.is_records:
            mask |= np.array([cell == NOT_READABLE for cell in cells])
        elif use.field in EMPTY_IS_A_VERDICT:
            mask |= self._says_unknown(k, cells)
        self._columns[use.field] = found.values
        self._unreadable[use.field] = mask
        self._used.append(_used(header, use, found.unit, found.values))

    def _hide_undecided(self) -> None:
        for name, rows in self._table.undecided.items():
            nowhere = np.zeros(len(self._table.rows), dtype=np.bool_)
            self._unreadable.setdefault(name, nowhere)[list(rows)] = True

    def _hide_moved_rows(self, reference: Reference | None) -> None:
        """Make all of a row unknown whose cells have moved: those that can be read are another column's."""
        if self._table.is_records:
            return
        count = sum((mask.astype(np.int32) for mask in self._wrong.values()), np.zeros(len(self._table.rows)))
        rows = np.flatnonzero(count >= FEWEST)[:MOST_ROWS_LOOKED_AT].tolist()
        wrong = {row: [k for k, mask in self._wrong.items() if mask[row]] for row in rows}
        for row, why in moved_rows(self._table, self._uses, wrong, self._form, reference).items():
            self._faults.append(ListFault(self._table.lines[row], "", why))
            for name, values in self._columns.items():
                values[row] = np.nan
                self._unreadable[name][row] = True
                self._questions[name].pop(row, None)

    def _take_wrong(self, k: int, name: str, found: Cells) -> None:
        self._wrong[k] = np.zeros(len(self._table.rows), dtype=np.bool_)
        self._wrong[k][[row for row in found.wrong if row not in found.several]] = True
        listed = islice(found.wrong.items(), MOST_CELL_FAULTS)
        faults = {row: self._cell_fault(row, k, why) for row, why in listed}
        self._faults += faults.values()
        if len(found.wrong) > MOST_CELL_FAULTS:
            more = f"{len(found.wrong) - MOST_CELL_FAULTS} more of its cells cannot be read; taken as unknown"
            self._faults.append(ListFault(0, self._table.headers[k], more))
        if self._table.is_records:
            # the record states unit and day of every value
            found.several = {row: one for row, one in found.several.items() if row in found.wrong}
        self._asked += len(found.several)
        if self._asked > MOST_QUESTIONS:
            raise ProtocolError(
                f"{self._file}: more than {MOST_QUESTIONS} of its cells are limits or can mean several values, the "
                "most that a list may have; say units, `decimal:` and `dates:` in a mapping file, or divide the list"
            )
        self._questions[name] = {
            row: Question(
                row,
                name,
                self._table.rows[row][k].strip(),
                one.possible,
                faults.get(row) or self._cell_fault(row, k, one.question),
                row in found.wrong,
                one.is_limit,
                one.is_as_written,
            )
            for row, one in found.several.items()
        }

    def _says_unknown(self, k: int, cells: Sequence[str]) -> Bools:
        """Return where a word says unknown in a column in which an empty cell is a verdict, and say so."""
        plain = [cell.strip().casefold() for cell in cells]
        rows = [row for row, cell in enumerate(plain) if cell in self._form.missing and cell not in NO_ENTRY]
        message = "says that nothing is known, which is not an empty cell here; unknown"
        self._faults += [self._cell_fault(row, k, f"{shown(cells[row].strip())} {message}") for row in rows]
        says: Bools = np.isin(np.arange(len(cells)), rows)
        return says

    def _name_minors(self, columns: Mapping[str, Floats]) -> None:
        """Name who is too young for a trial of adults: the protocol's criteria have no age."""
        ages = columns.get("age_years")
        if ages is None:
            return
        for row in np.flatnonzero(ages < ADULT_YEARS).tolist():
            why = f"age {ages[row]:g}: younger than {ADULT_YEARS}, in a trial of adults; no criterion reads the age"
            place = self._place["age_years"]
            self._faults.append(replace(self._cell_fault(row, place, why), is_note=True))

    def _say_what_cr_is(self) -> None:
        """Say of a column used for a first CR that CRi counts too, where its name does not say so."""
        place = self._place.get("prior_cr")
        if place is None or self._table.is_records or self._table.headers[place] == "prior_cr":
            return
        header = self._table.headers[place]
        if "cri" not in header.casefold():
            note = "prior_cr includes CRi: a remission with incomplete recovery must be a yes here too"
            self._faults.append(ListFault(1, header, note, is_note=True))

    def _drop_lone_enzymes(self, columns: Mapping[str, Floats]) -> None:
        """Ask of one transaminase only if the other may be in the same other unit: a laboratory has one."""
        for name, other in (("alt_u_l", "ast_u_l"), ("ast_u_l", "alt_u_l")):
            usual = FIELDS[other].usual
            for row, one in list(self._questions.get(name, {}).items()):
                factor = one.possible[-1] / one.possible[0] if one.possible[0] else 0.0
                if (
                    other not in columns
                    or one.is_reported
                    or abs(factor - _U_L_PER_UKAT_L) > _ROUNDING
                    or usual is None
                ):
                    continue
                if columns[other][row] * factor > usual[1]:
                    del self._questions[name][row]

    def _cell_fault(self, row: int, column: int, why: str) -> ListFault:
        line, header = self._table.lines[row], self._table.headers[column]
        return ListFault(line, header, why, resource=self._table.origin.get((row, column), ""))

    def _reference(self, cells: Sequence[Sequence[str]]) -> Reference | None:
        place = self._place.get(REFERRAL)
        if place is None and self._mapping.referral_date is not None:
            day = float(self._mapping.referral_date.toordinal())
            return Reference(np.full(len(self._table.rows), day), True)
        if place is None:
            return None
        reference, wrong = read_reference(cells[place], self._form)
        header = self._table.headers[place]
        self._faults += [ListFault(self._table.lines[row], header, why) for row, why in wrong.items()]
        unit = "date" if reference.dated else "days since origin"
        self._used.append(_used(header, Use(REFERRAL), unit, reference.days))
        return reference

    def _contradictions(self, columns: dict[str, Floats], unreadable: dict[str, Bools]) -> None:
        """Make values unknown that cannot be true together: neither is preferred to the other."""
        wrong: dict[tuple[str, ...], Bools] = {}
        for (first, second), contradicts, words in _CONTRADICTIONS:
            if first in columns and second in columns:
                wrong[first, second] = rows = contradicts(columns[first], columns[second])
                message = f"{first} and {second} contradict each other: {words}; both are taken as unknown"
                header = self._table.headers[self._place[first]]
                for row in np.flatnonzero(rows).tolist():
                    self._faults.append(ListFault(self._table.lines[row], header, message))
        hidden: dict[str, list[Bools]] = defaultdict(list)
        for names, rows in wrong.items():
            for name in names:
                hidden[name].append(rows)
        for name, masks in hidden.items():
            for rows in masks:
                columns[name][rows] = np.nan
                unreadable[name] |= rows


def _used(header: str, use: Use, unit: str, values: Floats) -> ColumnUsed:
    return ColumnUsed(header, use.field, unit, use.stated, int(np.count_nonzero(~np.isnan(values))))


ADULT_YEARS: Final = 18
_U_L_PER_UKAT_L: Final = 60.0
_ROUNDING: Final = 1e-3

Contradicts = Callable[[Floats, Floats], Bools]

_CONTRADICTIONS: Final[tuple[tuple[tuple[str, str], Contradicts, str], ...]] = (
    (("first_cr_day", "first_relapse_day"), lambda cr, relapse: relapse < cr, "relapse before remission"),
    (("prior_cr", "first_cr_day"), lambda cr, day: (cr == 0) & ~np.isnan(day), "a date without a CR"),
    (("prior_cr", "n_relapses"), lambda cr, n: (cr == 0) & (n > 0), "a relapse without a CR"),
    (("n_relapses", "n_extramedullary_relapses"), lambda n, some: some > n, "more of a kind than in all"),
)
