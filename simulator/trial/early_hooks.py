"""Where the handlers of every trial turn to what a design that looks early asks of them.

Each function does nothing, and says so, in a trial of complete cohorts: the handlers stay plain statements, and the
compiled calendar, which runs such trials alone, has nothing here to compile.
"""

from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial


def looks_early(trial: Trial) -> bool:
    """Return whether the design looks before cohorts are complete."""
    return trial.early is not None


def review_early_if_due(trial: Trial) -> None:
    """Begin a review once everybody of the cohort is infused, or have the design asked again."""
    if trial.early is not None:
        trial.early.steps.review_if_due(trial)


def decide_early(trial: Trial) -> None:
    """Ask the design; open the next cohort, wait, or end escalation."""
    if trial.early is not None:
        trial.early.steps.decide(trial)


def look_at_arrival(trial: Trial) -> None:
    """Ask the design as a patient asks for a place."""
    if trial.early is not None:
        trial.early.steps.look(trial)


def enter_infused(trial: Trial, patient: Patient) -> None:
    """Enter a patient who is infused in escalation."""
    if trial.early is not None and not patient.expansion:
        trial.early.steps.enter_infused(trial, patient)


def enter_outcome(trial: Trial, patient: Patient) -> None:
    """Enter the outcome of a patient of escalation."""
    if trial.early is not None:
        trial.early.steps.enter_outcome(trial, patient)


def select_early(trial: Trial) -> int:
    """Return the design's selection on what is known now, 0 for none."""
    return trial.early.steps.select(trial) if trial.early is not None else 0


def awaits_outcomes_alone(trial: Trial) -> bool:
    """Return whether escalation has ended and the last outcomes are awaited: nobody is enrolled."""
    return trial.early is not None and trial.early.following is not None


def slots_held_to_outcome(trial: Trial) -> int:
    """Return the slots of infused patients that are not places of the cohort any more."""
    return trial.early.awaited if trial.early is not None else 0
