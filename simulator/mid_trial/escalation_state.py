"""What the replay of a trial under way reads of each patient, and the state of the escalation that it returns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from simulator.trial.escalation import Escalation
from simulator.trial.follow_up import FollowUp
from simulator.trial.ledger import NEVER
from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase

Follow = Callable[[int, int, float], FollowUp]
"""Number, level and day of infusion of a patient without a recorded outcome -> what follows."""

NO_BACKFILL: Final = "recorded as backfilled; the design does not backfill, and counts them in its cohorts"
"""A departure."""


@dataclass(frozen=True, slots=True)
class TreatedPatient:
    """One patient who has started lymphodepletion; days after the first site opened, infinity where not known.

    Attributes
    ----------
    number
        Position in the history.
    level_assigned, level_given
        0 where not recorded: then the level that the design had in force.
    left_day
        Exit before infusion.
    outcome_day, counted, dlt
        The recorded outcome, if there is one.
    response, backfill
        Whether they have responded, and whether they are backfilled; None where not recorded.
    """

    number: int
    started_day: float
    infused_day: float
    left_day: float
    level_assigned: int
    level_given: int
    outcome_day: float
    counted: bool
    dlt: bool
    response: bool | None = None
    backfill: bool | None = None


@dataclass(slots=True)
class EscalationState:
    """A trial's escalation at the cut date.

    Attributes
    ----------
    decision_day
        End of the review under way, infinity where there is none.
    places_open_from
        Day from which the open places of the cohort have been open.
    cohort_days
        Day on which each cohort opened.
    cohort, level, expansion
        Of each treated patient, by number: cohort (0: outside), level, whether they are of expansion.
    pending, passed
        By number, outcomes that are not known yet, and those that were drawn and fall before the cut.
    backups
        Cohort -> backup collections frozen by the cut.
    departures
        What was done otherwise than the design and the rules would have it: number of the patient, and what.
    trial, treated
        Under a design that looks early: the trial at the cut, to be taken up, and its patients by number.
    """

    escalation: Escalation
    phase: Phase = Phase.ESCALATION
    decision_day: float = NEVER
    places_open_from: float = 0.0
    stagger_gate_day: float = 0.0
    stagger_gate_before: float = 0.0
    started_last: int = -1
    places_held: int = 0
    infused_outside_cohort: int = 0
    depleting: int = 0
    infused_at: list[int] = field(default_factory=list)
    cohort_days: list[float] = field(default_factory=list)
    cohort: dict[int, int] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    expansion: set[int] = field(default_factory=set)
    pending: dict[int, FollowUp] = field(default_factory=dict)
    passed: dict[int, FollowUp] = field(default_factory=dict)
    selected: int = 0
    stop: str = ""
    recommended_day: float = NEVER
    expansion_n: int = 0
    expansion_dlt: int = 0
    backups: dict[int, int] = field(default_factory=dict)
    departures: list[tuple[int, str]] = field(default_factory=list)
    trial: Trial | None = None
    treated: dict[int, Patient] = field(default_factory=dict)
