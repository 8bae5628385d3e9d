"""The only place that judges patients: desk pre-screen, screening, re-screen, donors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.byte_arrays import choose
from simulator.eligibility.criterion import Criterion
from simulator.eligibility.exclusion import second_donor_proliferates
from simulator.eligibility.nct07144020 import CRITERIA, PRIMARY_ORDER
from simulator.eligibility.optional import optional_criteria
from simulator.eligibility.own_criteria import CONSENT_FIELD, SURVIVAL_FIELD, Eligibility, OwnCriteria
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import EligibilityReadings, TcellSource
from simulator.eligibility.several_values import SeveralValues, Unsettled, settle
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN, Bools, Codes
from simulator.eligibility.verdicts import MOST_CRITERIA, NO_REASON, Bits, Referrals, Verdicts
from simulator.errors import ScenarioError
from simulator.fields import FIELDS, Group

Column = NDArray[Any]

CONSENT = "I10"
INFECTION = "E3"
OXYGEN = "I6"
TCELLS = "E6"
LINKED_FIELDS = ("lvef_percent", "ecog", "infection_active", "bm_blasts_percent")
EMPTY_MEANS_NO = frozenset((CONSENT, "E7", "E9"))
"""Criteria whose empty entry is a verdict and not unknown (D26)."""
ABSENCE_SAYS = ("cd117_percent", "hbv_dna", "hcv_rna", "regeneration_excluded")
"""Fields without which another one decides: an entry that cannot be read is not an absent one."""


def criteria(readings: Eligibility) -> tuple[Criterion, ...]:
    """Return the criteria of the protocol, then the optional rules that are on; or a scenario's own.

    Raises
    ------
    ScenarioError
        Where they are more than `MOST_CRITERIA`.
    """
    if isinstance(readings, OwnCriteria):
        return tuple(own.criterion() for own in readings.root)
    in_force = CRITERIA + optional_criteria(readings.optional_rules)
    if len(in_force) > MOST_CRITERIA:
        room = MOST_CRITERIA - len(CRITERIA)
        raise ScenarioError(
            f"eligibility.optional_rules: at most {room} of them may be on, next to the {len(CRITERIA)} criteria "
            f"of the protocol; got {len(in_force) - len(CRITERIA)}"
        )
    return in_force


def counts_at_screening(readings: Eligibility) -> Bools:
    """Return which of `criteria(readings)` the screening verdict counts, shape (criteria,).

    All but I10, which is a consent state, and E6, which is judged on the donor's cells after leukapheresis
    (D18, D26), unless the reading says that the patient's own cells are tested. All of a scenario's own.
    """
    if isinstance(readings, OwnCriteria):
        return np.ones(len(readings.root), dtype=np.bool_)
    apart = {CONSENT} if readings.tcell_source is TcellSource.PATIENT else {CONSENT, TCELLS}
    return np.array([criterion.id not in apart for criterion in criteria(readings)])


def screen(
    columns: Mapping[str, Column],
    readings: Eligibility,
    *,
    known: Mapping[str, Bools] | None = None,
    unreadable: Mapping[str, Bools] | None = None,
    several: Sequence[SeveralValues] = (),
    parts: bool = False,
) -> Verdicts:
    """Judge every patient by every criterion.

    Parameters
    ----------
    columns
        Field name -> (patients,) array; a missing field and NaN are unknown.
    known
        Field name -> (patients,) mask, False where the value is unknown.
    unreadable
        Field name -> (patients,) mask, True where a list holds something that could not be read. It is
        unknown too, but where an empty entry means no (D26: I10, E7, E9) it is not empty, so the criterion
        is unknown; and where another field decides in its absence (`ABSENCE_SAYS`) it is not absent.
    several
        Values that can be several, in the place of those of `columns`: a criterion that they do not decide
        alike is unknown.
    parts
        Whether to judge the sub-criteria too.

    Raises
    ------
    ProtocolError
        For a column that is no patient field, or columns of different lengths.
    """
    patients = _columns(columns, readings, known)
    in_force = criteria(readings)
    codes = _judge_all(patients, in_force, readings)
    unclear = _without(unreadable or {}, several)
    unsettled = _settle(codes, columns, known, readings, [*several, *_anything(unclear)])
    _empty_is_not_unread(codes, in_force, unclear)
    counted = counts_at_screening(readings)
    outcome = _Outcome.of(codes, in_force, counted)
    return Verdicts(
        ids=tuple(criterion.id for criterion in in_force),
        codes=codes.T,
        screened=counted,
        eligible=outcome.eligible,
        incomplete=outcome.incomplete,
        reason=outcome.reason,
        alone=np.count_nonzero(codes[counted] == FAIL, axis=0) == 1,
        parts=_judge_parts(patients, in_force, readings) if parts else {},
        unsettled=unsettled,
    )


def _settle(
    codes: Codes,
    columns: Mapping[str, Column],
    known: Mapping[str, Bools] | None,
    readings: Eligibility,
    several: Sequence[SeveralValues],
) -> Unsettled:
    """Make the codes unknown that several values do not decide alike; return which fields they depend on."""
    if not several:
        return {}
    return settle(codes, columns, known, criteria(readings), _settings(readings), several)


def _empty_is_not_unread(codes: Codes, in_force: Sequence[Criterion], unclear: Mapping[str, Bools]) -> None:
    """Leave criteria unknown whose empty entry is a verdict, where the entry is not empty but cannot be read."""
    for row, criterion in enumerate(in_force):
        if criterion.id in EMPTY_MEANS_NO:
            for name in criterion.fields:
                if name in unclear:
                    codes[row][unclear[name]] = UNKNOWN


def _judge_parts(
    patients: PatientColumns, in_force: Sequence[Criterion], readings: Eligibility
) -> dict[str, Codes]:
    """Return the codes of the sub-criteria."""
    settings = _settings(readings)
    return {part.id: part.test(patients, settings) for criterion in in_force for part in criterion.parts}


def _without(unreadable: Mapping[str, Bools], several: Sequence[SeveralValues]) -> dict[str, Bools]:
    """Return where nothing is known of an entry: not even that it has one of several values."""
    unclear = {name: mask.copy() for name, mask in unreadable.items()} if several else dict(unreadable)
    for one in several:
        if one.field in unclear:
            unclear[one.field][one.row] = False
    return unclear


def _anything(unclear: Mapping[str, Bools]) -> list[SeveralValues]:
    """Return the entries that must not count as absent: whatever is legal may stand there."""
    found = []
    for name in ABSENCE_SAYS:
        one = FIELDS[name]
        assert one.low is not None
        assert one.high is not None
        rows = np.flatnonzero(unclear[name]).tolist() if name in unclear else ()
        found += [SeveralValues(name, row, (one.low, one.high)) for row in rows]
    return found


def judge_one(
    columns: Mapping[str, Column],
    criterion: Criterion,
    readings: Eligibility,
    known: Mapping[str, Bools] | None = None,
) -> Codes:
    """Judge every patient by one criterion, under readings that may differ from those of the others.

    Arguments and errors as of `screen`. Shape (patients,).
    """
    return criterion.test(_columns(columns, readings, known), _settings(readings))


def prescreen(
    columns: Mapping[str, Column], readings: EligibilityReadings, known: Mapping[Group, Bools]
) -> Verdicts:
    """Judge at the desk: what a group of fields hides is unknown, and only a definite fail rejects.

    Parameters
    ----------
    known
        Group -> (patients,) mask, True where the desk knows the group's fields. A group without a mask is
        known, except `Group.LATER`, which the desk never knows.

    Returns
    -------
    Verdicts
        `reason` is NO_REASON where the patient passes on; I10 and E6 do not count.
    """
    return screen(columns, readings, known=_desk_masks(columns, known))


def _columns(
    columns: Mapping[str, Column], readings: Eligibility, known: Mapping[str, Bools] | None = None
) -> PatientColumns:
    return PatientColumns(columns, known, readings.fields if isinstance(readings, OwnCriteria) else FIELDS)


def _settings(readings: Eligibility) -> EligibilityReadings:
    """Return what a criterion of the protocol reads next to the patient; a scenario's own read nothing else."""
    return _NOT_READ if isinstance(readings, OwnCriteria) else readings


_NOT_READ: Final = EligibilityReadings()


def judge(columns: Mapping[str, Column], readings: Eligibility, known: Mapping[Group, Bools]) -> Referrals:
    """Return what the calendar reads of each referral: desk pre-screen, first screening, re-screen, donors.

    Parameters
    ----------
    columns
        Every drawn field of `simulator.fields`.
    known
        Group -> (patients,) mask of what the desk knows; of a scenario's own fields it knows none.
    """
    if isinstance(readings, OwnCriteria):
        return _judge_own(columns, readings)
    in_force = criteria(readings)
    counted = counts_at_screening(readings)
    patients = PatientColumns(columns)
    codes = _judge_all(patients, in_force, readings)
    first = _Outcome.of(codes, in_force, counted)
    at_desk = _judge_at_desk(columns, patients, codes, in_force, counted, readings, known)
    desk = _Outcome.of(at_desk, in_force, counted)
    rows = {criterion.id: row for row, criterion in enumerate(in_force)}
    infected = np.flatnonzero(codes[rows[INFECTION]] == FAIL)
    again = _resolved(columns, codes[:, infected], infected, rows, readings)
    second = first.with_patients(infected, _Outcome.of(again, in_force, counted))
    donors = [codes[rows[TCELLS]], second_donor_proliferates(patients, readings)]
    return Referrals(
        ids=tuple(rows),
        prescreen_pass=desk.reason == NO_REASON,
        prescreen_reason=desk.reason,
        prescreen_failed=desk.failed,
        refuses_consent=codes[rows[CONSENT]] != PASS,
        eligible=first.eligible,
        incomplete=first.incomplete,
        reason=first.reason,
        failed=first.failed,
        infection_failed=codes[rows[INFECTION]] == FAIL,
        resolved_eligible=second.eligible,
        resolved_incomplete=second.incomplete,
        resolved_reason=second.reason,
        resolved_failed=second.failed,
        has_prior_donor=patients.flag("prior_donor_available") == PASS,
        survival_days=patients.values("survival_days"),
        donor_fails=np.stack([code != PASS for code in donors], axis=1),
        **{name: patients.values(name) for name in LINKED_FIELDS},
    )


def _judge_own(columns: Mapping[str, Column], own: OwnCriteria) -> Referrals:
    """Judge by a scenario's own criteria: no desk pre-screen, no re-screen, no donor, no link of risks."""
    patients = _columns(columns, own)
    in_force = criteria(own)
    first = _Outcome.of(_judge_all(patients, in_force, own), in_force, counts_at_screening(own))
    no, unknown = np.zeros(patients.count, dtype=np.bool_), np.full(patients.count, np.nan)
    return Referrals(
        ids=tuple(criterion.id for criterion in in_force),
        prescreen_pass=~no,
        prescreen_reason=np.full(patients.count, NO_REASON, dtype=np.int8),
        prescreen_failed=np.zeros(patients.count, dtype=np.uint32),
        refuses_consent=patients.flag(CONSENT_FIELD) != PASS,
        eligible=first.eligible,
        incomplete=first.incomplete,
        reason=first.reason,
        failed=first.failed,
        infection_failed=no,
        resolved_eligible=first.eligible,
        resolved_incomplete=first.incomplete,
        resolved_reason=first.reason,
        resolved_failed=first.failed,
        has_prior_donor=no,
        survival_days=patients.values(SURVIVAL_FIELD),
        donor_fails=np.zeros((patients.count, 2), dtype=np.bool_),
        **dict.fromkeys(LINKED_FIELDS, unknown),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The screening verdict over the counted criteria, one entry per patient."""

    eligible: Bools
    incomplete: Bools
    reason: Codes
    failed: Bits

    @classmethod
    def of(cls, codes: Codes, in_force: Sequence[Criterion], counted: Bools) -> "_Outcome":
        """Return the outcome of (criteria, patients) codes."""
        patients = codes.shape[1]
        order = [row for row in _reason_order(in_force) if counted[row]]
        lowest = np.full(patients, PASS, dtype=np.int8)
        reason = np.full(patients, NO_REASON, dtype=np.int8)
        octets = {row // 8: np.zeros(patients, dtype=np.uint8) for row in order}
        # the loop is over criteria, each a column of all patients: there are few of them and many patients
        for row in reversed(order):
            np.minimum(lowest, codes[row], out=lowest)
            # all bits are set where it fails; numbers of one byte are worked on many at a time
            fails = np.negative((codes[row] == FAIL).view(np.uint8))
            reason ^= (reason ^ np.int8(row)) & fails.view(np.int8)
            octets[row // 8] |= fails & np.uint8(1 << row % 8)
        failed = np.zeros(patients, dtype=np.uint32)
        for place, octet in octets.items():
            failed |= octet * np.uint32(1 << 8 * place)
        return cls(lowest == PASS, lowest == UNKNOWN, reason, failed)

    def with_patients(self, patients: NDArray[np.intp], others: "_Outcome") -> "_Outcome":
        """Return a copy in which these patients have the others' verdict."""
        copy = _Outcome(self.eligible.copy(), self.incomplete.copy(), self.reason.copy(), self.failed.copy())
        copy.eligible[patients] = others.eligible
        copy.incomplete[patients] = others.incomplete
        copy.reason[patients] = others.reason
        copy.failed[patients] = others.failed
        return copy


def _judge_all(patients: PatientColumns, in_force: Sequence[Criterion], readings: Eligibility) -> Codes:
    settings = _settings(readings)
    codes = np.empty((len(in_force), patients.count), dtype=np.int8)
    for row, criterion in enumerate(in_force):
        codes[row] = criterion.test(patients, settings)
    return codes


def _judge_at_desk(
    columns: Mapping[str, Column],
    patients: PatientColumns,
    codes: Codes,
    in_force: Sequence[Criterion],
    counted: Bools,
    readings: EligibilityReadings,
    known: Mapping[Group, Bools],
) -> Codes:
    """Return the codes at the desk of the counted criteria, from the codes with everything known.

    A criterion that reads one group of hidden fields has its full code where the group is known, elsewhere
    the code without these columns, which is one for everybody where it reads no others; only those that read
    several groups need masks. The same as `prescreen`.
    """
    masks = _desk_masks(columns, known)
    blank, of_nobody = patients.without(masks), _codes_of_nobody(readings)
    desk = np.empty_like(codes)
    for row, criterion in zip(np.flatnonzero(counted), compress(in_force, counted), strict=True):
        hidden = {FIELDS[name].group: masks[name] for name in criterion.fields if name in masks}
        if len(hidden) == 1:
            reads_others = any(name in columns and name not in masks for name in criterion.fields)
            without = criterion.test(blank, readings) if reads_others else of_nobody[row]
            code = choose(next(iter(hidden.values())), codes[row], without)
        elif hidden:
            fields = {name: columns[name] for name in criterion.fields if name in columns}
            code = criterion.test(
                PatientColumns(fields, {name: masks[name] for name in fields if name in masks}), readings
            )
        else:
            code = codes[row]
        desk[row] = code
    return desk


@lru_cache(maxsize=32)
def _codes_of_nobody(readings: EligibilityReadings) -> Codes:
    """Return the code of each criterion of the protocol where nothing is known. Shape (criteria,)."""
    return _judge_all(PatientColumns({"ecog": np.full(1, np.nan)}), criteria(readings), readings)[:, 0]


def _reason_order(in_force: Sequence[Criterion]) -> list[int]:
    """Return rows by priority of the primary reason: as stated, then optional rules; own criteria as they stand."""
    rows = {criterion.id: row for row, criterion in enumerate(in_force)}
    if not rows.keys() >= set(PRIMARY_ORDER):
        return list(rows.values())
    return [rows[id_] for id_ in PRIMARY_ORDER] + [
        row for id_, row in rows.items() if id_ not in PRIMARY_ORDER
    ]


def _resolved(
    columns: Mapping[str, Column],
    codes: Codes,
    infected: NDArray[np.intp],
    rows: Mapping[str, int],
    readings: EligibilityReadings,
) -> Codes:
    """Return the codes once the infection has resolved: E3 passes, I6 is judged without infection."""
    again = codes.copy()
    again[rows[INFECTION]] = PASS
    fields = {"spo2_percent": "spo2_if_resolved_percent", "on_oxygen": "on_oxygen_if_resolved"}
    well = {name: columns[source][infected] for name, source in fields.items() if source in columns}
    oxygen = next(criterion for criterion in CRITERIA if criterion.id == OXYGEN)
    again[rows[OXYGEN]] = oxygen.test(PatientColumns(well), readings) if well else UNKNOWN
    return again


def _desk_masks(columns: Mapping[str, Column], known: Mapping[Group, Bools]) -> dict[str, Bools]:
    masks = dict(known)
    if Group.LATER not in masks:
        count = len(next(iter(columns.values())))
        masks[Group.LATER] = np.zeros(count, dtype=np.bool_)
    return {name: masks[FIELDS[name].group] for name in columns if FIELDS[name].group in masks}
