"""A what-if that opens a site says what it assumes of it."""

from simulator.scenario.scenario import load_scenario
from simulator.scenario.site_notes import site_notes
from tests.support.places import DEFAULT_SCENARIO


def test_a_second_site_says_its_rate_opening_and_ramp() -> None:
    scenario = load_scenario(DEFAULT_SCENARIO)
    first, published = site_notes(scenario, scenario.with_changes({"arrivals.sites": 2}))
    assert "site 2 is assumed to refer 2.4 patients a month at full rate as the first site" in first
    assert "to open in month 3 to 9 and to reach full rate in 3 months from 0.3 of it" in first
    assert "a third" in published


def test_a_second_site_with_numbers_of_its_own_says_those() -> None:
    scenario = load_scenario(DEFAULT_SCENARIO)
    other = {
        "arrivals.sites": 2,
        "arrivals.referrals_per_site_month": [2.4, 0.8],
        "arrivals.sites_open_months": [0, 5],
    }
    first, _ = site_notes(scenario, scenario.with_changes(other))
    assert "0.8 patients a month at full rate, times" in first
    assert "to open in month 5" in first
    assert site_notes(scenario, scenario.with_changes({"arrivals.ramp_months": 2})) == ()


def test_one_patient_a_month_and_a_site_without_a_ramp_are_said_as_such() -> None:
    scenario = load_scenario(DEFAULT_SCENARIO)
    other = {
        "arrivals.sites": 2,
        "arrivals.referrals_per_site_month": [2.4, 1],
        "arrivals.ramp_months": [3, 0],
    }
    first, _ = site_notes(scenario, scenario.with_changes(other))
    assert "to refer 1 patient a month at full rate" in first
    assert first.endswith("to open in month 3 to 9 and to refer at full rate at once")
