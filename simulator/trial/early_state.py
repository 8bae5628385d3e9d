"""What a design that looks early reads beside patients: the level it starts from, its last cohort, its draw."""

from simulator.trial.early_looks import EarlyLooks
from simulator.trial.escalation import missing
from simulator.trial.trial_state import Trial


def state_of(trial: Trial, early: EarlyLooks) -> tuple[int, int, int, int, int]:
    """Return level treated last, lowest closed level, the last cohort's outcomes and DLTs, and its missing places."""
    escalation = trial.escalation
    lacking = missing(escalation) if early.cohort_open and early.cohort_begun else 0
    last_n, last_dlt = _last_cohort(trial, early)
    return early.from_level, escalation.closed_from, last_n, last_dlt, lacking


def _last_cohort(trial: Trial, early: EarlyLooks) -> tuple[int, int]:
    """Return the complete outcomes and DLTs of the last cohort treated; 0 where the design reads neither."""
    n = dlt = 0
    if not trial.escalation.rulebook.reads_last:
        return n, dlt
    for k in range(len(trial.infused) - 1, -1, -1):
        patient = trial.infused[k]
        if patient.cohort == early.last_cohort and patient.exited and patient.follow_up.counted:
            n += 1
            dlt += patient.follow_up.dlt
        elif 0 < patient.cohort < early.last_cohort:
            break
    return n, dlt


def draw_of(trial: Trial, early: EarlyLooks) -> float:
    """Return the draw of the next patient for backfill, by which the design may choose the level."""
    if early.backfilling is not None:
        return trial.candidates.dosing.backfill[early.backfilling.i]
    for one in trial.unplaced:
        if one.backfill:
            return trial.candidates.dosing.backfill[one.i]
    return 0.5
