"""Posterior probability per unit length of intervals of the DLT risk: what Keyboard, mTPI and mTPI-2 compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints

# An end piece shorter than this is rounding of the edges, not an interval.
SHORTEST: Final = 1e-9
# Masses closer than this, relatively, are equal: then the safer decision.
EQUAL_WITHIN: Final = 1e-12

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Intervals:
    """A partition of (0, 1): what lies below the target interval, it, and what lies above."""

    below: tuple[Interval, ...]
    target: Interval
    above: tuple[Interval, ...]


def three_intervals(low: float, high: float) -> Intervals:
    """Return the target interval and one interval on either side."""
    return Intervals(((0.0, low),), (low, high), ((high, 1.0),))


def equal_intervals(low: float, high: float) -> Intervals:
    """Cut both sides into pieces as long as the target interval, from it outwards; end pieces are shorter."""
    length = high - low
    below: list[Interval] = []
    pieces = 0
    while (top := low - pieces * length) > SHORTEST:
        bottom = top - length
        below.append((bottom if bottom > SHORTEST else 0.0, top))
        pieces += 1
    above: list[Interval] = []
    pieces = 0
    while (bottom := high + pieces * length) < 1 - SHORTEST:
        top = bottom + length
        above.append((bottom, top if top < 1 - SHORTEST else 1.0))
        pieces += 1
    return Intervals(tuple(below), (low, high), tuple(above))


def largest_mass_bounds(intervals: Intervals, size: int) -> tuple[Ints, Ints]:
    """Return, for n = 0..size, the largest count that escalates and the smallest that de-escalates.

    With y DLTs of n the posterior is Beta(1 + y, 1 + n - y). The interval with the most posterior probability
    per unit length decides: below the target interval escalates, above it de-escalates. Of equal ones the
    highest decides. -1 and n + 1 stand for "never".

    Returns
    -------
    escalate_at_most, deescalate_at_least : (size + 1,)
    """
    n, y = (grid.astype(np.float64) for grid in np.meshgrid(*(np.arange(size + 1),) * 2, indexing="ij"))
    inside = y <= n
    toward = direction(intervals, 1 + y, np.where(inside, 1 + n - y, 1.0))
    up, down = (toward == 1) & inside, (toward == -1) & inside
    escalate = np.logical_and.accumulate(up, axis=1).sum(axis=1) - 1
    # Counted from y = n downwards: cells beyond n are no objection.
    downwards = np.logical_and.accumulate((down | ~inside)[:, ::-1], axis=1)[:, ::-1]
    deescalate = np.where(downwards.any(axis=1), downwards.argmax(axis=1), size + 1)
    return escalate.astype(np.int64), np.minimum(deescalate, np.arange(size + 1) + 1).astype(np.int64)


def direction(intervals: Intervals, alpha: Floats, beta: Floats) -> Ints:
    """Return 1 where the interval with the most posterior mass under Beta(alpha, beta) escalates, -1 down, 0 stay."""
    below = _largest(intervals.below, alpha, beta)
    target = _largest([intervals.target], alpha, beta)
    above = _largest(intervals.above, alpha, beta)
    more = 1 + EQUAL_WITHIN
    up = (below > target * more) & (below > above * more)
    down = (above * more >= below) & (above * more >= target)
    return up.astype(np.int64) - down


def _largest(intervals: Sequence[Interval], alpha: Floats, beta: Floats) -> Floats:
    """Return the largest mass per unit length among the intervals; 0 where there is none."""
    from scipy.special import betainc

    largest = np.zeros_like(alpha)
    for low, high in intervals:
        mass = betainc(alpha, beta, high) - betainc(alpha, beta, low)
        np.maximum(largest, mass / (high - low), out=largest)
    return largest
