"""Lymphodepletion and infusion."""

from simulator.trial.closing import close
from simulator.trial.cohort_rules import level_at_infusion
from simulator.trial.decisions import go_on
from simulator.trial.early_hooks import enter_infused, held_level_of, is_backfilled, looks_early
from simulator.trial.follow_up import follow
from simulator.trial.ledger import Exit, State, Stop
from simulator.trial.patient import Patient, leave
from simulator.trial.places import open_gate, stagger_after
from simulator.trial.slots import level_in_force
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note


def start_lymphodepletion(trial: Trial, patient: Patient) -> None:
    """Fix the level."""
    patient.state, patient.lymphodepleted_day = State.LYMPHODEPLETED, trial.clock.now
    patient.level = level_in_force(trial, patient)
    beside = patient.expansion or is_backfilled(trial, patient)
    patient.cohort = 0 if beside else trial.escalation.cohorts
    note(trial, patient, "lymphodepletion, level {} fixed", patient.level)


def infuse(trial: Trial, patient: Patient) -> bool:
    """Infuse at the level assigned; where it has closed meanwhile, at the highest open one (D12)."""
    pass_time(trial)
    escalation, now = trial.escalation, trial.clock.now
    backfilled = is_backfilled(trial, patient)
    held_level = held_level_of(trial, patient) if backfilled else escalation.held_level
    level = level_at_infusion(patient.level, held_level, patient.expansion, trial.setting.lower_if_closed)
    if level == 0:
        leave_lymphodepletion(trial, patient, Exit.LEVEL_CLOSED)
        return False
    # Before the stagger is read: a patient who is infused is not on the way any more.
    trial.depleting -= 1
    if level != patient.level:
        note(trial, patient, "level {} has closed: same product at level {}", patient.level, level)
        # Cohort 0: the outcome counts at the level given, and the next decision waits for it.
        patient.level, patient.cohort = level, 0
        trial.places_held -= not backfilled
        trial.infused_outside_cohort += not looks_early(trial)
    if trial.setting.gated_by_infusion:
        trial.stagger_gate_day = now + stagger_after(trial, level)
    _give_product(trial, patient, now)
    trial.infused_at[level - 1] += 1
    trial.infused.append(patient)
    enter_infused(trial, patient)
    note(trial, patient, "infused, level {}, {:.0%} of its dose", level, patient.dose)
    if len(trial.infused) == trial.limits.infusion_cap:
        # No recommendation: every cap up to this one is read off the row (`caps.py`).
        trial.ending = Stop.INFUSION_CAP
        close(trial)
        trial.clock.end()
    else:
        open_gate(trial)
    return True


def _give_product(trial: Trial, patient: Patient, now: float) -> None:
    """Infuse the share of the level's dose that was made; what follows is known from here on."""
    draws, i = trial.candidates, patient.i
    share = draws.dosing.dose[i]
    risks = trial.risks.at(patient.level, share, draws.outcomes.dlt_odds[i])
    patient.follow_up = follow(
        trial.setting.observation, draws.outcomes, i, risks, share, patient.death_day - now
    )
    patient.state, patient.infused_day, patient.dose = State.INFUSED, now, share
    patient.closed_from, patient.cohort_level = trial.escalation.closed_from, trial.escalation.level
    patient.enrolled_so_far = trial.enrolled


def leave_lymphodepletion(trial: Trial, patient: Patient, reason: Exit) -> None:
    """Leave after the start of lymphodepletion: place and gate open again."""
    pass_time(trial)
    note(trial, patient, "leaves: {}", reason.text)
    leave(patient, reason, trial.clock.now)
    trial.depleting -= 1
    trial.places_held -= not (patient.expansion or is_backfilled(trial, patient))
    # The gate is shut behind the last to start; should they leave, it is as it was before them.
    if trial.started_last is patient:
        trial.stagger_gate_day = max(patient.stagger_gate_before, trial.clock.now)
    go_on(trial)
