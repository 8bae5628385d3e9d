"""A real list of patients judged by the protocol: verdicts, reasons in words, what is missing, attrition counts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.verdict_words import (
    changed_settings,
    fields_in_words,
    needs_in_words,
    row_numbers,
    shown_value,
)
from simulator.eligibility.criterion import Criterion
from simulator.eligibility.explanations import Sufficient, fields_read, what_decides, why_failed
from simulator.eligibility.nct07144020 import PRIMARY_ORDER
from simulator.eligibility.readings import EligibilityReadings, TwelveMonths
from simulator.eligibility.screen import CONSENT, EMPTY_MEANS_NO, criteria, screen
from simulator.eligibility.several_values import SeveralValues
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.eligibility.verdicts import NO_REASON, Verdicts
from simulator.patients.patient_list import PatientList, in_file_order
from simulator.patients.table import ListFault

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ELIGIBLE, SCREEN_FAILURE, INCOMPLETE = "eligible", "screen failure", "incomplete"
NO_CONSENT: Final = "consent missing or late"
DEAD: Final = "dead before referral"
VERDICTS: Final = (ELIGIBLE, SCREEN_FAILURE, INCOMPLETE, NO_CONSENT, DEAD)
CONSENT_FIELDS: Final = ("consent_signed", "consent_day")
"""A list with neither says nothing of consent, and I10 is not judged."""
NOT_JUDGED: Final = "not judged"
CODE_WORDS: Final = {FAIL: "fail", UNKNOWN: "unknown", PASS: "pass"}
_DEFAULTS: Final = EligibilityReadings()
NOTHING: Final[Mapping[str, Rows]] = {}


@dataclass(frozen=True, slots=True)
class Undecided:
    """The patients for whom one criterion is unknown.

    Attributes
    ----------
    rows
        Which patients.
    missing : (patients, names)
        Fields the criterion reads and the patient lacks.
    to_pass, to_fail
        Missing values that together could bring a pass, or a fail; none of them can be spared.
    """

    rows: Rows
    missing: Bools
    to_pass: Sufficient
    to_fail: Sufficient


@dataclass(frozen=True, slots=True)
class Failed:
    """The patients who fail one criterion, and the values that make them."""

    rows: Rows
    because: Sufficient


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one criterion is not passed by one patient; lists of fields are joined by ' and '."""

    row: int
    criterion: str
    result: str
    words: str
    missing: str = ""
    pass_needs: str = ""
    fail_needs: str = ""


@dataclass(frozen=True, slots=True)
class CriterionCount:
    """How many patients pass, fail, are unknown; fail it first in the stated order; fail nothing else.

    `order_free` divides each screen failure equally among the counted criteria that the patient fails (the
    Shapley value, see `simulator.analysis.attrition`): over all criteria it adds up to the screen failures.
    `left` counts those who fail neither it nor one before it in the order; None where it is not counted.
    """

    id: str
    passed: int
    failed: int
    unknown: int
    primary: int
    alone: int
    order_free: float
    left: int | None


@dataclass(frozen=True, slots=True)
class ScreenedList:
    """A list, judged. Made by `screen_list`.

    Attributes
    ----------
    patients
        The list as judged: a value that could be another and decides a verdict is unknown, and asked for.
    columns
        Field -> (patients,) values with the first of several that a cell can mean, to name what decides.
    written
        (row, field) -> the limit, as written, that stands there.
    """

    patients: PatientList
    readings: EligibilityReadings
    criteria: tuple[Criterion, ...]
    verdicts: Verdicts
    undecided: Mapping[str, Undecided]
    failed: Mapping[str, Failed]
    columns: Mapping[str, Floats]
    written: Mapping[tuple[int, str], str]

    def verdict_of(self) -> list[str]:
        """Return one of `VERDICTS` for each patient: the consent first, then what the criteria counted say."""
        consent = self.verdicts.codes[:, self.verdicts.ids.index(CONSENT)]
        is_open = self.has_consent & (consent == UNKNOWN)
        which = np.where(
            self.verdicts.eligible, np.where(is_open, 2, 0), np.where(self.verdicts.incomplete, 2, 1)
        )
        which = np.where(self.without_consent(), 3, which)
        return [VERDICTS[k] for k in np.where(self.dead(), 4, which)]

    @property
    def has_consent(self) -> bool:
        """Whether the list has a column of consent."""
        return any(name in self.patients.columns for name in CONSENT_FIELDS)

    def without_consent(self) -> Bools:
        """Return who leaves for want of a signature in time (D18, D26): nobody where the list has no such column."""
        none: Bools = self.verdicts.codes[:, self.verdicts.ids.index(CONSENT)] == FAIL
        return none & self.has_consent & ~self.dead()

    def dead(self) -> Bools:
        """Return who died on or before the day of referral: nobody's patient, whatever the criteria say."""
        died = np.zeros(self.patients.count, dtype=np.bool_)
        died[list(self.patients.dead)] = True
        return died

    def reason_of(self) -> list[str]:
        """Return the primary reason of each patient, consent first; empty where nothing fails."""
        v = self.verdicts
        counted = ("" if k == NO_REASON else v.ids[k] for k in v.reason.tolist())
        return [
            CONSENT if no else one for one, no in zip(counted, self.without_consent().tolist(), strict=True)
        ]

    def totals(self) -> dict[str, int]:
        """Return the number of patients with each verdict; they add up to the rows of the file."""
        counted = Counter(self.verdict_of())
        return {verdict: counted[verdict] for verdict in VERDICTS}

    def counts(self) -> list[CriterionCount]:
        """Return a count for each criterion: those counted at screening in the order of reasons, then others."""
        v = self.verdicts
        place = {id_: k for k, id_ in enumerate(v.ids)}
        order = [
            *(id_ for id_ in PRIMARY_ORDER if id_ in place),
            *(i for i in v.ids if i not in PRIMARY_ORDER),
        ]
        exits, dead = self.without_consent(), self.dead()
        order.sort(key=lambda id_: not (v.screened[place[id_]] or (id_ == CONSENT and self.has_consent)))
        left = self.patients.count - int(np.count_nonzero(dead))
        order_free = self._order_free()
        counts = []
        for id_ in order:
            k = place[id_]
            codes, screened = v.codes[:, k], bool(v.screened[k])
            fails = codes == FAIL
            is_exit = id_ == CONSENT and self.has_consent
            primary = int(np.count_nonzero(exits if is_exit else (v.reason == k) & ~(exits | dead)))
            left -= primary
            passed, failed, unknown = (int(np.count_nonzero(codes == code)) for code in (PASS, FAIL, UNKNOWN))
            alone = int(np.count_nonzero(fails & v.alone & ~(exits | dead))) if screened else 0
            share, still = float(order_free[k]), left if screened or is_exit else None
            counts.append(CriterionCount(id_, passed, failed, unknown, primary, alone, share, still))
        return counts

    def _order_free(self) -> NDArray[np.float64]:
        """Return per criterion the patients that its order-free share is of, shape (criteria,)."""
        fails = (self.verdicts.codes == FAIL) & self.verdicts.screened
        fails &= ~(self.without_consent() | self.dead())[:, None]
        _, first, patients = np.unique(row_numbers(fails), return_index=True, return_counts=True)
        patterns = fails[first]
        shares: NDArray[np.float64] = patients @ (patterns / np.maximum(patterns.sum(axis=1), 1)[:, None])
        return shares

    def passed_without_entry(self) -> dict[str, int]:
        """Return for criteria whose empty entry means no how many patients pass without an entry."""
        found = {}
        for k, criterion in enumerate(self.criteria):
            if criterion.id in EMPTY_MEANS_NO and self.verdicts.screened[k]:
                name = criterion.fields[0]
                values = self.patients.columns.get(name)
                empty = (
                    np.isnan(values) if values is not None else np.ones(self.patients.count, dtype=np.bool_)
                )
                found[criterion.id] = int(np.count_nonzero(empty & (self.verdicts.codes[:, k] == PASS)))
        return found

    def reasons(self) -> Iterator[Reason]:
        """Yield why a criterion is not passed, criterion by criterion, in the order of the patients."""
        for criterion in self.criteria:
            yield from self._failures(criterion)
            yield from self._unknowns(criterion)

    def _failures(self, criterion: Criterion) -> Iterator[Reason]:
        one = self.failed.get(criterion.id)
        if one is None:
            return
        rule = f"passes if {criterion.boundary}{changed_settings(criterion, self.readings)}"
        for row, wanted in zip(one.rows.tolist(), one.because.wanted.tolist(), strict=True):
            names = [name for name, is_in in zip(one.because.names, wanted, strict=True) if is_in]
            values = ", ".join(self._shown(row, name) for name in names)
            yield Reason(row, criterion.id, "fail", f"{values or 'no entry'}; {rule}")

    def _shown(self, row: int, name: str) -> str:
        limit = self.written.get((row, name))
        return f"{name} {limit}" if limit is not None else shown_value(name, float(self.columns[name][row]))

    def _unknowns(self, criterion: Criterion) -> Iterator[Reason]:
        one = self.undecided.get(criterion.id)
        if one is None:
            return
        sets = zip(
            fields_in_words(one.to_pass.names, one.missing),
            needs_in_words(one.to_pass),
            needs_in_words(one.to_fail),
            strict=True,
        )
        for row, (missing, passing, failing) in zip(one.rows.tolist(), sets, strict=True):
            words = f"unknown: {missing or 'an entry that cannot be read'}"
            # an entry that cannot be read, where none would be a verdict: it must be replaced
            yield Reason(row, criterion.id, "unknown", words, missing, passing or missing, failing or missing)


def screen_list(patients: PatientList, readings: EligibilityReadings = _DEFAULTS) -> ScreenedList:
    """Judge a list of patients, and find for every fail and every unknown what it rests on."""
    several = [SeveralValues(one.field, one.row, one.possible) for one in patients.questions]
    if readings.twelve_months is TwelveMonths.CALENDAR and patients.referral is not None:
        dated = {"referral_day_number": patients.referral, **patients.columns}
        patients = replace(patients, columns=dated)
    verdicts = screen(patients.columns, readings, unreadable=patients.unreadable, several=several)
    if not any(name in patients.columns for name in CONSENT_FIELDS):
        verdicts.codes[:, verdicts.ids.index(CONSENT)] = UNKNOWN
    columns, written = _with_one_value(patients)
    patients = _asked(patients, columns, verdicts)
    in_force = criteria(readings)
    undecided: dict[str, Undecided] = {}
    failed: dict[str, Failed] = {}
    for k, criterion in enumerate(in_force):
        if criterion.id == CONSENT and not any(name in patients.columns for name in CONSENT_FIELDS):
            continue
        names = fields_read(criterion, readings)
        rows = np.flatnonzero(verdicts.codes[:, k] == UNKNOWN)
        if len(rows):
            some = _of(columns, rows, names, verdicts.unsettled.get(criterion.id, {}))
            missing = np.column_stack([np.isnan(some[name]) for name in names])
            passing, failing = (what_decides(some, criterion, readings, code) for code in (PASS, FAIL))
            undecided[criterion.id] = Undecided(rows, missing, passing, failing)
        rows = np.flatnonzero(verdicts.codes[:, k] == FAIL)
        if len(rows):
            failed[criterion.id] = Failed(rows, why_failed(_of(columns, rows, names), criterion, readings))
    return ScreenedList(patients, readings, in_force, verdicts, undecided, failed, columns, written)


def _with_one_value(patients: PatientList) -> tuple[dict[str, Floats], dict[tuple[int, str], str]]:
    """Return the columns with the first of several values of a cell, and the limits as they are written."""
    columns = dict(patients.columns)
    for name in {one.field for one in patients.questions}:
        columns[name] = columns[name].copy()
    for one in patients.questions:
        columns[one.field][one.row] = next((value for value in one.possible if not np.isnan(value)), np.nan)
    return columns, {(one.row, one.field): one.cell for one in patients.questions if one.is_limit}


def _asked(patients: PatientList, columns: Mapping[str, Floats], verdicts: Verdicts) -> PatientList:
    """Return the list with what must be asked: a value on which a verdict depends is unknown, others are kept."""
    if not patients.questions:
        return patients
    open_cells = {
        (name, row)
        for of_field in verdicts.unsettled.values()
        for name, rows in of_field.items()
        for row in rows.tolist()
    }
    kept = {name: values.copy() for name, values in patients.columns.items()}
    faults = set()
    settled = {}
    for one in patients.questions:
        if (one.field, one.row) in open_cells:
            faults.add(one.fault)
            kept[one.field][one.row] = np.nan
        elif one.is_reported:
            settled[one.fault] = one.is_limit
            if one.is_as_written:
                kept[one.field][one.row] = columns[one.field][one.row]
    listed = [fault for fault in patients.faults if fault not in settled and fault not in faults]
    listed += faults
    listed += [_kept(fault) for fault, is_limit in settled.items() if not is_limit]
    return replace(patients, columns=kept, faults=in_file_order(listed, patients.headers))


def _kept(fault: ListFault) -> ListFault:
    message = fault.message.removesuffix("; taken as unknown") + "; no verdict depends on it"
    return replace(fault, message=message, is_note=True)


def _of(
    columns: Mapping[str, Floats], rows: Rows, names: tuple[str, ...], hidden: Mapping[str, Rows] = NOTHING
) -> dict[str, Floats]:
    """Return these patients' values of these fields, NaN where a field has none or has several that matter."""
    nothing = np.full(len(rows), np.nan)
    some = {name: columns[name][rows] if name in columns else nothing for name in names}
    for name, which in hidden.items():
        if name in columns and name in some:
            some[name] = np.where(np.isin(rows, which), np.nan, some[name])
    return some


def missing_counts(one: Undecided) -> list[tuple[str, int]]:
    """Return how many of these patients lack each field, most first."""
    totals = zip(one.to_pass.names, one.missing.sum(axis=0).tolist(), strict=True)
    return sorted(((name, total) for name, total in totals if total), key=lambda pair: -pair[1])


def verdict_table(screened: ScreenedList) -> "pd.DataFrame":
    """Return patients x criteria: line, id, verdict, primary reason, then pass, fail or unknown."""

    v, patients = screened.verdicts, screened.patients
    words = np.array([CODE_WORDS[code] for code in (FAIL, UNKNOWN, PASS)])
    return pd.DataFrame(
        {
            "line": patients.lines,
            "id": patients.ids,
            "verdict": screened.verdict_of(),
            "primary_reason": screened.reason_of(),
            **{
                id_: words[v.codes[:, k]] if id_ != CONSENT or screened.has_consent else NOT_JUDGED
                for k, id_ in enumerate(v.ids)
            },
        }
    )
