"""The loop of compiled code: the next event, and what happens at it, until the trial ends."""

from typing import Any, Final

from numba.extending import overload_method, register_jitable

from simulator.trial.clock import Priority
from simulator.trial.compiled import early_answers, early_selections, early_steps, shared
from simulator.trial.compiled.clock import (
    ARRIVE,
    BATCH_KNOWN,
    CELLS_DUE,
    DIES_DEPLETED,
    END_EARLY_REVIEW,
    END_FOLLOW_UP,
    END_REVIEW,
    END_REVIEW_OF_FULL_TRIAL,
    ENDED,
    GO_ON,
    HAS_LEFT,
    INFUSION,
    KNOW_RESPONSE,
    LEAVE_IF_UNSTARTED,
    LEAVES_PREPARATION,
    LIMIT,
    LOOK_WHEN_DUE,
    OPEN_GATE,
    OUTCOME,
    PASS_RECHECK,
    SLOT_FREE,
    STARTS,
    WAKE,
    WORDS,
    patient_at,
    schedule,
    schedule_in,
)
from simulator.trial.compiled.journey import (
    batch_known,
    cells_due,
    dies_depleted,
    infusion,
    leaves_preparation,
    outcome,
    slot_free,
    starts,
)
from simulator.trial.compiled.layout import RISKS, SETTING
from simulator.trial.compiled.slot import has_slot, keep, take_slot
from simulator.trial.compiled.structs import load_float, load_int
from simulator.trial.decisions import decide, end_review, end_review_of_full_trial, go_on
from simulator.trial.early_counts import know_response
from simulator.trial.early_decisions import end_early_review, end_follow_up, look_when_due, wake
from simulator.trial.enrolment import arrive
from simulator.trial.follow_up import risks_at
from simulator.trial.places import open_gate, pass_recheck
from simulator.trial.run import finish
from simulator.trial.waiting_for_place import leave_if_unstarted

assert shared
assert early_answers
assert early_selections
assert early_steps
_PATIENT: Final = int(Priority.PATIENT)


@overload_method(type(RISKS), "at", strict=False)
def _at(risks: Any, level: Any, share: Any, odds: Any) -> Any:
    def at(risks: Any, level: Any, share: Any, odds: Any) -> Any:
        return risks_at(risks, share * risks.doses[level - 1], odds)

    return at


@overload_method(type(SETTING), "risk_above_target", strict=False)
def _risk_above_target(setting: Any, n: Any, dlt: Any) -> Any:
    def risk_above_target(setting: Any, n: Any, dlt: Any) -> float:
        return load_float(setting.risk_table, n * setting.risk_width + dlt)

    return risk_above_target


@register_jitable
def run(trial: Any) -> None:
    """Run a trial to its end, or until its design has to be asked; from its opening, or from where it was kept."""
    clock, rulebook = trial.clock, trial.escalation.rulebook
    running = True
    while running and rulebook.missed == 0:
        if clock.happened > trial.slot.kept_at and _is_kept_here(trial) and take_slot(trial, rulebook.free):
            keep(trial)
        clock.happened += 1
        running = step(trial)
    if rulebook.missed:
        stop_here(trial)


@register_jitable
def _is_kept_here(trial: Any) -> bool:
    """Return whether the trial stopped before the next event, or may stop there at its end: all would run again."""
    clock, rulebook = trial.clock, trial.escalation.rulebook
    if clock.happened == trial.slot.stopped_at:
        return True
    ends = load_int(clock.events, (clock.pending - 1) * WORDS + 2) == END_FOLLOW_UP
    of = rulebook.early
    # With all outcomes known it is then filled in, or follows at once.
    seldom = of.selects_by_counts and (rulebook.fills_in or of.fits.selects or of.pending.selects)
    return ends and not seldom


@register_jitable
def stop_here(trial: Any) -> None:
    """Note the event in which a question came up; a trial that looks early resumes before it."""
    if trial.early.present and has_slot(trial):
        trial.slot.stopped_at = trial.clock.happened - 1


@register_jitable
def step(trial: Any) -> bool:
    """Open the trial, or let the next event happen; return whether another one comes."""
    clock = trial.clock
    if clock.happened == 1:
        open_trial(trial)
        return True
    clock.pending -= 1
    place = clock.pending * WORDS
    clock.now = load_float(clock.events, place)
    happens = load_int(clock.events, place + 2)
    if happens == END_REVIEW and not trial.early.present and not decision_is_known(trial.escalation):
        trial.escalation.rulebook.stopped_before = True
        clock.pending += 1
        return True
    if happens == ENDED:
        finish(trial)
        return False
    happen(trial, happens, load_int(clock.events, place + 3))
    return True


@register_jitable
def decision_is_known(escalation: Any) -> bool:
    """Return whether the decision after complete cohorts is known, or not asked; else it is missed."""
    if escalation.total >= escalation.max_n:
        return True
    last = (escalation.cohort_n, escalation.cohort_dlt)
    escalation.rulebook.decide(escalation.level, escalation.n, escalation.dlt, last, escalation.closed_from)
    return escalation.rulebook.missed == 0


@register_jitable
def open_trial(trial: Any) -> None:
    """Ask for the first cohort; schedule the first candidate, and the limit."""
    decide(trial)
    ready = trial.candidates.ready_day
    if len(ready) > 0 and ready[0] < trial.limit_day:
        schedule_in(trial.clock, ready[0], _PATIENT, ARRIVE, 0)
    schedule_in(trial.clock, trial.limit_day, _PATIENT, LIMIT, 0)


@register_jitable
def happen(trial: Any, happens: int, to: int) -> None:
    """Let an event happen."""
    if happens == ARRIVE:
        arrive(trial, to)
    elif happens == LIMIT:
        trial.clock.end()
    elif happens == OPEN_GATE:
        open_gate(trial)
    elif happens == END_REVIEW:
        end_review(trial)
    elif happens == END_REVIEW_OF_FULL_TRIAL:
        end_review_of_full_trial(trial)
    elif happens >= GO_ON:
        happen_to_early(trial, happens)
    elif happens != HAS_LEFT:
        happen_to_patient(trial, happens, patient_at(to))


@register_jitable
def happen_to_early(trial: Any, happens: int) -> None:
    """Let an event happen that only a design that looks early has."""
    if happens == GO_ON:
        go_on(trial)
    elif happens == LOOK_WHEN_DUE:
        look_when_due(trial)
    elif happens == WAKE:
        wake(trial)
    elif happens == KNOW_RESPONSE:
        know_response(trial)
    elif happens == END_EARLY_REVIEW:
        end_early_review(trial)
    elif happens == END_FOLLOW_UP:
        end_follow_up(trial)


@register_jitable
def happen_to_patient(trial: Any, happens: int, patient: Any) -> None:
    """Let an event happen to a patient; who has left before it goes on no more."""
    if happens == PASS_RECHECK:
        pass_recheck(trial, patient)
    elif happens == LEAVE_IF_UNSTARTED:
        leave_if_unstarted(trial, patient)
    elif happens == STARTS:
        starts(trial, patient)
    elif happens == OUTCOME:
        outcome(trial, patient)
    elif patient.exited:
        return
    elif happens == CELLS_DUE:
        cells_due(trial, patient)
    elif happens == SLOT_FREE:
        slot_free(trial, patient)
    elif happens == BATCH_KNOWN:
        batch_known(trial, patient)
    elif happens == INFUSION:
        infusion(trial, patient)
    elif happens == LEAVES_PREPARATION:
        leaves_preparation(trial, patient)
    elif happens == DIES_DEPLETED:
        dies_depleted(trial, patient)


__all__ = ["run", "schedule", "stop_here"]
