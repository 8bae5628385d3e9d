"""Everything that may be changed, ranked by the months it gains; few levers that bring the trial inside a limit."""

from dataclasses import replace

import pytest

import simulator
from simulator.analysis.lever_tables import LeverTables
from simulator.analysis.relaxation_tables import Inside
from simulator.errors import ScenarioError
from simulator.report.text.levers import render
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.scenario.window_notes import UNCHANGED_IN_WINDOW, WINDOW
from simulator.studies.what_if import what_if
from tests.support.places import DEFAULT_SCENARIO

OPTIONS = {"design": "boin", "truths": ["M2"], "replicates": 30}
LIMIT = 40


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(DEFAULT_SCENARIO)


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> LeverTables:
    return simulator.levers(scenario, LIMIT, **OPTIONS)


def test_levers_of_the_trial_and_relaxations_are_ranked_together(found: LeverTables) -> None:
    settings = {one.lever.setting for one in found.pulled}
    assert {
        "arrivals.sites",
        "arrivals.referrals_per_site_month",
        "trial.stagger_other_days",
        "trial.slots_ahead",
        "product.manufacture",
        "product.manufacturing_slots",
        "screening.screening",
        "eligibility.lvef_percent",
    } <= settings
    assert "trial.stagger_first_days" not in settings  # 14 days, the least on record
    months = [one.months.value for one in found.pulled]
    assert months == sorted(months)
    assert all((one.gained > 0) <= one.lever.is_relaxation for one in found.pulled)


def test_a_lever_alone_is_the_what_if_of_its_change(scenario: Scenario, found: LeverTables) -> None:
    first = found.pulled[0]
    direct = what_if(scenario, first.lever.changes, designs=["boin"], truths=["M2"], replicates=30)
    assert direct.variants[0].found["boin", "M2", "months_to_recommendation"].value == first.months.value


def test_the_answer_is_inside_and_none_of_its_levers_can_be_left_out(found: LeverTables) -> None:
    assert found.answer is not None
    assert found.answer.said is Inside.INSIDE
    assert found.answer.high <= LIMIT
    names = {one.name for one in found.answer.levers}
    fewer = [one for one in found.tried if {lever.name for lever in one.levers} < names]
    assert fewer
    assert all(one.said is not Inside.INSIDE for one in fewer)


def test_the_search_starts_from_the_scenario_given(scenario: Scenario) -> None:
    three = scenario.with_changes({"arrivals.sites": 3, "arrivals.referrals_per_site_month": 6})
    found = simulator.levers(three, 60, **OPTIONS)
    assert found.answer is not None
    assert found.answer.levers == ()


def test_the_text_keeps_80_columns_and_names_what_was_gained(found: LeverTables) -> None:
    text = render(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "\narrivals.referrals_per_site_month=6 " in text
    assert "per 100 referred" in " ".join(text.split())


def test_the_text_says_why_the_search_for_relaxations_may_judge_a_set_otherwise(found: LeverTables) -> None:
    text = " ".join(render(found).split())
    assert "(95 %, Bonferroni); those of the search for the smallest relaxation hold together for" in text


def test_a_shorter_window_is_a_lever_whose_risk_is_said_to_stay(found: LeverTables) -> None:
    assert UNCHANGED_IN_WINDOW in " ".join(render(found).split())
    others = tuple(one for one in found.pulled if one.lever.setting != WINDOW)
    assert UNCHANGED_IN_WINDOW not in " ".join(render(replace(found, pulled=others)).split())


def test_a_limit_that_is_none_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match="below the calendar limit"):
        simulator.levers(scenario, 200, **OPTIONS)
