"""Ask a design from a row a patient: what is read, how rows are replayed, and every fault by row and column."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.designs import BOIN, CRM, TITEBOIN, Keyboard, PendingPolicy, RollingSix
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.patient_records import PENDING
from simulator.designs.patient_rows import PatientRow, Windows, frame_columns, patient_rows
from simulator.errors import DesignError
from tests.designs.patient_frames import frame

DESIGN = TITEBOIN(n_doses=4)


def _read(rows: Any, response_window: float | None = None) -> list[PatientRow]:
    return patient_rows(frame_columns(rows), 4, Windows.of(28, response_window))


def test_a_state_is_true_false_or_missing_in_every_way_it_is_written() -> None:
    for yes in (True, np.True_, 1, 1.0, "1", "yes", "T", "true"):
        assert _read([{"level": 1, "dlt": yes}])[0].dlt == 1
    for no in (False, np.False_, 0, 0.0, "0", "no", "N", "False"):
        assert _read([{"level": 1, "dlt": no}])[0].dlt == 0
    for missing in (None, np.nan, pd.NA, pd.NaT, "", " "):
        row = _read([{"level": 1, "dlt": missing, "followup_days": 7}])[0]
        assert (row.dlt, row.followup) == (PENDING, 0.25)


def test_a_pending_patient_followed_for_the_whole_window_is_complete() -> None:
    row = _read([{"level": 1, "dlt": None, "followup_days": 28}])[0]
    assert (row.dlt, row.followup) == (0, 1.0)


def test_columns_of_a_frame_may_have_any_type_pandas_gives_them() -> None:
    table = pd.DataFrame({"level": [1.0, 2.0], "dlt": [True, None], "followup_days": [3, 14]})
    for kind in (object, "boolean", "Float64"):
        rows = _read(table.astype({"dlt": kind}))
        assert [(row.level, row.dlt, row.followup) for row in rows] == [(1, 1, 1.0), (2, PENDING, 0.5)]


def test_responses_have_a_window_of_their_own() -> None:
    rows: list[dict[str, Any]] = [
        {"level": 1, "dlt": False, "followup_days": 28, "response": None, "response_followup_days": 21},
        {"level": 1, "dlt": False, "followup_days": 90, "response": True, "response_followup_days": 90},
        {"level": 1, "dlt": False, "followup_days": 90, "response": None, "response_followup_days": 84},
    ]
    read = _read(rows, 84)
    assert [(row.response, row.response_followup) for row in read] == [(PENDING, 0.25), (1, 1.0), (0, 1.0)]
    # Without a follow-up of its own, a response is followed as long as the DLT window is.
    bare = [{key: value for key, value in row.items() if key != "response_followup_days"} for row in rows[:1]]
    assert _read(bare, 84)[0].response_followup == pytest.approx(28 / 84)
    assert _read([{"level": 1, "dlt": 0}])[0].response == PENDING


def test_every_fault_is_named_by_row_and_column_at_once() -> None:
    rows = [
        {"level": 5, "dlt": "maybe", "followup_days": 3, "backfill": 2},
        {"level": 1, "dlt": None, "followup_days": None, "backfill": False},
        {"level": 1.5, "dlt": False, "followup_days": 10, "backfill": None},
        {"level": 2, "dlt": None, "followup_days": -1, "backfill": None},
    ]
    with pytest.raises(DesignError) as caught:
        next_dose(DESIGN, patients=pd.DataFrame(rows))
    assert str(caught.value).splitlines() == [
        "patients: row 1: level = 5: must be a whole number in 1..4",
        "patients: row 1: dlt = 'maybe': must be True, False or missing (pending)",
        "patients: row 1: backfill = 2: must be True or False",
        "patients: row 2: followup_days is missing: give the days of follow-up, as dlt is pending",
        "patients: row 3: level = 1.5: must be a whole number in 1..4",
        "patients: row 3: followup_days = 10: dlt is False before the end of the window of 28 days: leave dlt"
        " empty while it is pending",
        "patients: row 4: followup_days = -1: must be a number of days in 0..36525",
    ]


@pytest.mark.parametrize(
    ("patients", "options", "message"),
    [
        ({"level": [1]}, {}, "patients: required column is missing: dlt"),
        (
            {"level": [1], "dlt": [0], "folowup_days": [3]},
            {},
            "'folowup_days'; did you mean 'followup_days'",
        ),
        ({"level": [1], "dlt": [0, 1]}, {}, "patients: must be a DataFrame with a row a patient"),
        ({"level": [1], "dlt": [0]}, {"window_days": 0}, "window_days = 0: must be a number of days above 0"),
        ({"level": [1], "dlt": [0]}, {"response_window_days": "x"}, "response_window_days = 'x'"),
        ({"level": [1], "dlt": [0]}, {"closed_from": 6}, "closed_from = 6: must be an integer in 1..5"),
        ({"level": [1], "dlt": [0]}, {"dose": 0}, "dose = 0: must be an integer in 1..4"),
        ({"level": [1], "dlt": [0]}, {"outcomes": "1N"}, "give either patients, or outcomes, or n and dlt"),
    ],
)
def test_what_cannot_be_asked_is_refused(patients: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        next_dose(DESIGN, patients=patients, **options)


def test_designs_that_look_early_take_neither_counts_nor_cohorts() -> None:
    with pytest.raises(DesignError, match="tite-boin: reads patients, pending, which neither counts nor"):
        next_dose(DESIGN, dose=1, n=[3, 0, 0, 0], dlt=[0, 0, 0, 0])
    with pytest.raises(DesignError, match="give patients"):
        selected_dose(DESIGN, outcomes="1NNN")


def test_a_design_of_complete_cohorts_is_asked_from_patients_without_a_pending_one() -> None:
    patients = frame([3, 3, 0, 0], [0, 1, 0, 0], [[], [], [], []])
    assert next_dose(BOIN(n_doses=4), patients=patients) == next_dose(BOIN(n_doses=4), outcomes="1NNN 2TNN")
    assert (
        next_dose(CRM(n_doses=4), patients=patients).dose
        == next_dose(CRM(n_doses=4), outcomes="1NNN 2TNN").dose
    )
    pending = frame([3, 3, 0, 0], [0, 1, 0, 0], [[], [4], [], []])
    with pytest.raises(DesignError, match="boin: waits for complete cohorts, and dlt is pending in row 6"):
        next_dose(BOIN(n_doses=4), patients=pending)


def test_nobody_infused_is_the_start() -> None:
    answer = next_dose(DESIGN, patients=frame([0] * 4, [0] * 4, [[]] * 4))
    assert (answer.action, answer.dose, answer.cohort_size) == ("treat", 1, 3)


def test_the_level_is_that_of_the_last_row_and_rows_are_replayed_for_closing() -> None:
    # 3 of 3 close level 2 for good, though three more without a DLT follow.
    words = ["1N"] * 3 + ["2T"] * 3 + ["1N"] * 3 + ["2N"] * 3
    rows = [{"level": int(word[0]), "dlt": word[1] == "T"} for word in words]
    replayed = next_dose(DESIGN, patients=rows)
    assert (replayed.dose, replayed.closed_from) == (1, 2)
    # As they stand, 3 of 6 do not close it.
    standing = next_dose(DESIGN, dose=2, patients=rows[::-1])
    assert (standing.dose, standing.closed_from) == (1, 5)
    assert next_dose(DESIGN, dose=2, patients=rows, closed_from=2).closed_from == 2
    assert next_dose(DESIGN, patients=rows, closed_from=5).closed_from == 5


def test_rows_are_replayed_cohort_by_cohort_not_patient_by_patient() -> None:
    # After the fourth patient 3 of 4 would close level 1; nobody looked before the second cohort was complete.
    rows = [{"level": 1, "dlt": dlt} for dlt in (1, 1, 0, 1, 0, 0)]
    assert next_dose(TITEBOIN(n_doses=3), patients=rows).action == "treat"


def test_a_backfilled_patient_is_of_no_cohort_and_does_not_set_the_level() -> None:
    rows = [{"level": 1, "dlt": 0, "backfill": False}] * 3 + [{"level": 2, "dlt": 0, "backfill": False}] * 3
    last = [{"level": 1, "dlt": 0, "backfill": True}]
    assert next_dose(DESIGN, patients=rows + last).dose == next_dose(DESIGN, patients=rows).dose == 3


def test_the_planned_size_counts_everyone_infused() -> None:
    design = TITEBOIN(n_doses=2, max_n=6)
    answer = next_dose(design, 2, patients=frame([3, 3], [0, 0], [[], [20]]))
    assert "the planned size of 6 patients has been reached (6 observed)" in answer.reason


def test_policies_and_rolling_six_are_asked_in_the_same_way() -> None:
    patients = frame([3, 3, 0, 0], [0, 0, 0, 0], [[], [10], [], []])
    asked = [
        next_dose(design, patients=patients)
        for design in (PendingPolicy(Keyboard(n_doses=4)), RollingSix(n_doses=4), TITEBOIN(n_doses=4))
    ]
    assert [(answer.action, answer.dose) for answer in asked] == [("wait", 2), ("treat", 2), ("treat", 3)]
    assert [answer.backfill_dose for answer in asked] == [0, 0, 0]
