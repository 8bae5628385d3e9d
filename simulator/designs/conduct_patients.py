"""What a design is asked from patients: one state, by default after their rows were replayed in order."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.designs.claims import reads_of
from simulator.designs.design import COMPLETE_COHORT_FIELDS, Action, Design, Observed
from simulator.designs.parameter_checks import require_integer
from simulator.designs.patient_records import PENDING
from simulator.designs.patient_rows import PatientRow, records_of
from simulator.designs.wrapped import first_cohort
from simulator.errors import DesignError


class LastCohort(NamedTuple):
    """The patients of the last escalation cohort, and how many the design asked for, within its planned size."""

    treated: int
    asked: int


class _Replay(NamedTuple):
    """The lowest closed level after a replay, the row that the last cohort begins with, and the size asked for."""

    closed_from: int
    begins: int
    asked: int


def observed_patients(
    design: Design, rows: Sequence[PatientRow], dose: int | None, closed_from: int | None
) -> Observed:
    """Return the one state of a trial's patients, as the design is asked next.

    Without `dose`, rows stand in the order of treatment: the level is that of the last patient who was not
    backfilled, and the design is asked before each cohort, so that a level once closed stays closed, unless
    `closed_from` says which are. With `dose`, rows may stand in any order and are not replayed.

    Raises
    ------
    DesignError
        A level off the ladder, or pending patients of a design that waits for complete cohorts.
    """
    _check(design, rows, dose, closed_from)
    if dose is not None:
        return _state(design, rows, dose, design.n_doses + 1 if closed_from is None else closed_from, ())
    replay = _replay(design, rows, closed_from)
    return _state(design, rows, _level(rows), replay.closed_from, rows[replay.begins :])


def last_cohort(design: Design, rows: Sequence[PatientRow], closed_from: int | None) -> LastCohort:
    """Return the last cohort of rows in the order of treatment; backfilled patients are of none."""
    replay = _replay(design, rows, closed_from)
    treated = sum(not row.backfill for row in rows[replay.begins :])
    left = design.max_n - sum(not row.backfill for row in rows[: replay.begins])
    return LastCohort(treated, min(replay.asked, left) if left > 0 else replay.asked)


def _replay(design: Design, rows: Sequence[PatientRow], closed_from: int | None) -> _Replay:
    """Ask the design before each cohort."""
    closed = design.n_doses + 1 if closed_from is None else closed_from
    begins = asked = 0
    while begins < len(rows):
        decision = design.decide(_state(design, rows[:begins], _level(rows[:begins]), closed, ()))
        if closed_from is None:
            closed = int(decision.closed_from[0])
        treats = decision.action[0] == Action.TREAT
        # Today the design may wait, or have stopped, where it did not when the cohort was treated.
        asked = int(decision.cohort_size[0]) if treats else first_cohort(design).size
        end = _end_of_cohort(rows, begins, asked)
        if end == len(rows):
            break
        begins = end
    return _Replay(closed, begins, asked)


def _check(design: Design, rows: Sequence[PatientRow], dose: int | None, closed_from: int | None) -> None:
    if dose is not None:
        require_integer(design.name, "dose", dose, 1, design.n_doses)
        by_cohort = sorted(reads_of(design) & {"last_n", "last_dlt"})
        if by_cohort:
            raise DesignError(
                f"{design.name}: reads {', '.join(by_cohort)}: give the rows in the order of treatment, without dose"
            )
    if closed_from is not None:
        require_integer(design.name, "closed_from", closed_from, 1, design.n_doses + 1)
    if design.reads <= COMPLETE_COHORT_FIELDS:
        pending = [str(i + 1) for i, row in enumerate(rows) if row.dlt == PENDING]
        if pending:
            raise DesignError(
                f"{design.name}: waits for complete cohorts, and dlt is pending in row {', '.join(pending)}: leave"
                " the rows out, or ask a design that looks early"
            )


def _level(rows: Sequence[PatientRow]) -> int:
    """Return the level of the last patient of an escalation cohort, 0 before the first."""
    return next((row.level for row in reversed(rows) if not row.backfill), 0)


def _end_of_cohort(rows: Sequence[PatientRow], begins: int, size: int) -> int:
    """Return where a cohort of at most `size` patients of one level ends; backfilled patients stand between."""
    level, left = 0, size
    for i in range(begins, len(rows)):
        if rows[i].backfill:
            continue
        if left == 0 or level not in (0, rows[i].level):
            return i
        level, left = rows[i].level, left - 1
    return len(rows)


def _state(
    design: Design, rows: Sequence[PatientRow], level: int, closed_from: int, cohort: Sequence[PatientRow]
) -> Observed:
    """Return one state; `cohort` holds the rows of the last cohort, backfilled ones between them."""
    complete = [row.dlt for row in cohort if not row.backfill and row.dlt != PENDING]
    return Observed.of_patients(
        n_doses=design.n_doses,
        level=np.array([level], dtype=np.int64),
        patients=records_of(rows),
        closed_from=np.array([closed_from], dtype=np.int64),
        last_n=np.array([len(complete)], dtype=np.int64),
        last_dlt=np.array([sum(complete)], dtype=np.int64),
    )
