"""From a released product to lymphodepletion: the patient asks for a place, or leaves."""

from simulator.trial.clock import Priority
from simulator.trial.decisions import go_on
from simulator.trial.early_hooks import look_at_arrival
from simulator.trial.patient import Patient
from simulator.trial.places import leave_unstarted, offer_places
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial


def ask_for_place(trial: Trial, patient: Patient) -> None:
    """Queue for a place; the patient leaves on the day known in advance if lymphodepletion has not begun."""
    pass_time(trial)
    if patient.leaves_day < trial.limit_day:
        trial.clock.call(patient.leaves_day, Priority.EXIT, leave_if_unstarted, trial, patient)
    trial.unplaced.append(patient)
    look_at_arrival(trial)
    if offer_places(trial):
        go_on(trial)


def leave_if_unstarted(trial: Trial, patient: Patient) -> None:
    """Leave on the day known in advance, where lymphodepletion has not begun."""
    if patient.exited or patient.started:
        return
    leave_unstarted(trial, patient, patient.leaves_for)
    go_on(trial)
