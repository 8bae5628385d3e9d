"""The cumulative cohort design, CCD (Ivanova, Flournoy & Chung 2007)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.boundary_tables import (
    EQUAL_WITHIN,
    BoundaryTables,
    boundaries_of,
    smallest_count_above,
    table_size,
)
from simulator.designs.design import Decision, Ints, Observed
from simulator.designs.parameter_checks import require_between
from simulator.designs.selection import closest_to_target
from simulator.designs.up_and_down import (
    check_elimination,
    check_sizes,
    closed_from,
    decide,
    decision_table,
    shared_conventions,
)
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CumulativeCohort:
    """Cumulative cohort design (Ivanova, Flournoy & Chung 2007, J Stat Plan Inference 137, 2316-2327).

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.
    delta
        Half-width of the interval of rates at which to stay; the paper's for the target if None.
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on. None, as in the paper: no level is ever closed and the trial
        never stops for toxicity; 0.95 gives it the rule of the other interval designs.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The observed rate y / n escalates at target - delta or below, de-escalates at target + delta or above, and
    stays between.
    """

    name: ClassVar[str] = "ccd"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    delta: float | None = None
    elimination_cutoff: float | None = None
    elimination_min_n: int = 3

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        if self.delta is not None:
            most = min(self.target, 1 - self.target)
            legal = f"0 < delta < {most:g}, so that target - delta and target + delta are risks"
            require_between(self.name, "delta", self.delta, (0, most), legal)
        elif (
            self.target - recommended_delta(self.target) <= 0
            or self.target + recommended_delta(self.target) >= 1
        ):
            raise DesignError(
                f"ccd: target = {self.target!r}: default delta = {recommended_delta(self.target)} reaches beyond"
                " 0 or 1: give delta"
            )
        check_elimination(self.name, self.elimination_cutoff, self.elimination_min_n)

    def decide(self, observed: Observed) -> Decision:
        """Close levels, then move one level by the bounds at the current one. All arrays (S,)."""
        return decide(self, observed)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        return closest_to_target(observed.n, observed.dlt, closed, self.target, prior=0)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, Int64; <NA> where a level cannot be eliminated."""
        return decision_table(self, max_n)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        return {
            "interval": "the paper's half-width for the target"
            if self.delta is None
            else f"half-width {self.delta:g}",
            "ends of the interval": "a rate of exactly target - delta escalates, of exactly target + delta"
            " de-escalates",
            "decision": "by the observed rate at the current level only",
            **shared_conventions(self.elimination_cutoff, self.elimination_min_n),
            "selection": "isotonic estimate closest to the target, observed rates y / n weighted by n, pooled over"
            " treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
        }

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return _tables(
            self.target,
            self.half_width,
            self.elimination_cutoff,
            self.elimination_min_n,
            table_size(largest_n),
        )

    @property
    def half_width(self) -> float:
        """Half-width of the interval of rates at which to stay."""
        return recommended_delta(self.target) if self.delta is None else self.delta


def recommended_delta(target: float) -> float:
    """Return the half-width Ivanova et al. (2007) recommend: .09, from .30 on .10, .40 .12, .45 .13."""
    steps = ((0.45, 0.13), (0.40, 0.12), (0.30, 0.10))
    return next((delta for least, delta in steps if target >= least - EQUAL_WITHIN), 0.09)


@lru_cache(maxsize=64)
def _tables(target: float, delta: float, cutoff: float | None, min_n: int, size: int) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size: rates of at most target - delta, at least target + delta."""
    n = np.arange(size + 1, dtype=np.int64)
    escalate = np.floor((target - delta) * n + EQUAL_WITHIN * (1 + n)).astype(np.int64)
    deescalate = np.ceil((target + delta) * n - EQUAL_WITHIN * (1 + n)).astype(np.int64)
    eliminate = smallest_count_above(target, cutoff, n, min_n)
    return boundaries_of(escalate, deescalate, eliminate, None)
