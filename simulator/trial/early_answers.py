"""The answers of a design that looks early, asked one at a time and remembered: the SimPy model's.

Compiled trials have answers of their own (`compiled/early_answers.py`), to the same questions by the same `decide`.
"""

from typing import assert_never

import numpy as np

from simulator.designs.design import Action, Observed, Reason
from simulator.designs.early_look import FollowUpRead
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.trial.early_looks import EarlyLooks
from simulator.trial.early_state import draw_of, state_of
from simulator.trial.escalation import Verdict
from simulator.trial.infused_records import completed
from simulator.trial.trial_state import Trial


def answer_now(trial: Trial, early: EarlyLooks) -> Verdict:
    """Return what the design decides on what is known at this instant."""
    return _remembered(trial, early, early.records.on(trial.clock.now))


def answer_to_go_on(trial: Trial, early: EarlyLooks) -> Verdict:
    """Return the same where its action alone is read: whether the design waits, stops or goes on."""
    return answer_now(trial, early)


def answer_completed(trial: Trial, early: EarlyLooks, lacking: int, more: int, response: int) -> Verdict:
    """Return what the design would decide were the cohort completed, as `infused_records.completed` does it."""
    known = early.records.on(trial.clock.now)
    level = np.array([trial.escalation.level])
    patients = completed(known, level, np.array([lacking]), np.array([more]), np.array([response]))
    return _remembered(trial, early, patients)


def selection_now(trial: Trial, early: EarlyLooks) -> int:
    """Return the design's selection on what is known at this instant, 0 for none."""
    observed = _observed(trial, early, early.records.on(trial.clock.now))
    return int(trial.escalation.rulebook.design.select(observed)[0])


def _remembered(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Verdict:
    """Ask the design, or remember what it answered where its answer is settled by what is the same again."""
    memory = trial.escalation.rulebook.early_memory
    total, shortest, settled = _follow_up_read(early, patients, memory.reads)
    if early.draws or not (settled or memory.reads is FollowUpRead.SUM_AND_SHORTEST):
        return _ask(trial, early, patients)
    key = (*state_of(trial, early), _tally(patients, with_responses=memory.reads.of_responses))
    verdict = memory.recall(key, total, shortest)
    if verdict is None:
        verdict = _ask(trial, early, patients)
        memory.keep(key, total, shortest, verdict, counts_suffice=settled)
    return verdict


def _follow_up_read(
    early: EarlyLooks, patients: PatientRecords, reads: FollowUpRead
) -> tuple[float, float, bool]:
    """Return sum and shortest of the pending follow-up that is read, and whether counts settle the answer."""
    match reads:
        case FollowUpRead.COUNTS | FollowUpRead.WITH_RESPONSES:
            return 0.0, 1.0, True
        case FollowUpRead.SUM_AND_SHORTEST:
            shares = patients.followup[(patients.dlt == PENDING) & (patients.level == early.from_level)]
            return (float(shares.sum()), float(shares.min()), False) if len(shares) else (0.0, 1.0, True)
        case FollowUpRead.DLT_FOLLOW_UP:
            return 0.0, 1.0, not patients.dlt_pending.any()
        case FollowUpRead.ALL:
            return 0.0, 1.0, not (patients.dlt_pending | patients.response_pending).any()
        case _:
            assert_never(reads)


def _tally(of: PatientRecords, *, with_responses: bool) -> bytes:
    """Return how many patients there are of each level and DLT state, and response state and way in, as a key."""
    kind = of.level * 3 + of.dlt
    if with_responses:
        kind = (kind * 3 + of.response) * 2 + of.backfill
    # Padding and what is pending make codes below 0 of level 0 alone.
    return np.bincount(kind[of.level > 0]).tobytes()


def _ask(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Verdict:
    decision = trial.escalation.rulebook.design.decide(_observed(trial, early, patients))
    return Verdict(
        Action(int(decision.action[0])),
        int(decision.level[0]),
        int(decision.cohort_size[0]),
        int(decision.closed_from[0]),
        Reason(int(decision.reason[0])),
        0 if decision.backfill_level is None else int(decision.backfill_level[0]),
    )


def _observed(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Observed:
    level, closed_from, last_n, last_dlt, lacking = state_of(trial, early)
    return Observed.of_patients(
        trial.escalation.rulebook.design.n_doses,
        np.array([level]),
        patients,
        np.array([closed_from]),
        np.array([last_n]),
        np.array([last_dlt]),
        np.array([lacking]),
        np.array([draw_of(trial, early)]) if early.draws else None,
    )
