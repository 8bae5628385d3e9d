"""The infusions and outcomes of a trial under a design that looks early, entered as they happen."""

from simulator.trial.clock import Priority
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.decisions import go_on
from simulator.trial.early_asks import hold_if_decided
from simulator.trial.patient import Patient
from simulator.trial.places import take_places_back
from simulator.trial.trial_state import Trial


def enter_infused(trial: Trial, patient: Patient) -> None:
    """Enter a patient infused in escalation: the place is used, the window opens."""
    early, escalation = trial.early, trial.escalation
    assert early is not None
    in_cohort, followed = patient.cohort != 0, patient.follow_up
    trial.places_held -= in_cohort
    early.awaited += 1
    early.complete_when_asked = False
    patient.column = early.records.enter(
        patient.level, patient.infused_day, followed.response, followed.death_day, patient.backfill
    )
    escalation.total += not patient.backfill
    if in_cohort:
        escalation.cohort_n += 1
        early.cohort_begun, early.last_cohort, early.from_level = True, escalation.cohorts, patient.level
        early.said_level = -1
    # The cohort may be full now: once what else happens at this instant has happened.
    early.news = True
    trial.clock.call(trial.clock.now, Priority.DECISION, go_on, trial)
    if early.backfills:  # a response may open a level
        response_day = patient.infused_day + trial.setting.observation.response_day
        trial.clock.call(response_day, Priority.DECISION, know_response, trial)


def know_response(trial: Trial) -> None:
    """Let a response become known."""
    if trial.early is not None:
        trial.early.steps.ask_at_response(trial)


def enter_outcome(trial: Trial, patient: Patient) -> None:
    """Enter the outcome of a patient of escalation; hold the cohort where it is decided."""
    early, escalation, followed = trial.early, trial.escalation, patient.follow_up
    assert early is not None
    early.awaited -= 1
    if trial.recommended_day <= trial.clock.now:
        return  # after a stop for safety: the recommendation has been made
    early.news = True
    of_open_cohort = early.cohort_open and patient.cohort == escalation.cohorts
    if not followed.counted:
        early.records.take_out(patient.column)
        escalation.total -= not patient.backfill
        # The place opens again, unless the cohort is held.
        escalation.cohort_n -= of_open_cohort and escalation.held_level == NOT_HELD
        return
    early.records.know(patient.column, followed.dlt, trial.clock.now)
    escalation.n[patient.level - 1] += 1
    escalation.dlt[patient.level - 1] += followed.dlt
    early.late_dlt |= followed.dlt and not of_open_cohort
    escalation.cohort_dlt += of_open_cohort and followed.dlt
    if followed.dlt and trial.setting.holds_decided_cohort and hold_if_decided(trial, early):
        take_places_back(trial)
