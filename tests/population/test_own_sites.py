"""Sites may differ: rate, effect, ramp, opening and closures of one move no draw of another."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.durations import DAYS_PER_MONTH
from simulator.population.arrivals import (
    ArrivalParameters,
    exposure_months,
    referral_days,
    site_effect,
    site_opening_days,
)
from simulator.randomness import Streams
from simulator.scenario.scenario import Scenario, load_scenario
from tests.support.places import DEFAULT_SCENARIO

STREAMS = Streams(11)
HORIZON = 60 * DAYS_PER_MONTH


def days(parameters: ArrivalParameters, site: int, replicate: int = 3) -> list[float]:
    return referral_days(parameters, STREAMS, replicate, site, HORIZON).tolist()


def test_one_number_and_the_same_number_for_each_site_give_the_same_referrals() -> None:
    one = ArrivalParameters(sites=3)
    each = ArrivalParameters(
        sites=3,
        referrals_per_site_month=(2.4, 2.4, 2.4),
        site_effect_shape=(4, 4, 4),
        ramp_start_fraction=(0.3, 0.3, 0.3),
        ramp_months=(3, 3, 3),
        sites_open_months=(0, None, None),
    )
    for site in range(3):
        assert days(one, site) == days(each, site)


@pytest.mark.parametrize(
    "change",
    [
        {"referrals_per_site_month": (2.4, 0.8, 2.4)},
        {"site_effect_shape": (4, 50, 4)},
        {"ramp_months": (3, 12, 3)},
        {"ramp_start_fraction": (0.3, 1, 0.3)},
        {"sites_open_months": (0, 20, None)},
        {"closures": ({"from_month": 10, "to_month": 30, "site": 2},)},
    ],
)
def test_what_differs_at_one_site_moves_that_site_alone(change: dict[str, object]) -> None:
    usual = ArrivalParameters(sites=3)
    other = ArrivalParameters.model_validate({"sites": 3} | change)
    assert days(other, 0) == days(usual, 0)
    assert days(other, 1) != days(usual, 1)
    assert days(other, 2) == days(usual, 2)


def test_a_site_refers_at_its_own_rate_from_its_own_opening() -> None:
    other = ArrivalParameters(
        sites=2, referrals_per_site_month=(2.4, 0.5), site_effect_shape=None, sites_open_months=(0, 12)
    )
    opening = site_opening_days(other, STREAMS, 0, 1)
    assert opening == 12 * DAYS_PER_MONTH
    counts = [len(days(other, 1, k)) for k in range(400)]
    mean = 0.5 * exposure_months(other.at_site(1), opening, np.array([HORIZON]))[0]
    assert abs(np.mean(counts) - mean) < 4 * np.sqrt(mean / 400)
    assert min(min(days(other, 1, k), default=opening) for k in range(20)) >= opening


def test_a_closure_of_one_site_leaves_the_others_open() -> None:
    closed = ArrivalParameters.model_validate(
        {"sites": 2, "closures": [{"from_month": 20, "to_month": 30, "site": 1}]}
    )
    within = [day / DAYS_PER_MONTH for k in range(20) for day in days(closed, 0, k)]
    assert not any(20 < month < 30 for month in within)
    assert any(20 < day / DAYS_PER_MONTH < 30 for k in range(20) for day in days(closed, 1, k))


def test_the_effect_of_a_site_has_its_own_shape() -> None:
    sure = ArrivalParameters(sites=2, site_effect_shape=(4, 400))
    effects = np.array([[site_effect(sure, STREAMS, k, site) for site in (0, 1)] for k in range(500)])
    assert effects[:, 1].std() == pytest.approx(1 / 20, rel=0.15)
    assert effects[:, 0].std() == pytest.approx(1 / 2, rel=0.15)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"referrals_per_site_month": (2.4, 1)},
            "must be one number, or at least 3, one for each site; got 2",
        ),
        ({"sites_open_months": (0, 2)}, "must have at least 3 entries, one for each site; got 2"),
        ({"sites_open_months": (1, 2, 3)}, "must begin with 0"),
        ({"closures": ({"from_month": 1, "to_month": 2, "site": 0},)}, "greater than or equal to 1"),
        (
            {
                "closures": (
                    {"from_month": 1, "to_month": 3},
                    {"from_month": 2, "to_month": 4, "site": 2},
                )
            },
            "must not overlap",
        ),
    ],
)
def test_lists_that_do_not_fit_the_sites_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ArrivalParameters.model_validate({"sites": 3} | change)


def test_entries_of_sites_that_do_not_open_are_legal_and_move_nothing() -> None:
    two = ArrivalParameters(sites=2, referrals_per_site_month=(2.4, 0.8))
    assert days(two, 1) == days(ArrivalParameters(sites=2, referrals_per_site_month=(2.4, 0.8, 9)), 1)


def test_a_list_is_changed_as_a_whole_or_entry_by_entry_and_written_back() -> None:
    scenario: Scenario = load_scenario(DEFAULT_SCENARIO)
    two = scenario.with_changes({"arrivals.sites": 2, "arrivals.referrals_per_site_month": [2.4, 0.8]})
    assert two.arrivals.referrals_per_site_month == (2.4, 0.8)
    less = two.with_changes({"arrivals.referrals_per_site_month.2": 0.4})
    assert less.arrivals.referrals_per_site_month == (2.4, 0.4)
    assert two.provenance["arrivals.referrals_per_site_month"].unit == "referrals/site/month"
