"""The integer boundaries of BOIN, by the number of patients at the level."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from simulator.designs.design import Ints

MIN_N_TO_ELIMINATE: Final = 3
# lambda * n or a posterior this close to a bound counts as equal to it (BOIN 2.7.2 uses 1e-12 for lambda_d).
EQUAL_WITHIN: Final = 1e-12


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


@dataclass(frozen=True, slots=True)
class BoundaryTables:
    """Bounds indexed by n = 0..size, each array of shape (size + 1,); n + 1 stands for "never"."""

    escalate_at_most: Ints
    deescalate_at_least: Ints
    eliminate_at_least: Ints
    stop_at_least: Ints


@lru_cache(maxsize=256)
def boundary_tables(rule: BoundaryRule, size: int) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size.

    As BOIN 2.7.2 `get.boundary`: escalate at y <= floor(lambda_e n), de-escalate at y >= ceil(lambda_d n), or
    one more where lambda_d n is an integer (y/n = lambda_d stays), but never later than elimination. One
    departure, without effect at cutoffs in use: a count that eliminates never escalates.
    """
    n = np.arange(size + 1, dtype=np.int64)
    eliminate = _smallest_count_above(rule.target, rule.elimination_cutoff, n)
    stop = eliminate
    if rule.stop_cutoff is not None:
        stop = np.minimum(eliminate, _smallest_count_above(rule.target, rule.stop_cutoff, n))
    escalate = np.floor(rule.lambda_e * n + EQUAL_WITHIN).astype(np.int64)
    deescalate = np.floor(rule.lambda_d * n + EQUAL_WITHIN).astype(np.int64) + 1
    if rule.stay_on_one_of_three:
        escalate[n == 3] = np.minimum(escalate[n == 3], 0)
        deescalate[n == 3] = np.maximum(deescalate[n == 3], 2)
    escalate = np.minimum(escalate, eliminate - 1)
    escalate[0] = -1  # nobody treated is no evidence
    deescalate = np.minimum(deescalate, eliminate)
    for bound in (escalate, deescalate, eliminate, stop):
        bound.flags.writeable = False
    return BoundaryTables(escalate, deescalate, eliminate, stop)


def _smallest_count_above(target: float, cutoff: float, n: Ints) -> Ints:
    """Return the smallest y >= 1 with P(p > target | Beta(1 + y, 1 + n - y)) > cutoff.

    It is n + 1 where there is none, or n < 3. The posterior grows with y, so each n is bisected, all at once.
    """
    from scipy.special import betaincc

    low = np.ones_like(n)
    high = n + 1
    while (open_ := low < high).any():
        middle = np.minimum((low + high) // 2, n)
        above = betaincc(1.0 + middle, 1.0 + n - middle, target) > cutoff + EQUAL_WITHIN
        high = np.where(open_ & above, middle, high)
        low = np.where(open_ & ~above, middle + 1, low)
    return np.where(n >= MIN_N_TO_ELIMINATE, low, n + 1)
