"""Estimates and their Monte Carlo standard errors. The unit of every error is the replicate (contract 5.9).

Values come as (truths, replicates): means over several truths first average within a replicate, since its
patients are the same under every truth.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z95: Final = 1.959963984540054
FEW_CONTRIBUTING: Final = 10


class Estimate(NamedTuple):
    """A value and its Monte Carlo standard error."""

    value: float
    mcse: float


def mean(values: NDArray[Any]) -> Estimate:
    """Estimate the mean over truths and replicates, values of shape (truths, replicates)."""
    per_replicate = values.astype(np.float64).mean(axis=0)
    return Estimate(float(per_replicate.mean()), standard_error(per_replicate))


def standard_error(per_replicate: Floats) -> float:
    """Return the standard error of the mean of independent replicates; nan for one, 0 where all agree."""
    count = len(per_replicate)
    if count < 2:
        return float("nan")
    if per_replicate.min() == per_replicate.max():
        return 0.0  # a deviation from a mean that is rounded would be some 1e-17, and not look like agreement
    return float(per_replicate.std(ddof=1) / np.sqrt(count))


def interval(one: Estimate, replicates: int, least: float, most: float) -> tuple[float, float]:
    """Return the 95 % interval of a mean over replicates that lies from `least` to `most`.

    Normal, cut to the range. Where all replicates agree, a standard error of 0 says nothing: with 95 %
    confidence fewer than a share 1 - 0.05^(1/replicates) of replicates differ, by as much as the range allows.
    Unknown (nan) where the standard error is, and without a range where all agree.
    """
    if one.mcse == 0 and np.isfinite(most - least):
        share = unseen_share(replicates)
        return one.value - share * (one.value - least), one.value + share * (most - one.value)
    if not one.mcse > 0:
        return float("nan"), float("nan")
    half = Z95 * one.mcse
    return max(one.value - half, least), min(one.value + half, most)


def unseen_share(replicates: int) -> float:
    """Return the one-sided 95 % upper bound of the probability of what was seen in no replicate."""
    return float(1 - 0.05 ** (1 / replicates))


def ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> Estimate:
    """Estimate a ratio of sums by the delta method; nan where the denominator is 0.

    Sums run over truths and replicates, values of shape (truths, replicates). Where fewer than
    FEW_CONTRIBUTING replicates have a denominator the method says nothing of the error, which is then nan.
    """
    y, x = numerator.sum(axis=0).astype(np.float64), denominator.sum(axis=0).astype(np.float64)
    if x.sum() == 0:
        return Estimate(float("nan"), float("nan"))
    value = y.sum() / x.sum()
    if contributing(denominator) < FEW_CONTRIBUTING:
        return Estimate(float(value), float("nan"))
    return Estimate(float(value), standard_error((y - value * x) / x.mean()))


def quantile(values: NDArray[Any], share: float) -> Estimate:
    """Estimate a quantile of all trials, values of shape (truths, replicates).

    The value is an order statistic; its error is the half-width of the 95 % interval between order statistics
    divided by 1.96 (Woodruff 1952). The interval comes from the error of the distribution function at the
    value: just below it or at it, whichever is larger, since many trials may share one value. Where it reaches
    beyond the smallest or the largest trial its end is unknown and the error nan.
    """
    return quantiles(values, [share])[0]


def quantiles(values: NDArray[Any], shares: Sequence[float]) -> list[Estimate]:
    """Estimate several quantiles; see `quantile`."""
    flat = np.sort(values, axis=None).astype(np.float64)
    return [_quantile(values, flat, share) for share in shares]


def _quantile(values: NDArray[Any], flat: Floats, share: float) -> Estimate:
    value = _order_statistic(flat, share)
    below, at = ((cut).mean(axis=0) for cut in (values < value, values <= value))
    error = max(standard_error(below), standard_error(at))
    low, high = share - Z95 * error, share + Z95 * error
    if not (low > 0 and high <= 1):
        return Estimate(value, float("nan"))
    return Estimate(value, (_order_statistic(flat, high) - _order_statistic(flat, low)) / (2 * Z95))


def _order_statistic(ascending: Floats, share: float) -> float:
    rank = int(np.ceil(share * len(ascending))) - 1
    return float(ascending[min(max(rank, 0), len(ascending) - 1)])


def certain_bound(value: float, replicates: int) -> float | None:
    """Return the one-sided 95 % bound of a probability seen in no replicate (upper) or in all (lower).

    None where some but not all replicates had the event: its standard error serves.
    """
    bound = unseen_share(replicates)
    return {0.0: bound, 1.0: 1 - bound}.get(value)


def estimate_rows(
    label: Mapping[str, object], statistic: str, one: Estimate, replicates: int | None
) -> list[dict[str, object]]:
    """Return an estimate's row and, for a probability on which all replicates agree, its 95 % bounds'.

    One bound ("..._bound95") for 0 or 1, two ("..._low95", "..._high95") for an average of truths in between.
    `replicates` is how many the probability rests on; None for what is no probability.
    """
    ends: dict[str, float] = {"": one.value}
    bound = certain_bound(one.value, replicates) if replicates else None
    if bound is not None:
        ends["_bound95"] = bound
    elif replicates and one.mcse == 0:
        ends["_low95"], ends["_high95"] = interval(one, replicates, 0, 1)
    return [
        {**label, "statistic": statistic + end, "value": value, "mcse": float("nan") if end else one.mcse}
        for end, value in ends.items()
    ]


def contributing(denominator: NDArray[Any]) -> int:
    """Count the replicates in which a ratio's denominator, shape (truths, replicates), is not 0."""
    return int(np.count_nonzero(denominator.sum(axis=0)))
