"""What is needed if patients who are replaced counted as without a DLT: said next to what is needed."""

import math
from pathlib import Path
from typing import Any

import pytest

from simulator.runs.run_folder import is_finished
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.compare import compare
from simulator.studies.either_reading import SAID
from tests.support.places import DEFAULT_SCENARIO

DESIGNS = ["3+3", "boin", "tite-boin"]
REPLICATES = 60


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Ask for so little that a number is needed by few trials too."""
    question = {"question.pcs_mean": 0.3, "question.pcs_each": 0.1, "question.overdose_each": 0.9}
    return load_scenario(DEFAULT_SCENARIO).with_changes(question)


def needed(scenario: Scenario, design: str) -> str:
    found = compare(scenario, [design], replicates=REPLICATES).needed_n.query(
        "measure == 'infused' and statistic == 'needed'"
    )
    value = found["value"].iloc[0]
    return "> 50" if math.isnan(value) else f"{value:.0f}"


def said_of(scenario: Scenario, both: bool | None) -> str:
    found = compare(scenario, DESIGNS, replicates=REPLICATES, both_readings=both)
    return "".join(one for one in found.warnings if one.startswith(SAID))


def test_both_numbers_are_those_of_a_comparison_by_either_reading(scenario: Scenario) -> None:
    counted = scenario.with_changes({"trial.not_evaluable": "no_dlt"})
    said = said_of(scenario, True)
    for design in DESIGNS:
        assert f"{design} {needed(counted, design)} (replaced {needed(scenario, design)})" in said


def test_by_default_it_is_said_of_designs_that_wait_where_compiled_code_runs_them(scenario: Scenario) -> None:
    pytest.importorskip("numba")
    said = said_of(scenario, None)
    assert "3+3 " in said
    assert "tite-boin" not in said
    for both, engine in ((None, "simpy"), (False, "auto")):
        found = compare(scenario, ["3+3"], replicates=4, both_readings=both, engine=engine)
        assert not any(one.startswith(SAID) for one in found.warnings)


def test_nothing_is_said_where_nobody_is_replaced(scenario: Scenario) -> None:
    assert said_of(scenario.with_changes({"trial.not_evaluable": "dlt"}), True) == ""


def test_a_finished_run_says_it_again_without_running(scenario: Scenario, tmp_path: Path) -> None:
    how: dict[str, Any] = {
        "replicates": 4,
        "truths": ["M2"],
        "both_readings": True,
        "out": tmp_path / "run",
    }
    first = compare(scenario, ["boin"], **how)
    assert is_finished(tmp_path / "run")
    assert compare(scenario, ["boin"], **how).warnings == first.warnings
    assert any(one.startswith(SAID) for one in first.warnings)
