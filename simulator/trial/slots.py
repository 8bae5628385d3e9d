"""Places of the cohort, slots for enrolment, and the level in force."""

from simulator.trial.cohort_rules import open_places_of, open_slots_of
from simulator.trial.early_hooks import (
    awaits_outcomes_alone,
    backfill_level,
    is_backfilled,
    preparing_beside_cohort,
    slots_for_backfill,
)
from simulator.trial.escalation import missing, room
from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase


def open_places(trial: Trial) -> int:
    """Return the places of the current cohort that nobody holds."""
    if trial.phase != Phase.ESCALATION:
        return 0  # during the review the next cohort is not open yet; afterwards there is none
    return open_places_of(missing(trial.escalation), trial.places_held)


def open_slots(trial: Trial) -> int:
    """Return how many slots are open, within the caps (D1, D31)."""
    if trial.phase == Phase.CLOSED:
        return 0
    if trial.phase == Phase.EXPANSION:
        slots = trial.setting.rules.enrolment_min - trial.enrolled
        return min(slots, trial.enrolment_cap - trial.enrolled)
    return slots_before_recommendation(trial, open_places(trial))


def slots_before_recommendation(trial: Trial, places: int) -> int:
    """Return the slots open with so many open places; below 0 where the cap bites."""
    if awaits_outcomes_alone(trial):
        return 0
    slots = slots_for_cohort(trial, places)
    if slots > 0:
        return slots  # slots for backfill are given once those for the cohort are taken
    backfill = slots_for_backfill(trial)
    return min(backfill, trial.enrolment_cap - trial.enrolled) if backfill else slots


def slots_for_cohort(trial: Trial, places: int) -> int:
    """Return the slots open for the cohort and those after it; below 0 where more are held, or the cap bites."""
    return open_slots_of(
        places,
        trial.setting.rules.slots_ahead,
        room(trial.escalation),
        trial.preparing - preparing_beside_cohort(trial),
        trial.enrolled,
        trial.enrolment_cap,
    )


def enrolment_is_over(trial: Trial) -> bool:
    """Return whether nobody more may be enrolled."""
    if trial.enrolled >= trial.enrolment_cap:
        return True
    return trial.phase == Phase.EXPANSION and trial.enrolled >= trial.setting.rules.enrolment_min


def level_in_force(trial: Trial, patient: Patient) -> int:
    """Return the level that the patient would be assigned now."""
    if is_backfilled(trial, patient):
        return backfill_level(trial)
    return trial.selected if patient.expansion else trial.escalation.level
