"""What a trial keeps for a design that does not wait for complete cohorts.

The cohort of such a design is full when its places are infused, not when their outcomes are known: `missing`
counts places still to be treated, a place is held up to the infusion, and the patients of the design's size are
those infused. `early_decisions.py` says when the design is asked, `early_asks.py` how.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from simulator.designs.design import COMPLETE_COHORT_FIELDS, Design, Observed
from simulator.designs.early_look import selects_by_responses
from simulator.designs.patient_records import PatientRecords
from simulator.designs.wrapped import AroundDesign
from simulator.trial.early_memory import follow_up_read
from simulator.trial.escalation import Verdict
from simulator.trial.infused_records import InfusedRecords
from simulator.trial.ledger import NEVER, Stop
from simulator.trial.patient import Patient

MOST_INSTANTS: Final = 8
"""Instants that a design may name in `ask_again_at`, where compiled code is to run it."""


class EarlySteps(NamedTuple):
    """What is done to a trial, which is handed over; `early_decisions.py` and `early_counts.py` have the steps."""

    decide: Callable[[Any], None]
    review_if_due: Callable[[Any], None]
    look: Callable[[Any], None]
    ask_at_response: Callable[[Any], None]
    enter_infused: Callable[[Any, Any], None]
    enter_outcome: Callable[[Any, Any], None]
    select: Callable[[Any], int]


def looks_early(design: Design) -> bool:
    """Return whether the design reads more than complete cohorts."""
    return not design.reads <= COMPLETE_COHORT_FIELDS


@lru_cache(maxsize=64)
def reads_responses(design: Design) -> bool:
    """Return whether decisions, or the selection, read responses or who was backfilled."""
    return follow_up_read(_innermost(design)).of_responses


@lru_cache(maxsize=64)
def selects_when_assessed(design: Design) -> bool:
    """Return whether the selection reads responses, so that escalation ends once all of them are known."""
    return reads_responses(design) and selects_by_responses(_innermost(design))


def _innermost(design: Design) -> Design:
    """Return the design inside wrappers, which add nothing to what is read of responses."""
    return _innermost(design.design) if isinstance(design, AroundDesign) else design


class Look(NamedTuple):
    """One time the design was asked: the day, the level it starts from, what it read of patients, its answer."""

    day: float
    level: int
    patients: PatientRecords
    verdict: Verdict


@lru_cache(maxsize=64)
def backfills(design: Design) -> bool:
    """Return whether the design adds patients at lower levels."""
    return design.decide(Observed.nothing(design.n_doses)).backfill_level is not None


@dataclass(slots=True, eq=False)
class EarlyLooks:
    """What a trial keeps for a design that looks early.

    Attributes
    ----------
    ask_again_at
        Shares of the window: the design is asked again when the shortest pending follow-up reaches one.
    from_level
        Level treated last: the one the next decision starts from. `escalation.level` is that of the open cohort,
        or provisional.
    last_cohort
        Number of the last cohort of which somebody was infused.
    cohort_open, cohort_begun, treated
        Whether a cohort is open, up to its review; whether somebody of it has been infused; and whether nobody more
        will be.
    following
        How escalation ended, a `Stop`, while outcomes are still awaited; NOT_ENDED before.
    awaited
        Infused patients of escalation whose outcome is not known.
    selects_when_assessed
        Whether the selection reads responses, which are then awaited too.
    news
        Something became known since the design was asked; `late_dlt`: a DLT of
        somebody who is not of the open cohort.
    asked_day, complete_when_asked
        Last day on which it was asked, and whether nothing was pending then.
    due_day, wake_day
        Instant at which it will be asked, all outcomes of that instant being in; and the instant that it named.
    backfills, backfill_level, backfill_day
        Whether the design backfills, the level at which it would, 0 for none, and the day it last said so.
    backfill_slots, backfilling
        Patients enrolled for backfill, as far as they have no place; and who holds the place for backfill, of which
        there is one at a time, up to the infusion.
    draws
        Whether the design chooses the level for backfill by a numbered draw.
    looks
        Every time the design was asked, where a log is kept.
    said_level
        Level of the last decision in the log.
    """

    records: InfusedRecords
    steps: EarlySteps
    ask_again_at: tuple[float, ...]
    from_level: int = 0
    last_cohort: int = 0
    cohort_open: bool = False
    cohort_begun: bool = False
    treated: bool = False
    following: int = Stop.NOT_ENDED
    awaited: int = 0
    news: bool = False
    late_dlt: bool = False
    asked_day: float = -1.0
    complete_when_asked: bool = False
    due_day: float = NEVER
    wake_day: float = NEVER
    backfills: bool = False
    backfill_level: int = 0
    backfill_day: float = -1.0
    backfill_slots: list[Patient] = field(default_factory=list)
    backfilling: Patient | None = None
    draws: bool = False
    selects_when_assessed: bool = False
    looks: list[Look] | None = None
    said_level: int = -1

    def has_asked(self, day: float) -> None:
        """Note that the design is asked on the day: what is known by then is no news any more."""
        self.news = self.late_dlt = False
        self.asked_day, self.complete_when_asked = day, self.records.complete_on(day)
