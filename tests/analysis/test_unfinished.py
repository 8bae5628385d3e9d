"""Trials that the calendar limit ends: months within the limit are said to be, and stand beside those without it."""

from functools import cache

import numpy as np
import pytest

import simulator
from simulator.analysis.changes import MONTHS, WITHOUT_LIMIT
from simulator.analysis.formatted_change import sentence
from simulator.durations import DAYS_PER_MONTH
from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.report.text.forecast import render as forecast_text
from simulator.report.text.levers import render as levers_text
from simulator.report.text.what_if import render, render_sensitivity, render_sweep
from simulator.runs.without_limit import COLUMN
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.compare import Comparison
from simulator.trial.ledger import Stop
from simulator.what_if_page.calendar_html import calendar_section
from simulator.what_if_page.calendar_numbers import calendar_numbers

LIMIT = 24
SHORT = f"""
about: {{title: A short calendar}}
trial: {{dose_levels: [1, 2, 3], target: 0.3, calendar_limit_months: {LIMIT}}}
arrivals: {{referrals_per_site_month: {{value: 2.4, low: 1.6, high: 3.2, known: assumption}}}}
truths:
  - {{name: T, balanced: true, p_dlt: [0.05, 0.3, 0.5], p_response: [0.3, 0.4, 0.5]}}
designs:
  - {{name: boin, design: boin, cohort_size: 3, max_n: 24}}
  - {{name: 3+3, design: 3+3}}
question: {{caps_from: 15, caps_to: 30}}
outcomes:
  aplasia_day28: [0.2, 0.35, 0.5]
  aplasia_day42: [0.1, 0.2, 0.35]
run: {{replicates: 40, seed: 1}}
"""

FEW_NUMBERS = f"""
about: {{title: Few numbers}}
trial: {{dose_levels: [1, 2, 3], calendar_limit_months: {LIMIT}}}
eligibility: none
product: none
response: none
arrivals: {{sites: 1, referrals_per_site_month: 0.6}}
truths: [{{name: T, balanced: true, p_dlt: [0.05, 0.3, 0.5]}}]
designs: [{{name: 3+3, design: 3+3}}]
"""


@cache
def short() -> Scenario:
    return parse_scenario(SHORT)


@cache
def compared(months: int) -> Comparison:
    scenario = short().with_changes({"trial.calendar_limit_months": months})
    return simulator.compare(scenario, replicates=40, seed=1)


def _difference(comparison: Comparison, measure: str) -> dict[str, float]:
    frame = comparison.differences.query("truth == 'T' and measure == @measure")
    return dict(zip(frame["statistic"], frame["value"], strict=True))


def test_without_the_limit_every_trial_has_the_months_of_a_run_with_a_long_one() -> None:
    for cut, whole in zip(compared(LIMIT).results.used, compared(600).results.used, strict=True):
        assert (cut["stop"] == Stop.NOT_FINISHED).any()
        np.testing.assert_array_equal(cut[COLUMN], whole["recommended_day"])


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_both_engines_say_when_unfinished_trials_would_have_ended(engine: str) -> None:
    pytest.importorskip("numba")
    found = simulator.compare(short(), ["3+3"], replicates=12, seed=1, engine=engine)
    [rows] = found.results.used
    np.testing.assert_array_equal(rows[COLUMN], compared(600).results.used[1]["recommended_day"][:12])


def test_a_finished_trial_has_the_day_it_has() -> None:
    for rows in compared(LIMIT).results.used:
        finished = rows["stop"] != Stop.NOT_FINISHED
        np.testing.assert_array_equal(rows[COLUMN][finished], rows["recommended_day"][finished])
        assert (rows[COLUMN][~finished] > LIMIT * DAYS_PER_MONTH).all()


def test_differences_between_designs_stand_within_and_without_the_limit() -> None:
    within, without = (_difference(compared(LIMIT), measure) for measure in (MONTHS, WITHOUT_LIMIT))
    assert without == _difference(compared(600), MONTHS)
    assert abs(without["mean"]) > 3 * abs(within["mean"])
    shown = every_table(compared(LIMIT))
    assert f"months≤{LIMIT}" in shown
    assert f"{without['mean']:.1f} [{without['low95']:.1f}, {without['high95']:.1f}]" in shown
    assert "unlimited" not in every_table(compared(600))


def test_a_median_above_the_limit_is_not_printed_as_a_number() -> None:
    assert f"> {LIMIT}" in first_screen(compared(LIMIT))
    table = every_table(compared(LIMIT)).partition("Months to the recommendation")[2]
    assert f"> {LIMIT} (" in table
    assert f" {LIMIT}.0" not in table.partition("Median with")[0]


def test_a_what_if_and_a_sweep_show_months_within_and_without_the_limit() -> None:
    found = simulator.what_if(short(), {"arrivals.sites": 2}, designs=["boin"])
    one = found.variants[0].found["boin", "T", MONTHS]
    assert one.within == str(LIMIT)
    assert one.without_limit is not None
    assert one.without_limit.value < one.value
    assert set(found.changes["outcome"]) >= {MONTHS, WITHOUT_LIMIT}
    assert f"months within {LIMIT}" in render(found)
    assert "months, no limit" in render(found)
    assert "months, no limit" in sentence({MONTHS: one})
    swept = render_sweep(simulator.sweep(short(), "arrivals.sites", [1, 2], designs=["boin"]))
    assert "no limit" in swept


def test_limits_that_differ_are_both_named() -> None:
    found = simulator.what_if(short(), {"trial.calendar_limit_months": 600}, designs=["boin"])
    one = found.variants[0].found["boin", "T", MONTHS]
    assert one.within == f"{LIMIT}, 600"
    assert one.without_limit is not None
    assert one.without_limit.differing == 0


def test_a_tornado_and_the_levers_give_months_within_and_without_the_limit() -> None:
    swings = simulator.sensitivity(parse_scenario(FEW_NUMBERS), MONTHS, replicates=10)
    assert "swing_without_limit" in set(swings.tornado["statistic"])
    assert f"within {LIMIT};" in render_sensitivity(swings)
    pulled = simulator.levers(short(), 20, design="3+3", replicates=10)
    assert f"months≤{LIMIT}" in levers_text(pulled)
    assert "unlimited" in levers_text(pulled)
    assert "difference_without_limit" in set(pulled.levers["statistic"])


def test_the_page_shows_months_within_and_without_the_limit() -> None:
    changes = {"arrivals.sites": 2}
    now = short().with_changes(changes)
    numbers = calendar_numbers(short(), now, "boin", ["T"], 40, 1, lambda done, wanted: None)
    shown = calendar_section(numbers, changes, str)
    assert f"Months within {LIMIT}" in shown
    assert "Months, no limit" in shown


def test_a_forecast_prints_no_median_beyond_the_limit() -> None:
    found = simulator.forecast(short(), designs=["boin"], replicates=20)
    [line] = [line for line in forecast_text(found).splitlines() if line.startswith("in all")]
    assert f"> {LIMIT}" in line
