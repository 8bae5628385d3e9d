"""Time that has passed, booked under what the trial waited for (D21), with the use of its slots (D31)."""

from simulator.trial.early_hooks import slots_held_to_outcome
from simulator.trial.slots import open_places, slots_before_recommendation
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase, Waiting


def pass_time(trial: Trial) -> None:
    """Book the time since the last event; called before an event changes anything that is booked."""
    if trial.books_time:
        days = trial.clock.now - trial.waiting_times.since
        if days > 0:
            places = open_places(trial)
            trial.waiting_times.book(days, _waits_for(trial, places))
            held = trial.places_held + trial.preparing + slots_held_to_outcome(trial)
            trial.slot_use.book(days, slots_before_recommendation(trial, places), held)


def _waits_for(trial: Trial, places: int) -> Waiting:
    # The first that applies: what is nearest to the next infusion.
    if trial.phase == Phase.REVIEW:
        return Waiting.REVIEW
    if trial.stagger_gate_queue:
        return Waiting.STAGGER
    if trial.depleting:
        return Waiting.PRODUCT
    if trial.places_waiting:
        return Waiting.PATIENT
    if places == 0:
        return Waiting.WINDOW
    return Waiting.PRODUCT if trial.preparing else Waiting.PATIENT
