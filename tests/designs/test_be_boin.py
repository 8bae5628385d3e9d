"""BE-BOIN: its two reductions, a pool worked out by hand, and its backfill."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import BEBOIN, BFBOIN, TITEBOIN
from simulator.designs.design import Action, Decision, Observed, Reason
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.errors import DesignError
from tests.designs.outcome_records import observed_of
from tests.designs.states import any_patient_states

DECIDED = ("action", "level", "cohort_size", "closed_from", "reason")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_without_backfilled_patients_it_is_tite_boin(data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(4))
    records = observed.patients
    assert records is not None
    none = np.zeros(records.level.shape, dtype=np.bool_)
    alone = replace(observed, patients=replace(records, backfill=none))
    backfilling, plain = (
        BEBOIN(n_doses=4, stop_n_at_dose=9),
        TITEBOIN(n_doses=4, suspension="chen2025", stop_n_at_dose=9),
    )
    one, other = backfilling.decide(alone), plain.decide(alone)
    for name in DECIDED:
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert backfilling.select(alone).tolist() == plain.select(alone).tolist()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_with_nobody_pending_it_is_bf_boin_where_one_level_was_backfilled(data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(4))
    records = observed.patients
    assert records is not None
    only = data.draw(st.integers(1, 4))
    complete = replace(
        records,
        dlt=np.abs(records.dlt),
        followup=np.ones(records.level.shape),
        backfill=records.backfill & (records.level == only),
    )
    known = Observed.of_patients(4, observed.level, complete, observed.closed_from)
    one, other = BEBOIN(n_doses=4).decide(known), BFBOIN(n_doses=4).decide(known)
    for name in (*DECIDED, "backfill_level"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


def _patients(followup: float) -> PatientRecords:
    """Return level 1 with 6 patients, 3 of them backfilled and pending, 1 DLT; level 2 with 3 complete, none."""
    return PatientRecords.of(
        level=[1] * 6 + [2] * 3,
        dlt=[1, 0, 0, PENDING, PENDING, PENDING, 0, 0, 0],
        followup=followup,
        response=[1] + [0] * 8,
        backfill=[False] * 3 + [True] * 3 + [False] * 3,
    )


def test_the_pool_counts_imputed_dlts() -> None:
    """Level 1: p = (1 + .15) / 4 = .2875, each pending patient (.2875 / .7125) (1 - w) DLTs.

    With w = 0 these are 2.211 of 6, above lambda_d: level 1 disagrees; the pool 2.211 / 9 = .2456 lies between
    lambda_e = .2365 and lambda_d, so the trial stays. With w = .9 they are 1.121 of 6 = .187: no conflict.
    """
    design = BEBOIN(n_doses=3)
    early = design.decide(observed_of(_patients(0.0), 3, 2))
    assert (early.level[0], early.reason[0]) == (2, Reason.POOLED)
    late = design.decide(observed_of(_patients(0.9), 3, 2))
    assert (late.level[0], late.reason[0]) == (3, Reason.ESCALATE)


def test_the_lowest_level_that_disagrees_begins_the_pool() -> None:
    """2 of 6, 2 of 6, 0 of 3: from level 1 the pool is 4 of 15 = .267, stay; from level 2 2 of 9 = .222, up."""
    patients = PatientRecords.of(
        level=[1] * 6 + [2] * 6 + [3] * 3,
        dlt=[1, 1, 0, 0, 0, 0] * 2 + [0] * 3,
        backfill=([False] * 3 + [True] * 3) * 2 + [False] * 3,
    )
    observed = observed_of(patients, 4, 3)
    assert BEBOIN(n_doses=4).decide(observed).level[0] == 3
    assert BFBOIN(n_doses=4).decide(observed).level[0] == 4


def test_a_full_cohort_waits_and_an_arriving_patient_may_be_backfilled() -> None:
    patients = PatientRecords.of(
        level=[1, 1, 1, 2, 2, 2],
        dlt=[0, 0, 0, PENDING, PENDING, PENDING],
        followup=0.3,
        response=[0, 1, 0, 0, 0, 0],
    )
    decision = BEBOIN(n_doses=3).decide(observed_of(patients, 3, 2))
    assert (decision.action[0], decision.reason[0]) == (Action.WAIT, Reason.WAIT_PENDING)
    assert decision.backfill_level is not None
    assert decision.backfill_level.tolist() == [1]
    capped = BEBOIN(n_doses=3, n_cap=3).decide(observed_of(patients, 3, 2))
    assert capped.backfill_level is not None
    assert capped.backfill_level.tolist() == [0]


def test_backfilled_patients_count_in_the_pending_share_of_their_level() -> None:
    """3 complete and 3 backfilled pending at the current level are half of it, more than 49 %."""
    patients = PatientRecords.of(
        [1] * 6, [0, 0, 0, PENDING, PENDING, PENDING], 0.9, backfill=[False] * 3 + [True] * 3
    )
    observed = observed_of(patients, 3, 1)
    assert BEBOIN(n_doses=3).decide(observed).reason[0] == Reason.WAIT_PENDING
    assert BEBOIN(n_doses=3, suspension="yuan2018").decide(observed).level[0] == 2


def test_escalation_waits_for_a_quarter_of_the_window() -> None:
    assert BEBOIN().ask_again_at == (0.25,)
    patients = PatientRecords.of([1, 1, 1], [0, 0, PENDING], 0.2)
    assert BEBOIN(n_doses=3).decide(observed_of(patients, 3, 1)).reason[0] == Reason.WAIT_FOLLOW_UP


def test_enough_patients_at_a_level_count_its_pending_ones_and_stop_where_a_pool_stays() -> None:
    """At level 2, 8 escalation patients with 2 DLTs and one backfilled who is pending: 9 infused, 8 complete.

    BF-BOIN counts complete outcomes, BE-BOIN everyone infused. 2.31 of 9, and 2 of 8, stay at level 2.
    """
    patients = PatientRecords.of(
        [2] * 9, [1, 1, 0, 0, 0, 0, 0, 0, PENDING], 0.0, backfill=[False] * 8 + [True]
    )
    observed = observed_of(patients, 3, 2)
    assert BEBOIN(n_doses=3, stop_n_at_dose=9).decide(observed).reason[0] == Reason.STOP_PRECISION
    assert BFBOIN(n_doses=3, stop_n_at_dose=9).decide(observed).level[0] == 2
    assert BFBOIN(n_doses=3, stop_n_at_dose=8).decide(observed).reason[0] == Reason.STOP_PRECISION
    # 2 of 9 alone would go up; with 2 of 6 below, 4 of 15 stay.
    pooled = PatientRecords.of(
        [1] * 6 + [2] * 9,
        ([1, 1] + [0] * 4) + ([1, 1] + [0] * 7),
        backfill=[False] * 3 + [True] * 3 + [False] * 9,
    )
    for design in (BEBOIN(n_doses=3), BFBOIN(n_doses=3)):
        stays = design.decide(observed_of(pooled, 3, 2))
        assert (stays.level[0], stays.reason[0]) == (2, Reason.POOLED)
        enough = replace(design, stop_n_at_dose=9).decide(observed_of(pooled, 3, 2))
        assert enough.reason[0] == Reason.STOP_PRECISION


def test_extra_safety_looks_at_level_1_at_every_look() -> None:
    """3 DLTs of 5: P(p > .3) = .930, above .90 and below .95. bfboin asks only at level 1."""
    patients = observed_of(PatientRecords.of([1] * 5 + [2] * 3, [1, 1, 1] + [0] * 5), 3, 2)
    for design in (BEBOIN(n_doses=3, extra_safe=True), BFBOIN(n_doses=3, extra_safe=True)):
        assert design.decide(patients).reason[0] == Reason.STOP_TOO_TOXIC
        assert design.select(patients).tolist() == [0]
        assert replace(design, extra_safe=False).decide(patients).action[0] == Action.TREAT
    package = BFBOIN(n_doses=3, extra_safe=True, conflict="bfboin")
    assert package.decide(patients).level[0] == 1
    assert package.decide(replace(patients, level=np.array([1]))).reason[0] == Reason.STOP_TOO_TOXIC


def test_a_bound_mtd_lies_at_or_below_lambda_d() -> None:
    """3 of 8 is .377, above lambda_d = .359, and closes nothing."""
    observed = observed_of(PatientRecords.of([1] * 8, [1, 1, 1] + [0] * 5), 3, 1)
    for design in (BEBOIN(n_doses=3), BFBOIN(n_doses=3)):
        assert design.select(observed).tolist() == [1]
        assert replace(design, bound_mtd=True).select(observed).tolist() == [0]


def test_bad_options_are_named() -> None:
    with pytest.raises(DesignError, match="be-boin: estimator"):
        BEBOIN(estimator="2020")
    with pytest.raises(DesignError, match="be-boin: n_cap"):
        BEBOIN(n_cap=0)


def _with_a_late_lower_level(at_current: tuple[int, ...]) -> Decision:
    """Return what follows 3 DLTs of 9 at level 2, 4 pending there, 3 of them backfilled, at a target of .35."""
    level = [1] * 4 + [2] * 9 + [3] * len(at_current)
    dlt = [0] * 4 + [1] * 3 + [0] * 2 + [PENDING] * 4 + list(at_current)
    followup = [1.0] * 9 + [1 / 28, 0.25, 0.5, 0.25] + [0.75 if y == PENDING else 1.0 for y in at_current]
    response = [1] * 4 + [0] * (len(level) - 4)
    backfill = [False] * 10 + [True] * 3 + [False] * len(at_current)
    patients = PatientRecords.of(level, dlt, followup, response, 1.0, backfill)
    return BEBOIN(n_doses=6, target=0.35).decide(observed_of(patients, 6, 3))


def test_a_lower_level_is_judged_by_its_imputed_rate_alone() -> None:
    # p = 3.175 / 6, so 3 + p / (1 - p) (4 - 1.036) = 6.33 DLTs of 9; 3 of 9 is below the target, which at the
    # current level alone would keep TITE-BOIN from going down.
    waits = _with_a_late_lower_level((PENDING, PENDING, PENDING))
    assert waits.action.tolist() == [Action.WAIT]
    assert waits.backfill_level is not None
    # Pooled with the three at level 3, 6.50 of 12 are too many, too: level 2 is shut.
    assert waits.backfill_level.tolist() == [1]
    # 1 DLT of 3 stays at level 3 by itself; level 2 disagrees, and 7.33 of 12 lead below it.
    assert _with_a_late_lower_level((1, 0, 0)).level.tolist() == [1]


def test_a_level_or_pool_without_patients_says_nothing() -> None:
    rule = BEBOIN(n_doses=4).backfill_rule(3)
    assert rule is not None
    assert (rule.few_at_most[[0, 3]] >= 0).tolist() == [False, True]
    assert (rule.many_above[[0, 3]] < 0).tolist() == [False, False]
