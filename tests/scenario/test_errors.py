"""Every fault of a scenario file is one line: file, line, column, key, value and legal range; all at once."""
# ruff: noqa: E501

import pytest

from simulator.designs import DESIGNS
from simulator.errors import ScenarioError
from simulator.scenario.scenario import load_scenario, parse_scenario

VALID = """\
about: {title: Small}
trial:
  dose_levels: [0.2, 0.5, 1, 2]
  target: 0.3
arrivals:
  sites: 1
  ramp_months: 3
outcomes:
  fatal_dlt: 0.1
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
designs:
  - name: boin
    design: boin
    max_n: 30
"""


def faults(text):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "f.yaml")
    return list(caught.value.faults)


def faults_after(old, new):
    assert VALID.count(old) == 1, old
    return faults(VALID.replace(old, new))


def test_valid_file_has_no_fault():
    assert parse_scenario(VALID).design("boin").max_n == 30


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # keys
        ("sites: 1", "stes: 1", "6:3: arrivals.stes: unknown key; did you mean 'sites'?"),
        ("arrivals:", "arivals:", "5:1: arivals: unknown section; did you mean 'arrivals'?"),
        ("  sites: 1", "  sites: 1\n  sites: 2", "7:3: arrivals.sites: duplicate key; first given on line 6"),
        (
            "{title: Small}",
            "{note: x}",
            "1:1: about.title: required key is missing; must be text of 1 to 200 characters",
        ),
        ("about: {title: Small}\n", "", "1:1: about: required section is missing"),
        # types
        ("sites: 1", "sites: yes", "6:10: arrivals.sites: must be an integer between 1 and 20, got 'yes'"),
        ("sites: 1", "sites: true", "6:10: arrivals.sites: must be an integer between 1 and 20, got true"),
        ("sites: 1", 'sites: "1"', "6:10: arrivals.sites: must be an integer between 1 and 20, got '1'"),
        ("sites: 1", "sites: 1.0", "6:10: arrivals.sites: must be an integer between 1 and 20, got 1.0"),
        ("sites: 1", "sites:", "6:3: arrivals.sites: must be an integer between 1 and 20, got nothing"),
        ("sites: 1", "sites: [1]", "6:10: arrivals.sites: must be an integer between 1 and 20, got a list"),
        (
            "ramp_months: 3",
            "ramp_months: 1_0",
            "7:16: arrivals.ramp_months: must be a number between 0 and 60, got '1_0'",
        ),
        (
            "ramp_months: 3",
            "site_effect_shape: x",
            "7:22: arrivals.site_effect_shape: must be a number above 0 and at most 1000000 or null, got 'x'",
        ),
        ("  target: 0.3", "  expansion: no", "4:14: trial.expansion: must be true or false, got 'no'"),
        (
            "arrivals:\n  sites: 1\n  ramp_months: 3",
            "arrivals: [1]",
            "5:11: arrivals: must be a mapping (key: value), got a list",
        ),
        ("[0.2, 0.5, 1, 2]", "0.2", "3:16: trial.dose_levels: must be a list of 1 to 10 entries, got 0.2"),
        # ranges
        (
            "fatal_dlt: 0.1",
            "fatal_dlt: 1.2",
            "9:14: outcomes.fatal_dlt: must be a number between 0 and 1, got 1.2",
        ),
        (
            "fatal_dlt: 0.1",
            "fatal_dlt: -1e-9",
            "9:14: outcomes.fatal_dlt: must be a number between 0 and 1, got -1e-09",
        ),
        ("fatal_dlt: 0.1", "fatal_dlt: .inf", "9:14: outcomes.fatal_dlt: must be a finite number, got .inf"),
        ("fatal_dlt: 0.1", "fatal_dlt: .NaN", "9:14: outcomes.fatal_dlt: must be a finite number, got .NaN"),
        (
            "fatal_dlt: 0.1",
            "fatal_dlt: 1e999",
            "9:14: outcomes.fatal_dlt: must be a finite number, got 1e999",
        ),
        (
            "fatal_dlt: 0.1",
            "onset_shape: 0",
            "9:16: outcomes.onset_shape: must be a number above 0 and at most 20, got 0",
        ),
        (
            "fatal_dlt: 0.1",
            "haematological_dlt: day21",
            "9:23: outcomes.haematological_dlt: must be one of none, day28, day42, got 'day21'",
        ),
        (
            "fatal_dlt: 0.1",
            "consolidative_days: {median_days: 0, log_sd: 1}",
            "9:37: outcomes.consolidative_days.median_days: must be a number above 0 and at most 3650, got 0",
        ),
        (
            "target: 0.3",
            "enrolment_min: 60",
            "4:18: trial.enrolment_min: enrolment_min 60 is above enrolment_max 50",
        ),
        (
            "sites: 1",
            "sites: 20\n  referrals_per_site_month: 200",
            "7:29: arrivals.referrals_per_site_month: all sites together must refer at most 100,000 patients in "
            "trial.calendar_limit_months (120), got 480,000",
        ),
        (
            "[0.2, 0.5, 1, 2]",
            "[0.2, 0.5, 0.5, 2]",
            "3:16: trial.dose_levels: dose_levels must rise from level to level",
        ),
        # curves
        (
            "p_dlt: [0.1, 0.2, 0.3, 0.4]",
            "p_dlt: [0.1, 0.2, 1.3, 0.4]",
            "11:49: truths.A.p_dlt.3: must be a number between 0 and 1, got 1.3",
        ),
        (
            "p_dlt: [0.1, 0.2, 0.3, 0.4]",
            "p_dlt: [0.1, 0.3, 0.2, 0.4]",
            "11:38: truths.A.p_dlt: p_dlt falls with dose; write falling: true if that is meant",
        ),
        (
            "fatal_dlt: 0.1",
            "aplasia_day28: [0.1]",
            "9:18: outcomes.aplasia_day28: must have 4 entries, one for each of trial.dose_levels, got 1",
        ),
        (
            "fatal_dlt: 0.1",
            "aplasia_day42: [0.1, 0.2, 0.3, 0.4, 0.5]",
            "9:18: outcomes.aplasia_day42: must have 4 entries, one for each of trial.dose_levels, got 5",
        ),
        # population
        (
            "outcomes:\n",
            "population: {correlations: {age~ecog: 0.9, age~lvef: 0.9, ecog~lvef: -0.9}}\noutcomes:\n",
            "8:28: population.correlations: not positive definite: smallest eigenvalue -0.8, legal: at least 1e-08; pairs: age~ecog +0.9, age~lvef +0.9, ecog~lvef -0.9",
        ),
        (
            "outcomes:\n",
            "population: {correlations: {age~ecogg: 0.9}}\noutcomes:\n",
            "8:40: population.correlations.age~ecogg: unknown latent 'ecogg'; legal: age, blasts, ecog, infection, spo2, life_expectancy, survival, bilirubin, alt, ast, creatinine, lvef, qtcf",
        ),
        # designs
        (
            "design: boin",
            "design: bion",
            f"14:13: designs.boin.design: must be one of {', '.join(DESIGNS)}, got 'bion'; did you mean 'boin'?",
        ),
        ("max_n: 30", "max_m: 30", "15:5: designs.boin.max_m: unknown option of boin; did you mean 'max_n'?"),
        (
            "max_n: 30",
            "max_n: 51",
            "15:12: designs.boin.max_n: must be at most trial.enrolment_max = 50, got 51",
        ),
        (
            "target: 0.3",
            "enrolment_max: 20",
            "15:12: designs.boin.max_n: must be at most trial.enrolment_max = 20, got 30",
        ),
        ("max_n: 30", "start_dose: 5", "15:17: designs.boin.start_dose: must be an integer in 1..4, got 5"),
        (
            "max_n: 30",
            "n_doses: 5",
            "15:14: designs.boin.n_doses: must be 4, the number of trial.dose_levels, got 5; leave it out",
        ),
        (
            "name: boin",
            "name: [boin]",
            "13:11: designs.1.name: must be text of 1 to 60 characters, got a list",
        ),
        (
            "name: boin",
            "name: b.oin",
            "13:11: designs.b.oin.name: must be printable text without dots or outer spaces, and not only digits, got 'b.oin'",
        ),
        (
            "    max_n: 30\n",
            "    max_n: 30\n  - {name: boin, design: 3+3}\n",
            "16:12: designs.boin.name: duplicate name 'boin'; entry 1 has it already",
        ),
        # question
        (
            "outcomes:\n",
            "question: {truths: [B]}\noutcomes:\n",
            "8:21: question.truths.1: unknown truth 'B'; legal: A",
        ),
        (
            "outcomes:\n",
            "question: {truths: [A, A]}\noutcomes:\n",
            "8:24: question.truths.2: truth 'A' is named twice",
        ),
        (
            "outcomes:\n",
            "question: {caps_from: 51}\noutcomes:\n",
            "8:23: question.caps_from: caps_from 51 is above caps_to 50, which follows trial.enrolment_max",
        ),
        (
            "balanced: true, ",
            "",
            "1:1: question.truths: no truth is balanced: true; mark some, or name the truths in question.truths",
        ),
        # sources
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, unit: days, known: assumption}",
            "7:33: arrivals.ramp_months.unit: must be 'months', got 'days'",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, known: guess}",
            "7:34: arrivals.ramp_months.known: must be one of looked up, from memory, expert assumption, computed from public patient data, assumption, fitted to LOG (n = ...), got 'guess'",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, known: looked up}",
            "7:3: arrivals.ramp_months: known: looked up needs a source",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, source: x}",
            "7:3: arrivals.ramp_months: `known` is missing; must be one of looked up, from memory, expert assumption, computed from public patient data, assumption",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {known: assumption}",
            "7:3: arrivals.ramp_months: a mapping with `known` or `source` needs `value`, its number",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, known: assumption, high: 2}",
            "7:24: arrivals.ramp_months: value 3 is above its own high 2",
        ),
        (
            "ramp_months: 3",
            "ramp_months: {value: 3, known: assumption, hihg: 5}",
            "7:46: arrivals.ramp_months.hihg: unknown key next to `value`; did you mean 'high'?",
        ),
        (
            "target: 0.3",
            "mid_cohort: {value: complete, known: assumption}",
            "4:23: trial.mid_cohort: only numbers have a source, got 'complete'; write the value alone",
        ),
        # form
        (
            "fatal_dlt: 0.1",
            "fatal_dlt: !!float 0.1",
            "9:14: outcomes.fatal_dlt: tags are not allowed, got tag:yaml.org,2002:float",
        ),
        (
            "{title: Small}",
            "!!python/object/apply:os.system [echo]",
            "1:8: about: tags are not allowed, got tag:yaml.org,2002:python/object/apply:os.system",
        ),
    ],
)
def test_fault_names_line_column_key_value_and_range(old, new, expected):
    found = faults_after(old, new)
    assert f"f.yaml:{expected}" in found
    assert len(found) <= 2


def test_truth_with_another_number_of_levels_is_refused():
    curve = "[0.1, 0.2, 0.3, 0.4]"
    for other, levels in (("[0.1, 0.2, 0.3]", 3), ("[0.1, 0.2, 0.3, 0.4, 0.5]", 5)):
        found = faults(VALID.replace(curve, other))
        column = 38 + len(other) + len(", p_response: ")
        said = f"must have 4 entries, one for each of trial.dose_levels, got {levels}"
        assert found == [
            f"f.yaml:11:38: truths.A.p_dlt: {said}",
            f"f.yaml:11:{column}: truths.A.p_response: {said}",
        ]


def test_truth_with_a_name_already_taken_is_refused():
    entry = VALID.splitlines()[10] + "\n"
    assert faults(VALID.replace(entry, entry * 2)) == [
        "f.yaml:12:12: truths.A.name: duplicate name 'A'; entry 1 has it already"
    ]


def test_falling_curve_is_accepted_where_it_is_declared():
    text = VALID.replace(
        "balanced: true, p_dlt: [0.1, 0.2", "balanced: true, falling: true, p_dlt: [0.5, 0.2"
    )
    assert parse_scenario(text).truth("A").falling


def test_all_faults_of_all_sections_come_at_once_in_file_order():
    text = (
        VALID.replace("title: Small", "titel: Small")
        .replace("sites: 1", "sites: 0")
        .replace("fatal_dlt: 0.1", "fatal_dlt: .nan")
        .replace("max_n: 30", "max_n: x\n    cohort_size: 0\n    titration: maybe")
    )
    assert faults(text + "run: 5\n") == [
        "f.yaml:1:1: about.title: required key is missing; must be text of 1 to 200 characters",
        "f.yaml:1:9: about.titel: unknown key; did you mean 'title'?",
        "f.yaml:6:10: arrivals.sites: must be an integer between 1 and 20, got 0",
        "f.yaml:9:14: outcomes.fatal_dlt: must be a finite number, got .nan",
        "f.yaml:15:12: designs.boin.max_n: must be an integer in 1..1000, got 'x'",
        "f.yaml:16:18: designs.boin.cohort_size: must be an integer in 1..1000, got 0",
        "f.yaml:17:16: designs.boin.titration: must be True or False, got 'maybe'",
        "f.yaml:18:6: run: must be a mapping (key: value), got 5",
    ]


def test_message_is_the_faults_joined_by_lines():
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(VALID.replace("sites: 1", "sites: 0").replace("target: 0.3", "target: 2"), "f.yaml")
    assert len(caught.value.faults) == 2
    assert str(caught.value) == "\n".join(caught.value.faults)


def test_control_characters_of_the_file_do_not_reach_the_terminal():
    found = faults_after("fatal_dlt: 0.1", '"\\e[31mred": 1\n  fatal_dlt: "\\e[2J"')
    assert all(line.isprintable() for line in found)
    assert len(found) == 2


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n", "---\n", "null\n", "~"])
def test_empty_file_is_refused(text):
    assert faults(text) == ["f.yaml:1:1: the file is empty"]


@pytest.mark.parametrize(("text", "got"), [("- a\n", "a list"), ("words\n", "'words'"), ("3\n", "3")])
def test_file_that_is_no_mapping_is_refused(text, got):
    assert faults(text) == [f"f.yaml:1:1: must be a mapping of sections, got {got}"]


def test_missing_file_directory_and_device_are_refused(tmp_path):
    for path, said in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "is a directory; must be a YAML file"),
        ("/dev/zero", "larger than 1000000 bytes, the most a scenario may have"),
        ("a\0b", "cannot be read: embedded null byte"),
    ):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(path)
        assert str(caught.value).endswith(f": {said}")
        assert str(caught.value).isprintable()


def test_file_that_is_not_utf8_is_refused_with_its_position(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(VALID.replace("Small", "Größe").encode("latin-1"))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert str(caught.value) == f"{path}:1:18: byte 0xf6 is not UTF-8; save the file as UTF-8"


def test_file_above_a_megabyte_is_refused(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text(VALID + "#" * 1_000_000)
    with pytest.raises(ScenarioError, match="larger than 1000000 bytes"):
        load_scenario(path)


def test_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "marked.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + VALID.encode())
    assert load_scenario(path).about.title == "Small"


def test_a_fault_of_one_value_hides_no_fault_between_others():
    text = (
        "about: {title: x}\n"
        "trial: {review_days: -1, enrolment_min: 60}\n"
        "truths: [{name: A, balanced: true, p_dlt: [0.3, 0.2, 0.3, 0.4], "
        "p_response: [0.1, 0.2, 0.3, 0.4], note: 5}]\n"
        "designs: [{name: b, design: boin, max_n: 80}]\n"
    )
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    told = str(caught.value)
    assert "trial.review_days" in told
    assert "enrolment_min 60 is above enrolment_max 50" in told
    assert "truths.A.note" in told
    assert "truths.A.p_dlt: p_dlt falls with dose" in told
    assert "designs.b.max_n" in told
    assert told.count("enrolment_min 60") == 1


def test_a_fault_between_values_is_told_once_and_never_about_a_default():
    text = (
        "about: {title: x}\n"
        "trial: {enrolment_max: many, enrolment_min: 60}\n"
        "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}]\n"
        "designs: [{name: b, design: boin}]\n"
    )
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert len(caught.value.faults) == 1
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text.replace("many", "50"))
    assert str(caught.value).count("enrolment_min 60 is above enrolment_max 50") == 1


TRUTHS_IN_PERCENT = """\
about: {title: T}
truths:
  - {name: T, balanced: true, p_dlt: [5, 10, 30, 50], p_response: [0.3, 0.4, 0.5, 0.6]}
  - {name: U, p_dlt: [0.05, 0.1, 0.3, 0.5], p_response: {value: [30, 40, 50.5, 60], known: assumption}}
  - {name: V, p_dlt: [0.05, 0.1, 0.3, 500], p_response: [0.3, 0.4, 0.5, 0.6]}
designs: [{name: boin, design: boin}]
"""


def test_a_curve_in_percent_is_one_fault_that_says_what_to_write():
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(TRUTHS_IN_PERCENT, "f.yaml")
    assert list(caught.value.faults) == [
        "f.yaml:3:38: truths.T.p_dlt: must be probabilities between 0 and 1; if these are percent, write"
        " [0.05, 0.1, 0.3, 0.5]",
        "f.yaml:4:65: truths.U.p_response: must be probabilities between 0 and 1; if these are percent, write"
        " [0.3, 0.4, 0.505, 0.6]",
        "f.yaml:5:39: truths.V.p_dlt.4: must be a number between 0 and 1, got 500",
    ]


def test_an_empty_curve_is_still_too_short():
    text = TRUTHS_IN_PERCENT.replace("[5, 10, 30, 50]", "[]")
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "f.yaml")
    assert "truths.T.p_dlt: must be a list of at least 1 entries, got a list" in caught.value.faults[0]


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("ncohort: 12", "did you mean 'max_n', the number of patients, 12 cohorts of 3: 36?"),
        ("ncohort: 12, cohort_size: 2", "did you mean 'max_n', the number of patients, 12 cohorts of 2: 24?"),
        ("ncohort: many", "did you mean 'max_n'?"),
        ("cohortsize: 3", "did you mean 'cohort_size'?"),
        ("n.earlystop: 12", "did you mean 'stop_n_at_dose'?"),
    ],
)
def test_words_of_other_packages_are_hinted_to_the_option_that_is_meant(option, hint):
    text = (
        TRUTHS_IN_PERCENT.partition("truths:")[0]
        + "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4],"
    )
    text += f" p_response: [0.1, 0.2, 0.3, 0.4]}}]\ndesigns: [{{name: b, design: boin, {option}}}]\n"
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    [fault] = caught.value.faults
    assert fault.endswith(f"unknown option of boin; {hint}")


def _followed(question, enrolment_max=36):
    return parse_scenario(
        f"about: {{title: T}}\ntrial: {{enrolment_min: 9, enrolment_max: {enrolment_max}}}\n"
        "truths: [{name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}]\n"
        f"designs: [{{name: b, design: boin, max_n: 9}}]\n{question}\n"
    )


@pytest.mark.parametrize(
    "question", ["", "question: {pcs_mean: 0.5}", "question: {caps_to: null, caps_from: null}"]
)
def test_caps_that_are_left_out_follow_the_cap_on_enrolment(question):
    scenario = _followed(question)
    assert (scenario.question.caps_from, scenario.question.caps_to) == (15, 36)
    small = _followed(question, 12).question
    assert (small.caps_from, small.caps_to) == (12, 12)
    # Through changes and files they still do.
    changed = scenario.with_changes({"trial.enrolment_max": 40})
    assert changed.question.caps_to == 40
    again = parse_scenario(scenario.to_yaml())
    assert again == scenario
    assert again.with_changes({"trial.enrolment_max": 41}).question.caps_to == 41
    given = scenario.with_changes({"question.caps_to": 30})
    assert given.with_changes({"trial.enrolment_max": 45}).question.caps_to == 30


def test_caps_that_are_given_stay():
    scenario = _followed("question: {caps_from: 10, caps_to: 50}")
    assert (scenario.question.caps_from, scenario.question.caps_to) == (10, 50)
    assert scenario.with_changes({"trial.enrolment_max": 20}).question.caps_to == 50


def test_doses_of_vectors_and_of_cells_are_written_in_full() -> None:
    text = (
        "about: {title: Vectors}\ntrial: {dose_levels: [1.0e+13, 5.0e+14], dose_unit: vg/kg, target: 0.3}\n"
        "eligibility: none\nproduct: none\nresponse: none\ntruths: [{name: T, balanced: true, p_dlt: [0.1, 0.3]}]\n"
        "designs: [{name: boin, design: boin}]\n"
    )
    assert parse_scenario(text).trial.dose_levels == (1e13, 5e14)
    with pytest.raises(ScenarioError, match=r"2:\d+: trial.dose_levels.1: must be a number above 0"):
        parse_scenario(text.replace("1.0e+13", "-1"))
