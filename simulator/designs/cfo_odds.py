"""What CFO compares: the odds that a level's neighbour is a better place, and the thresholds of these odds.

Two neighbouring levels, the lower a and the upper b, each with the posterior Beta(phi + y, 1 - phi + n - y), are
judged under the order p_a < p_b: P_a = P(p_a <= phi | p_a < p_b) and P_b alike (Jin & Yin 2022, section 2).
"""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints

TRUNCATED_AT: Final = 0.999  # the upper end of the integrals in the R package CFO
STEPS: Final = 8  # to a DLT: multiples of these fractions, exact in binary, bound the odds of other counts
ABOVE_BY: Final = 1e-9  # relative: a threshold is an attained value, and equality is no excess
# Of the rule's variable: with them the relative error is below 1e-8 for every phi from 0.05 on.
_FROM: Final = -5.7
_TO: Final = 3.2
_STEP: Final = 0.06
_PAIRS: Final = 2**12  # of integrals at a time
_MOST_PATIENTS: Final = 63  # at a level, up to whom posteriors are remembered


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Where the integrals are evaluated, with weights, first up to phi, then up to 0.999."""

    p: Floats
    weight: Floats
    to_phi: int


@lru_cache(maxsize=64)
def _nodes(phi: float) -> _Nodes:
    """Return nodes of the double-exponential rule, whose weights vanish where a density may be infinite."""
    below, weight_below = _double_exponential(_FROM, _TO)
    above, weight_above = _double_exponential(-_TO, _TO)
    upper = TRUNCATED_AT - phi
    return _Nodes(
        np.concatenate([phi * below, phi + upper * above]),
        np.concatenate([phi * weight_below, upper * weight_above]),
        len(below),
    )


def _double_exponential(low: float, high: float) -> tuple[Floats, Floats]:
    """Return nodes and weights on (0, 1)."""
    t = np.arange(low, high + _STEP / 2, _STEP)
    u = 0.5 * np.pi * np.sinh(t)
    # The share left of each node in this form is exact close to 0, where a density without a DLT is infinite.
    return 1 / (1 + np.exp(-2 * u)), _STEP * 0.25 * np.pi * np.cosh(t) / np.cosh(u) ** 2


def odds_to_lower(phi: float, n: Ints, dlt: Floats) -> Floats:
    """Return [(1 - P_upper) / P_upper] [(1 - P_lower) / P_lower] of S pairs of neighbours.

    Large odds speak for going down; their reciprocals are the odds that speak for going up.

    Parameters
    ----------
    n, dlt : (2, S)
        Patients and DLTs, possibly fractions, of the lower levels and of the upper ones; 0 <= dlt <= n.

    Returns
    -------
    (S,)
    """
    odds = np.empty(n.shape[1])
    for first in range(0, len(odds), _PAIRS):
        block = slice(first, first + _PAIRS)
        density, below = _posteriors(phi, n[:, block], dlt[:, block])
        odds[block] = _odds(phi, density[0] * (1 - below[1]), density[1] * below[0])
    return odds


def _posteriors(phi: float, n: Ints, y: Floats) -> tuple[Floats, Floats]:
    """Return density and distribution function as `_posterior` does, (2, S, nodes); those of steps are remembered."""
    treated, toxic = n.ravel(), y.ravel()
    steps = np.floor(toxic * STEPS).astype(np.int64)
    remembered = (steps == toxic * STEPS) & (treated <= _MOST_PATIENTS)
    if remembered.all():
        found = _at_steps(phi).of(treated, steps)
    else:
        found = np.empty((2, n.size, len(_nodes(phi).p)))
        found[:, remembered] = _at_steps(phi).of(treated[remembered], steps[remembered])
        found[:, ~remembered] = _posterior(phi, treated[~remembered], toxic[~remembered])
    density, below = found.reshape(2, *n.shape, -1)
    return density, below


class _PosteriorsAtSteps:
    """The posteriors of every multiple of a step up to n DLTs, of n as they are met."""

    def __init__(self, phi: float) -> None:
        self._phi, self._lock = phi, Lock()
        rows = np.arange(_MOST_PATIENTS + 1) * STEPS + 1
        self._first = np.cumsum(rows) - rows
        self._met = np.zeros(_MOST_PATIENTS + 1, dtype=np.bool_)
        # The system gives memory to what is written alone.
        self._rows = np.empty((2, int(rows.sum()), len(_nodes(phi).p)))

    def of(self, n: Ints, steps: Ints) -> Floats:
        """Return density and distribution function, (2, S, nodes)."""
        with self._lock:
            for patients in np.unique(n[~self._met[n]]).tolist():
                counts, first = np.arange(patients * STEPS + 1), self._first[patients]
                treated = np.full(len(counts), patients)
                self._rows[:, first : first + len(counts)] = _posterior(self._phi, treated, counts / STEPS)
                self._met[patients] = True
        return self._rows[:, self._first[n] + steps]


@lru_cache(maxsize=8)
def _at_steps(phi: float) -> _PosteriorsAtSteps:
    return _PosteriorsAtSteps(phi)


@lru_cache(maxsize=2**8)
def _of_whole_counts(phi: float, n: int) -> tuple[Floats, Floats]:
    """Return the posteriors of every count of DLTs among n, (n + 1, nodes)."""
    return _posterior(phi, np.full(n + 1, n), np.arange(n + 1.0))


def _odds(phi: float, lower: Floats, upper: Floats) -> Floats:
    """Return the odds from what is integrated for the lower and the upper level at the nodes (..., nodes)."""
    nodes = _nodes(phi)
    return _ratio(lower * nodes.weight, nodes.to_phi) * _ratio(upper * nodes.weight, nodes.to_phi)


def _ratio(terms: Floats, to_phi: int) -> Floats:
    """Return (1 - P) / P from the terms of the integral: what lies above phi over what lies below it."""
    ratio: Floats = terms[..., to_phi:].sum(axis=-1) / terms[..., :to_phi].sum(axis=-1)
    return ratio


def _posterior(phi: float, n: Ints, y: Floats) -> tuple[Floats, Floats]:
    """Return density and distribution function of each posterior at the nodes, (S, nodes)."""
    from scipy.special import betainc, betaln, xlog1py, xlogy

    p = _nodes(phi).p
    alpha, beta = (phi + y)[:, None], (1 - phi + n - y)[:, None]
    log_density = xlogy(alpha - 1, p) + xlog1py(beta - 1, -p) - betaln(alpha, beta)
    return np.exp(log_density), np.asarray(betainc(alpha, beta, p))


@lru_cache(maxsize=2**14)
def odds_threshold(phi: float, n_lower: int, n_upper: int, down: bool) -> float:
    """Return gamma: the odds above which the trial moves, down from the upper level or up from the lower one.

    Of the values that the odds attain, the first that minimises the sum of both error probabilities under
    p = phi at the one level against p = phi at the other; 0 where none has a sum of at most 1.
    """
    odds = attained_odds(phi, n_lower, n_upper)
    stay, go = _probabilities(phi, n_lower, n_upper, down)
    values = odds if down else 1 / odds
    return _first_best(values.ravel(), stay.ravel(), go.ravel())


@lru_cache(maxsize=2**14)
def attained_odds(phi: float, n_a: int, n_b: int) -> Floats:
    """Return the odds to the lower level for every count of DLTs, (n_a + 1, n_b + 1)."""
    (density_a, below_a), (density_b, below_b) = _of_whole_counts(phi, n_a), _of_whole_counts(phi, n_b)
    odds = _odds(phi, density_a[:, None, :] * (1 - below_b), density_b * below_a[:, None, :])
    odds.flags.writeable = False
    return odds


def _probabilities(phi: float, n_a: int, n_b: int, down: bool) -> tuple[Floats, Floats]:
    """Return the probability of every pair of counts where the trial should stay and where it should move."""
    at_target = _binomial(n_a, phi)[:, None], _binomial(n_b, phi)
    over = _uniform_binomial(n_b, phi, min(1.0, 2 * phi))
    under = _uniform_binomial(n_a, 0.0, phi)
    # The lower level at the target and the upper one above it; the upper at the target, the lower below it.
    lower_right = at_target[0] * over
    upper_right = under[:, None] * at_target[1]
    return (upper_right, lower_right) if down else (lower_right, upper_right)


def _binomial(n: int, p: float) -> Floats:
    from scipy.special import comb

    y = np.arange(n + 1)
    probability: Floats = comb(n, y) * p**y * (1 - p) ** (n - y)
    return probability


def _uniform_binomial(n: int, low: float, high: float) -> Floats:
    """Return the distribution of the count where p is uniform on (low, high)."""
    from scipy.special import betainc

    y = np.arange(n + 1)
    inside = betainc(y + 1, n - y + 1, high) - betainc(y + 1, n - y + 1, low)
    return np.asarray(inside / ((n + 1) * (high - low)))


def _first_best(values: Floats, stay: Floats, go: Floats) -> float:
    """Return the first attained value with the smallest sum of P(odds <= it | move) and P(odds > it | stay)."""
    if len(values) < 2:
        return 0.0
    order = np.argsort(values, kind="stable")
    # The largest value is never exceeded, so it is no threshold.
    missed = np.cumsum(go[order])[:-1]
    wrongly = 1 - np.cumsum(stay[order])[:-1]
    errors = missed + wrongly
    best = int(np.argmin(errors))
    return float(values[order[best]]) if errors[best] <= 1 else 0.0
