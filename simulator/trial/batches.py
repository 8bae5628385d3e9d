"""Every batch whose manufacture began: whose it is, which cells, which slot-days, and what became of it."""

from enum import IntEnum
from typing import Final

from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient
from simulator.trial.product import Batch


class Fate(IntEnum):
    """What became of a batch; each has one. All but the first and the last are wasted.

    LEFT_BEFORE_RELEASE, LEFT_AFTER_RELEASE: its patient died, withdrew, progressed or was dropped at the
    re-check. NOT_NEEDED: the trial, or every level, closed to its patient. UNDER_WAY: at the calendar limit.
    """

    INFUSED = 0
    FAILED = 1
    OUT_OF_SPECIFICATION = 2
    DONOR_EXPANSION = 3
    LEFT_BEFORE_RELEASE = 4
    LEFT_AFTER_RELEASE = 5
    NOT_NEEDED = 6
    UNDER_WAY = 7

    @property
    def text(self) -> str:
        """The fate in words."""
        return _TEXT[self]


_TEXT: Final = {
    Fate.INFUSED: "infused",
    Fate.FAILED: "manufacture failed",
    Fate.OUT_OF_SPECIFICATION: "out of specification",
    Fate.DONOR_EXPANSION: "donor cells did not expand (E6)",
    Fate.LEFT_BEFORE_RELEASE: "patient left before release",
    Fate.LEFT_AFTER_RELEASE: "patient left after release",
    Fate.NOT_NEEDED: "trial or level closed",
    Fate.UNDER_WAY: "under way at the calendar limit",
}
WASTED: Final = tuple(fate for fate in Fate if fate not in (Fate.INFUSED, Fate.UNDER_WAY))
NOT_KNOWN: Final = -1
"""`end` of a batch of which nobody knows how it ended."""
_LOST: Final = (Fate.INFUSED, Fate.FAILED, Fate.OUT_OF_SPECIFICATION, Fate.DONOR_EXPANSION)
"""By `Batch`; a batch that is released is not lost."""


class Attempt:
    """One batch. Days after the first site opens.

    Attributes
    ----------
    collected_day
        When its cells were collected.
    slot_from, slot_until
        Manufacturing slot held, as it was booked; a patient who is sent away frees it on the last day.
    end
        How it ended, a `Batch`; NOT_KNOWN while nobody knows.
    """

    __slots__ = ("collected_day", "end", "patient", "slot_from", "slot_until")

    def __init__(self, patient: Patient, collected_day: float) -> None:
        self.patient = patient
        self.collected_day = collected_day
        self.slot_from, self.slot_until = patient.slot_from, patient.slot_until
        self.end: int = NOT_KNOWN

    def slot_days(self, up_to: float) -> float:
        """Return the slot-days held up to a day, once the patient's path has ended."""
        until = min(self.slot_until, max(self.patient.exit_day, self.slot_from), up_to)
        return max(until - self.slot_from, 0.0)

    def fate(self) -> int:
        """Return what became of the batch, a `Fate`, once the patient's path has ended."""
        if self.end > Batch.RELEASED:
            return _LOST[self.end]
        patient = self.patient
        if patient.infused_day < NEVER:
            return Fate.INFUSED
        if patient.reason == Exit.NOT_FINISHED:
            return Fate.UNDER_WAY
        if patient.reason in (Exit.TRIAL_CLOSED, Exit.LEVEL_CLOSED):
            return Fate.NOT_NEEDED
        return Fate.LEFT_BEFORE_RELEASE if self.end == NOT_KNOWN else Fate.LEFT_AFTER_RELEASE


class Batches(list[Attempt]):
    """The batches begun so far."""

    def begin(self, patient: Patient) -> Attempt:
        """Begin a batch of the patient's cells."""
        batch = Attempt(patient, patient.cells_day)
        self.append(batch)
        return batch
