"""The modified toxicity probability interval design, mTPI (Ji, Liu, Li & Bekele 2010)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.boundary_tables import (
    BoundaryTables,
    boundaries_of,
    smallest_count_above,
    table_size,
)
from simulator.designs.design import Decision, Ints, Observed
from simulator.designs.parameter_checks import check_margins, require_between
from simulator.designs.selection import closest_to_target
from simulator.designs.unit_mass import largest_mass_bounds, three_intervals
from simulator.designs.up_and_down import (
    check_elimination,
    check_sizes,
    closed_from,
    decide,
    decision_table,
    shared_conventions,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class MTPI:
    """Modified toxicity probability interval design (Ji et al. 2010, Clinical Trials 7, 653-663).

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.
    epsilon_low, epsilon_high
        The equivalence interval is [target - epsilon_low, target + epsilon_high].
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on; a cutoff of None closes no level.
    selection_prior
        The a of the prior Beta(a, a) of the estimates that selection pools, 0 < a < 10.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The unit probability mass of an interval is its posterior probability divided by its length. The largest
    of the three decides: below the equivalence interval escalates, above it de-escalates.
    """

    name: ClassVar[str] = "mtpi"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    epsilon_low: float = 0.05
    epsilon_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 1
    selection_prior: float = 0.005

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        check_margins(self.name, self.target, epsilon_low=self.epsilon_low, epsilon_high=self.epsilon_high)
        check_elimination(self.name, self.elimination_cutoff, self.elimination_min_n)
        prior = self.selection_prior
        require_between(self.name, "selection_prior", prior, (0, 10), "0 < selection_prior < 10")

    def decide(self, observed: Observed) -> Decision:
        """Close levels, then move one level by the bounds at the current one. All arrays (S,)."""
        return decide(self, observed)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        return closest_to_target(observed.n, observed.dlt, closed, self.target, prior=self.selection_prior)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, Int64; <NA> where a level cannot be eliminated."""
        return decision_table(self, max_n)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        return {
            "equivalence interval": f"target - {self.epsilon_low:g} to target + {self.epsilon_high:g}",
            "intervals": "three: below the equivalence interval, it, and above it",
            "equal masses": "the highest interval decides",
            "decision": "by the largest unit probability mass under a uniform prior, at the current level only",
            **shared_conventions(self.elimination_cutoff, self.elimination_min_n),
            "selection": "isotonic estimate closest to the target, posterior means under"
            f" Beta({self.selection_prior:g}, {self.selection_prior:g}) with weights 1 / variance, pooled over"
            " treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
        }

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return _tables(
            self.target,
            self.epsilon_low,
            self.epsilon_high,
            self.elimination_cutoff,
            self.elimination_min_n,
            table_size(largest_n),
        )


@lru_cache(maxsize=64)
def _tables(
    target: float, low: float, high: float, cutoff: float | None, min_n: int, size: int
) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size; the interval is [target - low, target + high]."""
    intervals = three_intervals(target - low, target + high)
    escalate, deescalate = largest_mass_bounds(intervals, size)
    eliminate = smallest_count_above(target, cutoff, np.arange(size + 1, dtype=np.int64), min_n)
    return boundaries_of(escalate, deescalate, eliminate, None)
