"""The outcome of an infused patient enters the data."""

from simulator.trial.decisions import go_on
from simulator.trial.early_hooks import enter_outcome, looks_early
from simulator.trial.escalation import count
from simulator.trial.expansion import count_in_expansion
from simulator.trial.patient import Patient, reach_outcome
from simulator.trial.places import take_places_back
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note


def observe(trial: Trial, patient: Patient) -> None:
    """Enter the outcome; the cohort may then be complete, decided, or need a replacement."""
    pass_time(trial)
    reach_outcome(patient)
    note(trial, patient, "outcome: {}", patient.follow_up.reason.text)
    if patient.expansion:
        count_in_expansion(trial, patient)
    elif looks_early(trial):
        enter_outcome(trial, patient)
    else:
        _count_in_escalation(trial, patient)
    go_on(trial)


def _count_in_escalation(trial: Trial, patient: Patient) -> None:
    in_cohort = patient.cohort != 0
    trial.places_held -= in_cohort
    trial.infused_outside_cohort -= not in_cohort
    # Who is not counted leaves a place, which a replacement takes.
    if patient.follow_up.counted:
        count(trial.escalation, patient.level, patient.follow_up.dlt, in_cohort)
        if trial.setting.holds_decided_cohort and trial.escalation.hold_if_decided():
            take_places_back(trial)
