"""One number learnt from data: a prior that is its range, a likelihood, and their product on a grid.

The range of a number is read as the middle 90 % of what it may be: a Gamma law of a rate, a log-normal one of a
time, a Beta law of a share, with 5 % below low and 5 % above high. With a Poisson or binomial likelihood the
posterior of a rate or share is the conjugate one, to the precision of the grid; other likelihoods take the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq, least_squares
from scipy.special import expit, logit

from simulator.scenario.ranges import Range

Floats = NDArray[np.float64]
LogLikelihood = Callable[[Floats], Floats]

TAIL: Final = 0.05
"""Share of the prior below the low, and above the high, of a range."""
POINTS: Final = 600
FARTHEST: Final = 1e-9
NEGLIGIBLE: Final = 25.0
"""Fall of the log density from its top, beyond which a grid need not reach."""


class Kind(Enum):
    """What a number is, which says the law of its prior."""

    RATE = "Gamma"
    TIME = "log-normal"
    SHARE = "Beta"


@dataclass(frozen=True)
class Prior:
    """What is thought of a number before any data."""

    law: Any
    kind: Kind

    @property
    def is_share(self) -> bool:
        """Whether the number lies between 0 and 1."""
        return self.kind is Kind.SHARE

    def number(self, t: Floats) -> Floats:
        """Return the number at a point of the scale on which the grid is even: logarithm, or log odds."""
        return np.asarray(expit(t) if self.is_share else np.exp(t), dtype=np.float64)

    def log_density(self, t: Floats) -> Floats:
        """Return the log density on that scale."""
        at = self.number(t)
        slope = np.log(at) + np.log1p(-at) if self.is_share else t
        return np.asarray(self.law.logpdf(at) + slope, dtype=np.float64)

    def ends(self) -> tuple[float, float]:
        """Return the widest grid, on that scale."""
        low, high = self.law.ppf(FARTHEST), self.law.isf(FARTHEST)
        low, high = max(low, 1e-12), min(high, 1 - 1e-12) if self.is_share else high
        return (float(logit(low)), float(logit(high))) if self.is_share else (np.log(low), np.log(high))


@dataclass(frozen=True)
class Posterior:
    """Ascending values of a number, and the probability of each."""

    values: Floats
    weights: Floats

    @property
    def mean(self) -> float:
        """The mean."""
        return float(self.values @ self.weights)

    def quantile(self, probability: float) -> float:
        """Return the value below which so much of the probability lies."""
        middles = np.cumsum(self.weights) - self.weights / 2
        return float(np.interp(probability, middles, self.values))


@lru_cache(maxsize=256)
def prior_of(between: Range, kind: Kind) -> Prior:
    """Return the law of which a range is the middle 90 %.

    With a low of 0 it is the lower 95 %, with a share's high of 1 the upper. A time has no low of 0.
    """
    match kind:
        case Kind.RATE:
            law = _gamma(between.low, between.high)
        case Kind.SHARE:
            law = _beta(between)
        case Kind.TIME:
            width = np.log(between.high / between.low) / (2 * stats.norm.isf(TAIL))
            law = stats.lognorm(width, scale=np.sqrt(between.low * between.high))
        case _:
            assert_never(kind)
    return Prior(law, kind)


def _gamma(low: float, high: float) -> Any:
    if low <= 0:
        return stats.gamma(1.0, scale=-high / np.log(TAIL))

    def apart(log_shape: float) -> float:
        shape = np.exp(log_shape)
        tails = stats.gamma.isf(TAIL, shape) / stats.gamma.ppf(TAIL, shape)
        return float(np.log(tails) - np.log(high / low))

    shape = float(np.exp(brentq(apart, np.log(0.05), np.log(1e7))))
    return stats.gamma(shape, scale=low / stats.gamma.ppf(TAIL, shape))


def _beta(between: Range) -> Any:
    low, high = between.low, between.high
    if low <= 0:
        return stats.beta(1.0, np.log(TAIL) / np.log1p(-high)) if high < 1 else stats.beta(1.0, 1.0)
    if high >= 1:
        return stats.beta(np.log(TAIL) / np.log(low), 1.0)

    def miss(logs: Floats) -> list[float]:
        a, b = np.exp(logs)
        return [
            float(stats.norm.ppf(np.clip(stats.beta.cdf(low, a, b), 1e-300, 1)) - stats.norm.ppf(TAIL)),
            float(stats.norm.isf(np.clip(stats.beta.sf(high, a, b), 1e-300, 1)) - stats.norm.isf(TAIL)),
        ]

    middle = expit((logit(low) + logit(high)) / 2)
    spread = (logit(high) - logit(low)) / 2 / stats.norm.isf(TAIL)
    total = 1 / (spread**2 * middle * (1 - middle))
    found = least_squares(miss, np.log([middle * total, (1 - middle) * total]), xtol=1e-12, ftol=1e-12)
    a, b = np.exp(found.x)
    return stats.beta(a, b)


def posterior(prior: Prior, log_likelihood: LogLikelihood) -> Posterior:
    """Return prior times likelihood: a coarse grid finds where it is, a fine one holds it.

    Parameters
    ----------
    log_likelihood
        Of an array of values, the same shape.
    """
    t = np.linspace(*prior.ends(), POINTS)
    for _ in range(3):  # from the whole law to where the product is
        density = prior.log_density(t) + log_likelihood(prior.number(t))
        near = np.flatnonzero(density > density.max() - NEGLIGIBLE)
        first, last = max(near[0] - 1, 0), min(near[-1] + 1, len(t) - 1)
        t = np.linspace(t[first], t[last], POINTS)
    density = prior.log_density(t) + log_likelihood(prior.number(t))
    weights = np.exp(density - density.max())
    return Posterior(prior.number(t), weights / weights.sum())


def binomial(events: float, of: float) -> LogLikelihood:
    """Return the log likelihood of a share: so many events of so many."""
    return lambda share: np.asarray(
        events * np.log(share) + (of - events) * np.log1p(-share), dtype=np.float64
    )
