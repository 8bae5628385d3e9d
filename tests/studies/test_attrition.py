"""The public verb attrition: the numbers of the engine, drawn and shown as the command does."""

import pytest
from matplotlib.axes import Axes

import simulator
from simulator.analysis.attrition import attrition as screened
from simulator.errors import ScenarioError
from simulator.scenario.scenario import load_scenario, parse_scenario
from simulator.scenario.templates import template_text
from tests.support.places import ROOT


def test_it_is_what_the_engine_finds_by_the_seed_of_the_scenario() -> None:
    scenario = load_scenario(ROOT / "scenarios/nct07144020.yaml")
    found = simulator.attrition(scenario, 2000)
    expected = screened(scenario.population, scenario.eligibility, scenario.run.seed, 2000)
    assert found.criteria.equals(expected.criteria)
    assert (found.referred, found.screened, found.eligible) == (
        expected.referred,
        expected.screened,
        expected.eligible,
    )
    assert not found.criteria.equals(simulator.attrition(scenario, 2000, seed=2).criteria)
    assert "What each criterion costs" in repr(found)
    assert isinstance(found.plot(), Axes)


def test_a_scenario_without_criteria_has_none_to_cost_anything() -> None:
    text = template_text("minimal")
    scenario = parse_scenario(text)
    if scenario.parts.absent:
        with pytest.raises(ScenarioError, match="attrition: the scenario has no criteria"):
            simulator.attrition(scenario, 100)
