"""Once a tornado is kept, the first screen names the assumptions that move patients and months most."""

from pathlib import Path

import pytest

import simulator
from simulator.errors import ScenarioError, StoreError
from simulator.report.text.first_screen import first_screen
from simulator.scenario.scenario import parse_scenario
from simulator.studies.either_reading import SAID

SMALL = """
about: {title: Small}
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: boin, design: boin}]
"""


@pytest.fixture(scope="module")
def tornado(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tornado") / "kept"
    simulator.sensitivity(parse_scenario(SMALL), "pcs", replicates=20).save(folder)
    return folder


def test_the_first_screen_names_three_assumptions_for_patients_and_three_for_months(tornado: Path) -> None:
    comparison = simulator.compare(parse_scenario(SMALL), replicates=20, tornado=tornado)
    said = [warning for warning in comparison.warnings if warning.startswith("The assumptions that move")]
    assert [line.split(" most")[0].split("move ")[1] for line in said] == ["infused", "months"]
    assert all(line.count(";") <= 3 for line in said)
    assert "arrivals.referrals_per_site_month, 1.2 to 4.8 referrals/site/month *" in said[1]
    assert "The assumptions that move months most" in first_screen(comparison, 100)


def test_without_a_tornado_nothing_is_said_of_one() -> None:
    comparison = simulator.compare(parse_scenario(SMALL), replicates=20)
    assert "assumptions that move" not in first_screen(comparison, 100)


def test_the_tornado_of_another_scenario_is_refused(tornado: Path) -> None:
    other = parse_scenario(SMALL).with_changes({"arrivals.sites": 2})
    with pytest.raises(ScenarioError, match="of another scenario; make it again"):
        simulator.compare(other, replicates=20, tornado=tornado)


def test_a_folder_without_a_tornado_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--sensitivity months_to_recommendation --out"):
        simulator.compare(parse_scenario(SMALL), replicates=20, tornado=tmp_path)


def test_what_is_needed_by_either_reading_of_who_is_not_evaluable_stands_together() -> None:
    comparison = simulator.compare(parse_scenario(SMALL), replicates=20, both_readings=True)
    counted = parse_scenario(SMALL).with_changes({"trial.not_evaluable": "no_dlt"})
    [said] = [warning for warning in comparison.warnings if warning.startswith(SAID)]
    assert "replaced" in said
    assert not [
        warning
        for warning in simulator.compare(counted, replicates=20, both_readings=True).warnings
        if warning.startswith(SAID)
    ]
