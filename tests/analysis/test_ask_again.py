"""When to ask a waiting design again, against the design asked day by day with rows of longer follow-up."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pytest

from simulator.analysis.ask_again import ask_again_days
from simulator.designs import BOIN, BOIN12, MTPI2, TITEBOIN, TITEBOIN12, RollingSix, TITEKeyboard
from simulator.designs.conduct_patients import observed_patients
from simulator.designs.conduct_reasons import awaited_level
from simulator.designs.design import Action, Design, Observed
from simulator.designs.patient_rows import Windows, frame_columns, patient_rows
from simulator.designs.pending_policy import PendingPolicy
from tests.designs.patient_frames import at_middle

WINDOWS = Windows(dlt=28.0, response=42.0)
Answer = tuple[int, int]


def asked(design: Design, patients: pd.DataFrame, level: int) -> tuple[Answer, Observed]:
    rows = patient_rows(frame_columns(patients), design.n_doses, WINDOWS)
    observed = observed_patients(design, rows, level, None)
    decision = design.decide(observed)
    return (int(decision.action[0]), int(decision.level[0])), observed


def days_named(design: Design, patients: pd.DataFrame, level: int) -> float | None:
    (action, at), observed = asked(design, patients, level)
    assert action == Action.WAIT
    return ask_again_days(design, observed, at, awaited_level(design, observed, at), WINDOWS)


def waiting_at_2(pending_days: Sequence[float], dlt: int = 0, complete: int = 0) -> pd.DataFrame:
    return at_middle(dlt + complete + len(pending_days), dlt, pending_days)


def test_the_first_follow_up_of_tite_keyboard_changes_its_answer() -> None:
    design = TITEKeyboard(n_doses=3, cohort_size=1)
    assert days_named(design, waiting_at_2([0]), 2) == 1


def test_the_probability_of_a_decision_changes_before_the_window_ends() -> None:
    design = PendingPolicy(MTPI2(n_doses=3), policy="pod")
    assert days_named(design, waiting_at_2([1], dlt=1, complete=1), 2) == 23


@pytest.mark.parametrize(
    ("design", "pending_days", "days"),
    [
        # More than half are pending until the first of them is complete.
        (TITEBOIN(n_doses=3), [3, 10], 18),
        (TITEBOIN(n_doses=3), [3, 10.5], 17.5),
        # The shortest follow-up reaches half a window, and the answer changes then.
        (TITEBOIN(n_doses=3, suspension="chen2025", max_pending=1.0, min_follow_up=0.5), [10, 11], 4),
        # Neither reads follow-up.
        (PendingPolicy(BOIN(n_doses=3), policy="look_ahead"), [3, 10], 18),
        (PendingPolicy(BOIN(n_doses=3)), [3, 10], 18),
        (RollingSix(n_doses=3), [1, 2, 3, 4, 5, 5], 23),
    ],
)
def test_the_day_named_stays_where_no_follow_up_changes_the_answer_before(
    design: Design, pending_days: list[float], days: float
) -> None:
    complete = 1 if len(pending_days) == 2 and not isinstance(design, TITEBOIN) else 0
    patients = waiting_at_2(pending_days, complete=complete)
    assert days_named(design, patients, 2) == pytest.approx(days)


def test_responses_of_unknown_follow_up_are_not_followed_further() -> None:
    """All DLTs are known, and one of three responses is followed: half of the responses may be pending."""
    patients = pd.DataFrame(
        {
            "level": [1, 1, 1],
            "dlt": [False, False, False],
            "followup_days": [28, 28, 28],
            "response": [None, None, None],
            "response_followup_days": [0, 0, 30],
        }
    )
    assert days_named(TITEBOIN12(n_doses=3), patients, 1) == pytest.approx(12)
    assert days_named(BOIN12(n_doses=3), patients, 1) == pytest.approx(12)


def random_patients(seed: int, levels: int) -> pd.DataFrame:
    """Return patients at levels 1 to `levels`, each row a pending or complete DLT and response."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for level in range(1, levels + 1):
        for _ in range(int(rng.integers(1, 5))):
            days = int(rng.integers(1, 36))
            dlt = True if rng.random() < 0.2 else False if days >= 28 else None
            response = True if rng.random() < 0.2 else False if days >= 42 else None
            rows.append(
                {
                    "level": level,
                    "dlt": dlt,
                    "followup_days": days,
                    "response": response,
                    "response_followup_days": days,
                }
            )
    return pd.DataFrame(rows)


def days_later(patients: pd.DataFrame, days: int) -> pd.DataFrame:
    later = patients.copy()
    for state, column in (("dlt", "followup_days"), ("response", "response_followup_days")):
        pending = patients[state].isna()
        later.loc[pending, column] += days
    return later


def known_at(patients: pd.DataFrame, level: int, of_responses: bool) -> int:
    """Return how many outcomes at the level are known, as the calendar goes on without an event."""
    here = patients[patients["level"] == level]
    known = int((here["dlt"].notna() | (here["followup_days"] >= 28)).sum())
    if of_responses:
        known += int((here["response"].notna() | (here["response_followup_days"] >= 42)).sum())
    return known


def waiting_states(design: Design, level: int, count: int) -> Iterator[tuple[pd.DataFrame, Answer, int]]:
    """Return random states in which the design waits at `level`, its answer, and the level that it awaits."""
    found = 0
    for seed in range(200):
        patients = random_patients(seed, level)
        answer, observed = asked(design, patients, level)
        if answer[0] == Action.WAIT and found < count:
            found += 1
            yield patients, answer, awaited_level(design, observed, answer[1])


@pytest.mark.parametrize(
    ("design", "level", "count", "earlier"),
    [
        (TITEBOIN(n_doses=3, estimator="2020"), 1, 12, True),
        (TITEBOIN(n_doses=3, estimator="2020", suspension="lin2020"), 1, 12, True),
        (TITEBOIN(n_doses=3), 2, 6, False),
        (TITEBOIN12(n_doses=3), 2, 6, False),
        (PendingPolicy(MTPI2(n_doses=3), policy="pod", q_escalate=0.9), 2, 12, True),
    ],
)
def test_the_day_named_is_the_first_on_which_the_answer_or_an_outcome_is_new(
    design: Design, level: int, count: int, earlier: bool
) -> None:
    of_responses, states, before = isinstance(design, TITEBOIN12), 0, 0
    for patients, answer, awaited in waiting_states(design, level, count):
        known, day = known_at(patients, awaited, of_responses), 0
        new = complete = False
        while not (new or complete):
            day += 1
            later = days_later(patients, day)
            new = asked(design, later, level)[0] != answer
            complete = known_at(later, awaited, of_responses) != known
        states += 1
        before += not complete
        assert days_named(design, patients, level) == pytest.approx(day)
    assert states == count
    assert (before > 0) == earlier
