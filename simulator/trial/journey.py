"""One patient's journey through the trial, from enrolment to the outcome, as a SimPy process.

What lies before, from referral to "eligible, donor cleared", is followed in advance (`screening.py`). Every
exit is known in advance too: a patient waits for the next step or for the exit, whichever comes first.
"""

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from simulator.trial.clock import Priority
from simulator.trial.infusion import infuse, leave_lymphodepletion, start_lymphodepletion
from simulator.trial.ledger import Exit
from simulator.trial.manufacture import (
    after_lost_batch,
    begin_batch,
    book_slot,
    end_batch,
    first_batch,
    leave_preparation,
    take_cells,
)
from simulator.trial.outcomes import observe
from simulator.trial.patient import Patient
from simulator.trial.product import ManufacturingState
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_for_place import ask_for_place

Steps = Generator[Event, Any, None]
Part = Generator[Event, Any, bool]
"""A part of the journey: True where the patient goes on, False where they have left."""


def journey(trial: Trial, patient: Patient) -> Steps:
    """Make the product, wait for a place, deplete, infuse, observe."""
    if not (yield from make_product(trial, patient)):
        return
    if not (yield wait_for_lymphodepletion(trial, patient)):
        return
    start_lymphodepletion(trial, patient)
    if not (yield from deplete(trial, patient)):
        return
    if not infuse(trial, patient):
        return
    yield trial.clock.at(
        patient.infused_day + patient.follow_up.day, Priority.OUTCOME
    )  # nothing else ends it
    observe(trial, patient)


def make_product(trial: Trial, patient: Patient, so_far: ManufacturingState | None = None) -> Part:
    """Donor leukapheresis, manufacture during bridging, release; one repeat and one other donor.

    A patient whose product is already being made goes on from `so_far`.
    """
    making = so_far or first_batch(trial, patient)
    while True:
        if not making.collected:
            if not (yield from reach(trial, patient, trial.clock.now + making.wait_days)):
                return False
            if not (yield from leukapheresis(trial, patient, making)):
                return False
        batch = begin_batch(trial, patient)
        if not (yield from reach(trial, patient, patient.batch_known_day)):
            return False
        if end_batch(trial, patient, batch):
            return True
        following = after_lost_batch(trial, patient, making)
        if following is None:
            return False
        making = following


def leukapheresis(trial: Trial, patient: Patient, making: ManufacturingState) -> Part:
    """Collect the donor's cells as soon as a manufacturing slot is free.

    A batch made from the donor's frozen backup needs the slot alone.
    """
    start = book_slot(trial, patient, making)
    if start > trial.clock.now and not (yield from reach(trial, patient, start)):
        return False
    take_cells(trial, patient, making)
    return True


def wait_for_lymphodepletion(trial: Trial, patient: Patient) -> Event:
    """Ask for a place. The event is True when lymphodepletion starts, False when the patient has left."""
    event = patient.lymphodepletion_event = trial.clock.event()
    ask_for_place(trial, patient)
    return event


def deplete(trial: Trial, patient: Patient) -> Part:
    """Lymphodepletion up to the day of infusion; only death ends it."""
    # Not before today: in a trial taken up at a cut date an infusion may be overdue.
    infusion_day = max(patient.lymphodepleted_day + trial.setting.lymphodepletion_days, trial.clock.now)
    if patient.death_day <= infusion_day:
        yield trial.clock.at(patient.death_day, Priority.EXIT)
        if not patient.exited:
            leave_lymphodepletion(trial, patient, Exit.DIED)
        return False
    yield trial.clock.at(infusion_day, Priority.PATIENT)
    return not patient.exited


def reach(trial: Trial, patient: Patient, day: float) -> Part:
    """Wait until the day; False where the patient leaves, or is sent away, before it."""
    if patient.leaves_day <= day:  # at one instant exits come first
        yield trial.clock.at(patient.leaves_day, Priority.EXIT)
        if not patient.exited:  # else the trial closed meanwhile
            leave_preparation(trial, patient, patient.leaves_for)
        return False
    yield trial.clock.at(day, Priority.PATIENT)
    return not patient.exited
