"""How an assumption is moved: by its own range, or half to twice; laws, curves and shares that add up as one."""

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.moves import Move, moves, with_mix
from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario
from tests.support.places import DEFAULT_SCENARIO


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Return the default scenario with numbers of this test's own."""
    return load_scenario(DEFAULT_SCENARIO).with_changes(
        {
            "outcomes.new_therapy": 0.05,
            "outcomes.aplasia_day28": [0.20, 0.35, 0.50, 0.65],
            "dosing.recheck_go": 0.86,
            "dosing.recheck_delay": 0.10,
            "dosing.recheck_drop": 0.04,
        }
    )


@pytest.fixture(scope="module")
def by_path(scenario: Scenario) -> dict[str, Move]:
    return {one.path: one for one in moves(scenario)[0]}


def test_a_share_without_a_range_moves_by_its_odds(by_path: dict[str, Move]) -> None:
    one = by_path["outcomes.new_therapy"]
    assert (one.low, one.high) == pytest.approx((0.025641, 0.095238), abs=1e-6)
    assert not one.is_stated


def test_the_days_of_a_law_move_together_and_keep_their_order(
    scenario: Scenario, by_path: dict[str, Move]
) -> None:
    one = by_path["product.manufacture"]
    assert one.at_high == {
        "product.manufacture.low_days": 14,
        "product.manufacture.mode_days": 20,
        "product.manufacture.high_days": 28,
    }
    assert scenario.with_changes(one.at_low).product.manufacture.high_days == 7


def test_a_curve_moves_as_one_by_the_odds_of_its_entries(by_path: dict[str, Move]) -> None:
    assert by_path["outcomes.aplasia_day28"].at_high == {
        "outcomes.aplasia_day28": [0.333333, 0.518519, 0.666667, 0.787879]
    }


def test_shares_that_add_up_to_1_are_rescaled(scenario: Scenario, by_path: dict[str, Move]) -> None:
    for path in ("dosing.recheck_drop", "population.ecog.ecog_3", "population.status.extramedullary_only"):
        for changes in (by_path[path].at_low, by_path[path].at_high):
            assert len(changes) > 1
            scenario.with_changes(changes)
    dosing = scenario.with_changes(with_mix(scenario, "dosing.recheck_drop", 0.2)).dosing
    assert dosing.recheck_go / dosing.recheck_delay == pytest.approx(8.6)


def test_the_reading_of_who_is_not_evaluable_is_moved_as_numbers_are(by_path: dict[str, Move]) -> None:
    one = by_path["trial.not_evaluable"]
    assert one.ends == "dlt to no_dlt"
    assert one.at_low == {"trial.not_evaluable": "dlt"}


def test_rules_thresholds_and_truths_stay_and_are_named(scenario: Scenario) -> None:
    _, why = moves(scenario)
    assert why["trial.enrolment_max"] == "a rule of the trial"
    assert "protocol" in why["eligibility.qtc_limit_ms"]
    assert "truth" in why["truths.M1.p_dlt"]
    assert "state low and high" in why["outcomes.late_toxicity_share"]


def test_a_curve_with_low_and_high_goes_to_both_in_every_entry() -> None:
    listed, left_out = moves(load_scenario(DEFAULT_SCENARIO))
    one = next(one for one in listed if one.path == "outcomes.aplasia_day28")
    assert (one.low, one.high, one.is_stated, one.ends) == (0.44, 1, True, "every entry 0.44 to 1")
    assert one.at_low == {"outcomes.aplasia_day28": [0.44] * 4}
    assert one.at_high == {"outcomes.aplasia_day28": [1] * 4}
    assert not any(reason.startswith(("screening", "product", "outcomes")) for reason in left_out.values())


def test_an_entry_outside_the_low_and_high_of_its_curve_is_a_fault() -> None:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    wrong = text.replace("aplasia_day28: {value: [0.90,", "aplasia_day28: {value: [0.40,")
    with pytest.raises(ScenarioError, match=r"outcomes.aplasia_day28: value 0.4 is below its own low 0.44"):
        parse_scenario(wrong)


def test_every_move_of_the_default_scenario_gives_a_valid_scenario() -> None:
    scenario = load_scenario(DEFAULT_SCENARIO)
    for one in moves(scenario)[0]:
        for changes in (one.at_low, one.at_high):
            scenario.with_changes(changes)
