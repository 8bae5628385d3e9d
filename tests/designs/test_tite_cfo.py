"""TITE-CFO against the R package CFO: imputed DLTs and decisions; and its reduction to CFO."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import CFO, TITECFO
from simulator.designs.design import Action, Observed, Reason
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.errors import DesignError
from tests.designs.outcome_records import observed_of
from tests.designs.published import integers, numbers, rows
from tests.designs.states import any_patient_states


def _observed(row: dict[str, str]) -> Observed:
    days, onset = (np.array(numbers(row[name])) for name in ("entry", "dlt_time"))
    elapsed, window = float(row["now"]) - days, float(row["window"])
    seen = (onset > 0) & (onset <= elapsed)
    state = np.where(seen, 1, np.where(elapsed >= window, 0, PENDING))
    patients = PatientRecords.of(integers(row["patient_level"]), state, np.clip(elapsed / window, 0, 1))
    return observed_of(patients, int(row["n_doses"]), int(row["level"]))


def test_every_published_decision_that_names_no_closed_level() -> None:
    table = rows("tite_cfo_decisions.csv")
    assert len(table) == 75
    to_closed = 0
    for row in table:
        design = TITECFO(n_doses=int(row["n_doses"]), target=float(row["target"]))
        decision = design.decide(_observed(row))
        toxic = integers(row["over_toxic"])
        closed = toxic.index(1) + 1 if 1 in toxic else design.n_doses + 1
        assert decision.closed_from[0] == closed, row["id"]
        expected = int(row["next_level"])
        if expected >= closed:
            # The package goes one level down to a level that its own data close.
            to_closed += 1
            expected = closed - 1
        assert decision.level[0] == expected, row["id"]
        assert (decision.action[0] == Action.STOP) == (expected == 0)
    assert to_closed == 2


def test_every_published_imputed_count() -> None:
    for row in rows("tite_cfo_decisions.csv"):
        design = TITECFO(n_doses=int(row["n_doses"]), target=float(row["target"]))
        n, dlt = design.counts(_observed(row))
        assert n[0].tolist() == integers(row["n"])
        np.testing.assert_allclose(dlt[0], numbers(row["imputed"]), rtol=0, atol=1e-5)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_with_nobody_pending_it_is_cfo(data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(3))
    records = observed.patients
    assert records is not None
    complete = replace(records, dlt=np.abs(records.dlt), followup=np.ones(records.followup.shape))
    known = Observed.of_patients(3, observed.level, complete, observed.closed_from)
    late, cfo = TITECFO(n_doses=3), CFO(n_doses=3)
    one, other = late.decide(known), cfo.decide(known)
    for name in ("action", "level", "cohort_size", "closed_from", "reason"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert late.select(known).tolist() == cfo.select(known).tolist()


def test_complete_counts_among_pending_ones_sit_on_their_threshold_as_in_cfo() -> None:
    """Many integer counts lie exactly on a threshold: as real numbers they must stay there too."""
    for n in (3, 6, 9):
        for dlt in range(n + 1):
            level = [1] * 6 + [2] * n + [3]
            toxic = [0, 0, 0, 0, 0, 1] + [1] * dlt + [0] * (n - dlt)
            complete = observed_of(PatientRecords.of(level[:-1], toxic), 3, 2)
            # A patient whose window is all but over counts for 1e-12 of a DLT, at a level that is not compared.
            beside = Observed.of_patients(
                4,
                np.array([2]),
                PatientRecords.of([*level[:-1], 4], [*toxic, PENDING], 1 - 1e-12),
                np.array([5]),
            )
            assert TITECFO(n_doses=4).decide(beside).level[0] == CFO(n_doses=3).decide(complete).level[0]


def test_the_limits_of_pending_follow_up_are_options() -> None:
    patients = PatientRecords.of([1, 1, 1], [0, PENDING, PENDING], 0.2)
    observed = observed_of(patients, 3, 1)
    assert TITECFO(n_doses=3).decide(observed).level[0] == 2
    many = TITECFO(n_doses=3, max_pending=0.5).decide(observed)
    assert (many.action[0], many.reason[0]) == (Action.WAIT, Reason.WAIT_PENDING)
    short = TITECFO(n_doses=3, min_follow_up=0.25)
    assert short.decide(observed).reason[0] == Reason.WAIT_FOLLOW_UP
    assert short.ask_again_at == (0.25,)
    with pytest.raises(DesignError, match="tite-cfo: max_pending"):
        TITECFO(max_pending=2)
