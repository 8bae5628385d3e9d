"""A setting learnt is its range updated by the data: conjugate where it can be, and never the data alone."""

import numpy as np
import pytest
from scipy import stats

from simulator.analysis.fitting.posterior import Kind, binomial, posterior, prior_of
from simulator.analysis.fitting.times import Law, waits
from simulator.durations import Triangular
from simulator.scenario.ranges import Range, default_range, moved_odds


@pytest.mark.parametrize(("low", "high"), [(0.03, 0.25), (0.005, 0.05), (0.4, 0.9), (0.0005, 0.002)])
def test_a_share_is_a_beta_law_with_5_per_cent_beyond_each_end(low: float, high: float) -> None:
    law = prior_of(Range(low, high, True), Kind.SHARE).law
    assert law.cdf([low, high]) == pytest.approx([0.05, 0.95], abs=1e-6)


@pytest.mark.parametrize("kind", [Kind.RATE, Kind.TIME])
def test_a_rate_or_time_has_5_per_cent_beyond_each_end(kind: Kind) -> None:
    law = prior_of(Range(0.8, 6, True), kind).law
    assert law.cdf([0.8, 6]) == pytest.approx([0.05, 0.95], abs=1e-9)


def test_a_low_of_0_leaves_the_law_below_its_high() -> None:
    assert prior_of(Range(0, 0.03, True), Kind.SHARE).law.cdf(0.03) == pytest.approx(0.95)
    assert prior_of(Range(0, 3, True), Kind.RATE).law.cdf(3) == pytest.approx(0.95)


@pytest.mark.parametrize(("events", "of"), [(0, 3), (2, 20), (90, 1000)])
def test_a_share_learnt_is_the_beta_binomial_posterior(events: int, of: int) -> None:
    prior = prior_of(Range(0.03, 0.25, True), Kind.SHARE)
    a, b = prior.law.args
    exact = stats.beta(a + events, b + of - events)
    found = posterior(prior, binomial(events, of))
    assert found.mean == pytest.approx(exact.mean(), rel=1e-5)
    assert [found.quantile(p) for p in (0.1, 0.9)] == pytest.approx(exact.ppf([0.1, 0.9]), rel=2e-3)


def test_a_rate_learnt_is_the_poisson_gamma_posterior() -> None:
    prior = prior_of(Range(0.8, 6, True), Kind.RATE)
    (shape,), scale = prior.law.args, prior.law.kwds["scale"]
    exact = stats.gamma(shape + 30, scale=1 / (1 / scale + 10))
    found = posterior(prior, lambda rate: 30 * np.log(rate) - 10 * rate)
    assert found.mean == pytest.approx(exact.mean(), rel=1e-5)
    assert [found.quantile(p) for p in (0.1, 0.9)] == pytest.approx(exact.ppf([0.1, 0.9]), rel=2e-3)


def test_three_patients_without_an_event_are_no_point_estimate() -> None:
    found = posterior(prior_of(Range(0.03, 0.25, True), Kind.SHARE), binomial(0, 3))
    assert 0.05 < found.mean < 0.12
    assert found.quantile(0.9) > 0.15


def factor_learnt(days: np.ndarray, under_way: np.ndarray, cut: int, has_exits: bool = True) -> float:
    """Return the median factor on a triangular law, from days of those who ended and of those under way."""
    begun = np.concatenate([cut - days - 40.0, cut - under_way])
    ended = np.concatenate([cut - 40.0 + 0 * days, np.full(len(under_way), np.nan)])
    left = np.full(len(begun), np.nan)
    law = Law.of(Triangular(low_days=5, mode_days=10, high_days=21))
    seen = waits(begun, ended, left, cut, has_exits=has_exits)
    prior = prior_of(Range(0.5, 2, False), Kind.TIME)
    return posterior(prior, seen.log_likelihood(law)).quantile(0.5)


def test_times_as_assumed_leave_the_factor_at_1_and_double_times_double_it() -> None:
    law = Triangular(low_days=5, mode_days=10, high_days=21)
    u = (np.arange(200) + 0.5) / 200
    days = np.floor(law.days(u) + 0.5)
    none = np.empty(0)
    assert factor_learnt(days, none, 740_000) == pytest.approx(1, abs=0.02)
    assert factor_learnt(np.floor(2 * law.days(u) + 0.5), none, 740_000) == pytest.approx(2, abs=0.05)


def test_patients_who_wait_longer_than_the_others_took_lengthen_the_time() -> None:
    days = np.array([8.0, 10.0, 12.0])
    alone = factor_learnt(days, np.empty(0), 740_000)
    assert factor_learnt(days, np.array([16.0, 18.0, 19.0, 20.0]), 740_000) > 1.15 * alone
    assert factor_learnt(days, np.array([1.0, 2.0]), 740_000) == pytest.approx(alone, rel=0.02)


def test_one_typing_error_hardly_moves_a_time() -> None:
    days = np.full(20, 12.0)
    clean = factor_learnt(days, np.empty(0), 740_000)
    assert factor_learnt(np.append(days, 380.0), np.empty(0), 740_000) == pytest.approx(clean, rel=0.05)


def test_the_default_range_is_half_to_twice_and_of_a_share_its_odds() -> None:
    assert default_range(2.4, is_share=False) == Range(1.2, 4.8, False)
    assert default_range(0.5, is_share=True) == Range(1 / 3, pytest.approx(2 / 3), False)
    assert moved_odds(0.2, 2) == pytest.approx(1 / 3)
    assert default_range(0, is_share=False) is None
    assert default_range(1, is_share=True) is None
