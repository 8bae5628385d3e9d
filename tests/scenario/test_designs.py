"""What a scenario may put around a design, and its own decision table: read, written back, and refused."""

import jsonschema
import pytest

from simulator.designs import (
    BOIN,
    BOIN12,
    CRM,
    TITEBOIN,
    TITEBOIN12,
    DecisionTable,
    Keyboard,
    PendingPolicy,
    RollingSix,
    ThreePlusThree,
)
from simulator.designs.decision_table import TableRow
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import MinimumAtSelected, NAtLevel, Precision, TooToxic, TotalN
from simulator.designs.titrated import Titrated
from simulator.errors import ScenarioError
from simulator.scenario.json_schema import json_schema
from simulator.scenario.scenario import load_scenario, parse_scenario

HEAD = """\
about: {title: Small}
trial: {dose_levels: [1, 2, 3], target: 0.25}
outcomes: {aplasia_day28: [0, 0, 0], aplasia_day42: [0, 0, 0]}
truths:
  - {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3], p_response: [0.1, 0.2, 0.3]}
designs:
"""
ROWS = """\
      - {n: 3, escalate_if_at_most: 0, deescalate_if_at_least: 2, eliminate_if_at_least: 3}
      - {n: 6, escalate_if_at_most: 1, deescalate_if_at_least: 3, eliminate_if_at_least: null}
"""
TABLE = f"  - name: own\n    design: table\n    max_n: 6\n    rows:\n{ROWS}".replace(
    "eliminate_if_at_least: null", "eliminate_if_at_least: 4"
)
CSV = """\
n,escalate_if_at_most,deescalate_if_at_least,eliminate_if_at_least
3,0,2,3
6,1,3,4
"""


def entry(*lines):
    return HEAD + "  - name: x\n" + "".join(f"    {line}\n" for line in lines)


def faults(text, file="f.yaml"):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, file)
    return list(caught.value.faults)


def test_titration_and_rules_go_around_the_design_in_their_order():
    text = entry(
        "design: keyboard",
        "max_n: 24",
        "titration: true",
        "stopping:",
        "  - {rule: n_at_level, at_least: 12, level: stay}",
        "  - {rule: too_toxic, cutoff: 0.9}",
        "  - {rule: precision, width: 0.4, probability: 0.9}",
        "  - {rule: total_n, at_least: 20}",
        "  - {rule: minimum_at_selected, at_least: 6}",
    )
    assert parse_scenario(text).design("x") == Stopped(
        Titrated(Keyboard(n_doses=3, target=0.25, max_n=24)),
        (
            NAtLevel(12, "stay"),
            TooToxic(0.25, cutoff=0.9),
            Precision(0.4, 0.9),
            TotalN(20),
            MinimumAtSelected(6),
        ),
    )


@pytest.mark.parametrize("policy", ["wait", "look_ahead", "pod"])
def test_a_pending_policy_goes_around_a_design_by_a_table_and_inside_the_rest(policy):
    text = entry(
        "design: keyboard",
        f"pending: {policy}",
        "titration: true",
        "stopping: [{rule: total_n, at_least: 9}]",
    )
    keyboard = Keyboard(n_doses=3, target=0.25)
    assert parse_scenario(text).design("x") == Stopped(
        Titrated(PendingPolicy(keyboard, policy)), (TotalN(9),)
    )


def test_a_pending_policy_may_have_options():
    text = entry("design: boin", "pending: {policy: pod, q_escalate: 0.9, probabilities: integrated}")
    boin = BOIN(n_doses=3, target=0.25)
    expected = PendingPolicy(boin, "pod", q_escalate=0.9, probabilities="integrated")
    assert parse_scenario(text).design("x") == expected
    assert parse_scenario(entry("design: boin", "pending: null")).design("x") == boin
    own = HEAD + TABLE.replace("max_n: 6", "max_n: 6\n    pending: wait")
    assert isinstance(parse_scenario(own).design("own"), PendingPolicy)


def test_designs_that_look_early_have_their_options_in_the_scenario():
    text = entry(
        "design: tite-boin", "estimator: 2018", "suspension: chen2025", "follow_up_weights: [0.2, 0.3, 0.5]"
    )
    text = text.replace("estimator: 2018", "estimator: '2018'")
    expected = TITEBOIN(n_doses=3, target=0.25, suspension="chen2025", follow_up_weights=(0.2, 0.3, 0.5))
    assert parse_scenario(text).design("x") == expected
    assert parse_scenario(entry("design: rolling-6", "convention: iq")).design("x") == RollingSix(
        3, convention="iq"
    )


def test_the_schema_knows_pending_policies_where_they_are_legal():
    validator = jsonschema.Draft202012Validator(json_schema())
    data = {"designs": [{"name": "x", "design": "boin", "pending": "pod"}]}

    def faults_at_designs():
        return [fault for fault in validator.iter_errors(data) if list(fault.path)[:1] == ["designs"]]

    assert faults_at_designs() == []
    data["designs"][0]["pending"] = {"policy": "pod", "q_deescalate": 0.2}
    assert faults_at_designs() == []
    data["designs"][0]["pending"] = "guess"
    assert faults_at_designs() != []
    data["designs"][0].update(pending="pod", design="3+3")
    assert faults_at_designs() != []


def test_titration_of_boin_is_its_own_option():
    assert parse_scenario(entry("design: boin", "titration: true")).design("x") == BOIN(
        n_doses=3, target=0.25, titration=True
    )


@pytest.mark.parametrize("line", ["titration: false", "stopping: []"])
def test_nothing_around_a_design_leaves_it_bare(line):
    assert parse_scenario(entry("design: 3+3", line)).design("x") == ThreePlusThree(n_doses=3)


def test_lists_of_a_file_become_tuples_of_the_design():
    scenario = parse_scenario(entry("design: crm", "skeleton: [0.1, 0.25, 0.4]"))
    assert scenario.design("x") == CRM(n_doses=3, target=0.25, skeleton=(0.1, 0.25, 0.4))


def test_rows_in_the_scenario_are_the_table():
    assert parse_scenario(HEAD + TABLE).design("own") == DecisionTable(
        n_doses=3, target=0.25, max_n=6, rows=(TableRow(3, 0, 2, 3), TableRow(6, 1, 3, 4))
    )


def test_csv_beside_the_scenario_is_the_same_table_and_is_written_out_in_full(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "own.csv").write_text(CSV + "\n")
    file = tmp_path / "scenario.yaml"
    file.write_text(HEAD + "  - {name: own, design: table, max_n: 6, csv: tables/own.csv}\n")
    scenario = load_scenario(file)
    assert scenario.design("own") == parse_scenario(HEAD + TABLE).design("own")
    written = scenario.to_yaml()
    assert "csv" not in written
    assert parse_scenario(written).design("own") == scenario.design("own")


def test_cell_left_empty_eliminates_never(tmp_path):
    (tmp_path / "own.csv").write_text(CSV.replace("3,0,2,3", "3,0,2,").replace("6,1,3,4", "6,1,3,NA"))
    text = HEAD + "  - {name: own, design: table, max_n: 6, csv: own.csv}\n"
    rows = parse_scenario(text, str(tmp_path / "f.yaml")).design("own").rows
    assert rows == (TableRow(3, 0, 2, None), TableRow(6, 1, 3, None))


def test_what_is_around_a_design_is_written_back_and_can_be_changed():
    text = entry("design: keyboard", "titration: true", "stopping: [{rule: total_n, at_least: 9}]") + TABLE
    scenario = parse_scenario(text)
    again = parse_scenario(scenario.to_yaml())
    assert again.designs == scenario.designs
    changed = scenario.with_changes(
        {"designs.x.stopping": [{"rule": "n_at_level", "at_least": 6}], "designs.x.titration": False}
    )
    assert changed.design("x") == Stopped(Keyboard(n_doses=3, target=0.25), (NAtLevel(6),))
    assert changed.design("own") == scenario.design("own")


def test_schema_accepts_what_the_reader_accepts():
    text = entry("design: 3+3", "titration: true", "stopping: [{rule: too_toxic}]") + TABLE
    validator = jsonschema.Draft202012Validator(json_schema())
    data = parse_scenario(text).to_data()
    assert list(validator.iter_errors(data)) == []
    for wrong in (
        {"rule": "too_toxik"},
        {"rule": "total_n"},
        {"rule": "total_n", "at_least": 3, "most": 4},
        {"rule": "precision", "width": "wide"},
    ):
        data["designs"][0]["stopping"] = [wrong]
        assert list(validator.iter_errors(data)) != []
        with pytest.raises(ScenarioError):
            parse_scenario(entry("design: 3+3", f"stopping: [{wrong}]".replace("'", "")))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["pending: guess"], ["9:14: designs.x.pending: must be one of wait, look_ahead, pod, got 'guess'"]),
        (
            ["pending: {policy: guess, q_escalate: 2}"],
            [
                "9:23: designs.x.pending.policy: must be one of 'wait', 'look_ahead', 'pod', got 'guess'",
                "9:42: designs.x.pending.q_escalate: must be 0 <= q_escalate <= 1, got 2",
            ],
        ),
        (
            ["pending: {polcy: pod}"],
            ["9:15: designs.x.pending.polcy: unknown option of pending; did you mean 'policy'?"],
        ),
        (["titration: maybe"], ["9:16: designs.x.titration: must be true or false, got 'maybe'"]),
        (["stopping: 12"], ["9:15: designs.x.stopping: must be a list of rules, got 12"]),
        (["stoping: []"], ["9:5: designs.x.stoping: unknown option of ccd; did you mean 'stopping'?"]),
        (["csv: own.csv"], ["9:5: designs.x.csv: unknown option of ccd; legal: "]),
        (
            ["stopping: [7]"],
            ["9:16: designs.x.stopping.1: must be a mapping with rule and its options, got 7"],
        ),
        (
            ["stopping:", "  - {rule: n_at_levels, at_least: 3}"],
            [
                "10:16: designs.x.stopping.1.rule: must be one of total_n, n_at_level, too_toxic, precision,"
                " minimum_at_selected, level_too_toxic, got 'n_at_levels'; did you mean 'n_at_level'?"
            ],
        ),
        (
            ["stopping:", "  - {at_least: 3}"],
            [
                "10:9: designs.x.stopping.1.rule: must be one of total_n, n_at_level, too_toxic, precision,"
                " minimum_at_selected, level_too_toxic, got nothing"
            ],
        ),
        (
            ["stopping:", "  - {rule: total_n, at_last: 3}"],
            [
                "10:9: designs.x.stopping.1.at_least: required key is missing",
                "10:25: designs.x.stopping.1.at_last: unknown option of total_n; did you mean 'at_least'?",
            ],
        ),
        (
            ["stopping:", "  - {rule: n_at_level, at_least: 0, level: last}"],
            ["10:38: designs.x.stopping.1.at_least: must be an integer in 1..1000, got 0"],
        ),
        (
            ["stopping:", "  - {rule: too_toxic, cutoff: 2, min_n: x}", "  - {rule: precision, width: 0}"],
            [
                "10:35: designs.x.stopping.1.cutoff: must be 0 < cutoff < 1, got 2",
                "10:45: designs.x.stopping.1.min_n: must be an integer in 1..1000, got 'x'",
                "11:34: designs.x.stopping.2.width: must be 0 < width < 1, got 0",
            ],
        ),
        (
            ["delta: 0.3", "elimination_cutoff: 1"],
            [
                "9:12: designs.x.delta: must be 0 < delta < 0.25, so that target - delta and target + delta are"
                " risks, got 0.3",
                "10:25: designs.x.elimination_cutoff: must be 0 < elimination_cutoff < 1, got 1",
            ],
        ),
    ],
)
def test_faults_around_a_design_name_line_column_and_rule(lines, expected):
    found = faults(entry("design: ccd", *lines))
    assert len(found) == len(expected)
    for line, wanted in zip(found, expected, strict=True):
        assert line.startswith(f"f.yaml:{wanted}")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{n: 6,", "{n: six,", "12:13: designs.own.rows.2.n: must be an integer, got 'six'"),
        ("{n: 6, ", "{", "12:9: designs.own.rows.2.n: required key is missing; must be an integer"),
        (
            "{n: 6,",
            "{n: 6, eliminate_if_at_last: 1,",
            "12:16: designs.own.rows.2.eliminate_if_at_last: unknown column; did you mean 'eliminate_if_at_least'?",
        ),
        (
            "{n: 6, escalate_if_at_most: 1",
            "{n: 6, escalate_if_at_most: 3",
            "11:7: designs.own.rows: n 6, deescalate_if_at_least = 3: must be an integer in 4..7",
        ),
        (
            "max_n: 6",
            "max_n: 9",
            "11:7: designs.own.rows: must be every n that cohorts of 3 reach up to 9, and n = 9 is missing:"
            " add it, or set stop_at_last_row",
        ),
        (
            "    max_n: 6\n",
            "    max_n: 6\n    csv: x.csv\n",
            "10:5: designs.own.csv: give either rows or csv, not both",
        ),
    ],
)
def test_faults_of_rows_name_the_row(old, new, expected):
    text = HEAD + TABLE
    assert text.count(old) == 1, old
    assert faults(text.replace(old, new)) == [f"f.yaml:{expected}"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "own.csv: no such file"),
        (
            "n,up\n3,0\n",
            "own.csv: line 1 must be n,escalate_if_at_most,deescalate_if_at_least,eliminate_if_at",
        ),
        (CSV.replace("3,0,2,3", "3,0,2"), "own.csv: line 2: must have 4 cells, got 3"),
        (CSV.replace("6,1", "6,one"), "own.csv: line 3: escalate_if_at_most must be an integer, got 'one'"),
        (CSV.replace("6,1,3,4", "6,1,3,2"), "n 6, eliminate_if_at_least = 2: must be an integer in 3..6"),
        (CSV.replace("6,1,3,4", "9,1,3,4"), "must be every n that cohorts of 3 reach up to 6, and n = 6"),
        (CSV.splitlines()[0], "must be a list of 1 to 1000 rows, got a list"),
        ('n,"x\n', "own.csv: is no CSV file"),
    ],
)
def test_faults_of_a_csv_file_are_placed_at_its_name(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "own.csv").write_text(content)
    file = tmp_path / "f.yaml"
    text = HEAD + "  - {name: own, design: table, max_n: 6, csv: own.csv}\n"
    found = faults(text, str(file))
    assert len(found) == 1
    assert found[0].startswith(f"{file}:7:47: designs.own.csv: ")
    assert expected in found[0]


UTILITIES = "utilities: {no_dlt_response: 100, neither: 30, both: 50, dlt_only: 0}"


def test_utilities_are_named_in_a_scenario_and_the_trials_target_is_the_limit_of_toxicity():
    scenario = parse_scenario(entry("design: boin12", UTILITIES))
    expected = BOIN12(n_doses=3, phi_t=0.25, utilities=(100, 30, 50, 0))
    assert scenario.design("x") == expected
    assert parse_scenario(scenario.to_yaml()).design("x") == expected
    own_limit = entry("design: tite-boin12", "phi_t: 0.35", UTILITIES, "max_pending_response: 0.8")
    assert parse_scenario(own_limit).design("x") == TITEBOIN12(
        n_doses=3, utilities=(100, 30, 50, 0), max_pending_response=0.8
    )


def test_every_fault_of_utilities_is_named_at_once():
    text = entry("design: boin12", "utilities: {no_dlt_response: 100, neither: 130, bot: 50, dlt_only: x}")
    messages = [str(fault) for fault in faults(text)]
    assert len(messages) == 4
    for part in (
        "utilities.bot: unknown outcome; did you mean 'both'?",
        "utilities.neither: must be a number in 0..100, got 130",
        "utilities.both: required key is missing",
        "utilities.dlt_only: must be a number in 0..100, got 'x'",
    ):
        assert any(part in message for message in messages), (part, messages)
    (fault,) = faults(entry("design: boin12", "utilities: [100, 40, 60, 0]"))
    assert "must be a mapping with no_dlt_response, neither, both, dlt_only" in str(fault)
    (fault,) = faults(
        entry("design: boin12", UTILITIES.replace("30", "20").replace("50", "0.5").replace("100", "10"))
    )
    assert "the first the largest" in str(fault)


def test_schema_accepts_named_utilities():
    validator = jsonschema.Draft202012Validator(json_schema())
    data = parse_scenario(entry("design: boin12", UTILITIES)).to_data()
    assert list(validator.iter_errors(data)) == []
    data["designs"][0]["utilities"] = [100, 40, 60, 0]
    assert list(validator.iter_errors(data))
