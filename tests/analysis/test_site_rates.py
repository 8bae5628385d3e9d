"""Rates learnt from referrals: the closed form, thinning, an opening that is not known, and what is drawn."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from simulator.durations import DAYS_PER_MONTH
from simulator.mid_trial.site_rates import Thinning, draw_site, multiplier, site_rate
from simulator.population.arrivals import (
    ArrivalParameters,
    Closure,
    exposure_months,
    referral_days,
    referral_days_at,
    relative_rate,
    site_effect,
    site_opening_days,
)
from simulator.randomness import Streams

ALL = Thinning(1.0, np.zeros(1))
RAMP = ArrivalParameters(
    sites=2,
    referrals_per_site_month=2.0,
    ramp_start_fraction=0.2,
    ramp_months=4,
    closures=(Closure(from_month=2, to_month=2.5), Closure(from_month=6, to_month=8)),
)


@pytest.mark.parametrize("opening_months", [0.0, 1.0, 2.25, 6.5])
def test_exposure_is_the_integral_of_the_relative_rate(opening_months: float) -> None:
    opening = opening_months * DAYS_PER_MONTH
    until = np.array([0.0, 0.5, 1.7, 2.2, 3.9, 5.0, 6.1, 7.9, 8.3, 12.0]) * DAYS_PER_MONTH
    marks = [2, 2.5, 6, 8, opening_months, opening_months + 4]
    for day, found in zip(until, exposure_months(RAMP.at_site(0), opening, until), strict=True):
        points = [mark * DAYS_PER_MONTH for mark in marks if mark * DAYS_PER_MONTH < day]
        integral, _ = quad(
            lambda t: relative_rate(RAMP.at_site(0), opening, np.array([t]))[0],
            0,
            max(day, 1e-9),
            points=points,
            limit=200,
        )
        assert found == pytest.approx(integral / DAYS_PER_MONTH, abs=1e-6)


def test_the_multiplier_given_a_count_is_gamma() -> None:
    one = site_rate(RAMP, "A", 0.0, np.linspace(10, 200, 9), ALL, 240.0)
    exposure = exposure_months(RAMP.at_site(0), 0.0, np.array([240.0]))[0]
    assert (one.count, one.exposure) == (9, pytest.approx(exposure))
    u = np.array([0.025, 0.1, 0.5, 0.9])
    found = [multiplier(RAMP.at_site(0), 9, exposure, p) for p in u]
    prior, rate = 4.0, 2.0
    wanted = stats.gamma.ppf(u, prior + 9, scale=1 / (prior + rate * exposure))
    assert found == pytest.approx(wanted)


def test_with_nothing_known_a_site_is_drawn_as_from_the_opening() -> None:
    streams = Streams(5)
    for replicate in range(5):
        for site, opening in ((0, 0.0), (1, np.inf)):
            one = site_rate(RAMP, "A", opening, np.empty(0), ALL, 0.0)
            found = draw_site(RAMP, one, streams, replicate, site, 0.0)
            assert found[0] == site_opening_days(RAMP, streams, replicate, site)
            assert found[1] == pytest.approx(site_effect(RAMP, streams, replicate, site))


def test_referrals_at_a_site_s_own_rate_are_those_of_the_calendar() -> None:
    streams = Streams(5)
    opening = site_opening_days(RAMP, streams, 3, 1)
    monthly = 2.0 * site_effect(RAMP, streams, 3, 1)
    found = referral_days_at(RAMP.at_site(0), streams, 3, 1, opening, monthly, 900.0)
    assert np.array_equal(found, referral_days(RAMP, streams, 3, 1, 900.0))


def test_without_a_site_effect_nothing_is_learnt() -> None:
    fixed = RAMP.model_copy(update={"site_effect_shape": None})
    assert multiplier(fixed.at_site(0), 50, 1.0, 0.3) == 1.0


def test_the_exposure_of_a_thinned_process_gives_its_expected_count() -> None:
    """Referrals displaced by delays and thinned: the count by the cut is Poisson with the mean stated."""
    rng = np.random.default_rng(3)
    delays = rng.choice([5.0, 20.0, 60.0], size=300)
    thinning = Thinning(0.4, delays)
    one = site_rate(RAMP, "A", 0.0, np.empty(0), thinning, 200.0)
    fixed = RAMP.model_copy(update={"site_effect_shape": None})
    counts = []
    for replicate in range(3000):
        days = referral_days(fixed, Streams(1), replicate, 0, 200.0)
        kept = rng.random(len(days)) < 0.4
        counts.append(int((days[kept] + rng.choice(delays, size=kept.sum()) <= 200.0).sum()))
    mean = 2.0 * one.exposures[0]
    assert abs(np.mean(counts) - mean) < 4 * np.sqrt(mean / len(counts))
    variance_error = np.sqrt((mean + 2 * mean**2) / len(counts))
    assert abs(np.var(counts) - mean) < 4 * variance_error


def test_an_opening_that_is_not_known_is_drawn_by_law_and_patients() -> None:
    """Over simulated sites the opening drawn is as likely before the true one as after it."""
    late = RAMP.model_copy(
        update={"later_sites_open_after_months": 1.0, "later_sites_open_within_months": 5.0, "closures": ()}
    )
    cut, ranks = 300.0, []
    streams, drawn = Streams(8), Streams(9)
    for replicate in range(120):
        days = referral_days(late, streams, replicate, 1, cut)
        if not len(days):
            continue
        one = site_rate(late, "B", np.inf, days, ALL, cut)
        assert one.weights.sum() == pytest.approx(1)
        assert one.opening_days.max() <= days[0]
        true = site_opening_days(late, streams, replicate, 1)
        below = one.weights[one.opening_days < true].sum()
        ranks.append(below)
        opening, _ = draw_site(late, one, drawn, replicate, 1, cut)
        assert opening <= days[0]
    assert abs(np.mean(ranks) - 0.5) < 4 * np.sqrt(1 / 12 / len(ranks))


def test_a_site_that_has_not_opened_opens_after_the_cut() -> None:
    streams = Streams(2)
    one = site_rate(RAMP, "B", np.inf, np.empty(0), ALL, 150.0)
    openings = np.array([draw_site(RAMP, one, streams, k, 1, 150.0)[0] for k in range(300)])
    last = 9 * DAYS_PER_MONTH  # after 3 months, within 6
    assert openings.min() > 150.0
    assert openings.max() < last
    middle = (150.0 + last) / 2
    assert abs(openings.mean() - middle) < 4 * (last - 150.0) / np.sqrt(12 * len(openings))
    assert draw_site(RAMP, one, streams, 0, 1, 400.0)[0] == 400.0  # the law has it open long before
