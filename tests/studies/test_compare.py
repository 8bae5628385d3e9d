"""The public verb: bad arguments, warnings, and scenarios at the edges."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.errors import ScenarioError
from simulator.outcomes.outcomes import estimand_risk
from simulator.report.sections.first_screen import answer_sentences
from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.report.values import ReportData
from simulator.runs.plan import run_plan
from simulator.scenario import borrowed_parts_note
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.compare import Comparison, compare
from tests.analysis.runs import DESIGNS, comparison, scenario


def small(levels: int = 4, truths: str = "", question: str = "", designs: str = "") -> Scenario:
    """Return a scenario of a few lines; its curves rise from 0.1 by 0.1."""
    p = [round(0.1 * k, 1) for k in range(1, levels + 1)]
    plain = f"  - {{name: A, p_dlt: {p}, p_response: {p}}}\n  - {{name: B, p_dlt: {p}, p_response: {p}}}\n"
    return parse_scenario(
        f"about: {{title: Small}}\n"
        f"trial: {{dose_levels: {p}}}\n"
        f"outcomes: {{aplasia_day28: {p}, aplasia_day42: {p}}}\n"
        f"truths:\n{truths or plain.replace('name: A,', 'name: A, balanced: true,')}"
        f"designs:\n{designs or '  - {name: 3+3, design: 3+3}'}\n"
        f"question: {{{question}}}\n"
    )


def printed(of: Comparison) -> str:
    """Return what is printed, and see to it that every table ends as promised and repeats no row."""
    for name, frame in of.tables().items():
        if len(frame):
            assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"], name
            assert not frame.drop(columns=["value", "mcse"]).duplicated().any(), name
            assert not np.isinf(frame[["value", "mcse"]].to_numpy(dtype=float)).any(), name
    text = every_table(of)
    for shown in (text, first_screen(of)):
        assert "…" not in shown
        assert "nan" not in shown
    return text


# Arguments


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"designs": ["boim"]}, ("no design 'boim'", "boin")),
        ({"truths": ["M7"]}, ("no truth 'M7'", "M0")),
        ({"designs": []}, ("at least one design",)),
        ({"truths": []}, ("at least one design and one truth",)),
        ({"designs": "boin"}, ("designs must be a list of names", "'boin'")),
        ({"truths": "M0"}, ("truths must be a list of names", "'M0'")),
        *(
            ({name: value}, (f"{name} must be a whole number, at least {least}", repr(value)))
            for name, least in (("replicates", 1), ("seed", 0), ("workers", 1))
            for value in (least - 1, -5, True, 2.0, "3")
        ),
    ],
)
def test_bad_arguments_are_named_with_what_is_legal(arguments: dict[str, Any], said: tuple[str, ...]) -> None:
    with pytest.raises(ScenarioError) as error:
        compare(scenario(), **arguments)
    for words in said:
        assert words in str(error.value)


def test_a_name_far_from_any_other_lists_those_that_are_known() -> None:
    with pytest.raises(ScenarioError) as error:
        compare(scenario(), ["zzzzzzzz"])
    assert all(name in str(error.value) for name in ("3+3", "boin", "boin-stop12"))
    with pytest.raises(ScenarioError) as error:
        compare(scenario(), truths=["zzzzzzzz"])
    assert all(name in str(error.value) for name in ("M0", "M4", "S6"))


@pytest.mark.parametrize("name", ["balanced", "average", "A day 42"])
def test_a_truth_with_a_name_of_the_tables_is_refused(name: str) -> None:
    truths = "".join(
        f"  - {{name: {one}, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}}\n"
        for one in ("A", name)
    )
    with pytest.raises(ScenarioError, match="is taken"):
        compare(small(truths=truths, question="late_truths: [A]"), replicates=1)


def test_names_given_twice_are_run_once() -> None:
    plan = run_plan(scenario(), ["boin", "boin"], ["M0", "M0"], 1)
    assert [(arm.design_name, arm.truth.name) for arm in plan.design_truths] == [("boin", "M0")]


def test_defaults_are_those_of_the_scenario() -> None:
    short = small().with_changes({"run.replicates": 3, "run.seed": 9})
    done = compare(short)
    assert (done.results.replicates, done.results.plan.seed) == (3, 9)
    assert done.results.designs == ["3+3"]


# Warnings


def test_few_replicates_and_truths_of_the_question_that_were_not_run_are_said() -> None:
    first, second = comparison().warnings
    assert first.startswith("20 replicates: ")
    assert "M2, M3" in second
    assert f"Note: {second}."[:60] in every_table(comparison())


def test_no_truth_of_the_question_run_leaves_out_what_is_needed_and_says_so() -> None:
    done = compare(scenario(), DESIGNS, ["S1"], 2)
    assert any("M0, M1, M2, M3, M4" in warning for warning in done.warnings)
    assert all(len(frame) == 0 for frame in (done.needed, done.needed_n, done.matched, done.controls))
    assert "How many of the" not in printed(done)


def test_a_full_run_of_the_question_has_no_such_warning() -> None:
    done = compare(small(), replicates=2)
    borrowed, few = done.warnings
    assert borrowed == borrowed_parts_note(small())
    assert few.startswith("2 replicates: ")


# Progress and folder


def test_a_design_that_backfills_nobody_says_so_beside_its_answer() -> None:
    none_ahead = scenario().with_changes({"trial.slots_ahead": 0})
    for of, told in ((none_ahead, 1), (scenario(), 0)):
        done = compare(of, ["bf-boin", "boin"], ["M1"], 2)
        said = [warning for warning in done.warnings if "nobody is ever backfilled" in warning]
        assert len(said) == told
        assert all(warning.startswith("design bf-boin: ") for warning in said)
        assert ("nobody is ever backfilled" in " ".join(first_screen(done).split())) is bool(told)


def test_progress_is_told_from_nothing_to_all() -> None:
    told: list[tuple[int, int]] = []
    compare(small(), replicates=12, progress=lambda done, wanted: told.append((done, wanted)))
    assert told == [(0, 12), (10, 12), (12, 12)]


def test_a_run_with_a_folder_says_in_it_what_was_run(tmp_path: Path) -> None:
    done = compare(small(), replicates=2, out=tmp_path / "run")
    about = json.loads((tmp_path / "run" / "run.json").read_text())["about"]
    assert about == done.about()
    assert about["designs"] == ["3+3"]
    assert about["truths"] == ["A", "B"]
    table = pd.read_parquet(tmp_path / "run" / "tables" / "operating_characteristics.parquet")
    assert table["value"].tolist() == pytest.approx(
        done.operating_characteristics["value"].tolist(), nan_ok=True
    )


def test_an_unfinished_run_of_another_question_is_not_taken_up(tmp_path: Path) -> None:
    """Its rows lack the needed passes of the truths that are asked about now."""

    class Stop(Exception):
        pass

    def stop(done: int, wanted: int) -> None:
        if done:
            raise Stop

    with pytest.raises(Stop):
        compare(small(), replicates=11, out=tmp_path, progress=stop)
    other = small().with_changes({"question.truths": ["B"]})
    with pytest.raises(Exception, match="unfinished run of other settings"):
        compare(other, replicates=11, out=tmp_path)
    told: list[int] = []
    resumed = compare(small(), replicates=11, out=tmp_path, progress=lambda done, _: told.append(done))
    assert told == [10, 11]
    again = compare(small(), replicates=11)
    for name, frame in again.tables().items():
        assert frame.equals(resumed.tables()[name]), name


# Scenarios at the edges


def test_one_truth_and_one_design_make_a_comparison() -> None:
    text = printed(compare(scenario(), ["boin"], ["M2"], 3))
    assert "Paired differences" not in text
    assert "At matched size" not in text


def test_without_a_balanced_set_the_question_names_its_truths() -> None:
    p = "p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]"
    named = small(truths=f"  - {{name: A, {p}}}\n  - {{name: B, {p}}}\n", question="truths: [B]")
    done = compare(named, replicates=3)
    assert done.results.question_truths() == ["B"]
    assert set(done.needed["truth"]) == {"average", "B"}
    assert "balanced" not in set(done.used["truth"])
    assert "Balanced set: -." in printed(done)


def test_one_replicate_is_shown_without_error() -> None:
    done = compare(scenario(), DESIGNS, ["M0", "M1"], 1)
    text = printed(done)
    assert text.count("±") == 2  # where the signs are explained
    assert done.operating_characteristics.query("mcse > 0").empty
    infused = done.needed_n.query("measure == 'infused' and statistic in ('low95', 'high95')")["value"]
    assert infused.isna().all()


@pytest.mark.parametrize("levels", [1, 10])
def test_a_ladder_of_one_or_ten_levels_is_compared(levels: int) -> None:
    done = compare(small(levels), replicates=3)
    text = printed(done)
    assert f"level {levels}" in text
    selected = done.operating_characteristics.query("measure == 'selected' and statistic == 'mean'")
    assert set(selected["level"]) == set(range(levels + 1))
    assert selected.groupby(["design", "truth"])["value"].sum().tolist() == pytest.approx([1, 1])


def test_where_nobody_is_ever_referred_trials_are_not_finished_and_tables_print() -> None:
    nobody = scenario().with_changes({"arrivals.referrals_per_site_month": 0})
    done = compare(nobody, DESIGNS, ["M0", "M1", "S2"], 3)
    text = printed(done)
    means = done.operating_characteristics.query("statistic == 'mean'")
    assert (means.query("measure == 'stop_not_finished'")["value"] == 1).all()
    assert means.query("measure == 'realised_dlt_rate'")["value"].isna().all()
    assert (done.used.query("count == 'referred' and statistic == 'mean'")["value"] == 0).all()
    assert (done.needed.query("measure == 'cap_reached'and statistic == 'mean'")["value"] == 0).all()
    passes = 3 * sum(arm.needed for arm in done.results.plan.design_truths)
    told = f"in {passes} of {passes} passes to 50 infused"
    assert any(warning.startswith(told) for warning in done.warnings)
    assert "Screen failure: - %" in text


def test_needed_passes_that_run_out_of_patients_are_told() -> None:
    """Hardly anybody is eligible: 9 referrals per infusion asked for are too few."""
    strict = scenario().with_changes({"eligibility.cd117_percent": 100, "question.caps_to": 20})
    done = compare(strict, ["3+3"], ["M4"], 3)
    assert (done.results.caps(0, "reached")[:, -1]).mean() < 1
    assert any("passes to 20 infused the referrals drawn ran out" in told for told in done.warnings)


def test_a_small_cap_on_enrolment_ends_every_trial() -> None:
    changes = {"designs.boin.max_n": 5, "designs.tite-boin.max_n": 5}
    changes |= {"trial.enrolment_max": 5, "trial.enrolment_min": 2}
    done = compare(scenario().with_changes(changes), DESIGNS, ["M0", "M4"], 6)
    text = printed(done)
    assert "enrol below 2, 2 to 4, 5." in " ".join(text.split())
    assert "As planned (at most 5 evaluable)" in " ".join(answer_sentences(ReportData(done))[0].split())
    at_end = done.used.query("count == 'enrolled' and statistic == 'p90'")["value"]
    assert at_end.max() <= 5
    stops = done.operating_characteristics.query("measure == 'stop_enrolment_cap' and statistic == 'mean'")
    assert stops["value"].max() > 0


def test_a_size_that_the_exact_engine_refuses_is_simulated_without_an_exact_number_beside() -> None:
    large = scenario().with_changes({"question.caps_to": 70})
    done = compare(large, ["boin"], ["M0", "M1"], 2)
    assert done.exact_needed == {}
    assert "exact_no_attrition" in set(done.operating_characteristics["statistic"])
    printed(done)
    larger = scenario().with_changes({"trial.enrolment_max": 80, "designs.boin.max_n": 70})
    done = compare(larger, ["boin"], ["M0"], 2)
    assert "exact_no_attrition" not in set(done.operating_characteristics["statistic"])
    printed(done)


# Aplasia on day 42


def test_the_day_42_line_is_its_truth_with_both_risks_and_its_own_correct_level() -> None:
    base, late = run_plan(scenario(), ["boin"], ["S2"], 1).design_truths
    assert (base.truth.name, late.truth.name, late.needed) == ("S2", "S2 day 42", False)
    text = every_table(comparison())
    assert "S2 4, S2 day 42 2." in " ".join(text.split())
    frame = comparison().operating_characteristics
    true = frame.query("truth == 'S2 day 42' and design == 'boin' and measure == 'true_dlt_risk'")["value"]
    assert true.tolist() == pytest.approx(list(estimand_risk(late.truth, late.outcomes)))
    assert min(true.tolist()) > 0.15  # 0.05 without aplasia


def test_the_day_42_line_equals_the_scenario_run_with_late_aplasia() -> None:
    """The scenario's own setting runs under its own name and without a second line."""
    late = scenario().with_changes({"outcomes.haematological_dlt": "day42"})
    own = compare(late, ["boin"], ["S2"], 6, seed=5)
    assert own.results.truths() == ["S2"]
    line = compare(scenario(), ["boin"], ["S2"], 6, seed=5)
    frame = line.operating_characteristics
    of_line = frame[frame["truth"] == "S2 day 42"].drop(columns="truth").reset_index(drop=True)
    assert own.operating_characteristics.drop(columns="truth").equals(of_line)


def test_a_declared_correct_level_holds_for_the_truths_own_risks_only() -> None:
    declared = scenario().with_changes({"truths.S2.correct": 3})
    done = compare(declared, ["boin"], ["S2"], 2)
    assert "Correct level by truth: S2 3, S2 day 42 2." in " ".join(every_table(done).split())


@pytest.mark.parametrize(("cut", "told"), [(0, 0), (10, 0), (11, 1)])
def test_passes_cut_short_are_told_where_they_could_move_a_printed_digit(
    monkeypatch: pytest.MonkeyPatch, cut: int, told: int
) -> None:
    monkeypatch.setattr("simulator.studies.compare._passes_cut_short", lambda *_: (cut, 10_000))
    done = compare(scenario(), ["3+3"], ["M4"], 2)
    assert sum(f"in {cut} of 10000 passes" in warning for warning in done.warnings) == told
