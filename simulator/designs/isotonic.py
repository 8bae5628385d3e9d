"""Weighted isotonic regression over many trials at once."""

from math import inf
from typing import Any

import numpy as np

from simulator.designs.design import Floats
from simulator.designs.elementwise import larger, ratio, smaller


def isotonic_regression(values: Floats, weights: Floats) -> Floats:
    """Fit the closest non-decreasing sequence to each row, by weighted least squares.

    The fit at i is the largest over a <= i of the smallest over b >= i of the weighted mean of values[a..b]
    (Barlow et al. 1972, the max-min formula), which equals pooling adjacent violators and vectorises over
    rows. Means are explicit running sums, so a row's fit does not depend on how many rows there are.

    Parameters
    ----------
    values : (S, J)
        What is to be made monotone.
    weights : (S, J)
        Non-negative; 0 leaves the entry out.

    Returns
    -------
    (S, J)
        The fit; NaN where the weight is 0. Pooled entries agree to rounding (about 1e-15), not bit for bit.
    """
    weight = np.ascontiguousarray(weights.T)
    weighted = weight * np.where(weight > 0, values.T, 0.0)
    fit, means = np.empty(weight.shape), np.empty(weight.shape)
    fit_rows(weight, weighted, means, fit)
    fit[weight <= 0] = np.nan
    return fit.T


def fit_rows(weight: Any, weighted: Any, means: Any, fit: Any) -> None:
    """Write the fit of entries in rows, one a level: for many states in NumPy, for one in compiled code.

    `weighted` are weights times values; `means` is room of the same shape.
    """
    levels = len(weight)
    for k in range(levels):
        fit[k] = -inf
    for first in range(levels):
        total_weight, total = 0.0, 0.0
        for last in range(first, levels):
            total_weight = total_weight + weight[last]
            total = total + weighted[last]
            means[last] = ratio(total, total_weight)
        lowest = means[levels - 1]
        for k in range(levels - 1, first - 1, -1):
            lowest = smaller(lowest, means[k])
            fit[k] = larger(fit[k], lowest)
