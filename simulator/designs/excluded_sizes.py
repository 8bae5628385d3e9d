"""Effective sample sizes at which a level is excluded, by its events: limits that are solved once and looked up.

With y events in an effective sample of m patients the posterior is Beta(1 + y, 1 + m - y); it falls as m grows.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Floats

_HALVINGS: Final = 60
_MOST: Final = 1e5  # patients


@lru_cache(maxsize=64)
def too_toxic_up_to(phi: float, cutoff: float, size: int) -> Floats:
    """Return for y = 0..size - 1 the largest m with P(risk > phi) >= cutoff, -inf for none. Shape (size,)."""
    return _crossing(phi, cutoff, size)


@lru_cache(maxsize=64)
def futile_from(phi: float, cutoff: float, size: int) -> Floats:
    """Return for y = 0..size - 1 the smallest m with P(response < phi) >= cutoff, inf for none. Shape (size,)."""
    limit = _crossing(phi, 1 - cutoff, size, at_most=True)
    return np.where(limit == -np.inf, np.arange(size), np.where(limit >= _MOST, np.inf, limit))


def _crossing(phi: float, probability: float, size: int, at_most: bool = False) -> Floats:
    """Return the m at which P(p > phi) falls to the probability; -inf where it is below it from the first m on."""
    from scipy.special import betaincc

    y = np.arange(size, dtype=np.float64)

    def above(m: Floats) -> np.ndarray:
        tail = betaincc(1 + y, 1 + m - y, phi)
        return np.asarray(
            tail > probability + EQUAL_WITHIN if at_most else tail >= probability - EQUAL_WITHIN
        )

    low, high = y.copy(), np.full(size, _MOST)
    never = ~above(low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        higher = above(middle)
        low, high = np.where(higher, middle, low), np.where(higher, high, middle)
    limit = np.where(never, -np.inf, high if at_most else low)
    limit.flags.writeable = False
    return limit
