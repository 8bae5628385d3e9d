"""Parts that a scenario may leave out: its keys, its faults at the user's lines, and what holds without it."""

import pytest

from simulator.designs.wrapped import backfills
from simulator.errors import ScenarioError
from simulator.scenario import borrowed_parts_note
from simulator.scenario.moves import moves
from simulator.scenario.parts import KEYS, WITHOUT, Part
from simulator.scenario.scenario import load_scenario, parse_scenario
from simulator.scenario.scenario_warnings import scenario_warnings
from simulator.scenario.sections import SECTIONS
from simulator.scenario.templates import TEMPLATES, template_text
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

BARE = """\
about: {title: Tablet}
trial:
  dose_levels: [5, 10, 20, 30, 40]
  dose_unit: mg twice daily
eligibility: none
product: none
response: none
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4, 0.5]}
designs:
  - {name: boin, design: boin}
"""
OWN = """\
eligibility:
  - {name: adult, field: age, comparison: at_least, limit: 18, unit: years, law: {normal: {mean: 60, sd: 12}}}
  - {name: not old, field: age, comparison: at_most, limit: 80}
"""


def faults(text):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "f.yaml")
    return caught.value.faults


def test_nothing_but_doses_truths_and_designs_is_asked_for():
    scenario = parse_scenario(BARE)
    assert scenario.parts.absent == set(Part)
    assert scenario.product is None
    assert not scenario.response
    assert scenario.truths[0].p_response is None
    assert scenario.eligibility.root == ()
    assert scenario.outcomes.aplasia_day28 is None
    assert not scenario.dosing.deaths
    assert scenario.trial.doses_text == "5, 10, 20, 30, 40 mg twice daily"


def test_absent_parts_have_no_key_and_no_number():
    data = parse_scenario(BARE).to_data()
    assert (data["eligibility"], data["product"], data["response"]) == ("none", "none", "none")
    assert set(data["population"]) == {"consent"}
    for part, keys in KEYS.items():
        for section, absent in keys.items():
            assert set(data[section]).isdisjoint(absent), part
    assert "p_response" not in data["truths"][0]
    paths = " ".join(parse_scenario(BARE).provenance)
    for word in (
        "product",
        "lymphodepletion",
        "donor",
        "response",
        "aplasia",
        "risk_links",
        "marrow",
        "lvef",
    ):
        assert word not in paths


def test_keys_of_absent_parts_are_keys_of_the_sections():
    for table in (KEYS, WITHOUT):
        for keys in table.values():
            for section, names in keys.items():
                assert set(names) <= set(SECTIONS[section].model_fields)


@pytest.mark.parametrize("name", TEMPLATES)
def test_scenario_without_parts_is_written_and_read_back(name):
    scenario = parse_scenario(template_text(name))
    again = parse_scenario(scenario.to_yaml())
    assert again == scenario
    assert again.to_data() == scenario.to_data()
    assert (
        scenario.with_changes({"arrivals.sites": 3}).with_changes({"arrivals.sites": scenario.arrivals.sites})
        == scenario
    )


def test_key_of_an_absent_part_is_a_fault_at_its_line():
    text = (
        BARE
        + "dosing: {shortfall: 0.1, lymphodepletion_days: 5}\nquestion: {caps_to: 40, late_truths: [A]}\n"
    )
    assert faults(text) == (
        "f.yaml:12:26: dosing.lymphodepletion_days: goes with a cell product; here product: none; leave it out",
        "f.yaml:13:38: question.late_truths: needs outcomes.aplasia_day42; give it",
    )


def test_curve_of_an_absent_response_and_a_law_of_absent_patients_are_faults_at_their_lines():
    text = (
        BARE.replace("0.5]}", "0.5], p_response: [0, 0, 0, 0, 0]}") + "population:\n  age: {mean_years: 60}\n"
    )
    assert faults(text) == (
        "f.yaml:9:65: truths.A.p_response: goes with a response; here response: none; leave it out",
        "f.yaml:13:3: population.age: goes with the criteria and patients of NCT07144020; here eligibility is none, "
        "or the scenario's own; leave it out",
    )


def test_part_that_is_there_still_asks_for_its_keys():
    assert faults(BARE.replace("response: none\n", "")) == (
        "f.yaml:8:5: truths.A.p_response: required key is missing; must be a list of at least 1 entries, or write "
        "response: none",
    )
    assert faults(BARE.replace("  dose_levels: [5, 10, 20, 30, 40]\n", "")) == (
        "f.yaml:2:1: trial.dose_levels: required key is missing where product is none",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            BARE.replace("mg twice daily\n", "mg\n  enrolment_max: 12\n"),
            "f.yaml:5:18: trial.enrolment_max: enrolment_min 15 is above enrolment_max 12; enrolment_min is left "
            "out, so 15",
        ),
        (
            BARE + "question: {caps_to: 10}\n",
            "f.yaml:12:21: question.caps_to: caps_from 15 is above caps_to 10; caps_from is left out, so 15",
        ),
        (
            BARE + "dosing: {shortfall: 0.1, shortfall_low: 0.8}\n",
            "f.yaml:12:41: dosing.shortfall_low: shortfall_low <= shortfall_high is required; shortfall_high is left "
            "out, so 0.7",
        ),
        (
            BARE.replace("product: none\n", "").replace("  dose_levels: [5, 10, 20, 30, 40]\n", ""),
            "f.yaml:7:38: truths.A.p_dlt: must have 4 entries, one for each of the default trial.dose_levels (0.2, "
            "0.5, 1, 2), got 5",
        ),
    ],
)
def test_fault_between_what_is_written_and_what_is_left_out_is_at_the_line_that_is_written(wrong, said):
    assert said in faults(wrong)


def test_deaths_need_a_law_of_survival():
    text = BARE + "dosing: {deaths: true}\n"
    assert faults(text) == (
        "f.yaml:12:18: dosing.deaths: needs population.survival, the law of survival; give it",
    )
    scenario = parse_scenario(text + "population: {survival: {scale_months: 20}}\n")
    assert scenario.dosing.deaths
    assert parse_scenario(BARE + "population: {survival: {scale_months: 20}}\n").dosing.deaths


def test_aplasia_that_counts_needs_a_curve_where_the_ladder_is_the_scenarios_own():
    text = BARE.replace("product: none\n", "").replace(
        "response: none\n", "response: none\noutcomes: {haematological_dlt: day42}\n"
    )
    [fault] = faults(text)
    assert fault.startswith(
        "f.yaml:7:12: outcomes.haematological_dlt: goes with aplasia; here outcomes has neither"
    )
    curve = "{haematological_dlt: day42, aplasia_day42: [0.1, 0.1, 0.1, 0.1, 0.2]}"
    assert parse_scenario(text.replace("{haematological_dlt: day42}", curve)).outcomes.aplasia is not None


def test_own_criteria_are_read_and_their_numbers_set():
    scenario = parse_scenario(BARE.replace("eligibility: none\n", OWN))
    assert [one.boundary for one in scenario.eligibility.root] == ["age at least 18 years", "age at most 80"]
    changed = scenario.with_changes({"eligibility.adult.limit": 21, "eligibility.adult.law.normal.sd": 15})
    assert changed.eligibility.root[0].limit == 21
    assert changed.provenance["eligibility.adult.law.normal.sd"].known == "changed after reading"
    assert scenario.provenance["eligibility.adult.law.normal.mean"].unit == "years"
    assert "eligibility.adult.limit" not in scenario.provenance


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            OWN.replace(", law: {normal: {mean: 60, sd: 12}}", ""),
            "f.yaml:6:5: eligibility.adult.law: required key is missing: how age is distributed among those referred",
        ),
        (
            OWN.replace("limit: 80}", "limit: 80, law: {probability: 0.5}}"),
            "f.yaml:7:65: eligibility.not old.law: age has its law at 'adult' already; leave it out here",
        ),
        (OWN.replace("not old", "adult"), "duplicate name 'adult'; entry 1 has it already"),
        (
            OWN.replace("at_most", "atmost"),
            "f.yaml:7:45: eligibility.not old.comparison: must be one of at_least",
        ),
        (
            OWN.replace("limit: 18", "limit: true"),
            "comparison: must be is or is_not where the limit is true or false",
        ),
        (OWN.replace("sd: 12", "sd: 0"), "eligibility.adult.law.normal.sd: must be a number above 0"),
        (
            OWN.replace("normal: {mean: 60, sd: 12}", "shares: {0: 0.5, 1: 0.4}"),
            "shares: must add up to 1, got 0.9",
        ),
        (
            OWN.replace("normal: {mean: 60, sd: 12}", "shares: {low: 1}"),
            "each key must be a number, got 'low'",
        ),
        (OWN.replace("normal: {mean: 60, sd: 12}", ""), "must be one of normal, log_normal, uniform"),
        (OWN.replace("field: age", "field: Age"), "eligibility.adult.field"),
        (
            OWN.replace("limit: 18", "limit: old"),
            "f.yaml:6:60: eligibility.adult.limit: must be true or false or a number between -1e+12 and 1e+12, got "
            "'old'",
        ),
        (OWN.replace("field: age", "field: survival_days"), "is drawn for every patient anyway"),
        ("eligibility: nobody\n", "eligibility"),
        ("eligibility:\n  - 5\n", "f.yaml:6:5: eligibility.1: "),
    ],
)
def test_fault_of_an_own_criterion_is_at_its_line(wrong, said):
    assert any(said in fault for fault in faults(BARE.replace("eligibility: none\n", wrong)))


def test_response_is_none_or_modelled():
    assert faults(BARE.replace("response: none", "response: no"))[0] == (
        "f.yaml:7:11: response: must be one of none, modelled, got 'no'"
    )


def test_what_comes_from_the_trial_is_said_in_one_line():
    assert borrowed_parts_note(load_scenario(DEFAULT_SCENARIO)) == ""
    assert borrowed_parts_note(parse_scenario(BARE)) == (
        "not in the file, so taken from NCT07144020 (donor CAR-T cells in AML): arrivals; part of trial"
    )
    least = (
        "about: {title: T}\n"
        "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}]\n"
        "designs: [{name: boin, design: boin}]\n"
    )
    assert borrowed_parts_note(parse_scenario(least)) == (
        "not in the file, so taken from NCT07144020 (donor CAR-T cells in AML): trial, population, eligibility, "
        "arrivals, screening, product, dosing, outcomes"
    )


def test_stated_unit_of_dose_is_the_trials_own():
    text = BARE.replace("[5, 10, 20, 30, 40]", "{value: [5, 10, 20, 30, 40], unit: mg, known: assumption}")
    assert faults(text) == ("f.yaml:3:51: trial.dose_levels.unit: must be 'mg twice daily', got 'mg'",)
    right = parse_scenario(text.replace("unit: mg,", "unit: mg twice daily,"))
    assert right.provenance["trial.dose_levels"].unit == "mg twice daily"


SETS = ["what-if", "--most-sets", "2", "--within-months", "9", "--replicates", "2", "--workers", "1"]


@pytest.mark.parametrize("command", [["population"], ["attrition"], SETS])
def test_command_about_the_criteria_of_the_trial_says_so(command, tmp_path):
    file = tmp_path / "bare.yaml"
    file.write_text(BARE)
    code, _, message = run([command[0], str(file), *command[1:]])
    assert code == 2
    named = "what-if --within-months" if command[0] == "what-if" else command[0]
    assert message in (
        f"{named}: is about the criteria and patients of NCT07144020; the scenario has none "
        "(eligibility: none)\n",
        "attrition: the scenario has no criteria (eligibility: none)\n",
    )


@pytest.mark.parametrize("options", ["", ", stopping: [{rule: total_n, at_least: 20}]"])
def test_a_design_by_benefit_and_risk_needs_a_response(options: str) -> None:
    boin12 = f"  - {{name: weighs, design: boin12{options}}}\n"
    text = template_text("small-molecule").replace("\nquestion:", f"{boin12}\nquestion:")
    assert boin12 in text
    with pytest.raises(
        ScenarioError, match=r"designs\.weighs\.design: selects by benefit and risk, and response"
    ):
        parse_scenario(text)


def test_backfill_that_never_opens_a_level_is_warned_of() -> None:
    backfill = "  - {name: fills, design: bf-boin, max_n: 30}\n"
    tablet = parse_scenario(template_text("small-molecule").replace("\nquestion:", f"{backfill}\nquestion:"))
    [warning] = [one for one in scenario_warnings(tablet) if "backfill" in one]
    assert warning.startswith("design fills: it backfills levels at which a response was seen")
    whole = parse_scenario(template_text("nct07144020"))
    assert not any("backfill" in one for one in scenario_warnings(whole))
    none_ahead = whole.with_changes({"trial.slots_ahead": 0})
    named = {
        warning.partition(":")[0] for warning in scenario_warnings(none_ahead) if "slots_ahead" in warning
    }
    assert named == {f"design {one.name}" for one in whole.designs if backfills(one.rule)} != set()


def test_levers_of_a_trial_with_criteria_of_its_own_are_the_whole_answer(tmp_path):
    file = tmp_path / "bare.yaml"
    file.write_text(BARE)
    asked = ["--within-months", "9", "--design", "boin", "--replicates", "2", "--workers", "1"]
    code, text, message = run(["what-if", str(file), *asked])
    assert (code, message) == (0, "")
    assert "arrivals.sites" in text
    assert "NCT07144020" not in text
    assert "relaxation" not in text


def test_a_size_that_the_file_does_not_give_is_named_as_the_default(tmp_path):
    small = BARE.replace("  dose_unit", "  enrolment_min: 3\n  enrolment_max: 24\n  dose_unit")
    with pytest.raises(
        ScenarioError, match=r"boin\.max_n: must be at most .* = 24, got 30, the default: give it"
    ):
        parse_scenario(small)


def test_laws_of_own_criteria_are_no_thresholds_of_the_protocol():
    _, not_moved = moves(parse_scenario(template_text("small-molecule")))
    reasons = {why for path, why in not_moved.items() if path.startswith("eligibility.")}
    assert reasons == {"a number of the patients' laws without a range"}
