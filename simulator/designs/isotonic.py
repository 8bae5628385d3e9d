"""Weighted isotonic regression over many trials at once."""

import numpy as np

from simulator.designs.design import Floats


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
    levels = len(weight)
    fit = np.full(weight.shape, -np.inf)
    for first in range(levels):
        means = _means_from(first, weight, weighted)
        lowest = means[-1]
        for i in range(levels - 1, first - 1, -1):
            lowest = np.minimum(lowest, means[i - first])
            np.maximum(fit[i], lowest, out=fit[i])
    fit[weight <= 0] = np.nan
    return fit.T


def _means_from(first: int, weight: Floats, weighted: Floats) -> list[Floats]:
    """Return the weighted means of entries first..b for every b; infinite where nothing has weight."""
    total_weight = np.zeros(weight.shape[1])
    total = np.zeros(weight.shape[1])
    means = []
    for last in range(first, len(weight)):
        total_weight = total_weight + weight[last]
        total = total + weighted[last]
        mean = np.full(total.shape, np.inf)
        means.append(np.divide(total, total_weight, out=mean, where=total_weight > 0))
    return means
