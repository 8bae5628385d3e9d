"""Reasons at the bedside hold for the data they are said of."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.designs import BFBOIN, BOIN, BOIN12, TITEBOIN, RollingSix, ThreePlusThree
from simulator.designs.conduct import NextDose, answer_in_words, next_dose
from simulator.designs.conduct_patients import observed_patients
from simulator.designs.design import Design
from simulator.designs.patient_rows import Windows, frame_columns, patient_rows
from simulator.designs.wrapped import weighs_response
from tests.designs.examples import COMPLETE, EARLY_VARIANTS
from tests.designs.patient_frames import frame

NOBODY: list[float] = []


def asked(
    design: Design,
    patients: object,
    dose: int | None = None,
    closed_from: int | None = None,
    window: float = 28,
) -> NextDose:
    """Return the answer in words; but for its reason it is that of `next_dose`."""
    rows = patient_rows(frame_columns(patients), design.n_doses, Windows.of(window, None))
    answer = answer_in_words(design, observed_patients(design, rows, dose, closed_from))
    plain = next_dose(design, dose, patients=patients, window_days=window, closed_from=closed_from)
    assert replace(answer, reason="") == replace(plain, reason="")
    return answer


def in_order(words: str) -> list[dict[str, Any]]:
    """Return complete patients in the order of treatment."""
    return [{"level": int(word[0]), "dlt": letter == "T"} for word in words.split() for letter in word[1:]]


def test_a_level_closed_before_is_left_because_it_is_closed() -> None:
    patients = frame([3, 3, 0], [0, 0, 0], [NOBODY, [14, 7], NOBODY])
    answer = asked(TITEBOIN(n_doses=3), patients=patients, closed_from=2)
    assert (answer.dose, answer.reason) == (1, "level 2 is closed: de-escalate")
    answer = asked(TITEBOIN(n_doses=3), patients=patients, closed_from=1)
    assert (answer.action, answer.reason) == ("stop", "the lowest level is closed: stop")
    three = frame([3, 0, 0], [0, 0, 0], [NOBODY] * 3)
    answer = asked(ThreePlusThree(n_doses=3), three, dose=1, closed_from=2)
    assert answer.reason == "the level above is closed: more patients at this level"


def test_dlts_at_the_level_are_named_where_they_lead_away() -> None:
    patients = frame([3, 3, 0], [0, 3, 0], [NOBODY] * 3)
    for design, closed in ((TITEBOIN(n_doses=3), None), (TITEBOIN(n_doses=3), 2), (BOIN(n_doses=3), None)):
        answer = asked(design, patients=patients, closed_from=closed)
        assert (answer.dose, answer.reason) == (1, "too many DLTs: de-escalate")
    assert asked(BOIN(n_doses=3), in_order("1TTT")).reason == "the lowest level is too toxic: stop"


def test_a_level_closed_by_cohorts_before_stays_the_reason() -> None:
    """3 of 3 closed level 2; 3 of 12 there would stay."""
    answer = asked(BOIN(n_doses=3), in_order("1NNN 2TTT 2NNN 2NNN 2NNN"))
    assert (answer.dose, answer.closed_from, answer.reason) == (1, 2, "level 2 is closed: de-escalate")


def test_rolling_six_says_how_many_are_awaited_and_where() -> None:
    """Level 2 closed at its second DLT; level 1 has six patients, one of them pending."""
    patients = frame([6, 2, 0], [0, 2, 0], [[20], NOBODY, NOBODY], window=21)
    answer = asked(RollingSix(n_doses=3), patients=patients, window=21)
    assert (answer.action, answer.dose) == ("wait", 1)
    assert answer.reason == "level 1 has 6 patients, and the outcomes of 1 of them are pending: wait"


def test_pending_responses_are_called_so() -> None:
    patients = frame([3, 0, 0], [0, 0, 0], [NOBODY] * 3)
    assert (
        asked(BOIN12(n_doses=3), patients=patients).reason
        == "the pending responses could change the decision: wait"
    )


def test_backfilled_patients_are_not_of_the_planned_size() -> None:
    patients = [{"level": 1, "dlt": False, "response": True}] * 3 + [{"level": 2, "dlt": False}] * 3
    patients += [{"level": 1, "dlt": False, "backfill": True}] * 3
    answer = asked(BFBOIN(n_doses=3, max_n=9), patients=patients)
    assert "planned size" not in answer.reason


@pytest.mark.parametrize("design", [*EARLY_VARIANTS, *COMPLETE.values()], ids=lambda design: design.name)
def test_no_dlt_and_no_pending_outcome_is_named_where_there_is_none(design: Design) -> None:
    random = np.random.default_rng(18)
    for _ in range(40):
        rows = _rows(design, random)
        closed = int(random.integers(1, design.n_doses + 2))
        _check(design, rows, asked(design, patients=rows, closed_from=closed))


def _rows(design: Design, random: np.random.Generator) -> list[dict[str, Any]]:
    """Return patients without a DLT at the first levels, three or six each, some pending if it looks early."""
    rows = []
    for level in range(1, int(random.integers(1, design.n_doses + 1)) + 1):
        for _ in range(int(random.choice([3, 6]))):
            pending = "pending" in design.reads and random.random() < 0.4
            row: dict[str, Any] = {"level": level, "dlt": None if pending else False}
            row["followup_days"] = float(random.integers(0, 28)) if pending else 28.0
            row["response"] = [None, False, True][int(random.integers(3))]
            row["response_followup_days"] = 10.0 if row["response"] is None else 28.0
            rows.append(row)
    return rows


def _check(design: Design, rows: list[dict[str, Any]], answer: NextDose) -> None:
    assert "too toxic" not in answer.reason
    last = rows[-1]["level"]
    if "too many DLTs" in answer.reason:
        # An open level may be left for one below that a model, or odds, prefer.
        assert last < answer.closed_from
    if answer.action == "wait" and "at the level" in answer.reason:
        weighs = weighs_response(design)
        level = last if weighs else answer.dose
        here = [row for row in rows if row["level"] == level]
        assert any(row["dlt"] is None or (weighs and row["response"] is None) for row in here)
        assert level == last or f"level {level}" in answer.reason
