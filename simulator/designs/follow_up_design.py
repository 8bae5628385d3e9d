"""What designs by follow-up share (TITE-BOIN, TITE-keyboard): interval designs that do not wait for a cohort."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Final

import numpy as np

from simulator.designs.backfill_rule import BackfillRule, decision_by
from simulator.designs.boundary_tables import table_size
from simulator.designs.design import Decision, Ints, Observed
from simulator.designs.early_look import FollowUpRead, with_pending
from simulator.designs.follow_up_limits import (
    FollowUpLimits,
    RealBounds,
    limits_by_effective_size,
    limits_by_imputed_dlts,
)
from simulator.designs.interval_design import IntervalDesign, shared_conventions
from simulator.designs.late_onset_weights import check_weights
from simulator.designs.level_rule import level_rule
from simulator.designs.level_tallies import LevelTallies
from simulator.designs.parameter_checks import require_between, require_choice
from simulator.designs.pending_limits import FIRST_FOLLOW_UP, QUARTERS
from simulator.designs.selection import closest_to_target
from simulator.designs.suspension import SUSPENSIONS, Suspension
from simulator.designs.up_and_down import MAX_INT, closed_from

ESTIMATORS: Final = ("2018", "2020")


@dataclass(frozen=True, slots=True)
class FollowUpDesign(IntervalDesign):
    """An interval design that counts pending patients by their follow-up; complete data decide as its own tables.

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    estimator
        "2018": imputed DLTs of the pending (Yuan et al. 2018). "2020": effective sample size (Lin & Yuan 2020). The
        order of the steps goes with it: 2018 de-escalates where no pending outcome can undo it before it waits,
        2020 (TITEgBOIN 0.4.0) waits first, and at level 1 waits where it would de-escalate.
    suspension
        When the trial waits: a name of `SUSPENSIONS`.
    max_pending, min_follow_up
        In place of those of the suspension: see `Suspension`; None for its own.
    follow_up_weights
        Prior shares of the DLTs in the three thirds of the window, which weigh follow-up; None weighs it as it is.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending", "patients"})
    selects_by_counts: ClassVar[bool] = True

    estimator: str = "2018"
    suspension: str = "yuan2018"
    max_pending: float | None = None
    min_follow_up: float | None = None
    follow_up_weights: tuple[float, float, float] | None = None

    @property
    def follow_up_read(self) -> FollowUpRead:
        """The sum and the shortest at the level; weighted by time, more than these."""
        return FollowUpRead.SUM_AND_SHORTEST if self.follow_up_weights is None else FollowUpRead.DLT_FOLLOW_UP

    def check_options(self) -> None:
        """Refuse options outside their range."""
        require_choice(self.name, "estimator", self.estimator, ESTIMATORS)
        require_choice(self.name, "suspension", self.suspension, tuple(SUSPENSIONS))
        for option in ("max_pending", "min_follow_up"):
            value = getattr(self, option)
            if value is not None and value not in (0, 1):
                require_between(self.name, option, value, (0, 1), f"0 <= {option} <= 1")
        check_weights(self.name, "follow_up_weights", self.follow_up_weights)

    @abstractmethod
    def dlt_bounds(self, enrolled: Ints) -> RealBounds:
        """Return, for n patients (S,), the bounds on a real number of DLTs among them."""

    @abstractmethod
    def size_bounds(self, dlt: Ints) -> RealBounds:
        """Return, for y DLTs (S,), the bounds on a real number of patients; for 0 DLTs only the first is read."""

    @property
    def stop_n(self) -> int:
        """Patients at a level where the trial would stay, at which it stops; by default never."""
        return MAX_INT

    @property
    def waits(self) -> Suspension:
        """When the trial waits, with the options that replace parts of the named suspension."""
        named = SUSPENSIONS[self.suspension]
        return named._replace(
            max_pending=named.max_pending if self.max_pending is None else self.max_pending,
            min_follow_up=named.min_follow_up if self.min_follow_up is None else self.min_follow_up,
        )

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Shares of the window at which the shortest pending follow-up at the level may change the answer.

        With effective sample sizes any follow-up may: as soon as there is some, and at each quarter.
        """
        shortest = self.waits.min_follow_up
        named = {shortest} if shortest > 0 else set()
        return tuple(sorted(named | {FIRST_FOLLOW_UP, *QUARTERS} if self.estimator == "2020" else named))

    def closing_dlts(self, most: int) -> Ints | None:
        """Return the DLTs that close level 1 and each other level."""
        return self.boundary_tables(most).closing(most)

    def limits(self, enrolled: Ints, dlt: Ints, pending: Ints) -> FollowUpLimits:
        """Return the limits of follow-up at a level with n patients, y DLTs and c pending, each (S,)."""
        if self.estimator == "2018":
            return limits_by_imputed_dlts(enrolled, dlt, pending, self.target, self.dlt_bounds(enrolled))
        return limits_by_effective_size(enrolled, dlt, pending, self.size_bounds(dlt))

    def backfill_rule(self, largest_n: int) -> BackfillRule | None:
        """Return the rule where follow-up counts as it is, with bounds up to `largest_n` patients, or further."""
        return _rule(self, table_size(largest_n)) if self.follow_up_weights is None else None

    def decide(self, observed: Observed) -> Decision:
        """Close levels by all patients, wait, or move by the follow-up at the current level. All arrays (S,)."""
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        by = _rule(self, table_size(observed.infused.max(initial=0)))
        of = LevelTallies(observed, current, by.draw, weights=self.follow_up_weights)
        return replace(decision_by(by, of), backfill_level=None)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,).

        Levels close by all patients, estimates are those of complete outcomes: at the end all are complete.
        """
        enrolled = with_pending(observed)
        closed = closed_from(enrolled, self.boundary_tables(enrolled.n.max(initial=0)))
        prior, _, at_most = self.selection
        return closest_to_target(observed.n, observed.dlt, closed, self.target, at_most, prior)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        own = {**early_conventions(self), **self.readings()}
        return {**own, **shared_conventions(self), **own}


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _rule(design: FollowUpDesign, size: int) -> BackfillRule:
    n, by_size = np.arange(size + 1), design.estimator == "2020"
    return level_rule(
        design,
        size,
        stop_n=design.stop_n,
        suspension=design.waits,
        dlts=None if by_size else design.dlt_bounds(n),
        sizes=design.size_bounds(n) if by_size else None,
    )


def early_conventions(design: FollowUpDesign) -> dict[str, str]:
    """Name the readings of pending patients that designs by follow-up share."""
    cutoff, min_n = design.elimination
    weights = design.follow_up_weights
    return {
        "estimator": _ESTIMATOR_TEXT[design.estimator],
        "suspension": _suspension_text(design),
        "follow-up weights": "none: follow-up counts as its share of the window"
        if weights is None
        else f"prior shares {', '.join(f'{w:g}' for w in weights)} of the DLTs in the thirds of the window;"
        " the shortest follow-up is not weighed",
        "no pending patient at the level": "the decision is that of complete cohorts, by integer bounds",
        "elimination": "none: no level is ever closed, and the trial never stops for toxicity"
        if cutoff is None
        else f"at every look, at every level, by all patients infused, pending ones without a DLT, from {min_n} at"
        f" the level on: P(p > target) > {cutoff:g}, strictly, under a uniform prior; it closes the level and all"
        " above for good, and a closed level is left at once, whatever is pending",
    }


_ESTIMATOR_TEXT: Final = {
    "2018": "2018: imputed DLTs, (y + p / (1 - p) (c - S)) / n, not clipped; up only with y / n below the target,"
    " down only with y / n of at least the target; it de-escalates before it waits where no pending outcome can undo"
    " it, and at level 1 then treats on",
    "2020": "2020: y DLTs among an effective sample size n - c + S, none without a DLT down; it waits before it"
    " de-escalates, with nobody complete and no follow-up, and at level 1 where it would de-escalate",
}


def _suspension_text(design: FollowUpDesign) -> str:
    rule = design.waits
    parts = []
    if rule.max_pending < 1:
        parts.append(f"more than {rule.max_pending:g} of the patients at the level are pending")
    if rule.without_dlt:
        parts.append("at most 3 patients are at the level, none with a DLT and 2 or more pending")
    if rule.min_complete:
        parts.append(f"it would escalate with fewer than {rule.min_complete} complete outcomes at the level")
    if rule.min_follow_up:
        parts.append(
            f"it would escalate and the shortest pending follow-up is below {rule.min_follow_up:g} of the window"
        )
    return (
        f"{design.suspension}: waits where {', or '.join(parts)}" if parts else f"{design.suspension}: never"
    )
