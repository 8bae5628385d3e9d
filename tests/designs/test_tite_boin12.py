"""TITE-BOIN12 against PKBOIN-12's statistics and the rule's decisions; and its reduction to BOIN12."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import BOIN12, TITEBOIN12
from simulator.designs.benefit_risk_data import level_data
from simulator.designs.design import Action, Observed, Reason
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.errors import DesignError
from tests.designs.outcome_records import observed_of
from tests.designs.published import integers, numbers, rows
from tests.designs.states import any_patient_states


def _observed(row: dict[str, str]) -> Observed:
    days = np.array(numbers(row["followup"]))
    patients = PatientRecords.of(
        integers(row["patient_level"]),
        integers(row["dlt"]),
        np.minimum(days / float(row["dlt_window"]), 1),
        integers(row["response"]),
        np.minimum(days / float(row["response_window"]), 1),
    )
    return observed_of(patients, int(row["n_doses"]), int(row["level"]))


def _design(row: dict[str, str], admissibility: str) -> TITEBOIN12:
    best, neither, both, worst = numbers(row["utilities"])
    return TITEBOIN12(
        n_doses=int(row["n_doses"]),
        phi_t=float(row["phi_t"]),
        phi_e=float(row["phi_e"]),
        utilities=(best, neither, both, worst),
        admissibility=admissibility,
    )


def test_every_published_decision_under_both_readings_of_admissible() -> None:
    table = rows("tite_boin12_decisions.csv")
    assert len(table) == 320
    for row in table:
        for admissibility in ("ess", "enrolled"):
            decision = _design(row, admissibility).decide(_observed(row))
            answer = {Action.WAIT: "suspend", Action.STOP: "stop"}.get(
                Action(int(decision.action[0])), str(decision.level[0])
            )
            assert answer == row[admissibility], (row["id"], admissibility)


def test_every_published_statistic() -> None:
    for row in rows("tite_boin12_decisions.csv"):
        design = _design(row, "ess")
        data = level_data(_observed(row), design.n_doses, design.utilities)
        for name in ("quasi_events", "dlt_known", "response_known"):
            np.testing.assert_allclose(getattr(data, name)[0], numbers(row[name]), rtol=0, atol=1e-9)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_with_nobody_pending_it_is_boin12(data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(3))
    records = observed.patients
    assert records is not None
    complete = replace(
        records,
        dlt=np.abs(records.dlt),
        response=np.abs(records.response),
        followup=np.ones(records.followup.shape),
        response_followup=np.ones(records.followup.shape),
    )
    known = Observed.of_patients(3, observed.level, complete, observed.closed_from)
    late, early = TITEBOIN12(n_doses=3), BOIN12(n_doses=3)
    one, other = late.decide(known), early.decide(known)
    for name in ("action", "level", "cohort_size", "closed_from", "reason"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert late.select(known).tolist() == early.select(known).tolist()


def test_each_endpoint_has_a_limit_of_its_own() -> None:
    """2 of 3 responses pending, no DLT pending: the response limit alone makes the trial wait."""
    patients = PatientRecords.of([1, 1, 1], 0, None, [1, PENDING, PENDING], 0.5)
    observed = observed_of(patients, 3, 1)
    assert TITEBOIN12(n_doses=3).decide(observed).reason[0] == Reason.WAIT_PENDING
    goes_on = TITEBOIN12(n_doses=3, max_pending_response=0.7).decide(observed)
    assert goes_on.action[0] == Action.TREAT
    assert TITEBOIN12(n_doses=3, max_pending_dlt=0.7).decide(observed).action[0] == Action.WAIT


def test_exactly_half_pending_goes_on() -> None:
    patients = PatientRecords.of([1, 1, 1, 1], [0, 0, PENDING, PENDING], 0.5, [0, 1, PENDING, PENDING], 0.5)
    assert TITEBOIN12(n_doses=3).decide(observed_of(patients, 3, 1)).action[0] == Action.TREAT


def test_nothing_known_at_the_level_waits_whatever_the_limits() -> None:
    patients = PatientRecords.of([1, 1], PENDING, 0.0, PENDING, 0.0)
    design = TITEBOIN12(n_doses=3, max_pending_dlt=1, max_pending_response=1)
    assert design.decide(observed_of(patients, 3, 1)).reason[0] == Reason.WAIT_FOLLOW_UP


def test_a_waiting_trial_closes_no_level() -> None:
    """2 DLTs among an effective 2.15 look too toxic; while 3 of 5 are pending nothing closes for good."""
    patients = PatientRecords.of([1] * 5, [1, 1, PENDING, PENDING, PENDING], 0.05, 0)
    decision = TITEBOIN12(n_doses=3).decide(observed_of(patients, 3, 1))
    assert decision.action[0] == Action.WAIT
    assert decision.closed_from[0] == 4


def test_bad_options_are_named() -> None:
    with pytest.raises(DesignError, match=r"max_pending_dlt = 1\.2: must be 0 <= max_pending_dlt <= 1"):
        TITEBOIN12(max_pending_dlt=1.2)
    with pytest.raises(DesignError, match="tite-boin12: admissibility"):
        TITEBOIN12(admissibility="all")
