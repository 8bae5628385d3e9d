"""Figures and texts in the words of a trial that lacks parts; what the user wrote stays."""

import re
from pathlib import Path

import pytest

import simulator
from simulator.report.figures import accuracy_by_cap, patient_flow
from simulator.report.notebook.what_if import sweep_html
from simulator.report.text.what_if import render, render_sweep
from simulator.scenario.parts import WHOLE, Part, Parts
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.templates import template_text
from simulator.scenario.wording import counted, in_words_of, worded
from simulator.studies.replay import replay
from simulator.studies.what_if import what_if
from tests.report.legible import panels_of
from tests.support.in_process import run

TABLET = parse_scenario(template_text("small-molecule"))
NO_PRODUCT = Parts(frozenset({Part.PRODUCT}))


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("infused patients, no infusion", "treated patients, no treatment"),
        ("eligible with a cleared\ndonor", "eligible"),
        ("Infused, at the infusion", "Treated, at the treatment"),
    ],
)
def test_patients_are_treated_where_nothing_is_infused(ours: str, said: str) -> None:
    assert worded(ours, NO_PRODUCT) == said
    assert worded(ours, WHOLE) == ours


def test_what_the_user_wrote_stays() -> None:
    scenario = TABLET.with_changes({"about.title": "Slow infusion of X", "truths.top.name": "infused"})
    assert in_words_of(scenario, "Slow infusion of X: truth infused") == "Slow infusion of X: truth infused"
    assert in_words_of(scenario, "after the infusion") == "after the treatment"


def test_figures_of_a_tablet_say_treated() -> None:
    found = simulator.compare(TABLET, replicates=3, seed=1, workers=1)
    assert accuracy_by_cap(found).get_xlabel().splitlines()[0] == "cap N, patients treated"
    for truth in (None, "third"):
        whole = patient_flow(found, "boin", truth)
        labels = [label.get_text() for label in [*panels_of(whole), whole][0].get_yticklabels()]
        assert "treated" in labels
        assert "infused" not in labels
    assert not any(re.search("infus|pre-screened|donor", label) for label in labels)


def test_replay_of_a_tablet_has_no_event_of_a_product() -> None:
    lines = replay(TABLET, "boin", "third", replicate=1).lines()
    assert any("treated, level 1, 100% of its dose" in line for line in lines)
    strange = re.compile(r"infus|donor|leuka|lympho|product|re-check|desk|response", re.I)
    assert [line for line in lines if strange.search(line)] == []


def test_sweep_of_a_trial_without_criteria_has_no_screen_failure_and_says_treated() -> None:
    bare = parse_scenario(template_text("minimal"))
    assert not bare.parts.has(Part.CRITERIA)
    found = simulator.sweep(
        bare, "arrivals.referrals_per_site_month", values=[0.5, 1.0], replicates=3, seed=1, workers=1
    )
    for text in (render_sweep(found), sweep_html(found)):
        assert "treated" in text
        assert not re.search("infus|screen failure", text, re.I)


def test_a_what_if_of_a_trial_without_criteria_is_explained_without_screen_failures_in_whole_lines() -> None:
    bare = parse_scenario(template_text("minimal"))
    text = render(what_if(bare, {"arrivals.sites": 2}, designs=["boin"], replicates=3))
    assert "counts of\nthe whole trial. Intervals hold for one comparison each; where few" in text


SOLID = """
about: {title: Solid}
trial: {dose_levels: [1, 2, 3], enrolment_min: 1, enrolment_max: 12}
eligibility: none
product: none
truths: [{name: A, balanced: true, p_dlt: [0.1, 0.3, 0.5], p_response: [0.1, 0.2, 0.3]}]
designs: [{name: boin, design: boin, max_n: 12}]
question: {caps_from: 12, caps_to: 12}
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SOLID, "Responses: expected among all patients treated"),
        (template_text("nct07144020"), "Responses: expected CR or CRi among all patients treated"),
    ],
)
def test_exact_numbers_name_the_response_of_leukaemia_only_in_its_trial(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "trial.yaml"
    file.write_text(text)
    truth = parse_scenario(text).truths[0].name
    exact = ["exact", str(file), "--design", "boin", "--truth", truth, "--cap-from", "12", "--cap-to", "12"]
    code, printed, _ = run(exact)
    assert code == 0
    assert said in " ".join(printed.split())


def test_one_is_not_in_the_plural() -> None:
    assert [counted(n, "replicate") for n in (0, 1, 20, 1_000_000)] == [
        *("0 replicates", "1 replicate", "20 replicates", "1000000 replicates")
    ]
    assert counted(2.4, "patient") == "2.4 patients"
