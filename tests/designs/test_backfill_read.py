"""What a design with backfill says it reads is all that it reads: callers remember answers by it."""

import numpy as np
import pytest

from simulator.designs import BFBOIN
from simulator.designs.design import Ints, Observed
from simulator.designs.early_look import BackfillRead, backfill_read
from simulator.designs.patient_records import PENDING, PatientRecords, count_per_level

STATES, PATIENTS, LEVELS = 60_000, 8, 3
DESIGNS = (
    BFBOIN(n_doses=LEVELS),
    BFBOIN(n_doses=LEVELS, n_cap=3, backfill="lowest"),
    BFBOIN(n_doses=LEVELS, target=0.2, stop_n_at_dose=4, n_cap=4, start_dose=2),
    BFBOIN(n_doses=LEVELS, stay_on_one_of_three=True, extra_safe=True, bound_mtd=True),
)


def _states(rng: np.random.Generator) -> Observed:
    shape = (STATES, PATIENTS)
    level = rng.integers(1, LEVELS + 1, STATES)
    at = rng.choice([0, 1, 2, 3], shape, p=[0.25, 0.25, 0.25, 0.25])
    dlt = rng.choice([0, 1, PENDING], shape, p=[0.6, 0.25, 0.15])
    response = rng.choice([0, 1, PENDING], shape, p=[0.7, 0.1, 0.2])
    patients = PatientRecords.of(
        at, dlt, rng.random(shape), response, rng.random(shape), rng.random(shape) < 0.2
    )
    missing = rng.integers(0, 3, STATES)
    closed = np.maximum(rng.integers(2, LEVELS + 4, STATES), 1).clip(max=LEVELS + 1)
    return Observed.of_patients(LEVELS, level, patients, closed, cohort_missing=missing)


def _read(observed: Observed, of: BackfillRead) -> Ints:
    """Return what `BackfillRead` names, a row a state."""
    records, levels = observed.patients, np.arange(1, LEVELS + 1)
    assert records is not None
    upto, below = levels <= observed.level[:, None], levels < observed.level[:, None]
    limits = np.concatenate(
        [of.closing[:1, observed.infused[:, 0]].T, of.closing[1, observed.infused[:, 1:]]], axis=1
    )
    closed = np.where(observed.dlt >= limits, levels, LEVELS + 1).min(axis=1)
    backfilled = count_per_level(records, LEVELS, records.infused & records.backfill) > 0
    responding = count_per_level(records, LEVELS, records.infused & (records.response == 1)) > 0
    lowest = np.where(below & responding, levels, LEVELS + 1).min(axis=1)
    awaited = (records.dlt_pending & ~records.backfill).any(axis=1)
    return np.column_stack(
        [
            *(observed.level, np.minimum(closed, observed.closed_from), lowest, awaited),
            *(np.where(upto, observed.n, 0), np.where(upto, observed.dlt, 0)),
            *(below & (observed.infused >= of.full), below & backfilled),
        ]
    ).astype(np.int64)


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_states_that_read_alike_are_answered_alike(design: BFBOIN) -> None:
    observed = _states(np.random.default_rng(5))
    of = backfill_read(design, PATIENTS)
    assert of is not None
    decision = design.decide(observed)
    answers = np.column_stack(
        [
            *(decision.action, decision.level, decision.cohort_size, decision.closed_from, decision.reason),
            *([] if decision.backfill_level is None else [decision.backfill_level]),
        ]
    )
    _, alike = np.unique(_read(observed, of), axis=0, return_inverse=True)
    order = np.argsort(alike.ravel(), kind="stable")
    same = np.diff(alike.ravel()[order]) == 0
    assert same.sum() > STATES / 10
    assert (answers[order][1:] == answers[order][:-1])[same].all()
    # Not because they all are: several actions, and levels to backfill.
    assert len(np.unique(answers, axis=0)) > 20


def test_the_package_reads_more_and_says_so() -> None:
    assert backfill_read(BFBOIN(conflict="bfboin"), PATIENTS) is None
