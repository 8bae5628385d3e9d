"""Odds and thresholds of CFO for many pairs of levels at once: whole counts are looked up, fractions lie between.

The odds to the lower level grow with the DLTs of either level. Most fractional counts need no integral: at the whole
counts around them, or at the eighths, the odds are on the same side of the threshold.
"""

from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN, table_size
from simulator.designs.cfo_odds import ABOVE_BY, STEPS, attained_odds, odds_threshold, odds_to_lower
from simulator.designs.design import Floats, Ints

_Bools = NDArray[np.bool_]
_MOST_ODDS: Final = 2**23  # remembered before all are forgotten: 64 MB
_HALVINGS: Final = 60


class PairTables:
    """The odds of every count of DLTs, and both thresholds, for pairs of numbers of patients as they are met."""

    def __init__(self, phi: float) -> None:
        self._phi, self._lock = phi, Lock()
        self._odds: Floats = np.empty(2**12)
        self._used = 0
        self._size = 0
        self._first: Ints = np.empty((0, 0), dtype=np.int64)
        self._threshold: Floats = np.empty((2, 0, 0))

    def pulls(self, n: Ints, dlt: Ints | Floats, down: _Bools) -> _Bools:
        """Return where the odds of pairs, down or up, exceed their threshold. `n` and `dlt` (2, pairs); (pairs,)."""
        whole = np.floor(dlt).astype(np.int64), np.ceil(dlt).astype(np.int64)
        with self._lock:
            self._meet(n)
            threshold = self._threshold[down.astype(np.int64), n[0], n[1]]
            exceeds, other = (_exceeds(self._looked_up(n, count), threshold, down) for count in whole)
        open_ = np.flatnonzero(exceeds != other)
        if len(open_):
            n, dlt, threshold, down = n[:, open_], dlt[:, open_], threshold[open_], down[open_]
            exceeds[open_] = self._between_whole(n, dlt, threshold, down)
        return exceeds

    def _between_whole(self, n: Ints, dlt: Ints | Floats, threshold: Floats, down: _Bools) -> _Bools:
        """Return the same of pairs that the whole counts around them leave open."""
        least, most = np.floor(dlt * STEPS), np.ceil(dlt * STEPS)
        apart = np.flatnonzero((least != most).any(axis=0))
        both = np.concatenate([np.arange(n.shape[1]), apart])
        eighths = np.concatenate([least, most[:, apart]], axis=1) / STEPS
        said = self._exceeds_at(n[:, both], eighths, threshold[both], down[both])
        exceeds, above = said[: n.shape[1]], said[n.shape[1] :]
        open_ = apart[exceeds[apart] != above]
        exceeds[open_] = self._exceeds_at(n[:, open_], dlt[:, open_], threshold[open_], down[open_])
        return exceeds

    def _exceeds_at(self, n: Ints, dlt: Ints | Floats, threshold: Floats, down: _Bools) -> _Bools:
        return _exceeds(odds_to_lower(self._phi, n, dlt.astype(np.float64)), threshold, down)

    def _looked_up(self, n: Ints, dlt: Ints) -> Floats:
        found: Floats = self._odds[self._first[n[0], n[1]] + dlt[0] * (n[1] + 1) + dlt[1]]
        return found

    def _meet(self, n: Ints) -> None:
        """Enter the numbers of patients that are new."""
        self._make_room(int(n.max(initial=0)))
        new = n[:, self._first[n[0], n[1]] < 0]
        for lower, upper in sorted(set(zip(*new.tolist(), strict=True))):
            odds = attained_odds(self._phi, lower, upper).ravel()
            if self._used + len(odds) > len(self._odds):
                self._odds = np.concatenate([self._odds, np.empty(max(len(self._odds), len(odds)))])
            self._odds[self._used : self._used + len(odds)] = odds
            self._first[lower, upper] = self._used
            self._used += len(odds)
            for down in (False, True):
                self._threshold[int(down), lower, upper] = odds_threshold(self._phi, lower, upper, down)

    def _make_room(self, most: int) -> None:
        """Have places for so many patients at a level; forget all where too much is remembered."""
        size = table_size(most) + 1
        if size <= self._size and self._used <= _MOST_ODDS:
            return
        self._size = max(size, self._size)
        self._first = np.full((self._size, self._size), -1, dtype=np.int64)
        self._threshold = np.empty((2, self._size, self._size))
        self._odds, self._used = np.empty(2**12), 0


@lru_cache(maxsize=16)
def pair_tables(phi: float) -> PairTables:
    """Return what is remembered of pairs for this DLT risk."""
    return PairTables(phi)


def _exceeds(odds: Floats, threshold: Floats, down: _Bools) -> _Bools:
    found: _Bools = np.where(down, odds, 1 / odds) > threshold * (1 + ABOVE_BY)
    return found


@lru_cache(maxsize=64)
def too_toxic_from(phi: float, cutoff: float, size: int) -> Floats:
    """Return for n = 0..size - 1 the smallest real y that is too toxic, inf for none. Shape (size,).

    Too toxic is P(p > phi | Beta(phi + y, 1 - phi + n - y)) of at least the cutoff, not strictly; it grows with y.
    """
    from scipy.special import betaincc

    n = np.arange(size, dtype=np.float64)

    def too_toxic(y: Floats) -> _Bools:
        return np.asarray(betaincc(phi + y, 1 - phi + n - y, phi) >= cutoff - EQUAL_WITHIN)

    never, always = ~too_toxic(n), too_toxic(np.zeros(size))
    low, high = np.zeros(size), n.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = too_toxic(middle)
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    limit = np.where(never, np.inf, np.where(always, 0.0, high))
    limit.flags.writeable = False
    return limit
