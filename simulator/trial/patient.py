"""One patient from "eligible, donor cleared" to his final state."""

from simpy.events import Event

from simulator.trial.follow_up import FollowUp
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.product import Batch

NOT_FOLLOWED = FollowUp(NEVER, False, False, Exit.TRIAL_CLOSED, False, False, NEVER)


class Patient:
    """What the calendar knows of one patient. Days after the first site opens; infinity where not reached.

    `leaves_day` is his earliest exit between enrolment and lymphodepletion, known in advance; in the queue
    for a slot the end of his eligibility counts too. `cells_day` is when the cells of his present batch were
    collected, `backup_day` when a frozen backup of the first donor's was.
    """

    __slots__ = (
        "backup_day",
        "batch",
        "batch_known_day",
        "cells_day",
        "closed_from",
        "cohort",
        "cohort_level",
        "collected_day",
        "death_day",
        "dose",
        "enrolled_day",
        "enrolled_so_far",
        "exit_day",
        "expansion",
        "expiry_day",
        "fit",
        "follow_up",
        "gate_before",
        "gone",
        "has_place",
        "i",
        "infused_day",
        "leaves_day",
        "leaves_for",
        "leukapheresed_day",
        "level",
        "level_at_slot",
        "lymphodepleted_day",
        "name",
        "order",
        "reason",
        "rechecked",
        "released_day",
        "slot_from",
        "slot_until",
        "started",
        "state",
        "turn",
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
        self.gone = self.has_place = self.rechecked = self.fit = self.started = self.expansion = False
        self.enrolled_day = self.leukapheresed_day = self.released_day = NEVER
        self.lymphodepleted_day = self.infused_day = self.exit_day = self.collected_day = NEVER
        self.cells_day = self.backup_day = NEVER
        self.batch = Batch.RELEASED
        self.batch_known_day = self.slot_from = self.slot_until = NEVER
        self.gate_before = 0.0
        self.order = self.cohort = self.level = self.level_at_slot = 0
        self.dose = 1.0
        self.closed_from = self.enrolled_so_far = self.cohort_level = 0
        self.follow_up = NOT_FOLLOWED
        self.turn: Event | None = None

    @property
    def preparing(self) -> bool:
        """Enrolled, not infused, still in the trial."""
        return not self.gone and State.ENROLLED <= self.state <= State.LYMPHODEPLETED

    @property
    def queue_leaves_day(self) -> float:
        """Day on which he leaves the queue for a slot."""
        return min(self.leaves_day, self.expiry_day)

    @property
    def queue_leaves_for(self) -> Exit:
        """Why he leaves the queue for a slot."""
        return self.leaves_for if self.leaves_day <= self.expiry_day else Exit.EXPIRED

    def enrol(self, day: float, level: int, order: int) -> None:
        """Take a slot with a provisional level."""
        self.state, self.enrolled_day, self.level_at_slot, self.order = State.ENROLLED, day, level, order

    def leukapheresed(self, day: float) -> None:
        """Note a collection of donor cells, the first one as the milestone."""
        self.cells_day = day
        if self.state < State.LEUKAPHERESED:
            self.state, self.leukapheresed_day = State.LEUKAPHERESED, day

    def released(self, day: float, collected_day: float) -> None:
        """Note the release of the product, and when its cells were collected."""
        self.state, self.released_day, self.collected_day = State.RELEASED, day, collected_day

    def lymphodeplete(self, day: float, level: int, cohort: int) -> None:
        """Fix the level at the start of lymphodepletion."""
        self.state, self.lymphodepleted_day = State.LYMPHODEPLETED, day
        self.level, self.cohort = level, cohort

    def infuse(self, day: float, dose: float, follow_up: FollowUp) -> None:
        """Infuse `dose` times the level's dose; what follows is known from here on."""
        self.state, self.infused_day, self.dose, self.follow_up = State.INFUSED, day, dose, follow_up

    def observe(self) -> None:
        """Reach the end of observation: DLT-evaluable or not."""
        if self.follow_up.counted:
            self.state = State.EVALUABLE
        self.leave(self.follow_up.reason, self.infused_day + self.follow_up.day)

    def leave(self, reason: Exit, day: float) -> None:
        """End here, in the present state."""
        self.gone, self.reason, self.exit_day = True, reason, day
