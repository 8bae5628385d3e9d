"""The keyboard design (Yan, Mandrekar & Yuan 2017), read as the R package Keyboard 0.1.3 reads it."""

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
from simulator.designs.parameter_checks import check_margins
from simulator.designs.selection import closest_to_target
from simulator.designs.unit_mass import equal_intervals, largest_mass_bounds
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
class Keyboard:
    """Keyboard design (Yan, Mandrekar & Yuan 2017, Clinical Cancer Research 23, 3994-4003).

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.
    margin_low, margin_high
        The target key is [target - margin_low, target + margin_high].
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on; a cutoff of None closes no level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    Keys as long as the target key are laid out from it to both ends. The key with the largest posterior
    probability decides: below the target key escalates, above it de-escalates.
    """

    name: ClassVar[str] = "keyboard"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    margin_low: float = 0.05
    margin_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 3

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        check_margins(self.name, self.target, margin_low=self.margin_low, margin_high=self.margin_high)
        check_elimination(self.name, self.elimination_cutoff, self.elimination_min_n)

    def decide(self, observed: Observed) -> Decision:
        """Close levels, then move one level by the bounds at the current one. All arrays (S,)."""
        return decide(self, observed)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        return closest_to_target(observed.n, observed.dlt, closed, self.target)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, Int64; <NA> where a level cannot be eliminated."""
        return decision_table(self, max_n)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        return {
            "target key": f"target - {self.margin_low:g} to target + {self.margin_high:g}",
            "end keys": "shorter than the others; compared by posterior probability per unit length",
            "equal keys": "the highest decides",
            "decision": "by the strongest key under a uniform prior, at the current level only",
            **shared_conventions(self.elimination_cutoff, self.elimination_min_n),
            "selection": "isotonic estimate closest to the target, (y + 0.05) / (n + 0.1) with weights"
            " 1 / variance, pooled over treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
        }

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return _tables(
            self.target,
            self.margin_low,
            self.margin_high,
            self.elimination_cutoff,
            self.elimination_min_n,
            table_size(largest_n),
        )


@lru_cache(maxsize=64)
def _tables(
    target: float, low: float, high: float, cutoff: float | None, min_n: int, size: int
) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size; the interval is [target - low, target + high]."""
    intervals = equal_intervals(target - low, target + high)
    escalate, deescalate = largest_mass_bounds(intervals, size)
    eliminate = smallest_count_above(target, cutoff, np.arange(size + 1, dtype=np.int64), min_n)
    return boundaries_of(escalate, deescalate, eliminate, None)
