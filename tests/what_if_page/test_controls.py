"""A control that is not moved changes nothing, and one that is moved changes the scenario and nothing else."""

import pytest

from simulator.fields import FIELDS
from simulator.scenario.scenario import Scenario
from simulator.what_if_page.controls import CONTROLS, base_values, changes_of
from simulator.what_if_page.exact_numbers import ExactNumbers, exact_numbers
from simulator.what_if_page.readings_offered import NEEDED_FIELD, criteria_offered, readings_of

NAMES = [control.name for control in CONTROLS]


def test_a_page_as_it_opens_changes_nothing(scenario: Scenario) -> None:
    for choice in scenario.designs:
        shown = dict.fromkeys(NAMES, 1.0) | base_values(scenario, choice.name)
        assert changes_of(scenario, choice.name, shown) == {}


def test_a_design_has_only_its_own_settings(scenario: Scenario) -> None:
    assert set(NAMES) - set(base_values(scenario, "3+3")) == {"cohort_size", "max_n"}
    assert set(base_values(scenario, "boin")) == set(NAMES)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_a_moved_control_changes_its_number_alone(scenario: Scenario, control) -> None:
    shown = base_values(scenario, "boin")
    shown[control.name] += control.step
    changes = changes_of(scenario, "boin", shown)
    path = control.path_of("boin")
    [(at, value)] = changes.items()
    assert at == path
    changed = scenario.with_changes(changes)
    assert base_values(changed, "boin") == shown
    before, after = scenario.to_data(), changed.to_data()
    if path.startswith("designs."):
        [entry] = [one for one in after["designs"] if one["name"] == "boin"]
        [old] = [one for one in before["designs"] if one["name"] == "boin"]
        old[control.name] = value
        assert entry == old
    else:
        section, key = path.split(".")
        before[section][key] = value
    assert after == before


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_only_the_controls_marked_so_move_the_exact_numbers(scenario: Scenario, control) -> None:
    shown = base_values(scenario, "boin")
    shown[control.name] += 3 * control.step
    changed = scenario.with_changes(changes_of(scenario, "boin", shown))
    before, after = (exact_numbers(one, "boin", "S3") for one in (scenario, changed))
    assert (before == after) is (not control.moves_exact)


def test_binary_steps_of_a_slider_are_read_as_the_number_meant(scenario: Scenario) -> None:
    by_name = {control.name: control for control in CONTROLS}
    assert by_name["max_n"].meant(24.000000000000004) == 24
    assert isinstance(by_name["max_n"].meant(24.000000000000004), int)
    assert by_name["target"].meant(28.999999999999996) == 0.29
    assert by_name["failure"].meant(7.000000000000001) == 0.07
    assert by_name["failure"].shown(0.07) == 7
    shown = base_values(scenario, "boin") | {"lvef_percent": 50.00000000000001}
    assert changes_of(scenario, "boin", shown) == {}


def test_rates_of_several_sites_have_no_slider(scenario: Scenario) -> None:
    changed = scenario.with_changes({"arrivals.sites": 2, "arrivals.referrals_per_site_month": [2.4, 0.8]})
    assert "referrals" not in base_values(changed, "boin")


def test_readings_that_synthetic_patients_cannot_answer_are_not_offered(scenario: Scenario) -> None:
    assert all(not FIELDS[name].drawn for name in NEEDED_FIELD.values())
    offered = {
        (reading.setting, value)
        for _, criterion in criteria_offered(scenario)
        for reading in readings_of(scenario, criterion)
        for _, value in reading.choices
    }
    assert offered.isdisjoint(NEEDED_FIELD)
    for setting, value in offered:
        scenario.with_changes({f"eligibility.{setting}": value})


def test_the_ends_of_a_number_are_legal(scenario: Scenario) -> None:
    for _, criterion in criteria_offered(scenario):
        for reading in readings_of(scenario, criterion):
            for end in () if reading.choices else (reading.low, reading.high):
                scenario.with_changes({reading.path: end})


def test_the_exact_numbers_add_up(scenario: Scenario) -> None:
    found: ExactNumbers = exact_numbers(scenario, "boin", "S3")
    assert abs(sum(found.selection) - 1) < 1e-12
    assert found.pcs == found.selection[found.correct]
    assert abs(sum(found.patients) - found.evaluable) < 1e-9
    assert found.correct == 3
    assert abs(found.overdose_selection - found.selection[4]) < 1e-12
