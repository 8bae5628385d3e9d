"""The integer boundaries of BOIN, by the number of patients at the level."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.designs.boundary_tables import (
    EQUAL_WITHIN,
    BoundaryTables,
    boundaries_of,
    smallest_count_above,
)


@dataclass(frozen=True, slots=True)
class BoundaryRule:
    """What the boundaries follow from. `stop_cutoff`: level 1's stricter cutoff, or None."""

    target: float
    p_saf: float
    p_tox: float
    elimination_cutoff: float
    stop_cutoff: float | None
    stay_on_one_of_three: bool

    @property
    def lambda_e(self) -> float:
        """Highest DLT rate at which to escalate (Liu & Yuan 2015, equation 1, with equal priors)."""
        safe, target = self.p_saf, self.target
        return math.log((1 - safe) / (1 - target)) / math.log(target * (1 - safe) / (safe * (1 - target)))

    @property
    def lambda_d(self) -> float:
        """DLT rate above which to de-escalate (Liu & Yuan 2015, equation 2, with equal priors)."""
        toxic, target = self.p_tox, self.target
        return math.log((1 - target) / (1 - toxic)) / math.log(toxic * (1 - target) / (target * (1 - toxic)))


@lru_cache(maxsize=256)
def boundary_tables(rule: BoundaryRule, size: int) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size.

    As BOIN 2.7.2 `get.boundary`: escalate at y <= floor(lambda_e n), de-escalate at y >= ceil(lambda_d n), or
    one more where lambda_d n is an integer (y/n = lambda_d stays), but never later than elimination. One
    departure, without effect at cutoffs in use: a count that eliminates never escalates.
    """
    n = np.arange(size + 1, dtype=np.int64)
    eliminate = smallest_count_above(rule.target, rule.elimination_cutoff, n)
    stop = None if rule.stop_cutoff is None else smallest_count_above(rule.target, rule.stop_cutoff, n)
    escalate = np.floor(rule.lambda_e * n + EQUAL_WITHIN).astype(np.int64)
    deescalate = np.floor(rule.lambda_d * n + EQUAL_WITHIN).astype(np.int64) + 1
    if rule.stay_on_one_of_three:
        escalate[n == 3] = np.minimum(escalate[n == 3], 0)
        deescalate[n == 3] = np.maximum(deescalate[n == 3], 2)
    return boundaries_of(escalate, deescalate, eliminate, stop)
