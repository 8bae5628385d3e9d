"""The end of enrolment and of the trial."""

from simulator.trial.ledger import Exit, State
from simulator.trial.patient import (
    Patient,
    is_preparing,
    leave,
    queue_leaves_day,
    queue_leaves_for,
    reach_outcome,
)
from simulator.trial.slots import enrolment_is_over
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def close_enrolment(trial: Trial) -> None:
    """Take in nobody more; the queue leaves."""
    trial.closed_day = min(trial.closed_day, trial.clock.now)  # the first time it closes counts
    while trial.queue:
        send_away(trial, trial.queue.pop(0))


def close(trial: Trial) -> None:
    """Close the trial to everybody who is not infused."""
    trial.phase = Phase.CLOSED
    close_enrolment(trial)
    trial.unplaced.clear()
    trial.stagger_gate_queue.clear()
    for patient in trial.patients:
        if is_preparing(patient):
            send_away(trial, patient)


def send_away(trial: Trial, patient: Patient) -> None:
    """End the journey of a patient to whom the trial has closed."""
    day = trial.clock.now
    reason = Exit.NOT_FINISHED if day >= trial.limit_day else Exit.TRIAL_CLOSED
    if patient.state == State.READY and queue_leaves_day(patient) <= day:
        # Who waits for a slot is looked at only now: the patient had left before.
        reason, day = queue_leaves_for(patient), queue_leaves_day(patient)
    # The slot is free again from now on, or from its start if that is still to come.
    trial.manufacturing.release_early(patient.slot_from, patient.slot_until, trial.clock.now)
    note(trial, patient, "leaves: {}", reason.text)
    leave(patient, reason, day)


def end_if_over(trial: Trial) -> None:
    """End the clock once nobody more may be enrolled and everybody has left or has an outcome."""
    over = trial.phase == Phase.CLOSED or (trial.phase == Phase.EXPANSION and enrolment_is_over(trial))
    if over and _all_have_left(trial):
        trial.clock.end()


def _all_have_left(trial: Trial) -> bool:
    for patient in trial.patients:  # noqa: SIM110 - the compiled engine knows no generator expressions
        if not patient.exited:
            return False
    return True


def cut_off(trial: Trial, patient: Patient) -> None:
    """End the journey of a patient who is still in the trial when it ends: outcomes are followed up."""
    if trial.clock.now >= trial.limit_day:
        leave(patient, Exit.NOT_FINISHED, trial.clock.now)
    elif patient.state == State.INFUSED:
        reach_outcome(patient)
    else:
        send_away(trial, patient)
