"""Reviews and decisions: the next cohort, the end of escalation, the recommendation."""

from typing import Final

from simulator.designs.design import Action, Reason
from simulator.trial.clock import Priority
from simulator.trial.closing import end_if_over
from simulator.trial.cohort_rules import cohort_is_complete
from simulator.trial.early_hooks import decide_early, looks_early, review_early_if_due, select_early
from simulator.trial.enrolment import fill_slots
from simulator.trial.escalation import missing
from simulator.trial.expansion import start_expansion
from simulator.trial.ledger import STOP_TEXTS, STOPS, Stop
from simulator.trial.places import offer_places
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase

_STOP_FOR: Final = tuple(
    int(Stop[(reason.stop_kind or "complete").upper()])
    for reason in (Reason(code) if code in set(Reason) else Reason.START for code in range(max(Reason) + 1))
)


def go_on(trial: Trial) -> None:
    """Go on after an outcome or an exit: review a complete cohort, or refill places and slots."""
    _review_if_due(trial)
    refill(trial)
    end_if_over(trial)


def refill(trial: Trial) -> None:
    """Refill places, then slots; a patient dropped at the re-check may be the last whom the cohort waited for."""
    while offer_places(trial):
        _review_if_due(trial)
    fill_slots(trial)


def _review_if_due(trial: Trial) -> None:
    if looks_early(trial):
        review_early_if_due(trial)
        return
    if trial.phase != Phase.ESCALATION:
        return
    held, outside = trial.places_held, trial.infused_outside_cohort
    # A full trial whose cohort lacks outcomes that nobody can bring has a last review too.
    complete = cohort_is_complete(held, outside, missing(trial.escalation))
    if complete or (held + outside == 0 and nobody_can_follow(trial)):
        trial.phase = Phase.REVIEW
        note(trial, None, "review of level {}", trial.escalation.level)
        end = trial.clock.now + trial.setting.review_days
        if complete:
            trial.clock.call(end, Priority.DECISION, end_review, trial)
        else:
            trial.clock.call(end, Priority.DECISION, end_review_of_full_trial, trial)


def nobody_can_follow(trial: Trial) -> bool:
    """Return whether nobody more is enrolled or under way to a place."""
    return trial.enrolled >= trial.enrolment_cap and trial.preparing == 0


def end_review(trial: Trial) -> None:
    """End the review and decide."""
    pass_time(trial)
    trial.reviews += 1
    decide(trial)


def end_review_of_full_trial(trial: Trial) -> None:
    """End the last review of a trial that lacks outcomes which nobody can bring."""
    pass_time(trial)
    trial.reviews += 1
    conclude(trial, Stop.ENROLMENT_CAP)


def decide(trial: Trial) -> None:
    """Ask the design; open the next cohort or close escalation."""
    if looks_early(trial):
        decide_early(trial)
        return
    verdict = trial.escalation.decide()
    if verdict is None:
        conclude(trial, Stop.MAX_N)
        return
    note(trial, None, "decision: {}; level {}", verdict.reason.text, verdict.level or "none")
    if verdict.action != Action.TREAT:
        conclude(trial, stop_for(verdict.reason))
    elif nobody_can_follow(trial):
        conclude(trial, Stop.ENROLMENT_CAP)
    else:
        trial.phase = Phase.ESCALATION
        refill(trial)


def stop_for(reason: int) -> int:
    """Return the `Stop` of a design that stops for this reason."""
    return _STOP_FOR[reason]


def conclude(trial: Trial, stop: int) -> None:
    """End escalation; expansion or the end of the trial follows."""
    recommend(trial, stop)
    start_expansion(trial)
    end_if_over(trial)


def recommend(trial: Trial, stop: int) -> None:
    """End escalation: the design selects a level on the data so far."""
    pass_time(trial)
    trial.ending = stop
    trial.selected = select_early(trial) if looks_early(trial) else trial.escalation.select()
    trial.recommended_day = trial.clock.now
    trial.books_time = False  # waiting times and slot-days are those up to the recommendation
    note(trial, None, "recommendation: level {} ({})", trial.selected or "none", STOP_TEXTS[STOPS[stop]])
