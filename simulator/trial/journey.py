"""One patient's journey through the trial, from enrolment to the outcome, as a SimPy process.

What lies before, from referral to "eligible, donor cleared", is followed in advance (`screening.py`). Every
exit is known in advance too: a patient waits for his next step or for his exit, whichever comes first.
"""

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from simulator.trial.batches import Attempt
from simulator.trial.clock import Priority
from simulator.trial.conduct import Trial
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient
from simulator.trial.product import (
    Batch,
    ManufacturingState,
    after_loss,
    batch_end,
    days_to_cells,
    is_exhausted,
)

Steps = Generator[Event, Any, None]
Step = Generator[Event, Any, bool]


def journey(trial: Trial, patient: Patient) -> Steps:
    """Make the product, wait for a place, deplete, infuse, observe."""
    if not (yield from make_product(trial, patient)):
        return
    if not (yield trial.wait_for_lymphodepletion(patient)):
        return
    trial.start_lymphodepletion(patient)
    if not (yield from deplete(trial, patient)):
        return
    if not trial.infuse(patient):
        return
    yield trial.clock.at(patient.infused_day + patient.follow_up.day, Priority.OUTCOME)
    trial.observe(patient)


def make_product(trial: Trial, patient: Patient, so_far: ManufacturingState | None = None) -> Step:
    """Donor leukapheresis, manufacture during bridging, release; one repeat and one other donor.

    A patient whose product is already being made goes on from `so_far`.
    """
    draws, i, product = trial.intake.products, patient.i, trial.setting.product
    making = so_far or ManufacturingState(wait_days=draws.to_leukapheresis[0][i])
    while True:
        if not making.collected:
            if not (yield from reach(trial, patient, trial.clock.now + making.wait_days)):
                return False
            if not (yield from leukapheresis(trial, patient, making)):
                return False
        batch = Attempt(patient, patient.cells_day)
        trial.batches.append(batch)
        if not (yield from reach(trial, patient, patient.batch_known_day)):
            return False
        batch.end = patient.batch
        if batch.end is Batch.RELEASED:
            patient.released(trial.clock.now, batch.collected_day)
            trial.note(patient, "product released")
            return True
        trial.note(patient, "batch lost: {}", batch.end.text)
        another_donor = batch.end is Batch.DONOR_EXPANSION
        making = after_loss(making, batch.end, patient.backup_day < NEVER)
        if is_exhausted(making, product.repeats, product.other_donors):
            trial.leave_preparation(patient, Exit.DONOR_EXPANSION if another_donor else Exit.NO_PRODUCT)
            return False
        trial.other_donors += another_donor
        wait = days_to_cells(
            making, batch.end, draws.to_leukapheresis[making.attempt][i], draws.other_donor_workup[i]
        )
        making = making._replace(wait_days=wait)


def leukapheresis(trial: Trial, patient: Patient, making: ManufacturingState) -> Step:
    """Collect the donor's cells as soon as a manufacturing slot is free; the batch's end is known then.

    A batch made from the donor's frozen backup needs the slot alone.
    """
    draws, i, attempt = trial.intake.products, patient.i, making.attempt
    start = trial.manufacturing.next_start(trial.clock.now)
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
    if start > trial.clock.now and not (yield from reach(trial, patient, start)):
        return False
    if making.from_backup:
        patient.cells_day = patient.backup_day
        trial.note(patient, "batch {} from the backup collection", attempt + 1)
        return True
    patient.leukapheresed(trial.clock.now)
    trial.note(patient, "donor leukapheresis, batch {}", attempt + 1)
    trial.leukaphereses += 1
    if attempt == 0:
        trial.freeze_backup(patient)
    return True


def deplete(trial: Trial, patient: Patient) -> Step:
    """Lymphodepletion up to the day of infusion; only death ends it."""
    infusion_day = max(patient.lymphodepleted_day + trial.setting.lymphodepletion_days, trial.clock.now)
    if patient.death_day <= infusion_day:
        yield trial.clock.at(patient.death_day, Priority.EXIT)
        if not patient.gone:
            trial.leave_lymphodepletion(patient, Exit.DIED)
        return False
    yield trial.clock.at(infusion_day, Priority.PATIENT)
    return not patient.gone


def reach(trial: Trial, patient: Patient, day: float) -> Step:
    """Wait until the day; False where the patient leaves, or is sent away, before it."""
    if patient.leaves_day <= day:
        yield trial.clock.at(patient.leaves_day, Priority.EXIT)
        if not patient.gone:
            trial.leave_preparation(patient, patient.leaves_for)
        return False
    yield trial.clock.at(day, Priority.PATIENT)
    return not patient.gone
