"""The readings of the protocol from a whole scenario, and from a file with that section alone."""

import pytest

from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import ScenarioError
from simulator.scenario.eligibility_file import load_eligibility
from simulator.scenario.scenario import load_scenario
from simulator.scenario.templates import template_text
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO


def test_section_alone_is_read_as_in_a_scenario(tmp_path):
    path = tmp_path / "readings.yaml"
    path.write_text("eligibility:\n  ecog_max: 1\n", encoding="utf-8")
    assert load_eligibility(path) == EligibilityReadings(ecog_max=1)
    (tmp_path / "list.csv").write_text("id,ecog\nP1,2\n", encoding="utf-8")
    code, said, _ = run(["screen", str(tmp_path / "list.csv"), "--scenario", str(path)])
    assert code == 0
    assert "1 screen failure" in " ".join(said.split())
    assert "not the default: ecog_max 1" in " ".join(said.split())


def test_whole_scenario_is_read_still():
    assert load_eligibility(DEFAULT_SCENARIO) == load_scenario(DEFAULT_SCENARIO).eligibility


def test_every_fault_of_the_section_has_its_place(tmp_path):
    path = tmp_path / "readings.yaml"
    path.write_text("eligibility:\n  ecog_maxx: 1\n  lvef_percent: high\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load_eligibility(path)
    first, second = str(error.value).splitlines()
    assert first.startswith(f"{path}:2:3: eligibility.ecog_maxx: unknown key")
    assert second.startswith(f"{path}:3:17: eligibility.lvef_percent: must be a number")


def test_file_with_another_section_too_must_be_a_whole_scenario(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("eligibility: {}\ntrial: {}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="required"):
        load_eligibility(path)


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("eligibility: none\n", "has none (eligibility: none)"),
        (
            "eligibility:\n  - {name: adult, field: age, comparison: above, limit: 18, law: {probability: 1}}\n",
            "has criteria of its own; `simulator attrition` shows what they cost",
        ),
        (template_text("minimal"), "has none (eligibility: none)"),
        (template_text("car-t"), "has criteria of its own; `simulator attrition` shows what they cost"),
    ],
)
def test_screen_says_that_it_applies_the_criteria_of_the_trial_alone(text, has, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "list.csv").write_text("id,ecog\nP1,2\n", encoding="utf-8")
    code, _, said = run(["screen", str(tmp_path / "list.csv"), "--scenario", str(path)])
    assert code == 2
    assert said == f"screen: is about the criteria and patients of NCT07144020; the scenario {has}\n"
