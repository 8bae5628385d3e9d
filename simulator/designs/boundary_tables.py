"""Integer boundaries by the number of patients at a level: what interval designs differ in."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from simulator.designs.design import Floats, Ints

MIN_N_TO_ELIMINATE: Final = 3
SMALLEST_TABLE: Final = 64
# A rate, a product or a posterior this close to a bound counts as equal to it.
EQUAL_WITHIN: Final = 1e-12


@dataclass(frozen=True, slots=True)
class BoundaryTables:
    """Bounds indexed by n = 0..size, each array of shape (size + 1,); n + 1 stands for "never".

    `stop_at_least` judges level 1 and is `eliminate_at_least` itself where level 1 is like any other.
    """

    escalate_at_most: Ints
    deescalate_at_least: Ints
    eliminate_at_least: Ints
    stop_at_least: Ints

    def closing(self, most: int) -> Ints:
        """Return the DLTs that close level 1, and each other level, with 0..`most` patients. Shape (2, most + 1)."""
        return np.stack([self.stop_at_least[: most + 1], self.eliminate_at_least[: most + 1]])

    def by_name(self, size: int) -> dict[str, Any]:
        """Return the bounds by their names, each (size + 1,)."""
        return {one.name: getattr(self, one.name)[: size + 1] for one in fields(self)}


def table_size(largest_n: int) -> int:
    """Return how far to tabulate: powers of two, so that a growing trial makes few tables."""
    return max(SMALLEST_TABLE, 1 << int(largest_n).bit_length())


def boundaries_of(
    escalate_at_most: Ints, deescalate_at_least: Ints, eliminate_at_least: Ints, stop_at_least: Ints | None
) -> BoundaryTables:
    """Put bounds together: a count that eliminates de-escalates and never escalates.

    With no patient at the level nothing moves.

    `stop_at_least` None: level 1 is judged like any other level.
    """
    escalate = np.minimum(escalate_at_most, eliminate_at_least - 1)
    # Without a patient at the level nothing moves, whatever the rule gives for n = 0.
    escalate[0] = -1
    deescalate = np.minimum(deescalate_at_least, eliminate_at_least)
    deescalate[0] = 1
    stop = eliminate_at_least if stop_at_least is None else np.minimum(stop_at_least, eliminate_at_least)
    for bound in (escalate, deescalate, eliminate_at_least, stop):
        bound.flags.writeable = False
    return BoundaryTables(escalate, deescalate, eliminate_at_least, stop)


def largest_count_at_most(rate: float, n: Ints) -> Floats:
    """Return the largest count y with y / n at most `rate`, per n; a rate within rounding of it counts as equal."""
    # The rounding of rate * n grows with n, and the tolerance with it.
    return np.floor(rate * n + EQUAL_WITHIN * (1 + n))


def smallest_count_at_least(rate: float, n: Ints) -> Floats:
    """Return the smallest count y with y / n at least `rate`, per n; a rate within rounding of it counts as equal."""
    return np.ceil(rate * n - EQUAL_WITHIN * (1 + n))


def smallest_count_above(
    target: float, cutoff: float | None, n: Ints, min_n: int = MIN_N_TO_ELIMINATE
) -> Ints:
    """Return the smallest y >= 1 with P(p > target | Beta(1 + y, 1 + n - y)) > cutoff, per n.

    It is n + 1 where there is none, where n < min_n, and everywhere if `cutoff` is None. The posterior grows
    with y, so each n is bisected, all at once.
    """
    if cutoff is None:
        return n + 1
    from scipy.special import betaincc

    # From 1 on: without a DLT no level closes, whatever the cutoff.
    low = np.ones_like(n)
    high = n + 1
    while (open_ := low < high).any():
        middle = np.minimum((low + high) // 2, n)
        # A posterior that equals the cutoff but for rounding does not exceed it.
        above = betaincc(1.0 + middle, 1.0 + n - middle, target) > cutoff + EQUAL_WITHIN
        high = np.where(open_ & above, middle, high)
        low = np.where(open_ & ~above, middle + 1, low)
    return np.where(n >= min_n, low, n + 1)
