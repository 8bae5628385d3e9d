"""Which designs a calendar may remember decisions of while outcomes are pending: those that read no follow-up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs.design import Design
from tests.designs.examples import EARLY_VARIANTS
from tests.designs.states import any_patient_states

WITHOUT_FOLLOW_UP = [design for design in EARLY_VARIANTS if "patients" not in design.reads]
DECIDED = ("action", "level", "cohort_size", "closed_from", "reason", "backfill_level")


def test_backfill_and_benefit_and_risk_are_among_them() -> None:
    assert {"rolling-6", "bf-boin", "boin12"} <= {design.name for design in WITHOUT_FOLLOW_UP}


@pytest.mark.parametrize("design", WITHOUT_FOLLOW_UP, ids=repr)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_their_decision_is_the_same_whatever_the_follow_up(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(design.n_doses))
    records = observed.patients
    assert records is not None
    shape = records.followup.shape
    share = data.draw(st.sampled_from((0.0, 0.3, 0.9)))
    other = replace(
        records,
        followup=np.where(records.dlt < 0, share, 1.0),
        response_followup=np.where(records.response < 0, share, 1.0),
        onset=np.full(shape, 0.5),
    )
    one, again = design.decide(observed), design.decide(replace(observed, patients=other))
    for name in DECIDED:
        found, expected = getattr(again, name), getattr(one, name)
        assert (found is None) == (expected is None)
        assert found is None or found.tolist() == expected.tolist()
