"""`simulator population`: margins asked and drawn, correlations, anchors, and the ranking of assumptions."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from simulator.analysis import population_check
from simulator.analysis.population_check import Correlation, check_population
from simulator.analysis.population_margins import Margin, margins
from simulator.eligibility.screen import screen
from simulator.errors import ScenarioError
from simulator.population.patients import draw
from simulator.population.published_margins import anchors
from simulator.randomness import Block, Streams
from simulator.report.text.population import render
from simulator.scenario.scenario import parse_scenario
from tests.support.command_line import FILE, simulator
from tests.support.places import DEFAULT_SCENARIO

N = 50_000


@pytest.fixture(scope="module")
def check(scenario):
    return check_population(scenario, patients=N)


def test_margins_and_correlations_of_the_default_are_drawn_as_asked(check):
    assert [one.field for one in check.margins if one.is_off] == []
    assert [one.pair for one in check.correlations if one.is_off] == []
    assert len(check.correlations) == 29
    assert not check.largest_unlisted.is_off


def test_margin_that_is_not_drawn_as_asked_is_called_off(scenario):
    drawn = draw(scenario.population, Streams(1), [Block(0, 0, 0, N)]).columns
    asked = scenario.with_changes({"population.viral.hiv_positive": 0.004})
    off = {one.field for one in margins(asked.population, drawn) if one.is_off}
    assert off == {"hiv"}
    assert Margin("x", "", 0.5, 0.5 + 3.9 * 0.005, 10_000).is_off is False
    assert Margin("x", "", 0.5, 0.5 + 4.1 * 0.005, 10_000).is_off is True


@pytest.mark.parametrize(
    ("tied", "drawn", "off"),
    [(False, 0.30, False), (False, 0.25, True), (True, 0.25, False), (True, 0.35, True)],
)
def test_correlation_of_a_stepped_field_may_be_smaller_and_never_larger(tied, drawn, off):
    assert Correlation("a~b", 0.31, 0.3, drawn, 0.01, tied).is_off is off


def test_spearman_is_that_of_scipy_with_ties(scenario, check):
    columns = draw(scenario.population, Streams(scenario.run.seed), [Block(0, 0, 0, N)]).columns
    (one,) = (one for one in check.correlations if one.pair == "age~ecog")
    assert one.drawn == pytest.approx(spearmanr(columns["age_years"], columns["ecog"]).statistic, abs=1e-12)


def test_every_anchor_is_shown_and_counterparts_are_those_of_the_drawn_patients(scenario, check):
    assert tuple(one.anchor for one in check.published) == anchors()
    columns = draw(scenario.population, Streams(scenario.run.seed), [Block(0, 0, 0, N)]).columns
    drawn = {(one.anchor.field, one.anchor.statistic): one.drawn for one in check.published}
    assert drawn["age_years", "median"] == np.median(columns["age_years"])
    assert drawn["ecog", "share 3"] == np.mean(columns["ecog"] == 3)
    assert drawn["lvef_percent", "share not recovering"] is None
    known = {(anchor.field, anchor.statistic) for anchor in anchors()}
    assert population_check._STATISTICS.keys() <= known


def test_assumption_moved_is_the_scenario_with_that_value_on_the_same_patients(scenario, check):
    (one,) = (one for one in check.moved if one.path == "population.cns.history")
    share = {}
    for value in (0.02, 0.05, 0.20):
        other = scenario.with_changes({one.path: value})
        columns = draw(other.population, Streams(scenario.run.seed), [Block(0, 0, 0, 20_000)]).columns
        share[value] = screen(columns, other.eligibility).eligible
    assert check.eligible == share[0.05].mean()
    assert one.at_low == pytest.approx(share[0.02].mean() - share[0.05].mean(), abs=1e-12)
    assert one.at_high == pytest.approx(share[0.20].mean() - share[0.05].mean(), abs=1e-12)
    difference = share[0.20].astype(float) - share[0.02]
    assert one.mcse == pytest.approx(difference.std(ddof=1) / math.sqrt(20_000))
    # E1 is drawn apart from all else: the eligible share is proportional to 1 - history
    expected = check.eligible * (0.20 - 0.02) / 0.95
    assert abs(one.swing - expected) < 4 * one.mcse


def test_assumptions_are_ranked_and_every_number_with_a_range_is_moved_or_said_why_not(scenario, check):
    swings = [one.swing for one in check.moved]
    assert swings == sorted(swings, reverse=True)
    numbers = {
        path
        for path, known in scenario.provenance.items()
        if path.startswith("population.") and not isinstance(known.value, tuple)
    }
    assert {one.path for one in check.moved} | set(check.without_range) == numbers
    assert [one.refused for one in check.moved if one.refused] == []
    assert all(one.swing == 0 for one in check.moved if one.path == "population.consent.refusal")
    assert {one.path.split(".")[1] for one in check.moved if one.rescaled} == {"status"}


def test_range_that_the_scenario_cannot_hold_is_shown_with_its_reason():
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8").replace(
        "min_years: {value: 18, known: looked up,",
        "min_years: {value: 18, low: 0, high: 90, known: looked up,",
    )
    check = check_population(parse_scenario(text), patients=1000)
    (one,) = (one for one in check.moved if one.path == "population.age.min_years")
    assert "max_years" in one.refused
    assert one.refused in render(check)


def test_text_names_what_the_answer_is_sensitive_to_and_hides_no_number_without_a_range(check):
    text = render(check)
    assert "sensitive to: cns.history (expert assumption)" in text
    assert f"Not moved, no low and high stated: {len(check.without_range)} numbers" in text
    assert all(anchor.statistic in text for anchor in anchors())


@pytest.mark.parametrize("patients", [999, 1_000_001])
def test_number_of_patients_outside_its_range_is_refused(scenario, patients):
    with pytest.raises(ScenarioError, match="between 1000 and 1000000"):
        check_population(scenario, patients=patients)


def test_command_prints_the_check():
    done = simulator("population", FILE, "--patients", 1000)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1000 referrals drawn, seed 1.\n")
