"""The desirability of a level: the probability that its mean utility exceeds the benchmark, for many levels at once.

For a number of patients it is a smooth function of their summed utilities. A polynomial in its place costs a
hundredth of the incomplete beta function at real arguments, and differs by rounding.
"""

from functools import lru_cache
from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints

# Patients at a level, and the points that settle the polynomial for as many to 1e-14.
_CLASSES: Final = ((0, 12, 32), (13, 64, 80))
LARGEST_CLASS: Final = _CLASSES[-1][1]
"""Patients at a level up to which it is a polynomial."""
_BLOCK: Final = 2**13


def desirability(quasi_events: Floats, n: Ints, above: float) -> Floats:
    """Return P(mean utility > `above`) under Beta(1 + x, 1 + n - x), x the summed utilities / 100. Shape as `n`."""
    x, patients = np.ravel(quasi_events), np.ravel(n)
    value = np.empty(len(x))
    most = patients.max(initial=0)
    for least, greatest, points in _CLASSES:
        if most >= least:
            _fill(value, x, patients, above, (least, greatest, points))
    beyond = patients > _CLASSES[-1][1]
    if beyond.any():
        value[beyond] = _exactly(x[beyond], patients[beyond], above)
    return value.reshape(np.shape(n))


def polynomials(above: float) -> Floats:
    """Return the Chebyshev coefficients for 0..`LARGEST_CLASS` patients, (patients, most coefficients)."""
    found = np.zeros((LARGEST_CLASS + 1, max(points for _, _, points in _CLASSES)))
    for least, greatest, points in _CLASSES:
        found[least : greatest + 1, :points] = _coefficients(above, least, greatest, points)
    return found


def _fill(value: Floats, x: Floats, n: Ints, above: float, of_class: tuple[int, int, int]) -> None:
    """Write the values of the levels with a number of patients in the class."""
    least, greatest, points = of_class
    which = np.flatnonzero((n >= least) & (n <= greatest))
    coefficients = _coefficients(above, least, greatest, points)
    for first in range(0, len(which), _BLOCK):
        block = which[first : first + _BLOCK]
        patients = n[block]
        # Chebyshev polynomials T_k(cos a) = cos(k a), on 0..n.
        angle = np.arccos(np.clip(2 * x[block] / np.maximum(patients, 1) - 1, -1.0, 1.0))
        terms = np.cos(angle[:, None] * np.arange(points))
        terms *= coefficients[patients - least]
        value[block] = terms.sum(axis=1)


@lru_cache(maxsize=64)
def _coefficients(above: float, least: int, greatest: int, points: int) -> Floats:
    """Return the Chebyshev coefficients for every number of patients, (numbers, points)."""
    angle = np.pi * (np.arange(points) + 0.5) / points
    n = np.arange(least, greatest + 1)[:, None]
    values = _exactly(n * (1 + np.cos(angle)) / 2, n, above)
    coefficients = values @ np.cos(np.outer(angle, np.arange(points))) * (2 / points)
    coefficients[:, 0] /= 2
    return np.asarray(coefficients)


def _exactly(x: Floats, n: Ints, above: float) -> Floats:
    from scipy.special import betaincc

    return np.asarray(betaincc(1 + x, 1 + n - x, above), dtype=np.float64)
