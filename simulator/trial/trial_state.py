"""The state of one trial: a plain record that the handlers read and change.

The handlers stand in the order of a patient's way: `enrolment`, `manufacture`, `waiting_for_place`, `infusion`,
`outcomes`; below them `places`, `decisions`, `expansion`, `closing`. Each is `f(trial, ...)` at the clock's day.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.trial.backups import Backups
from simulator.trial.batches import Batches
from simulator.trial.candidates import Candidates
from simulator.trial.clock import Clock
from simulator.trial.early_looks import EarlyLooks
from simulator.trial.escalation import Escalation
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, STOPS, Stop
from simulator.trial.patient import Patient
from simulator.trial.product import ManufacturingSlots
from simulator.trial.setting import Pass, Setting
from simulator.trial.waiting_times import Phase, SlotUse, WaitingTimes

Log = list[tuple[float, str, str]]


@dataclass(slots=True, eq=False)
class Trial:
    """One trial: one replicate's patients under one design and truth, from opening to its end.

    Slots are the places of the current cohort and `slots_ahead` more (D31); an enrolled patient holds a slot
    with a provisional level. A patient whose product is released takes a place of the cohort, passes the re-check and
    starts lymphodepletion when the stagger allows it; there the level is fixed (D12).

    Attributes
    ----------
    candidates
        Whom the trial meets.
    intake
        Everybody referred; None for a trial taken up at a cut date, which has no ledger.
    start
        Starts the journey of a patient who is enrolled now.
    enrolment_cap, limit_day
        Most patients who may be enrolled, and the day on which the trial ends at the latest.
    patients, infused
        Everybody met so far, and those infused, in order.
    queue
        Patients who wait for a slot.
    enrolled
        Patients enrolled so far.
    preparing
        Of them, those in the trial without a place and not infused.
    unplaced
        Of them, those with a released product, who wait for a place.
    places_held
        Places of the cohort that patients hold, up to their outcome.
    places_waiting
        Of them, and of those given in expansion, held by patients not yet in lymphodepletion.
    depleting
        Patients in lymphodepletion.
    infused_outside_cohort
        Infused patients whose cohort's level closed, and whom the next decision waits for.
    infused_at : (J,)
        Patients infused so far, by level.
    stagger_gate_queue
        Patients fit for lymphodepletion who wait for their turn.
    stagger_gate_day
        Day from which the next of them may start; infinity until the last who started is infused.
    stagger_gate_wakes
        Day on which the gate is looked at again, so that it is looked at once.
    started_last
        Who started lymphodepletion last: the gate opens again should they leave.
    backups
        Backup collections frozen.
    other_donors, reviews, leukaphereses
        Counts for the row of results.
    early
        What is kept for a design that looks early; None for one of complete cohorts.
    books_time
        Whether waiting times are booked: up to the recommendation.
    selected, ending, recommended_day, closed_day
        Recommended level, 0 for none; how escalation ended, a `Stop`; when; and when enrolment closed.
    expansion_n, expansion_dlt
        Data at the selected level, escalation included.
    """

    setting: Setting
    limits: Pass
    candidates: Candidates
    intake: Intake | None
    escalation: Escalation
    risks: DoseRisks
    start: Callable[["Trial", Patient], None]
    log: Log | None
    enrolment_cap: int
    limit_day: float
    manufacturing: ManufacturingSlots
    infused_at: list[int]
    books_time: bool
    early: EarlyLooks | None = None

    clock: Clock = field(default_factory=Clock)
    phase: Phase = Phase.ESCALATION
    patients: list[Patient] = field(default_factory=list)
    infused: list[Patient] = field(default_factory=list)
    queue: list[Patient] = field(default_factory=list)
    unplaced: list[Patient] = field(default_factory=list)
    enrolled: int = 0
    preparing: int = 0
    places_held: int = 0
    places_waiting: int = 0
    depleting: int = 0
    infused_outside_cohort: int = 0
    stagger_gate_queue: list[Patient] = field(default_factory=list)
    stagger_gate_day: float = 0.0
    stagger_gate_wakes: float = -1.0
    started_last: Patient | None = None
    batches: Batches = field(default_factory=Batches)
    backups: Backups = field(default_factory=Backups)
    other_donors: int = 0
    reviews: int = 0
    leukaphereses: int = 0
    waiting_times: WaitingTimes = field(default_factory=WaitingTimes)
    slot_use: SlotUse = field(default_factory=SlotUse)
    selected: int = 0
    ending: int = Stop.NOT_ENDED
    recommended_day: float = NEVER
    closed_day: float = NEVER
    expansion_n: int = 0
    expansion_dlt: int = 0
    expansion_stopped: bool = False

    @property
    def stop(self) -> str:
        """How escalation ended, one of STOPS; "" while it has not."""
        return "" if self.ending == Stop.NOT_ENDED else STOPS[self.ending]


def everybody(trial: Trial) -> Intake:
    """Return everybody referred to a trial that was run from its opening."""
    assert trial.intake is not None
    return trial.intake


def note(trial: Trial, patient: Patient | None, event: str, *details: object) -> None:
    """Write an event into the log, where one is kept."""
    if trial.log is not None:
        who = "trial" if patient is None else patient.name
        trial.log.append((trial.clock.now, who, event.format(*details)))
