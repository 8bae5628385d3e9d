"""Where the handlers of every trial turn to what a design that looks early asks of them.

Each function does nothing, and says so, in a trial of complete cohorts: the handlers stay plain statements.
"""

from simulator.trial.backfill import (
    ask_about_backfill,
    backfill_slots_open,
    join_cohort,
    next_at_gate,
    next_for_backfill,
    next_for_cohort,
    preparing_for_backfill,
)
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.ledger import Stop
from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial, note


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
    return trial.early is not None and trial.early.following != Stop.NOT_ENDED


def slots_held_to_outcome(trial: Trial) -> int:
    """Return the slots of infused patients that are not places of the cohort any more."""
    return trial.early.awaited if trial.early is not None else 0


def is_backfilled(trial: Trial, patient: Patient) -> bool:
    """Return whether the patient is enrolled, or treated, for backfill: of no cohort."""
    return trial.early is not None and patient.backfill and not patient.expansion


def backfill_level(trial: Trial) -> int:
    """Return the level at which the design would backfill now, 0 for none."""
    return trial.early.backfill_level if trial.early is not None else 0


def held_level_of(trial: Trial, patient: Patient) -> int:
    """Return the highest open level where that of a patient for backfill has closed since lymphodepletion began."""
    closed_from = trial.escalation.closed_from
    return closed_from - 1 if closed_from <= patient.level else NOT_HELD


def first_in_turn(trial: Trial) -> int:
    """Return who of the waiting takes the next place: their position in the list."""
    return next_for_cohort(trial) if trial.early is not None else 0


def first_for_backfill(trial: Trial) -> int:
    """Return who of the waiting takes the place for backfill: their position in the list, -1 for nobody."""
    return next_for_backfill(trial, trial.early) if trial.early is not None else -1


def first_at_gate(trial: Trial) -> int:
    """Return who of those at the gate starts next: their position, -1 where nobody may."""
    return next_at_gate(trial, trial.early) if trial.early is not None else 0


def take_cohort_place(trial: Trial, patient: Patient) -> None:
    """Note that a patient takes a place of the cohort, for whichever they were enrolled."""
    if trial.early is not None and not patient.expansion:
        join_cohort(trial, patient)


def take_backfill_place(trial: Trial, patient: Patient) -> None:
    """Note that a patient takes the place for backfill."""
    if trial.early is not None:
        trial.early.backfilling = patient


def label_slot(trial: Trial, patient: Patient, slots: int) -> None:
    """Say for which of the two the slot just given is, `slots` being those open for the cohort before."""
    if trial.early is not None and slots <= 0 and not patient.expansion:
        patient.backfill, patient.level_at_slot = True, trial.early.backfill_level
        trial.early.backfill_slots.append(patient)
        note(trial, patient, "the slot is for backfill, level {}", patient.level_at_slot)


def ask_at_candidate(trial: Trial, slots: int) -> None:
    """Have the design say whether it backfills, as a patient asks for a slot; `slots` are open for the cohort."""
    if trial.early is not None:
        ask_about_backfill(trial, trial.early, slots)


def slots_for_backfill(trial: Trial) -> int:
    """Return the slots open for backfill."""
    return backfill_slots_open(trial, trial.early) if trial.early is not None else 0


def preparing_beside_cohort(trial: Trial) -> int:
    """Return the patients without a place who are enrolled for backfill."""
    return preparing_for_backfill(trial.early) if trial.early is not None else 0
