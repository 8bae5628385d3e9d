"""The default scenario: what it holds, where its numbers come from, and what changing it does."""

import pickle

import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import ScenarioError
from simulator.outcomes.outcomes import OutcomeParameters
from simulator.population.arrivals import ArrivalParameters
from simulator.population.patients import PopulationParameters
from simulator.scenario.provenance import CHANGED, DEFAULT, KNOWN, NOT_STATED
from simulator.scenario.question import Question
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.sections import EMPIRICAL
from simulator.trial.dosing import DosingParameters
from simulator.trial.product import ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.screening import ScreeningParameters
from tests.support.places import DEFAULT_SCENARIO

ASSUMED = {"assumption", "expert assumption", "from memory"}

SMALL = """\
about: {title: Small}
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
designs:
  - {name: boin, design: boin}
"""


def numeric_leaves(data, path=""):
    """Yield the dotted path of every number, written apart from the code under test."""
    if isinstance(data, dict):
        for key, below in data.items():
            yield from numeric_leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        for i, below in enumerate(data):
            name = below["name"] if isinstance(below, dict) and "name" in below else str(i + 1)
            yield from numeric_leaves(below, f"{path}.{name}")
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield path


@pytest.mark.parametrize(
    ("section", "documented"),
    [
        ("trial", TrialRules()),
        ("population", PopulationParameters()),
        ("eligibility", EligibilityReadings()),
        ("arrivals", ArrivalParameters()),
        ("screening", ScreeningParameters()),
        ("product", ProductParameters()),
        ("dosing", DosingParameters()),
        ("outcomes", OutcomeParameters()),
        ("question", Question(late_truths=("S2",))),
    ],
)
def test_default_file_says_the_documented_defaults(scenario, section, documented):
    assert getattr(scenario, section) == documented


def test_default_file_leaves_no_setting_unsaid(scenario):
    """Every key of every section is in the file, so that nothing is assumed in silence."""
    from simulator.parsing.yaml_nodes import read_nodes
    from simulator.scenario.provenance import separate_sources

    top, faults = read_nodes(DEFAULT_SCENARIO.read_text(encoding="utf-8"))
    assert top is not None
    assert faults == []
    given = separate_sources(top).data
    sections = [name for name in scenario.to_data() if name not in ("truths", "designs")]
    said = {name: sorted(keys_below(given[name])) for name in sections}
    wanted = {name: sorted(keys_below(scenario.to_data()[name], given[name])) for name in sections}
    assert said == wanted


def keys_below(data, given=None):
    """Yield the dotted keys of a mapping; a null that the file leaves out is no setting of a law."""
    for key, below in data.items():
        missing = given is not None and key not in given
        if missing and below is None:
            continue
        yield key
        if isinstance(below, dict):
            inner = None if given is None or missing else given[key]
            yield from (f"{key}.{step}" for step in keys_below(below, inner))


def test_balanced_set_is_m0_to_m4(scenario):
    curves = {truth.name: truth.p_dlt for truth in scenario.question_truths}
    assert curves == {
        "M0": (0.50, 0.60, 0.70, 0.80),
        "M1": (0.30, 0.45, 0.58, 0.70),
        "M2": (0.15, 0.30, 0.45, 0.60),
        "M3": (0.08, 0.16, 0.30, 0.45),
        "M4": (0.04, 0.08, 0.16, 0.30),
    }
    assert {truth.p_response for truth in scenario.question_truths} == {(0.25, 0.45, 0.60, 0.68)}


def test_clinical_stories_have_their_documented_curves(scenario):
    stories = {t.name: (t.p_dlt, t.p_response) for t in scenario.truths if not t.balanced}
    assert stories == {
        "S1": ((0.03, 0.05, 0.08, 0.12), (0.20, 0.35, 0.50, 0.60)),
        "S2": ((0.05, 0.10, 0.18, 0.28), (0.25, 0.45, 0.60, 0.68)),
        "S3": ((0.08, 0.18, 0.35, 0.55), (0.30, 0.50, 0.62, 0.68)),
        "S4": ((0.05, 0.08, 0.12, 0.20), (0.35, 0.58, 0.60, 0.60)),
        "S5": ((0.04, 0.07, 0.12, 0.18), (0.25, 0.45, 0.60, 0.68)),
        "S6": ((0.35, 0.45, 0.55, 0.65), (0.40, 0.55, 0.65, 0.70)),
    }


def test_designs_take_ladder_and_target_from_the_trial(scenario):
    assert scenario.design("3+3") == ThreePlusThree(n_doses=4, de_escalation=True, confirm_six=True)
    assert scenario.design("boin") == BOIN(n_doses=4, target=0.30, max_n=30)
    assert scenario.design("boin-stop12") == BOIN(n_doses=4, target=0.30, max_n=30, stop_n_at_dose=12)


def test_unknown_design_or_truth_suggests_the_known_one(scenario):
    with pytest.raises(ScenarioError, match="did you mean 'boin'"):
        scenario.design("bion")
    with pytest.raises(ScenarioError, match="did you mean 'S2'"):
        scenario.truth("S22")


def test_every_empirical_number_of_the_default_file_has_a_source_or_is_called_an_assumption(scenario):
    data = scenario.to_data()
    paths = [path for name in EMPIRICAL for path in numeric_leaves({name: data[name]})]
    assert len(paths) > 300
    for path in paths:
        known = scenario.provenance.get(path) or scenario.provenance[path.rpartition(".")[0]]
        assert known.known in KNOWN, path
        assert known.known in ASSUMED or known.source, path


def test_borrowed_ladder_says_that_it_is_borrowed(scenario):
    ladder = scenario.provenance["trial.dose_levels"]
    assert (ladder.value, ladder.known, ladder.unit) == (
        (0.2, 0.5, 1.0, 2.0),
        "expert assumption",
        "1e6 CAR+ cells/kg",
    )
    assert "NCT06917105" in ladder.note


def test_provenance_carries_the_documented_range(scenario):
    age = scenario.provenance["population.age.mean_years"]
    assert (age.value, age.low, age.high, age.unit) == (50, 44, 65, "years")


def test_block_statement_reaches_its_numbers_and_an_inner_one_adds_to_it(scenario):
    correlation = scenario.provenance["population.correlations.age~ecog"]
    assert (correlation.value, correlation.known) == (0.10, "expert assumption")
    assert correlation.note == "AMLSG, Spearman: 0.10"
    workup = scenario.provenance["screening.prior_donor.log_sd"]
    assert (workup.known, workup.source) == ("assumption", "")


def test_left_out_number_is_reported_as_default_and_a_bare_one_as_not_stated():
    scenario = parse_scenario(SMALL + "arrivals: {sites: 2}\n")
    assert scenario.provenance["arrivals.sites"].known == NOT_STATED
    assert scenario.provenance["arrivals.ramp_months"].known == DEFAULT


def test_written_scenario_reads_back_with_the_same_numbers_and_sources(scenario):
    again = parse_scenario(scenario.to_yaml())
    assert again == scenario
    assert again.provenance == scenario.provenance
    assert again.to_yaml() == scenario.to_yaml()


def test_written_scenario_keeps_strange_text_and_small_numbers():
    changes = {
        "about.note": 'a "quoted" \\ note: {x}, #1\n\ttab \x85 \u2028 \x07 é 中 😀',
        "truths.A.p_dlt": [1e-7, 1 / 3, 0.5, 0.9999999999999999],
        "arrivals.closures": [{"from_month": 1.5, "to_month": 2}],
        "designs.boin.p_saf": 0.1,
        "arrivals.site_effect_shape": None,
    }
    scenario = parse_scenario(SMALL).with_changes(changes)
    assert parse_scenario(scenario.to_yaml()) == scenario


def test_curve_whose_levels_have_different_sources_keeps_them():
    text = SMALL.replace(
        "p_dlt: [0.1, 0.2", "p_dlt: [{value: 0.1, known: looked up, source: S, low: 0.05, high: 0.2}, 0.2"
    )
    scenario = parse_scenario(text)
    assert scenario.provenance["truths.A.p_dlt.1"].source == "S"
    assert scenario.provenance["truths.A.p_dlt.2"].known == NOT_STATED
    assert "truths.A.p_dlt" not in scenario.provenance
    again = parse_scenario(scenario.to_yaml())
    assert again.provenance["truths.A.p_dlt.1"] == scenario.provenance["truths.A.p_dlt.1"]


def test_changes_reach_named_entries_single_levels_and_new_options(scenario):
    changed = scenario.with_changes(
        {
            "eligibility.lvef_percent": 45,
            "arrivals.sites": 2,
            "truths.M1.p_dlt.3": 0.5,
            "designs.boin.max_n": 24,
            "designs.boin.titration": True,
            "population.correlations.alt~lvef": 0.05,
        }
    )
    assert changed.eligibility.lvef_percent == 45
    assert changed.arrivals.sites == 2
    assert changed.truth("M1").p_dlt == (0.30, 0.45, 0.5, 0.70)
    assert changed.design("boin") == BOIN(n_doses=4, target=0.30, max_n=24, titration=True)
    assert changed.population.correlations["alt~lvef"] == 0.05


def test_changing_leaves_the_first_scenario_as_it_was(scenario):
    before = scenario.to_yaml()
    scenario.with_changes({"population.correlations.age~ecog": 0.2, "designs.boin.max_n": 24})
    assert scenario.to_yaml() == before
    assert scenario.population == PopulationParameters()


def test_changed_number_loses_its_source_and_every_other_number_keeps_it(scenario):
    changed = scenario.with_changes({"trial.dlt_window_days": 42, "population.infection.active": 0.22})
    window = changed.provenance["trial.dlt_window_days"]
    assert (window.value, window.known, window.source, window.low) == (42, CHANGED, "", None)
    others = {path: known for path, known in changed.provenance.items() if path != "trial.dlt_window_days"}
    assert others == {
        path: known for path, known in scenario.provenance.items() if path != "trial.dlt_window_days"
    }


def test_fifth_level_changes_ladder_curves_and_designs_together(scenario):
    longer = {
        f"truths.{truth.name}.{key}": [*getattr(truth, key), 0.9]
        for truth in scenario.truths
        for key in ("p_dlt", "p_response")
    }
    changed = scenario.with_changes(
        {
            "trial.dose_levels": [0.2, 0.5, 1, 2, 3],
            "outcomes.aplasia_day28": [0.20, 0.35, 0.50, 0.65, 0.70],
            "outcomes.aplasia_day42": [0.10, 0.20, 0.35, 0.50, 0.60],
            **longer,
        }
    )
    assert changed.design("3+3").n_doses == 5
    assert len(changed.truth("S2").p_dlt) == 5


def test_every_bad_change_is_named_at_once(scenario):
    with pytest.raises(ScenarioError) as caught:
        scenario.with_changes(
            {
                "eligibility.lvef_percnt": 45,
                "sites": 3,
                "arrivals.sites": 200,
                "truths.M1.p_dlt.3": 1.5,
                "designs.boin.max_m": 4,
                "dosing.shortfall": float("nan"),
                "product.failure": object(),
                "truths.M1.p_dlt.9": 0.3,
            }
        )
    assert sorted(caught.value.faults) == [
        "arrivals.sites: must be an integer between 1 and 20, got 200",
        "designs.boin.max_m: unknown option of boin; did you mean 'max_n'?",
        "dosing.shortfall: must be a finite number, got nan",
        "eligibility.lvef_percnt: unknown path; did you mean 'eligibility.lvef_percent'?",
        "product.failure: must be a number, text, list or mapping, got a object",
        "sites: unknown path; did you mean 'arrivals.sites'?",
        "truths.M1.p_dlt.3: must be a number between 0 and 1, got 1.5",
        "truths.M1.p_dlt.9: unknown path; did you mean 'truths.M1.p_dlt.4'?",
    ]


def test_changes_take_enums_tuples_and_numpy_numbers(scenario):
    import numpy as np

    from simulator.outcomes.outcomes import HaematologicalDlt

    changed = scenario.with_changes(
        {
            "outcomes.haematological_dlt": HaematologicalDlt.DAY42,
            "truths.M1.p_dlt": np.array([0.1, 0.2, 0.3, 0.4]),
            "arrivals.sites": np.int64(3),
            "trial.dose_levels": (0.1, 0.2, 0.3, 0.4),
        }
    )
    assert changed.outcomes.haematological_dlt is HaematologicalDlt.DAY42
    assert changed.truth("M1").p_dlt == (0.1, 0.2, 0.3, 0.4)
    assert changed.arrivals.sites == 3


def test_scenario_cannot_be_changed_in_place(scenario):
    with pytest.raises(AttributeError):
        scenario.run = None
    with pytest.raises(ValueError, match="frozen"):
        scenario.trial.target = 0.2


def test_scenario_survives_pickling_for_workers(scenario):
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.provenance == scenario.provenance
