"""Referrals: counts against Poisson and negative binomial laws, ramp, closures, site openings."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.stats import nbinom

from simulator.durations import DAYS_PER_MONTH, TICKS_PER_DAY
from simulator.population.arrivals import (
    ArrivalParameters,
    Closure,
    SiteReferrals,
    referral_days,
    site_effect,
    site_opening_days,
)
from simulator.randomness import Streams

Floats = NDArray[np.float64]
STREAMS = Streams(4)
REPLICATES = 6000
MONTHS = 12.0
RATE = 2.4


def _cumulative(months: float) -> float:
    """Return the expected referrals per unit of full rate, calendar defaults ("ramp")."""
    return 0.3 * months + 0.7 * months**2 / 6 if months <= 3 else months - 1.05


def _counts(parameters: ArrivalParameters, months: list[float], site: int = 0) -> Floats:
    """Return how many were referred by each month, shape (REPLICATES, months)."""
    by = np.array(months) * DAYS_PER_MONTH
    rows = [
        np.searchsorted(referral_days(parameters, STREAMS, k, site, by[-1]), by, side="right")
        for k in range(REPLICATES)
    ]
    return np.array(rows, dtype=np.float64)


def _has_moments(counts: Floats, mean: float, variance: float, kurtosis: float) -> None:
    """Assert mean and variance of the counts, each within 4 exact standard errors."""
    size = len(counts)
    assert abs(counts.mean() - mean) <= 4 * np.sqrt(variance / size)
    fourth = (kurtosis + 3) * variance**2
    error = np.sqrt((fourth - variance**2 * (size - 3) / (size - 1)) / size)
    assert abs(counts.var(ddof=1) - variance) <= 4 * error


def test_without_site_effect_the_counts_are_poisson_along_the_ramp() -> None:
    months = [1.0, 2.0, 3.0, 6.0, MONTHS]
    counts = _counts(ArrivalParameters(site_effect_shape=None), months)
    spans = np.diff(np.column_stack([np.zeros(REPLICATES), counts]), axis=1)
    before = 0.0
    for k, month in enumerate(months):
        mean = RATE * (_cumulative(month) - before)
        before = _cumulative(month)
        _has_moments(spans[:, k], mean, mean, 1 / mean)
    correlation = np.corrcoef(spans, rowvar=False)[np.triu_indices(5, 1)]
    assert np.abs(correlation).max() <= 4 / np.sqrt(REPLICATES)


def test_with_site_effect_the_counts_are_negative_binomial() -> None:
    (counts,) = _counts(ArrivalParameters(), [MONTHS]).T
    mean = RATE * _cumulative(MONTHS)
    law = nbinom(4, 4 / (4 + mean))
    assert law.mean() == pytest.approx(mean)
    assert law.var() == pytest.approx(mean + mean**2 / 4)
    _has_moments(counts, mean, mean + mean**2 / 4, float(law.stats(moments="k")))


def test_the_site_effect_is_gamma_with_mean_1_drawn_once_per_site_and_replicate() -> None:
    parameters = ArrivalParameters(sites=2)
    effects = np.array([site_effect(parameters, STREAMS, k, 0) for k in range(REPLICATES)])
    _has_moments(effects, 1.0, 0.25, 6 / 4)
    assert site_effect(parameters, STREAMS, 5, 0) == effects[5]
    others = np.array([site_effect(parameters, STREAMS, k, 1) for k in range(REPLICATES)])
    assert abs(np.corrcoef(effects, others)[0, 1]) <= 4 / np.sqrt(REPLICATES)
    assert site_effect(ArrivalParameters(site_effect_shape=None), STREAMS, 0, 0) == 1


def test_times_within_a_closure_never_occur_and_the_others_are_as_many_as_without() -> None:
    closed = ArrivalParameters(
        site_effect_shape=None,
        closures=(Closure(from_month=1, to_month=2), Closure(from_month=7, to_month=8)),
    )
    counts = _counts(closed, [1.0, 2.0, 7.0, 8.0, MONTHS])
    assert (counts[:, 1] == counts[:, 0]).all()
    assert (counts[:, 3] == counts[:, 2]).all()
    mean = RATE * (_cumulative(MONTHS) - (_cumulative(2) - _cumulative(1)) - 1)
    _has_moments(counts[:, -1], mean, mean, 1 / mean)
    after_first = RATE * (_cumulative(7) - _cumulative(2))
    _has_moments(counts[:, 2] - counts[:, 1], after_first, after_first, 1 / after_first)


def test_later_sites_open_between_month_3_and_9_each_at_its_own_time() -> None:
    parameters = ArrivalParameters(sites=3)
    months = (
        np.array(
            [
                [site_opening_days(parameters, STREAMS, k, site) for site in range(3)]
                for k in range(REPLICATES)
            ]
        )
        / DAYS_PER_MONTH
    )
    assert (months[:, 0] == 0).all()
    for site in (1, 2):
        assert months[:, site].min() >= 3 - 1 / TICKS_PER_DAY
        assert months[:, site].max() <= 9 + 1 / TICKS_PER_DAY
        _has_moments(months[:, site], 6.0, 3.0, -1.2)
    assert abs(np.corrcoef(months[:, 1], months[:, 2])[0, 1]) <= 4 / np.sqrt(REPLICATES)


def test_a_later_site_refers_nobody_before_it_opens_and_then_along_its_own_ramp() -> None:
    parameters = ArrivalParameters(sites=2, site_effect_shape=None)
    after = []
    for k in range(REPLICATES):
        opening = site_opening_days(parameters, STREAMS, k, 1)
        days = referral_days(parameters, STREAMS, k, 1, 14 * DAYS_PER_MONTH)
        assert len(days) == 0 or days[0] >= opening
        after.append(np.count_nonzero(days <= opening + 3 * DAYS_PER_MONTH))
    mean = RATE * _cumulative(3)
    _has_moments(np.array(after, dtype=np.float64), mean, mean, 1 / mean)


def test_a_referral_is_where_the_cumulative_rate_reaches_its_exponential_sum() -> None:
    parameters = ArrivalParameters(site_effect_shape=None)
    for replicate in range(50):
        days = referral_days(parameters, STREAMS, replicate, 0, 24 * DAYS_PER_MONTH)
        doubled = parameters.model_copy(update={"referrals_per_site_month": 2 * RATE})
        quicker = referral_days(doubled, STREAMS, replicate, 0, 24 * DAYS_PER_MONTH)
        cumulative = [RATE * _cumulative(day / DAYS_PER_MONTH) for day in days]
        same = [2 * RATE * _cumulative(day / DAYS_PER_MONTH) for day in quicker[: len(days)]]
        # a day is rounded to the tick: the cumulative rate to the rate times half a tick
        assert np.abs(np.array(cumulative) - same).max(initial=0) <= 3 * RATE / TICKS_PER_DAY / DAYS_PER_MONTH


def test_referral_days_ascend_on_the_grid_and_do_not_depend_on_the_horizon() -> None:
    parameters = ArrivalParameters(closures=(Closure(from_month=5, to_month=6.5),), ramp_start_fraction=0)
    for replicate in range(50):
        long = referral_days(parameters, STREAMS, replicate, 0, 3000.0)
        assert (np.diff(long) >= 0).all()
        assert (long * TICKS_PER_DAY % 1 == 0).all()
        for horizon in (20.0, 160.0, 170.0, 1000.0):
            short = referral_days(parameters, STREAMS, replicate, 0, horizon)
            assert short.tolist() == long[long <= horizon].tolist()


def test_closures_must_be_in_order_and_apart() -> None:
    with pytest.raises(ValidationError):
        Closure(from_month=2, to_month=2)
    with pytest.raises(ValidationError):
        ArrivalParameters(closures=(Closure(from_month=2, to_month=4), Closure(from_month=3, to_month=5)))


def test_replicates_computed_together_have_the_referrals_of_each_alone() -> None:
    parameters = ArrivalParameters(sites=2, closures=(Closure(from_month=5, to_month=6.5),))
    replicates = [4, 0, 9, 7]
    for site in range(2):
        together = SiteReferrals.of(parameters, STREAMS, replicates, site)
        for horizons in ({0: 90.0, 1: 400.0, 3: 400.0}, {1: 2000.0, 2: 10.0}, {0: 90.0, 1: 90.0}):
            for place, days in together.days(horizons).items():
                alone = referral_days(parameters, STREAMS, replicates[place], site, horizons[place])
                assert days.tolist() == alone.tolist()
