"""One patient's product: slot, cells, batches, and the exit of a patient who has none yet."""

from simulator.trial.batches import Attempt
from simulator.trial.decisions import go_on
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.patient import Patient, leave, release
from simulator.trial.product import (
    Batch,
    ManufacturingState,
    after_loss,
    batch_end,
    days_to_cells,
    is_exhausted,
    with_wait,
)
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def first_batch(trial: Trial, patient: Patient) -> ManufacturingState:
    """Return where manufacture stands at enrolment."""
    days = trial.candidates.products.to_leukapheresis[0][patient.i]
    return ManufacturingState(0, 0, 0, False, False, days)


def book_slot(trial: Trial, patient: Patient, making: ManufacturingState) -> float:
    """Hold the manufacturing slot that is free first; return the day. How the batch ends is known from here on.

    A patient who leaves before that day holds none.
    """
    draws, i, attempt = trial.candidates.products, patient.i, making.attempt
    start = trial.manufacturing.next_start(trial.clock.now)
    # Exits are known in advance, so a slot is never booked for a patient who will be gone.
    if patient.leaves_day > start:
        patient.batch, made_days, known_days = batch_end(
            draws.outcome[attempt][i],
            draws.manufacture[attempt][i],
            draws.release[attempt][i],
            draws.donor_fails[making.donors][i],
            trial.setting.expansion_known_days,
        )
        patient.batch_known_day = start + known_days
        patient.slot_from, patient.slot_until = start, min(start + made_days, patient.leaves_day)
        trial.manufacturing.hold(patient.slot_from, patient.slot_until)
    return start


def take_cells(trial: Trial, patient: Patient, making: ManufacturingState) -> None:
    """Collect the donor's cells, or thaw the backup; the first collection is a milestone."""
    if making.from_backup:
        patient.cells_day = patient.backup_day
        note(trial, patient, "batch {} from the backup collection", making.attempt + 1)
        return
    patient.cells_day = trial.clock.now
    if patient.state < State.LEUKAPHERESED:
        patient.state, patient.leukapheresed_day = State.LEUKAPHERESED, trial.clock.now
    note(trial, patient, "donor leukapheresis, batch {}", making.attempt + 1)
    trial.leukaphereses += 1
    if making.attempt == 0:
        _freeze_backup(trial, patient)


def _freeze_backup(trial: Trial, patient: Patient) -> None:
    """Freeze a second collection of the donor just collected, where the cohort's backups are not all taken."""
    # The cohort in force when the cells are collected, whichever cohort the patient joins later.
    cohort = trial.escalation.cohorts
    allowed = trial.setting.product.backup_leukaphereses_per_cohort
    if trial.phase == Phase.EXPANSION or trial.backups.taken(cohort) >= allowed:
        return
    trial.backups.take(cohort)
    trial.leukaphereses += 1
    patient.backup_day = trial.clock.now
    note(trial, patient, "backup collection frozen")


def begin_batch(trial: Trial, patient: Patient) -> Attempt:
    """Begin manufacture of the cells taken."""
    return trial.batches.begin(patient)


def end_batch(trial: Trial, patient: Patient, batch: Attempt) -> bool:
    """Learn how the batch ended; return whether it is released."""
    batch.end = patient.batch  # known to the model since the slot was booked, to the trial from now on
    if batch.end == Batch.RELEASED:
        release(patient, trial.clock.now, batch.collected_day)
        note(trial, patient, "product released")
        return True
    note(trial, patient, "batch lost: {}", batch.end.text)
    return False


def after_lost_batch(trial: Trial, patient: Patient, lost: ManufacturingState) -> ManufacturingState | None:
    """Return where manufacture stands after a loss; None where it was the last allowed and the patient leaves."""
    draws, i, product = trial.candidates.products, patient.i, trial.setting.product
    another_donor = patient.batch == Batch.DONOR_EXPANSION
    making = after_loss(lost, patient.batch, patient.backup_day < NEVER)
    if is_exhausted(making, product.repeats, product.other_donors):
        leave_preparation(trial, patient, Exit.DONOR_EXPANSION if another_donor else Exit.NO_PRODUCT)
        return None
    trial.other_donors += another_donor
    to_leukapheresis = draws.to_leukapheresis[making.attempt][i]
    wait = days_to_cells(making, patient.batch, to_leukapheresis, draws.other_donor_workup[i])
    return with_wait(making, wait)


def leave_preparation(trial: Trial, patient: Patient, reason: Exit) -> None:
    """Leave between enrolment and release: the slot reopens."""
    pass_time(trial)
    note(trial, patient, "leaves: {}", reason.text)
    leave(patient, reason, trial.clock.now)
    trial.preparing -= 1
    go_on(trial)
