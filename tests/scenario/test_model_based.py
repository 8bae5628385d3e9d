"""CRM and BLRM in a scenario: what the trial fills in, and what is refused."""

import pytest

from simulator.designs import BLRM, CRM
from simulator.designs.level_too_toxic import LevelTooToxic
from simulator.designs.stopped import Stopped
from simulator.errors import ScenarioError
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.scenario_warnings import scenario_warnings
from simulator.scenario.summary import summary
from simulator.studies.compare import compare

TEXT = """\
about: {title: Small}
trial:
  dose_levels: [0.2, 0.5, 1, 2]
  target: 0.3
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
designs:
  - name: crm
    design: crm
    skeleton: [0.1, 0.2, 0.3, 0.4]
  - name: blrm
    design: blrm
    reference_dose: 1
    prior_sd: [2, 1]
"""


def test_the_trial_fills_in_levels_target_and_doses() -> None:
    crm, blrm = (choice.rule for choice in parse_scenario(TEXT).designs)
    assert crm == CRM(n_doses=4, target=0.3, skeleton=(0.1, 0.2, 0.3, 0.4))
    assert blrm == BLRM(n_doses=4, doses=(0.2, 0.5, 1.0, 2.0), reference_dose=1, prior_sd=(2.0, 1.0))


def test_doses_of_the_trial_may_be_repeated_but_not_changed() -> None:
    same = TEXT + "    doses: [0.2, 0.5, 1, 2]\n"
    assert parse_scenario(same).designs[1].rule == parse_scenario(TEXT).designs[1].rule
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(TEXT + "    doses: [0.2, 0.5, 1, 3]\n", "f.yaml")
    assert list(caught.value.faults) == [
        "f.yaml:15:12: designs.blrm.doses: must be trial.dose_levels, 0.2, 0.5, 1, 2; leave it out"
    ]


def test_a_bad_option_is_named_at_its_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(
            TEXT.replace("[0.1, 0.2, 0.3, 0.4]\n  - name: blrm", "[0.1, 0.2, 0.2, 0.4]\n  - name: blrm")
        )
    (fault,) = caught.value.faults
    assert "10:15: designs.crm.skeleton: must be such that risks rise strictly between 0 and 1" in fault


FAR = """\
about: {title: Far}
trial: {dose_levels: [14, 35, 70, 140], target: 0.3}
truths:
  - {name: T, balanced: true, p_dlt: [0.05, 0.1, 0.3, 0.5], p_response: [0.3, 0.4, 0.5, 0.6]}
designs:
  - {name: far, design: blrm, max_n: 24, reference_dose: 1, stopping: [{rule: total_n, at_least: 18}]}
  - {name: near, design: blrm, max_n: 24}
  - {name: crm, design: crm, skeleton: [0.4, 0.5, 0.6, 0.7]}
"""


def test_a_prior_that_calls_level_1_too_toxic_is_a_warning_of_check_and_of_a_comparison() -> None:
    scenario = parse_scenario(FAR)
    far, crm = scenario_warnings(scenario)
    assert far.startswith("design far: before any data the prior calls level 1 too toxic")
    assert "reference_dose = 1" in far
    assert crm.startswith("design crm: before any data the prior calls level 1 too toxic")
    assert any(line.startswith("warning: design far: before any data") for line in summary(scenario))
    compared = compare(scenario, designs=["near"], replicates=1)
    assert not any("before any data" in warning for warning in compared.warnings)
    compared = compare(scenario, designs=["far"], replicates=1)
    assert [warning for warning in compared.warnings if "before any data" in warning] == [far]


def test_any_level_can_be_closed_by_its_data_or_by_the_model_in_a_scenario() -> None:
    rule = ", stopping: [{rule: level_too_toxic, by: model, cutoff: 0.9}]"
    design = parse_scenario(FAR.replace("0.7]}\n", "0.7]" + rule + "}\n")).design("crm")
    assert isinstance(design, Stopped)
    assert design.rules == (LevelTooToxic(0.3, cutoff=0.9, by="model"),)
    boin = FAR + "  - {name: boin, design: boin" + rule + "}\n"
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(boin, "f.yaml")
    (fault,) = caught.value.faults
    assert fault.startswith("f.yaml:9:")
    assert (
        "designs.boin.stopping: level_too_toxic: by = 'model': must be 'level' for boin, which has no model"
        in fault
    )


def test_a_comparison_says_up_to_where_a_design_is_exact() -> None:
    text = FAR.replace("max_n: 24}", "max_n: 30, cohort_size: 1}")
    compared = compare(parse_scenario(text), designs=["near", "crm"], replicates=1)
    assert compared.exact_needed.keys() == {"crm"}
    assert [warning for warning in compared.warnings if "exact up to" in warning] == [
        "near: exact up to 17 patients, beyond it not: none for its size of 30 and what it needs up to 50"
    ]
