"""Margins as inverse distribution functions of one uniform, or of one standard normal."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, betaln, expit, logit, ndtr, ndtri

from simulator.errors import ScenarioError

Floats = NDArray[np.float64]
Indices = NDArray[np.int8]

TABLE_NODES: Final = 2049
NEWTON_STEPS: Final = 6
TABLE_ERROR: Final = 1e-6
"""Largest error of a table on the scale of z, checked between all nodes when it is made."""


def thresholds(shares: Sequence[float]) -> tuple[float, ...]:
    """Return the inner cumulative shares of a mix in the order given; a share of 0 is never reached."""
    edges: list[float] = []
    total = 0.0
    for position, share in enumerate(shares[:-1]):
        total += share
        rest = any(later > 0 for later in shares[position + 1 :])
        edges.append(total if rest else 1.0)
    return tuple(edges)


def category(u: Floats, edges: Sequence[float]) -> Indices:
    """Return the index of the category whose interval holds u: the number of edges at or below u."""
    index = np.zeros(len(u), dtype=np.int8)
    for edge in edges:
        index += u >= edge
    return index


def normal_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return the edges on the scale of a standard normal, so that its own uniform is not needed."""
    return tuple(float(ndtri(edge)) for edge in edges)


class QuantileTable:
    """A quantile function of a standard normal z, tabulated at equal steps with its exact slope.

    Cubic Hermite interpolation between nodes; the relative error against direct inversion stays below 1e-8
    for the default mixtures (tested). Beyond the last node z is taken as that node.

    Parameters
    ----------
    to_normal
        x -> z, increasing: the standard normal quantile of the distribution function at x.
    slope
        x, z at x -> dz/dx.
    low, high
        Range of x in which the nodes lie.
    z_limit
        The table runs from -z_limit to z_limit.

    Raises
    ------
    ScenarioError
        Where the table cannot follow the law, as in a mixture of parts that hardly overlap.
    """

    __slots__ = ("_coefficients", "_step", "_z_limit")

    def __init__(
        self,
        to_normal: Callable[[Floats], Floats],
        slope: Callable[[Floats, Floats], Floats],
        low: float,
        high: float,
        z_limit: float,
    ) -> None:
        z = np.linspace(-z_limit, z_limit, TABLE_NODES)
        step = float(z[1] - z[0])
        x = _invert(to_normal, slope, z, low, high)
        rise = step / slope(x, to_normal(x))
        left, right, start, end = x[:-1], x[1:], rise[:-1], rise[1:]
        self._coefficients = (
            left,
            start,
            3 * (right - left) - 2 * start - end,
            2 * (left - right) + start + end,
        )
        self._step = step
        self._z_limit = z_limit
        middle = z[:-1] + 0.5 * step
        inside = (x[:-1] > low) & (x[1:] < high)
        error = float(np.max(np.abs(to_normal(self(middle)) - middle), where=inside, initial=0.0))
        if not error < TABLE_ERROR:
            raise ScenarioError(
                f"a mixture is too uneven for its quantile table: error {error:.2g} on the normal scale, "
                f"legal: below {TABLE_ERROR:g}; choose parts that overlap more"
            )

    def __call__(self, z: Floats) -> Floats:
        """Return the quantile at the standard normal z. Same shape."""
        position = (z + self._z_limit) * (1 / self._step)
        np.clip(position, 0, TABLE_NODES - 1, out=position)
        cell = np.minimum(position.astype(np.intp), TABLE_NODES - 2)
        position -= cell
        c0, c1, c2, c3 = self._coefficients
        value: Floats = c3.take(cell) * position
        value += c2.take(cell)
        value *= position
        value += c1.take(cell)
        value *= position
        value += c0.take(cell)
        return value


def _invert(
    to_normal: Callable[[Floats], Floats],
    slope: Callable[[Floats, Floats], Floats],
    z: Floats,
    low: float,
    high: float,
) -> Floats:
    dense = np.linspace(low, high, 2 * TABLE_NODES)
    x: Floats = np.interp(z, to_normal(dense), dense)
    # Newton from the interpolation, clipped: a step from a flat part of the law must not leave the range
    for _ in range(NEWTON_STEPS):
        there = to_normal(x)
        x = np.clip(x - (there - z) / slope(x, there), low, high)
    return x


def _normal_density(z: Floats) -> Floats:
    density: Floats = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return density


@lru_cache(maxsize=32)  # a what-if of another field has the same table
def normal_mixture(share: float, mean: float, sd: float, other_mean: float, other_sd: float) -> QuantileTable:
    """Return the quantile of `share` N(mean, sd) + (1 - share) N(other_mean, other_sd), of z within +-9."""

    def to_normal(x: Floats) -> Floats:
        a, b = (x - mean) / sd, (x - other_mean) / other_sd
        # the smaller of the two tails is inverted: it has kept its digits
        below = share * ndtr(a) + (1 - share) * ndtr(b)
        above = share * ndtr(-a) + (1 - share) * ndtr(-b)
        z: Floats = np.where(below < 0.5, ndtri(below), -ndtri(above))
        return z

    def slope(x: Floats, z: Floats) -> Floats:
        a, b = (x - mean) / sd, (x - other_mean) / other_sd
        density = share * _normal_density(a) / sd + (1 - share) * _normal_density(b) / other_sd
        return density / _normal_density(z)

    reach = 9.5
    low = min(mean - reach * sd, other_mean - reach * other_sd)
    high = max(mean + reach * sd, other_mean + reach * other_sd)
    return QuantileTable(to_normal, slope, low, high, z_limit=9.0)


@lru_cache(maxsize=32)
def beta_mixture(
    share: float, alpha: float, beta: float, other_alpha: float, other_beta: float
) -> QuantileTable:
    """Return the logit of the quantile of `share` Beta + (1 - share) Beta, of z within +-6.5."""
    laws = ((share, alpha, beta), (1 - share, other_alpha, other_beta))

    def to_normal(y: Floats) -> Floats:
        x = expit(y)
        below = sum(weight * betainc(a, b, x) for weight, a, b in laws)
        above = sum(weight * betaincc(a, b, x) for weight, a, b in laws)
        z: Floats = np.where(below < 0.5, ndtri(below), -ndtri(above))
        return z

    def slope(y: Floats, z: Floats) -> Floats:
        log_x, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
        density = sum(weight * np.exp(a * log_x + b * log_rest - betaln(a, b)) for weight, a, b in laws)
        result: Floats = density / _normal_density(z)
        return result

    return QuantileTable(to_normal, slope, float(logit(1e-30)), 36.0, z_limit=6.5)
