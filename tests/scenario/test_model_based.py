"""CRM and BLRM in a scenario: what the trial fills in, and what is refused."""

import pytest

from simulator.designs import BLRM, CRM
from simulator.errors import ScenarioError
from simulator.scenario.scenario import parse_scenario

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
