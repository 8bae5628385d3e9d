"""One patient from "eligible, donor cleared" to the final state."""

from simpy.events import Event

from simulator.trial.follow_up import FollowUp
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.product import Batch

NOT_FOLLOWED = FollowUp(NEVER, False, False, Exit.TRIAL_CLOSED, False, False, NEVER)


class Patient:
    """What the calendar knows of one patient. Days after the first site opens; infinity where not reached.

    `leaves_day` is the earliest exit between enrolment and lymphodepletion, known in advance; in the queue
    for a slot the end of eligibility counts too. `cells_day` is when the cells of the present batch were
    collected, `backup_day` when a frozen backup of the first donor's was.
    """

    __slots__ = (
        "backfill",
        "backup_day",
        "batch",
        "batch_known_day",
        "cells_day",
        "closed_from",
        "cohort",
        "cohort_level",
        "collected_day",
        "column",
        "death_day",
        "dose",
        "enrolled_day",
        "enrolled_so_far",
        "exit_day",
        "exited",
        "expansion",
        "expiry_day",
        "follow_up",
        "has_place",
        "i",
        "infused_day",
        "leaves_day",
        "leaves_for",
        "leukapheresed_day",
        "level",
        "level_at_slot",
        "lymphodepleted_day",
        "lymphodepletion_event",
        "name",
        "order",
        "passed_recheck",
        "reason",
        "rechecked",
        "released_day",
        "slot_from",
        "slot_until",
        "stagger_gate_before",
        "started",
        "state",
    )

    def __init__(
        self, i: int, name: str, death_day: float, leaves_day: float, leaves_for: Exit, expiry_day: float
    ) -> None:
        self.i = i
        self.name = name
        self.death_day = death_day
        self.leaves_day = leaves_day
        self.leaves_for = leaves_for
        self.expiry_day = expiry_day
        self.state = State.READY
        self.reason = Exit.TRIAL_CLOSED
        self.exited = self.has_place = self.rechecked = self.passed_recheck = False
        self.started = self.expansion = self.backfill = False
        self.enrolled_day = self.leukapheresed_day = self.released_day = NEVER
        self.lymphodepleted_day = self.infused_day = self.exit_day = self.collected_day = NEVER
        self.cells_day = self.backup_day = NEVER
        self.batch = Batch.RELEASED
        self.batch_known_day = self.slot_from = self.slot_until = NEVER
        self.stagger_gate_before = 0.0
        self.order = self.cohort = self.level = self.level_at_slot = 0
        self.dose = 1.0
        self.closed_from = self.enrolled_so_far = self.cohort_level = 0
        self.follow_up = NOT_FOLLOWED
        self.column = -1
        self.lymphodepletion_event: Event | None = None


def is_preparing(patient: Patient) -> bool:
    """Return whether the patient is enrolled, not infused, and still in the trial."""
    return not patient.exited and State.ENROLLED <= patient.state <= State.LYMPHODEPLETED


def queue_leaves_day(patient: Patient) -> float:
    """Return the day on which the patient leaves the queue for a slot."""
    return min(patient.leaves_day, patient.expiry_day)


def queue_leaves_for(patient: Patient) -> Exit:
    """Return why the patient leaves the queue for a slot."""
    return patient.leaves_for if patient.leaves_day <= patient.expiry_day else Exit.EXPIRED


def release(patient: Patient, day: float, collected_day: float) -> None:
    """Note the release of the product, and when its cells were collected."""
    patient.state, patient.released_day, patient.collected_day = State.RELEASED, day, collected_day


def reach_outcome(patient: Patient) -> None:
    """Reach the end of observation: DLT-evaluable or not."""
    if patient.follow_up.counted:
        patient.state = State.EVALUABLE
    leave(patient, patient.follow_up.reason, patient.infused_day + patient.follow_up.day)


def leave(patient: Patient, reason: Exit, day: float) -> None:
    """End the journey here, in the present state."""
    patient.exited, patient.reason, patient.exit_day = True, reason, day


def by_release(patient: Patient) -> tuple[float, int]:
    """Sort by the day of release; ties are broken by who was ready first."""
    return patient.released_day, patient.i
