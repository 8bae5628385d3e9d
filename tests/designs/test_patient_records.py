"""Every count that a design that looks early reads is derived from one record a patient."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.designs.design import Observed
from simulator.designs.patient_records import (
    PENDING,
    PatientRecords,
    backfilled_per_level,
    follow_up_sums,
    pending_responses_per_level,
    response_follow_up_sums,
    responses_per_level,
    shortest_pending,
)
from tests.designs.states import any_records

DOSES = 3


def six_patients() -> PatientRecords:
    return PatientRecords.of(
        level=[1, 1, 2, 2, 2, 3],
        dlt=[0, 1, PENDING, PENDING, 0, PENDING],
        followup=[1, 0.4, 0.25, 0.5, 1, 0],
        response=[1, 0, 1, PENDING, PENDING, PENDING],
        response_followup=[0, 0, 0, 0.2, 0.6, 0],
        backfill=[False, False, True, False, False, False],
    )


def test_counts_of_a_worked_example() -> None:
    records = six_patients()
    observed = Observed.of_patients(DOSES, np.array([2]), records, np.array([4]))
    assert observed.n.tolist() == [[2, 1, 0]]
    assert observed.dlt.tolist() == [[1, 0, 0]]
    assert observed.pending is not None
    assert observed.assigned is not None
    assert observed.pending.tolist() == [[0, 2, 1]]
    assert observed.assigned.tolist() == [[2, 3, 1]]
    assert follow_up_sums(records, DOSES).tolist() == [[0, 0.75, 0]]
    assert follow_up_sums(records, DOSES, lambda share: share**2).tolist() == [[0, 0.3125, 0]]
    assert shortest_pending(records, np.array([2])).tolist() == [0.25]
    assert shortest_pending(records, np.array([1])).tolist() == [1]
    assert responses_per_level(records, DOSES).tolist() == [[1, 1, 0]]
    assert pending_responses_per_level(records, DOSES).tolist() == [[0, 2, 1]]
    np.testing.assert_allclose(response_follow_up_sums(records, DOSES), [[0, 0.8, 0]])
    assert backfilled_per_level(records, DOSES).tolist() == [[0, 1, 0]]


def test_follow_up_is_whole_where_the_outcome_is_known() -> None:
    assert six_patients().followup.tolist() == [[1, 1, 0.25, 0.5, 1, 0]]
    assert six_patients().response_followup.tolist() == [[1, 1, 1, 0.2, 0.6, 0]]


def test_nobody_infused_has_no_counts() -> None:
    nobody = PatientRecords.of([], [])
    observed = Observed.of_patients(DOSES, np.array([0]), nobody, np.array([4]))
    assert observed.n.tolist() == [[0, 0, 0]]
    assert shortest_pending(nobody, np.array([1])).tolist() == [1]


@given(data=st.data())
def test_states_padded_to_one_length_keep_their_counts(data: st.DataObject) -> None:
    records = data.draw(st.lists(any_records(DOSES), min_size=1, max_size=4))
    levels, closed = np.ones(len(records), dtype=np.int64), np.full(len(records), DOSES + 1)
    together = Observed.of_patients(DOSES, levels, PatientRecords.stacked(records), closed)
    assert together.pending is not None
    assert together.patients is not None
    for i, one in enumerate(records):
        alone = Observed.of_patients(DOSES, levels[:1], one, closed[:1])
        assert alone.pending is not None
        assert together.n[i].tolist() == alone.n[0].tolist()
        assert together.dlt[i].tolist() == alone.dlt[0].tolist()
        assert together.pending[i].tolist() == alone.pending[0].tolist()
        assert follow_up_sums(together.patients, DOSES)[i].tolist() == follow_up_sums(one, DOSES)[0].tolist()
        assert shortest_pending(together.patients, levels)[i] == shortest_pending(one, levels[:1])[0]


def test_a_pending_patient_without_a_follow_up_has_none() -> None:
    records = PatientRecords.of(level=[1, 1, 1], dlt=[0, 1, PENDING])
    assert records.followup.tolist() == [[1, 1, 0]]
    assert records.response.tolist() == [[PENDING] * 3]
    assert records.response_followup.tolist() == [[0, 0, 0]]


def test_days_of_onset_are_known_of_states_together_if_of_one_of_them() -> None:
    without = PatientRecords.of(level=[1], dlt=[1])
    known = PatientRecords.of(level=[1, 1], dlt=[1, 0], onset=[0.25, 0.5])
    assert PatientRecords.stacked([without, without]).onset is None
    together = PatientRecords.stacked([without, known]).onset
    assert together is not None
    assert together.tolist() == [[1, 0], [0.25, 1]]  # the first has one patient
