"""With no pending patient anywhere, a design that looks early decides and selects as its cohort design."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import (
    BOIN,
    MTPI,
    MTPI2,
    TITEBOIN,
    CumulativeCohort,
    DecisionTable,
    IThreePlusThree,
    Keyboard,
    PendingPolicy,
    TITEKeyboard,
)
from simulator.designs.design import Design, Observed
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.patient_records import PatientRecords
from tests.designs.examples import TO_TWELVE
from tests.designs.states import any_states

FIELDS: Final = ("action", "level", "cohort_size", "closed_from", "reason")
BOIN_OPTIONS: Final[dict[str, Any]] = {
    "n_doses": 4,
    "extra_safe": True,
    "stop_n_at_dose": 9,
    "bound_mtd": True,
}
TABULATED: Final[tuple[IntervalDesign, ...]] = (
    BOIN(n_doses=4, titration=True, stop_n_at_dose=9),
    Keyboard(n_doses=3),
    MTPI(n_doses=3),
    MTPI2(n_doses=3, target=0.2),
    IThreePlusThree(n_doses=3, start_dose=2),
    CumulativeCohort(n_doses=3, elimination_cutoff=0.9),
    DecisionTable(n_doses=3, rows=TO_TWELVE, stop_at_last_row=True),
)
PAIRS: Final[list[tuple[Design, Design]]] = [
    *((TITEBOIN(estimator=e, **BOIN_OPTIONS), BOIN(**BOIN_OPTIONS)) for e in ("2018", "2020")),
    (TITEBOIN(n_doses=3, target=0.25, suspension="chen2025", cohort_size=1), BOIN(3, 0.25, cohort_size=1)),
    (TITEBOIN(n_doses=3, estimator="2020", suspension="lin2020"), BOIN(n_doses=3)),
    (TITEKeyboard(n_doses=3), Keyboard(n_doses=3)),
    (TITEKeyboard(n_doses=3, estimator="2018", margin_low=0.1), Keyboard(n_doses=3, margin_low=0.1)),
    *((PendingPolicy(one, policy), one) for one in TABULATED for policy in ("wait", "look_ahead", "pod")),
]


def all_complete(observed: Observed) -> Observed:
    """Return the same state as patients, everybody complete."""
    levels, dlt = [], []
    for level, (n, toxic) in enumerate(zip(observed.n[0], observed.dlt[0], strict=True), start=1):
        levels += [level] * int(n)
        dlt += [1] * int(toxic) + [0] * int(n - toxic)
    return Observed.of_patients(
        observed.n.shape[1], observed.level, PatientRecords.of(levels, dlt), observed.closed_from
    )


@pytest.mark.parametrize(("early", "cohort"), PAIRS, ids=repr)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_pending_patient_anywhere_gives_the_cohort_design(
    early: Design, cohort: Design, data: st.DataObject
) -> None:
    observed = data.draw(any_states(early.n_doses))
    expected = cohort.decide(observed)
    for seen in (all_complete(observed), observed):
        decision = early.decide(seen)
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(decision, name), getattr(expected, name), name)
        assert early.select(seen).tolist() == cohort.select(observed).tolist()
