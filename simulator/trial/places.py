"""Places of the cohort: who takes one, the re-check, and the gate that keeps the stagger before lymphodepletion."""

from simulator.trial.clock import Priority
from simulator.trial.cohort_rules import stagger_days
from simulator.trial.dosing import Recheck
from simulator.trial.early_hooks import (
    first_at_gate,
    first_for_backfill,
    first_in_turn,
    is_backfilled,
    take_backfill_place,
    take_cohort_place,
)
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient, by_release, leave
from simulator.trial.slots import level_in_force, open_places
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def offer_places(trial: Trial) -> bool:
    """Give open places to the patients who wait, then open the gate; return whether a re-check dropped somebody.

    A dropped patient leaves a slot, and may have been the last whom the cohort waited for: the caller goes on.
    """
    dropped = False
    while trial.unplaced and (trial.phase == Phase.EXPANSION or open_places(trial) > 0):
        patient = trial.unplaced.pop(first_in_turn(trial))
        take_cohort_place(trial, patient)
        trial.places_held += not patient.expansion
        dropped |= _give_place(trial, patient)
    while first_for_backfill(trial) >= 0:
        patient = trial.unplaced.pop(first_for_backfill(trial))
        take_backfill_place(trial, patient)
        dropped |= _give_place(trial, patient)
    open_gate(trial)
    return dropped


def _give_place(trial: Trial, patient: Patient) -> bool:
    """Give a place; return whether the re-check dropped the patient."""
    patient.has_place = True
    trial.preparing -= 1
    trial.places_waiting += 1
    if patient.passed_recheck:
        trial.stagger_gate_queue.append(patient)
    # One re-check a patient: a delayed patient whose place was taken back is fit when the delay is over.
    elif not patient.rechecked:
        return _recheck(trial, patient) == Recheck.DROP
    return False


def _recheck(trial: Trial, patient: Patient) -> Recheck:
    patient.rechecked = True
    draws = trial.candidates.dosing
    found = draws.recheck[patient.i]
    note(trial, patient, "re-check: {}", found.name.lower())
    if found == Recheck.GO:
        pass_recheck(trial, patient)
    elif found == Recheck.DELAY:
        later = trial.clock.now + draws.recheck_delay[patient.i]
        trial.clock.call(later, Priority.PATIENT, pass_recheck, trial, patient)
    else:
        leave_unstarted(trial, patient, Exit.RECHECK)
    return found


def pass_recheck(trial: Trial, patient: Patient) -> None:
    """Find the patient fit at the re-check, or after the delay that it asked for."""
    if patient.exited:
        return
    pass_time(trial)
    patient.passed_recheck = True
    if patient.has_place:  # a held cohort may have taken it back during the delay
        trial.stagger_gate_queue.append(patient)
        open_gate(trial)


def open_gate(trial: Trial) -> None:
    """Start the next lymphodepletion if the stagger allows it, or come back when it does (D11)."""
    now = trial.clock.now
    while trial.stagger_gate_queue and trial.stagger_gate_day <= now:
        pass_time(trial)
        first = first_at_gate(trial)
        if first < 0:
            break
        patient = trial.stagger_gate_queue.pop(first)
        patient.started = True
        trial.places_waiting -= 1
        trial.depleting += 1
        patient.stagger_gate_before = trial.stagger_gate_day
        trial.started_last = patient
        if trial.setting.gated_by_infusion:
            trial.stagger_gate_day = NEVER
        else:
            trial.stagger_gate_day = now + stagger_after(trial, level_in_force(trial, patient))
        # The journey goes on at this instant, but after the handlers that run now.
        trial.clock.settle(patient, True)
    gate_day = trial.stagger_gate_day
    if trial.stagger_gate_queue and now < gate_day < NEVER and trial.stagger_gate_wakes != gate_day:
        trial.stagger_gate_wakes = gate_day
        trial.clock.call(gate_day, Priority.PATIENT, open_gate, trial)


def stagger_after(trial: Trial, level: int) -> float:
    """Return the stagger behind the patient who starts, or is infused, now."""
    of = trial.setting
    return stagger_days(
        trial.infused_at[level - 1], trial.depleting, of.stagger_first_days, of.stagger_other_days
    )


def leave_unstarted(trial: Trial, patient: Patient, reason: Exit) -> None:
    """Leave between release and lymphodepletion, from the waiting list or from a place."""
    pass_time(trial)
    note(trial, patient, "leaves: {}", reason.text)
    leave(patient, reason, trial.clock.now)
    if patient.has_place:
        trial.places_waiting -= 1
        trial.places_held -= not (patient.expansion or is_backfilled(trial, patient))
    else:
        trial.preparing -= 1
    if patient in trial.unplaced:
        trial.unplaced.remove(patient)
    if patient in trial.stagger_gate_queue:
        trial.stagger_gate_queue.remove(patient)
    trial.clock.settle(patient, False)


def take_places_back(trial: Trial) -> None:
    """Start nobody more in this cohort: those not yet in lymphodepletion give their places back.

    They wait again in the order of release; ties are broken by who was ready first.
    """
    before = len(trial.unplaced)
    for patient in trial.patients:
        waits = patient.has_place and not patient.started and not patient.exited
        if waits and not is_backfilled(trial, patient):
            patient.has_place = False
            trial.places_held -= 1
            trial.places_waiting -= 1
            trial.preparing += 1
            trial.unplaced.append(patient)
    trial.unplaced.sort(key=by_release)
    trial.stagger_gate_queue.clear()
    if len(trial.unplaced) > before:
        level = trial.escalation.level
        note(trial, None, "cohort held: every completion leads away from level {}", level)
