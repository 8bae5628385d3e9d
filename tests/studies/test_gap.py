"""What lies between simulated and exact: causes turned off one by one, all of them, and what is kept of it."""

import math
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import simulator
from simulator.analysis.by_key import ByKey, by_key
from simulator.errors import ScenarioError
from simulator.report.render.html import page
from simulator.report.render.protocol_section import markdown_text, word_file
from simulator.report.sections.gap import gap_table
from simulator.scenario.calendar_causes import WORDS, causes
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.gap import Gap
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

KEYS = ("design", "truth", "cause", "measure")
NO_PRODUCT = """
about: {title: No product}
trial: {dose_levels: [10, 20, 40], enrolment_min: 6, enrolment_max: 30}
eligibility: none
product: none
response: none
arrivals: {sites: 1, referrals_per_site_month: 3}
truths:
  - {name: low, balanced: true, p_dlt: [0.15, 0.30, 0.45]}
  - {name: high, balanced: true, p_dlt: [0.05, 0.10, 0.30]}
designs:
  - {name: boin, design: boin, max_n: 15}
"""


@cache
def small() -> Scenario:
    return parse_scenario(NO_PRODUCT)


@cache
def explained(which: str) -> Gap:
    """Return the gap of the default scenario, or of one without a product."""
    if which == "default":
        scenario = simulator.load_scenario(DEFAULT_SCENARIO)
        return simulator.explain_gap(scenario, ["3+3", "boin"], ["M1", "M4"], 300, seed=8)
    return simulator.explain_gap(small(), replicates=1000, seed=8)


def numbers(found: Gap) -> ByKey:
    return by_key(found.frame, *KEYS)


@pytest.mark.parametrize("which", ["default", "small"])
def test_with_all_causes_off_the_calendar_gives_the_exact_number(which: str) -> None:
    found = numbers(explained(which))
    for design, truth in {key[:2] for key in found}:
        off, mcse = found[design, truth, "all_causes", "pcs"]["mean"]
        exact, _ = found[design, truth, "exact", "pcs"]["mean"]
        assert abs(off - exact) < 4 * mcse, (design, truth)


@pytest.mark.parametrize("which", ["default", "small"])
def test_what_the_causes_add_in_turn_adds_up_to_the_whole(which: str) -> None:
    found = numbers(explained(which))
    for design, truth in {key[:2] for key in found}:
        each = [
            of["mean"][0]
            for (d, t, cause, measure), of in found.items()
            if (d, t, measure) == (design, truth, "in_turn") and cause != "all_causes"
        ]
        whole = found[design, truth, "all_causes", "in_turn"]["mean"][0]
        on, off = (found[design, truth, cause, "pcs"]["mean"][0] for cause in ("calendar", "all_causes"))
        assert math.isclose(sum(each), whole, abs_tol=1e-12)
        assert math.isclose(on - off, whole, abs_tol=1e-12)


def test_the_first_cause_adds_alone_what_it_adds_in_turn() -> None:
    found = numbers(explained("default"))
    alone, in_turn = (found["boin", "M1", "death", measure]["mean"] for measure in ("alone", "in_turn"))
    assert alone == in_turn


def test_the_hold_and_the_reading_move_the_selection_and_each_has_an_interval() -> None:
    found = numbers(explained("default"))
    for cause in ("hold", "not_evaluable", "new_therapy"):
        of = found["boin", "balanced", cause, "alone"]
        assert of["mean"][1] > 0, cause
        assert of["low95"][0] < of["mean"][0] < of["high95"][0], cause


def test_a_cause_that_is_absent_is_nowhere() -> None:
    assert [cause.name for cause in causes(small())] == ["hold", "enrolment_cap", "calendar_limit"]
    shown = repr(explained("small"))
    assert WORDS["hold"] in shown
    for absent in ("death", "new_therapy", "dose_shortfall", "risk_links", "not_evaluable"):
        assert WORDS[absent] not in shown


def test_risks_linked_to_the_patient_are_a_cause_where_they_act() -> None:
    scenario = simulator.load_scenario(DEFAULT_SCENARIO)
    linked = scenario.with_changes({"outcomes.risk_links.ecog.dlt_odds_ratio": 2.0})
    assert "risk_links" not in [cause.name for cause in causes(scenario)]
    [links] = [cause for cause in causes(linked) if cause.name == "risk_links"]
    assert linked.with_changes(links.changes).outcomes.risk_links.acting == ()


def test_turning_the_cap_off_leaves_the_question_as_it_is() -> None:
    [cap] = [cause for cause in causes(small()) if cause.name == "enrolment_cap"]
    other = small().with_changes(cap.changes)
    assert other.trial.enrolment_max == 120
    assert other.question == small().question


def test_the_command_prints_it_and_the_folder_keeps_it_for_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "simulator.report.figures.comparison_figures", lambda _: {}
    )  # slow, and not looked at
    file = tmp_path / "small.yaml"
    file.write_text(NO_PRODUCT, encoding="utf-8")
    folder = tmp_path / "run"
    command = ["compare", str(file), "--replicates", "30", "--workers", "1", "--out", str(folder)]
    code, without, _ = run(command)
    assert code == 0
    assert WORDS["hold"] not in without
    code, printed, _ = run(
        [*command, "--why"]
    )  # the finished run is opened again, and nothing of it run again
    assert code == 0
    assert WORDS["hold"] in printed
    kept = simulator.load_run(folder)
    assert kept.gap is not None
    pd.testing.assert_frame_equal(kept.gap, simulator.explain_gap(small(), replicates=30).frame)
    assert WORDS["hold"] in (folder / "compare_full.txt").read_text(encoding="utf-8")
    assert "what each cause adds" in page(kept, kept.about())
    assert "what each cause adds" in markdown_text(kept, kept.about())
    assert word_file(kept, kept.about())
    code, again, said = run([*command, "--why"])
    assert (code, again) == (0, printed)
    assert "nothing was run again" in said


def test_without_any_cause_there_is_nothing_to_explain() -> None:
    still = small().with_changes(
        {
            "trial.mid_cohort": "complete",
            "trial.calendar_limit_months": 600,
            "trial.enrolment_max": 1000,
            "question.caps_from": 12,
            "question.caps_to": 30,
        }
    )
    with pytest.raises(ScenarioError, match="no cause acts"):
        simulator.explain_gap(still, replicates=1)


def test_lowest_and_highest_are_explained_where_their_columns_are() -> None:
    found = explained("small").frame
    [first, *_] = dict.fromkeys(found["truth"])
    for frame, is_there in ((found, True), (found[found["truth"] == first], False)):
        table = gap_table(frame)
        assert ("lowest" in table.headings) is is_there
        assert ("Lowest, highest" in table.note) is is_there


def test_a_trial_without_cells_is_explained_in_its_own_words() -> None:
    assert "infus" not in repr(explained("small"))
