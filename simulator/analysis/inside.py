"""Whether months are within a limit, as far as the replicates tell: by their mean, or by a quantile over trials."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.analysis.estimate import Estimate, mean, quantile
from simulator.analysis.relaxation_tables import Inside


def mean_inside(
    months: NDArray[Any], limit: float, alpha: float, calendar: float, _: None
) -> tuple[Estimate, float, float, Inside]:
    """Judge by the mean: it is inside if all of its 1 - alpha interval is."""
    one = mean(months)
    low, high = interval_of(one, months.shape[1], alpha, calendar)
    said = Inside.INSIDE if high <= limit else Inside.OUTSIDE if low > limit else Inside.NOT_TOLD
    return one, low, high, said


def quantile_inside(
    months: NDArray[Any], limit: float, alpha: float, _: float, share: float
) -> tuple[Estimate, float, float, Inside]:
    """Judge by the share of trials within the limit: the quantile is inside if at least `share` are."""
    one = quantile(months, share)
    low, high = interval_of(mean(months <= limit), months.shape[1], alpha, 1.0)
    said = Inside.INSIDE if low >= share else Inside.OUTSIDE if high < share else Inside.NOT_TOLD
    return one, *quantile_ends(months, share, alpha), said


def quantile_ends(months: NDArray[Any], share: float, alpha: float) -> tuple[float, float]:
    """Return the interval of a quantile between order statistics (Woodruff 1952); nan beyond the trials."""
    ascending = np.sort(months, axis=None)
    value = quantile(months, share).value
    half = 0.0
    for within in (months < value, months <= value):  # many trials may share one value
        one = mean(within)
        low, high = interval_of(one, months.shape[1], alpha, 1.0)
        half = max(half, one.value - low, high - one.value)

    def at(rank: float) -> float:
        return float(ascending[int(np.ceil(rank)) - 1]) if 0 < rank <= len(ascending) else float("nan")

    return at((share - half) * len(ascending)), at((share + half) * len(ascending))


def interval_of(one: Estimate, replicates: int, alpha: float, most: float) -> tuple[float, float]:
    """Return the 1 - alpha interval of a mean over replicates between 0 and `most`; nan for one replicate.

    Where all replicates agree, a share of them that was not seen, 1 - alpha^(1/replicates) at most, may lie
    anywhere in the range.
    """
    if replicates < 2:
        return float("nan"), float("nan")
    if one.mcse == 0:
        unseen = 1 - alpha ** (1 / replicates)
        return one.value - unseen * one.value, one.value + unseen * (most - one.value)
    half = float(stdtrit(replicates - 1, 1 - alpha / 2)) * one.mcse
    return max(one.value - half, 0.0), min(one.value + half, most)
