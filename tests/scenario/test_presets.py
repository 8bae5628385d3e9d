"""Presets are read with the scenario: each must validate by itself, and every fault has its place."""

import numpy as np
import pytest
from scipy.special import expit, logit

from simulator.designs.titrated import Titrated
from simulator.errors import ScenarioError
from simulator.scenario.scenario import load_scenario, parse_scenario
from tests.support.places import DEFAULT_SCENARIO

SMALL = (
    "about: {title: Small}\n"
    "truths:\n"
    "  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}\n"
    "designs: [{name: boin, design: boin}]\n"
)


def faults(presets):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(SMALL + presets, "f.yaml")
    return list(caught.value.faults)


def test_the_default_file_has_the_presets_a_planner_asks_for(scenario):
    presets = scenario.presets.changes
    assert presets["second site"] == {"arrivals.sites": 2}
    assert [presets[f"CD117 {percent} %"] for percent in (20, 50, 80)] == [
        {"eligibility.cd117_percent": percent} for percent in (20, 50, 80)
    ]
    assert presets["QTc 450/470"] == {
        "eligibility.qtc_rule": "by_sex",
        "eligibility.qtc_limit_male_ms": 450,
        "eligibility.qtc_limit_female_ms": 470,
    }
    assert {
        "laboratory limits absolute alone",
        "QTc 480",
        "day-42 haematological DLT",
        "donor workup after screening",
        "one backup leukapheresis per cohort",
        "cohort of 1 at level 1",
    } < presets.keys()
    assert presets["one backup leukapheresis per cohort"] == {"product.backup_leukaphereses_per_cohort": 1}


def test_the_preset_with_a_cohort_of_1_at_level_1_changes_every_design_of_the_file_so(scenario):
    changed = scenario.with_changes(scenario.presets.changes["cohort of 1 at level 1"])
    for choice in scenario.designs:
        assert changed.design(choice.name) == Titrated(choice.rule, 1)


def named(inside):
    """Return a list of named entries by their names."""
    return {entry["name"]: entry for entry in inside} if isinstance(inside, list) else inside


def test_every_preset_of_the_default_file_gives_a_valid_scenario_with_its_values(scenario):
    for changes in scenario.presets.changes.values():
        data = scenario.with_changes(changes).to_data()
        for path, value in changes.items():
            found = data
            for key in path.split("."):
                found = named(found)[key]
            assert found == value


def test_a_scenario_without_presets_has_none():
    assert parse_scenario(SMALL).presets.changes == {}


def test_presets_survive_writing_and_reading(scenario):
    assert parse_scenario(scenario.to_yaml()).presets == scenario.presets


@pytest.mark.parametrize(
    ("presets", "expected"),
    [
        (
            "presets:\n  two:\n    - arrivals.sites: 200\n",
            "f.yaml:7:23: presets.two.1.arrivals.sites: must be an integer between 1 and 20, got 200",
        ),
        (
            "presets:\n  two:\n    - arrivals.site: 2\n",
            "f.yaml:7:7: presets.two.1.arrivals.site: unknown path; did you mean 'arrivals.sites'?",
        ),
        (
            "presets:\n  two:\n    - arrivals.sites: 2\n      arrivals.ramp_months: 1\n",
            "f.yaml:7:7: presets.two.1: a change must be one path with its value, got a mapping of 2",
        ),
        (
            "presets:\n  two:\n    - arrivals.sites: 2\n    - arrivals.sites: 3\n",
            "f.yaml:8:7: presets.two.2.arrivals.sites: given twice in this preset",
        ),
        ("presets:\n  two: []\n", "f.yaml:6:8: presets.two: must be a list of 1 to 40 changes, got 0"),
        (
            "presets:\n  'two: x': [arrivals.sites: 2]\n",
            "f.yaml:6:3: presets.two: x: a preset's name must be 1 to 60 letters, digits, spaces and .%/+_-, "
            "got 'two: x'",
        ),
        (
            "presets:\n  two:\n    - run.seed: 2\n",
            "f.yaml:7:7: presets.two.1.run.seed: is the same for the base and every variant; not part of a preset",
        ),
        ("presets:\n  two: 3\n", "f.yaml:6:8: presets.two: must be a list, got 3"),
        (
            "presets:\n  two: [arrivals.sites]\n",
            "f.yaml:6:9: presets.two.1: must be a mapping (key: value), got 'arrivals.sites'",
        ),
    ],
)
def test_a_wrong_preset_is_one_fault_at_its_place(presets, expected):
    assert faults(presets) == [expected]


def test_changes_that_fit_only_together_are_judged_together():
    text = (
        "presets:\n"
        "  two levels:\n"
        "    - trial.dose_levels: [1, 2]\n"
        "    - truths.A.p_dlt: [0.1, 0.3]\n"
        "    - truths.A.p_response: [0.1, 0.3]\n"
        "    - outcomes.aplasia_day28: [0.1, 0.2]\n"
        "    - outcomes.aplasia_day42: [0.1, 0.2]\n"
    )
    scenario = parse_scenario(SMALL + text)
    assert scenario.with_changes(scenario.presets.changes["two levels"]).trial.dose_levels == (1, 2)
    assert faults("\n".join(text.splitlines()[:-1]) + "\n") == [
        "f.yaml:6:3: presets.two levels: outcomes.aplasia_day42: must have 2 entries, one for each of "
        "trial.dose_levels, got 4"
    ]


def test_faults_of_several_presets_come_at_once():
    found = faults("presets:\n  a: [arrivals.sites: 0]\n  b: [eligibility.ecog_max: 4]\n")
    assert [line.split(":")[1] for line in found] == ["6", "7"]


def test_level_at_003_is_below_the_first_and_designs_start_above_it():
    scenario = load_scenario(DEFAULT_SCENARIO)
    lower = scenario.with_changes(scenario.presets.changes["level at 0.03"])
    assert lower.trial.dose_levels == (0.03, *scenario.trial.dose_levels)
    for before, after in zip(scenario.truths, lower.truths, strict=True):
        assert after.p_dlt[1:] == before.p_dlt
        assert after.p_response[1:] == before.p_response
        # Log odds over log dose continue from the first two levels, to the second decimal.
        for (low, *_), (first, second, *_) in (
            (after.p_dlt, before.p_dlt),
            (after.p_response, before.p_response),
        ):
            slope = (logit(second) - logit(first)) / np.log(0.5 / 0.2)
            assert abs(low - expit(logit(first) - slope * np.log(0.2 / 0.03))) < 0.011
    assert {lower.design(one.name).start_dose for one in lower.designs} == {2}
