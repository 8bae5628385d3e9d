"""Between which real numbers of DLTs, or of patients, the target interval has the most posterior mass."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints
from simulator.designs.follow_up_limits import RealBounds
from simulator.designs.unit_mass import Intervals, direction

# Beyond the 52 bits of a double's fraction nothing changes.
HALVINGS: Final = 60
# No rate that escalates is below this share of the target interval's lower end.
LOWEST_RATE: Final = 0.01


@lru_cache(maxsize=64)
def dlts_between(intervals: Intervals, size: int) -> RealBounds:
    """Return, for n = 0..size, the largest number of DLTs x that escalates, and the smallest that de-escalates.

    Judged by `unit_mass.direction` under Beta(1 + x, 1 + n - x); each of shape (size + 1,).
    """
    n = np.arange(size + 1, dtype=np.float64)

    def toward(dlts: Floats) -> Ints:
        return direction(intervals, 1 + dlts, 1 + n - dlts)

    none = np.zeros(size + 1)
    up = _smallest(lambda dlts: toward(dlts) < 1, none, n)
    return RealBounds(up, _smallest(lambda dlts: toward(dlts) < 0, none, n))


@lru_cache(maxsize=64)
def sizes_between(intervals: Intervals, size: int) -> RealBounds:
    """Return, for y = 0..size DLTs, the patients n from which on y escalates, and up to which y de-escalates.

    Judged by `unit_mass.direction` under Beta(1 + y, 1 + n - y); each of shape (size + 1,).
    """
    dlts = np.arange(size + 1, dtype=np.float64)

    def toward(patients: Floats) -> Ints:
        return direction(intervals, 1 + dlts, 1 + patients - dlts)

    most = (dlts + 1) / (LOWEST_RATE * intervals.target[0])
    up = _smallest(lambda patients: toward(patients) == 1, dlts, most)
    return RealBounds(up, _smallest(lambda patients: toward(patients) > -1, dlts, most))


def _smallest(holds: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats) -> Floats:
    """Return, for each entry, the smallest number in low..high from which on a condition holds; high if none."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        there = holds(middle)
        high, low = np.where(there, middle, high), np.where(there, low, middle)
    return high
