"""The next dose from a row a patient: backfill, benefit and risk, and the days on which DLTs came."""

import pandas as pd
import pytest

from simulator.designs import BEBOIN, BFBOIN, BOIN12, CFO, TITEBOIN12, TITECFO, TITECRM
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.conduct_patients import observed_patients
from simulator.designs.design import Design
from simulator.designs.patient_rows import Windows, frame_columns, patient_rows, records_of

# Level 1 complete with a response; level 2 with one patient pending; a patient backfilled at level 1 5 days ago.
UNDER_WAY = pd.DataFrame(
    {
        "level": [1, 1, 1, 2, 2, 2, 1],
        "dlt": [False, False, False, False, False, None, None],
        "followup_days": [28, 28, 28, 28, 28, 10, 5],
        "response": [True, False, False, None, None, None, None],
        "response_followup_days": [42, 42, 42, 20, 20, 10, 5],
        "backfill": [False] * 6 + [True],
    }
)


@pytest.mark.parametrize(
    ("design", "action", "dose", "backfill"),
    [
        (BFBOIN(), "wait", 2, 1),
        (BEBOIN(), "treat", 3, 1),
        (BOIN12(), "wait", 2, 0),
        (TITEBOIN12(), "wait", 2, 0),
        (TITEBOIN12(max_pending_response=1), "treat", 3, 0),
        (TITECRM(), "treat", 3, 0),
        (TITECFO(), "treat", 3, 0),
        (TITECFO(max_pending=0.2), "wait", 2, 0),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else str(value),
)
def test_the_next_dose_of_a_trial_under_way(design: Design, action: str, dose: int, backfill: int) -> None:
    answer = next_dose(design, patients=UNDER_WAY, window_days=28, response_window_days=42)
    assert (answer.action, answer.dose, answer.backfill_dose) == (action, dose, backfill)


def test_complete_patients_are_enough_for_cfo_and_settle_boin12() -> None:
    complete = UNDER_WAY.assign(
        dlt=False, followup_days=28, response=[True, False, False] * 2 + [True], response_followup_days=42
    )
    assert next_dose(CFO(), patients=complete).dose == 3
    # 2 of 4 responses at level 1: more desirable than 1 of 3 at level 2 and than the untried level 3.
    assert next_dose(BOIN12(), patients=complete, response_window_days=42).dose == 1
    assert selected_dose(BOIN12(), patients=complete, response_window_days=42) == 1
    assert selected_dose(CFO(), patients=complete) == 2


def test_days_of_dlts_reach_designs_that_learn_from_them() -> None:
    frame = {"level": [1, 1, 1], "dlt": [True, True, None], "followup_days": [7, None, 14]}
    records = records_of(patient_rows(frame_columns(frame), 3, Windows.of(28, None)))
    assert records.onset is not None
    assert records.onset.tolist() == [[0.25, 1.0, 1.0]]
    assert records.followup.tolist() == [[1.0, 1.0, 0.5]]


def test_adaptive_weights_read_the_days_of_dlts() -> None:
    """3 DLTs on day 2 say that what has not come by day 14 hardly comes: the risk is lower than by linear weights."""
    frame = pd.DataFrame(
        {
            "level": [1] * 9,
            "dlt": [True] * 3 + [None] * 6,
            "followup_days": [2] * 3 + [14] * 6,
        }
    )
    risks = []
    for weights in ("linear", "adaptive"):
        design = TITECRM(weights=weights, safety_cutoff=None)
        rows = patient_rows(frame_columns(frame), 5, Windows.of(28, None))
        risks.append(design.estimates(observed_patients(design, rows, 1, None))["model risk"][0, 0])
    assert risks[1] < risks[0]
