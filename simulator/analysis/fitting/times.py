"""Times between two dates of a log: a factor on the law that the scenario has for them.

Dates are known to the day, so d days between two of them have the probability of the law around d, over the
time of day of the first. Who has not come to the second date has waited for longer than until the exit or the
cut. Where a log names no exits, only times that have ended are used, as such: given that they ended by the cut.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulator.analysis.fitting.posterior import LogLikelihood

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUANTILES: Final = 1000
TIMES_OF_DAY: Final = (np.arange(4) + 0.5) / 4
LEAST: Final = 1e-12
STRAY: Final = 0.02
"""Share of times taken to be of another kind, log-normal around the law's median: one typing error moves little."""


class HasDays(Protocol):
    """A law of the scenario."""

    def days(self, u: Floats) -> Floats:
        """Return the quantile at u, days."""


@dataclass(frozen=True, slots=True)
class Law:
    """A law of times as points of equal probability, ascending, days."""

    points: Floats

    @classmethod
    def of(cls, law: HasDays) -> "Law":
        """Return a law of the scenario."""
        return cls(law.days((np.arange(QUANTILES) + 0.5) / QUANTILES))

    @classmethod
    def sum_of(cls, *laws: "Law") -> "Law":
        """Return the law of the sum of independent times."""
        total = laws[0].points
        for law in laws[1:]:
            every = np.sort((total[:, None] + law.points[None, ::4]).ravel())
            total = every[np.linspace(0, len(every) - 1, QUANTILES).astype(int)]
        return cls(total)

    @classmethod
    def mixture(cls, laws: tuple["Law", "Law"], share: float) -> "Law":
        """Return the law of a time that is of the first kind with the probability given."""
        first = round(QUANTILES * share)
        parts = [
            law.points[np.linspace(0, QUANTILES - 1, count).astype(int)]
            for law, count in zip(laws, (first, QUANTILES - first), strict=True)
            if count
        ]
        return cls(np.sort(np.concatenate(parts)))

    def cdf(self, days: Floats) -> Floats:
        """Return the probability of at most so many days, strays among them. Same shape."""
        at = (np.arange(len(self.points)) + 0.5) / len(self.points)
        median = max(float(self.points[len(self.points) // 2]), 0.5)
        stray = ndtr(np.log(np.maximum(days, LEAST) / median))
        found: Floats = (1 - STRAY) * np.interp(days, self.points, at, left=0.0, right=1.0) + STRAY * stray
        return found

    @property
    def mean(self) -> float:
        """The mean, days."""
        return float(self.points.mean())


@dataclass(frozen=True, slots=True)
class Waits:
    """Times of a log, days between dates.

    Attributes
    ----------
    ended
        Between both dates.
    at_most
        Between both dates, where the time asked for is a part: the rest was spent waiting.
    open
        From the first date to the exit or the cut, without the second.
    cut
        Of those that ended: from the first date to the cut, where exits are not in the log; else empty.
    """

    ended: Floats
    at_most: Floats
    open: Floats
    cut: Floats

    @property
    def count(self) -> int:
        """How many times are known: those that have only begun say little, and are not counted."""
        return len(self.ended) + len(self.at_most)

    def log_likelihood(self, law: Law) -> LogLikelihood:
        """Return the log likelihood of a factor on the law."""

        def of(factors: Floats) -> Floats:
            total = np.zeros_like(factors)
            for days, weights in (np.unique(self.ended, return_counts=True),):
                total += _log(_between(law, factors, days)) @ weights
            for days, weights in (np.unique(self.at_most, return_counts=True),):
                total += _log(_by(law, factors, days + 1)) @ weights
            for days, weights in (np.unique(self.open, return_counts=True),):
                total += _log(1 - _by(law, factors, days)) @ weights
            for days, weights in (np.unique(self.cut, return_counts=True),):
                total -= _log(_by(law, factors, days + 1)) @ weights
            return np.asarray(total, dtype=np.float64)

        return of


def _by(law: Law, factors: Floats, days: Floats) -> Floats:
    """Return the probability that a time begun on day 0, at any time, ends before day `days`. (factors, days)"""
    until = days[None, :, None] - TIMES_OF_DAY[None, None, :]
    found: Floats = law.cdf(until / factors[:, None, None]).mean(axis=2)
    return found


def _between(law: Law, factors: Floats, days: Floats) -> Floats:
    """Return the probability that a time ends so many dates after the one on which it began. (factors, days)"""
    return _by(law, factors, days + 1) - _by(law, factors, days)


def _log(probability: Floats) -> Floats:
    return np.log(np.maximum(probability, LEAST))


def waits(
    begun: Floats,
    ended: Floats,
    left: Floats,
    cut: int,
    *,
    has_exits: bool,
    queued: Flags | None = None,
) -> Waits:
    """Return the times between two columns of dates.

    Parameters
    ----------
    begun, ended, left : (patients,)
        Dates, NaN where empty.
    queued
        Whose time contains a wait for something else.
    """
    known = np.isfinite(begun)
    done = known & np.isfinite(ended)
    queue = np.zeros(len(begun), dtype=bool) if queued is None else queued
    days = ended - begun
    under_way = known & ~done
    # By the end of the cut date, or on the date of the exit at any time of it.
    until = np.where(np.isfinite(left), left + 0.5, cut + 1.0) - begun
    return Waits(
        ended=days[done & ~queue],
        at_most=days[done & queue],
        open=np.maximum(until[under_way], 0.0) if has_exits else np.empty(0),
        cut=np.empty(0) if has_exits else (cut - begun)[done & ~queue],
    )
